/* bench_growth.c N STORE - a store of N invented sites in clusters, of ten
 * partners, with postcodes and areas, written through store.h; then how long
 * its snapshot takes to make, what it holds, what the process held at most.
 * Lines as tests/bench/README.md says; medians of five. Everything follows from
 * one seed: the same N gives the same sites. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terrier/hash.h"
#include "terrier/record.h"

#define LAYERS      10
#define CLUSTERS    400
#define SIDE_MM     400000000 /* of the square that all of it lies in */
#define AREAS_A_ROW 40
#define AS_OF       20000

/* ---- chance, from a seed ---- */

/* The k-th number drawn for item i, below `below`. */
static uint32_t draw(uint64_t i, uint64_t k, uint32_t below)
{
    return (uint32_t)((mix(mix(i) + k) >> 32) * below >> 32);
}

/* Towns of all sizes: within one, most lie near the middle. */
static int32_t near_town(uint64_t i, uint64_t axis)
{
    uint64_t town =
        (uint64_t)draw(i, 1, CLUSTERS) * draw(i, 2, CLUSTERS) / CLUSTERS;
    int64_t middle = draw(town, 100 + axis, SIDE_MM - 40000000) + 20000000;
    int64_t spread = (int64_t)draw(town, 102, 15000000) + 1000000;
    int64_t off = 0;

    for (uint64_t k = 0; k < 4; k++)
        off +=
            (int64_t)draw(i, 10 + axis * 4 + k, (uint32_t)spread) - spread / 2;
    return (int32_t)(middle + off / 2);
}

static struct tr_position place(int32_t e, int32_t n)
{
    /* Flat, but near enough for a map: 1 degree is 111 km of northing. */
    return (struct tr_position){ .lon_e7 = -60000000 + (int32_t)(e / 6.7),
                                 .lat_e7 = 500000000 + (int32_t)(n / 11.1),
                                 .e_mm = e,
                                 .n_mm = n };
}

/* ---- what a site says ---- */

static const char *const uses[] = { "school",        "library", "office",
                                    "clinic",        "depot",   "hall",
                                    "workshop",      "museum",  "fire station",
                                    "leisure centre" };
static const char *const tenures[] = { "freehold", "leasehold", "licence" };
static const char *const bands[] = { "A", "B", "C", "D", "E", "F", "G" };
static const char *const words[] = {
    "Old",   "New",    "High", "Mill", "Park",
    "Green", "Church", "Lake", "Hill", "Ferry"
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

enum {
    NAME,
    UPRN,
    ADDRESS,
    POSTCODE,
    USE,
    SERVICES,
    PUBLIC_,
    TENURE,
    FLOOR,
    CONDITION,
    SURVEYED,
    COST,
    BAND,
    PLACES,
    FIELDS
};

static const struct tr_schema_field fields[FIELDS] = {
    [NAME] = { .name = "name", .type = TR_TEXT },
    [UPRN] = { .name = "uprn", .type = TR_TEXT },
    [ADDRESS] = { .name = "address", .type = TR_TEXT },
    [POSTCODE] = { .name = "postcode", .type = TR_TEXT },
    [USE] = { .name = "use", .type = TR_TEXT },
    [SERVICES] = { .name = "services", .type = TR_LIST },
    [PUBLIC_] = { .name = "public_facing", .type = TR_BOOLEAN },
    [TENURE] = { .name = "tenure", .type = TR_TEXT },
    [FLOOR] = { .name = "floor_area_m2", .type = TR_NUMBER },
    [CONDITION] = { .name = "condition", .type = TR_TEXT },
    [SURVEYED] = { .name = "condition_date", .type = TR_DATE },
    [COST] = { .name = "running_cost_gbp", .type = TR_NUMBER },
    [BAND] = { .name = "energy_band", .type = TR_TEXT },
    [PLACES] = { .name = "capacity", .type = TR_INTEGER },
};
static const struct tr_schema site_schema = { FIELDS, fields };
static const struct tr_schema_field area_fields[2] = {
    { .name = "code", .type = TR_TEXT },
    { .name = "name", .type = TR_TEXT },
};
static const struct tr_schema area_schema = { 2, area_fields };
static const struct tr_schema no_schema = { 0, fields };

static void text_of(struct tr_value *v, const char *text)
{
    *v = (struct tr_value){ .type = TR_TEXT, .present = true, .is.text = text };
}

static void say(uint64_t i, struct tr_buf *out)
{
    struct tr_value v[FIELDS] = { 0 };
    const char *services[2];
    char name[80], uprn[32], address[64], postcode[32];
    uint32_t street = draw(i, 30, 5000), sector = draw(i, 31, 90000);

    for (size_t f = 0; f < FIELDS; f++)
        v[f].type = fields[f].type;
    services[0] = uses[draw(i, 32, COUNT(uses))];
    services[1] = uses[draw(i, 33, COUNT(uses))];
    snprintf(name, sizeof name, "%s %s %s %llu", words[draw(i, 34, 10)],
             words[draw(i, 35, 10)], services[0], (unsigned long long)i);
    snprintf(uprn, sizeof uprn, "1000%08llu", (unsigned long long)i);
    snprintf(address, sizeof address, "%u %s Street %u", draw(i, 36, 300),
             words[street % 10], street);
    snprintf(postcode, sizeof postcode, "M%u %u%c%c", sector % 99,
             sector / 9999, 'A' + (int)(sector / 99 % 26),
             'A' + (int)(sector / 7 % 26));
    text_of(&v[NAME], name);
    text_of(&v[UPRN], uprn);
    text_of(&v[ADDRESS], address);
    text_of(&v[POSTCODE], postcode);
    text_of(&v[USE], services[0]);
    text_of(&v[TENURE], tenures[draw(i, 37, COUNT(tenures))]);
    if (draw(i, 38, 10) < 7)
        text_of(&v[BAND], bands[draw(i, 39, COUNT(bands))]);
    if (draw(i, 40, 10) < 6) {
        text_of(&v[CONDITION], bands[draw(i, 41, 4)]);
        v[SURVEYED].present = true;
        v[SURVEYED].is.date = 17000 + (int32_t)draw(i, 42, 3000);
    }
    v[SERVICES].present = true;
    v[SERVICES].is.list.items = services;
    v[SERVICES].is.list.n = 1 + draw(i, 43, 2);
    v[PUBLIC_].present = true;
    v[PUBLIC_].is.boolean = draw(i, 44, 2);
    v[FLOOR].present = draw(i, 45, 10) < 9;
    v[FLOOR].is.number = 50 + draw(i, 46, 20000) / 2.0;
    v[COST].present = draw(i, 47, 10) < 5;
    v[COST].is.number = 1000 + draw(i, 48, 900000);
    v[PLACES].present = draw(i, 49, 10) < 2;
    v[PLACES].is.integer = draw(i, 50, 2000);
    tr_record_write(&site_schema, v, out);
}

/* ---- layers ---- */

static void put_document(struct store *s, const char *kind, const char *text)
{
    struct tr_digest d;

    need(store_put_document(s, kind, kind, text, strlen(text), &d, &err));
    need(store_set_place_document(s, "here", kind, &d, &err));
}

struct loading {
    struct store_load info;
    struct store_loading *l;
    struct tr_buf schema, record, shape;
};

static void begin(struct store *s, struct loading *to, const char *layer,
                  enum store_kind kind, const char *profile,
                  const struct tr_schema *schema)
{
    *to = (struct loading){ .info = { .layer_name = layer,
                                      .source_name = "invented.csv",
                                      .crs_operation = "" } };
    tr_buf_init(&to->schema, 65536);
    tr_buf_init(&to->record, 65536);
    tr_buf_init(&to->shape, 65536);
    tr_schema_write(schema, &to->schema);
    to->info.schema = tr_buf_text(&to->schema);
    need(store_put_document(s, "profile", layer, profile, strlen(profile),
                            &to->info.profile, &err));
    need(store_load_begin(s, "here", kind, &to->info, &to->l, &err));
}

static void put(struct loading *to, struct store_row *row)
{
    enum store_outcome o;
    struct tr_hasher h;

    row->record = to->record.data;
    row->record_len = to->record.len;
    tr_hash_init(&h);
    tr_hash_text(&h, row->key);
    tr_hash_add(&h, row->record, row->record_len);
    row->digest = tr_hash_end(&h);
    need(store_load_row(to->l, row, &o, &err));
    tr_buf_reset(&to->record);
    tr_buf_reset(&to->shape);
}

static void end(struct loading *to)
{
    bool changed;

    need(store_load_commit(to->l, &to->info, &changed, &err));
    tr_buf_clear(&to->schema);
    tr_buf_clear(&to->record);
    tr_buf_clear(&to->shape);
}

static void load_sites(struct store *s, uint64_t n, unsigned partner)
{
    char name[24], key[32], profile[80];
    struct loading to;

    snprintf(name, sizeof name, "sites%u", partner);
    snprintf(profile, sizeof profile, "layer: %s\npartner: p%u\n", name,
             partner);
    begin(s, &to, name, STORE_SITES, profile, &site_schema);
    for (uint64_t i = partner; i < n; i += LAYERS) {
        struct store_row row = { .key = key,
                                 .source_row = (long)(i / LAYERS) + 2,
                                 .coord_source = STORE_GIVEN,
                                 .has_position = draw(i, 3, 100) < 99,
                                 .precision_m = 1 };

        if (row.has_position)
            row.position = place(near_town(i, 0), near_town(i, 1));
        else
            row.coord_source = STORE_NOWHERE;
        snprintf(key, sizeof key, "A%llu", (unsigned long long)i);
        say(i, &to.record);
        put(&to, &row);
    }
    end(&to);
}

static void load_postcodes(struct store *s, uint64_t n)
{
    struct loading to;
    char key[48];

    begin(s, &to, "postcodes", STORE_POSTCODES, "layer: postcodes\n",
          &no_schema);
    for (uint64_t i = 0; i < n; i++) {
        struct store_row row = { .key = key,
                                 .source_row = (long)i + 2,
                                 .coord_source = STORE_GIVEN,
                                 .has_position = true,
                                 .precision_m = 50 };

        snprintf(key, sizeof key, "M%llu %lluAA", (unsigned long long)i % 99,
                 (unsigned long long)i / 99);
        row.position = place(near_town(i * 7, 0), near_town(i * 7, 1));
        tr_record_write(&no_schema, NULL, &to.record);
        put(&to, &row);
    }
    end(&to);
}

static void put_area(struct loading *to, int32_t column, int32_t row_)
{
    int32_t step = SIDE_MM / AREAS_A_ROW, w = column * step, s = row_ * step;
    struct tr_position ring[5] = { place(w, s), place(w + step, s),
                                   place(w + step, s + step),
                                   place(w, s + step), place(w, s) };
    const uint32_t parts[2] = { 0, 5 }, polygons[2] = { 0, 1 };
    const struct tr_geometry g = { TR_POLYGON, 5, 1, 1, ring, parts, polygons };
    struct tr_value v[2];
    char code[16], name[32];
    struct store_row row = { .key = code, .source_row = 2 };

    snprintf(code, sizeof code, "E%02d%02d", (int)column, (int)row_);
    snprintf(name, sizeof name, "Square %d of row %d", (int)column, (int)row_);
    text_of(&v[0], code);
    text_of(&v[1], name);
    tr_record_write(&area_schema, v, &to->record);
    tr_geometry_encode(&g, &to->shape);
    row.geometry = to->shape.data;
    row.geometry_len = to->shape.len;
    put(to, &row);
}

static void load_areas(struct store *s)
{
    struct loading to;

    begin(s, &to, "squares", STORE_AREAS,
          "layer: squares\nset: squares\nlabel: Square\n", &area_schema);
    for (int32_t r = 0; r < AREAS_A_ROW; r++) {
        for (int32_t c = 0; c < AREAS_A_ROW; c++)
            put_area(&to, c, r);
    }
    end(&to);
}

static void make_store(const char *path, uint64_t n)
{
    struct store *s = NULL;
    char organisations[1024] = "organisations:\n";

    for (unsigned p = 0; p < LAYERS; p++) {
        size_t used = strlen(organisations);

        snprintf(organisations + used, sizeof organisations - used,
                 "  - {code: p%u, name: Partner %u, legend: Partner %u}\n", p,
                 p, p);
    }
    need(store_open(path, STORE_CREATE, &s, &err));
    put_document(s, "place",
                 "place: here\ntitle: Here\nprefix: her\ntime_zone: "
                 "Europe/London\npurpose: Invented sites\n");
    put_document(s, "organisations", organisations);
    for (unsigned p = 0; p < LAYERS; p++)
        load_sites(s, n, p);
    load_postcodes(s, n / 15);
    load_areas(s);
    store_close(s);
}

/* ---- what its snapshot costs ---- */

/* Seconds for one after it in which no row differs. */
static double rebuild(struct store *s, const struct tr_snapshot *like)
{
    double since = seconds();
    struct tr_snapshot *p = snapshot_for(s, "operator", AS_OF, like);

    since = seconds() - since;
    tr_snapshot_free(p);
    return since;
}

static void measure(struct store *s, const char *data)
{
    double took[RUNS], cpu[RUNS], freed[RUNS], again[RUNS];

    for (int i = 0; i < RUNS; i++) {
        double since = seconds(), used = cpu_seconds();
        struct tr_snapshot *p = snapshot_for(s, "operator", AS_OF, NULL);

        took[i] = seconds() - since;
        cpu[i] = cpu_seconds() - used;
        if (i == 0)
            line("P2", "bytes-a-site", data,
                 (double)tr_snapshot_bytes(p) / (double)p->n_sites,
                 "bytes/site");
        again[i] = rebuild(s, p);
        since = seconds();
        tr_snapshot_free(p);
        freed[i] = seconds() - since;
    }
    line("P2", "snapshot-build", data, median(took, RUNS), "s");
    line("P2", "snapshot-build-cpu", data, median(cpu, RUNS), "s");
    line("P2", "snapshot-classes-alone", data, median(again, RUNS), "s");
    line("P2", "snapshot-free", data, median(freed, RUNS), "s");
    line("P18", "most-memory", data, peak_bytes() / 1048576, "MiB");
}

int main(int argc, char **argv)
{
    long n = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
    struct store *s = NULL;
    char data[32];

    if (n <= 0) {
        fprintf(stderr, "usage: bench_growth N STORE\n");
        return 64;
    }
    tr_hash_start();
    snprintf(data, sizeof data, "clusters-%ld", n);
    if (access(argv[2], F_OK))
        make_store(argv[2], (uint64_t)n);
    need(store_open(argv[2], STORE_READ, &s, &err));
    measure(s, data);
    store_close(s);
    return 0;
}
