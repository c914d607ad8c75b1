/* feed_gate.c - the last look before publication; see feed.h. It reads the
 * finished files, so that a fault in what made them is caught as well. */
#include <string.h>

#include "feed/feed.h"
#include "feed/feed_check.h"
#include "terrier/csv.h"
#include "terrier/node.h"
#include "terrier/text.h"

static const char no_memory[] = "no memory left to check the feed";

/* ---- sites.csv ---- */

static enum tr_status copy_header(struct feed_check *g,
                                  const struct tr_csv_row *row,
                                  const char ***out)
{
    const char **names = tr_arena_array(&g->a, row->n + 1, sizeof *names);

    if (!names)
        return tr_fail(g->err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < row->n; i++) {
        enum tr_status st = feed_check_column(g, feed_part_name(FEED_SITES_CSV),
                                              row->values[i]);

        if (st)
            return st;
        names[i] = tr_arena_text(&g->a, row->values[i], row->lengths[i]);
        if (!names[i])
            return tr_fail(g->err, TR_ENOMEM, no_memory);
    }
    if (!row->n || strcmp(names[0], "site_id") != 0)
        return feed_refuse(g, feed_part_name(FEED_SITES_CSV), "(header)",
                           "site_id", "not the first column");
    *out = names;
    return TR_OK;
}

static enum tr_status check_row(struct feed_check *g, const char *const *names,
                                size_t n_names, const struct tr_csv_row *row)
{
    const char *file = feed_part_name(FEED_SITES_CSV);
    const char *id = row->values[0];
    size_t site = 0;
    enum tr_status st = feed_find_site(g, file, id, &site);

    if (!st && row->n != n_names)
        st = feed_refuse(g, file, id, "(row)", "not as long as the header");
    if (!st && g->n && strcmp(g->ids[g->n - 1], id) >= 0)
        st = feed_refuse(g, file, id, "site_id", "out of order, or twice");
    if (!st)
        st = feed_check_occupations(g, file, site);
    for (size_t i = 0; !st && i < row->n; i++)
        st = feed_check_value(g, file, site, names[i], row->values[i]);
    if (!st && g->n == g->s->n_sites)
        st = feed_refuse(g, file, id, "site_id", "one site too many");
    if (!st)
        g->ids[g->n++] = g->s->site_ids[site];
    tr_arena_clear(&g->scratch);
    return st;
}

static enum tr_status check_rows(struct feed_check *g, struct tr_csv *csv)
{
    struct tr_csv_row row;
    const char **names = NULL;
    enum tr_status st = tr_csv_next(csv, &row, g->err);

    if (!st)
        st = copy_header(g, &row, &names);
    if (st || !names)
        return st;

    size_t n_names = row.n;

    for (;;) {
        st = tr_csv_next(csv, &row, g->err);
        if (st || !row.n)
            return st;
        st = check_row(g, names, n_names, &row);
        if (st)
            return st;
    }
}

static enum tr_status check_csv(struct feed_check *g, const struct tr_buf *b)
{
    const char *file = feed_part_name(FEED_SITES_CSV);
    const struct tr_csv_options options = { .max_row_bytes = 64 << 20 };
    struct tr_csv *csv;
    enum tr_status st = tr_csv_open_bytes((const char *)b->data, b->len, file,
                                          &options, &csv, g->err);

    if (st)
        return st;
    st = check_rows(g, csv);
    tr_csv_close(csv);
    return st;
}

/* ---- sites.geojson ---- */

static const char *text_of(const struct tr_node *n)
{
    return n && n->kind == TR_NODE_TEXT ? n->text : "";
}

static enum tr_status check_property(struct feed_check *g, size_t site,
                                     const char *name,
                                     const struct tr_node *value)
{
    const char *file = feed_part_name(FEED_SITES_GEOJSON);
    enum tr_status st = feed_check_column(g, file, name);

    if (!st && value->kind == TR_NODE_LIST) {
        for (size_t i = 0; !st && i < value->n; i++)
            st =
                feed_check_value(g, file, site, name, text_of(value->items[i]));
        return st;
    }
    return st ? st : feed_check_value(g, file, site, name, value->text);
}

static enum tr_status check_feature(struct feed_check *g,
                                    const struct tr_node *f, size_t i)
{
    const char *file = feed_part_name(FEED_SITES_GEOJSON);
    const char *id = text_of(tr_node_get(f, "id"));
    const struct tr_node *properties = tr_node_get(f, "properties");
    const struct tr_node *geometry = tr_node_get(f, "geometry");
    size_t site = 0;
    enum tr_status st = feed_find_site(g, file, id, &site);

    if (st)
        return st;
    if (i >= g->n || strcmp(g->ids[i], id) != 0)
        return feed_refuse(g, file, id, "id", "not in the order of sites.csv");
    if (!geometry || !properties || properties->kind != TR_NODE_MAP)
        return feed_refuse(g, file, id, "properties", "not there");
    if (geometry->kind != TR_NODE_NULL && !feed_may_locate(g, site))
        return feed_refuse(g, file, id, "geometry",
                           "its position is not published");
    for (size_t k = 0; !st && k < properties->n; k++)
        st = check_property(g, site, properties->keys[k]->text,
                            properties->items[k]);
    tr_arena_clear(&g->scratch);
    return st;
}

static enum tr_status check_geojson(struct feed_check *g,
                                    const struct tr_buf *b)
{
    const char *file = feed_part_name(FEED_SITES_GEOJSON);
    const struct tr_node *root;
    enum tr_status st = tr_json_parse((const char *)b->data, b->len, file,
                                      &g->a, &root, g->err);
    const struct tr_node *list = st ? NULL : tr_node_get(root, "features");

    if (st)
        return st;
    if (!list || list->kind != TR_NODE_LIST || list->n != g->n)
        return feed_refuse(g, file, "(all)", "features",
                           "not as many as there are rows in sites.csv");
    for (size_t i = 0; !st && i < list->n; i++)
        st = check_feature(g, list->items[i], i);
    return st;
}

/* ---- summary.csv ---- */

static long long count_at(const struct tr_csv_row *row, size_t column)
{
    long long n = -1;

    if (column >= row->n || !tr_text_to_int(row->values[column], &n))
        return -1;
    return n;
}

static enum tr_status check_counts(struct feed_check *g, struct tr_csv *csv)
{
    const char *file = feed_part_name(FEED_SUMMARY);
    struct tr_csv_row row;
    size_t sites = SIZE_MAX, surplus = SIZE_MAX;
    long long total = 0, published = 0, told = 0;
    enum tr_status st = tr_csv_next(csv, &row, g->err);

    for (size_t i = 0; i < g->s->n_sites; i++)
        published += g->s->site_places[i] == g->place_index &&
                     feed_published_surplus(g, i);
    for (size_t i = 0; !st && i < row.n; i++) {
        if (strcmp(row.values[i], "sites") == 0)
            sites = i;
        if (strcmp(row.values[i], "surplus") == 0)
            surplus = i;
    }
    while (!st) {
        st = tr_csv_next(csv, &row, g->err);
        if (st || !row.n)
            break;
        told += count_at(&row, surplus);
        if (count_at(&row, surplus) < 0 || told > published)
            return feed_refuse(g, file, row.values[0], "surplus",
                               "a class that is not published");
        total += count_at(&row, sites);
    }
    if (!st && total != (long long)g->n)
        st = feed_refuse(g, file, "(all)", "sites",
                         "not as many as there are rows in sites.csv");
    return st;
}

static enum tr_status check_summary(struct feed_check *g,
                                    const struct tr_buf *b)
{
    struct tr_csv *csv;
    enum tr_status st =
        tr_csv_open_bytes((const char *)b->data, b->len,
                          feed_part_name(FEED_SUMMARY), NULL, &csv, g->err);

    if (st)
        return st;
    st = check_counts(g, csv);
    tr_csv_close(csv);
    return st;
}

/* ---- all of it ---- */

static enum tr_status check_audience(struct feed_check *g)
{
    const struct tr_audience *to = &g->s->audience;

    if (to->tier == TR_PUBLIC && !*to->organisation &&
        strcmp(to->name, "public") == 0)
        return TR_OK;
    return tr_fail(g->err, TR_EDATA,
                   "a public feed is made of what the public may see, not of "
                   "what '%.80s' may",
                   to->name);
}

enum tr_status feed_gate(const struct tr_snapshot *s, const struct feed *f,
                         struct tr_error *err)
{
    struct feed_check g = { .s = s,
                            .place = s->places[f->place],
                            .place_index = f->place,
                            .err = err };
    enum tr_status st;

    tr_arena_init(&g.a, SIZE_MAX);
    tr_arena_init(&g.scratch, (size_t)64 << 20);
    g.ids = tr_arena_array(&g.a, s->n_sites + 1, sizeof *g.ids);
    st = g.ids ? check_csv(&g, &f->parts[FEED_SITES_CSV])
               : tr_fail(err, TR_ENOMEM, no_memory);
    if (!st)
        st = check_geojson(&g, &f->parts[FEED_SITES_GEOJSON]);
    if (!st)
        st = check_summary(&g, &f->parts[FEED_SUMMARY]);
    if (!st)
        st = feed_check_withdrawn(&g, &f->parts[FEED_WITHDRAWN]);
    if (!st)
        st = check_audience(&g);
    tr_arena_clear(&g.scratch);
    tr_arena_clear(&g.a);
    return st;
}
