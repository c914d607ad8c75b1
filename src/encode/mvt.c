/* mvt.c - see mvt.h. Numbers in brackets are the protobuf field numbers of the
 * specification, section 4. */
#include "encode/mvt.h"

#include <string.h>

#include "encode/features.h"
#include "terrier/hash.h"

#define LIMIT ((size_t)256 * 1024 * 1024)

struct mvt_value {
    const unsigned char *bytes; /* the encoded Value message */
    size_t len;
    uint64_t hash;
};

/* ---- protobuf ---- */

static void varint(struct tr_buf *b, uint64_t v)
{
    while (v >= 0x80) {
        tr_buf_byte(b, (unsigned char)(v | 0x80));
        v >>= 7;
    }
    tr_buf_byte(b, (unsigned char)v);
}

static void tagged_varint(struct tr_buf *b, unsigned field, uint64_t v)
{
    varint(b, field << 3);
    varint(b, v);
}

static void tagged_bytes(struct tr_buf *b, unsigned field, const void *p,
                         size_t len)
{
    varint(b, field << 3 | 2);
    varint(b, len);
    tr_buf_add(b, p, len);
}

static uint32_t zigzag(int32_t v)
{
    return ((uint32_t)v << 1) ^ (v < 0 ? UINT32_MAX : 0);
}

/* ---- a layer ---- */

void mvt_init(struct mvt_layer *l, const char *name, uint32_t extent,
              struct tr_arena *a)
{
    *l = (struct mvt_layer){ .a = a, .name = name, .extent = extent };
    tr_buf_init(&l->features, LIMIT);
    tr_buf_init(&l->tags, LIMIT);
    tr_buf_init(&l->geometry, LIMIT);
    tr_buf_init(&l->values, LIMIT);
}

void mvt_clear(struct mvt_layer *l)
{
    tr_buf_clear(&l->features);
    tr_buf_clear(&l->tags);
    tr_buf_clear(&l->geometry);
    tr_buf_clear(&l->values);
}

/* Keys are few: a linear search beats a table. */
static uint32_t key_number(struct mvt_layer *l, const char *key)
{
    for (uint32_t i = 0; i < l->n_keys; i++) {
        if (l->keys[i] == key || strcmp(l->keys[i], key) == 0)
            return i;
    }
    if (l->n_keys == l->keys_size) {
        uint32_t size = l->keys_size ? l->keys_size * 2 : 16;
        const char **keys = tr_arena_array(l->a, size, sizeof *keys);

        if (!keys) {
            l->failed = true;
            return 0;
        }
        if (l->n_keys)
            memcpy(keys, l->keys, l->n_keys * sizeof *keys);
        l->keys = keys;
        l->keys_size = size;
    }
    l->keys[l->n_keys] = key;
    return l->n_keys++;
}

static bool grow_values(struct mvt_layer *l)
{
    uint32_t size = l->slots_size ? l->slots_size * 2 : 64;
    uint32_t *slots = tr_arena_array(l->a, size, sizeof *slots);
    struct mvt_value *list = tr_arena_array(l->a, size / 2, sizeof *list);

    if (!slots || !list)
        return false;
    if (l->n_values)
        memcpy(list, l->list, l->n_values * sizeof *list);
    for (uint32_t i = 0; i < l->n_values; i++) {
        uint32_t at = (uint32_t)list[i].hash & (size - 1);

        while (slots[at])
            at = (at + 1) & (size - 1);
        slots[at] = i + 1;
    }
    l->slots = slots;
    l->list = list;
    l->slots_size = size;
    return true;
}

/* The number of an encoded value, added when it is new. */
static uint32_t value_number(struct mvt_layer *l, const unsigned char *p,
                             size_t len)
{
    uint64_t hash = tr_fast_hash(p, len);

    if (l->n_values * 2 >= l->slots_size && !grow_values(l)) {
        l->failed = true;
        return 0;
    }

    uint32_t at = (uint32_t)hash & (l->slots_size - 1);

    for (; l->slots[at]; at = (at + 1) & (l->slots_size - 1)) {
        const struct mvt_value *v = &l->list[l->slots[at] - 1];

        if (v->hash == hash && v->len == len && memcmp(v->bytes, p, len) == 0)
            return l->slots[at] - 1;
    }

    char *copy = tr_arena_text(l->a, (const char *)p, len);

    if (!copy) {
        l->failed = true;
        return 0;
    }
    l->list[l->n_values] =
        (struct mvt_value){ (const unsigned char *)copy, len, hash };
    l->slots[at] = l->n_values + 1;
    tagged_bytes(&l->values, 4, p, len); /* Layer.values [4] */
    return l->n_values++;
}

static void put_tag(struct mvt_layer *l, const char *key,
                    const struct tr_buf *value)
{
    uint32_t k = key_number(l, key);
    uint32_t v = value_number(l, value->data, value->len);

    varint(&l->tags, k);
    varint(&l->tags, v);
}

void mvt_begin(struct mvt_layer *l)
{
    tr_buf_reset(&l->tags);
    tr_buf_reset(&l->geometry);
}

void mvt_text(struct mvt_layer *l, const char *key, const char *value)
{
    struct tr_buf b;

    tr_buf_init(&b, LIMIT);
    tagged_bytes(&b, 1, value, strlen(value)); /* string_value [1] */
    put_tag(l, key, &b);
    tr_buf_clear(&b);
}

void mvt_int(struct mvt_layer *l, const char *key, int64_t value)
{
    struct tr_buf b;

    tr_buf_init(&b, LIMIT);
    if (value >= 0)
        tagged_varint(&b, 5, (uint64_t)value); /* uint_value [5] */
    else
        tagged_varint(&b, 6, /* sint_value [6] */
                      ((uint64_t)value << 1) ^ UINT64_MAX);
    put_tag(l, key, &b);
    tr_buf_clear(&b);
}

void mvt_number(struct mvt_layer *l, const char *key, double value)
{
    struct tr_buf b;
    unsigned char bytes[sizeof value];

    tr_buf_init(&b, LIMIT);
    memcpy(bytes, &value, sizeof value); /* little endian, as protobuf is */
    varint(&b, 3 << 3 | 1);              /* double_value [3] */
    tr_buf_add(&b, bytes, sizeof bytes);
    put_tag(l, key, &b);
    tr_buf_clear(&b);
}

void mvt_bool(struct mvt_layer *l, const char *key, bool value)
{
    struct tr_buf b;

    tr_buf_init(&b, LIMIT);
    tagged_varint(&b, 7, value); /* bool_value [7] */
    put_tag(l, key, &b);
    tr_buf_clear(&b);
}

void mvt_column(struct mvt_layer *l, const char *key, const struct tr_column *c,
                size_t row)
{
    struct tr_buf text;

    if (!tr_has(c, row))
        return;
    switch (c->type) {
    case TR_BOOLEAN: mvt_bool(l, key, c->values.booleans[row]); return;
    case TR_INTEGER: mvt_int(l, key, c->values.integers[row]); return;
    case TR_NUMBER: mvt_number(l, key, c->values.numbers[row]); return;
    case TR_TEXT: mvt_text(l, key, tr_text_at(c, row)); return;
    case TR_DATE:
    case TR_INSTANT:
    case TR_LIST:
    case TR_GEOMETRY: break;
    }
    tr_buf_init(&text, LIMIT);
    features_text_value(&text, c, row);
    if (tr_buf_text(&text))
        mvt_text(l, key, tr_buf_text(&text));
    tr_buf_clear(&text);
}

/* ---- geometry (specification, 4.3) ---- */

static void command(struct tr_buf *b, uint32_t id, uint32_t count)
{
    varint(b, (id & 7) | count << 3);
}

void mvt_point(struct mvt_layer *l, int32_t x, int32_t y)
{
    command(&l->geometry, 1, 1); /* MoveTo */
    varint(&l->geometry, zigzag(x));
    varint(&l->geometry, zigzag(y));
    l->pen_x = x;
    l->pen_y = y;
}

void mvt_path(struct mvt_layer *l, const int32_t *xy, uint32_t n, bool ring)
{
    if (!n)
        return;
    command(&l->geometry, 1, 1); /* MoveTo */
    for (uint32_t i = 0; i < n; i++) {
        if (i == 1)
            command(&l->geometry, 2, n - 1); /* LineTo */
        varint(&l->geometry, zigzag(xy[2 * (size_t)i] - l->pen_x));
        varint(&l->geometry, zigzag(xy[2 * (size_t)i + 1] - l->pen_y));
        l->pen_x = xy[2 * (size_t)i];
        l->pen_y = xy[2 * (size_t)i + 1];
    }
    if (ring)
        command(&l->geometry, 7, 1); /* ClosePath */
}

static size_t varint_len(uint64_t v)
{
    size_t n = 1;

    for (; v >= 0x80; v >>= 7)
        n++;
    return n;
}

void mvt_end(struct mvt_layer *l, enum mvt_type type, uint64_t id)
{
    struct tr_buf *f = &l->features;
    size_t len = (id ? 1 + varint_len(id) : 0) + 2 + 1 +
                 varint_len(l->geometry.len) + l->geometry.len;

    if (l->tags.len)
        len += 1 + varint_len(l->tags.len) + l->tags.len;
    varint(f, 2 << 3 | 2); /* Layer.features [2] */
    varint(f, len);
    if (id)
        tagged_varint(f, 1, id);
    if (l->tags.len)
        tagged_bytes(f, 2, l->tags.data, l->tags.len);
    tagged_varint(f, 3, type);
    tagged_bytes(f, 4, l->geometry.data, l->geometry.len);
    l->n_features++;
    l->pen_x = l->pen_y = 0;
}

size_t mvt_size(const struct mvt_layer *l)
{
    size_t keys = 0;

    for (uint32_t i = 0; i < l->n_keys; i++)
        keys += strlen(l->keys[i]) + 2;
    return l->features.len + l->values.len + keys + strlen(l->name) + 16;
}

enum tr_status mvt_write(struct mvt_layer *l, struct tr_buf *tile,
                         struct tr_error *err)
{
    struct tr_buf b;
    enum tr_status st;

    if (l->failed || l->features.failed || l->values.failed)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    if (!l->n_features)
        return TR_OK;
    tr_buf_init(&b, LIMIT);
    tagged_varint(&b, 15, 2); /* version */
    tagged_bytes(&b, 1, l->name, strlen(l->name));
    tr_buf_add(&b, l->features.data, l->features.len);
    for (uint32_t i = 0; i < l->n_keys; i++)
        tagged_bytes(&b, 3, l->keys[i], strlen(l->keys[i]));
    tr_buf_add(&b, l->values.data, l->values.len);
    tagged_varint(&b, 5, l->extent);
    st = tr_buf_status(&b, "the tile", err);
    if (!st)
        tagged_bytes(tile, 3, b.data, b.len); /* Tile.layers [3] */
    tr_buf_clear(&b);
    return st;
}
