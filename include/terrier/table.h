/*
 * table.h - columns of typed values: what filters, rules and encoders run over.
 *
 * A snapshot's sites are a table, so is every loaded layer, and so is a block
 * of source rows while it is loaded. A value is present or missing; missing is
 * never zero and never an empty text.
 *
 * Tables are read-only once made. Whoever made one owns it: the snapshot, or an
 * arena.
 */
#ifndef TR_TABLE_H
#define TR_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "terrier/geometry.h"

enum tr_type {
    TR_BOOLEAN,
    TR_INTEGER,
    TR_NUMBER,
    TR_DATE,    /* civil date: days since 1970-01-01 */
    TR_INSTANT, /* seconds since 1970, UTC */
    TR_TEXT,
    TR_LIST, /* of texts, in order */
    TR_GEOMETRY
};

/* Who may see something. Higher is more secret; an audience of level n sees
 * rows and fields of tier <= n. Unknown is restricted. */
enum tr_tier { TR_PUBLIC, TR_PARTNERSHIP, TR_RESTRICTED };

/* Distinct texts. `sorted`: in byte order, so that codes compare as texts; large
 * ones are in the order of the rows instead. */
struct tr_dict {
    uint32_t n;
    const char *const *texts;
    bool sorted;
};

struct tr_column {
    const char *name;
    const char *title; /* for people; may be NULL */
    const char *unit;  /* "m2", "GBP"; NULL when there is none */
    enum tr_type type;
    enum tr_tier tier;
    const uint64_t *present; /* bit i of word i/64; NULL: every row has one */
    union {
        const uint8_t *booleans;
        const int64_t *integers; /* TR_INTEGER, TR_INSTANT */
        const double *numbers;
        const int32_t *dates;
        const uint32_t *codes; /* TR_TEXT: into dict; TR_LIST: all items */
        const struct tr_geometry *const *geometries;
    } values;
    const struct tr_dict *dict;  /* TR_TEXT, TR_LIST */
    const uint32_t *list_starts; /* TR_LIST: n_rows + 1 offsets into codes */
};

struct tr_table {
    size_t n_rows;
    size_t n_columns;
    const struct tr_column *columns;
};

static inline bool tr_has(const struct tr_column *c, size_t row)
{
    return !c->present || (c->present[row / 64] >> (row % 64) & 1);
}

/* The text of a TR_TEXT value; the row must have one. */
static inline const char *tr_text_at(const struct tr_column *c, size_t row)
{
    return c->dict->texts[c->values.codes[row]];
}

/* The column of that name, or NULL. Names are compared byte for byte. */
const struct tr_column *tr_table_column(const struct tr_table *t,
                                        const char *name);

const char *tr_type_name(enum tr_type type); /* "text", "number" ... */
bool tr_type_parse(const char *name, enum tr_type *out);
/* Bytes of one value in a column; of TR_TEXT and TR_LIST, of one code. */
size_t tr_type_size(enum tr_type type);
const char *tr_tier_name(enum tr_tier tier); /* "public" ... */
bool tr_tier_parse(const char *name, enum tr_tier *out);

/* ---- making one ---- */

/* Bits of the rows whose byte is not 0; NULL when all are. False: no memory. */
bool tr_present_bits(const uint8_t *present, size_t n, struct tr_arena *a,
                     const uint64_t **out);

/* Builds a column row by row. The column is in the arena; dictionaries come out
 * sorted, but for those above 65,536 texts, which keep the order of the rows.
 * Rows must be given in order; a row without a call has no value. */
struct tr_column_builder;

struct tr_column_builder *
tr_column_builder_new(struct tr_arena *a, const char *name, enum tr_type type);
/* Each fails (false) only when the arena is full. */
bool tr_column_put_bool(struct tr_column_builder *b, size_t row, bool v);
/* TR_INTEGER, TR_DATE and TR_INSTANT. */
bool tr_column_put_int(struct tr_column_builder *b, size_t row, int64_t v);
/* What is not a finite number is missing. */
bool tr_column_put_number(struct tr_column_builder *b, size_t row, double v);
bool tr_column_put_text(struct tr_column_builder *b, size_t row, const char *v);
bool tr_column_put_list(struct tr_column_builder *b, size_t row,
                        const char *const *items, size_t n);
bool tr_column_put_geometry(struct tr_column_builder *b, size_t row,
                            const struct tr_geometry *g);
/* Finish: the column over `n_rows` rows. `*out` gets name and type; the caller
 * sets title, unit and tier. */
enum tr_status tr_column_finish(struct tr_column_builder *b, size_t n_rows,
                                struct tr_column *out, struct tr_error *err);

#endif
