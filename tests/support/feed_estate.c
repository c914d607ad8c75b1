/* feed_estate.c - see feed_estate.h. nftw() is one of the X/Open extensions. */
#define _XOPEN_SOURCE 700
#include "support/feed_estate.h"

#include "support/tr_test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/load.h"
#include "terrier/date.h"

static struct tr_error test_err;

static const char place_yaml[] =
    "place: there\ntitle: The partnership there\nprefix: the\n"
    "time_zone: UTC\npurpose: To be tried on.\ncontact: the desk\n"
    "default_sets: [localities]\nfeeds: [there-feed]\n";

static const char organisations_yaml[] =
    "organisations:\n"
    "  - {code: council, name: The council, legend: Council}\n"
    "  - {code: schools, name: The schools, legend: Schools}\n"
    "  - {code: police, name: The police, legend: Police}\n";

static const char sensitive_yaml[] =
    "hold:\n  - {pattern: \"%refuge%\", reason: refuge}\n";

static const char links_yaml[] =
    "links:\n"
    "  - sites: [{layer: council, key: R1}, {layer: schools, key: S1}]\n"
    "    keep: {layer: schools, key: S1}\n    because: one building\n"
    "  - sites: [{layer: council, key: R3}, {layer: council, key: R5}]\n"
    "    keep: {layer: council, key: R5}\n    because: one building\n";

static const char council_yaml[] =
    "layer: council\nkind: sites\ntitle: Council buildings\n"
    "partner: council\nsource: [council.csv]\ncrs: EPSG:27700\nx: easting\n"
    "y: northing\nkey: ref\n"
    "fields:\n  name: name\n  local_ref: ref\n  postcode: postcode\n"
    "  services: services\n  floor_area_m2: floor\n  condition: condition\n"
    "  annual_rent_gbp: rent\n"
    "tier:\n  - {when: \"tier = 'r'\", tier: restricted}\n"
    "  - {when: \"tier = 'p'\", tier: partnership}\n  - {tier: public}\n"
    "licence: OGL-UK-3.0\n"
    "attribution: \"The council. Contains OS data\"\nas_of: 2026-02-01\n";

static const char schools_yaml[] =
    "layer: schools\nkind: sites\ntitle: Schools\npartner: schools\n"
    "source: [schools.csv]\ncrs: EPSG:27700\nx: easting\ny: northing\n"
    "key: ref\nfields:\n  name: name\n  urn: ref\n  capacity: places\n"
    "tier: public\nfield_tiers: {capacity: partnership}\nattribution: The "
    "schools\nvintage: \"2025\"\n";

static const char schools_csv[] = "ref,name,easting,northing,places\n"
                                  "S1,The school,377010,392010,210\n";

static const char more_schools_csv[] = "ref,name,easting,northing,places\n"
                                       "S1,The school,377010,392010,5432\n";

static const char police_yaml[] =
    "layer: police\nkind: sites\ntitle: Police stations\npartner: police\n"
    "source: [police.csv]\ncrs: EPSG:27700\nx: easting\ny: northing\n"
    "key: ref\nfields:\n  name: name\ntier: restricted\n"
    "attribution: National Statistics\nas_of: 2026-03-01\n";

static const char police_csv[] = "ref,name,easting,northing\n"
                                 "P1,The cells,377500,392500\n";

static const char postcodes_yaml[] =
    "layer: postcodes\nkind: postcodes\ntitle: Postcodes\n"
    "source: [postcodes.csv]\nkey: postcode\ncrs: EPSG:27700\nx: easting\n"
    "y: northing\ntier: public\nlicence: OGL-UK-3.0\n"
    "attribution: Contains Royal Mail data\nas_of: 2025-02-01\n";

static const char postcodes_csv[] = "postcode,easting,northing\n"
                                    "AB1 1AA,377200,392200\n"
                                    "AB1 1AB,377900,392900\n";

static const char localities_yaml[] =
    "layer: localities_2024\nkind: areas\ntitle: Localities\n"
    "source: [localities.geojson]\ncrs: EPSG:27700\nset: localities\n"
    "vintage: \"2024\"\ncode: code\narea_name: name\nlabel: Locality\n"
    "tier: public\nas_of: 2024-05-02\n";

static const char localities_geojson[] =
    "{\"type\": \"FeatureCollection\", \"crs\": {\"type\": \"name\", "
    "\"properties\": {\"name\": \"urn:ogc:def:crs:EPSG::27700\"}}, "
    "\"features\": [\n"
    "{\"type\": \"Feature\", \"properties\": {\"code\": \"L1\", \"name\": "
    "\"North\"}, \"geometry\": {\"type\": \"Polygon\", \"coordinates\": "
    "[[[376000,391000],[378000,391000],[378000,393000],[376000,393000],"
    "[376000,391000]]]}},\n"
    "{\"type\": \"Feature\", \"properties\": {\"code\": \"L2\", \"name\": "
    "\"South\"}, \"geometry\": {\"type\": \"Polygon\", \"coordinates\": "
    "[[[376000,389000],[378000,389000],[378000,391000],[376000,391000],"
    "[376000,389000]]]}}]}\n";

/* `hidden`: 0 in both; 1 only where more is hidden; 2 only where it is not. */
static const struct {
    int hidden;
    const char *line;
} council_rows[] = {
    { 1, "R0,First in the file,377001,392001,,library,10,A,5,r" },
    { 0, "R1,Town hall,377000,392000,,library;civic,1200.5,,,o" },
    { 1, "R4,Store,376500,389500,,depot,99,D,1,r" },
    { 0, "R2,\"=Depot, \"\"A\"\"\",,,AB1 1AA,depot,300,,,o" },
    { 2, "R3,Library,377300,390100,,library,450,B,100,o" },
    { 1, "R3,Library,377300,390100,,library,450,D,999,o" },
    { 1, "R5,Annexe,377305,390105,,depot,10000,C,7,p" },
    { 1, "R6,Women's Refuge,377400,390200,,refuge,10,,,o" },
    { 0, "R7,Nowhere,,,,,,,,o" },
};

static char paths[4][256];

const char *feed_estate_path(void *state, const char *name, int slot)
{
    const struct feed_estate *f = state;

    snprintf(paths[slot], sizeof paths[slot], "%s/%s", f->folder, name);
    return paths[slot];
}

static void put_file(void *state, const char *folder, const char *name,
                     const char *text)
{
    char both[128];
    FILE *f;

    snprintf(both, sizeof both, "%s/%s", folder, name);
    f = fopen(feed_estate_path(state, both, 3), "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void put_council(void *state, const char *folder, bool hidden)
{
    char text[2048] = "ref,name,easting,northing,postcode,services,floor,"
                      "condition,rent,tier\n";

    for (size_t i = 0; i < sizeof council_rows / sizeof *council_rows; i++) {
        if (council_rows[i].hidden == (hidden ? 2 : 1))
            continue;
        strncat(text, council_rows[i].line, sizeof text - strlen(text) - 2);
        strncat(text, "\n", 2);
    }
    put_file(state, folder, "council.csv", text);
}

static void put_files(void *state, const char *folder, bool hidden)
{
    static const struct {
        const char *name, *text;
    } files[] = {
        { "place.yaml", place_yaml },
        { "organisations.yaml", organisations_yaml },
        { "sensitive.yaml", sensitive_yaml },
        { "links.yaml", links_yaml },
        { "council.yaml", council_yaml },
        { "schools.yaml", schools_yaml },
        { "schools.csv", schools_csv },
        { "postcodes.yaml", postcodes_yaml },
        { "postcodes.csv", postcodes_csv },
        { "localities_2024.yaml", localities_yaml },
        { "localities.geojson", localities_geojson },
    };

    assert_int_equal(mkdir(feed_estate_path(state, folder, 3), 0700), 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        put_file(state, folder, files[i].name, files[i].text);
    if (hidden) {
        put_file(state, folder, "schools.csv", more_schools_csv);
        put_file(state, folder, "police.yaml", police_yaml);
        put_file(state, folder, "police.csv", police_csv);
    }
    put_council(state, folder, hidden);
}

static void load(void *state, struct store *s, const char *folder)
{
    struct load_options o = load_default_options();
    const char *path = feed_estate_path(state, folder, 3);
    const struct load_report *report = NULL;
    struct tr_arena a;

    tr_arena_init(&a, SIZE_MAX);
    o.today = tr_date_make(2026, 6, 1);
    if (load_files(s, &path, 1, &o, &a, &report, &test_err))
        fail_msg("%s", test_err.msg);
    tr_arena_clear(&a);
}

static void adopt(struct store *s, const char *audience, const char *class_)
{
    char ids[3][20];
    struct store_result results[3];
    struct store_run run = { .created = 1234567890,
                             .audience = audience,
                             .rules_name = "open-data 1",
                             .scope = "",
                             .inputs = "{}",
                             .n_sites = 3 };
    int64_t id;

    tr_site_id("the", "schools", "S1", ids[0]);
    tr_site_id("the", "council", "R2", ids[1]);
    tr_site_id("the", "council", "R3", ids[2]);
    results[0] = (struct store_result){ ids[0], "key", "{}" };
    results[1] = (struct store_result){ ids[1], "surplus", "{}" };
    results[2] = (struct store_result){ ids[2], class_, "{}" };
    assert_ok(store_put_document(s, "rules", "open-data", "rules: x", 8,
                                 &run.rules, &test_err));
    assert_ok(store_save_run(s, &run, results, 3, &id, &test_err));
    assert_ok(store_adopt_run(s, id, &test_err));
}

static void make_store(void *state, const char *name, bool hidden)
{
    struct store *s;
    char folder[64], db[64];

    snprintf(folder, sizeof folder, "%s-files", name);
    snprintf(db, sizeof db, "%s.db", name);
    put_files(state, folder, hidden);
    assert_ok(store_open(feed_estate_path(state, db, 0), STORE_CREATE, &s,
                         &test_err));
    load(state, s, folder);
    if (hidden) /* so that ids of runs and revisions differ as well */
        adopt(s, "partnership", "surplus");
    adopt(s, "public", "core");
    store_close(s);
}

int feed_estate_make(void **state)
{
    struct feed_estate *f = calloc(1, sizeof *f);
    const char *tmp = getenv("TMPDIR");

    if (!f)
        return -1;
    snprintf(f->folder, sizeof f->folder, "%s/terrier-feed-XXXXXX",
             tmp && strlen(tmp) < 64 ? tmp : "/tmp");
    if (!mkdtemp(f->folder))
        return -1;
    *state = f;
    make_store(f, "plain", false);
    make_store(f, "hidden", true);
    return 0;
}

static int drop(const char *path, const struct stat *about, int type,
                struct FTW *at)
{
    (void)about;
    (void)type;
    (void)at;
    return remove(path);
}

int feed_estate_remove(void **state)
{
    struct feed_estate *f = *state;

    nftw(f->folder, drop, 8, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

struct tr_snapshot *feed_estate_snapshot(void *state, bool hidden,
                                         const char *audience)
{
    struct snapshot_options o = { .as_of = tr_date_make(2026, 6, 1),
                                  .threads = 1 };
    struct tr_snapshot *out;
    struct store *s;

    assert_ok(tr_audience_parse(audience, &o.audience, &test_err));
    assert_ok(store_open(
        feed_estate_path(state, hidden ? "hidden.db" : "plain.db", 0),
        STORE_READ, &s, &test_err));
    assert_ok(snapshot_build(s, &o, &out, &test_err));
    store_close(s);
    return out;
}
