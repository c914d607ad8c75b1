/* snapshot_rows.c - the rows of a snapshot: read in slices, on all cores, each
 * with a connection of its own to one state of the store. */
#include <stdlib.h>
#include <string.h>

#include "store/build_parts.h"
#include "terrier/thread.h"

static const char no_memory[] = "no memory left for the snapshot";

/* ---- loads: what a layer was last loaded with, and each load's schema ---- */

struct load_schema {
    int64_t load;
    int32_t finished; /* the date */
    const char *text;
    const struct tr_schema *schema;
};

static enum tr_status describe_load(struct build *b,
                                    const struct store_load *load,
                                    struct tr_layer *about,
                                    struct tr_error *err)
{
    about->loaded_at = load->finished;
    about->barred = load->barred_from_measures;
    about->crs_accuracy_m = load->crs_accuracy_m;
    about->crs_operation = tr_arena_text(b->keep, load->crs_operation,
                                         strlen(load->crs_operation));
    about->source_name =
        tr_arena_text(b->keep, load->source_name, strlen(load->source_name));
    return about->crs_operation && about->source_name
               ? TR_OK
               : tr_fail(err, TR_ENOMEM, no_memory);
}

enum tr_status build_loads(struct build *b, struct build_layer *layer,
                           struct tr_error *err)
{
    const struct store_load *loads;
    size_t n;
    enum tr_status st =
        store_loads(b->store, layer->id, b->scratch, &loads, &n, err);
    struct load_schema *s = NULL;

    if (st)
        return st;
    s = tr_arena_array(b->scratch, n + 1, sizeof *s);
    if (!s)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; !st && i < n; i++) {
        s[i].load = loads[i].id;
        s[i].finished = (int32_t)(loads[i].finished / 86400);
        s[i].text = loads[i].schema;
        /* Loads rarely differ in their schema: one object for equal ones. */
        if (i > 0 && strcmp(s[i].text, s[i - 1].text) == 0)
            s[i].schema = s[i - 1].schema;
        else
            st = tr_schema_read(s[i].text, strlen(s[i].text), b->keep,
                                &s[i].schema, err);
        if (!st && loads[i].id == layer->load)
            st = describe_load(b, &loads[i], &layer->l->about, err);
    }
    layer->schemas = s;
    layer->n_schemas = n;
    return st;
}

static const struct load_schema *load_of(const struct build_layer *layer,
                                         int64_t load)
{
    for (size_t i = 0; i < layer->n_schemas; i++) {
        if (layer->schemas[i].load == load)
            return &layer->schemas[i];
    }
    return NULL;
}

/* ---- one row ---- */

/* So many version numbers are read at a time. */
#define SLICE ((int64_t)16384)

struct slice {
    struct build_layer *layer;
    int64_t first, last;       /* version numbers */
    struct tr_input_row *rows; /* room for all of them */
    size_t n;
    enum tr_tier tier; /* the least secret of its rows */
    long located[5];
};

struct reading { /* one slice, by one thread */
    const struct build *b;
    struct slice *to;
    struct tr_arena *keep, *scratch;
    char *room; /* for keys and records, which need no alignment */
    size_t left;
};

#define ROOM ((size_t)256 * 1024)

static char *take_room(struct reading *r, size_t size)
{
    char *p = r->room;

    if (size > ROOM / 4)
        return tr_arena_alloc(r->scratch, size);
    if (size > r->left) {
        p = tr_arena_alloc(r->scratch, ROOM);
        if (!p)
            return NULL;
        r->left = ROOM;
    }
    r->room = p + size;
    r->left -= size;
    return p;
}

static bool copy_row(struct reading *r, const struct store_row *row,
                     struct tr_input_row *to)
{
    size_t key = strlen(row->key) + 1;
    size_t outward = row->outward ? strlen(row->outward) + 1 : 0;
    char *p = take_room(r, key + outward + row->record_len + 1);

    if (!p)
        return false;
    memcpy(p, row->key, key);
    to->key = p;
    if (outward) {
        memcpy(p + key, row->outward, outward);
        to->outward = p + key;
    }
    if (row->record_len)
        memcpy(p + key + outward, row->record, row->record_len);
    to->record = (const unsigned char *)p + key + outward;
    to->record_len = row->record_len;
    return true;
}

/* A position that this audience may not know is left out whole: point, outward
 * code, where it came from. */
static void fill_position(enum tr_tier see, const struct store_row *row,
                          struct tr_input_row *to)
{
    to->coord_source = store_coord_source_name(row->coord_source);
    if (row->position_tier > see) {
        to->withheld = row->has_position || row->outward;
        to->outward = NULL;
        return;
    }
    to->has_position = row->has_position;
    to->position = row->position;
    to->precision_m =
        (uint16_t)(row->precision_m > UINT16_MAX ? UINT16_MAX
                                                 : row->precision_m);
}

/* Rows by where their position came from, as far as this audience sees: the
 * load's own counts would tell it of rows that it may not see. */
static void count_located(long located[5], const struct store_row *row,
                          const struct tr_input_row *to)
{
    switch (to->withheld ? STORE_NOWHERE : row->coord_source) {
    case STORE_GIVEN:
    case STORE_POSTCODE_AS_GIVEN: located[0]++; break;
    case STORE_UPRN: located[1]++; break;
    case STORE_POSTCODE: located[2]++; break;
    case STORE_OUTWARD: located[3]++; break;
    case STORE_NOWHERE: located[4]++; break;
    }
}

#define MAX_SITE_ID 64 /* a prefix is 16 bytes at most */

static bool was_withdrawn(const struct build *b, const struct tr_layer *about,
                          const struct store_row *row)
{
    char id[MAX_SITE_ID];

    if (!b->withdrawn.n || strcmp(about->kind, "sites") != 0)
        return false;
    tr_site_id(b->in.places[about->place]->prefix, about->name, row->key, id);
    return snapshot_is_withdrawn(&b->withdrawn, id);
}

static enum tr_status add_row(void *context, const struct store_row *row,
                              struct tr_error *err)
{
    struct reading *r = context;
    struct slice *s = r->to;
    const struct build_layer *layer = s->layer;
    const struct tr_layer *about = &layer->l->about;
    const struct load_schema *load, *missing = NULL;
    struct tr_input_row *to = &s->rows[s->n];

    if (row->tier > layer->see || was_withdrawn(r->b, about, row))
        return TR_OK;
    load = load_of(layer, row->load_from);
    if (!load)
        return tr_fail(err, TR_EDATA,
                       "layer '%s' has a row of an unknown load: restore the "
                       "store from a backup",
                       about->name);
    if (row->missing_from)
        missing = load_of(layer, row->missing_from);
    to->tier = row->tier;
    to->source_row = row->source_row;
    to->missing_since = missing ? missing->finished : TR_NO_DATE;
    to->schema = load->schema;
    if (!copy_row(r, row, to))
        return tr_fail(err, TR_ENOMEM, no_memory);
    fill_position(layer->see, row, to);
    count_located(s->located, row, to);
    if (row->geometry && row->position_tier <= layer->see) {
        enum tr_status st = tr_geometry_decode(row->geometry, row->geometry_len,
                                               r->keep, &to->geometry, err);

        if (st)
            return st;
    }
    if (row->tier < s->tier)
        s->tier = row->tier;
    s->n++;
    return TR_OK;
}

/* ---- slices ---- */

struct slices {
    const struct build *b;
    struct slice *list;
    size_t n;
    unsigned n_readers;
    struct store **readers; /* the build's own is the first */
    struct tr_arena *keep, *scratch;
};

/* Room for each layer's rows, were all its versions current: what is not used
 * is never touched. */
static enum tr_status cut_layers(struct build *b, struct build_layer *layers,
                                 size_t n, struct slices *to,
                                 struct tr_error *err)
{
    int64_t(*range)[2] = tr_arena_array(b->scratch, n + 1, sizeof *range);
    size_t n_slices = 0;

    if (!range)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n; i++) {
        enum tr_status st = store_rows_range(b->store, layers[i].id,
                                             &range[i][0], &range[i][1], err);

        if (st)
            return st;
        n_slices += (size_t)((range[i][1] - range[i][0] + SLICE) / SLICE);
    }
    to->list = tr_arena_array(b->scratch, n_slices + 1, sizeof *to->list);
    for (size_t i = 0; to->list && i < n; i++) {
        struct tr_input_layer *l = layers[i].l;
        int64_t first = range[i][0], last = range[i][1];

        l->rows = tr_arena_array(b->scratch, (size_t)(last - first + 1),
                                 sizeof *l->rows);
        if (!l->rows)
            return tr_fail(err, TR_ENOMEM, no_memory);
        for (int64_t at = first; at <= last; at += SLICE)
            to->list[to->n++] = (struct slice){
                .layer = &layers[i],
                .first = at,
                .last = last - at < SLICE ? last : at + SLICE - 1,
                .rows = l->rows + (at - first),
                .tier = TR_RESTRICTED,
            };
    }
    return to->list ? TR_OK : tr_fail(err, TR_ENOMEM, no_memory);
}

static enum tr_status read_slices(void *context, size_t first, size_t last,
                                  unsigned worker, struct tr_error *err)
{
    struct slices *s = context;
    enum tr_status st = TR_OK;

    for (size_t i = first; !st && i < last; i++) {
        struct slice *to = &s->list[i];
        struct reading r = { .b = s->b,
                             .to = to,
                             .keep = &s->keep[worker],
                             .scratch = &s->scratch[worker] };

        st = store_read_slice(s->readers[worker], to->layer->load, to->first,
                              to->last, add_row, &r, err);
        if (st)
            tr_fail_at(err, st, "layer '%s'", to->layer->l->about.name);
    }
    return st;
}

/* Other connections see what this one sees: while it reads, nobody commits.
 * When a writer waits to, no other may begin, and this one reads alone. */
static bool open_readers(struct slices *s, unsigned wanted,
                         struct tr_arena *scratch)
{
    s->readers = tr_arena_array(scratch, wanted, sizeof(void *));
    s->keep = tr_arena_array(scratch, wanted, sizeof *s->keep);
    s->scratch = tr_arena_array(scratch, wanted, sizeof *s->scratch);
    if (!s->readers || !s->keep || !s->scratch)
        return false;
    s->readers[0] = s->b->store;
    for (s->n_readers = 1; s->n_readers < wanted; s->n_readers++) {
        if (store_open_beside(s->b->store, &s->readers[s->n_readers], NULL))
            break;
    }
    for (unsigned i = 0; i < s->n_readers; i++) {
        tr_arena_init(&s->keep[i], SIZE_MAX);
        tr_arena_init(&s->scratch[i], SIZE_MAX);
    }
    return true;
}

static void close_readers(struct slices *s, struct build *b)
{
    for (unsigned i = 0; i < s->n_readers; i++) {
        if (i > 0)
            store_close(s->readers[i]);
        tr_arena_adopt(b->keep, &s->keep[i]);
        tr_arena_adopt(b->scratch, &s->scratch[i]);
    }
}

/* Close the gaps that rows of other loads left, and add up. */
static void join_slices(const struct slices *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct slice *from = &s->list[i];
        struct tr_input_layer *l = from->layer->l;

        if (from->rows != l->rows + l->n_rows && from->n)
            memmove(l->rows + l->n_rows, from->rows,
                    from->n * sizeof *from->rows);
        l->n_rows += from->n;
        for (int k = 0; k < 5; k++)
            l->about.located[k] += from->located[k];
        if (from->tier < l->about.tier)
            l->about.tier = from->tier;
    }
}

enum tr_status build_rows(struct build *b, struct build_layer *layers, size_t n,
                          struct tr_error *err)
{
    struct slices s = { .b = b };
    unsigned threads =
        b->options->threads ? b->options->threads : tr_thread_cores();
    enum tr_status st = cut_layers(b, layers, n, &s, err);

    if (st)
        return st;
    if (s.n < threads)
        threads = s.n ? (unsigned)s.n : 1;
    if (!open_readers(&s, threads, b->scratch))
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = tr_thread_run(s.n, 1, s.n_readers, read_slices, &s, err);
    close_readers(&s, b);
    if (!st)
        join_slices(&s);
    return st;
}
