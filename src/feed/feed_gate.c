/* feed_gate.c - the last look before publication; see feed.h. It reads the
 * finished files, so that a fault in what made them is caught as well. */
#include <string.h>

#include "feed/feed.h"
#include "feed/feed_columns.h"
#include "terrier/csv.h"
#include "terrier/node.h"
#include "terrier/text.h"

static const char no_memory[] = "no memory left to check the feed";

struct gate {
    const struct tr_snapshot *s;
    const struct tr_place *place;
    uint32_t place_index;
    struct tr_arena a;       /* of the whole check */
    struct tr_arena scratch; /* of one row */
    size_t n;                /* sites in sites.csv, in their order: */
    const char **ids;
    struct tr_error *err;
};

static enum tr_status refuse(struct gate *g, const char *file, const char *row,
                             const char *field, const char *why)
{
    return tr_fail(g->err, TR_EDATA,
                   "%s is not published: row '%.80s', field '%.60s': %s", file,
                   row, field, why);
}

/* ---- columns ---- */

static bool is_coordinate(const char *name)
{
    return strcmp(name, "lon") == 0 || strcmp(name, "lat") == 0;
}

/* A site that has a value there, for the message. */
static const char *site_with(const struct gate *g, const struct tr_column *c)
{
    for (size_t i = 0; i < g->s->n_sites; i++) {
        if (g->s->site_places[i] == g->place_index && tr_has(c, i))
            return g->s->site_ids[i];
    }
    return "(header)";
}

static enum tr_status check_column(struct gate *g, const char *file,
                                   const char *name)
{
    const struct tr_column *c = tr_table_column(&g->s->sites, name);

    if (!is_coordinate(name) &&
        !feed_column_allowed(g->s, g->place_index, name))
        return refuse(g, file, "(header)", name,
                      "not a column of the public feed");
    if (c && c->tier != TR_PUBLIC)
        return refuse(g, file, site_with(g, c), name, tr_tier_name(c->tier));
    return TR_OK;
}

/* ---- what a site may be ---- */

static bool public_class(const char *name)
{
    enum tr_class c;

    return !*name || (tr_class_parse(name, &c) && c != TR_SURPLUS);
}

static bool is_withheld(const struct gate *g, size_t site)
{
    for (size_t i = 0; i < g->s->n_area_sets; i++) {
        const struct tr_area_set *set = &g->s->area_sets[i];

        if (set->place == g->place_index &&
            set->site_certainty[site] == TR_NOT_PUBLISHED)
            return true;
    }
    return false;
}

static bool is_located(const struct gate *g, size_t site)
{
    return site < g->s->n_located && !is_withheld(g, site);
}

/* The fields by which a load, too, tells a sensitive place. */
static const char *const telling[] = {
    "name", "name_as_supplied",  "use", "services", "partner_category",
    "note", "statutory_function"
};

#define MAX_TEXTS 256

static size_t texts_of(const struct tr_table *t, size_t row, const char **texts)
{
    size_t n = 0;

    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++) {
        const struct tr_column *c = tr_table_column(t, telling[i]);

        if (!c || !tr_has(c, row))
            continue;
        if (c->type == TR_TEXT && n < MAX_TEXTS)
            texts[n++] = tr_text_at(c, row);
        for (uint32_t k = c->type == TR_LIST ? c->list_starts[row] : 0;
             c->type == TR_LIST && k < c->list_starts[row + 1] && n < MAX_TEXTS;
             k++)
            texts[n++] = c->dict->texts[c->values.codes[k]];
    }
    return n;
}

static enum tr_status check_occupations(struct gate *g, const char *file,
                                        size_t site)
{
    const struct tr_snapshot *s = g->s;
    const char *id = s->site_ids[site];
    const char *texts[MAX_TEXTS];

    for (uint32_t i = s->first_occupation[site];
         i < s->first_occupation[site + 1]; i++) {
        const struct tr_occupation *o = &s->occupations[i];
        bool alone = o->joined_row == TR_NO_ROW;

        if (o->tier != TR_PUBLIC)
            return refuse(g, file, id, "tier", tr_tier_name(o->tier));

        size_t n = texts_of(alone ? &s->sites : &s->joined,
                            alone ? site : o->joined_row, texts);
        const char *why = tr_place_hold(g->place, s->layers[o->layer].name,
                                        o->key, texts, n, &g->scratch);

        if (why)
            return refuse(g, file, id, "name", why);
    }
    return TR_OK;
}

/* A finished text is good when one of the site's rows may carry it. */
static bool may_be_said(struct gate *g, size_t site, const char *text)
{
    const struct tr_snapshot *s = g->s;

    for (uint32_t i = s->first_occupation[site];
         i < s->first_occupation[site + 1]; i++) {
        const struct tr_occupation *o = &s->occupations[i];

        if (!tr_place_hold(g->place, s->layers[o->layer].name, o->key, &text, 1,
                           &g->scratch))
            return true;
    }
    return false;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Does this column say where a site is? Its certainty and vintage do not. */
static bool says_where(const struct gate *g, const char *name)
{
    if (is_coordinate(name))
        return true;
    if (ends_with(name, ".certainty") || ends_with(name, ".vintage"))
        return false;
    for (size_t i = 0; i < g->s->n_area_sets; i++) {
        const struct tr_area_set *set = &g->s->area_sets[i];
        const char *prefix = set->latest ? set->set : set->id;
        size_t n = strlen(prefix);

        if (set->place == g->place_index && strncmp(name, prefix, n) == 0 &&
            (!name[n] || strcmp(name + n, ".code") == 0))
            return true;
    }
    return false;
}

static bool is_telling(const char *name)
{
    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++) {
        if (strcmp(telling[i], name) == 0)
            return true;
    }
    return false;
}

/* One finished value of one site, in either file. */
static enum tr_status check_value(struct gate *g, const char *file, size_t site,
                                  const char *name, const char *value)
{
    const char *id = g->s->site_ids[site];

    if (!*value)
        return TR_OK;
    if (strcmp(name, "class") == 0 && !public_class(value))
        return refuse(g, file, id, name, "a class that is not published");
    if ((is_withheld(g, site) && says_where(g, name)) ||
        (is_coordinate(name) && !is_located(g, site)))
        return refuse(g, file, id, name, "its position is not published");
    if (is_telling(name) && !may_be_said(g, site, value))
        return refuse(g, file, id, name, "on the sensitive list");
    return TR_OK;
}

static enum tr_status find_site(struct gate *g, const char *file,
                                const char *id, size_t *out)
{
    size_t site = tr_snapshot_site(g->s, id);

    if (site == SIZE_MAX || strcmp(g->s->site_ids[site], id) != 0)
        return refuse(g, file, id, "site_id", "no such site");
    if (g->s->site_places[site] != g->place_index)
        return refuse(g, file, id, "site_id", "a site of another place");
    *out = site;
    return TR_OK;
}

/* ---- sites.csv ---- */

static enum tr_status copy_header(struct gate *g, const struct tr_csv_row *row,
                                  const char ***out)
{
    const char **names = tr_arena_array(&g->a, row->n + 1, sizeof *names);

    if (!names)
        return tr_fail(g->err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < row->n; i++) {
        enum tr_status st =
            check_column(g, feed_part_name(FEED_SITES_CSV), row->values[i]);

        if (st)
            return st;
        names[i] = tr_arena_text(&g->a, row->values[i], row->lengths[i]);
        if (!names[i])
            return tr_fail(g->err, TR_ENOMEM, no_memory);
    }
    if (!row->n || strcmp(names[0], "site_id") != 0)
        return refuse(g, feed_part_name(FEED_SITES_CSV), "(header)", "site_id",
                      "not the first column");
    *out = names;
    return TR_OK;
}

static enum tr_status check_row(struct gate *g, const char *const *names,
                                size_t n_names, const struct tr_csv_row *row)
{
    const char *file = feed_part_name(FEED_SITES_CSV);
    const char *id = row->values[0];
    size_t site;
    enum tr_status st = find_site(g, file, id, &site);

    if (!st && row->n != n_names)
        st = refuse(g, file, id, "(row)", "not as long as the header");
    if (!st && g->n && strcmp(g->ids[g->n - 1], id) >= 0)
        st = refuse(g, file, id, "site_id", "out of order, or twice");
    if (!st)
        st = check_occupations(g, file, site);
    for (size_t i = 0; !st && i < row->n; i++)
        st = check_value(g, file, site, names[i], row->values[i]);
    if (!st && g->n == g->s->n_sites)
        st = refuse(g, file, id, "site_id", "one site too many");
    if (!st)
        g->ids[g->n++] = g->s->site_ids[site];
    tr_arena_clear(&g->scratch);
    return st;
}

static enum tr_status check_csv(struct gate *g, const struct tr_buf *b)
{
    const char *file = feed_part_name(FEED_SITES_CSV);
    const struct tr_csv_options options = { .max_row_bytes = 64 << 20 };
    struct tr_csv_row row;
    struct tr_csv *csv;
    const char **names = NULL;
    size_t n_names = 0;
    enum tr_status st = tr_csv_open_bytes((const char *)b->data, b->len, file,
                                          &options, &csv, g->err);

    if (st)
        return st;
    st = tr_csv_next(csv, &row, g->err);
    if (!st) {
        n_names = row.n;
        st = copy_header(g, &row, &names);
    }
    while (!st) {
        st = tr_csv_next(csv, &row, g->err);
        if (st || !row.n)
            break;
        st = check_row(g, names, n_names, &row);
    }
    tr_csv_close(csv);
    return st;
}

/* ---- sites.geojson ---- */

static const char *text_of(const struct tr_node *n)
{
    return n && n->kind == TR_NODE_TEXT ? n->text : "";
}

static enum tr_status check_property(struct gate *g, size_t site,
                                     const char *name,
                                     const struct tr_node *value)
{
    const char *file = feed_part_name(FEED_SITES_GEOJSON);
    enum tr_status st = check_column(g, file, name);

    if (!st && value->kind == TR_NODE_LIST) {
        for (size_t i = 0; !st && i < value->n; i++)
            st = check_value(g, file, site, name, text_of(value->items[i]));
        return st;
    }
    return st ? st : check_value(g, file, site, name, value->text);
}

static enum tr_status check_feature(struct gate *g, const struct tr_node *f,
                                    size_t i)
{
    const char *file = feed_part_name(FEED_SITES_GEOJSON);
    const char *id = text_of(tr_node_get(f, "id"));
    const struct tr_node *properties = tr_node_get(f, "properties");
    const struct tr_node *geometry = tr_node_get(f, "geometry");
    size_t site;
    enum tr_status st = find_site(g, file, id, &site);

    if (!st && (i >= g->n || strcmp(g->ids[i], id) != 0))
        st = refuse(g, file, id, "id", "not in the order of sites.csv");
    if (!st && (!geometry || !properties || properties->kind != TR_NODE_MAP))
        st = refuse(g, file, id, "properties", "not there");
    if (!st && geometry->kind != TR_NODE_NULL && !is_located(g, site))
        st = refuse(g, file, id, "geometry", "its position is not published");
    for (size_t k = 0; !st && k < properties->n; k++)
        st = check_property(g, site, properties->keys[k]->text,
                            properties->items[k]);
    tr_arena_clear(&g->scratch);
    return st;
}

static enum tr_status check_geojson(struct gate *g, const struct tr_buf *b)
{
    const char *file = feed_part_name(FEED_SITES_GEOJSON);
    const struct tr_node *root;
    enum tr_status st = tr_json_parse((const char *)b->data, b->len, file,
                                      &g->a, &root, g->err);
    const struct tr_node *list = st ? NULL : tr_node_get(root, "features");

    if (st)
        return st;
    if (!list || list->kind != TR_NODE_LIST || list->n != g->n)
        return refuse(g, file, "(all)", "features",
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

static enum tr_status check_counts(struct gate *g, struct tr_csv *csv)
{
    const char *file = feed_part_name(FEED_SUMMARY);
    struct tr_csv_row row;
    size_t sites = SIZE_MAX, surplus = SIZE_MAX;
    long long total = 0;
    enum tr_status st = tr_csv_next(csv, &row, g->err);

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
        if (count_at(&row, surplus))
            return refuse(g, file, row.values[0], "surplus",
                          "a class that is not published");
        total += count_at(&row, sites);
    }
    if (!st && total != (long long)g->n)
        st = refuse(g, file, "(all)", "sites",
                    "not as many as there are rows in sites.csv");
    return st;
}

static enum tr_status check_summary(struct gate *g, const struct tr_buf *b)
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

static enum tr_status check_audience(struct gate *g)
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
    struct gate g = { .s = s,
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
        st = check_audience(&g);
    tr_arena_clear(&g.scratch);
    tr_arena_clear(&g.a);
    return st;
}
