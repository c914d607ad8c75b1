/* estate.c - see estate.h */
#include "support/estate.h"

#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <string.h>

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed >> 11;
}

static int below(uint64_t *seed, int n)
{
    return (int)(next(seed) % (uint64_t)n);
}

static void make_site(struct estate_site *s, int i, uint64_t *seed)
{
    snprintf(s->id, sizeof s->id, "t-%04u%02u",
             (unsigned)below(seed, 10000) % 10000, (unsigned)i % 100);
    s->located = below(seed, 8) != 0;
    s->e = below(seed, 5000000) - 500000;
    s->n = below(seed, 5000000) - 500000;
    s->precision_m = below(seed, 2) ? 0 : below(seed, 200);
    s->services = (unsigned)below(seed, 1 << ESTATE_SERVICES);
    s->services &= (unsigned)below(seed, 1 << ESTATE_SERVICES);
    s->partners = 1u << below(seed, ESTATE_PARTNERS);
    if (below(seed, 4) == 0)
        s->partners |= 1u << below(seed, ESTATE_PARTNERS);
    s->condition = below(seed, 5) - 1;
    s->years_old = below(seed, 12) - 1;
    s->area = below(seed, 4) ? below(seed, 2000) + 1 : -1;
    s->use = below(seed, 4) - 1;
    s->cost = below(seed, 4) ? below(seed, 90000) : -1;
    s->land = below(seed, 12) == 0 ? 1 : below(seed, 4) ? 0 : -1;
}

static void make_row(struct estate_row *r, uint64_t *seed)
{
    r->e = below(seed, 4000000);
    r->n = below(seed, 4000000);
    r->precision_m = below(seed, 3) ? 0 : below(seed, 150);
    r->services = (unsigned)below(seed, 64);
    r->area = below(seed, ESTATE_AREAS + 1) - 1;
}

void estate_make(struct estate *out, uint64_t seed)
{
    uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;

    memset(out, 0, sizeof *out);
    for (int i = 0; i < ESTATE_SITES; i++)
        make_site(&out->sites[i], i, &state);
    for (int i = 0; i < ESTATE_STOPS; i++)
        make_row(&out->stops[i], &state);
    for (int i = 0; i < ESTATE_POSTCODES; i++)
        make_row(&out->postcodes[i], &state);
    for (int i = 0; i < ESTATE_AREAS; i++) {
        out->people[i] = below(&state, 6) ? 1000 + below(&state, 900) : -1;
        out->decile[i] = 1 + below(&state, 10);
    }
    out->border_mm = 4000000;
    out->cover_sites = seed % 2;
}

/* ---- the snapshot ---- */

static void *array(struct tr_arena *a, size_t n, size_t size)
{
    void *p = tr_arena_array(a, n + 1, size);

    assert(p);
    return p;
}

static void shuffle(size_t *order, size_t n, uint64_t seed)
{
    uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;

    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; seed && i > 1; i--) {
        size_t j = (size_t)below(&state, (int)i), t = order[i - 1];

        order[i - 1] = order[j];
        order[j] = t;
    }
}

static size_t bits_to_names(unsigned bits, char letter, char names[8][2],
                            const char *items[8])
{
    size_t n = 0;

    for (int k = 0; k < 8; k++) {
        if (!(bits >> k & 1))
            continue;
        names[n][0] = (char)(letter + k);
        names[n][1] = '\0';
        items[n] = names[n];
        n++;
    }
    return n;
}

static void put_bits(struct tr_column_builder *b, size_t row, unsigned bits,
                     char letter)
{
    char names[8][2];
    const char *items[8];
    size_t n = bits_to_names(bits, letter, names, items);

    if (n)
        tr_column_put_list(b, row, items, n);
}

static void put_letter(struct tr_column_builder *b, size_t row, int k,
                       char letter)
{
    char text[2] = { (char)(letter + k), '\0' };

    if (k >= 0)
        tr_column_put_text(b, row, text);
}

enum { ID, SERVICES, PARTNERS, CONDITION, DATE, AREA, USE, COST, HOLDING, N };

static void fill_sites(struct tr_table *t, const struct estate *e,
                       const size_t *order, struct tr_arena *a)
{
    static const char *const names[N] = {
        "site_id",   "services",         "partners",
        "condition", "condition_date",   "floor_area_m2",
        "use",       "running_cost_gbp", "holding_type"
    };
    static const enum tr_type types[N] = { TR_TEXT, TR_LIST,   TR_LIST,
                                           TR_TEXT, TR_DATE,   TR_NUMBER,
                                           TR_TEXT, TR_NUMBER, TR_TEXT };
    struct tr_column_builder *b[N];
    struct tr_column *columns = array(a, N, sizeof *columns);

    for (int k = 0; k < N; k++)
        b[k] = tr_column_builder_new(a, names[k], types[k]);
    for (size_t r = 0; r < ESTATE_SITES; r++) {
        const struct estate_site *s = &e->sites[order[r]];

        tr_column_put_text(b[ID], r, s->id);
        put_bits(b[SERVICES], r, s->services, 'a');
        put_bits(b[PARTNERS], r, s->partners, 'p');
        put_letter(b[CONDITION], r, s->condition, 'A');
        if (s->years_old >= 0)
            tr_column_put_int(b[DATE], r, ESTATE_AS_OF - 366 * s->years_old);
        if (s->area >= 0)
            tr_column_put_number(b[AREA], r, s->area);
        put_letter(b[USE], r, s->use, 'u');
        if (s->cost >= 0)
            tr_column_put_number(b[COST], r, s->cost);
        if (s->land >= 0)
            tr_column_put_text(b[HOLDING], r, s->land ? "land" : "building");
    }
    for (int k = 0; k < N; k++)
        assert(tr_column_finish(b[k], ESTATE_SITES, &columns[k], NULL) == 0);
    *t = (struct tr_table){ ESTATE_SITES, N, columns };
}

static void place_rows(struct tr_layer *l, const struct estate_row *rows,
                       size_t n, const size_t *order, struct tr_arena *a)
{
    struct tr_position *p = array(a, n, sizeof *p);
    uint16_t *precision = array(a, n, sizeof *precision);
    uint8_t *has = array(a, n, 1);

    for (size_t r = 0; r < n; r++) {
        p[r].e_mm = rows[order[r]].e;
        p[r].n_mm = rows[order[r]].n;
        precision[r] = (uint16_t)rows[order[r]].precision_m;
        has[r] = 1;
    }
    l->kind = "points";
    l->n_rows = n;
    l->positions = p;
    l->precision_m = precision;
    l->has_position = has;
    l->as_of = TR_NO_DATE;
}

static void make_stops(struct tr_layer *l, const struct estate *e,
                       uint64_t order_seed, struct tr_arena *a)
{
    size_t order[ESTATE_STOPS];
    struct tr_column *columns = array(a, 1, sizeof *columns);
    struct tr_column_builder *b = tr_column_builder_new(a, "lines", TR_LIST);

    shuffle(order, ESTATE_STOPS, order_seed);
    l->name = "stops";
    place_rows(l, e->stops, ESTATE_STOPS, order, a);
    for (size_t r = 0; r < ESTATE_STOPS; r++)
        put_bits(b, r, e->stops[order[r]].services, 'k');
    assert(tr_column_finish(b, ESTATE_STOPS, columns, NULL) == 0);
    l->table = (struct tr_table){ ESTATE_STOPS, 1, columns };
    l->covers = "borough";
    l->barred = e->bar_stops;
}

static void make_postcodes(struct tr_layer *l, const struct estate *e,
                           uint64_t order_seed, struct tr_arena *a)
{
    size_t order[ESTATE_POSTCODES];
    struct tr_column *columns = array(a, 2, sizeof *columns);
    struct tr_column_builder *people =
        tr_column_builder_new(a, "lsoas.people", TR_NUMBER);
    struct tr_column_builder *decile =
        tr_column_builder_new(a, "lsoas.decile", TR_INTEGER);
    int32_t *area = array(a, ESTATE_POSTCODES, sizeof *area);
    const int32_t **areas = array(a, 2, sizeof *areas);

    shuffle(order, ESTATE_POSTCODES, order_seed);
    l->name = "postcodes";
    place_rows(l, e->postcodes, ESTATE_POSTCODES, order, a);
    for (size_t r = 0; r < ESTATE_POSTCODES; r++) {
        int k = area[r] = e->postcodes[order[r]].area;

        if (k >= 0 && e->people[k] >= 0)
            tr_column_put_number(people, r, e->people[k]);
        if (k >= 0)
            tr_column_put_int(decile, r, e->decile[k]);
    }
    assert(!tr_column_finish(people, ESTATE_POSTCODES, &columns[0], NULL));
    assert(!tr_column_finish(decile, ESTATE_POSTCODES, &columns[1], NULL));
    l->table = (struct tr_table){ ESTATE_POSTCODES, 2, columns };
    areas[1] = area;
    l->areas = areas;
}

static void make_sets(struct tr_snapshot *s, const struct estate *e,
                      struct tr_arena *a)
{
    struct tr_area_set *sets = array(a, 2, sizeof *sets);
    struct tr_geometry *g = array(a, 1, sizeof *g);
    const struct tr_geometry **list = array(a, 1, sizeof *list);
    struct tr_position *p = array(a, 5, sizeof *p);
    uint32_t *parts = array(a, 2, sizeof *parts);
    uint32_t *polygons = array(a, 2, sizeof *polygons);

    p[1].e_mm = p[2].e_mm = p[2].n_mm = p[3].n_mm = e->border_mm;
    parts[1] = 5;
    polygons[1] = 1;
    *g = (struct tr_geometry){ TR_POLYGON, 5, 1, 1, p, parts, polygons };
    list[0] = g;
    sets[0] = (struct tr_area_set){ .id = "borough-1",
                                    .set = "borough",
                                    .vintage = "1",
                                    .latest = true,
                                    .n = 1,
                                    .geometries = list };
    sets[1] = (struct tr_area_set){ .id = "lsoas-1",
                                    .set = "lsoas",
                                    .vintage = "1",
                                    .latest = true,
                                    .n = ESTATE_AREAS };
    s->area_sets = sets;
    s->n_area_sets = 2;
}

static void locate_sites(struct tr_snapshot *s, const struct estate *e,
                         const size_t *order, struct tr_arena *a)
{
    const char **ids = array(a, ESTATE_SITES, sizeof *ids);
    struct tr_position *p = array(a, ESTATE_SITES, sizeof *p);
    uint16_t *precision = array(a, ESTATE_SITES, sizeof *precision);
    uint32_t *first = array(a, ESTATE_SITES + 1, sizeof *first);
    struct tr_occupation *o = array(a, ESTATE_SITES, sizeof *o);

    for (size_t r = 0; r < ESTATE_SITES; r++) {
        const struct estate_site *site = &e->sites[order[r]];

        ids[r] = site->id;
        p[r].e_mm = site->e;
        p[r].n_mm = site->n;
        precision[r] = (uint16_t)site->precision_m;
        first[r + 1] = (uint32_t)r + 1;
        o[r] = (struct tr_occupation){ .site_id = site->id,
                                       .layer = 1,
                                       .organisation = -1,
                                       .missing_since = TR_NO_DATE,
                                       .as_of = ESTATE_AS_OF,
                                       .joined_row = TR_NO_ROW };
        s->n_located += site->located;
    }
    s->n_sites = ESTATE_SITES;
    s->site_ids = ids;
    s->positions = p;
    s->precision_m = precision;
    s->first_occupation = first;
    s->occupations = o;
}

/* Located sites first, as a snapshot has them. */
static void order_sites(const struct estate *e, uint64_t seed, size_t *out)
{
    size_t mixed[ESTATE_SITES], n = 0;

    shuffle(mixed, ESTATE_SITES, seed);
    for (int located = 1; located >= 0; located--) {
        for (size_t i = 0; i < ESTATE_SITES; i++) {
            if (e->sites[mixed[i]].located == located)
                out[n++] = mixed[i];
        }
    }
}

struct tr_snapshot *estate_snapshot(const struct estate *e, uint64_t order,
                                    struct tr_arena *a)
{
    struct tr_snapshot *s = array(a, 1, sizeof *s);
    struct tr_layer *layers = array(a, 3, sizeof *layers);
    size_t sites[ESTATE_SITES];

    order_sites(e, order, sites);
    make_postcodes(&layers[0], e, order, a);
    layers[1] =
        (struct tr_layer){ .name = "register",
                           .kind = "sites",
                           .as_of = TR_NO_DATE,
                           .covers = e->cover_sites ? "borough" : NULL };
    make_stops(&layers[2], e, order, a);
    s->layers = layers;
    s->n_layers = 3;
    make_sets(s, e, a);
    locate_sites(s, e, sites, a);
    fill_sites(&s->sites, e, sites, a);
    s->as_of = ESTATE_AS_OF;
    s->arena = a;
    return s;
}

size_t estate_row_of(const struct tr_snapshot *s, const char *id)
{
    for (size_t i = 0; i < s->n_sites; i++) {
        if (strcmp(s->site_ids[i], id) == 0)
            return i;
    }
    return SIZE_MAX;
}
