/* table.c - see terrier/table.h */
#include "terrier/table.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/texts.h"

static const char *const type_names[] = {
    [TR_BOOLEAN] = "boolean", [TR_INTEGER] = "integer",
    [TR_NUMBER] = "number",   [TR_DATE] = "date",
    [TR_INSTANT] = "instant", [TR_TEXT] = "text",
    [TR_LIST] = "list",       [TR_GEOMETRY] = "geometry",
};

static const char *const tier_names[] = {
    [TR_PUBLIC] = "public",
    [TR_PARTNERSHIP] = "partnership",
    [TR_RESTRICTED] = "restricted",
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

const char *tr_type_name(enum tr_type type)
{
    return (size_t)type < COUNT(type_names) ? type_names[type] : "unknown type";
}

bool tr_type_parse(const char *name, enum tr_type *out)
{
    for (size_t i = 0; i < COUNT(type_names); i++) {
        if (strcmp(name, type_names[i]) == 0) {
            *out = (enum tr_type)i;
            return true;
        }
    }
    return false;
}

size_t tr_type_size(enum tr_type type)
{
    switch (type) {
    case TR_BOOLEAN: return sizeof(uint8_t);
    case TR_INTEGER:
    case TR_INSTANT: return sizeof(int64_t);
    case TR_NUMBER: return sizeof(double);
    case TR_DATE: return sizeof(int32_t);
    case TR_TEXT:
    case TR_LIST: return sizeof(uint32_t);
    case TR_GEOMETRY: return sizeof(const struct tr_geometry *);
    }
    assert(false && "a known type");
    return 0;
}

const char *tr_tier_name(enum tr_tier tier)
{
    return (size_t)tier < COUNT(tier_names) ? tier_names[tier] : "unknown tier";
}

bool tr_tier_parse(const char *name, enum tr_tier *out)
{
    for (size_t i = 0; i < COUNT(tier_names); i++) {
        if (strcmp(name, tier_names[i]) == 0) {
            *out = (enum tr_tier)i;
            return true;
        }
    }
    return false;
}

const struct tr_column *tr_table_column(const struct tr_table *t,
                                        const char *name)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (strcmp(t->columns[i].name, name) == 0)
            return &t->columns[i];
    }
    return NULL;
}

/* ---- a list of items of one size that grows in the arena ---- */

/* An arena cannot move what it gave, so a growing list is a chain of chunks,
 * each twice as long as the one before; finishing copies them into one array.
 */
#define FIRST_CHUNK   ((size_t)256)
#define LARGEST_CHUNK ((size_t)256 * 1024)

struct chunk {
    struct chunk *next;
    size_t n, size;
    unsigned char *items;
};

struct chunks {
    struct tr_arena *arena;
    size_t item_size, n;
    struct chunk *first, *last;
};

static bool chunks_grow(struct chunks *c)
{
    struct chunk *k = tr_arena_alloc(c->arena, sizeof *k);

    if (!k)
        return false;
    k->size = !c->last                            ? FIRST_CHUNK
              : c->last->size > LARGEST_CHUNK / 2 ? LARGEST_CHUNK
                                                  : c->last->size * 2;
    k->items = tr_arena_array(c->arena, k->size, c->item_size);
    if (!k->items)
        return false;
    if (c->last)
        c->last->next = k;
    else
        c->first = k;
    c->last = k;
    return true;
}

/* Append zeroed items until there are `n`. */
static bool chunks_extend(struct chunks *c, size_t n)
{
    while (c->n < n) {
        if (!c->last || c->last->n == c->last->size) {
            if (!chunks_grow(c))
                return false;
        }

        size_t room = c->last->size - c->last->n;
        size_t step = n - c->n < room ? n - c->n : room;

        c->last->n += step;
        c->n += step;
    }
    return true;
}

/* Make `index` the last item, with zeroed ones before it, and set it. */
static bool chunks_put(struct chunks *c, size_t index, const void *item)
{
    assert(index >= c->n);
    if (!chunks_extend(c, index + 1))
        return false;
    memcpy(c->last->items + (c->last->n - 1) * c->item_size, item,
           c->item_size);
    return true;
}

static void *chunks_flatten(const struct chunks *c, struct tr_arena *a)
{
    unsigned char *all = tr_arena_array(a, c->n, c->item_size);
    unsigned char *to = all;

    for (const struct chunk *k = c->first; all && k; k = k->next) {
        memcpy(to, k->items, k->n * c->item_size);
        to += k->n * c->item_size;
    }
    return all;
}

bool tr_present_bits(const uint8_t *present, size_t n, struct tr_arena *a,
                     const uint64_t **out)
{
    uint64_t *bits;

    *out = NULL;
    if (!memchr(present, 0, n))
        return true;
    bits = tr_arena_array(a, n / 64 + 1, sizeof *bits);
    for (size_t i = 0; bits && i < n; i++)
        bits[i / 64] |= (uint64_t)(present[i] != 0) << (i % 64);
    *out = bits;
    return bits != NULL;
}

/* ---- the builder ---- */

/* What is only needed until the column is finished lies in an arena of the
 * builder's own, which goes then, or with the column's arena. */
struct tr_column_builder {
    struct tr_arena *arena;
    struct tr_arena draft;
    const char *name;
    enum tr_type type;
    bool full;             /* the arena gave nothing more */
    struct chunks present; /* a byte a row */
    struct chunks values;  /* TR_LIST: the offset after each row's items */
    struct chunks items;   /* TR_LIST: codes of all items */
    struct text_pool pool;
    struct text_set texts;
};

static struct chunks chunks_of(struct tr_arena *a, size_t item_size)
{
    return (struct chunks){ .arena = a, .item_size = item_size };
}

static void forget_draft(void *p)
{
    tr_arena_clear(&((struct tr_column_builder *)p)->draft);
}

struct tr_column_builder *
tr_column_builder_new(struct tr_arena *a, const char *name, enum tr_type type)
{
    struct tr_column_builder *b = tr_arena_alloc(a, sizeof *b);

    if (!b)
        return NULL;
    b->name = tr_arena_text(a, name, strlen(name));
    if (!b->name)
        return NULL;
    b->arena = a;
    b->type = type;
    tr_arena_init(&b->draft, SIZE_MAX);
    b->present = chunks_of(&b->draft, 1);
    b->values = chunks_of(&b->draft, tr_type_size(type));
    b->items = chunks_of(&b->draft, sizeof(uint32_t));
    b->pool = (struct text_pool){ .arena = &b->draft };
    text_set_init(&b->texts, &b->draft, &b->pool);
    return tr_arena_defer(a, forget_draft, b) ? NULL : b;
}

static bool put(struct tr_column_builder *b, size_t row, const void *value)
{
    const unsigned char yes = 1;

    if (b->full || !chunks_put(&b->present, row, &yes) ||
        !chunks_put(&b->values, row, value)) {
        b->full = true;
        return false;
    }
    return true;
}

bool tr_column_put_bool(struct tr_column_builder *b, size_t row, bool v)
{
    const uint8_t byte = v;

    assert(b->type == TR_BOOLEAN);
    return put(b, row, &byte);
}

bool tr_column_put_int(struct tr_column_builder *b, size_t row, int64_t v)
{
    if (b->type == TR_DATE) {
        const int32_t date = (int32_t)v;

        assert(v >= INT32_MIN && v <= INT32_MAX);
        return put(b, row, &date);
    }
    assert(b->type == TR_INTEGER || b->type == TR_INSTANT);
    return put(b, row, &v);
}

bool tr_column_put_number(struct tr_column_builder *b, size_t row, double v)
{
    assert(b->type == TR_NUMBER);
    /* What is not a number is missing, so that all comparisons are total. */
    return isfinite(v) ? put(b, row, &v) : !b->full;
}

bool tr_column_put_text(struct tr_column_builder *b, size_t row, const char *v)
{
    uint32_t code = 0;

    assert(b->type == TR_TEXT);
    if (b->full || !text_set_add(&b->texts, v, &code)) {
        b->full = true;
        return false;
    }
    return put(b, row, &code);
}

bool tr_column_put_list(struct tr_column_builder *b, size_t row,
                        const char *const *items, size_t n)
{
    assert(b->type == TR_LIST);
    for (size_t i = 0; i < n && !b->full; i++) {
        uint32_t code = 0;

        if (!text_set_add(&b->texts, items[i], &code) ||
            !chunks_put(&b->items, b->items.n, &code))
            b->full = true;
    }
    if (b->full || b->items.n > UINT32_MAX) {
        b->full = true;
        return false;
    }

    const uint32_t end = (uint32_t)b->items.n;

    return put(b, row, &end);
}

bool tr_column_put_geometry(struct tr_column_builder *b, size_t row,
                            const struct tr_geometry *g)
{
    assert(b->type == TR_GEOMETRY);
    return put(b, row, &g);
}

/* ---- finishing ---- */

static bool finish_texts(struct tr_column_builder *b, uint32_t *codes, size_t n,
                         struct tr_column *out)
{
    const uint32_t *place;

    if (!text_set_dict(&b->texts, b->arena, &out->dict, &place) ||
        !texts_pack(out->dict, b->arena))
        return false;
    for (size_t i = 0; place && i < n; i++) {
        /* Rows without a value hold code 0, which may not exist. */
        bool has = out->type == TR_LIST || !out->present ||
                   (out->present[i / 64] >> (i % 64) & 1);

        codes[i] = has ? place[codes[i]] : 0;
    }
    out->values.codes = codes;
    return true;
}

static bool finish_list(struct tr_column_builder *b, const uint32_t *ends,
                        const uint64_t *present, size_t n_rows,
                        struct tr_column *out)
{
    uint32_t *starts = tr_arena_array(b->arena, n_rows + 1, sizeof *starts);
    uint32_t *codes = chunks_flatten(&b->items, b->arena);

    if (!starts || !codes || !finish_texts(b, codes, b->items.n, out))
        return false;
    for (size_t i = 0; i < n_rows; i++) {
        bool has = !present || (present[i / 64] >> (i % 64) & 1);

        starts[i + 1] = has ? ends[i] : starts[i];
    }
    out->list_starts = starts;
    return true;
}

static bool finish(struct tr_column_builder *b, size_t n_rows,
                   struct tr_column *out)
{
    const uint8_t *present;
    void *values;

    if (b->full || !chunks_extend(&b->present, n_rows) ||
        !chunks_extend(&b->values, n_rows))
        return false;
    present = chunks_flatten(&b->present, &b->draft);
    if (!present || !tr_present_bits(present, n_rows, b->arena, &out->present))
        return false;
    values =
        chunks_flatten(&b->values, b->type == TR_LIST ? &b->draft : b->arena);
    if (!values)
        return false;
    if (b->type == TR_LIST)
        return finish_list(b, values, out->present, n_rows, out);
    if (b->type == TR_TEXT)
        return finish_texts(b, values, n_rows, out);
    switch (b->type) {
    case TR_BOOLEAN: out->values.booleans = values; break;
    case TR_NUMBER: out->values.numbers = values; break;
    case TR_DATE: out->values.dates = values; break;
    case TR_GEOMETRY: out->values.geometries = values; break;
    case TR_INTEGER:
    case TR_INSTANT:
    case TR_TEXT:
    case TR_LIST: out->values.integers = values; break;
    }
    return true;
}

enum tr_status tr_column_finish(struct tr_column_builder *b, size_t n_rows,
                                struct tr_column *out, struct tr_error *err)
{
    struct tr_column c = { .name = b->name, .type = b->type };

    assert(n_rows >= b->values.n);
    if (!finish(b, n_rows, &c))
        return tr_fail(err, TR_ENOMEM, "no memory left for column '%s'",
                       b->name);
    tr_arena_clear(&b->draft);
    *out = c;
    return TR_OK;
}
