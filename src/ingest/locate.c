/* locate.c - the position ladder: given coordinates, UPRN, full postcode,
 * outward code, none. See locate.h and load.h. */
#include "ingest/locate.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/convert.h"
#include "ingest/text_map.h"

#define AS_POSTCODE_MM       5000 /* this near its centroid, it is the centroid */
#define POSTCODE_PRECISION_M 100
#define UPRN_PRECISION_M     1

struct known { /* a layer that a dry run has read */
    struct known *next;
    enum store_kind kind;
    size_t n;
    const char **keys;
    struct tr_position *positions;
    const char *layer;
};

struct load_gazetteer {
    struct store *store;
    struct tr_arena *a;
    struct known *known;
};

struct spot {
    bool found;
    struct tr_position position;
};

struct wanted {          /* postcodes with their outward codes, or UPRNs */
    struct text_map map; /* value: index into spots */
    struct spot *spots;
    enum store_kind kind;
};

struct load_gazetteer *load_gazetteer_new(struct store *s, struct tr_arena *a)
{
    struct load_gazetteer *g = tr_arena_alloc(a, sizeof *g);

    if (g)
        *g = (struct load_gazetteer){ .store = s, .a = a };
    return g;
}

enum tr_status load_gazetteer_remember(struct load_gazetteer *g,
                                       const struct layer_load *l,
                                       struct tr_error *err)
{
    if (l->p->kind != STORE_POSTCODES && l->p->kind != STORE_UPRNS)
        return TR_OK;

    struct known *k = tr_arena_alloc(g->a, sizeof *k);

    if (!k)
        return layer_no_memory(l, err);
    *k = (struct known){
        .next = g->known,
        .kind = l->p->kind,
        .layer = l->p->layer,
        .keys = tr_arena_array(g->a, l->n_rows, sizeof *k->keys),
        .positions = tr_arena_array(g->a, l->n_rows, sizeof *k->positions),
    };
    if (!k->keys || !k->positions)
        return layer_no_memory(l, err);
    for (size_t i = 0; i < l->n_rows; i++) {
        if (l->rows[i].dropped || !l->rows[i].has_position)
            continue;
        k->keys[k->n] =
            tr_arena_text(g->a, l->rows[i].key, strlen(l->rows[i].key));
        k->positions[k->n] = l->rows[i].position;
        if (!k->keys[k->n++])
            return layer_no_memory(l, err);
    }
    g->known = k;
    return TR_OK;
}

/* ---- what is wanted ---- */

static bool was_read(const struct load_gazetteer *g, const char *layer)
{
    for (const struct known *k = g->known; k; k = k->next) {
        if (strcmp(k->layer, layer) == 0)
            return true;
    }
    return false;
}

/* Is there anything to look them up in? */
static enum tr_status is_any_known(const struct layer_load *l,
                                   enum store_kind kind, bool *out,
                                   struct tr_error *err)
{
    const struct store_layer *layers;
    struct tr_arena scratch;
    size_t n = 0;

    *out = false;
    for (const struct known *k = l->gazetteer->known; k; k = k->next)
        *out |= k->kind == kind;
    tr_arena_init(&scratch, l->options->max_memory);

    enum tr_status st =
        store_layers(l->gazetteer->store, &scratch, &layers, &n, err);

    for (size_t i = 0; !st && i < n; i++)
        *out |= layers[i].kind == kind && layers[i].current_load;
    tr_arena_clear(&scratch);
    return st;
}

static bool want(struct layer_load *l, struct wanted *w, const char *text,
                 bool borrow)
{
    if (text_map_find(&w->map, text))
        return true;

    const char *kept = borrow ? text : layer_keep(l, text);

    return kept && text_map_put(&w->map, kept, (uint32_t)w->map.n, NULL);
}

static enum tr_status want_all(struct layer_load *l, struct wanted *postcodes,
                               struct wanted *uprns, struct tr_error *err)
{
    bool postcodes_known, uprns_known;
    enum tr_status st = is_any_known(l, STORE_POSTCODES, &postcodes_known, err);

    if (!st)
        st = is_any_known(l, STORE_UPRNS, &uprns_known, err);
    if (st)
        return st;
    for (size_t i = 0; i < l->n_rows; i++) {
        const struct load_row *row = &l->rows[i];
        char outward[CONVERT_POSTCODE];

        if (row->postcode && postcodes_known) {
            convert_outward(row->postcode, outward);
            if (!want(l, postcodes, row->postcode, true) ||
                !want(l, postcodes, outward, false))
                return layer_no_memory(l, err);
        }
        if (row->uprn && uprns_known && !row->has_position &&
            !want(l, uprns, row->uprn, true))
            return layer_no_memory(l, err);
    }
    postcodes->spots =
        tr_arena_array(&l->keep, postcodes->map.n, sizeof *postcodes->spots);
    uprns->spots = tr_arena_array(&l->keep, uprns->map.n, sizeof *uprns->spots);
    return postcodes->spots && uprns->spots ? TR_OK : layer_no_memory(l, err);
}

/* ---- finding it ---- */

/* The first layer that knows a place is believed. */
static void note_spot(struct wanted *w, const char *key,
                      const struct tr_position *position)
{
    const struct text_map_entry *e = text_map_find(&w->map, key);
    char outward[CONVERT_POSTCODE];

    if (e && !w->spots[e->value].found)
        w->spots[e->value] = (struct spot){ true, *position };
    if (w->kind != STORE_POSTCODES || strlen(key) >= sizeof outward)
        return;
    convert_outward(key, outward);
    e = text_map_find(&w->map, outward);
    if (e)
        w->spots[e->value].found = true;
}

static enum tr_status note_row(void *context, const struct store_row *row,
                               struct tr_error *err)
{
    (void)err;
    if (row->has_position)
        note_spot(context, row->key, &row->position);
    return TR_OK;
}

static enum tr_status find_wanted(const struct layer_load *l, struct wanted *w,
                                  struct tr_error *err)
{
    struct load_gazetteer *g = l->gazetteer;
    const struct store_layer *layers;
    struct tr_arena scratch;
    size_t n;

    if (!w->map.n)
        return TR_OK;
    for (const struct known *k = g->known; k; k = k->next) {
        for (size_t i = 0; k->kind == w->kind && i < k->n; i++)
            note_spot(w, k->keys[i], &k->positions[i]);
    }
    tr_arena_init(&scratch, l->options->max_memory);

    enum tr_status st = store_layers(g->store, &scratch, &layers, &n, err);

    for (size_t i = 0; !st && i < n; i++) {
        if (layers[i].kind == w->kind && layers[i].current_load &&
            !layers[i].suspended && !was_read(g, layers[i].name))
            st = store_read_rows(g->store, layers[i].id, 0, note_row, w, err);
    }
    tr_arena_clear(&scratch);
    return st;
}

static const struct spot *spot_of(const struct wanted *w, const char *text)
{
    const struct text_map_entry *e = text ? text_map_find(&w->map, text) : NULL;

    return e && w->spots[e->value].found ? &w->spots[e->value] : NULL;
}

/* ---- the ladder ---- */

static bool is_near(const struct tr_position *a, const struct tr_position *b)
{
    int64_t de = (int64_t)a->e_mm - b->e_mm;
    int64_t dn = (int64_t)a->n_mm - b->n_mm;

    return de * de + dn * dn <= (int64_t)AS_POSTCODE_MM * AS_POSTCODE_MM;
}

/* What its owner left blank, and we derive, is for the partnership. */
static void put_at(struct load_row *row, const struct spot *spot,
                   enum store_coord_source source, int32_t precision_m)
{
    row->has_position = true;
    row->position = spot->position;
    row->coord_source = (uint8_t)source;
    row->precision_m = precision_m;
    if (row->blank && row->position_tier < TR_PARTNERSHIP)
        row->position_tier = TR_PARTNERSHIP;
}

static enum tr_status say_not_found(struct layer_load *l,
                                    const struct load_row *row)
{
    return layer_issue(
        l, (struct load_at){ row->file, row->number, NULL, row->postcode },
        "unknown postcode", STORE_NOTE, "no loaded layer of postcodes has it");
}

static enum tr_status place_row(struct layer_load *l, struct load_row *row,
                                const struct wanted *postcodes,
                                const struct wanted *uprns)
{
    bool full = row->postcode && strchr(row->postcode, ' ');
    const struct spot *postcode =
        full ? spot_of(postcodes, row->postcode) : NULL;
    const struct spot *uprn = spot_of(uprns, row->uprn);
    char outward[CONVERT_POSTCODE];

    if (row->has_position) {
        if (postcode && is_near(&row->position, &postcode->position)) {
            row->coord_source = STORE_POSTCODE_AS_GIVEN;
            row->precision_m = POSTCODE_PRECISION_M;
        }
        return TR_OK;
    }
    if (uprn) {
        put_at(row, uprn, STORE_UPRN, UPRN_PRECISION_M);
        return TR_OK;
    }
    if (postcode) {
        put_at(row, postcode, STORE_POSTCODE, POSTCODE_PRECISION_M);
        return TR_OK;
    }
    if (!row->postcode)
        return TR_OK;
    convert_outward(row->postcode, outward);
    if (spot_of(postcodes, outward)) {
        row->outward = true;
        row->coord_source = STORE_OUTWARD;
        if (row->blank && row->position_tier < TR_PARTNERSHIP)
            row->position_tier = TR_PARTNERSHIP;
    }
    return full ? say_not_found(l, row) : TR_OK;
}

enum tr_status layer_locate(struct layer_load *l, struct tr_error *err)
{
    struct wanted postcodes = { .kind = STORE_POSTCODES };
    struct wanted uprns = { .kind = STORE_UPRNS };

    if (l->p->kind != STORE_SITES && l->p->kind != STORE_POINTS)
        return TR_OK;

    enum tr_status st = want_all(l, &postcodes, &uprns, err);

    if (!st)
        st = find_wanted(l, &postcodes, err);
    if (!st)
        st = find_wanted(l, &uprns, err);
    for (size_t i = 0; !st && i < l->n_rows; i++) {
        if (place_row(l, &l->rows[i], &postcodes, &uprns))
            st = layer_no_memory(l, err);
    }
    text_map_free(&postcodes.map);
    text_map_free(&uprns.map);
    return st;
}
