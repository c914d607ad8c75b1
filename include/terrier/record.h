/*
 * record.h - one row's values as bytes: the form in which the store keeps them.
 *
 * A layer's *schema* is its fields in order; a record holds one value (or a
 * mark for none) per field of the schema it was written with. The store knows
 * neither: it keeps the bytes. A schema is kept as text with every load.
 */
#ifndef TR_RECORD_H
#define TR_RECORD_H

#include "terrier/buf.h"
#include "terrier/table.h"

struct tr_value {
    enum tr_type
        type; /* not TR_GEOMETRY: geometries have a place of their own */
    bool present;
    union {
        bool boolean;
        int64_t integer; /* TR_INTEGER, TR_INSTANT */
        double number;
        int32_t date;
        const char *text;
        struct {
            const char *const *items;
            size_t n;
        } list;
    } is;
};

struct tr_schema_field {
    const char *name;
    const char *title; /* NULL: none */
    const char *unit;  /* NULL: none */
    enum tr_type type;
    enum tr_tier tier;
};

struct tr_schema {
    size_t n;
    const struct tr_schema_field *fields;
};

/* The schema as JSON text, and back (TR_EDATA when it is damaged). */
void tr_schema_write(const struct tr_schema *s, struct tr_buf *out);
enum tr_status tr_schema_read(const char *text, size_t len, struct tr_arena *a,
                              const struct tr_schema **out,
                              struct tr_error *err);

/* n = schema->n values to bytes, and back. Texts read point into `p`, which
 * must outlive them; lists are in the arena. Reading checks everything:
 * TR_EDATA. */
void tr_record_write(const struct tr_schema *s, const struct tr_value *values,
                     struct tr_buf *out);
enum tr_status tr_record_read(const struct tr_schema *s, const unsigned char *p,
                              size_t len, struct tr_arena *a,
                              struct tr_value *values, struct tr_error *err);

#endif
