/* small_world.c - see support/small_world.h */
#include "support/small_world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/input_layer.h"

#define WEST  (-25000000)
#define SOUTH 530000000
#define SIDE  10000000 /* of a square, in degrees x 1e7 */

static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static int32_t below(uint64_t *state, int32_t n)
{
    *state = mix(*state);
    return (int32_t)(*state % (uint64_t)n);
}

/* A plane of metres that is good enough for what lies where. */
static struct tr_position position_at(int32_t lon_e7, int32_t lat_e7)
{
    return (struct tr_position){ lon_e7, lat_e7, (lon_e7 - WEST) * 6,
                                 (lat_e7 - SOUTH) * 11 };
}

void small_world_row(uint64_t seed, const char *layer, size_t i,
                     struct world_row *out)
{
    static const char *const outwards[] = { "AA1", "AA2", "AA3", NULL };
    uint64_t r = mix(seed ^ (uint64_t)layer[0] << 32 ^ i);
    struct world_row row = { .tier = (enum tr_tier)below(&r, 3) };

    snprintf(row.key, sizeof row.key, "%c%03zu", layer[0], i % 1000);
    row.has_name = below(&r, 4) > 0;
    snprintf(row.name, sizeof row.name, "%s %d", layer, below(&r, 30));
    row.has_position = below(&r, 5) > 0;
    row.withheld = !row.has_position && below(&r, 4) == 0;
    if (!row.has_position && !row.withheld)
        row.outward = outwards[below(&r, 4)];
    row.precision_m = (uint16_t)(below(&r, 3) * 50);

    /* One in six stands where others stand, the rest anywhere, also outside. */
    int32_t lon = WEST + below(&r, SIDE * 5 / 2) - SIDE / 4;
    int32_t lat = SOUTH + below(&r, SIDE * 5 / 2) - SIDE / 4;

    row.position = below(&r, 6) ? position_at(lon, lat)
                                : position_at(WEST + 777, SOUTH + 777);
    *out = row;
}

enum tr_class small_world_class(uint64_t number)
{
    static const enum tr_class of[] = { TR_KEY, TR_CORE, TR_SURPLUS,
                                        TR_NO_CLASS };

    return of[number % 4];
}

/* ---- records ---- */

static const struct tr_schema_field site_fields[] = {
    { "name", "Name", NULL, TR_TEXT, TR_PUBLIC },
    { "annual_rent_gbp", "Rent", "GBP a year", TR_NUMBER, TR_RESTRICTED },
};
static const struct tr_schema site_schema = { 2, site_fields };
static const struct tr_schema_field area_fields[] = {
    { "code", "Code", NULL, TR_TEXT, TR_PUBLIC },
    { "name", "Name", NULL, TR_TEXT, TR_PUBLIC },
};
static const struct tr_schema area_schema = { 2, area_fields };
static const struct tr_schema no_schema = { 0, area_fields };

/* ---- layers ---- */

static struct tr_input_layer layer_of(const char *name, const char *kind,
                                      uint32_t place, size_t n,
                                      struct tr_arena *a)
{
    struct tr_input_layer l = input_layer(name, kind, n, a);

    l.about.place = place;
    return l;
}

static const struct tr_geometry *box(int32_t west, int32_t south, int32_t east,
                                     int32_t north, struct tr_arena *a)
{
    const int32_t corners[5][2] = { { west, south },
                                    { east, south },
                                    { east, north },
                                    { west, north },
                                    { west, south } };
    struct tr_position p[5];

    for (int i = 0; i < 5; i++)
        p[i] = position_at(corners[i][0], corners[i][1]);
    return input_polygon(p, 5, a);
}

static void fill_sites(struct tr_input_layer *l, const struct small_world *w,
                       struct tr_arena *a)
{
    for (size_t i = 0; i < l->n_rows; i++) {
        struct world_row r;
        struct tr_input_row *to = &l->rows[i];

        small_world_row(w->seed, l->about.name, i, &r);

        const char *name = tr_arena_text(a, r.name, strlen(r.name));
        const struct tr_value values[] = {
            { .type = TR_TEXT, .present = r.has_name, .is.text = name },
            { .type = TR_NUMBER, .present = i % 2, .is.number = (double)i },
        };

        to->key = tr_arena_text(a, r.key, strlen(r.key));
        to->tier = r.tier;
        to->source_row = (long)i + 2;
        to->coord_source = r.has_position ? "given" : "none";
        to->has_position = r.has_position;
        to->withheld = r.withheld;
        to->outward = r.outward;
        to->precision_m = r.precision_m;
        to->position = r.position;
        input_row_write(to, &site_schema, values, a);
        if (w->footprint_e7 && i < 30 && r.has_position &&
            strcmp(l->about.name, "alpha") == 0)
            to->geometry = box(r.position.lon_e7, r.position.lat_e7,
                               r.position.lon_e7 + w->footprint_e7,
                               r.position.lat_e7 + w->footprint_e7, a);
    }
}

static const struct tr_geometry *square(int32_t west, int32_t south,
                                        int32_t north, struct tr_arena *a)
{
    return box(west, south, west + SIDE, north, a);
}

static struct tr_input_layer squares(const struct small_world *w,
                                     const char *name, uint32_t place,
                                     struct tr_arena *a)
{
    static const char *const codes[] = { "A", "B", "C", "D" };
    struct tr_input_layer l = layer_of(name, "areas", place, 4, a);

    l.about.set = "squares";
    l.about.vintage = "2020";
    for (int i = 0; i < 4; i++) {
        const struct tr_value values[] = {
            { .type = TR_TEXT, .present = true, .is.text = codes[i] },
            { .type = TR_TEXT, .present = true, .is.text = codes[i] },
        };
        int32_t west = WEST + i % 2 * SIDE, south = SOUTH + i / 2 * SIDE;
        int32_t north = south + SIDE + (i == 2 ? w->north_edge_e7 : 0);

        l.rows[i].key = codes[i];
        l.rows[i].coord_source = "none";
        l.rows[i].geometry = square(west, south, north, a);
        input_row_write(&l.rows[i], &area_schema, values, a);
    }
    return l;
}

static struct tr_input_layer postcodes(struct tr_arena *a)
{
    static const char *const partial[] = { "AA3" };
    struct tr_input_layer l = layer_of("postcodes", "postcodes", 0, 120, a);

    l.partial = partial;
    l.n_partial = 1;
    for (int i = 0; i < 120; i++) {
        bool in_b = i == 0 || (i >= 40 && i < 60);
        struct tr_input_row *row = &l.rows[i];

        row->key = tr_arena_printf(a, "AA%d %dZZ", i / 40 + 1, i % 40);
        row->coord_source = "given";
        row->has_position = true;
        row->position = position_at(WEST + 1000 * (i + 1) + (in_b ? SIDE : 0),
                                    SOUTH + 5000);
        input_row_write(row, &no_schema, NULL, a);
    }
    return l;
}

static void shuffle_rows(struct tr_input_layer *l, uint64_t state)
{
    for (size_t i = l->n_rows; state && i > 1; i--) {
        size_t j = (size_t)below(&state, (int32_t)i);
        struct tr_input_row kept = l->rows[i - 1];

        l->rows[i - 1] = l->rows[j];
        l->rows[j] = kept;
    }
}

/* ---- places and classes ---- */

static enum tr_status read_places(const struct small_world *w,
                                  struct tr_arena *a,
                                  const struct tr_place **out,
                                  struct tr_error *err)
{
    struct tr_place_files north = { .links = w->links };
    struct tr_place_files south = {
        .place = "place: south\ntitle: South\nprefix: sou\n"
                 "time_zone: Europe/London\npurpose: none\n"
    };

    if (w->partners)
        north.organisations = "organisations:\n"
                              "  - {code: alpha, name: Alpha Trust}\n"
                              "  - {code: beta, name: Beta Council}\n";
    north.place = tr_arena_printf(a,
                                  "place: north\ntitle: North\nprefix: nor\n"
                                  "time_zone: Europe/London\npurpose: %s\n",
                                  w->purpose ? w->purpose : "a sentence");

    enum tr_status st = tr_place_parse(&north, a, &out[0], err);

    return st ? st : tr_place_parse(&south, a, &out[1], err);
}

static size_t add_results(const struct tr_input_layer *l, const char *prefix,
                          struct tr_input_result *out, struct tr_arena *a)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n_rows; i++) {
        const char *layer = l->about.name, *key = l->rows[i].key;
        enum tr_class c = small_world_class(tr_site_number(layer, key));
        char *id = tr_arena_alloc(a, 32);

        if (c == TR_NO_CLASS)
            continue;
        tr_site_id(prefix, layer, key, id);
        out[n++] = (struct tr_input_result){ id, tr_class_name(c), "{}" };
    }
    return n;
}

enum tr_status small_world_snapshot(const struct small_world *w,
                                    struct tr_snapshot **out,
                                    struct tr_error *err)
{
    struct tr_arena *a = malloc(sizeof *a);
    const struct tr_place **places; /* the snapshot keeps the list */
    struct tr_input_layer l[6];
    struct tr_input_result results[WORLD_ALPHA + WORLD_BETA + WORLD_GAMMA];
    struct tr_snapshot_input in = {
        .as_of = 20000,
        .n_places = 2,
        .n_layers = 5,
        .layers = l,
        .results = results,
        .threads = w->threads ? w->threads : 1,
    };

    tr_arena_init(a, SIZE_MAX);
    places = tr_arena_array(a, 2, sizeof *places);
    in.places = places;
    assert(!tr_audience_parse(w->audience ? w->audience : "operator",
                              &in.audience, NULL));
    l[0] = layer_of("alpha", "sites", 0, WORLD_ALPHA, a);
    l[1] = layer_of("beta", "sites", 0, WORLD_BETA, a);
    l[2] = layer_of("gamma", "sites", 1, WORLD_GAMMA, a);
    for (int i = 0; i < 3; i++)
        fill_sites(&l[i], w, a);
    for (int i = 0; w->partners && i < 2; i++)
        l[i].about.partner = l[i].about.name;
    l[3] = postcodes(a);
    l[4] = squares(w, "squares", 0, a);
    if (w->south_has_squares)
        l[in.n_layers++] = squares(w, "squares_south", 1, a);
    if (w->doubled)
        l[0].rows[1].key = l[0].rows[0].key;
    for (int i = 0; w->classes && i < 3; i++)
        in.n_results += add_results(&l[i], i < 2 ? "nor" : "sou",
                                    &results[in.n_results], a);
    for (size_t i = 0; i < in.n_layers; i++)
        shuffle_rows(&l[i], w->order);

    enum tr_status st = read_places(w, a, places, err);

    if (!st)
        return tr_snapshot_make(&in, a, out, err);
    tr_arena_clear(a);
    free(a);
    return st;
}
