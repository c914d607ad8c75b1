/* profile_fields.c - the fields of a profile: where each comes from, what it
 * may be, and the schema that follows. See profile.h. */
#include <string.h>

#include "ingest/convert.h"
#include "ingest/profile_read.h"
#include "terrier/field.h"
#include "terrier/text.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* More than any kind adds by itself. */
#define SPARE_FIELDS 8

static struct profile_field *field_named(const struct profile *p,
                                         const char *name)
{
    for (size_t i = 0; i < p->n_fields; i++) {
        if (strcmp(p->fields[i].name, name) == 0)
            return &p->fields[i];
    }
    return NULL;
}

/* ---- units ---- */

static const struct {
    const char *name;
    double m2;
} area_units[] = {
    { "m2", 1 },           { "ha", 1e4 },
    { "ft2", 0.09290304 }, { "acres", 4046.8564224 },
    { "km2", 1e6 },
};

static double square_metres(const char *unit)
{
    for (size_t i = 0; unit && i < LENGTH(area_units); i++) {
        if (strcmp(area_units[i].name, unit) == 0)
            return area_units[i].m2;
    }
    return 0;
}

static enum tr_status read_unit(const struct profile_reading *r,
                                const struct tr_node *node,
                                struct profile_field *f, struct tr_error *err)
{
    const struct tr_node *unit = tr_node_get(node, "unit");

    f->factor = 1;
    if (!unit)
        return TR_OK;
    if (!f->unit) /* a kind with free fields: in hectares or square metres */
        f->unit = strcmp(unit->text, "ft2") == 0     ? "m2"
                  : strcmp(unit->text, "acres") == 0 ? "ha"
                                                     : unit->text;
    if (strcmp(f->unit, unit->text) == 0)
        return TR_OK;

    double theirs = square_metres(unit->text);
    double ours = square_metres(f->unit);

    if (theirs <= 0 || ours <= 0)
        return tr_node_fail(unit, r->p->file, err,
                            "unit '%s' cannot be turned into %s, the unit of "
                            "'%s'; known are m2, ha, ft2, acres, km2",
                            unit->text, f->unit, f->name);
    f->factor = theirs / ours;
    return TR_OK;
}

/* ---- one field ---- */

static enum tr_status from_map(const struct profile_reading *r,
                               const struct tr_node *node,
                               struct profile_field *f, struct tr_error *err)
{
    static const char *const known[] = { "column", "cql2", "value", "unit",
                                         "before" };
    const struct tr_node *cql2 = tr_node_get(node, "cql2");
    enum tr_status st =
        tr_node_known_keys(node, known, LENGTH(known), r->p->file, err);

    if (!st)
        st = profile_text(r, node, "column", &f->column, err);
    if (!st)
        st = profile_text(r, node, "value", &f->constant, err);
    if (!st)
        st = profile_text(r, node, "before", &f->before, err);
    if (!st && cql2)
        st = profile_parse_expression(r, cql2, &f->cql2, err);
    if (!st && !!f->column + !!f->constant + !!cql2 != 1)
        return tr_node_fail(node, r->p->file, err,
                            "field '%s' needs one of column, cql2 or value",
                            f->name);
    return st ? st : read_unit(r, node, f, err);
}

static enum tr_status know_field(const struct profile_reading *r,
                                 const struct tr_node *key,
                                 struct profile_field *f, struct tr_error *err)
{
    const char *names[256];
    size_t n;
    const struct tr_field *all = tr_fields(&n);
    const struct tr_field *known = tr_field_named(f->name);

    f->type = TR_TEXT;
    f->tier = TR_PUBLIC;
    if (r->p->kind != STORE_SITES)
        return TR_OK;
    if (known) {
        f->title = known->title;
        f->unit = known->unit;
        f->codes = known->codes;
        f->type = known->type;
        f->tier = known->tier;
        return TR_OK;
    }
    for (size_t i = 0; i < n && i < LENGTH(names); i++)
        names[i] = all[i].name;

    const char *near =
        tr_text_nearest(f->name, names, n < LENGTH(names) ? n : LENGTH(names));

    return tr_node_fail(key, r->p->file, err, "unknown field '%s'%s%s%s",
                        f->name, near ? ", did you mean '" : "",
                        near ? near : "", near ? "'" : "");
}

static enum tr_status read_field(struct profile_reading *r,
                                 const struct tr_node *key,
                                 const struct tr_node *node,
                                 struct tr_error *err)
{
    struct profile_field *f = &r->p->fields[r->p->n_fields];
    enum tr_status st;

    *f = (struct profile_field){ .name = key->text, .node = node, .factor = 1 };
    st = know_field(r, key, f, err);
    if (!st && !*f->name)
        return tr_node_fail(key, r->p->file, err, "a field has no name");
    if (!st)
        st = node->kind == TR_NODE_MAP
                 ? from_map(r, node, f, err)
                 : profile_scalar(r, node, f->name, &f->column, err);
    if (!st && f->column && !*f->column)
        return tr_node_fail(node, r->p->file, err, "field '%s' names no column",
                            f->name);
    if (!st)
        r->p->n_fields++;
    return st;
}

/* A field that a kind has by itself, unless the profile gives it. */
static void own_field(struct profile *p, const char *name, const char *column,
                      enum tr_type type)
{
    if (!field_named(p, name))
        p->fields[p->n_fields++] = (struct profile_field){
            .name = name, .column = column, .type = type, .factor = 1
        };
}

static enum tr_status match_fields(struct profile_reading *r,
                                   const struct tr_node *match,
                                   struct tr_error *err)
{
    struct profile *p = r->p;
    const char **key = tr_arena_array(r->a, match->n, sizeof *key);

    if (!key)
        return profile_no_memory(err);
    for (size_t i = 0; i < match->n; i++) {
        enum tr_status st =
            profile_scalar(r, match->items[i], "match", &key[i], err);

        if (st)
            return st;
        own_field(p, match->keys[i]->text, key[i], TR_TEXT);
    }
    if (!p->n_key) {
        p->key = key;
        p->n_key = match->n;
    }
    return TR_OK;
}

/* Without either column the profile is refused later on. */
static void area_fields(struct profile *p)
{
    if (p->code)
        own_field(p, "code", p->code, TR_TEXT);
    if (p->area_name || p->code)
        own_field(p, "name", p->area_name ? p->area_name : p->code, TR_TEXT);
    if (!p->n_key) {
        p->key = p->code ? &p->code : &p->area_name;
        p->n_key = 1;
    }
}

static enum tr_status kind_fields(struct profile_reading *r,
                                  const struct tr_node *match,
                                  struct tr_error *err)
{
    struct profile *p = r->p;

    if (p->kind == STORE_AREAS) {
        area_fields(p);
    } else if (p->kind == STORE_POSTCODES) {
        p->postcode = p->postcode ? p->postcode : "postcode";
        own_field(p, "postcode", p->postcode, TR_TEXT);
    } else if (p->kind == STORE_UPRNS) {
        p->uprn = p->uprn ? p->uprn : "uprn";
        own_field(p, "uprn", p->uprn, TR_TEXT);
    }
    return match ? match_fields(r, match, err) : TR_OK;
}

/* Fields that the load itself fills. */
static void derived_fields(struct profile *p)
{
    if (p->kind == STORE_SITES && field_named(p, "floor_area_m2") &&
        !field_named(p, "floor_area_shared")) {
        const struct tr_field *f = tr_field_named("floor_area_shared");

        p->fields[p->n_fields++] = (struct profile_field){
            .name = f->name, .title = f->title, .type = f->type, .factor = 1
        };
    }
}

/* ---- values, types, tiers ---- */

static enum tr_status pairs_of(const struct profile_reading *r,
                               const struct tr_node *map,
                               struct profile_field *f, struct tr_error *err)
{
    struct profile_pair *all = tr_arena_array(r->a, map->n, sizeof *all);

    if (!all)
        return profile_no_memory(err);
    for (size_t i = 0; i < map->n; i++) {
        const struct tr_node *ours = map->items[i];
        enum tr_status st = profile_scalar(r, ours, f->name, &all[i].ours, err);

        if (st)
            return st;
        all[i].theirs = map->keys[i]->text;
        if (ours->kind == TR_NODE_NULL)
            all[i].ours = "";
        if (f->codes && *all[i].ours &&
            !convert_in_codes(f->codes, all[i].ours))
            return tr_node_fail(ours, r->p->file, err,
                                "'%s' is no value of '%s'; known are: %s",
                                all[i].ours, f->name, f->codes);
    }
    f->values = all;
    f->n_values = map->n;
    f->mapped = true;
    return TR_OK;
}

/* The field that a key of values, types or field_tiers names. */
static enum tr_status field_of(const struct profile_reading *r,
                               const struct tr_node *key, const char *what,
                               struct profile_field **out, struct tr_error *err)
{
    const char *names[256];
    size_t n = 0;

    *out = field_named(r->p, key->text);
    if (*out)
        return TR_OK;
    for (; n < r->p->n_fields && n < LENGTH(names); n++)
        names[n] = r->p->fields[n].name;

    const char *near = tr_text_nearest(key->text, names, n);

    return tr_node_fail(key, r->p->file, err,
                        "'%s' names field '%s', which this profile does not "
                        "have%s%s%s",
                        what, key->text, near ? ", did you mean '" : "",
                        near ? near : "", near ? "'" : "");
}

static enum tr_status read_values(struct profile_reading *r,
                                  struct tr_error *err)
{
    const struct tr_node *map = NULL;
    enum tr_status st = tr_node_map(r->root, "values", r->p->file, &map, err);

    for (size_t i = 0; !st && map && i < map->n; i++) {
        struct profile_field *f;

        st = field_of(r, map->keys[i], "values", &f, err);
        if (!st && map->items[i]->kind != TR_NODE_MAP)
            st = tr_node_fail(map->items[i], r->p->file, err,
                              "values of '%s' are a map: {theirs: ours}",
                              f->name);
        if (!st)
            st = pairs_of(r, map->items[i], f, err);
    }
    return st;
}

static enum tr_status read_types(struct profile_reading *r,
                                 struct tr_error *err)
{
    const struct tr_node *map = NULL;
    enum tr_status st = tr_node_map(r->root, "types", r->p->file, &map, err);

    if (!st && map && r->p->kind == STORE_SITES)
        return tr_node_fail(map, r->p->file, err,
                            "the fields of sites have their types already: "
                            "leave 'types' out");
    for (size_t i = 0; !st && map && i < map->n; i++) {
        struct profile_field *f;
        const struct tr_node *type = map->items[i];

        st = field_of(r, map->keys[i], "types", &f, err);
        if (!st && (!tr_type_parse(type->text, &f->type) ||
                    f->type == TR_GEOMETRY || f->type == TR_INSTANT))
            st = tr_node_fail(type, r->p->file, err,
                              "type '%s' is none of text, integer, number, "
                              "boolean, date, list",
                              type->text);
    }
    return st;
}

static enum tr_status read_field_tiers(struct profile_reading *r,
                                       struct tr_error *err)
{
    const struct tr_node *map = NULL;
    enum tr_status st =
        tr_node_map(r->root, "field_tiers", r->p->file, &map, err);

    for (size_t i = 0; !st && map && i < map->n; i++) {
        struct profile_field *f;
        enum tr_tier tier;

        st = field_of(r, map->keys[i], "field_tiers", &f, err);
        if (!st)
            st = profile_read_tier(r, map->items[i], &tier, err);
        if (!st && tier < f->tier)
            st = tr_node_fail(map->items[i], r->p->file, err,
                              "'%s' is %s at least: its tier can only be "
                              "raised",
                              f->name, tr_tier_name(f->tier));
        if (!st)
            f->tier = tier;
    }
    return st;
}

static enum tr_status constants_are_codes(const struct profile_reading *r,
                                          struct tr_error *err)
{
    for (size_t i = 0; i < r->p->n_fields; i++) {
        const struct profile_field *f = &r->p->fields[i];

        if (f->constant && f->codes && !f->mapped &&
            !convert_in_codes(f->codes, f->constant))
            return tr_node_fail(f->node, r->p->file, err,
                                "'%s' is no value of '%s'; known are: %s",
                                f->constant, f->name, f->codes);
    }
    return TR_OK;
}

/* ---- the schema ---- */

/* Sites show their fields in the order of field.h. */
static enum tr_status sort_fields(struct profile_reading *r,
                                  struct tr_error *err)
{
    struct profile *p = r->p;
    struct profile_field *sorted =
        tr_arena_array(r->a, p->n_fields + 1, sizeof *sorted);
    size_t n_known, n = 0;
    const struct tr_field *known = tr_fields(&n_known);

    if (!sorted)
        return profile_no_memory(err);
    for (size_t i = 0; i < n_known; i++) {
        const struct profile_field *f = field_named(p, known[i].name);

        if (f)
            sorted[n++] = *f;
    }
    p->fields = sorted;
    p->n_fields = n;
    return TR_OK;
}

static enum tr_status make_schema(struct profile_reading *r,
                                  struct tr_error *err)
{
    struct profile *p = r->p;
    struct tr_schema_field *all =
        tr_arena_array(r->a, p->n_fields, sizeof *all);

    if (!all)
        return profile_no_memory(err);
    for (size_t i = 0; i < p->n_fields; i++) {
        const struct profile_field *f = &p->fields[i];

        all[i] = (struct tr_schema_field){ f->name, f->title, f->unit, f->type,
                                           f->tier };
        if (strcmp(f->name, "floor_area_shared") == 0 && f->type == TR_BOOLEAN)
            p->shared_field = i;
        if (strcmp(f->name, "floor_area_m2") == 0 && f->type == TR_NUMBER)
            p->area_field = i;
    }
    p->schema = (struct tr_schema){ p->n_fields, all };
    return TR_OK;
}

static enum tr_status finish(struct profile_reading *r, struct tr_error *err)
{
    struct profile *p = r->p;
    enum tr_status st = constants_are_codes(r, err);

    if (!st && p->kind == STORE_SITES) {
        derived_fields(p);
        st = sort_fields(r, err);
    }
    if (!st && p->as_of_column) {
        if (field_named(p, "as_of"))
            return tr_node_fail(r->root, p->file, err,
                                "'as_of' is given as a field too");
        p->as_of_field = p->n_fields;
        own_field(p, "as_of", p->as_of_column, TR_DATE);
    }
    return st ? st : make_schema(r, err);
}

enum tr_status profile_read_fields(struct profile_reading *r,
                                   struct tr_error *err)
{
    struct profile *p = r->p;
    const struct tr_node *fields = NULL;
    const struct tr_node *match = NULL;
    enum tr_status st = tr_node_map(r->root, "fields", p->file, &fields, err);

    if (!st)
        st = tr_node_map(r->root, "match", p->file, &match, err);
    if (st)
        return st;

    size_t n = (fields ? fields->n : 0) + (match ? match->n : 0);

    p->fields = tr_arena_array(r->a, n + SPARE_FIELDS, sizeof *p->fields);
    if (!p->fields)
        return profile_no_memory(err);
    st = kind_fields(r, match, err);

    size_t n_own = p->n_fields;

    for (size_t i = 0; !st && fields && i < fields->n; i++) {
        struct profile_field *own = field_named(p, fields->keys[i]->text);

        /* What the profile says of a field of the kind itself wins. */
        if (own && (size_t)(own - p->fields) < n_own) {
            size_t end = p->n_fields;

            p->n_fields = (size_t)(own - p->fields);
            st = read_field(r, fields->keys[i], fields->items[i], err);
            p->n_fields = end;
        } else {
            st = read_field(r, fields->keys[i], fields->items[i], err);
        }
    }
    if (!st)
        st = read_values(r, err);
    if (!st)
        st = read_types(r, err);
    if (!st)
        st = read_field_tiers(r, err);
    return st ? st : finish(r, err);
}
