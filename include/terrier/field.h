/*
 * field.h - the fields a site can have: the schema of the register.
 *
 * One table for profiles, the store, filters, exports and the pages that
 * explain. A profile's `fields:` may name only these (kind: sites); other kinds
 * of layer name their own. A field that an audience may not see does not exist
 * for it.
 */
#ifndef TR_FIELD_H
#define TR_FIELD_H

#include "terrier/table.h"

struct tr_field {
    const char *name;
    const char *title; /* for people */
    const char *unit;  /* NULL: none */
    enum tr_type type;
    enum tr_tier tier;    /* the least secret a value of it can be */
    const char *codes;    /* allowed values, separated by spaces; NULL: any */
    const char *standard; /* where the field comes from */
};

/* All of them, in the order in which they are shown and exported. */
const struct tr_field *tr_fields(size_t *n);
const struct tr_field *tr_field_named(const char *name); /* NULL: no such */

#endif
