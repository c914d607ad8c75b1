/* snapshot_sites.c - what a site is made of: its occupations and values. Joining
 * rows into sites is snapshot_join.c, the columns that are not values are
 * snapshot_plain.c. */
#include "model/snapshot_values.h"

#include <stdlib.h>
#include <string.h>

#include "terrier/thread.h"

static const char no_memory[] = "no memory left for the sites";

static int32_t organisation_of(const struct tr_place *p, const char *code)
{
    const struct tr_organisation *o =
        code ? tr_place_organisation(p, code) : NULL;

    return o ? (int32_t)(o - p->organisations) : -1;
}

/* ---- one piece of the sites ---- */

struct arrays { /* the snapshot's, while they are being filled */
    const char **ids;
    uint64_t *numbers, *keys;
    struct tr_position *at;
    uint16_t *precision;
    uint32_t *places, *first;
    struct tr_occupation *o;
    const struct tr_geometry **outlines; /* NULL: no row has one */
    const char **coord_sources;          /* gone when the columns are made */
};

struct work {
    const struct tr_snapshot_input *in;
    const struct drafts *d;
    struct arrays to;
    int32_t *organisations; /* per layer */
    size_t *joined;         /* rows of sites of several, before each piece */
    struct site_values values;
    struct hands hands;
    struct text_pool *pools; /* per hand */
};

static bool fill_occupation(struct work *w, unsigned worker,
                            const struct member *m, struct tr_occupation *o)
{
    const char *key =
        text_pool_add(&w->pools[worker], m->row->key, strlen(m->row->key));

    *o = (struct tr_occupation){
        .site_id = m->id,
        .layer = m->layer,
        .organisation = w->organisations[m->layer],
        .key = key,
        .tier = m->row->tier,
        .source_row =
            (int32_t)(m->row->source_row < INT32_MAX ? m->row->source_row
                                                     : INT32_MAX),
        .missing_since = m->row->missing_since,
        .joined_row = TR_NO_ROW,
    };
    return key != NULL;
}

/* A site that is not to be seen at its point says nothing of where it has it
 * from. */
static const char *source_without(const struct drafts *d,
                                  const struct site_draft *site)
{
    return draft_withheld(d, site)  ? NULL
           : draft_outward(d, site) ? "outward"
                                    : "none";
}

static void fill_place(const struct work *w, size_t i)
{
    const struct site_draft *site = &w->d->sites[i];
    const struct tr_input_row *placed = draft_placed(w->d, site);
    const struct arrays *to = &w->to;

    to->places[i] = w->in->layers[w->d->members[site->first].layer].about.place;
    to->coord_sources[i] =
        placed ? placed->coord_source : source_without(w->d, site);
    if (to->outlines)
        to->outlines[i] = draft_footprint(w->d, site);
    if (!placed)
        return;
    to->keys[i] = site->key;
    to->at[i] = placed->position;
    to->precision[i] = placed->precision_m;
}

static enum tr_status fill_site(struct work *w, unsigned worker, size_t i,
                                size_t *joined, struct tr_error *err)
{
    const struct site_draft *site = &w->d->sites[i];
    const struct member *members = &w->d->members[site->first];
    struct tr_occupation *o = &w->to.o[w->to.first[i]];

    w->to.ids[i] = members->id;
    w->to.numbers[i] = members->number;
    fill_place(w, i);
    for (uint32_t m = 0; m < site->n; m++) {
        if (!fill_occupation(w, worker, &members[m], &o[m]))
            return tr_fail(err, TR_ENOMEM, no_memory);
        if (site->n > 1)
            o[m].joined_row = (uint32_t)(*joined + m);
    }
    if (site->n > 1)
        *joined += site->n;
    return values_put(&w->values, worker, i, o, err);
}

/* The rows of neighbours lie far apart: have those that come fetched, each link
 * of the way to them some sites earlier. */
#define AHEAD ((size_t)6)

static void fetch_ahead(const struct drafts *d, size_t i)
{
    if (i + 3 * AHEAD < d->n_sites)
        __builtin_prefetch(&d->members[d->sites[i + 3 * AHEAD].first]);
    if (i + 2 * AHEAD < d->n_sites) {
        const struct member *m = &d->members[d->sites[i + 2 * AHEAD].first];

        __builtin_prefetch(m->row);
        __builtin_prefetch((const char *)m->row + 64);
    }
    if (i + AHEAD < d->n_sites) {
        const struct tr_input_row *row =
            d->members[d->sites[i + AHEAD].first].row;

        __builtin_prefetch(row->key);
        for (size_t k = 0; k < row->record_len; k += 64)
            __builtin_prefetch(row->record + k);
    }
}

static enum tr_status fill_piece(void *context, size_t first, size_t last,
                                 unsigned worker, struct tr_error *err)
{
    struct work *w = context;
    size_t before = w->joined[first / ROWS_A_PIECE], joined = before;
    enum tr_status st = TR_OK;

    w->pools[worker].arena = &w->hands.keep[worker];
    if (!values_hand(&w->values, worker, &w->hands.scratch[worker]))
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = first; !st && i < last; i++) {
        fetch_ahead(w->d, i);
        st = fill_site(w, worker, i, &joined, err);
    }
    if (!st &&
        !values_end_piece(&w->values, worker, first, last, before, joined))
        st = tr_fail(err, TR_ENOMEM, no_memory);
    return st;
}

/* ---- all of them ---- */

static bool make_arrays(struct work *w, struct tr_arena *a,
                        struct tr_arena *scratch)
{
    const struct drafts *d = w->d;
    struct arrays *to = &w->to;

    to->ids = tr_arena_array(a, d->n_sites + 1, sizeof *to->ids);
    to->numbers = tr_arena_array(a, d->n_sites + 1, sizeof *to->numbers);
    to->keys = tr_arena_array(a, d->n_located + 1, sizeof *to->keys);
    to->at = tr_arena_array(a, d->n_located + 1, sizeof *to->at);
    to->precision = tr_arena_array(a, d->n_located + 1, sizeof *to->precision);
    to->places = tr_arena_array(a, d->n_sites + 1, sizeof *to->places);
    to->first = tr_arena_array(a, d->n_sites + 1, sizeof *to->first);
    to->o = tr_arena_array(a, d->n_members + 1, sizeof *to->o);
    to->coord_sources =
        tr_arena_array(scratch, d->n_sites + 1, sizeof *to->coord_sources);
    if (d->outlined) {
        to->outlines = tr_arena_array(a, d->n_sites + 1, sizeof *to->outlines);
        if (!to->outlines)
            return false;
    }
    return to->ids && to->coord_sources && to->numbers && to->keys && to->at &&
           to->precision && to->places && to->first && to->o;
}

/* Where each site's occupations start, and each piece's joined rows. */
static size_t count_members(struct work *w)
{
    size_t joined = 0;
    uint32_t next = 0;

    for (size_t i = 0; i < w->d->n_sites; i++) {
        uint32_t n = w->d->sites[i].n;

        if (i % ROWS_A_PIECE == 0)
            w->joined[i / ROWS_A_PIECE] = joined;
        w->to.first[i] = next;
        next += n;
        joined += n > 1 ? n : 0;
    }
    w->to.first[w->d->n_sites] = next;
    return joined;
}

static enum tr_status begin_work(struct work *w, struct tr_arena *keep,
                                 struct tr_arena *scratch)
{
    const struct tr_snapshot_input *in = w->in;

    w->organisations =
        tr_arena_array(scratch, in->n_layers + 1, sizeof *w->organisations);
    w->joined = tr_arena_array(scratch, pieces_of(w->d->n_sites) + 1,
                               sizeof *w->joined);
    if (!w->organisations || !w->joined || !make_arrays(w, keep, scratch) ||
        !hands_begin(&w->hands, in->threads, scratch))
        return TR_ENOMEM;
    w->pools = tr_arena_array(scratch, w->hands.n, sizeof *w->pools);
    for (size_t l = 0; l < in->n_layers; l++)
        w->organisations[l] = organisation_of(
            in->places[in->layers[l].about.place], in->layers[l].about.partner);
    w->values.in = in;
    w->values.d = w->d;
    return w->pools && values_begin(&w->values, count_members(w), w->hands.n,
                                    keep, scratch)
               ? TR_OK
               : TR_ENOMEM;
}

/* The outlines live in the snapshot's arena already. NULL: no site has one. */
static const struct tr_geometry *const *shown_outlines(const struct work *w)
{
    for (size_t i = 0; w->to.outlines && i < w->d->n_sites; i++) {
        if (w->to.outlines[i])
            return w->to.outlines;
    }
    return NULL;
}

static void show_arrays(const struct work *w, struct tr_snapshot *s)
{
    s->n_sites = w->d->n_sites;
    s->n_located = w->d->n_located;
    s->site_ids = w->to.ids;
    s->numbers = w->to.numbers;
    s->keys = w->to.keys;
    s->positions = w->to.at;
    s->precision_m = w->to.precision;
    s->site_places = w->to.places;
    s->footprints = shown_outlines(w);
    s->first_occupation = w->to.first;
    s->occupations = w->to.o;
}

/* ---- what can be made side by side once the arrays are there ---- */

enum { PLAIN, NEAR, IDS, N_JOBS };

struct side {
    struct work *w;
    struct tr_snapshot *s;
    struct hands hands;
    struct columns plain;
    struct tr_near *near;
    struct tr_column *columns; /* of the sites' values, then the joined rows' */
};

static enum tr_status make_near(const struct tr_snapshot *s,
                                struct tr_near **out, struct tr_error *err)
{
    int32_t *e = malloc((s->n_located + 1) * sizeof *e);
    int32_t *n = malloc((s->n_located + 1) * sizeof *n);
    enum tr_status st = TR_OK;

    for (size_t i = 0; e && n && i < s->n_located; i++) {
        e[i] = s->positions[i].e_mm;
        n[i] = s->positions[i].n_mm;
    }
    st = e && n ? tr_near_new(e, n, s->n_located, out, err)
                : tr_fail(err, TR_ENOMEM, no_memory);
    free(e);
    free(n);
    return st;
}

static enum tr_status make_ids(struct tr_snapshot *s, struct tr_arena *keep,
                               struct tr_error *err)
{
    if (!tr_snapshot_index_ids(s, keep))
        return tr_fail(err, TR_ENOMEM, no_memory);
    if (tr_snapshot_doubled_id(s))
        return tr_fail(err, TR_EDATA,
                       "two sites would have the id '%s': give one of their "
                       "layers another key",
                       tr_snapshot_doubled_id(s));
    return TR_OK;
}

static enum tr_status make_plain(struct side *side, struct tr_arena *keep,
                                 struct tr_error *err)
{
    columns_init(&side->plain, keep, err);
    return tr_plain_columns(side->w->in, side->w->d, side->w->to.coord_sources,
                            side->s, &side->plain, err);
}

static enum tr_status side_job(void *context, size_t first, size_t last,
                               unsigned worker, struct tr_error *err)
{
    struct side *side = context;
    struct tr_arena *keep = &side->hands.keep[worker];
    const struct site_values *v = &side->w->values;
    size_t column = first < N_JOBS ? 0 : first - N_JOBS;

    (void)last; /* one at a time */
    switch (first) {
    case PLAIN: return make_plain(side, keep, err);
    case NEAR: return make_near(side->s, &side->near, err);
    case IDS: return make_ids(side->s, keep, err);
    default: break;
    }
    return column < v->site.n_columns
               ? tr_finish_column(&v->site, column, keep,
                                  &side->columns[column], err)
               : tr_finish_column(&v->joined, column - v->site.n_columns, keep,
                                  &side->columns[column], err);
}

static void free_near(void *p)
{
    tr_near_free(p);
}

/* The plain columns stand before the values. */
static enum tr_status show_columns(struct side *side, struct columns *c,
                                   struct tr_error *err)
{
    const struct site_values *v = &side->w->values;
    struct columns j;

    columns_init(&j, c->a, err);
    for (size_t k = 0; k < side->plain.n; k++)
        columns_add(c, &side->plain.list[k]);
    for (size_t k = 0; k < v->site.n_columns; k++)
        columns_add(c, &side->columns[k]);
    for (size_t k = 0; k < v->joined.n_columns; k++)
        columns_add(&j, &side->columns[v->site.n_columns + k]);
    side->s->joined = (struct tr_table){ v->joined.n_rows, j.n, j.list };
    return c->st ? c->st : j.st;
}

static enum tr_status make_side(struct work *w, struct tr_snapshot *s,
                                struct columns *c, struct tr_arena *scratch,
                                struct tr_error *err)
{
    struct side side = { .w = w, .s = s };
    size_t n = w->values.site.n_columns + w->values.joined.n_columns;
    enum tr_status st;

    side.columns = tr_arena_array(scratch, n + 1, sizeof *side.columns);
    if (!side.columns || !hands_begin(&side.hands, w->in->threads, scratch))
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = tr_thread_run(n + N_JOBS, 1, w->in->threads, side_job, &side, err);
    hands_end(&side.hands, s->arena, scratch);
    s->near = side.near;
    if (side.near && tr_arena_defer(s->arena, free_near, side.near))
        return tr_fail(err, TR_ENOMEM, no_memory);
    return st ? st : show_columns(&side, c, err);
}

enum tr_status tr_make_sites(const struct tr_snapshot_input *in,
                             const struct drafts *d, struct tr_snapshot *s,
                             struct columns *c, struct tr_arena *scratch,
                             struct tr_error *err)
{
    struct work w = { .in = in, .d = d };

    if (begin_work(&w, s->arena, scratch))
        return tr_fail(err, TR_ENOMEM, no_memory);

    enum tr_status st = tr_thread_run(d->n_sites, ROWS_A_PIECE, in->threads,
                                      fill_piece, &w, err);

    values_end(&w.values, w.hands.n);
    hands_end(&w.hands, s->arena, scratch);
    if (st)
        return st;
    show_arrays(&w, s);
    return make_side(&w, s, c, scratch, err);
}
