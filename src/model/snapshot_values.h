/* snapshot_values.h - the values of sites while they are being read, between
 * snapshot_sites.c and snapshot_fields.c. */
#ifndef MODEL_SNAPSHOT_VALUES_H
#define MODEL_SNAPSHOT_VALUES_H

#include "model/column_fill.h"
#include "model/snapshot_parts.h"

#define NO_FIELD SIZE_MAX

/* Where the fields of one schema stand in the register, for one layer. */
struct field_map {
    const struct field_map *next; /* of the same layer */
    const struct tr_schema *schema;
    size_t *of; /* per field of the schema; NO_FIELD: not shown */
    size_t as_of;
};

struct values_hand {       /* one thread's */
    struct tr_value *read; /* a row as its schema has it */
    struct tr_arena row;   /* the lists in it */
    struct fill_hand site, joined;
};

struct site_values {
    const struct tr_snapshot_input *in;
    const struct drafts *d;
    const struct tr_field *fields; /* tr_fields() */
    size_t n_fields, name, most_fields;
    const struct field_map **maps; /* per layer */
    bool *used;                    /* per field: some layer has it */
    enum tr_tier *tiers; /* the most secret that a layer makes of the field */
    size_t *column;      /* per field in use: its column in both tables */
    struct column_fill site, joined;
    struct values_hand *hands;
};

/* `in` and `d` are set; n_joined rows are in sites of several. */
bool values_begin(struct site_values *v, size_t n_joined, unsigned n_hands,
                  struct tr_arena *keep, struct tr_arena *scratch);
/* Ready for `worker`, whose arena `scratch` is. */
bool values_hand(struct site_values *v, unsigned worker,
                 struct tr_arena *scratch);
/* Put the values of a site's rows; `o` are its occupations, which learn what
 * date they speak of. Sites of a piece come in order. */
enum tr_status values_put(struct site_values *v, unsigned worker, size_t site,
                          struct tr_occupation *o, struct tr_error *err);
bool values_end_piece(struct site_values *v, unsigned worker, size_t first,
                      size_t last, size_t joined, size_t joined_end);
void values_end(struct site_values *v, unsigned n_hands);

/* Finish one column; others may be finished meanwhile. */
enum tr_status tr_finish_column(const struct column_fill *f, size_t column,
                                struct tr_arena *keep, struct tr_column *out,
                                struct tr_error *err);
/* Finish all of them, as the next ones of `c`. */
enum tr_status tr_finish_fill(const struct column_fill *f, unsigned threads,
                              struct columns *c, struct tr_arena *scratch,
                              struct tr_error *err);

#endif
