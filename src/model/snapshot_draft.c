/* snapshot_draft.c - from rows to sites in the snapshot's order: each row's id,
 * each site's position, the order of both. Which rows are one site is
 * snapshot_join.c. */
#include "model/snapshot_parts.h"

#include <stdlib.h>
#include <string.h>

#include "model/texts.h"
#include "terrier/thread.h"

static const char no_memory[] = "no memory left for the sites";

bool hands_begin(struct hands *h, unsigned threads, struct tr_arena *scratch)
{
    h->n = threads ? threads : tr_thread_cores();
    h->keep = tr_arena_array(scratch, h->n, sizeof *h->keep);
    h->scratch = tr_arena_array(scratch, h->n, sizeof *h->scratch);
    if (!h->keep || !h->scratch)
        return false;
    for (unsigned i = 0; i < h->n; i++) {
        tr_arena_init(&h->keep[i], SIZE_MAX);
        tr_arena_init(&h->scratch[i], SIZE_MAX);
    }
    return true;
}

void hands_end(struct hands *h, struct tr_arena *keep, struct tr_arena *scratch)
{
    for (unsigned i = 0; i < h->n; i++) {
        tr_arena_adopt(keep, &h->keep[i]);
        tr_arena_adopt(scratch, &h->scratch[i]);
    }
}

/* ---- rows as members ---- */

/* Where each layer's members start; of the sites layers alone. */
static bool count_members(const struct tr_snapshot_input *in,
                          struct tr_arena *scratch, struct drafts *d,
                          size_t **start)
{
    *start = tr_arena_array(scratch, in->n_layers + 1, sizeof **start);
    if (!*start)
        return false;
    for (size_t l = 0; l < in->n_layers; l++) {
        bool sites = strcmp(in->layers[l].about.kind, "sites") == 0;

        (*start)[l + 1] = (*start)[l] + (sites ? in->layers[l].n_rows : 0);
    }
    d->n_members = (*start)[in->n_layers];
    d->members = tr_arena_array(scratch, d->n_members + 1, sizeof *d->members);
    return d->members && d->n_members < UINT32_MAX;
}

static bool has_outline(const struct tr_input_row *row)
{
    return row->geometry && row->geometry->kind == TR_POLYGON;
}

#define LONGEST_ID 64 /* a prefix is 16 bytes at most */

struct naming {
    const struct tr_snapshot_input *in;
    struct drafts *d;
    const size_t *start; /* of each layer's members */
    bool *outlined;      /* per piece */
    struct hands *hands;
};

static enum tr_status name_members(void *context, size_t first, size_t last,
                                   unsigned worker, struct tr_error *err)
{
    const struct naming *c = context;
    struct text_pool pool = { .arena = &c->hands->keep[worker] };
    char id[LONGEST_ID];
    uint32_t l = 0;

    for (size_t i = first; i < last; i++) {
        struct member *m = &c->d->members[i];
        const struct tr_layer *about;

        while (c->start[l + 1] <= i)
            l++;
        m->layer = l;
        m->row = &c->in->layers[l].rows[i - c->start[l]];
        c->outlined[first / ROWS_A_PIECE] |= has_outline(m->row);
        about = &c->in->layers[l].about;
        tr_site_names(c->in->places[about->place]->prefix, about->name,
                      m->row->key, id, &m->number);
        m->id = text_pool_add(&pool, id, strlen(id));
        if (!m->id)
            return tr_fail(err, TR_ENOMEM, no_memory);
    }
    return TR_OK;
}

/* ---- what a site's members say ---- */

/* The kept row's position if it has one, else the most precise of the others,
 * in their order. */
const struct tr_input_row *draft_placed(const struct drafts *d,
                                        const struct site_draft *s)
{
    const struct member *members = &d->members[s->first];
    const struct tr_input_row *placed = NULL;

    for (uint32_t i = 0; i < s->n; i++) {
        const struct tr_input_row *row = members[i].row;

        if (!row->has_position)
            continue;
        if (!placed ||
            (placed != members->row && row->precision_m < placed->precision_m))
            placed = row;
    }
    return placed;
}

const struct tr_geometry *draft_footprint(const struct drafts *d,
                                          const struct site_draft *s)
{
    const struct tr_input_row *placed = draft_placed(d, s);

    if (placed && has_outline(placed))
        return placed->geometry;
    for (uint32_t i = 0; i < s->n; i++) {
        if (has_outline(d->members[s->first + i].row))
            return d->members[s->first + i].row->geometry;
    }
    return NULL;
}

const char *draft_outward(const struct drafts *d, const struct site_draft *s)
{
    const char *outward = NULL;

    for (uint32_t i = 0; i < s->n && !outward; i++)
        outward = d->members[s->first + i].row->outward;
    return outward;
}

bool draft_withheld(const struct drafts *d, const struct site_draft *s)
{
    bool withheld = false;

    for (uint32_t i = 0; i < s->n; i++)
        withheld = withheld || d->members[s->first + i].row->withheld;
    return withheld;
}

static enum tr_status place_sites(void *context, size_t first, size_t last,
                                  unsigned worker, struct tr_error *err)
{
    struct drafts *d = context;

    (void)worker;
    (void)err;
    for (size_t i = first; i < last; i++) {
        struct site_draft *s = &d->sites[i];
        const struct tr_input_row *placed = draft_placed(d, s);

        if (placed)
            s->key = tr_morton(tr_mercator_cell(placed->position.lon_e7,
                                                placed->position.lat_e7));
    }
    return TR_OK;
}

/* ---- all of it ---- */

static bool list_sites(struct drafts *d, const uint32_t *group,
                       struct tr_arena *scratch)
{
    d->sites = tr_arena_array(scratch, d->n_members + 1, sizeof *d->sites);
    if (!d->sites)
        return false;
    for (size_t i = 0; i < d->n_members; i++) {
        if (group && i > 0 && group[i] == group[i - 1])
            d->sites[d->n_sites - 1].n++;
        else
            d->sites[d->n_sites++] =
                (struct site_draft){ .first = (uint32_t)i, .n = 1 };
    }
    return true;
}

static enum tr_status name_all(const struct tr_snapshot_input *in,
                               struct tr_arena *keep, struct tr_arena *scratch,
                               struct drafts *d, struct tr_error *err)
{
    struct hands hands;
    struct naming naming = { .in = in, .d = d, .hands = &hands };
    size_t *start;

    if (!count_members(in, scratch, d, &start))
        return tr_fail(err, TR_ENOMEM, no_memory);
    naming.start = start;
    naming.outlined = tr_arena_array(scratch, pieces_of(d->n_members) + 1,
                                     sizeof *naming.outlined);
    if (!naming.outlined || !hands_begin(&hands, in->threads, scratch))
        return tr_fail(err, TR_ENOMEM, no_memory);

    enum tr_status st = tr_thread_run(d->n_members, ROWS_A_PIECE, in->threads,
                                      name_members, &naming, err);

    hands_end(&hands, keep, scratch);
    for (size_t p = 0; p < pieces_of(d->n_members); p++)
        d->outlined |= naming.outlined[p];
    return st;
}

enum tr_status tr_draft_sites(const struct tr_snapshot_input *in,
                              struct tr_arena *keep, struct tr_arena *scratch,
                              struct drafts *out, struct tr_error *err)
{
    struct drafts d = { 0 };
    uint32_t *group;
    enum tr_status st = TR_OK;

    st = name_all(in, keep, scratch, &d, err);
    if (st)
        return st;
    if (tr_group_members(in, scratch, &d, &group) ||
        !list_sites(&d, group, scratch))
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = tr_thread_run(d.n_sites, ROWS_A_PIECE, in->threads, place_sites, &d,
                       err);
    if (!st && !tr_order_sites(&d))
        st = tr_fail(err, TR_ENOMEM, no_memory);
    if (!st)
        *out = d;
    return st;
}
