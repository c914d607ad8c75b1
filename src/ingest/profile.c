/* profile.c - reading a layer profile. See profile.h for the format. */
#include "ingest/profile.h"

#include <string.h>

#include "ingest/profile_read.h"
#include "terrier/crs.h"
#include "terrier/date.h"
#include "terrier/text.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

enum tr_status profile_no_memory(struct tr_error *err)
{
    return tr_fail(err, TR_ENOMEM, "no memory left for a profile");
}

enum tr_status profile_scalar(const struct profile_reading *r,
                              const struct tr_node *node, const char *key,
                              const char **out, struct tr_error *err)
{
    if (node->kind == TR_NODE_LIST || node->kind == TR_NODE_MAP)
        return tr_node_fail(node, r->p->file, err, "'%s' must be one text",
                            key);
    *out = node->text;
    return TR_OK;
}

enum tr_status profile_text(const struct profile_reading *r,
                            const struct tr_node *map, const char *key,
                            const char **out, struct tr_error *err)
{
    const struct tr_node *node = tr_node_get(map, key);
    const char *text = NULL;

    if (!node)
        return TR_OK;

    enum tr_status st = profile_scalar(r, node, key, &text, err);

    if (st)
        return st;
    if (!*text || node->kind == TR_NODE_NULL)
        return tr_node_fail(node, r->p->file, err,
                            "'%s' is empty: leave it out, or fill it", key);
    *out = text;
    return TR_OK;
}

enum tr_status profile_texts(const struct profile_reading *r,
                             const struct tr_node *node, const char *key,
                             const char *const **out, size_t *n,
                             struct tr_error *err)
{
    bool list = node->kind == TR_NODE_LIST;
    size_t count = list ? node->n : 1;
    const char **all = tr_arena_array(r->a, count, sizeof *all);
    enum tr_status st = TR_OK;

    if (!all)
        return profile_no_memory(err);
    if (count == 0)
        return tr_node_fail(node, r->p->file, err, "'%s' is an empty list",
                            key);
    for (size_t i = 0; i < count && !st; i++)
        st = profile_scalar(r, list ? node->items[i] : node, key, &all[i], err);
    *out = all;
    *n = count;
    return st;
}

/* ---- expressions ---- */

enum tr_status profile_parse_expression(const struct profile_reading *r,
                                        const struct tr_node *node,
                                        struct profile_expression *out,
                                        struct tr_error *err)
{
    const char *text = NULL;
    size_t where = 0;
    enum tr_status st = profile_scalar(r, node, "cql2", &text, err);

    if (st)
        return st;
    out->node = node;
    st = tr_cql2_parse_text(text, TR_CQL2_PROFILE, r->a, &out->tree, &where,
                            err);
    return st == TR_EINVAL || st == TR_ELIMIT
               ? profile_expression_fail(r->p, out, where, err)
               : st;
}

/* ---- sources ---- */

static enum tr_status read_source(const struct profile_reading *r,
                                  const struct tr_node *node,
                                  struct profile_source *out,
                                  struct tr_error *err)
{
    static const char *const known[] = { "url", "file" };

    if (node->kind != TR_NODE_MAP)
        return profile_scalar(r, node, "source", &out->file, err);

    enum tr_status st =
        tr_node_known_keys(node, known, LENGTH(known), r->p->file, err);

    if (!st)
        st = profile_text(r, node, "url", &out->url, err);
    if (!st)
        st = profile_text(r, node, "file", &out->file, err);
    if (!st && !out->file)
        return tr_node_fail(node, r->p->file, err,
                            "a source needs 'file': its path below the source "
                            "root");
    return st;
}

enum tr_status profile_read_sources(const struct profile_reading *r,
                                    const struct tr_node *node,
                                    const struct profile_source **out,
                                    size_t *n, struct tr_error *err)
{
    bool list = node->kind == TR_NODE_LIST;
    size_t count = list ? node->n : 1;
    struct profile_source *all = tr_arena_array(r->a, count, sizeof *all);
    enum tr_status st = TR_OK;

    if (!all)
        return profile_no_memory(err);
    if (count == 0)
        return tr_node_fail(node, r->p->file, err, "'source' is empty");
    for (size_t i = 0; i < count && !st; i++) {
        const struct tr_node *one = list ? node->items[i] : node;

        st = read_source(r, one, &all[i], err);
        if (!st && !*all[i].file)
            st = tr_node_fail(one, r->p->file, err, "a source has no name");
    }
    *out = all;
    *n = count;
    return st;
}

static enum tr_status read_where_from(struct profile_reading *r,
                                      struct tr_error *err)
{
    struct profile *p = r->p;
    const struct tr_node *source = tr_node_get(r->root, "source");
    const struct tr_node *rows = tr_node_get(r->root, "rows");

    if (!source == !rows)
        return tr_node_fail(r->root, p->file, err,
                            "give either 'source' or 'rows'");
    if (rows)
        return profile_text(r, r->root, "rows", &p->rows, err);
    return profile_read_sources(r, source, &p->sources, &p->n_sources, err);
}

static enum tr_status read_format(struct profile_reading *r,
                                  struct tr_error *err)
{
    static const char *const names[] = { "csv",       "xlsx",    "gpkg",
                                         "shapefile", "geojson", "kml",
                                         "flatgeobuf" };
    const struct tr_node *node = tr_node_get(r->root, "format");

    if (!node)
        return TR_OK;
    for (size_t i = 0; i < LENGTH(names); i++) {
        if (strcmp(node->text, names[i]) == 0) {
            r->p->format = (enum vector_format)i;
            r->p->format_given = true;
            return TR_OK;
        }
    }
    return tr_node_fail(node, r->p->file, err,
                        "format '%s' is none of csv, xlsx, gpkg, shapefile, "
                        "geojson, kml, flatgeobuf",
                        node->text);
}

static enum tr_status read_separator(struct profile_reading *r,
                                     struct tr_error *err)
{
    const struct tr_node *node = tr_node_get(r->root, "separator");

    r->p->separator = ',';
    if (!node)
        return TR_OK;
    if (strlen(node->text) != 1 || !strchr(",;\t", node->text[0]))
        return tr_node_fail(node, r->p->file, err,
                            "separator must be \",\", \";\" or \"\\t\"");
    r->p->separator = node->text[0];
    return TR_OK;
}

static enum tr_status read_encoding(struct profile_reading *r,
                                    struct tr_error *err)
{
    struct profile *p = r->p;
    const struct tr_node *node = tr_node_get(r->root, "encoding");

    if (!node)
        return TR_OK;
    p->encoding_given = true;
    if (strcmp(node->text, "utf-8") == 0)
        p->encoding = TR_UTF_8;
    else if (strcmp(node->text, "windows-1252") == 0)
        p->encoding = TR_WINDOWS_1252;
    else
        return tr_node_fail(node, p->file, err,
                            "encoding '%s' must be utf-8 or windows-1252",
                            node->text);
    return TR_OK;
}

static enum tr_status read_decimal(struct profile_reading *r,
                                   struct tr_error *err)
{
    const struct tr_node *node = tr_node_get(r->root, "decimal");

    if (!node)
        return TR_OK;
    if (strcmp(node->text, ",") != 0 && strcmp(node->text, ".") != 0)
        return tr_node_fail(node, r->p->file, err,
                            "decimal must be \",\" or \".\"");
    r->p->decimal_comma = node->text[0] == ',';
    return TR_OK;
}

static enum tr_status read_shape(struct profile_reading *r,
                                 struct tr_error *err)
{
    struct profile *p = r->p;
    const struct tr_node *dates = tr_node_get(r->root, "dates");
    const struct tr_node *geometry = tr_node_get(r->root, "geometry");
    const struct tr_node *header = tr_node_get(r->root, "header_row");
    int64_t row = 1;
    enum tr_status st =
        tr_node_integer(r->root, "header_row", p->file, &row, err);

    if (st)
        return st;
    if (row < 1 || row > 10000)
        return tr_node_fail(header, p->file, err,
                            "header_row must lie between 1 and 10000");
    p->header_row = (int)row;
    if (dates && !tr_date_order_known(dates->text))
        return tr_node_fail(dates, p->file, err,
                            "dates '%s' is none of yyyy-mm-dd, dd/mm/yyyy, "
                            "mm/dd/yyyy, dd-mmm-yyyy, yyyymmdd",
                            dates->text);
    p->dates = dates ? dates->text : "yyyy-mm-dd";
    if (geometry && strcmp(geometry->text, "none") != 0)
        return tr_node_fail(geometry, p->file, err,
                            "geometry can only be 'none'; leave it out to read "
                            "the file's");
    p->no_geometry = geometry != NULL;
    st = read_format(r, err);
    if (!st)
        st = read_separator(r, err);
    if (!st)
        st = read_encoding(r, err);
    return st ? st : read_decimal(r, err);
}

/* ---- crs, x and y ---- */

static enum tr_status crs_named(const struct profile_reading *r,
                                const struct tr_node *node, int *srid,
                                struct tr_error *err)
{
    const char *name = NULL;
    enum tr_status st = profile_scalar(r, node, "crs", &name, err);

    if (st)
        return st;
    st = tr_crs_parse(name, srid, err);
    return st == TR_EINVAL ? tr_fail_at(err, TR_ECONFIG, "%s:%d:%d", r->p->file,
                                        node->line, node->column)
                           : st;
}

static enum tr_status crs_by_column(struct profile_reading *r,
                                    const struct tr_node *node,
                                    struct tr_error *err)
{
    static const char *const known[] = { "column", "values" };
    struct profile *p = r->p;
    const struct tr_node *values = NULL;
    enum tr_status st =
        tr_node_known_keys(node, known, LENGTH(known), p->file, err);

    if (!st)
        st = profile_text(r, node, "column", &p->crs_column, err);
    if (!st)
        st = tr_node_map(node, "values", p->file, &values, err);
    if (st)
        return st;
    if (!p->crs_column)
        return tr_node_fail(node, p->file, err, "crs needs 'column'");

    size_t n = values ? values->n : 0;
    struct profile_crs *all = tr_arena_array(r->a, n, sizeof *all);

    if (!all)
        return profile_no_memory(err);
    for (size_t i = 0; i < n && !st; i++) {
        all[i].name = values->keys[i]->text;
        st = crs_named(r, values->items[i], &all[i].srid, err);
    }
    p->crs = all;
    p->n_crs = n;
    return st;
}

static enum tr_status read_position(struct profile_reading *r,
                                    struct tr_error *err)
{
    struct profile *p = r->p;
    const struct tr_node *crs = tr_node_get(r->root, "crs");
    enum tr_status st = profile_text(r, r->root, "x", &p->x, err);

    if (!st)
        st = profile_text(r, r->root, "y", &p->y, err);
    if (!st && !p->x != !p->y)
        return tr_node_fail(tr_node_get(r->root, p->x ? "x" : "y"), p->file,
                            err, "x and y belong together: one is missing");
    if (st || !crs)
        return st;
    return crs->kind == TR_NODE_MAP ? crs_by_column(r, crs, err)
                                    : crs_named(r, crs, &p->srid, err);
}

/* ---- tier ---- */

enum tr_status profile_read_tier(const struct profile_reading *r,
                                 const struct tr_node *node, enum tr_tier *out,
                                 struct tr_error *err)
{
    if (!tr_tier_parse(node->text, out))
        return tr_node_fail(node, r->p->file, err,
                            "tier '%s' is none of public, partnership, "
                            "restricted",
                            node->text);
    return TR_OK;
}

static enum tr_status tier_rule(const struct profile_reading *r,
                                const struct tr_node *node,
                                struct profile_tier *out, struct tr_error *err)
{
    static const char *const known[] = { "when", "tier" };
    const struct tr_node *tier;

    if (node->kind != TR_NODE_MAP)
        return tr_node_fail(node, r->p->file, err,
                            "each tier is {when: ..., tier: ...}");

    const struct tr_node *when = tr_node_get(node, "when");
    enum tr_status st =
        tr_node_known_keys(node, known, LENGTH(known), r->p->file, err);

    if (!st)
        st = tr_node_need(node, "tier", r->p->file, &tier, err);
    if (!st)
        st = profile_read_tier(r, tier, &out->tier, err);
    if (!st && when)
        st = profile_parse_expression(r, when, &out->when, err);
    return st;
}

static enum tr_status read_tiers(struct profile_reading *r,
                                 struct tr_error *err)
{
    struct profile *p = r->p;
    const struct tr_node *node = tr_node_get(r->root, "tier");

    if (!node)
        return TR_OK;

    bool list = node->kind == TR_NODE_LIST;
    size_t n = list ? node->n : 1;
    struct profile_tier *all = tr_arena_array(r->a, n, sizeof *all);
    enum tr_status st = TR_OK;

    if (!all)
        return profile_no_memory(err);
    for (size_t i = 0; i < n && !st; i++)
        st = list ? tier_rule(r, node->items[i], &all[i], err)
                  : profile_read_tier(r, node, &all[i].tier, err);
    p->tiers = all;
    p->n_tiers = n;
    return st;
}

/* ---- what else is said ---- */

static enum tr_status read_agreement(struct profile_reading *r,
                                     struct tr_error *err)
{
    static const char *const known[] = { "reference", "expires" };
    struct profile *p = r->p;
    const struct tr_node *node = NULL;
    enum tr_status st = tr_node_map(r->root, "agreement", p->file, &node, err);

    if (st || !node)
        return st;
    st = tr_node_known_keys(node, known, LENGTH(known), p->file, err);
    if (!st)
        st = profile_text(r, node, "reference", &p->agreement, err);
    if (!st)
        st = tr_node_date(node, "expires", p->file, &p->agreement_expires, err);
    return st;
}

static enum tr_status read_as_of(struct profile_reading *r,
                                 struct tr_error *err)
{
    static const char *const known[] = { "column" };
    struct profile *p = r->p;
    const struct tr_node *node = tr_node_get(r->root, "as_of");

    if (!node || node->kind != TR_NODE_MAP)
        return tr_node_date(r->root, "as_of", p->file, &p->as_of, err);

    enum tr_status st =
        tr_node_known_keys(node, known, LENGTH(known), p->file, err);

    if (!st)
        st = profile_text(r, node, "column", &p->as_of_column, err);
    if (!st && !p->as_of_column)
        return tr_node_fail(node, p->file, err, "as_of needs 'column'");
    return st;
}

static enum tr_status read_dissolve(struct profile_reading *r,
                                    struct tr_error *err)
{
    static const char *const known[] = { "within_m" };
    struct profile *p = r->p;
    const struct tr_node *node = tr_node_get(r->root, "dissolve");

    if (!node || node->kind != TR_NODE_MAP)
        return profile_text(r, r->root, "dissolve", &p->dissolve, err);

    enum tr_status st =
        tr_node_known_keys(node, known, LENGTH(known), p->file, err);

    if (!st)
        st = tr_node_number(node, "within_m", p->file, &p->dissolve_m, err);
    if (!st && !(p->dissolve_m > 0 && p->dissolve_m <= 10000))
        return tr_node_fail(node, p->file, err,
                            "within_m must lie between 0 and 10000 metres");
    return st;
}

static enum tr_status read_lookups(struct profile_reading *r,
                                   struct tr_error *err)
{
    static const char *const known[] = { "source", "key", "value" };
    struct profile *p = r->p;
    const struct tr_node *map = NULL;
    enum tr_status st = tr_node_map(r->root, "lookups", p->file, &map, err);

    if (st || !map)
        return st;

    struct profile_lookup *all = tr_arena_array(r->a, map->n, sizeof *all);

    if (!all)
        return profile_no_memory(err);
    for (size_t i = 0; i < map->n && !st; i++) {
        const struct tr_node *one = map->items[i];
        const struct tr_node *source = NULL;

        all[i].name = map->keys[i]->text;
        st = tr_node_known_keys(one, known, LENGTH(known), p->file, err);
        if (!st)
            st = profile_text(r, one, "key", &all[i].key, err);
        if (!st)
            st = profile_text(r, one, "value", &all[i].value, err);
        if (!st)
            st = tr_node_need(one, "source", p->file, &source, err);
        if (!st && (!all[i].key || !all[i].value))
            st = tr_node_fail(one, p->file, err,
                              "a lookup needs 'key' and 'value'");
        if (!st)
            st = profile_read_sources(r, source, &all[i].sources,
                                      &all[i].n_sources, err);
    }
    p->lookups = all;
    p->n_lookups = map->n;
    return st;
}

/* Keys that want one word, before each says which words it knows. */
static enum tr_status one_word_each(struct profile_reading *r,
                                    struct tr_error *err)
{
    static const char *const keys[] = { "layer",    "kind",      "format",
                                        "encoding", "separator", "dates",
                                        "decimal",  "geometry" };
    enum tr_status st = TR_OK;

    for (size_t i = 0; i < LENGTH(keys) && !st; i++) {
        const char *text = NULL;

        st = profile_text(r, r->root, keys[i], &text, err);
    }
    return st;
}

static enum tr_status read_texts(struct profile_reading *r,
                                 struct tr_error *err)
{
    struct profile *p = r->p;
    const struct {
        const char *key;
        const char **to;
    } all[] = {
        { "layer", &p->layer },     { "title", &p->title },
        { "partner", &p->partner }, { "sheet", &p->sheet },
        { "uprn", &p->uprn },       { "postcode", &p->postcode },
        { "vintage", &p->vintage }, { "set", &p->set },
        { "code", &p->code },       { "area_name", &p->area_name },
        { "label", &p->label },     { "areas", &p->areas },
        { "covers", &p->covers },   { "draw", &p->draw },
        { "licence", &p->licence }, { "attribution", &p->attribution },
    };
    enum tr_status st = TR_OK;

    for (size_t i = 0; i < LENGTH(all) && !st; i++)
        st = profile_text(r, r->root, all[i].key, all[i].to, err);
    return st;
}

static enum tr_status read_lists(struct profile_reading *r,
                                 struct tr_error *err)
{
    struct profile *p = r->p;
    const struct tr_node *key = tr_node_get(r->root, "key");
    const struct tr_node *missing = tr_node_get(r->root, "missing");
    const struct tr_node *partial = tr_node_get(r->root, "partial");
    const char *const *outward;
    size_t n_outward;
    const struct tr_node *where = tr_node_get(r->root, "where");
    const struct tr_node *total = tr_node_get(r->root, "total_row");
    enum tr_status st =
        key ? profile_texts(r, key, "key", &p->key, &p->n_key, err) : TR_OK;

    if (!st && missing)
        st = profile_texts(r, missing, "missing", &p->missing, &p->n_missing,
                           err);
    if (!st)
        st = profile_text(r, r->root, "answers_for", &p->answers_for, err);
    if (!st && partial) /* kept in the text, for the snapshot */
        st = profile_texts(r, partial, "partial", &outward, &n_outward, err);
    if (!st && where)
        st = profile_parse_expression(r, where, &p->where, err);
    if (!st && total)
        st = profile_parse_expression(r, total, &p->total_row, err);
    if (!st)
        st = tr_node_bool(r->root, "illustrative", p->file, &p->illustrative,
                          err);
    return st;
}

/* ---- what a kind needs ---- */

static bool layer_name_is_good(const char *name)
{
    for (const char *s = name; *s; s++) {
        if (!(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z') &&
            !(*s >= '0' && *s <= '9') && *s != '_' && *s != '-')
            return false;
    }
    return *name && strlen(name) <= 100;
}

static enum tr_status read_kind(struct profile_reading *r, struct tr_error *err)
{
    struct profile *p = r->p;
    const struct tr_node *layer, *kind;
    enum tr_status st = tr_node_need(r->root, "layer", p->file, &layer, err);

    if (!st && !layer_name_is_good(layer->text))
        return tr_node_fail(layer, p->file, err,
                            "layer '%s' may hold letters, digits, _ and - only",
                            layer->text);
    if (!st)
        st = tr_node_need(r->root, "kind", p->file, &kind, err);
    if (!st && !store_kind_parse(kind->text, &p->kind))
        return tr_node_fail(kind, p->file, err,
                            "kind '%s' is none of sites, areas, points, lines, "
                            "context, statistics, postcodes, uprns",
                            kind->text);
    return st;
}

static enum tr_status kind_is_complete(const struct profile_reading *r,
                                       struct tr_error *err)
{
    const struct profile *p = r->p;
    const char *lacks = NULL;

    if (p->kind == STORE_SITES && !p->partner)
        lacks = "partner";
    else if (p->kind == STORE_SITES && !p->n_key)
        lacks = "key";
    else if (p->kind == STORE_AREAS && !p->set)
        lacks = "set";
    else if (p->kind == STORE_AREAS && !p->code && !p->area_name)
        lacks = "area_name";
    else if (p->kind == STORE_STATISTICS && !p->areas)
        lacks = "areas";
    else if (p->kind == STORE_STATISTICS && !tr_node_get(r->root, "match"))
        lacks = "match";
    if (p->answers_for && p->kind != STORE_SITES)
        return tr_node_fail(r->root, p->file, err,
                            "'answers_for' is for kind 'sites' alone");
    if (lacks)
        return tr_node_fail(r->root, p->file, err, "kind '%s' needs '%s'",
                            store_kind_name(p->kind), lacks);
    return TR_OK;
}

static enum tr_status read_all(struct profile_reading *r, struct tr_error *err)
{
    static enum tr_status (*const steps[])(struct profile_reading *,
                                           struct tr_error *) = {
        one_word_each,       read_kind,     read_texts,    read_where_from,
        read_shape,          read_position, read_lists,    read_tiers,
        read_agreement,      read_as_of,    read_dissolve, read_lookups,
        profile_read_fields,
    };
    enum tr_status st = TR_OK;

    for (size_t i = 0; i < LENGTH(steps) && !st; i++)
        st = steps[i](r, err);
    return st ? st : kind_is_complete(r, err);
}

enum tr_status profile_parse(const char *text, size_t len, const char *file,
                             struct tr_arena *a, const struct profile **out,
                             struct tr_error *err)
{
    static const char *const known[] = {
        "layer",       "kind",     "title",       "partner",   "source",
        "rows",        "format",   "separator",   "encoding",  "sheet",
        "header_row",  "crs",      "x",           "y",         "geometry",
        "uprn",        "postcode", "key",         "fields",    "values",
        "types",       "missing",  "where",       "total_row", "dates",
        "decimal",     "lookups",  "vintage",     "set",       "code",
        "area_name",   "label",    "areas",       "match",     "partial",
        "covers",      "dissolve", "draw",        "tier",      "answers_for",
        "agreement",   "licence",  "attribution", "as_of",     "illustrative",
        "field_tiers",
    };
    struct profile *p = tr_arena_alloc(a, sizeof *p);
    struct profile_reading r = { .a = a, .p = p };

    if (!p)
        return profile_no_memory(err);
    p->file = tr_arena_text(a, file, strlen(file));
    p->text = tr_arena_text(a, text, len);
    if (!p->file || !p->text)
        return profile_no_memory(err);
    p->len = len;
    p->as_of = p->agreement_expires = INT32_MIN;
    p->shared_field = p->area_field = p->as_of_field = SIZE_MAX;

    enum tr_status st = tr_yaml_parse(p->text, len, p->file, a, &r.root, err);

    if (!st && r.root->kind != TR_NODE_MAP)
        return tr_node_fail(r.root, p->file, err,
                            "a profile is a list of 'key: value'");
    if (!st)
        st = tr_node_known_keys(r.root, known, LENGTH(known), p->file, err);
    if (!st)
        st = read_all(&r, err);
    p->root = r.root;
    if (!st)
        *out = p;
    return st;
}
