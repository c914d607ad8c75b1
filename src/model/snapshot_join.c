/* snapshot_join.c - from rows to sites: joining by reviewed links, by answers
 * for other rows, choosing each site's position, putting sites in order. */
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
    uint32_t *slots; /* member + 1; 0 is empty */
};

static uint64_t row_hash(const char *layer, const char *key)
{
    uint64_t h = tr_fast_hash(layer, strlen(layer));

    return h * 31 + tr_fast_hash(key, strlen(key));
}

static bool index_rows(struct row_index *x, size_t n, struct tr_arena *scratch)
{
    size_t size = 16;

    while (size < n * 2)
        size *= 2;
    x->mask = size - 1;
    x->slots = tr_arena_array(scratch, size, sizeof *x->slots);
    if (!x->slots)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct member *m = &x->members[i];
        size_t at =
            row_hash(x->in->layers[m->layer].about.name, m->row->key) & x->mask;

        while (x->slots[at])
            at = (at + 1) & x->mask;
        x->slots[at] = (uint32_t)i + 1;
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
static void join_links(const struct tr_snapshot_input *in,
                       const struct row_index *x, uint32_t *group, bool *kept)
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
            }
            if (keep != UINT32_MAX)
                kept[keep] = true;
        }
    }
}

/* A confirmed match makes one site of the sites of its two rows. */
static void join_matches(const struct tr_snapshot_input *in,
                         const struct row_index *x, size_t n, uint32_t *group)
{
    for (size_t p = 0; p < in->n_places; p++) {
        for (size_t i = 0; i < in->places[p]->n_matches; i++) {
            const struct tr_match *match = &in->places[p]->matches[i];
            uint32_t a = find_row(x, &match->rows[0]);
            uint32_t b = find_row(x, &match->rows[1]);

            if (!match->confirmed || a == UINT32_MAX || b == UINT32_MAX)
                continue;

            uint32_t from = group[b], to = group[a];

            for (size_t r = 0; r < n && from != to; r++) {
                if (group[r] == from)
                    group[r] = to;
            }
        }
    }
}

struct ordered { /* a member with what its place within the site depends on */
    struct member member;
    uint32_t group;
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

static int by_group(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (!x->member.answers != !y->member.answers)
        return x->member.answers ? 1 : -1;
    if (x->kept != y->kept)
        return x->kept ? -1 : 1;
    if (x->member.row->tier != y->member.row->tier)
        return x->member.row->tier < y->member.row->tier ? -1 : 1;
    return strcmp(x->member.id, y->member.id);
}

/* ---- where a site is ---- */

static bool has_outline(const struct tr_input_row *row)
{
    return row->geometry && row->geometry->kind == TR_POLYGON;
}

/* The outline of the row that placed the site, else the first there is. */
static void place_footprint(struct site_draft *s, const struct member *members)
{
    if (s->placed && has_outline(s->placed))
        s->footprint = s->placed->geometry;
    for (uint32_t i = 0; i < s->n && !s->footprint; i++) {
        if (has_outline(members[s->first + i].row))
            s->footprint = members[s->first + i].row->geometry;
    }
}

/* The kept row's position if it has one, else the most precise of the others,
 * in their order. */
static void place_site(struct site_draft *s, const struct member *members)
{
    for (uint32_t i = 0; i < s->n; i++) {
        const struct tr_input_row *row = members[s->first + i].row;

        s->withheld = s->withheld || row->withheld;
        if (!s->outward)
            s->outward = row->outward;
        if (!row->has_position)
            continue;
        if (!s->placed || (s->placed != members[s->first].row &&
                           row->precision_m < s->placed->precision_m))
            s->placed = row;
    }
    place_footprint(s, members);
    if (s->placed)
        s->key = tr_morton(tr_mercator_cell(s->placed->position.lon_e7,
                                            s->placed->position.lat_e7));
}

static int by_place(const void *a, const void *b)
{
    const struct site_draft *x = a, *y = b;

    if (!x->placed != !y->placed)
        return x->placed ? -1 : 1;
    if (x->placed && x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return strcmp(x->id, y->id);
}

static enum tr_status list_members(const struct tr_snapshot_input *in,
                                   struct tr_arena *keep,
                                   struct tr_arena *scratch, struct drafts *d)
{
    size_t n = 0;

    for (size_t l = 0; l < in->n_layers; l++) {
        if (strcmp(in->layers[l].about.kind, "sites") == 0)
            n += in->layers[l].n_rows;
    }
    d->members = tr_arena_array(scratch, n + 1, sizeof *d->members);
    if (!d->members)
        return TR_ENOMEM;
    for (size_t l = 0; l < in->n_layers; l++) {
        const struct tr_input_layer *layer = &in->layers[l];
        const char *prefix = in->places[layer->about.place]->prefix;

        if (strcmp(layer->about.kind, "sites") != 0)
            continue;
        for (size_t r = 0; r < layer->n_rows; r++) {
            char *id = tr_arena_alloc(keep, strlen(prefix) + 14);

            if (!id)
                return TR_ENOMEM;
            tr_site_id(prefix, layer->about.name, layer->rows[r].key, id);
            d->members[d->n_members++] =
                (struct member){ (uint32_t)l, &layer->rows[r], id, NULL };
        }
    }
    return TR_OK;
}

/* Sort the members site by site. */
static enum tr_status order_members(const struct tr_snapshot_input *in,
                                    struct tr_arena *scratch, struct drafts *d,
                                    uint32_t **group_of)
{
    size_t n = d->n_members;
    uint32_t *group = tr_arena_array(scratch, n + 1, sizeof *group);
    bool *kept = tr_arena_array(scratch, n + 1, sizeof *kept);
    struct ordered *o = tr_arena_array(scratch, n + 1, sizeof *o);
    struct row_index x = { .in = in, .members = d->members };

    if (!group || !kept || !o || !index_rows(&x, n, scratch))
        return TR_ENOMEM;
    for (size_t i = 0; i < n; i++)
        group[i] = (uint32_t)i;
    join_links(in, &x, group, kept);
    join_matches(in, &x, n, group);
    join_answers(in, &x, d, group);
    d->n_members = 0;
    for (size_t i = 0; i < n; i++) {
        if (group[i] != NO_GROUP)
            o[d->n_members++] =
                (struct ordered){ d->members[i], group[i], kept[i] };
    }
    n = d->n_members;
    qsort(o, n, sizeof *o, by_group);
    for (size_t i = 0; i < n; i++) {
        d->members[i] = o[i].member;
        group[i] = o[i].group;
    }
    *group_of = group;
    return TR_OK;
}

enum tr_status tr_draft_sites(const struct tr_snapshot_input *in,
                              struct tr_arena *keep, struct tr_arena *scratch,
                              struct drafts *out, struct tr_error *err)
{
    struct drafts d = { 0 };
    uint32_t *group;

    if (list_members(in, keep, scratch, &d) ||
        order_members(in, scratch, &d, &group))
        return tr_fail(err, TR_ENOMEM, "no memory left for the sites");
    d.sites = tr_arena_array(scratch, d.n_members + 1, sizeof *d.sites);
    if (!d.sites)
        return tr_fail(err, TR_ENOMEM, "no memory left for the sites");

    for (size_t i = 0; i < d.n_members; i++) {
        struct site_draft *s = &d.sites[d.n_sites];

        if (i > 0 && group[i] == group[i - 1]) {
            s[-1].n++;
            continue;
        }

        const struct member *m = &d.members[i];
        const struct tr_layer *about = &in->layers[m->layer].about;

        *s = (struct site_draft){
            .first = (uint32_t)i,
            .n = 1,
            .id = m->id,
            .number = tr_site_number(about->name, m->row->key),
            .place = about->place,
        };
        d.n_sites++;
    }
    for (size_t i = 0; i < d.n_sites; i++) {
        place_site(&d.sites[i], d.members);
        d.n_located += d.sites[i].placed != NULL;
    }
    qsort(d.sites, d.n_sites, sizeof *d.sites, by_place);
    *out = d;
    return TR_OK;
}
