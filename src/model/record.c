/* record.c - rows as bytes. See terrier/record.h
 *
 * A record is the byte 1 (its form), a bitmap of which fields have a value (bit
 * i of byte i/8), then the values that are there, in order: a boolean as one
 * byte; integers, instants and dates as zigzag varints (LEB128); a number as 8
 * bytes, little endian; a text as its length, its bytes and a NUL, so that it
 * can be used where it lies; a list as its count and its texts. There is one
 * way to write a value, and reading refuses any other. */
#include "terrier/record.h"

#include "terrier/json.h"
#include "terrier/node.h"
#include "terrier/text.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define FORM 1

/* ---- writing ---- */

#define VARINT_BYTES 10

static size_t write_varint(unsigned char *to, uint64_t v)
{
    size_t n = 0;

    for (; v >= 0x80; v >>= 7)
        to[n++] = (unsigned char)(v | 0x80);
    to[n++] = (unsigned char)v;
    return n;
}

static void put_varint(struct tr_buf *out, uint64_t v)
{
    unsigned char *to = tr_buf_room(out, VARINT_BYTES);

    if (to)
        out->len += write_varint(to, v);
}

static uint64_t zigzag(int64_t v)
{
    return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

static void put_number(struct tr_buf *out, double v)
{
    unsigned char bytes[8];
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(bits >> 8 * i);
    tr_buf_add(out, bytes, sizeof bytes);
}

static void put_text(struct tr_buf *out, const char *s)
{
    size_t len = strlen(s), n;
    unsigned char *to = tr_buf_room(out, VARINT_BYTES + len + 1);

    if (!to)
        return;
    n = write_varint(to, len);
    memcpy(to + n, s, len + 1);
    out->len += n + len + 1;
}

static void put_value(struct tr_buf *out, const struct tr_value *v)
{
    switch (v->type) {
    case TR_BOOLEAN: tr_buf_byte(out, v->is.boolean); break;
    case TR_INTEGER:
    case TR_INSTANT: put_varint(out, zigzag(v->is.integer)); break;
    case TR_NUMBER:
        assert(isfinite(v->is.number));
        put_number(out, v->is.number);
        break;
    case TR_DATE: put_varint(out, zigzag(v->is.date)); break;
    case TR_TEXT: put_text(out, v->is.text); break;
    case TR_LIST:
        put_varint(out, v->is.list.n);
        for (size_t i = 0; i < v->is.list.n; i++)
            put_text(out, v->is.list.items[i]);
        break;
    case TR_GEOMETRY: assert(v->type != TR_GEOMETRY); break;
    }
}

void tr_record_write(const struct tr_schema *s, const struct tr_value *values,
                     struct tr_buf *out)
{
    size_t n_map = (s->n + 7) / 8;
    unsigned char *map;

    tr_buf_byte(out, FORM);
    map = tr_buf_room(out, n_map);
    if (!map)
        return;
    memset(map, 0, n_map);
    for (size_t i = 0; i < s->n; i++)
        map[i / 8] |= (unsigned char)(values[i].present << i % 8);
    out->len += n_map;
    for (size_t i = 0; i < s->n; i++) {
        assert(!values[i].present || values[i].type == s->fields[i].type);
        if (values[i].present)
            put_value(out, &values[i]);
    }
}

/* ---- reading ---- */

struct cursor {
    const unsigned char *p, *end;
};

static bool get_varint(struct cursor *c, uint64_t *out)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64 && c->p < c->end; shift += 7) {
        unsigned char b = *c->p++;

        /* The tenth byte holds one bit; a last byte of 0 is one too many. */
        if (shift == 63 && b > 1)
            return false;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80)) {
            *out = v;
            return b || !shift;
        }
    }
    return false;
}

static bool get_signed(struct cursor *c, int64_t *out)
{
    uint64_t u;

    if (!get_varint(c, &u))
        return false;
    u = u >> 1 ^ (u & 1 ? UINT64_MAX : 0);
    memcpy(out, &u, sizeof u);
    return true;
}

static bool get_boolean(struct cursor *c, bool *out)
{
    if (c->p == c->end || *c->p > 1)
        return false;
    *out = *c->p++;
    return true;
}

static bool get_number(struct cursor *c, double *out)
{
    uint64_t bits = 0;

    if (c->end - c->p < 8)
        return false;
    for (int i = 0; i < 8; i++)
        bits |= (uint64_t)c->p[i] << 8 * i;
    c->p += 8;
    memcpy(out, &bits, sizeof bits);
    return isfinite(*out);
}

static bool get_date(struct cursor *c, int32_t *out)
{
    int64_t v;

    if (!get_signed(c, &v) || v < INT32_MIN || v > INT32_MAX)
        return false;
    *out = (int32_t)v;
    return true;
}

static bool get_text(struct cursor *c, const char **out)
{
    uint64_t len;

    if (!get_varint(c, &len) || len >= (uint64_t)(c->end - c->p))
        return false;

    const char *s = (const char *)c->p;

    if (s[len] || tr_text_valid(s, (size_t)len) != len)
        return false;
    c->p += len + 1;
    *out = s;
    return true;
}

static bool get_list(struct cursor *c, struct tr_arena *a, struct tr_value *v)
{
    uint64_t n;

    /* An item takes two bytes at least, which bounds what is asked for. */
    if (!get_varint(c, &n) || n > (uint64_t)(c->end - c->p) / 2)
        return false;

    const char **items = tr_arena_array(a, (size_t)n, sizeof *items);

    v->is.list.items = items;
    v->is.list.n = (size_t)n;
    for (size_t i = 0; items && i < n; i++) {
        if (!get_text(c, &items[i]))
            return false;
    }
    return true;
}

static bool get_value(struct cursor *c, struct tr_arena *a, struct tr_value *v)
{
    switch (v->type) {
    case TR_BOOLEAN: return get_boolean(c, &v->is.boolean);
    case TR_INTEGER:
    case TR_INSTANT: return get_signed(c, &v->is.integer);
    case TR_NUMBER: return get_number(c, &v->is.number);
    case TR_DATE: return get_date(c, &v->is.date);
    case TR_TEXT: return get_text(c, &v->is.text);
    case TR_LIST: return get_list(c, a, v);
    case TR_GEOMETRY: break;
    }
    return false;
}

static enum tr_status damaged(struct tr_error *err, const char *what)
{
    return tr_fail(err, TR_EDATA, "a stored row is damaged: %s", what);
}

enum tr_status tr_record_read(const struct tr_schema *s, const unsigned char *p,
                              size_t len, struct tr_arena *a,
                              struct tr_value *values, struct tr_error *err)
{
    size_t n_map = (s->n + 7) / 8;
    const unsigned char *map = p + 1;

    if (len < 1 + n_map || p[0] != FORM)
        return damaged(err, "it does not start as one");
    if (s->n % 8 && map[n_map - 1] >> s->n % 8)
        return damaged(err, "it has more fields than its layer");

    struct cursor c = { map + n_map, p + len };

    for (size_t i = 0; i < s->n; i++) {
        struct tr_value *v = &values[i];

        memset(v, 0, sizeof *v);
        v->type = s->fields[i].type;
        v->present = map[i / 8] >> i % 8 & 1;
        if (!v->present)
            continue;
        if (!get_value(&c, a, v))
            return damaged(err, s->fields[i].name);
        if (v->type == TR_LIST && !v->is.list.items)
            return tr_fail(err, TR_ENOMEM, "no memory left for a row");
    }
    if (c.p != c.end)
        return damaged(err, "it is longer than its fields");
    return TR_OK;
}

/* ---- schemas ---- */

void tr_schema_write(const struct tr_schema *s, struct tr_buf *out)
{
    struct tr_json j;

    tr_json_init(&j, out);
    tr_json_open_list(&j);
    for (size_t i = 0; i < s->n; i++) {
        const struct tr_schema_field *f = &s->fields[i];

        tr_json_open_map(&j);
        tr_json_put_text(&j, "name", f->name);
        if (f->title)
            tr_json_put_text(&j, "title", f->title);
        if (f->unit)
            tr_json_put_text(&j, "unit", f->unit);
        tr_json_put_text(&j, "type", tr_type_name(f->type));
        tr_json_put_text(&j, "tier", tr_tier_name(f->tier));
        tr_json_close_map(&j);
    }
    tr_json_close_list(&j);
}

/* The text of a key, NULL when it is absent or is not a text. */
static const char *text_of(const struct tr_node *map, const char *key)
{
    const struct tr_node *n = tr_node_get(map, key);

    return n && n->kind == TR_NODE_TEXT ? n->text : NULL;
}

static bool read_field(const struct tr_node *n, struct tr_schema_field *f)
{
    const char *type = text_of(n, "type"), *tier = text_of(n, "tier");

    f->name = text_of(n, "name");
    f->title = text_of(n, "title");
    f->unit = text_of(n, "unit");
    return f->name && type && tier && tr_type_parse(type, &f->type) &&
           f->type != TR_GEOMETRY && tr_tier_parse(tier, &f->tier);
}

enum tr_status tr_schema_read(const char *text, size_t len, struct tr_arena *a,
                              const struct tr_schema **out,
                              struct tr_error *err)
{
    const struct tr_node *list;
    enum tr_status st = tr_json_parse(text, len, "schema", a, &list, err);

    if (st)
        return st;
    if (list->kind != TR_NODE_LIST)
        return tr_fail(err, TR_EDATA, "a stored schema is damaged");

    struct tr_schema *s = tr_arena_alloc(a, sizeof *s);
    struct tr_schema_field *fields = tr_arena_array(a, list->n, sizeof *fields);

    if (!s || !fields)
        return tr_fail(err, TR_ENOMEM, "no memory left for a schema");
    for (size_t i = 0; i < list->n; i++) {
        if (!read_field(list->items[i], &fields[i]))
            return tr_fail(err, TR_EDATA,
                           "a stored schema is damaged at field %zu", i + 1);
    }
    s->n = list->n;
    s->fields = fields;
    *out = s;
    return TR_OK;
}
