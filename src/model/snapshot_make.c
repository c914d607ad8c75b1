/* snapshot_make.c - making a snapshot: sites, areas, layers, classes, digest.
 * See terrier/snapshot_input.h. */
#include <stdlib.h>
#include <string.h>

#include "model/snapshot_parts.h"
#include "model/texts.h"

static const char no_memory[] = "no memory left for the snapshot";

/* By key: most layers are read in that order already. */
static bool sort_rows(struct tr_input_layer *l)
{
    size_t n = l->n_rows;
    const char **keys = malloc((n + 1) * sizeof *keys);
    uint32_t *order = malloc((n + 1) * sizeof *order);
    struct tr_input_row *rows = malloc((n + 1) * sizeof *rows);
    bool ok = keys && order && rows;

    for (uint32_t r = 0; ok && r < n; r++) {
        keys[r] = l->rows[r].key;
        order[r] = r;
    }
    ok = ok && texts_order(keys, order, n);
    for (size_t r = 0; ok && r < n; r++)
        rows[r] = l->rows[order[r]];
    if (ok && n)
        memcpy(l->rows, rows, n * sizeof *rows);
    free(keys);
    free(order);
    free(rows);
    return ok;
}

/* ---- classes ---- */

struct standings {    /* per site */
    uint8_t *classes; /* enum tr_class */
    const char **data;
    const char **status, **computed; /* NULL: no class */
    const struct tr_input_standing **decided;
};

/* What a run computed. */
static enum tr_status computed_classes(const struct tr_snapshot_input *in,
                                       struct tr_snapshot *s,
                                       struct standings *to)
{
    for (size_t i = 0; i < in->n_results; i++) {
        const struct tr_input_result *r = &in->results[i];
        size_t site = tr_snapshot_site(s, r->site_id);
        enum tr_class class_ = TR_NO_CLASS;

        if (site == SIZE_MAX || strcmp(s->site_ids[site], r->site_id) != 0)
            continue; /* withdrawn since, or joined into another */
        tr_class_parse(r->class_name, &class_);
        to->classes[site] = (uint8_t)tr_class_shown(&s->audience, class_);
        to->status[site] = "provisional";
        to->computed[site] = r->class_name;
        if (to->classes[site] == TR_IN_REVIEW && !to->decided[site])
            continue;
        to->data[site] = tr_arena_text(s->arena, r->data, strlen(r->data));
        if (!to->data[site])
            return TR_ENOMEM;
    }
    return TR_OK;
}

/* What people decided stands before it. The public is told the reasons of a
 * computed class only where that is the class that was published, and where the
 * decision rests on nothing but what the public sees; of any other published
 * class it reads the reasons that were chosen for it, and only those. */
static void decided_classes(const struct tr_snapshot *s, struct standings *to)
{
    bool is_public = strcmp(s->audience.name, "public") == 0;

    for (size_t i = 0; i < s->n_sites; i++) {
        const struct tr_input_standing *d = to->decided[i];
        enum tr_class c = TR_NO_CLASS;
        bool same;

        if (!d)
            continue;
        same = to->computed[i] && strcmp(to->computed[i], d->class_name) == 0;
        if (same || d->beats)
            to->status[i] = d->status;
        if (!d->beats || !tr_class_parse(d->class_name, &c))
            continue;
        to->classes[i] = (uint8_t)c;
        if (is_public && (!same || d->rests_on_more))
            to->data[i] = NULL;
    }
}

/* The reasons of any class speak of surplus too: what else the site could be,
 * what would change it, what the rules ask. Only where surplus is the class that
 * was published does the public read that word. */
static enum tr_status hide_candidates(const struct tr_snapshot *s,
                                      struct standings *to)
{
    for (size_t i = 0; i < s->n_sites; i++) {
        if (!to->data[i] || to->classes[i] == TR_SURPLUS)
            continue;
        to->data[i] = to->classes[i] == TR_IN_REVIEW
                          ? NULL
                          : tr_text_shown(&s->audience, to->data[i], s->arena);
        if (!to->data[i] && to->classes[i] != TR_IN_REVIEW)
            return TR_ENOMEM;
    }
    return TR_OK;
}

static void sites_decided(const struct tr_snapshot_input *in,
                          const struct tr_snapshot *s, struct standings *to)
{
    for (size_t i = 0; i < in->n_standings; i++) {
        const struct tr_input_standing *d = &in->standings[i];
        size_t site = tr_snapshot_site(s, d->site_id);

        if (site != SIZE_MAX && strcmp(s->site_ids[site], d->site_id) == 0)
            to->decided[site] = d;
    }
}

static enum tr_status sum_classes(struct tr_snapshot *s, const void *none)
{
    size_t count[TR_CLASSES] = { 0 };

    for (size_t i = 0; i < s->n_located; i++)
        count[s->classes[i]]++;
    for (int c = 0; c < TR_CLASSES; c++) {
        uint32_t *sums;

        s->class_sums[c] = none;
        if (!count[c])
            continue;
        sums = tr_arena_array(s->arena, s->n_located + 1, sizeof *sums);
        if (!sums)
            return TR_ENOMEM;
        for (size_t i = 0; i < s->n_located; i++)
            sums[i + 1] = sums[i] + (s->classes[i] == c);
        s->class_sums[c] = sums;
    }
    return TR_OK;
}

static enum tr_status fill_classes(const struct tr_snapshot_input *in,
                                   struct tr_snapshot *s,
                                   struct tr_arena *scratch,
                                   struct standings *to)
{
    struct tr_arena *a = s->arena;
    size_t n = s->n_sites + 1;
    const char **none; /* all zero: stands for whatever nobody has */

    to->classes = tr_arena_array(a, n, 1);
    none = tr_arena_array(a, n, sizeof *none);
    to->data = in->n_results ? tr_arena_array(a, n, sizeof *to->data) : none;
    to->status = tr_arena_array(scratch, n, sizeof *to->status);
    to->computed = tr_arena_array(scratch, n, sizeof *to->computed);
    to->decided = tr_arena_array(scratch, n, sizeof *to->decided);
    if (!to->classes || !none || !to->data || !to->status || !to->computed ||
        !to->decided)
        return TR_ENOMEM;
    memset(to->classes, TR_NO_CLASS, n);
    sites_decided(in, s, to);
    if (computed_classes(in, s, to))
        return TR_ENOMEM;
    decided_classes(s, to);
    if (hide_candidates(s, to))
        return TR_ENOMEM;
    s->run = in->run;
    s->classes = to->classes;
    s->class_data = to->data;
    return sum_classes(s, none);
}

/* The reasons that were published, where there are any. */
static enum tr_status reason_column(struct tr_snapshot *s, struct columns *c,
                                    const struct standings *from,
                                    struct tr_error *err)
{
    struct tr_column_builder *b = NULL;
    bool ok = true;

    for (size_t i = 0; ok && i < s->n_sites; i++) {
        const struct tr_input_standing *d = from->decided[i];

        if (!d || !d->beats || !d->reason || !*d->reason)
            continue;
        if (!b)
            b = tr_column_builder_new(s->arena, "class_reason", TR_TEXT);
        ok = b && tr_column_put_text(b, i, d->reason);
    }
    if (!ok)
        return tr_fail(err, TR_ENOMEM, no_memory);
    if (b)
        columns_finish(c, b, s->n_sites, "Reasons published with the class",
                       TR_PUBLIC);
    return c->st;
}

static bool class_columns(struct tr_snapshot *s, struct columns *c,
                          const struct standings *from,
                          struct tr_arena *scratch)
{
    size_t n = s->n_sites;
    uint32_t *class_ = tr_arena_array(s->arena, n + 1, sizeof *class_);
    uint32_t *status = tr_arena_array(s->arena, n + 1, sizeof *status);
    const char *texts[TR_CLASSES];
    struct text_set set;
    bool ok = class_ && status;

    text_set_init(&set, scratch, NULL);
    for (int k = 0; k < TR_CLASSES; k++)
        texts[k] = k == TR_NO_CLASS ? NULL : tr_class_name((enum tr_class)k);
    for (size_t i = 0; ok && i < n; i++) {
        class_[i] = s->classes[i];
        status[i] = NO_TEXT;
        if (s->classes[i] != TR_NO_CLASS)
            ok = text_set_add(&set, from->status[i], &status[i]);
    }
    if (!ok)
        return false;
    columns_add_lookup(c,
                       &(struct tr_column){ .name = "class", .title = "Class" },
                       n, class_, texts, TR_CLASSES);
    columns_add_lookup(c,
                       &(struct tr_column){ .name = "class_status",
                                            .title = "Standing of the class" },
                       n, status, set.texts, set.n);
    return true;
}

/* ---- all of it ---- */

static enum tr_status make_rows(const struct tr_snapshot_input *in,
                                struct tr_snapshot *s, struct columns *c,
                                struct tr_arena *scratch, struct tr_error *err)
{
    struct drafts d;
    enum tr_status st = TR_OK;

    for (size_t i = 0; !st && i < in->n_layers; i++) {
        /* Sites get an order of their own. */
        if (strcmp(in->layers[i].about.kind, "sites") != 0 &&
            !sort_rows(&in->layers[i]))
            st = tr_fail(err, TR_ENOMEM, no_memory);
    }
    if (!st)
        st = tr_draft_sites(in, s->arena, scratch, &d, err);
    if (!st)
        st = tr_make_sites(in, &d, s, c, scratch, err);
    if (!st)
        st = tr_make_areas(in, s, scratch, err);
    if (!st)
        st = tr_make_layers(in, s, scratch, err);
    if (!st)
        st = tr_place_sites(in, &d, s, c, scratch, err);
    if (!st && !base_begin(s, c, in->rows_key))
        st = tr_fail(err, TR_ENOMEM, no_memory);
    return st;
}

/* What follows from classes; `c` starts with the columns that do not. */
static enum tr_status make_classes(const struct tr_snapshot_input *in,
                                   struct tr_snapshot *s, struct columns *c,
                                   struct tr_arena *scratch,
                                   struct tr_error *err)
{
    struct standings standings;
    enum tr_status st = TR_OK;

    if (fill_classes(in, s, scratch, &standings) ||
        !class_columns(s, c, &standings, scratch))
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = reason_column(s, c, &standings, err);
    if (st)
        return st;
    s->sites = (struct tr_table){ s->n_sites, c->n, c->list };
    return tr_snapshot_digest(s, in->threads, scratch)
               ? TR_OK
               : tr_fail(err, TR_ENOMEM, no_memory);
}

static enum tr_status make_parts(const struct tr_snapshot_input *in,
                                 struct tr_snapshot *s,
                                 struct tr_arena *scratch, struct tr_error *err)
{
    struct base_columns base;
    struct columns c;
    enum tr_status st = TR_OK;

    columns_init(&c, s->arena, err);
    if (s->base) {
        base = base_share(s);
    } else {
        st = make_rows(in, s, &c, scratch, err);
        if (st)
            return st;
        base = base_columns(s->base);
    }
    /* The base's list stays as it is; this one grows. */
    columns_init(&c, s->arena, err);
    for (size_t i = 0; i < base.n; i++)
        columns_add(&c, &base.list[i]);
    return c.st ? c.st : make_classes(in, s, &c, scratch, err);
}

static struct tr_snapshot *begin(const struct tr_snapshot_input *in,
                                 struct tr_arena *a)
{
    struct tr_snapshot *s = tr_arena_alloc(a, sizeof *s);

    if (!s)
        return NULL;
    if (tr_snapshot_is_like(in->like, in->rows_key)) {
        *s = *in->like; /* audience, date and places are in the key */
    } else {
        s->audience = in->audience;
        s->as_of = in->as_of;
        s->places = in->places;
        s->n_places = in->n_places;
    }
    s->arena = a;
    s->revision = in->revision;
    s->inputs = in->inputs;
    return s;
}

enum tr_status tr_snapshot_make(const struct tr_snapshot_input *in,
                                struct tr_arena *a, struct tr_snapshot **out,
                                struct tr_error *err)
{
    struct tr_snapshot *s = begin(in, a);
    struct tr_arena scratch;
    enum tr_status st = TR_OK;

    if (!s) {
        tr_arena_clear(a);
        free(a);
        return tr_fail(err, TR_ENOMEM, no_memory);
    }
    tr_arena_init(&scratch, SIZE_MAX);
    st = make_parts(in, s, &scratch, err);
    tr_arena_clear(&scratch);
    if (st) {
        tr_snapshot_free(s);
        return st;
    }
    *out = s;
    return TR_OK;
}
