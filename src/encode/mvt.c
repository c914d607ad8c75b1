/* mvt.c - see mvt.h. Numbers in brackets are the protobuf field numbers of the
 * specification, section 4. */
#include "encode/mvt.h"

#include <string.h>

#include "encode/features.h"
#include "terrier/hash.h"

#define LIMIT      ((size_t)256 * 1024 * 1024)
#define MOST_BYTES 10 /* of a varint */
#define NO_KEY     UINT32_MAX
#define SMALL_DICT 1024u /* values found by their code, without a hash */
#define TRIES      256u  /* of a column's values before it is judged */

/* Where a value comes from: two of one origin with the same bits are the same.
 * Columns with a dictionary are origins of their own. */
enum origin { OF_TEXT = 1, OF_INT, OF_NUMBER, OF_BOOL, OF_DICT };

struct mvt_slot { /* open addressing */
    uint64_t bits;
    uint32_t origin, number; /* number of the value + 1; 0: free */
    uint32_t at, len;        /* of OF_TEXT: its text in `values` */
};

struct mvt_source { /* a column */
    const char *key;
    const struct tr_column *c;
    uint32_t key_number, origin;
    uint32_t *by_code; /* small dictionaries: value number + 1; NULL: hash */
    uint32_t tries, found; /* of values looked up, those seen before */
};

/* ---- protobuf ---- */

static inline unsigned char *room(struct tr_buf *b, size_t n)
{
    return !b->failed && b->size - b->len >= n ? b->data + b->len
                                               : tr_buf_room(b, n);
}

static inline unsigned char *put_varint(unsigned char *p, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *p++ = (unsigned char)(v | 0x80);
    *p++ = (unsigned char)v;
    return p;
}

static inline void took(struct tr_buf *b, const unsigned char *end)
{
    b->len = (size_t)(end - b->data);
}

static uint32_t zigzag(int32_t v)
{
    return ((uint32_t)v << 1) ^ (v < 0 ? UINT32_MAX : 0);
}

static size_t varint_len(uint64_t v)
{
    size_t n = 1;

    for (; v >= 0x80; v >>= 7)
        n++;
    return n;
}

/* The message that starts at `at`, behind one byte kept for its length, is
 * done: say how long it is. */
static void close_message(struct tr_buf *b, size_t at)
{
    size_t len = b->len - at, more = varint_len(len) - 1;

    if (b->failed)
        return;
    if (more) {
        if (!room(b, more))
            return;
        memmove(b->data + at + more, b->data + at, len);
        b->len += more;
    }
    put_varint(b->data + at - 1, len);
}

/* ---- a layer ---- */

void mvt_init(struct mvt_layer *l, const char *name, uint32_t extent,
              struct tr_arena *a)
{
    *l = (struct mvt_layer){
        .a = a, .name = name, .name_len = strlen(name), .extent = extent
    };
    tr_buf_init(&l->features, LIMIT);
    tr_buf_init(&l->values, LIMIT);
    tr_buf_init(&l->text, LIMIT);
}

void mvt_clear(struct mvt_layer *l)
{
    tr_buf_clear(&l->features);
    tr_buf_clear(&l->values);
    tr_buf_clear(&l->text);
}

void mvt_columns(struct mvt_layer *l, const char *const *names,
                 const struct tr_column *const *columns, size_t n)
{
    l->sources = tr_arena_array(l->a, n, sizeof *l->sources);
    if (!l->sources) {
        l->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct tr_dict *dict =
            columns[i]->type == TR_TEXT ? columns[i]->dict : NULL;
        struct mvt_source *s = &l->sources[i];

        *s = (struct mvt_source){ .key = names[i],
                                  .c = columns[i],
                                  .key_number = NO_KEY,
                                  .origin = OF_DICT + (uint32_t)i };
        if (dict && dict->n <= SMALL_DICT)
            s->by_code = tr_arena_array(l->a, dict->n, sizeof *s->by_code);
        l->failed = l->failed || (dict && dict->n <= SMALL_DICT && !s->by_code);
    }
    l->n_sources = n;
}

static uint32_t add_key(struct mvt_layer *l, const char *key)
{
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
    l->key_bytes += strlen(key) + 2;
    l->keys[l->n_keys] = key;
    return l->n_keys++;
}

/* Keys are few: a linear search beats a table. */
static uint32_t key_number(struct mvt_layer *l, const char *key)
{
    for (uint32_t i = 0; i < l->n_keys; i++) {
        if (l->keys[i] == key)
            return i;
    }
    for (uint32_t i = 0; i < l->n_keys; i++) {
        if (strcmp(l->keys[i], key) == 0)
            return i;
    }
    return add_key(l, key);
}

/* ---- values ---- */

static uint32_t slot_of(const struct mvt_layer *l, uint32_t origin,
                        uint64_t bits)
{
    uint64_t h = (bits + origin) * UINT64_C(0x9e3779b97f4a7c15);

    h ^= h >> 32;
    return (uint32_t)(h * UINT64_C(0xd6e8feb86659fd93) >> 32) &
           (l->slots_size - 1);
}

static bool grow_slots(struct mvt_layer *l)
{
    uint32_t size = l->slots_size, at;
    const struct mvt_slot *old = l->slots;

    l->slots_size = size ? size * 4 : 64;
    l->slots = tr_arena_array(l->a, l->slots_size, sizeof *l->slots);
    if (!l->slots) {
        l->slots_size = 0;
        l->n_slots = 0;
        l->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < size; i++) {
        if (!old[i].number)
            continue;
        at = slot_of(l, old[i].origin, old[i].bits);
        while (l->slots[at].number)
            at = (at + 1) & (l->slots_size - 1);
        l->slots[at] = old[i];
    }
    return true;
}

static bool is_text(const struct mvt_layer *l, const struct mvt_slot *s,
                    const char *text, size_t len)
{
    return !text ||
           (s->len == len && memcmp(l->values.data + s->at, text, len) == 0);
}

/* The slot of a value: taken, or free and to be filled. NULL: no memory. Of a
 * plain text the bits are a hash, so the text is compared, too. */
static struct mvt_slot *find(struct mvt_layer *l, uint32_t origin,
                             uint64_t bits, const char *text, size_t len)
{
    if (l->n_slots * 2 >= l->slots_size && !grow_slots(l))
        return NULL;

    uint32_t at = slot_of(l, origin, bits);

    for (; l->slots[at].number; at = (at + 1) & (l->slots_size - 1)) {
        const struct mvt_slot *s = &l->slots[at];

        if (s->bits == bits && s->origin == origin && is_text(l, s, text, len))
            break;
    }
    return &l->slots[at];
}

static uint32_t fill(struct mvt_layer *l, struct mvt_slot *s, uint32_t origin,
                     uint64_t bits)
{
    s->origin = origin;
    s->bits = bits;
    s->number = ++l->n_values;
    l->n_slots++;
    return s->number - 1;
}

/* Layer.values [4], of which string_value is [1]. */
static void write_text(struct mvt_layer *l, const char *s, size_t len)
{
    unsigned char *p = room(&l->values, len + 2 + 2 * (size_t)MOST_BYTES);

    if (!p)
        return;
    *p++ = 4 << 3 | 2;
    p = put_varint(p, 1 + varint_len(len) + len);
    *p++ = 1 << 3 | 2;
    p = put_varint(p, len);
    memcpy(p, s, len);
    took(&l->values, p + len);
}

/* uint_value [5], sint_value [6], bool_value [7] */
static void write_varint(struct mvt_layer *l, unsigned field, uint64_t v)
{
    unsigned char *p = room(&l->values, 3 + (size_t)MOST_BYTES);

    if (!p)
        return;
    *p++ = 4 << 3 | 2;
    *p++ = (unsigned char)(1 + varint_len(v));
    *p++ = (unsigned char)(field << 3);
    took(&l->values, put_varint(p, v));
}

static void write_number(struct mvt_layer *l, double v)
{
    unsigned char *p = room(&l->values, 3 + sizeof v);

    if (!p)
        return;
    *p++ = 4 << 3 | 2;
    *p++ = 1 + sizeof v;
    *p++ = 3 << 3 | 1;       /* double_value [3] */
    memcpy(p, &v, sizeof v); /* little endian, as protobuf is */
    took(&l->values, p + sizeof v);
}

static uint32_t text_value(struct mvt_layer *l, const char *s, size_t len)
{
    uint64_t bits = tr_fast_hash(s, len);
    struct mvt_slot *slot = find(l, OF_TEXT, bits, s, len);

    if (!slot)
        return 0;
    if (slot->number)
        return slot->number - 1;
    write_text(l, s, len);
    slot->len = (uint32_t)len;
    slot->at = (uint32_t)(l->values.len - len);
    return fill(l, slot, OF_TEXT, bits);
}

static uint32_t int_value(struct mvt_layer *l, int64_t v)
{
    struct mvt_slot *slot = find(l, OF_INT, (uint64_t)v, NULL, 0);

    if (!slot)
        return 0;
    if (slot->number)
        return slot->number - 1;
    if (v >= 0)
        write_varint(l, 5, (uint64_t)v);
    else
        write_varint(l, 6, ((uint64_t)v << 1) ^ UINT64_MAX);
    return fill(l, slot, OF_INT, (uint64_t)v);
}

static uint32_t number_value(struct mvt_layer *l, double v)
{
    struct mvt_slot *slot;
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    slot = find(l, OF_NUMBER, bits, NULL, 0);
    if (!slot)
        return 0;
    if (slot->number)
        return slot->number - 1;
    write_number(l, v);
    return fill(l, slot, OF_NUMBER, bits);
}

static uint32_t bool_value(struct mvt_layer *l, bool v)
{
    struct mvt_slot *slot = find(l, OF_BOOL, v, NULL, 0);

    if (!slot)
        return 0;
    if (slot->number)
        return slot->number - 1;
    write_varint(l, 7, v);
    return fill(l, slot, OF_BOOL, v);
}

static uint32_t add_code(struct mvt_layer *l, const struct mvt_source *s,
                         uint32_t code)
{
    const char *text = s->c->dict->texts[code];

    write_text(l, text, strlen(text));
    return l->n_values++;
}

/* Ids and measured numbers hardly ever come twice: after a few hundred, such a
 * column's values are no longer looked up. */
static bool hardly_repeats(const struct mvt_source *s)
{
    return s->tries >= TRIES && s->found < s->tries / 16;
}

static uint32_t code_value(struct mvt_layer *l, struct mvt_source *s,
                           uint32_t code)
{
    struct mvt_slot *slot;

    if (s->by_code) {
        if (!s->by_code[code])
            s->by_code[code] = add_code(l, s, code) + 1;
        return s->by_code[code] - 1;
    }
    if (hardly_repeats(s))
        return add_code(l, s, code);
    slot = find(l, s->origin, code, NULL, 0);
    if (!slot)
        return 0;
    s->tries++;
    if (slot->number) {
        s->found++;
        return slot->number - 1;
    }
    add_code(l, s, code);
    l->n_values--; /* fill() counts it */
    return fill(l, slot, s->origin, code);
}

static uint32_t measured_value(struct mvt_layer *l, struct mvt_source *s,
                               double v)
{
    uint32_t before = l->n_values, number;

    if (hardly_repeats(s)) {
        write_number(l, v);
        return l->n_values++;
    }
    number = number_value(l, v);
    s->tries++;
    s->found += l->n_values == before;
    return number;
}

static uint32_t worded_value(struct mvt_layer *l, const struct tr_column *c,
                             size_t row)
{
    tr_buf_reset(&l->text);
    features_text_value(&l->text, c, row);
    l->failed = l->failed || l->text.failed;
    return text_value(l, l->text.len ? (const char *)l->text.data : "",
                      l->text.len);
}

static uint32_t row_value(struct mvt_layer *l, struct mvt_source *s, size_t row)
{
    const struct tr_column *c = s->c;

    switch (c->type) {
    case TR_TEXT: return code_value(l, s, c->values.codes[row]);
    case TR_NUMBER: return measured_value(l, s, c->values.numbers[row]);
    case TR_INTEGER: return int_value(l, c->values.integers[row]);
    case TR_BOOLEAN: return bool_value(l, c->values.booleans[row]);
    case TR_DATE:
    case TR_INSTANT:
    case TR_LIST:
    case TR_GEOMETRY: break;
    }
    return worded_value(l, c, row);
}

/* ---- properties ---- */

static void put_tag(struct mvt_layer *l, uint32_t key, uint32_t value)
{
    unsigned char *p = room(&l->features, 2 * (size_t)MOST_BYTES);

    if (p)
        took(&l->features, put_varint(put_varint(p, key), value));
}

/* There is room for it: two numbers a column. */
static unsigned char *put_row(struct mvt_layer *l, unsigned char *p, size_t row)
{
    for (size_t i = 0; i < l->n_sources; i++) {
        struct mvt_source *s = &l->sources[i];

        if (!tr_has(s->c, row))
            continue;
        if (s->key_number == NO_KEY)
            s->key_number = key_number(l, s->key);
        p = put_varint(p, s->key_number);
        p = put_varint(p, row_value(l, s, row));
    }
    return p;
}

void mvt_row(struct mvt_layer *l, size_t row)
{
    unsigned char *p =
        room(&l->features, l->n_sources * 2 * (size_t)MOST_BYTES);

    if (p)
        took(&l->features, put_row(l, p, row));
}

void mvt_fetch(const struct mvt_layer *l, size_t row)
{
    for (size_t i = 0; i < l->n_sources; i++) {
        const struct tr_column *c = l->sources[i].c;

        if (c->type == TR_TEXT)
            __builtin_prefetch(&c->values.codes[row]);
        else if (c->type == TR_NUMBER || c->type == TR_INTEGER)
            __builtin_prefetch(&c->values.integers[row]);
        if (c->present)
            __builtin_prefetch(&c->present[row / 64]);
    }
}

void mvt_text(struct mvt_layer *l, const char *key, const char *value)
{
    put_tag(l, key_number(l, key), text_value(l, value, strlen(value)));
}

void mvt_int(struct mvt_layer *l, const char *key, int64_t value)
{
    put_tag(l, key_number(l, key), int_value(l, value));
}

void mvt_number(struct mvt_layer *l, const char *key, double value)
{
    put_tag(l, key_number(l, key), number_value(l, value));
}

void mvt_bool(struct mvt_layer *l, const char *key, bool value)
{
    put_tag(l, key_number(l, key), bool_value(l, value));
}

/* ---- features ---- */

/* Layer.features [2]: id [1], tags [2], type [3], geometry [4]. Each length has
 * one byte kept for it; close_message() makes room for more. */
void mvt_begin(struct mvt_layer *l, enum mvt_type type, uint64_t number)
{
    unsigned char *p = room(&l->features, 5 + (size_t)MOST_BYTES);

    if (!p)
        return;
    *p++ = 2 << 3 | 2;
    *p++ = 0;
    l->feature_at = (size_t)(p - l->features.data);
    if (number) {
        *p++ = 1 << 3;
        p = put_varint(p, number);
    }
    *p++ = 2 << 3 | 2;
    *p++ = 0;
    took(&l->features, p);
    l->tags_at = l->features.len;
    l->geometry_at = 0;
    l->type = type;
    l->pen_x = l->pen_y = 0;
}

static void begin_geometry(struct mvt_layer *l)
{
    struct tr_buf *b = &l->features;
    unsigned char *p;

    if (l->geometry_at || b->failed)
        return;
    if (b->len == l->tags_at)
        b->len -= 2; /* no tags: no field */
    else
        close_message(b, l->tags_at);
    p = room(b, 4);
    if (!p)
        return;
    *p++ = 3 << 3;
    *p++ = (unsigned char)l->type;
    *p++ = 4 << 3 | 2;
    *p++ = 0;
    took(b, p);
    l->geometry_at = b->len;
}

/* ---- geometry (specification, 4.3) ---- */

enum { MOVE_TO = 1, LINE_TO = 2, CLOSE_PATH = 7 };

static unsigned char *put_command(unsigned char *p, uint32_t id, uint32_t count)
{
    return put_varint(p, (id & 7) | (uint64_t)count << 3);
}

static unsigned char *put_step(struct mvt_layer *l, unsigned char *p, int32_t x,
                               int32_t y)
{
    p = put_varint(p, zigzag(x - l->pen_x));
    p = put_varint(p, zigzag(y - l->pen_y));
    l->pen_x = x;
    l->pen_y = y;
    return p;
}

void mvt_point(struct mvt_layer *l, int32_t x, int32_t y)
{
    unsigned char *p;

    begin_geometry(l);
    p = room(&l->features, 3 * (size_t)MOST_BYTES);
    if (p)
        took(&l->features, put_step(l, put_command(p, MOVE_TO, 1), x, y));
}

void mvt_path(struct mvt_layer *l, const int32_t *xy, uint32_t n, bool ring)
{
    unsigned char *p;

    if (!n)
        return;
    begin_geometry(l);
    p = room(&l->features, ((size_t)n + 2) * MOST_BYTES);
    if (!p)
        return;
    p = put_step(l, put_command(p, MOVE_TO, 1), xy[0], xy[1]);
    if (n > 1)
        p = put_command(p, LINE_TO, n - 1);
    for (uint32_t i = 1; i < n; i++)
        p = put_step(l, p, xy[2 * (size_t)i], xy[2 * (size_t)i + 1]);
    if (ring)
        p = put_command(p, CLOSE_PATH, 1);
    took(&l->features, p);
}

void mvt_end(struct mvt_layer *l)
{
    begin_geometry(l);
    close_message(&l->features, l->geometry_at);
    close_message(&l->features, l->feature_at);
    l->n_features++;
}

/* The message between `at`, whose last byte is kept for the length, and p. */
static unsigned char *close_short(unsigned char *at, unsigned char *p)
{
    size_t len = (size_t)(p - at), more = varint_len(len) - 1;

    if (more)
        memmove(at + more, at, len);
    put_varint(at - 1, len);
    return p + more;
}

void mvt_row_at(struct mvt_layer *l, uint64_t number, size_t row, int32_t x,
                int32_t y)
{
    struct tr_buf *b = &l->features;
    unsigned char *p = room(b, (6 + 2 * l->n_sources) * (size_t)MOST_BYTES);
    unsigned char *feature, *tags;

    if (!p)
        return;
    *p++ = 2 << 3 | 2;
    feature = ++p;
    *p++ = 1 << 3;
    p = put_varint(p, number);
    *p++ = 2 << 3 | 2;
    tags = ++p;
    p = put_row(l, p, row);
    p = p == tags ? p - 2 : close_short(tags, p);
    *p++ = 3 << 3;
    *p++ = MVT_POINT;
    *p++ = 4 << 3 | 2;
    *p++ = (unsigned char)(1 + varint_len(zigzag(x)) + varint_len(zigzag(y)));
    *p++ = MOVE_TO | 1 << 3;
    p = put_varint(put_varint(p, zigzag(x)), zigzag(y));
    took(b, close_short(feature, p));
    l->n_features++;
}

/* ---- the whole ---- */

size_t mvt_size(const struct mvt_layer *l)
{
    return l->features.len + l->values.len + l->key_bytes + l->name_len + 16;
}

static void put_text(struct tr_buf *b, unsigned field, const char *s)
{
    size_t len = strlen(s);
    unsigned char *p = room(b, len + 1 + (size_t)MOST_BYTES);

    if (!p)
        return;
    *p++ = (unsigned char)(field << 3 | 2);
    p = put_varint(p, len);
    memcpy(p, s, len);
    took(b, p + len);
}

static void put_number(struct tr_buf *b, unsigned field, uint64_t v)
{
    unsigned char *p = room(b, 1 + (size_t)MOST_BYTES);

    if (!p)
        return;
    *p++ = (unsigned char)(field << 3);
    took(b, put_varint(p, v));
}

/* Of the layer's message: all but features and values. */
static size_t frame_len(const struct mvt_layer *l)
{
    size_t name = strlen(l->name), len;

    len = 2 + 1 + varint_len(name) + name + 1 + varint_len(l->extent);
    for (uint32_t i = 0; i < l->n_keys; i++) {
        size_t key = strlen(l->keys[i]);

        len += 1 + varint_len(key) + key;
    }
    return len;
}

enum tr_status mvt_write(struct mvt_layer *l, struct tr_buf *tile,
                         struct tr_error *err)
{
    size_t len = frame_len(l) + l->features.len + l->values.len;
    unsigned char *p;

    if (l->failed || l->features.failed || l->values.failed)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    if (!l->n_features)
        return TR_OK;
    p = room(tile, len + 1 + (size_t)MOST_BYTES);
    if (!p)
        return tr_buf_status(tile, "the tile", err);
    *p++ = 3 << 3 | 2; /* Tile.layers [3] */
    took(tile, put_varint(p, len));
    put_number(tile, 15, 2); /* version */
    put_text(tile, 1, l->name);
    tr_buf_add(tile, l->features.data, l->features.len);
    for (uint32_t i = 0; i < l->n_keys; i++)
        put_text(tile, 3, l->keys[i]);
    tr_buf_add(tile, l->values.data, l->values.len);
    put_number(tile, 5, l->extent);
    return tr_buf_status(tile, "the tile", err);
}
