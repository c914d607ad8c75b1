/* layer_batch.c - see layer_batch.h
 *
 * Blocks come in two sets: while one set is mapped, a block a piece of work,
 * one more piece fills the other set. Each block has a layer_load of its own to
 * be mapped into, a copy with its own memory and report, and is merged into the
 * layer's when the whole set is done. */
#include "ingest/layer_batch.h"

#include <stdlib.h>
#include <string.h>

#include "terrier/thread.h"

/* Blocks in a set. Not by the number of cores: which issues are kept when there
 * are too many must not depend on it. */
#define BLOCKS ((size_t)8)
#define SLOTS  (2 * BLOCKS)

#define MOST_BLOCK ((size_t)1024 * 1024 * 1024)

struct slot {
    struct layer_load l;
    struct load_layer_report report;
    struct tr_arena said; /* the report's texts */
    struct layer_block block;
};

struct set {
    struct slot *slots; /* BLOCKS of them */
    size_t n;           /* filled */
    bool more;
    enum tr_status status; /* of the filling */
    struct tr_error error;
};

struct layer_batch {
    struct layer_load *l;
    struct slot slots[SLOTS];
};

static void free_batch(void *p)
{
    struct layer_batch *batch = p;

    layer_batch_end(batch);
    for (size_t i = 0; i < SLOTS; i++)
        tr_arena_clear(&batch->slots[i].l.keep);
    free(batch);
}

void layer_batch_end(struct layer_batch *batch)
{
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *s = &batch->slots[i];

        tr_arena_clear(&s->said);
        tr_arena_clear(&s->l.block);
        tr_buf_clear(&s->l.buf);
        free(s->l.rows);
        s->l.rows = NULL;
        s->l.n_rows = s->l.room = 0;
    }
}

static void forget_report(struct slot *s)
{
    tr_arena_reset(&s->said);
    s->report = (struct load_layer_report){ 0 };
    s->l.report = &s->report;
    s->l.report_arena = &s->said;
    s->l.issue_room = s->l.warning_room = 0;
}

enum tr_status layer_batch_new(struct layer_load *l,
                               const struct layer_plan *plan,
                               struct layer_batch **out, struct tr_error *err)
{
    struct layer_batch *batch = calloc(1, sizeof *batch);

    if (!batch)
        return tr_fail(err, TR_ENOMEM, "no memory left for blocks of rows");
    batch->l = l;
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *s = &batch->slots[i];

        s->l = *l;
        s->l.rows = NULL;
        s->l.n_rows = s->l.room = 0;
        tr_arena_init(&s->l.keep, l->options->max_memory);
        tr_arena_init(&s->l.block, MOST_BLOCK);
        tr_arena_init(&s->said, SIZE_MAX);
        tr_buf_init(&s->l.buf, l->options->limits.max_row_bytes * 4);
        forget_report(s);
        s->block.l = &s->l;
        s->block.plan = plan;
    }
    if (tr_arena_defer(&l->keep, free_batch, batch))
        return layer_no_memory(l, err);
    *out = batch;
    return TR_OK;
}

/* ---- one set after the other ---- */

struct work {
    struct layer_batch *batch;
    const struct layer_block_file *like;
    layer_fill fill;
    void *context;
    struct set *filling, *mapping;
};

static void fill_set(const struct work *w)
{
    struct set *set = w->filling;

    set->n = 0;
    while (set->more && !set->status && set->n < BLOCKS) {
        struct layer_block *b = &set->slots[set->n++].block;

        b->file = *w->like;
        b->n = 0;
        set->status = w->fill(w->context, b, &set->more, &set->error);
    }
}

/* PROJ's contexts belong to a thread each. */
static enum tr_status take_crs(struct layer_load *l, unsigned worker,
                               struct tr_error *err)
{
    enum tr_status st = TR_OK;

    if (worker >= LOAD_WORKERS)
        return tr_fail(err, TR_ELIMIT, "more than %d threads", LOAD_WORKERS);
    if (!l->worker_crs[worker])
        st = tr_crs_open(l->options->grid_dir, &l->worker_crs[worker], err);
    l->crs = l->worker_crs[worker];
    return st;
}

/* Item 0 fills the next set, the others map a block each. */
static enum tr_status work_on(void *context, size_t first, size_t last,
                              unsigned worker, struct tr_error *err)
{
    const struct work *w = context;
    enum tr_status st = TR_OK;

    for (size_t i = first; i < last && !st; i++) {
        if (i == 0) {
            fill_set(w);
            continue;
        }

        struct slot *s = &w->mapping->slots[i - 1];

        st = take_crs(&s->l, worker, err);
        if (!st)
            st = layer_map_block(&s->block, err);
    }
    return st;
}

static enum tr_status append_rows(struct layer_load *l, struct layer_load *from,
                                  struct tr_error *err)
{
    if (l->n_rows + from->n_rows > l->room) {
        size_t room = 2 * (l->n_rows + from->n_rows);
        struct load_row *rows = realloc(l->rows, room * sizeof *rows);

        if (!rows)
            return tr_fail(err, TR_ENOMEM, "no memory left for rows");
        l->rows = rows;
        l->room = room;
    }
    if (from->n_rows)
        memcpy(l->rows + l->n_rows, from->rows,
               from->n_rows * sizeof *from->rows);
    l->n_rows += from->n_rows;
    from->n_rows = 0;
    return TR_OK;
}

static enum tr_status merge_slot(struct layer_load *l, struct slot *s,
                                 struct tr_error *err)
{
    struct load_layer_report *r = l->report;
    enum tr_status st = append_rows(l, &s->l, err);

    r->rejected += s->report.rejected;
    r->excluded += s->report.excluded;
    r->n_issues_left_out += s->report.n_issues_left_out;
    l->transformed |= s->l.transformed;
    for (size_t i = 0; i < s->report.n_issues && !st; i++) {
        if (layer_add_issue(l, &s->report.issues[i]))
            st = layer_no_memory(l, err);
    }
    forget_report(s);
    return st;
}

static enum tr_status merge_set(struct layer_batch *batch, struct set *set,
                                struct tr_error *err)
{
    size_t used = batch->l->keep.used;
    enum tr_status st = TR_OK;

    for (size_t i = 0; i < set->n && !st; i++)
        st = merge_slot(batch->l, &set->slots[i], err);
    for (size_t i = 0; i < SLOTS; i++)
        used += batch->slots[i].l.keep.used;
    if (!st && used > batch->l->options->max_memory)
        st = layer_no_memory(batch->l, err);
    return st;
}

/* A failure is that of the first block that has one; what was found before it
 * is in the report. A source that fails does so after its last block. */
enum tr_status layer_batch_run(struct layer_batch *batch,
                               const struct layer_block_file *like,
                               layer_fill fill, void *context,
                               struct tr_error *err)
{
    struct set sets[2] = { { .slots = batch->slots, .more = true },
                           { .slots = batch->slots + BLOCKS } };
    struct work w = { batch, like, fill, context, &sets[0], &sets[1] };
    enum tr_status st = TR_OK;

    fill_set(&w);
    while (!st && w.filling->n) {
        struct set *full = w.filling;

        w.filling = w.mapping;
        w.mapping = full;
        *w.filling = (struct set){ .slots = w.filling->slots,
                                   .more = full->more && !full->status };
        st = tr_thread_run(full->n + 1, 1, 0, work_on, &w, err);

        struct tr_error ignored = TR_ERROR_INIT;
        enum tr_status merged = merge_set(batch, full, st ? &ignored : err);

        st = st ? st : merged;
        if (!st && full->status) {
            st = full->status;
            if (err)
                *err = full->error;
        }
    }
    return st;
}
