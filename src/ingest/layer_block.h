/*
 * layer_block.h - a block of source rows: the columns that a profile uses, as
 * trimmed text, and what its expressions say of them.
 */
#ifndef INGEST_LAYER_BLOCK_H
#define INGEST_LAYER_BLOCK_H

#include "ingest/layer_load.h"

#define BLOCK_ROWS 2048

/* Which columns are used, and for what: indexes into `names`. */
struct layer_plan {
    size_t n;
    const char **names;
    bool *in_expression;
    size_t *field; /* by field; SIZE_MAX: not from a column */
    size_t *key;   /* by key column */
    size_t x, y, crs, uprn, postcode, dissolve; /* SIZE_MAX: not used */
    /* Fields of these names; SIZE_MAX: there is none. */
    size_t uprn_field, postcode_field, street_field, name_field;
};

struct block_row {
    long number;
    /* By plan column; NULL: missing. As the source has them until
     * layer_map_block() has trimmed them, then in normal form C. */
    char **values;
    const char *content_key; /* when the profile has no key */
    const unsigned char *wkb;
    size_t wkb_len;
    bool total; /* no key, and a cell says "total" */
};

struct layer_block_file { /* what the blocks of one file have in common */
    uint32_t number;
    int srid; /* of the file's geometries */
    bool has_geometry;
};

struct layer_block {
    struct layer_load *l; /* its rows go there; its memory is l->block */
    const struct layer_plan *plan;
    struct layer_block_file file;
    size_t n;
    struct block_row rows[BLOCK_ROWS];
};

/* Turn a block into rows of b->l. Clears b->l->block afterwards. */
enum tr_status layer_map_block(struct layer_block *b, struct tr_error *err);

/* A value in place: trimmed, in normal form C; NULL when missing. False when
 * memory is full. */
bool layer_clean(struct layer_load *l, char **value);

/* ---- expressions over a block ---- */

struct block_truth { /* NULL bitmaps: there was no such expression */
    uint64_t *yes, *unknown;
};

struct block_values {
    struct block_truth where, total;
    struct block_truth *tiers; /* by profile tier */
    struct tr_column *fields;  /* by field; name NULL: not an expression */
};

enum tr_status layer_evaluate(struct layer_load *l, const struct layer_block *b,
                              struct block_values *out, struct tr_error *err);

static inline bool block_bit(const uint64_t *bits, size_t i)
{
    return bits && (bits[i / 64] >> (i % 64) & 1);
}

/* ---- positions of a block ---- */

enum block_place { BLOCK_BLANK, BLOCK_GIVEN, BLOCK_REFUSED };

struct block_position {
    enum block_place place;
    struct tr_position position;
    int32_t precision_m;
    const struct tr_geometry *geometry; /* to be kept; NULL: none */
    bool no_shape; /* its geometry was refused, and its kind needs one */
};

/* Positions of the rows for which wanted[i], with their issues. */
enum tr_status layer_given_positions(struct layer_load *l,
                                     const struct layer_block *b,
                                     const bool *wanted,
                                     struct block_position *out,
                                     struct tr_error *err);

#endif
