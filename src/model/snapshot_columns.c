/* snapshot_columns.c - growing a table of columns, and records as columns. */
#include <stdlib.h>
#include <string.h>

#include "model/snapshot_parts.h"

void columns_init(struct columns *c, struct tr_arena *a, struct tr_error *err)
{
    *c = (struct columns){ .a = a, .err = err };
}

struct tr_column *columns_next(struct columns *c)
{
    if (c->st)
        return NULL;
    if (c->n == c->size) {
        size_t size = c->size ? c->size * 2 : 64;
        struct tr_column *list = tr_arena_array(c->a, size, sizeof *list);

        if (!list) {
            c->st = tr_fail(c->err, TR_ENOMEM, "no memory left for columns");
            return NULL;
        }
        if (c->n)
            memcpy(list, c->list, c->n * sizeof *list);
        c->list = list;
        c->size = size;
    }
    return &c->list[c->n++];
}

void columns_finish(struct columns *c, struct tr_column_builder *b, size_t n,
                    const char *title, enum tr_tier tier)
{
    struct tr_column *to = columns_next(c);

    if (!to)
        return;
    c->st = tr_column_finish(b, n, to, c->err);
    if (c->st) {
        c->n--;
        return;
    }
    to->title = title;
    to->tier = tier;
}

bool tr_field_visible(const struct tr_schema_field *f,
                      const struct tr_snapshot_input *in,
                      const struct tr_input_layer *l)
{
    return l->sees_all_fields || f->tier <= in->audience.tier;
}

bool tr_column_put_value(struct tr_column_builder *b, size_t row,
                         const struct tr_value *v)
{
    switch (v->type) {
    case TR_BOOLEAN: return tr_column_put_bool(b, row, v->is.boolean);
    case TR_INTEGER:
    case TR_INSTANT: return tr_column_put_int(b, row, v->is.integer);
    case TR_DATE: return tr_column_put_int(b, row, v->is.date);
    case TR_NUMBER: return tr_column_put_number(b, row, v->is.number);
    case TR_TEXT: return tr_column_put_text(b, row, v->is.text);
    case TR_LIST:
        return tr_column_put_list(b, row, v->is.list.items, v->is.list.n);
    case TR_GEOMETRY: break;
    }
    return true;
}

/* The visible fields of all the schemas that the layer's rows have, by name:
 * builders[i] belongs to names[i]. */
struct layer_fields {
    size_t n, size;
    const struct tr_schema_field **fields;
    struct tr_column_builder **builders;
};

static size_t find_field(const struct layer_fields *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++) {
        if (strcmp(f->fields[i]->name, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

static bool add_schema(struct layer_fields *f, const struct tr_schema *schema,
                       const struct tr_snapshot_input *in,
                       const struct tr_input_layer *l, struct tr_arena *a)
{
    for (size_t i = 0; i < schema->n; i++) {
        const struct tr_schema_field *field = &schema->fields[i];

        if (!tr_field_visible(field, in, l) ||
            find_field(f, field->name) != SIZE_MAX)
            continue;
        if (f->n == f->size)
            return false;
        f->builders[f->n] = tr_column_builder_new(a, field->name, field->type);
        f->fields[f->n] = field;
        if (!f->builders[f->n++])
            return false;
    }
    return true;
}

#define MAX_LAYER_FIELDS 4096

static enum tr_status put_rows(const struct tr_input_layer *l,
                               const struct layer_fields *f,
                               struct tr_error *err)
{
    struct tr_arena scratch;
    enum tr_status st = TR_OK;
    bool ok = true;

    tr_arena_init(&scratch, SIZE_MAX);
    for (size_t r = 0; ok && !st && r < l->n_rows; r++) {
        const struct tr_input_row *row = &l->rows[r];
        struct tr_value *v =
            tr_arena_array(&scratch, row->schema->n + 1, sizeof *v);

        ok = v != NULL;
        if (ok)
            st = tr_record_read(row->schema, row->record, row->record_len,
                                &scratch, v, err);
        for (size_t i = 0; ok && !st && i < row->schema->n; i++) {
            size_t at = find_field(f, row->schema->fields[i].name);

            if (at != SIZE_MAX && v[i].present &&
                v[i].type == f->fields[at]->type)
                ok = tr_column_put_value(f->builders[at], r, &v[i]);
        }
        if (scratch.used > 65536)
            tr_arena_clear(&scratch);
    }
    tr_arena_clear(&scratch);
    if (!st && !ok)
        st = tr_fail(err, TR_ENOMEM, "no memory left for a layer");
    return st;
}

enum tr_status tr_record_columns(const struct tr_input_layer *l,
                                 const struct tr_snapshot_input *in,
                                 struct columns *c, struct tr_error *err)
{
    struct layer_fields f = { .size = MAX_LAYER_FIELDS };
    const struct tr_schema *seen = NULL;

    f.fields = tr_arena_array(c->a, f.size, sizeof *f.fields);
    f.builders = tr_arena_array(c->a, f.size, sizeof *f.builders);
    if (!f.fields || !f.builders)
        return tr_fail(err, TR_ENOMEM, "no memory left for a layer");
    for (size_t r = 0; r < l->n_rows; r++) {
        if (l->rows[r].schema == seen)
            continue;
        seen = l->rows[r].schema;
        if (!add_schema(&f, seen, in, l, c->a))
            return tr_fail(err, TR_ELIMIT, "layer '%s' has more than %d fields",
                           l->about.name, MAX_LAYER_FIELDS);
    }

    enum tr_status st = put_rows(l, &f, err);

    for (size_t i = 0; !st && i < f.n; i++) {
        columns_finish(c, f.builders[i], l->n_rows, f.fields[i]->title,
                       f.fields[i]->tier);
        st = c->st;
        if (!st)
            c->list[c->n - 1].unit = f.fields[i]->unit;
    }
    return st;
}
