/* layer_write.c - the rows that are kept go to the store, or are compared with
 * it in a dry run. See layer_load.h. */
#include <assert.h>
#include <string.h>

#include "ingest/layer_load.h"
#include "ingest/text_map.h"
#include "terrier/thread.h"

#define MOST_VANISHED_PERCENT 20

/* Rows go to the store a chunk at a time; while one is written, the next is
 * made ready, a piece of it a thread. */
#define PIECE  2048
#define PIECES 8
#define CHUNK  ((size_t)PIECE * PIECES)

static const char *schema_text(struct layer_load *l)
{
    tr_buf_reset(&l->buf);
    tr_schema_write(&l->p->schema, &l->buf);

    const char *text = tr_buf_text(&l->buf);

    return text ? layer_keep(l, text) : NULL;
}

static const char *source_name(struct layer_load *l)
{
    tr_buf_reset(&l->buf);
    for (size_t i = 0; i < l->n_files; i++) {
        if (i)
            tr_buf_str(&l->buf, "; ");
        tr_buf_str(&l->buf, l->files[i]);
    }

    const char *text = tr_buf_text(&l->buf);

    return text ? layer_keep(l, text) : NULL;
}

/* Of all that the store would keep; the schema is part of it, since a record
 * means nothing without. */
static struct tr_digest digest_of(const struct load_row *row,
                                  const char *outward,
                                  const struct tr_digest *schema)
{
    struct tr_hasher h;

    tr_hash_init(&h);
    tr_hash_add(&h, schema->bytes, sizeof schema->bytes);
    tr_hash_int(&h, row->tier | row->position_tier << 8 |
                        row->coord_source << 16 | row->has_position << 24);
    tr_hash_int(&h, row->precision_m);
    tr_hash_add(&h, &row->position, sizeof row->position);
    tr_hash_text(&h, outward ? outward : "");
    tr_hash_int(&h, (int64_t)row->record_len);
    tr_hash_add(&h, row->record, row->record_len);
    tr_hash_int(&h, (int64_t)row->geometry_len);
    tr_hash_add(&h, row->geometry, row->geometry_len);
    return tr_hash_end(&h);
}

static void fill_row(const struct load_row *from,
                     const struct tr_digest *schema, char outward[16],
                     struct store_row *out)
{
    size_t n = from->outward ? strcspn(from->postcode, " ") : 0;

    if (n)
        memcpy(outward, from->postcode, n);
    outward[n] = '\0';
    *out = (struct store_row){
        .key = from->key,
        .tier = (enum tr_tier)from->tier,
        .source_row = from->number,
        .coord_source = (enum store_coord_source)from->coord_source,
        .precision_m = from->precision_m,
        .has_position = from->has_position,
        .position = from->position,
        .position_tier = (enum tr_tier)(from->position_tier > from->tier
                                            ? from->position_tier
                                            : from->tier),
        .outward = n ? outward : NULL,
        .geometry = from->geometry,
        .geometry_len = from->geometry_len,
        .record = from->record,
        .record_len = from->record_len,
    };
    out->digest = digest_of(from, out->outward, schema);
}

/* ---- counts ---- */

static enum tr_status count(struct layer_load *l, struct tr_error *err)
{
    struct load_layer_report *r = l->report;
    size_t n_held = 0, n = 0;

    for (size_t i = 0; i < l->n_rows; i++) {
        const struct load_row *row = &l->rows[i];

        if (row->dropped)
            continue;
        r->accepted++;
        n_held += row->held != NULL;
        r->located[row->coord_source <= STORE_POSTCODE_AS_GIVEN
                       ? 0
                       : row->coord_source - STORE_POSTCODE_AS_GIVEN]++;
    }
    r->accepted += r->merged;
    assert(r->read == r->accepted + r->rejected + r->duplicate);

    struct load_held *held =
        tr_arena_array(l->report_arena, n_held, sizeof *held);

    if (!held)
        return layer_no_memory(l, err);
    for (size_t i = 0; i < l->n_rows; i++) {
        const struct load_row *row = &l->rows[i];

        if (row->dropped || !row->held)
            continue;
        held[n++] = (struct load_held){
            tr_arena_text(l->report_arena, row->key, strlen(row->key)),
            tr_arena_text(l->report_arena, row->held, strlen(row->held))
        };
    }
    r->held = held;
    r->n_held = n;
    return TR_OK;
}

static enum tr_status refuse_vanished(const struct layer_load *l, long unseen,
                                      struct tr_error *err)
{
    const struct load_layer_report *r = l->report;
    long before = r->changed + r->unchanged + unseen;

    if (l->options->accept_vanished || unseen == 0 ||
        unseen * 100 <= before * MOST_VANISHED_PERCENT)
        return TR_OK;
    return tr_fail(err, TR_EDATA,
                   "%ld of the %ld rows of layer '%s' are no longer in the "
                   "source, more than %d %%: look at the file, then accept it "
                   "with --accept-vanished",
                   unseen, before, l->p->layer, MOST_VANISHED_PERCENT);
}

/* ---- a dry run ---- */

struct comparing {
    struct text_map keys; /* value: row of the load */
    struct layer_load *l;
    const struct tr_digest *schema;
    long unseen;
};

static enum tr_status compare_row(void *context, const struct store_row *row,
                                  struct tr_error *err)
{
    struct comparing *c = context;
    const struct text_map_entry *e = text_map_find(&c->keys, row->key);
    struct load_layer_report *r = c->l->report;
    struct store_row ours;
    char outward[16];

    (void)err;
    if (!e) {
        c->unseen += row->missing_from == 0;
        return TR_OK;
    }
    fill_row(&c->l->rows[e->value], c->schema, outward, &ours);
    r->added--;
    if (row->missing_from ||
        memcmp(&ours.digest, &row->digest, sizeof row->digest) != 0)
        r->changed++;
    else
        r->unchanged++;
    return TR_OK;
}

static enum tr_status compare(struct layer_load *l, struct store *s,
                              const struct tr_digest *schema,
                              struct tr_error *err)
{
    struct comparing c = { .l = l, .schema = schema };
    const struct store_layer *layer = NULL;
    enum tr_status st =
        store_layer_named(s, l->p->layer, &l->keep, &layer, err);

    l->report->added = l->report->accepted - l->report->merged;
    if (st)
        return st == TR_ENOTFOUND ? TR_OK : st;
    for (size_t i = 0; i < l->n_rows && !st; i++) {
        if (!l->rows[i].dropped &&
            !text_map_put(&c.keys, l->rows[i].key, (uint32_t)i, NULL))
            st = layer_no_memory(l, err);
    }
    if (!st && layer->current_load)
        st = store_read_rows(s, layer->id, 0, compare_row, &c, err);
    text_map_free(&c.keys);
    l->report->vanished = c.unseen;
    l->report->changed_anything =
        l->report->added || l->report->changed || c.unseen;
    return st ? st : refuse_vanished(l, c.unseen, err);
}

/* ---- the real thing ---- */

struct chunk {
    size_t first, last;
    struct store_row *rows;
    char (*outward)[16];
};

struct writing {
    struct layer_load *l;
    struct store_loading *loading;
    const struct tr_digest *schema;
    struct chunk chunks[2], *ready, *next;
};

static enum tr_status write_chunk(const struct writing *w, struct tr_error *err)
{
    const struct chunk *c = w->ready;
    enum tr_status st = TR_OK;

    for (size_t i = c->first; i < c->last && !st; i++) {
        enum store_outcome outcome;

        if (!w->l->rows[i].dropped)
            st = store_load_row(w->loading, &c->rows[i - c->first], &outcome,
                                err);
    }
    return st;
}

/* Item 0 writes what is ready; each of the others makes a piece of the next. */
static enum tr_status write_or_fill(void *context, size_t first, size_t last,
                                    unsigned worker, struct tr_error *err)
{
    const struct writing *w = context;
    const struct chunk *c = w->next;

    (void)worker;
    (void)last;
    if (first == 0)
        return write_chunk(w, err);
    first = c->first + (first - 1) * PIECE;
    for (size_t i = first; i < first + PIECE && i < c->last; i++) {
        if (!w->l->rows[i].dropped)
            fill_row(&w->l->rows[i], w->schema, c->outward[i - c->first],
                     &c->rows[i - c->first]);
    }
    return TR_OK;
}

static enum tr_status write_chunks(struct writing *w, struct tr_error *err)
{
    struct layer_load *l = w->l;
    enum tr_status st = TR_OK;

    for (int i = 0; i < 2; i++) {
        struct chunk *c = &w->chunks[i];

        c->rows = tr_arena_array(&l->keep, CHUNK, sizeof *c->rows);
        c->outward = tr_arena_array(&l->keep, CHUNK, sizeof *c->outward);
        if (!c->rows || !c->outward)
            return layer_no_memory(l, err);
    }
    w->ready = &w->chunks[0];
    w->next = &w->chunks[1];
    do {
        struct chunk *written = w->ready;
        size_t first = w->ready->last;

        w->next->first = first;
        w->next->last = l->n_rows - first < CHUNK ? l->n_rows : first + CHUNK;
        st = tr_thread_run(1 + (w->next->last - first + PIECE - 1) / PIECE, 1,
                           0, write_or_fill, w, err);
        w->ready = w->next;
        w->next = written;
    } while (!st && w->ready->first < w->ready->last);
    return st;
}

static enum tr_status write_rows(struct layer_load *l,
                                 struct store_loading *loading,
                                 const struct tr_digest *schema,
                                 struct tr_error *err)
{
    struct load_layer_report *r = l->report;
    struct writing w = { .l = l, .loading = loading, .schema = schema };
    enum tr_status st = write_chunks(&w, err);

    for (size_t i = 0; i < r->n_issues && !st; i++)
        st = store_load_issue(loading, &r->issues[i], err);
    if (st)
        return st;

    store_load_counts(loading, &r->added, &r->changed, &r->unchanged,
                      &r->vanished);
    return refuse_vanished(l, r->vanished, err);
}

static struct store_load info_of(struct layer_load *l)
{
    const struct load_layer_report *r = l->report;
    struct store_load info = {
        .layer_name = l->p->layer,
        .source_name = source_name(l),
        .schema = schema_text(l),
        .crs_operation = r->crs_operation,
        .crs_accuracy_m = r->crs_accuracy_m,
        .barred_from_measures = r->barred_from_measures,
        .read = r->read,
        .accepted = r->accepted,
        .rejected = r->rejected,
        .duplicate = r->duplicate,
        .excluded = r->excluded,
    };

    memcpy(info.located, r->located, sizeof info.located);
    return info;
}

static enum tr_status write_load(struct layer_load *l, struct store *s,
                                 struct store_load *info,
                                 const struct tr_digest *schema,
                                 struct tr_error *err)
{
    struct store_loading *loading;
    struct load_layer_report *r = l->report;
    enum tr_status st = store_put_document(
        s, "profile", l->p->layer, l->p->text, l->p->len, &info->profile, err);

    if (!st)
        st = store_load_begin(s, l->place->id, l->p->kind, info, &loading, err);
    if (st)
        return st;
    st = write_rows(l, loading, schema, err);
    if (st) {
        store_load_abort(loading);
        return st;
    }
    info->added = r->added;
    info->changed = r->changed;
    info->unchanged = r->unchanged;
    info->vanished = r->vanished;
    return store_load_commit(loading, info, &r->changed_anything, err);
}

enum tr_status layer_write(struct layer_load *l, struct store *s,
                           const struct tr_digest *source, struct tr_error *err)
{
    const struct tr_crs_info *crs = tr_crs_info(l->crs);
    struct load_layer_report *r = l->report;
    enum tr_status st = count(l, err);

    if (st)
        return st;
    r->crs_operation = "";
    if (l->transformed) {
        r->crs_operation = tr_arena_text(l->report_arena, crs->operation,
                                         strlen(crs->operation));
        r->crs_accuracy_m = crs->accuracy_m;
    }

    struct store_load info = info_of(l);

    if (!info.schema || !info.source_name || !r->crs_operation)
        return layer_no_memory(l, err);
    info.source = *source;

    struct tr_digest schema = tr_hash_bytes(info.schema, strlen(info.schema));

    return l->options->dry_run ? compare(l, s, &schema, err)
                               : write_load(l, s, &info, &schema, err);
}
