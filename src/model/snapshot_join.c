/* snapshot_join.c - which rows are one site: by reviewed links, by confirmed
 * matches, by answers for other rows. */
#include "model/snapshot_parts.h"

#include <stdlib.h>
#include <string.h>

#include "terrier/field.h"

#define NO_GROUP UINT32_MAX

/* ---- which rows are one site ---- */

struct row_index { /* open addressing over (layer name, key) */
    size_t mask;
    const struct tr_snapshot_input *in;
    const struct member *members;
    uint32_t *slots;  /* member + 1; 0 is empty */
    bool *named;      /* per layer: something names rows of it */
    size_t n_touched; /* members that links and matches name */
    uint32_t *touched;
};

static uint64_t row_hash(const char *layer, const char *key)
{
    uint64_t h = tr_fast_hash(layer, strlen(layer));

    return h * 31 + tr_fast_hash(key, strlen(key));
}

static void name_layer(struct row_index *x, const char *name)
{
    for (size_t l = 0; l < x->in->n_layers; l++) {
        if (strcmp(x->in->layers[l].about.name, name) == 0)
            x->named[l] = true;
    }
}

/* The layers of which some row is looked for, and how many rows are named. */
static size_t name_layers(struct row_index *x)
{
    const struct tr_snapshot_input *in = x->in;
    size_t n = 0;

    for (size_t p = 0; p < in->n_places; p++) {
        const struct tr_place *place = in->places[p];

        for (size_t i = 0; i < place->n_links; i++) {
            const struct tr_link *link = &place->links[i];

            name_layer(x, link->keep.layer);
            for (size_t r = 0; r < link->n; r++)
                name_layer(x, link->rows[r].layer);
            n += link->n;
        }
        for (size_t i = 0; i < place->n_matches; i++) {
            name_layer(x, place->matches[i].rows[0].layer);
            name_layer(x, place->matches[i].rows[1].layer);
            n += 2;
        }
    }
    for (size_t l = 0; l < in->n_layers; l++) {
        if (in->layers[l].about.answers_for)
            name_layer(x, in->layers[l].about.answers_for);
    }
    return n;
}

static void enter_row(struct row_index *x, uint32_t member)
{
    const struct member *m = &x->members[member];
    size_t at =
        row_hash(x->in->layers[m->layer].about.name, m->row->key) & x->mask;

    while (x->slots[at])
        at = (at + 1) & x->mask;
    x->slots[at] = member + 1;
}

/* Only rows of layers that something names are entered. */
static bool index_rows(struct row_index *x, size_t n, struct tr_arena *scratch)
{
    size_t size = 16, n_rows = 0, n_named;

    x->named = tr_arena_array(scratch, x->in->n_layers + 1, sizeof *x->named);
    if (!x->named)
        return false;
    n_named = name_layers(x);
    for (size_t i = 0; i < n; i++)
        n_rows += x->named[x->members[i].layer];
    while (size < n_rows * 2)
        size *= 2;
    x->mask = size - 1;
    x->slots = tr_arena_array(scratch, size, sizeof *x->slots);
    x->touched = tr_arena_array(scratch, n_named + 1, sizeof *x->touched);
    if (!x->slots || !x->touched)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (x->named[x->members[i].layer])
            enter_row(x, (uint32_t)i);
    }
    return true;
}

static uint32_t find_row(const struct row_index *x,
                         const struct tr_row_name *name)
{
    size_t at = row_hash(name->layer, name->key) & x->mask;

    for (; x->slots[at]; at = (at + 1) & x->mask) {
        const struct member *m = &x->members[x->slots[at] - 1];

        if (strcmp(m->row->key, name->key) == 0 &&
            strcmp(x->in->layers[m->layer].about.name, name->layer) == 0)
            return x->slots[at] - 1;
    }
    return UINT32_MAX;
}

/* group[i] is the first member of the link that row i belongs to, kept[i] says
 * that the link names it. Rows that the audience may not see are not here. */
static void join_links(const struct tr_snapshot_input *in, struct row_index *x,
                       uint32_t *group, bool *kept)
{
    for (size_t p = 0; p < in->n_places; p++) {
        for (size_t i = 0; i < in->places[p]->n_links; i++) {
            const struct tr_link *link = &in->places[p]->links[i];
            uint32_t first = NO_GROUP;
            uint32_t keep = find_row(x, &link->keep);

            for (size_t r = 0; r < link->n; r++) {
                uint32_t m = find_row(x, &link->rows[r]);

                if (m == UINT32_MAX)
                    continue;
                if (first == NO_GROUP)
                    first = m;
                group[m] = first;
                x->touched[x->n_touched++] = m;
            }
            if (keep != UINT32_MAX)
                kept[keep] = true;
        }
    }
}

/* A confirmed match makes one site of the sites of its two rows. A site of
 * several rows was made by a link or a match, so all of them were touched. */
static void join_matches(const struct tr_snapshot_input *in,
                         struct row_index *x, uint32_t *group)
{
    for (size_t p = 0; p < in->n_places; p++) {
        for (size_t i = 0; i < in->places[p]->n_matches; i++) {
            const struct tr_match *match = &in->places[p]->matches[i];
            uint32_t a = find_row(x, &match->rows[0]);
            uint32_t b = find_row(x, &match->rows[1]);

            if (!match->confirmed || a == UINT32_MAX || b == UINT32_MAX)
                continue;
            x->touched[x->n_touched++] = a;
            x->touched[x->n_touched++] = b;

            uint32_t from = group[b], to = group[a];

            for (size_t r = 0; r < x->n_touched && from != to; r++) {
                if (group[x->touched[r]] == from)
                    group[x->touched[r]] = to;
            }
        }
    }
}

struct ordered { /* a member with what its place within the site depends on */
    struct member member;
    bool kept;
};

/* ---- rows that answer for others ---- */

/* An answer without a value that the audience may see is as if it had not been
 * given: blank cells of a returned sheet add nothing, not even their being
 * there. */
static bool says_something(const struct tr_snapshot_input *in,
                           const struct tr_input_layer *layer,
                           const struct tr_input_row *row)
{
    const struct tr_schema *schema = row->schema;
    struct tr_arena scratch;
    struct tr_value *values;
    bool says = false;

    tr_arena_init(&scratch, SIZE_MAX);
    values = tr_arena_array(&scratch, schema->n + 1, sizeof *values);
    if (values && !tr_record_read(schema, row->record, row->record_len,
                                  &scratch, values, NULL)) {
        for (size_t f = 0; f < schema->n && !says; f++)
            says = values[f].present &&
                   tr_field_named(schema->fields[f].name) &&
                   tr_field_visible(&schema->fields[f], in, layer);
    }
    tr_arena_clear(&scratch);
    return says;
}

/* An answer belongs to the site of the row with its key in the layer it is for;
 * where that row is not to be seen, neither is the answer. */
static void join_answers(const struct tr_snapshot_input *in,
                         const struct row_index *x, struct drafts *d,
                         uint32_t *group)
{
    for (size_t i = 0; i < d->n_members; i++) {
        struct member *m = &d->members[i];
        const char *layer = in->layers[m->layer].about.answers_for;
        uint32_t of = UINT32_MAX;

        if (!layer)
            continue;
        if (says_something(in, &in->layers[m->layer], m->row))
            of = find_row(x, &(struct tr_row_name){ layer, m->row->key });
        if (of != UINT32_MAX &&
            in->layers[d->members[of].layer].about.answers_for)
            of = UINT32_MAX;
        group[i] = of == UINT32_MAX ? NO_GROUP : group[of];
        m->answers = of == UINT32_MAX ? NULL : d->members[of].row;
    }
}

static int by_standing(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;

    if (!x->member.answers != !y->member.answers)
        return x->member.answers ? 1 : -1;
    if (x->kept != y->kept)
        return x->kept ? -1 : 1;
    if (x->member.row->tier != y->member.row->tier)
        return x->member.row->tier < y->member.row->tier ? -1 : 1;
    return strcmp(x->member.id, y->member.id);
}

/* The members site by site, in two passes over them. */
static bool sort_by_group(struct drafts *d, uint32_t *group, const bool *kept,
                          struct tr_arena *scratch)
{
    size_t n = d->n_members, at = 0;
    uint32_t *start = tr_arena_array(scratch, n + 1, sizeof *start);
    struct ordered *o = tr_arena_array(scratch, n + 1, sizeof *o);

    if (!start || !o)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (group[i] != NO_GROUP)
            start[group[i] + 1]++;
    }
    for (size_t g = 0; g < n; g++)
        start[g + 1] += start[g];
    for (size_t i = 0; i < n; i++) {
        if (group[i] != NO_GROUP)
            o[start[group[i]]++] = (struct ordered){ d->members[i], kept[i] };
    }
    d->n_members = n ? start[n - 1] : 0;
    for (size_t g = 0; g < n; g++) { /* start[g] is now where g ends */
        size_t count = start[g] - at;

        if (count > 1)
            qsort(&o[at], count, sizeof *o, by_standing);
        for (; at < start[g]; at++) {
            d->members[at] = o[at].member;
            group[at] = (uint32_t)g;
        }
    }
    return true;
}

static bool are_joined(const struct tr_snapshot_input *in)
{
    bool joined = false;

    for (size_t p = 0; p < in->n_places; p++)
        joined = joined || in->places[p]->n_links || in->places[p]->n_matches;
    for (size_t l = 0; l < in->n_layers; l++)
        joined = joined || in->layers[l].about.answers_for;
    return joined;
}

enum tr_status tr_group_members(const struct tr_snapshot_input *in,
                                struct tr_arena *scratch, struct drafts *d,
                                uint32_t **group_of)
{
    size_t n = d->n_members;
    struct row_index x = { .in = in, .members = d->members };

    *group_of = NULL;
    if (!are_joined(in))
        return TR_OK;

    uint32_t *group = tr_arena_array(scratch, n + 1, sizeof *group);
    bool *kept = tr_arena_array(scratch, n + 1, sizeof *kept);

    if (!group || !kept || !index_rows(&x, n, scratch))
        return TR_ENOMEM;
    for (size_t i = 0; i < n; i++)
        group[i] = (uint32_t)i;
    join_links(in, &x, group, kept);
    join_matches(in, &x, group);
    join_answers(in, &x, d, group);
    *group_of = group;
    return sort_by_group(d, group, kept, scratch) ? TR_OK : TR_ENOMEM;
}
