/* feed.c - making a public feed. See feed.h. */
#include "feed/feed.h"

#include <stdlib.h>
#include <string.h>

#include "feed/feed_columns.h"
#include "feed/feed_text.h"
#include "terrier/encode.h"
#include "terrier/hash.h"

#define MAX_PART ((size_t)1024 * 1024 * 1024)

static const char no_memory[] = "no memory left for the feed";

static const char *const names[FEED_PARTS] = {
    [FEED_SITES_CSV] = "sites.csv",
    [FEED_SITES_GEOJSON] = "sites.geojson",
    [FEED_SUMMARY] = "summary.csv",
    [FEED_WITHDRAWN] = "withdrawn.csv",
    [FEED_ATTRIBUTION] = "attribution.txt",
    [FEED_README] = "README.txt",
    [FEED_SUMS] = "SHA256SUMS",
};

const char *feed_part_name(enum feed_part part)
{
    return names[part];
}

enum tr_status feed_place(const struct tr_snapshot *s, const char *name,
                          uint32_t *out, struct tr_error *err)
{
    struct tr_buf known;
    enum tr_status st;

    tr_buf_init(&known, 300);
    for (uint32_t i = 0; i < s->n_places; i++) {
        for (size_t k = 0; k < s->places[i]->n_feeds; k++) {
            if (strcmp(s->places[i]->feeds[k], name) == 0) {
                tr_buf_clear(&known);
                *out = i;
                return TR_OK;
            }
            tr_buf_printf(&known, "%s'%s'", known.len ? ", " : "",
                          s->places[i]->feeds[k]);
        }
    }
    st = known.len ? tr_fail(err, TR_ENOTFOUND, "no feed '%.60s': there is %s",
                             name, tr_buf_text(&known))
                   : tr_fail(err, TR_ENOTFOUND,
                             "no feed '%.60s': no place in the store publishes "
                             "one, see 'feeds' in place.yaml",
                             name);
    tr_buf_clear(&known);
    return st;
}

/* ---- the rows ---- */

struct ranked {
    const char *id;
    uint32_t row;
};

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct ranked *)a)->id,
                  ((const struct ranked *)b)->id);
}

/* The place's sites by site_id. */
static enum tr_status rank_sites(const struct tr_snapshot *s, uint32_t place,
                                 struct tr_arena *a,
                                 struct tr_query_result *out,
                                 struct tr_error *err)
{
    struct ranked *list = tr_arena_array(a, s->n_sites + 1, sizeof *list);
    uint32_t *rows = tr_arena_array(a, s->n_sites + 1, sizeof *rows);
    size_t n = 0;

    if (!list || !rows)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < s->n_sites; i++) {
        if (s->site_places[i] == place)
            list[n++] = (struct ranked){ s->site_ids[i], (uint32_t)i };
    }
    qsort(list, n, sizeof *list, by_id);
    for (size_t i = 0; i < n; i++)
        rows[i] = list[i].row;
    out->rows = rows;
    out->n = out->matched = n;
    return TR_OK;
}

static enum tr_status put_sites(const struct tr_snapshot *s, uint32_t place,
                                const struct tr_table *table,
                                struct tr_arena *a, struct feed *f,
                                struct tr_error *err)
{
    const struct tr_feature_options o = { .srid = 4326 };
    struct tr_query_result r = { 0 };
    enum tr_status st = tr_collection_open(s, "sites", &r.collection, err);

    if (!st)
        st = rank_sites(s, place, a, &r, err);
    r.collection.table = table;
    if (!st)
        st = tr_encode_csv(&r, &o, &f->parts[FEED_SITES_CSV], err);
    if (!st)
        st = tr_encode_geojson(&r, &o, &f->parts[FEED_SITES_GEOJSON], err);
    return st;
}

static enum tr_status put_summary(const struct tr_snapshot *s, uint32_t place,
                                  struct tr_arena *a, struct feed *f,
                                  struct tr_error *err)
{
    const struct tr_place *p = s->places[place];
    const char *text = tr_arena_printf(a, "place = '%s'", p->id);
    const struct tr_cql2 *filter = NULL;
    struct tr_summary sum;
    enum tr_status st =
        text ? tr_cql2_parse_text(text, TR_CQL2_QUERY, a, &filter, NULL, err)
             : tr_fail(err, TR_ENOMEM, no_memory);

    if (!st)
        st = tr_summarise(s, p->n_sets ? p->sets[0] : NULL, filter, a, &sum,
                          err);
    if (!st)
        tr_encode_summary_csv(&sum, &f->parts[FEED_SUMMARY]);
    return st;
}

static void put_sums(struct feed *f)
{
    char sum[TR_DIGEST_TEXT];

    for (int i = 0; i < FEED_SUMS; i++) {
        tr_hash_sha256(f->parts[i].data, f->parts[i].len, sum);
        tr_buf_printf(&f->parts[FEED_SUMS], "%s  %s\n", sum, names[i]);
    }
}

/* ---- all of it ---- */

static enum tr_status fill(const struct tr_snapshot *s,
                           const struct feed_options *o, struct tr_arena *a,
                           struct feed *f, struct tr_error *err)
{
    struct tr_table table;
    enum tr_status st = feed_columns(s, o->place, a, &table, err);

    if (!st)
        st = put_sites(s, o->place, &table, a, f, err);
    if (!st)
        st = put_summary(s, o->place, a, f, err);
    if (st)
        return st;
    feed_withdrawn(o, &f->parts[FEED_WITHDRAWN]);
    feed_attribution(s, o->place, &f->parts[FEED_ATTRIBUTION]);
    feed_readme(s, o, &table, &f->parts[FEED_README]);
    put_sums(f);
    for (int i = 0; i < FEED_PARTS; i++) {
        st = tr_buf_status(&f->parts[i], names[i], err);
        if (st)
            return st;
    }
    return feed_gate(s, f, err);
}

enum tr_status feed_make(const struct tr_snapshot *s,
                         const struct feed_options *o, struct feed *out,
                         struct tr_error *err)
{
    struct feed f = { .place = o->place };
    struct tr_arena a;
    enum tr_status st;

    tr_arena_init(&a, SIZE_MAX);
    for (int i = 0; i < FEED_PARTS; i++)
        tr_buf_init(&f.parts[i], MAX_PART);
    st = fill(s, o, &a, &f, err);
    tr_arena_clear(&a);
    if (st)
        feed_clear(&f);
    else
        *out = f;
    return st;
}

void feed_clear(struct feed *f)
{
    for (int i = 0; i < FEED_PARTS; i++)
        tr_buf_clear(&f->parts[i]);
}
