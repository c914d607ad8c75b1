/*
 * match.h - which rows of different layers may be one site, with the evidence.
 *
 * Nothing is merged here: a proposal is for a person to confirm or reject
 * (place.h, "matches"). Two sites of one place that have no layer in common are
 * proposed as one
 *   - when they have the same UPRN;
 *   - when they lie within 100 m and their names share a telling word;
 *   - when they lie within 25 m, both positions being precise;
 *   - when their names share a telling word and their postcodes are the same, or
 *     where one of the two positions is not precise;
 * and their score, the sum of what speaks for and against it, is high enough.
 * More than 250 m apart they never are. A position that is a postcode's middle
 * is no evidence of nearness. A word that the register's names use often tells
 * less than a rare one, and words for what a building is tell nothing alone.
 * Against it speaks that the one is bare land and the other is not, that both
 * say what they are used for and nothing agrees, and that the postcodes differ.
 */
#ifndef INGEST_MATCH_H
#define INGEST_MATCH_H

#include "terrier/buf.h"
#include "terrier/snapshot.h"

#define MATCH_ID 16 /* "m-" and 12 characters, with the NUL, and to spare */

struct match_proposal {
    char id[MATCH_ID]; /* of the two rows: the same in every run */
    uint32_t a, b;     /* the sites; a's row has the lower id of the two */
    int score;
    int64_t distance_mm; /* -1: not known */
    bool precise;        /* both positions are, so the distance is evidence */
    bool same_uprn, same_postcode, postcode_differs;
    const char *words; /* that the names share; "" */
    const char *why;   /* the evidence as a sentence */
};

/* Proposals, best first, then by id; in the arena. Fails with TR_ENOMEM,
 * TR_ELIMIT. */
enum tr_status match_propose(const struct tr_snapshot *s, struct tr_arena *a,
                             const struct match_proposal **out, size_t *n,
                             struct tr_error *err);

/* A UPRN that several rows of one layer have, and why that may be so. They are
 * never merged for it. */
struct match_double {
    const char *uprn;
    uint32_t layer; /* index into the snapshot's layers */
    size_t n;       /* rows */
    const char *why;
    const char *keys; /* of the rows, "; " between them */
};

enum tr_status match_doubles(const struct tr_snapshot *s, struct tr_arena *a,
                             const struct match_double **out, size_t *n,
                             struct tr_error *err);

#endif
