/* column_fill.c - see column_fill.h */
#include "model/column_fill.h"

#include <math.h>
#include <string.h>

struct fill_piece {
    size_t first, last; /* rows */
    uint32_t n;         /* texts, by their number within the piece */
    const char **texts;
    uint32_t *hashes; /* later: the texts' numbers within the column */
    size_t n_items;   /* TR_LIST */
    uint32_t *items;  /* likewise: numbers within the piece */
};

struct fill_draft { /* of the piece that is being filled */
    struct text_set texts;
    struct text_pool pool; /* of the column's texts of this hand */
    uint32_t *items;
    size_t n_items, items_size;
};

bool fill_init(struct column_fill *f, size_t n_columns, size_t n_rows,
               size_t n_pieces, struct tr_arena *scratch)
{
    *f = (struct column_fill){ .n_rows = n_rows,
                               .n_pieces = n_pieces,
                               .n_columns = n_columns };
    f->columns = tr_arena_array(scratch, n_columns, sizeof *f->columns);
    return f->columns != NULL;
}

static void forget_texts(void *p)
{
    tr_arena_clear(p);
}

/* Texts are gathered by column, so that those of a column in which few are
 * alike can stay where they are. */
static bool start_texts(struct fill_column *c, unsigned n_hands,
                        struct tr_arena *scratch)
{
    c->texts = tr_arena_array(scratch, n_hands, sizeof *c->texts);
    if (!c->texts)
        return false;
    for (unsigned i = 0; i < n_hands; i++) {
        tr_arena_init(&c->texts[i], SIZE_MAX);
        if (tr_arena_defer(scratch, forget_texts, &c->texts[i]))
            return false;
    }
    return true;
}

bool fill_start(struct column_fill *f, unsigned n_hands, struct tr_arena *keep,
                struct tr_arena *scratch)
{
    f->n_hands = n_hands;
    for (size_t k = 0; k < f->n_columns; k++) {
        struct fill_column *c = &f->columns[k];
        struct tr_arena *a = c->type == TR_LIST ? scratch : keep;

        c->values = tr_arena_array(a, f->n_rows, tr_type_size(c->type));
        c->present = tr_arena_array(scratch, f->n_rows, 1);
        c->pieces = tr_arena_array(scratch, f->n_pieces, sizeof *c->pieces);
        if (!c->values || !c->present || !c->pieces ||
            !start_texts(c, n_hands, scratch))
            return false;
    }
    return true;
}

bool fill_hand_init(struct fill_hand *h, struct column_fill *f, unsigned hand,
                    struct tr_arena *scratch)
{
    *h = (struct fill_hand){ .fill = f, .scratch = scratch };
    h->drafts = tr_arena_array(scratch, f->n_columns, sizeof *h->drafts);
    for (size_t k = 0; h->drafts && k < f->n_columns; k++) {
        h->drafts[k].pool.arena = &f->columns[k].texts[hand];
        text_set_init(&h->drafts[k].texts, scratch, &h->drafts[k].pool);
    }
    return h->drafts != NULL;
}

/* ---- one value ---- */

static bool add_item(struct fill_draft *d, struct tr_arena *a, uint32_t number)
{
    if (d->n_items == d->items_size) {
        size_t size = d->items_size ? d->items_size * 2 : 1024;
        uint32_t *items = tr_arena_array(a, size, sizeof *items);

        if (!items)
            return false;
        if (d->n_items)
            memcpy(items, d->items, d->n_items * sizeof *items);
        d->items = items;
        d->items_size = size;
    }
    d->items[d->n_items++] = number;
    return true;
}

static bool put_list(struct fill_hand *h, struct fill_draft *d,
                     const struct tr_value *v)
{
    for (size_t i = 0; i < v->is.list.n; i++) {
        uint32_t number;

        if (!text_set_add(&d->texts, v->is.list.items[i], &number) ||
            !add_item(d, h->scratch, number))
            return false;
    }
    return v->is.list.n <= UINT32_MAX;
}

bool fill_put(struct fill_hand *h, size_t column, size_t row,
              const struct tr_value *v)
{
    struct fill_column *c = &h->fill->columns[column];
    struct fill_draft *d = &h->drafts[column];

    switch (c->type) {
    case TR_BOOLEAN: ((uint8_t *)c->values)[row] = v->is.boolean; break;
    case TR_INTEGER:
    case TR_INSTANT: ((int64_t *)c->values)[row] = v->is.integer; break;
    case TR_NUMBER:
        /* What is not a number is missing, as in tr_column_put_number(). */
        if (!isfinite(v->is.number))
            return true;
        ((double *)c->values)[row] = v->is.number;
        break;
    case TR_DATE: ((int32_t *)c->values)[row] = v->is.date; break;
    case TR_TEXT:
        if (!text_set_add(&d->texts, v->is.text, &((uint32_t *)c->values)[row]))
            return false;
        break;
    case TR_LIST:
        ((uint32_t *)c->values)[row] = (uint32_t)v->is.list.n;
        if (!put_list(h, d, v))
            return false;
        break;
    case TR_GEOMETRY: return true;
    }
    c->present[row] = 1;
    return true;
}

static void *copy_of(struct tr_arena *a, const void *from, size_t n,
                     size_t size)
{
    void *to = tr_arena_array(a, n, size);

    if (to && n)
        memcpy(to, from, n * size);
    return to;
}

bool fill_end_piece(struct fill_hand *h, size_t piece, size_t first,
                    size_t last)
{
    for (size_t k = 0; k < h->fill->n_columns; k++) {
        struct fill_column *c = &h->fill->columns[k];
        struct fill_draft *d = &h->drafts[k];
        struct fill_piece *p = &c->pieces[piece];
        struct text_set *s = &d->texts;

        *p = (struct fill_piece){ first, last, s->n, NULL, NULL, 0, NULL };
        p->n_items = d->n_items;
        d->n_items = 0;
        p->items = copy_of(h->scratch, d->items, p->n_items, sizeof *p->items);
        p->texts = copy_of(h->scratch, s->texts, s->n, sizeof *p->texts);
        p->hashes = copy_of(h->scratch, s->hashes, s->n, sizeof *p->hashes);
        if (!p->items || !p->texts || !p->hashes)
            return false;
        text_set_reset(s);
    }
    return true;
}

/* ---- a whole column ---- */

#define AHEAD 12 /* texts whose places are being fetched */

/* Number the column's texts: by piece, and within one by first use. */
static bool number_texts(const struct fill_column *c, size_t n_pieces,
                         struct text_set *all)
{
    size_t most = 0;

    for (size_t p = 0; p < n_pieces; p++)
        most += c->pieces[p].n;
    if (!text_set_reserve(all, most + 1))
        return false;
    for (size_t p = 0; p < n_pieces; p++) {
        const struct fill_piece *piece = &c->pieces[p];

        for (uint32_t i = 0; i < piece->n; i++) {
            if (i + AHEAD < piece->n)
                text_set_expect(all, piece->hashes[i + AHEAD]);
            if (!text_set_add_hashed(all, piece->texts[i], piece->hashes[i],
                                     &piece->hashes[i]))
                return false;
        }
    }
    return true;
}

/* From a text's number within its piece to its code. Rows without a value hold
 * code 0, which may not exist. */
static void recode(const struct fill_piece *p, const uint32_t *place,
                   const uint8_t *present, uint32_t *codes, size_t n)
{
    for (uint32_t i = 0; place && i < p->n; i++)
        p->hashes[i] = place[p->hashes[i]];
    for (size_t i = 0; i < n; i++)
        codes[i] = !present || present[i] ? p->hashes[codes[i]] : 0;
}

static bool finish_texts(const struct column_fill *f,
                         const struct fill_column *c, struct tr_arena *keep,
                         struct tr_arena *scratch, struct tr_column *out,
                         const uint32_t **place)
{
    struct text_set all;

    text_set_init(&all, scratch, NULL);
    if (!number_texts(c, f->n_pieces, &all) ||
        !text_set_dict(&all, keep, &out->dict, place))
        return false;
    if (all.n < all.size / 2)
        return texts_pack(out->dict, keep);
    for (unsigned i = 0; i < f->n_hands; i++)
        tr_arena_adopt(keep, &c->texts[i]);
    return true;
}

static bool finish_text_column(const struct column_fill *f,
                               const struct fill_column *c,
                               struct tr_arena *keep, struct tr_arena *scratch,
                               struct tr_column *out)
{
    const uint32_t *place;
    uint32_t *codes = c->values;

    if (!finish_texts(f, c, keep, scratch, out, &place))
        return false;
    for (size_t p = 0; p < f->n_pieces; p++) {
        const struct fill_piece *piece = &c->pieces[p];

        recode(piece, place, c->present + piece->first, codes + piece->first,
               piece->last - piece->first);
    }
    out->values.codes = codes;
    return true;
}

static bool finish_list_column(const struct column_fill *f,
                               const struct fill_column *c,
                               struct tr_arena *keep, struct tr_arena *scratch,
                               struct tr_column *out)
{
    const uint32_t *counts = c->values, *place;
    uint32_t *starts = tr_arena_array(keep, f->n_rows + 1, sizeof *starts);
    size_t n_items = 0, at = 0;

    for (size_t p = 0; p < f->n_pieces; p++)
        n_items += c->pieces[p].n_items;

    uint32_t *codes = tr_arena_array(keep, n_items, sizeof *codes);

    if (!starts || !codes || n_items > UINT32_MAX ||
        !finish_texts(f, c, keep, scratch, out, &place))
        return false;
    for (size_t i = 0; i < f->n_rows; i++)
        starts[i + 1] = starts[i] + counts[i];
    for (size_t p = 0; p < f->n_pieces; p++) {
        const struct fill_piece *piece = &c->pieces[p];

        if (piece->n_items)
            memcpy(codes + at, piece->items, piece->n_items * sizeof *codes);
        recode(piece, place, NULL, codes + at, piece->n_items);
        at += piece->n_items;
    }
    out->values.codes = codes;
    out->list_starts = starts;
    return true;
}

enum tr_status fill_finish(const struct column_fill *f, size_t column,
                           struct tr_arena *keep, struct tr_arena *scratch,
                           struct tr_column *out, struct tr_error *err)
{
    const struct fill_column *c = &f->columns[column];
    struct tr_column to = { .name = c->name,
                            .title = c->title,
                            .unit = c->unit,
                            .type = c->type,
                            .tier = c->tier };
    bool ok = tr_present_bits(c->present, f->n_rows, keep, &to.present);

    switch (c->type) {
    case TR_BOOLEAN: to.values.booleans = c->values; break;
    case TR_INTEGER:
    case TR_INSTANT: to.values.integers = c->values; break;
    case TR_NUMBER: to.values.numbers = c->values; break;
    case TR_DATE: to.values.dates = c->values; break;
    case TR_TEXT:
        ok = ok && finish_text_column(f, c, keep, scratch, &to);
        break;
    case TR_LIST:
        ok = ok && finish_list_column(f, c, keep, scratch, &to);
        break;
    case TR_GEOMETRY: break;
    }
    if (!ok)
        return tr_fail(err, TR_ENOMEM, "no memory left for column '%s'",
                       c->name);
    *out = to;
    return TR_OK;
}
