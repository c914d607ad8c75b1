/*
 * report.h - the papers that people take into a meeting, composed from one
 * snapshot: the decision pack of a site and of an area, the board's report since
 * a run, the sheet for meeting a partner.
 *
 * Composing is pure, like all that is right of the snapshot: what comes from the
 * store (runs, what the ledger says) is given, and already only what the
 * snapshot's audience may know. A paper says whom it is for, which run, rules
 * and snapshot it rests on, in short plain sentences with units and dates.
 * Where something is not known or not loaded, it says so by name.
 *
 * Strings are borrowed from the input, the paper lives in its arena.
 */
#ifndef REPORT_H
#define REPORT_H

#include "terrier/classify.h"
#include "terrier/hash.h"
#include "terrier/paper.h"

struct report_run {
    int64_t id; /* 0: none */
    const char *audience, *rules_name, *scope;
    char rules_digest[TR_DIGEST_TEXT], snapshot[TR_DIGEST_TEXT];
    int32_t made, as_of; /* civil dates */
    long draws;
    const char *outdated; /* a layer loaded again since; NULL: none */
};

struct report_decision { /* an entry of the ledger about the site */
    int64_t entry, run;
    int32_t date, review; /* review TR_NO_DATE: none */
    const char *step, *class_name, *role, *minute;
    const char *name, *note; /* NULL: none, or not for this audience */
    bool erased;             /* a name was there */
};

struct report_picture {
    const unsigned char *png; /* NULL: there is none */
    size_t len;
    unsigned width_px, height_px;
    const char *alt, *attribution;
};

struct report_input {
    const struct tr_snapshot *s;  /* with the run's classes */
    const struct tr_rules *rules; /* of the run; NULL: none */
    struct report_run run;
    int32_t date; /* of the paper: ages are up to it */
    const char *program;
    struct report_picture picture;
    struct tr_arena *arena;
};

/* Each fails with TR_EDATA (an explanation that cannot be read), TR_ELIMIT or
 * TR_ENOMEM. */
enum tr_status report_site(const struct report_input *in, size_t site,
                           const struct report_decision *history, size_t n,
                           struct tr_paper **out, struct tr_error *err);

/* The two papers that a surplus is not signed without, each by itself: the
 * gap table, the equality screen. */
enum tr_status report_gap(const struct report_input *in, size_t site,
                          struct tr_paper **out, struct tr_error *err);
enum tr_status report_equality(const struct report_input *in, size_t site,
                               struct tr_paper **out, struct tr_error *err);

enum tr_status report_area(const struct report_input *in,
                           const struct tr_area_set *set, int32_t area,
                           struct tr_paper **out, struct tr_error *err);

struct report_move { /* a site whose class differs between two runs */
    const char *site_id, *from, *to, *cause;
};
struct report_due { /* what waits for somebody */
    const char *site_id, *class_name, *step;
    int32_t since, review; /* review TR_NO_DATE: none */
};
struct report_since { /* the board's report: from one run to the input's */
    struct report_run before;
    long counts[TR_CLASSES]; /* then, as the audience may read them */
    const struct report_move *moves;
    size_t n_moves;
    const struct report_due *due;
    size_t n_due;
};
enum tr_status report_board(const struct report_input *in,
                            const struct report_since *since,
                            struct tr_paper **out, struct tr_error *err);

/* `organisation` is an index into the place's. */
enum tr_status report_partner(const struct report_input *in, uint32_t place,
                              int32_t organisation, struct tr_paper **out,
                              struct tr_error *err);

#endif
