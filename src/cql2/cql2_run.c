/* cql2_run.c - running a bound expression over rows, block by block. */
#include <string.h>

#include "cql2_program.h"

#define US_PER_SECOND ((int64_t)1000000)
#define MAX_SECONDS   (INT64_MAX / US_PER_SECOND)

bool cql2_run_start(struct cql2_run *run, const struct tr_cql2_bound *b,
                    size_t n_rows, struct tr_arena *arena,
                    struct tr_arena *texts)
{
    *run = (struct cql2_run){ .bound = b, .arena = arena, .texts = texts };
    run->capacity = n_rows < CQL2_BLOCK ? (n_rows / 64 + 1) * 64 : CQL2_BLOCK;
    run->slots = tr_arena_array(arena, b->n_slots, sizeof *run->slots);
    return run->slots;
}

void cql2_run_end(struct cql2_run *run)
{
    for (size_t i = 0; i < run->bound->n_slots; i++)
        tr_relate_close(run->slots[i].relate);
}

void cql2_run_block(struct cql2_run *run, size_t first, size_t n)
{
    run->first = first;
    run->n = n;
    run->words = (n + 63) / 64;
    run->block++;
}

static bool slot_open(struct cql2_run *run, struct cql2_vec *v)
{
    v->present =
        tr_arena_array(run->arena, run->capacity / 64, sizeof *v->present);
    v->own.data = tr_arena_array(run->arena, run->capacity, sizeof(int64_t));
    v->truth = v->own.truth;
    v->integers = v->own.integers;
    v->numbers = v->own.numbers;
    v->texts = v->own.texts;
    return v->present && v->own.data;
}

const struct cql2_vec *cql2_value(const struct cql2_expr *e,
                                  struct cql2_run *run)
{
    struct cql2_vec *v = &run->slots[e->slot];

    if (v->block && (v->block == run->block || e->is_constant))
        return v;
    if (!v->own.data && !slot_open(run, v))
        return NULL;
    if (!e->eval(e, run, v))
        return NULL;
    v->block = run->block;
    return v;
}

void cql2_both_present(const struct cql2_run *run, struct cql2_vec *out,
                       const struct cql2_vec *a, const struct cql2_vec *b)
{
    for (size_t w = 0; w < run->words; w++)
        out->present[w] = a->present[w] & (b ? b->present[w] : ~UINT64_C(0));
}

bool cql2_eval_constant(const struct cql2_expr *e, struct cql2_run *run,
                        struct cql2_vec *out)
{
    memset(out->present, e->is_missing ? 0 : 0xFF,
           run->capacity / 64 * sizeof *out->present);
    if (e->type == TR_BOOLEAN) {
        memset(out->own.truth, e->truth && !e->is_missing ? 0xFF : 0,
               run->capacity / 64 * sizeof *out->own.truth);
        return true;
    }
    for (size_t i = 0; i < run->capacity; i++) {
        if (e->type == TR_NUMBER)
            out->own.numbers[i] = e->number;
        else if (e->type == TR_TEXT)
            out->own.texts[i] = e->is_missing ? "" : e->text;
        else
            out->own.integers[i] = e->integer;
    }
    return true;
}

/* ---- columns ---- */

/* `n` bits from bit `first` on. Never reads a word without such a bit. */
static void copy_bits(const uint64_t *from, size_t first, size_t n,
                      uint64_t *to)
{
    size_t shift = first % 64;

    for (size_t w = 0; w * 64 < n; w++) {
        size_t at = (first + w * 64) / 64;
        uint64_t bits = from[at] >> shift;

        if (shift && (at + 1) * 64 < first + n)
            bits |= from[at + 1] << (64 - shift);
        to[w] = bits;
    }
}

static void load_present(const struct tr_column *c, const struct cql2_run *run,
                         uint64_t *present)
{
    if (c->present)
        copy_bits(c->present, run->first, run->n, present);
    else
        memset(present, 0xFF, run->words * sizeof *present);
}

static void load_dictionary(const struct tr_column *c,
                            const struct cql2_run *run, struct cql2_vec *out)
{
    memset(out->present, 0xFF, run->words * sizeof *out->present);
    for (size_t i = 0; i < run->n; i++) {
        bool is_missing = run->first + i >= c->dict->n;

        out->own.texts[i] = is_missing ? "" : c->dict->texts[run->first + i];
        if (is_missing)
            cql2_set_bit(out->present, i, false);
    }
}

static void load_texts(const struct tr_column *c, const struct cql2_run *run,
                       struct cql2_vec *out)
{
    const uint32_t *codes = c->values.codes + run->first;

    for (size_t i = 0; i < run->n; i++)
        out->own.texts[i] =
            cql2_bit(out->present, i) ? c->dict->texts[codes[i]] : "";
}

static void load_booleans(const struct tr_column *c, const struct cql2_run *run,
                          struct cql2_vec *out)
{
    const uint8_t *bytes = c->values.booleans + run->first;

    for (size_t w = 0; w < run->words; w++) {
        uint64_t bits = 0;
        size_t n = run->n - w * 64 < 64 ? run->n - w * 64 : 64;

        for (size_t i = 0; i < n; i++)
            bits |= (uint64_t)(bytes[w * 64 + i] != 0) << i;
        out->own.truth[w] = bits & out->present[w];
    }
}

static int64_t seconds_to_us(int64_t seconds)
{
    if (seconds > MAX_SECONDS)
        return MAX_SECONDS * US_PER_SECOND;
    if (seconds < -MAX_SECONDS)
        return -MAX_SECONDS * US_PER_SECOND;
    return seconds * US_PER_SECOND;
}

bool cql2_eval_column(const struct cql2_expr *e, struct cql2_run *run,
                      struct cql2_vec *out)
{
    const struct tr_column *c = e->column;

    if (run->dict_rows) {
        load_dictionary(c, run, out);
        return true;
    }
    load_present(c, run, out->present);
    switch (c->type) {
    case TR_BOOLEAN: load_booleans(c, run, out); break;
    case TR_INTEGER: out->integers = c->values.integers + run->first; break;
    case TR_NUMBER: out->numbers = c->values.numbers + run->first; break;
    case TR_DATE:
        for (size_t i = 0; i < run->n; i++)
            out->own.integers[i] = c->values.dates[run->first + i];
        break;
    case TR_INSTANT:
        for (size_t i = 0; i < run->n; i++)
            out->own.integers[i] =
                seconds_to_us(c->values.integers[run->first + i]);
        break;
    case TR_TEXT: load_texts(c, run, out); break;
    case TR_LIST:
    case TR_GEOMETRY: break;
    }
    return true;
}

/* ---- what was computed once per dictionary entry ---- */

static void map_states(const struct cql2_map *map, const uint32_t *codes,
                       const struct cql2_run *run, struct cql2_vec *out,
                       bool is_boolean)
{
    for (size_t w = 0; w < run->words; w++) {
        uint64_t present = 0, truth = 0;
        size_t n = run->n - w * 64 < 64 ? run->n - w * 64 : 64;

        for (size_t i = 0; i < n; i++) {
            uint64_t state = map->state[codes[w * 64 + i]];

            present |= (state & 1) << i;
            truth |= (state >> 1) << i;
        }
        out->present[w] = present;
        if (is_boolean)
            out->own.truth[w] = truth;
    }
}

bool cql2_eval_map(const struct cql2_expr *e, struct cql2_run *run,
                   struct cql2_vec *out)
{
    const struct tr_column *c = e->column;
    const struct cql2_map *map = e->more.map;
    const uint32_t *codes = c->values.codes + run->first;
    uint32_t with_missing[CQL2_BLOCK] = { 0 };

    if (c->present) {
        load_present(c, run, out->present);
        for (size_t i = 0; i < run->n; i++)
            with_missing[i] = cql2_bit(out->present, i) ? codes[i] : c->dict->n;
        codes = with_missing;
    }
    map_states(map, codes, run, out, e->type == TR_BOOLEAN);
    if (map->values) {
        const int64_t *values = map->values;

        for (size_t i = 0; i < run->n; i++)
            out->own.integers[i] = values[codes[i]];
    }
    return true;
}

/* ---- the two doors ---- */

enum tr_type tr_cql2_type(const struct tr_cql2_bound *b)
{
    return b->root->type;
}

static enum tr_status no_memory(struct tr_error *err)
{
    return tr_fail(err, TR_ENOMEM, "no memory left to evaluate the expression");
}

/* `n` bits to bit `at` on; the bits there are zero. */
static void append_bits(uint64_t *to, size_t at, const uint64_t *from, size_t n)
{
    for (size_t w = 0; w * 64 < n; w++) {
        size_t left = n - w * 64;
        uint64_t bits =
            left < 64 ? from[w] & ((UINT64_C(1) << left) - 1) : from[w];
        size_t bit = at + w * 64;

        to[bit / 64] |= bits << (bit % 64);
        if (bit % 64 && bits >> (64 - bit % 64))
            to[bit / 64 + 1] |= bits >> (64 - bit % 64);
    }
}

/* Texts made while running one block go with it. */
#define BLOCK_TEXT_LIMIT ((size_t)64 * 1024 * 1024)

static bool filter_block(const struct cql2_expr *root, struct cql2_run *run,
                         size_t row, uint64_t *yes, uint64_t *unknown)
{
    const struct cql2_vec *v = cql2_value(root, run);
    uint64_t missing[CQL2_WORDS] = { 0 };

    if (!v)
        return false;
    for (size_t w = 0; w < run->words; w++)
        missing[w] = ~v->present[w];
    append_bits(yes, row, v->truth, run->n);
    append_bits(unknown, row, missing, run->n);
    return true;
}

/* Rows, two results and memory: a struct for one call would hide more.
 * NOLINTNEXTLINE(readability-function-size) */
enum tr_status tr_cql2_filter(const struct tr_cql2_bound *b, size_t first,
                              size_t last, uint64_t *yes, uint64_t *unknown,
                              struct tr_arena *scratch, struct tr_error *err)
{
    size_t n_words = (last - first + 63) / 64;
    struct tr_arena texts;
    struct cql2_run run;
    bool ok = true;

    if (b->root->type != TR_BOOLEAN)
        return tr_fail(err, TR_EINVAL,
                       "the expression is a %s, a filter must be a boolean",
                       tr_type_name(b->root->type));
    if (!cql2_run_start(&run, b, last - first, scratch, &texts))
        return no_memory(err);
    tr_arena_init(&texts, BLOCK_TEXT_LIMIT);
    memset(yes, 0, n_words * sizeof *yes);
    memset(unknown, 0, n_words * sizeof *unknown);
    for (size_t at = first; at < last && ok; at += CQL2_BLOCK) {
        cql2_run_block(&run, at,
                       last - at < CQL2_BLOCK ? last - at : CQL2_BLOCK);
        ok = filter_block(b->root, &run, at - first, yes, unknown);
        tr_arena_clear(&texts);
    }
    cql2_run_end(&run);
    tr_arena_clear(&texts);
    return ok ? TR_OK : no_memory(err);
}

/* A property by itself: its rows, with nothing copied but the bits. */
static enum tr_status slice(const struct tr_column *c, size_t first, size_t n,
                            struct tr_arena *a, struct tr_column *out,
                            struct tr_error *err)
{
    struct tr_column col = *c;

    if (c->present) {
        uint64_t *bits = tr_arena_array(a, n / 64 + 1, sizeof *bits);

        if (!bits)
            return no_memory(err);
        copy_bits(c->present, first, n, bits);
        col.present = bits;
    }
    switch (c->type) {
    case TR_BOOLEAN: col.values.booleans += first; break;
    case TR_INTEGER:
    case TR_INSTANT: col.values.integers += first; break;
    case TR_NUMBER: col.values.numbers += first; break;
    case TR_DATE: col.values.dates += first; break;
    case TR_TEXT: col.values.codes += first; break;
    case TR_LIST: col.list_starts += first; break;
    case TR_GEOMETRY: col.values.geometries += first; break;
    }
    *out = col;
    return TR_OK;
}

static int64_t us_to_seconds(int64_t us)
{
    int64_t s = us / US_PER_SECOND;

    return us % US_PER_SECOND < 0 ? s - 1 : s;
}

static bool put_row(struct tr_column_builder *b, enum tr_type type, size_t row,
                    const struct cql2_vec *v, size_t i)
{
    switch (type) {
    case TR_BOOLEAN: return tr_column_put_bool(b, row, cql2_bit(v->truth, i));
    case TR_INTEGER:
    case TR_DATE: return tr_column_put_int(b, row, v->integers[i]);
    case TR_INSTANT:
        return tr_column_put_int(b, row, us_to_seconds(v->integers[i]));
    case TR_NUMBER: return tr_column_put_number(b, row, v->numbers[i]);
    case TR_TEXT: return tr_column_put_text(b, row, v->texts[i]);
    case TR_LIST:
    case TR_GEOMETRY: break;
    }
    return false;
}

static bool put_block(struct tr_column_builder *b, const struct cql2_expr *e,
                      struct cql2_run *run, size_t row)
{
    const struct cql2_vec *v = cql2_value(e, run);

    for (size_t i = 0; v && i < run->n; i++) {
        if (cql2_bit(v->present, i) && !put_row(b, e->type, row + i, v, i))
            return false;
    }
    return v;
}

enum tr_status tr_cql2_values(const struct tr_cql2_bound *b, size_t first,
                              size_t last, struct tr_arena *a,
                              struct tr_column *out, struct tr_error *err)
{
    const struct cql2_expr *e = b->root;
    struct tr_arena texts;
    struct cql2_run run;
    enum tr_status st = TR_OK;

    if (e->is_column)
        return slice(e->column, first, last - first, a, out, err);

    struct tr_column_builder *builder =
        tr_column_builder_new(a, "value", e->type);

    if (!builder || !cql2_run_start(&run, b, last - first, a, &texts))
        return no_memory(err);
    tr_arena_init(&texts, BLOCK_TEXT_LIMIT);
    for (size_t at = first; at < last && !st; at += CQL2_BLOCK) {
        cql2_run_block(&run, at,
                       last - at < CQL2_BLOCK ? last - at : CQL2_BLOCK);
        if (!put_block(builder, e, &run, at - first))
            st = no_memory(err);
        tr_arena_clear(&texts);
    }
    cql2_run_end(&run);
    tr_arena_clear(&texts);
    if (!st)
        st = tr_column_finish(builder, last - first, out, err);
    if (!st)
        out->tier = b->tier;
    return st;
}
