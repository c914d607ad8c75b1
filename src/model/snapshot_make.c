/* snapshot_make.c - making a snapshot: sites, areas, layers, classes, digest.
 * See terrier/snapshot_input.h. */
#include <stdlib.h>
#include <string.h>

#include "model/snapshot_parts.h"

static const char no_memory[] = "no memory left for the snapshot";

static int by_row_key(const void *a, const void *b)
{
    return strcmp(((const struct tr_input_row *)a)->key,
                  ((const struct tr_input_row *)b)->key);
}

/* ---- classes ---- */

static enum tr_class shown_class(const struct tr_snapshot *s, const char *name)
{
    enum tr_class c = TR_NO_CLASS;

    tr_class_parse(name, &c);
    /* A computed surplus is a candidate, for its owner to review: the public
     * reads that much and no more until it is published. */
    if (c == TR_SURPLUS && strcmp(s->audience.name, "public") == 0)
        c = TR_IN_REVIEW;
    return c;
}

static enum tr_status fill_classes(const struct tr_snapshot_input *in,
                                   struct tr_snapshot *s)
{
    struct tr_arena *a = s->arena;
    uint8_t *classes = tr_arena_array(a, s->n_sites + 1, 1);
    const char **data = tr_arena_array(a, s->n_sites + 1, sizeof *data);

    if (!classes || !data)
        return TR_ENOMEM;
    memset(classes, TR_NO_CLASS, s->n_sites + 1);
    for (size_t i = 0; i < in->n_results; i++) {
        size_t site = tr_snapshot_site(s, in->results[i].site_id);

        if (site == SIZE_MAX ||
            strcmp(s->site_ids[site], in->results[i].site_id) != 0)
            continue; /* withdrawn since, or joined into another */
        classes[site] = (uint8_t)shown_class(s, in->results[i].class_name);
        if (classes[site] != TR_IN_REVIEW)
            data[site] = tr_arena_text(a, in->results[i].data,
                                       strlen(in->results[i].data));
    }
    s->run = in->run;
    s->classes = classes;
    s->class_data = data;
    for (int c = 0; c < TR_CLASSES; c++) {
        uint32_t *sums = tr_arena_array(a, s->n_located + 1, sizeof *sums);

        if (!sums)
            return TR_ENOMEM;
        for (size_t i = 0; i < s->n_located; i++)
            sums[i + 1] = sums[i] + (classes[i] == c);
        s->class_sums[c] = sums;
    }
    return TR_OK;
}

static enum tr_status class_columns(struct tr_snapshot *s, struct columns *c,
                                    struct tr_error *err)
{
    struct tr_column_builder *class_ =
        tr_column_builder_new(s->arena, "class", TR_TEXT);
    struct tr_column_builder *status =
        tr_column_builder_new(s->arena, "class_status", TR_TEXT);
    bool ok = class_ && status;

    for (size_t i = 0; ok && i < s->n_sites; i++) {
        if (s->classes[i] == TR_NO_CLASS)
            continue;
        ok = tr_column_put_text(class_, i, tr_class_name(s->classes[i])) &&
             tr_column_put_text(status, i, "provisional");
    }
    if (!ok)
        return tr_fail(err, TR_ENOMEM, no_memory);
    columns_finish(c, class_, s->n_sites, "Class", TR_PUBLIC);
    columns_finish(c, status, s->n_sites, "Standing of the class", TR_PUBLIC);
    return c->st;
}

static void free_near(void *p)
{
    tr_near_free(p);
}

static enum tr_status index_sites(struct tr_snapshot *s,
                                  struct tr_arena *scratch,
                                  struct tr_error *err)
{
    int32_t *e = tr_arena_array(scratch, s->n_located + 1, sizeof *e);
    int32_t *n = tr_arena_array(scratch, s->n_located + 1, sizeof *n);
    struct tr_near *near;

    if (!e || !n)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < s->n_located; i++) {
        e[i] = s->positions[i].e_mm;
        n[i] = s->positions[i].n_mm;
    }

    enum tr_status st = tr_near_new(e, n, s->n_located, &near, err);

    if (st)
        return st;
    s->near = near;
    if (tr_arena_defer(s->arena, free_near, near))
        return tr_fail(err, TR_ENOMEM, no_memory);
    return TR_OK;
}

/* ---- all of it ---- */

static enum tr_status make_parts(const struct tr_snapshot_input *in,
                                 struct tr_snapshot *s,
                                 struct tr_arena *scratch, struct tr_error *err)
{
    struct drafts d;
    struct columns c;
    enum tr_status st;

    columns_init(&c, s->arena, err);
    for (size_t i = 0; i < in->n_layers; i++)
        qsort(in->layers[i].rows, in->layers[i].n_rows,
              sizeof *in->layers[i].rows, by_row_key);
    st = tr_draft_sites(in, s->arena, scratch, &d, err);
    if (!st)
        st = tr_make_sites(in, &d, s, &c, scratch, err);
    if (!st)
        st = tr_make_areas(in, s, scratch, err);
    if (!st)
        st = tr_make_layers(in, s, scratch, err);
    if (!st)
        st = tr_place_sites(in, &d, s, &c, scratch, err);
    if (!st && fill_classes(in, s))
        st = tr_fail(err, TR_ENOMEM, no_memory);
    if (!st)
        st = class_columns(s, &c, err);
    if (!st)
        st = index_sites(s, scratch, err);
    if (st)
        return st;
    s->sites = (struct tr_table){ s->n_sites, c.n, c.list };
    tr_snapshot_digest(s);
    return TR_OK;
}

enum tr_status tr_snapshot_make(const struct tr_snapshot_input *in,
                                struct tr_arena *a, struct tr_snapshot **out,
                                struct tr_error *err)
{
    struct tr_snapshot *s = tr_arena_alloc(a, sizeof *s);
    struct tr_arena scratch;
    enum tr_status st;

    tr_arena_init(&scratch, SIZE_MAX);
    if (!s) {
        st = tr_fail(err, TR_ENOMEM, no_memory);
    } else {
        s->arena = a;
        s->audience = in->audience;
        s->as_of = in->as_of;
        s->revision = in->revision;
        s->places = in->places;
        s->n_places = in->n_places;
        st = make_parts(in, s, &scratch, err);
    }
    tr_arena_clear(&scratch);
    if (st) {
        tr_arena_clear(a);
        free(a);
        return st;
    }
    *out = s;
    return TR_OK;
}
