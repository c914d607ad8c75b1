/* cql2_json.c - CQL2 JSON to a tree. */
#include <string.h>

#include "cql2_tree.h"

#define MAX_COLLECTION_DEPTH 4

static const struct cql2_node *parse(struct cql2_maker *m,
                                     const struct tr_node *json);

static void *wrong(struct cql2_maker *m, const char *what)
{
    return cql2_fail(m, TR_EINVAL, "%s", what);
}

static bool is_list(const struct tr_node *json)
{
    return json && json->kind == TR_NODE_LIST;
}

static bool is_text(const struct tr_node *json)
{
    return json && json->kind == TR_NODE_TEXT;
}

static bool parse_items(struct cql2_maker *m, const struct tr_node *list,
                        struct cql2_list *out)
{
    for (size_t i = 0; i < list->n; i++) {
        if (!cql2_list_add(m, out, parse(m, list->items[i])))
            return false;
    }
    return true;
}

/* ---- geometries ---- */

static const struct cql2_shape *no_memory(struct cql2_maker *m)
{
    return cql2_fail(m, TR_ENOMEM, "no memory left for the geometry");
}

static bool is_number(const struct tr_node *json)
{
    return json->kind == TR_NODE_INTEGER || json->kind == TR_NODE_NUMBER;
}

static bool read_numbers(struct cql2_maker *m, const struct tr_node *json,
                         double *out)
{
    for (size_t i = 0; i < json->n; i++) {
        if (!is_number(json->items[i]))
            return wrong(m, "a coordinate of a geometry is not a number");
        out[i] = json->items[i]->number;
    }
    return true;
}

/* Positions: [[x, y], ...], or one [x, y] for a point. */
static const struct cql2_shape *read_positions(struct cql2_maker *m,
                                               enum cql2_shape_kind kind,
                                               const struct tr_node *json,
                                               size_t *dims)
{
    size_t n = kind == CQL2_POINT ? 1 : json->n;
    struct cql2_shape *s = tr_arena_alloc(m->arena, sizeof *s);
    double *coords = tr_arena_array(m->arena, n, 3 * sizeof *coords);

    if (!s || !coords)
        return no_memory(m);
    for (size_t i = 0; i < n; i++) {
        const struct tr_node *at = kind == CQL2_POINT ? json : json->items[i];

        if (!is_list(at) || at->n < 2 || at->n > 3 || (*dims && at->n != *dims))
            return wrong(m, "a position of a geometry must be two numbers, "
                            "or all of them three");
        *dims = at->n;
        if (!read_numbers(m, at, coords + i * *dims))
            return NULL;
    }
    *s = (struct cql2_shape){
        .kind = kind, .dims = *dims, .n = n, .coords = coords
    };
    return s;
}

static const struct cql2_shape *
read_shape(struct cql2_maker *m, const struct tr_node *json, int depth);

static const struct cql2_shape *read_coordinates(struct cql2_maker *m,
                                                 enum cql2_shape_kind kind,
                                                 const struct tr_node *json,
                                                 size_t *dims)
{
    enum cql2_shape_kind part = kind == CQL2_MULTIPOINT     ? CQL2_POINT
                                : kind == CQL2_MULTIPOLYGON ? CQL2_POLYGON
                                                            : CQL2_LINESTRING;

    if (!is_list(json) || !json->n)
        return wrong(m, "'coordinates' of a geometry must be a list");
    if (kind == CQL2_POINT || kind == CQL2_LINESTRING)
        return read_positions(m, kind, json, dims);

    struct cql2_shape *s = tr_arena_alloc(m->arena, sizeof *s);
    const struct cql2_shape **items =
        tr_arena_array(m->arena, json->n, sizeof(const struct cql2_shape *));

    if (!s || !items)
        return no_memory(m);
    for (size_t i = 0; i < json->n; i++) {
        items[i] = read_coordinates(m, part, json->items[i], dims);
        if (!items[i])
            return NULL;
    }
    *s = (struct cql2_shape){
        .kind = kind, .dims = *dims, .n = json->n, .items = items
    };
    return s;
}

static const struct cql2_shape *
read_collection(struct cql2_maker *m, const struct tr_node *json, int depth)
{
    if (!is_list(json) || !json->n)
        return wrong(m, "'geometries' of a collection must be a list");
    if (depth >= MAX_COLLECTION_DEPTH)
        return cql2_fail(m, TR_ELIMIT,
                         "a geometry collection is more than %d levels deep",
                         MAX_COLLECTION_DEPTH);

    struct cql2_shape *s = tr_arena_alloc(m->arena, sizeof *s);
    const struct cql2_shape **items =
        tr_arena_array(m->arena, json->n, sizeof(const struct cql2_shape *));

    if (!s || !items)
        return no_memory(m);
    for (size_t i = 0; i < json->n; i++) {
        items[i] = read_shape(m, json->items[i], depth + 1);
        if (!items[i])
            return NULL;
    }
    *s = (struct cql2_shape){ .kind = CQL2_COLLECTION,
                              .dims = items[0]->dims,
                              .n = json->n,
                              .items = items };
    return s;
}

static const struct cql2_shape *read_bbox(struct cql2_maker *m,
                                          const struct tr_node *json)
{
    struct cql2_shape *s = tr_arena_alloc(m->arena, sizeof *s);

    if (!is_list(json))
        return wrong(m, "'bbox' must be a list of numbers");

    double *coords = tr_arena_array(m->arena, json->n, sizeof *coords);

    if (!s || !coords)
        return no_memory(m);
    if (!read_numbers(m, json, coords))
        return NULL;
    *s = (struct cql2_shape){
        .kind = CQL2_BBOX, .dims = json->n / 2, .n = json->n, .coords = coords
    };
    return s;
}

static bool kind_find(const struct tr_node *type, enum cql2_shape_kind *out)
{
    if (!type || type->kind != TR_NODE_TEXT)
        return false;
    for (int k = CQL2_POINT; k < CQL2_BBOX; k++) {
        if (strcmp(cql2_shape_json_name((enum cql2_shape_kind)k), type->text) ==
            0) {
            *out = (enum cql2_shape_kind)k;
            return true;
        }
    }
    return false;
}

static const struct cql2_shape *
read_shape(struct cql2_maker *m, const struct tr_node *json, int depth)
{
    const struct tr_node *bbox = tr_node_get(json, "bbox");
    const struct tr_node *type = tr_node_get(json, "type");
    enum cql2_shape_kind kind = CQL2_BBOX;
    const struct cql2_shape *s;
    const char *why;
    size_t dims = 0;

    if (!type && bbox)
        s = read_bbox(m, bbox);
    else if (!kind_find(type, &kind))
        return wrong(m, "a geometry needs a 'type' such as Point or Polygon");
    else if (kind == CQL2_COLLECTION)
        s = read_collection(m, tr_node_get(json, "geometries"), depth);
    else
        s = read_coordinates(m, kind, tr_node_get(json, "coordinates"), &dims);
    if (s && !cql2_shape_check(s, &why))
        return wrong(m, why);
    return s;
}

/* ---- calls ---- */

/* {"op": "in", "args": [x, [a, b]]} is in(x, a, b). */
static bool parse_in_args(struct cql2_maker *m, const struct tr_node *args,
                          struct cql2_list *out)
{
    if (args->n != 2 || !is_list(args->items[1]))
        return wrong(m, "'in' takes a value and a list");
    return cql2_list_add(m, out, parse(m, args->items[0])) &&
           parse_items(m, args->items[1], out);
}

static const struct cql2_node *parse_array(struct cql2_maker *m,
                                           const struct tr_node *json)
{
    struct cql2_list items = { 0 };

    if (!is_list(json))
        return parse(m, json);
    return parse_items(m, json, &items) ? cql2_make_array(m, &items) : NULL;
}

static bool parse_args(struct cql2_maker *m, enum cql2_op op,
                       const struct tr_node *args, struct cql2_list *out)
{
    if (op == CQL2_IN)
        return parse_in_args(m, args, out);
    if (!cql2_is_array_op(op))
        return parse_items(m, args, out);
    for (size_t i = 0; i < args->n; i++) {
        if (!cql2_list_add(m, out, parse_array(m, args->items[i])))
            return false;
    }
    return true;
}

static const struct cql2_node *parse_call(struct cql2_maker *m,
                                          const struct tr_node *json)
{
    const struct tr_node *name = tr_node_get(json, "op");
    const struct tr_node *args = tr_node_get(json, "args");
    struct cql2_list list = { 0 };
    enum cql2_op op;

    if (!is_text(name))
        return wrong(m, "'op' must be a text");
    op = cql2_op_find(name->text, true);
    if (!is_list(args))
        return cql2_fail(m, TR_EINVAL, "'%.60s' needs 'args', a list",
                         name->text);
    if (op == CQL2_UNKNOWN_FUNCTION && !cql2_is_function_name(name->text))
        return cql2_fail(m, TR_EINVAL, "'%.60s' is not the name of a function",
                         name->text);
    if (!parse_args(m, op, args, &list))
        return NULL;
    return cql2_make_call(m, op, name->text, &list);
}

static const struct cql2_node *parse_interval(struct cql2_maker *m,
                                              const struct tr_node *json)
{
    struct cql2_list ends = { 0 };

    if (!is_list(json))
        return wrong(m, "'interval' must be a list of two");
    return parse_items(m, json, &ends) ? cql2_make_interval(m, &ends) : NULL;
}

static const struct cql2_node *parse_map(struct cql2_maker *m,
                                         const struct tr_node *json)
{
    const struct tr_node *value;

    if (tr_node_get(json, "op"))
        return parse_call(m, json);
    if ((value = tr_node_get(json, "property")))
        return is_text(value) ? cql2_make_property(m, value->text)
                              : wrong(m, "'property' must be a text");
    if ((value = tr_node_get(json, "date")))
        return is_text(value) ? cql2_make_date(m, value->text)
                              : wrong(m, "'date' must be a text");
    if ((value = tr_node_get(json, "timestamp")))
        return is_text(value) ? cql2_make_instant(m, value->text)
                              : wrong(m, "'timestamp' must be a text");
    if ((value = tr_node_get(json, "interval")))
        return parse_interval(m, value);
    if (tr_node_get(json, "type") || tr_node_get(json, "bbox")) {
        const struct cql2_shape *s = read_shape(m, json, 0);

        return s ? cql2_make_shape(m, s) : NULL;
    }
    return wrong(m, "an object is none of op, property, date, timestamp, "
                    "interval, bbox or a geometry");
}

static const struct cql2_node *parse(struct cql2_maker *m,
                                     const struct tr_node *json)
{
    struct cql2_node node = { .integer = json->integer,
                              .number = json->number,
                              .truth = json->truth };

    switch (json->kind) {
    case TR_NODE_NULL: return wrong(m, "null is not a value, use isNull");
    case TR_NODE_BOOL: node.kind = CQL2_BOOLEAN; break;
    case TR_NODE_INTEGER:
        /* Text has no sign in its numbers: the lowest would not fit. */
        node.kind = json->integer == INT64_MIN ? CQL2_NUMBER : CQL2_INTEGER;
        break;
    case TR_NODE_NUMBER: node.kind = CQL2_NUMBER; break;
    case TR_NODE_TEXT: return cql2_make_text(m, json->text);
    case TR_NODE_MAP: return parse_map(m, json);
    case TR_NODE_LIST:
        return wrong(m, "a list stands where one value is expected");
    }
    return cql2_make_literal(m, node);
}

enum tr_status tr_cql2_parse_json(const struct tr_node *json,
                                  struct tr_arena *a,
                                  const struct tr_cql2 **out,
                                  struct tr_error *err)
{
    struct tr_cql2 *e = tr_arena_alloc(a, sizeof *e);
    struct cql2_maker m;

    if (!e)
        return tr_fail(err, TR_ENOMEM, "no memory left for the expression");
    cql2_maker_init(&m, TR_CQL2_QUERY, a, err);
    e->root = parse(&m, json);
    if (!e->root)
        return m.st;
    *out = e;
    return TR_OK;
}
