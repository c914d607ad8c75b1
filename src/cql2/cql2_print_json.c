/* cql2_print_json.c - a tree as CQL2 JSON. */
#include "cql2_print.h"
#include "terrier/json.h"

static void print(const struct cql2_node *node, struct tr_json *j);

static void put_double(struct tr_json *j, double v)
{
    struct tr_buf text;

    tr_buf_init(&text, 64);
    cql2_put_number(&text, v);
    if (!text.failed)
        tr_json_raw(j, (const char *)text.data, text.len);
    else
        j->buf->failed = text.failed;
    tr_buf_clear(&text);
}

static void put_moment(struct tr_json *j, const struct cql2_node *node)
{
    struct tr_buf text;

    tr_buf_init(&text, 64);
    if (node->kind == CQL2_DATE)
        cql2_put_date(&text, node->integer);
    else
        cql2_put_instant(&text, node->integer);
    if (!text.failed)
        tr_json_text_n(j, (const char *)text.data, text.len);
    else
        j->buf->failed = text.failed;
    tr_buf_clear(&text);
}

static void put_tagged(struct tr_json *j, const char *key,
                       const struct cql2_node *moment)
{
    tr_json_open_map(j);
    tr_json_key(j, key);
    put_moment(j, moment);
    tr_json_close_map(j);
}

/* ---- geometries ---- */

static void put_position(struct tr_json *j, const double *c, size_t dims)
{
    tr_json_open_list(j);
    for (size_t i = 0; i < dims; i++)
        tr_json_number(j, c[i]);
    tr_json_close_list(j);
}

static void put_coordinates(struct tr_json *j, const struct cql2_shape *s)
{
    if (s->kind == CQL2_POINT) {
        put_position(j, s->coords, s->dims);
        return;
    }
    tr_json_open_list(j);
    for (size_t i = 0; i < s->n; i++) {
        if (s->coords)
            put_position(j, s->coords + i * s->dims, s->dims);
        else
            put_coordinates(j, s->items[i]);
    }
    tr_json_close_list(j);
}

static void put_shape(struct tr_json *j, const struct cql2_shape *s)
{
    tr_json_open_map(j);
    if (s->kind == CQL2_BBOX) {
        tr_json_key(j, "bbox");
        put_position(j, s->coords, s->n);
    } else if (s->kind == CQL2_COLLECTION) {
        tr_json_put_text(j, "type", cql2_shape_json_name(s->kind));
        tr_json_key(j, "geometries");
        tr_json_open_list(j);
        for (size_t i = 0; i < s->n; i++)
            put_shape(j, s->items[i]);
        tr_json_close_list(j);
    } else {
        tr_json_put_text(j, "type", cql2_shape_json_name(s->kind));
        tr_json_key(j, "coordinates");
        put_coordinates(j, s);
    }
    tr_json_close_map(j);
}

/* ---- calls ---- */

static void put_list(struct tr_json *j, const struct cql2_node *node,
                     size_t from)
{
    tr_json_open_list(j);
    for (size_t i = from; i < node->n; i++)
        print(node->args[i], j);
    tr_json_close_list(j);
}

static void put_call(struct tr_json *j, const struct cql2_node *node)
{
    tr_json_open_map(j);
    tr_json_put_text(j, "op",
                     node->op == CQL2_UNKNOWN_FUNCTION
                         ? node->text
                         : cql2_op_info(node->op)->name);
    tr_json_key(j, "args");
    if (node->op == CQL2_IN) {
        tr_json_open_list(j);
        print(node->args[0], j);
        put_list(j, node, 1);
        tr_json_close_list(j);
    } else {
        put_list(j, node, 0);
    }
    tr_json_close_map(j);
}

static void put_interval(struct tr_json *j, const struct cql2_node *node)
{
    tr_json_open_map(j);
    tr_json_key(j, "interval");
    tr_json_open_list(j);
    for (size_t i = 0; i < 2; i++) {
        const struct cql2_node *end = node->args[i];

        if (end->kind == CQL2_OPEN)
            tr_json_text(j, "..");
        else if (end->kind == CQL2_DATE || end->kind == CQL2_INSTANT)
            put_moment(j, end);
        else
            print(end, j);
    }
    tr_json_close_list(j);
    tr_json_close_map(j);
}

static void print(const struct cql2_node *node, struct tr_json *j)
{
    switch (node->kind) {
    case CQL2_BOOLEAN: tr_json_bool(j, node->truth); break;
    case CQL2_INTEGER: tr_json_int(j, node->integer); break;
    case CQL2_NUMBER: put_double(j, node->number); break;
    case CQL2_TEXT: tr_json_text(j, node->text); break;
    case CQL2_DATE: put_tagged(j, "date", node); break;
    case CQL2_INSTANT: put_tagged(j, "timestamp", node); break;
    case CQL2_OPEN: tr_json_text(j, ".."); break;
    case CQL2_INTERVAL: put_interval(j, node); break;
    case CQL2_SHAPE: put_shape(j, node->shape); break;
    case CQL2_ARRAY: put_list(j, node, 0); break;
    case CQL2_PROPERTY:
        tr_json_open_map(j);
        tr_json_put_text(j, "property", node->text);
        tr_json_close_map(j);
        break;
    case CQL2_CALL: put_call(j, node); break;
    }
}

void tr_cql2_print_json(const struct tr_cql2 *e, struct tr_buf *out)
{
    struct tr_json j;

    tr_json_init(&j, out);
    print(e->root, &j);
}
