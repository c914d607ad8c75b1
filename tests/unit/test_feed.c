/* test_feed.c - the public feed: what it says, what it keeps, how it lands.
 * flock() is no part of POSIX. */
#define _DEFAULT_SOURCE
#include "support/feed_estate.h"
#include "support/tr_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "feed/feed.h"
#include "vector/vector.h"

static struct tr_error test_err;

static const int32_t days[] = { 20000 };

static struct feed make(const struct tr_snapshot *s)
{
    struct feed_options o = { .withdrawn = days, .n_withdrawn = 1 };
    struct feed f;

    assert_ok(feed_place(s, "there-feed", &o.place, &test_err));
    assert_ok(feed_make(s, &o, &f, &test_err));
    return f;
}

static const char *text(struct feed *f, enum feed_part part)
{
    return tr_buf_text(&f->parts[part]);
}

static void assert_says(struct feed *f, enum feed_part part, const char *what)
{
    if (!strstr(text(f, part), what))
        fail_msg("%s does not say '%s':\n%s", feed_part_name(part), what,
                 text(f, part));
}

/* ---- what it keeps ---- */

static void it_is_the_same_whatever_is_hidden(void **state)
{
    struct tr_snapshot *plain = feed_estate_snapshot(*state, false, "public");
    struct tr_snapshot *hidden = feed_estate_snapshot(*state, true, "public");
    struct tr_snapshot *all = feed_estate_snapshot(*state, true, "operator");
    struct feed a = make(plain), b = make(hidden);

    /* There is something to hide, and the two stores do differ. */
    assert_int_equal(plain->n_sites, 4);
    assert_int_equal(all->n_sites, 8);
    assert_int_not_equal(plain->revision, hidden->revision);
    assert_int_not_equal(plain->run, hidden->run);
    for (int i = 0; i < FEED_PARTS; i++)
        assert_string_equal(text(&a, (enum feed_part)i),
                            text(&b, (enum feed_part)i));
    feed_clear(&a);
    feed_clear(&b);
    tr_snapshot_free(plain);
    tr_snapshot_free(hidden);
    tr_snapshot_free(all);
}

static void nothing_hidden_is_anywhere_in_it(void **state)
{
    static const char *const secrets[] = {
        "Store",     "Annexe",        "efuge",  "cells", "Police",
        "First in",  "condition",     "rent",   "999",   "R5",
        "surplus,c", "National Stat", "police", "10000", "5432",
    };
    struct tr_snapshot *s = feed_estate_snapshot(*state, true, "public");
    struct feed f = make(s);

    for (int i = 0; i < FEED_README; i++) {
        for (size_t k = 0; k < sizeof secrets / sizeof *secrets; k++) {
            if (strstr(text(&f, (enum feed_part)i), secrets[k]))
                fail_msg("%s holds '%s'", feed_part_name((enum feed_part)i),
                         secrets[k]);
        }
    }
    feed_clear(&f);
    tr_snapshot_free(s);
}

static void a_higher_audience_is_refused(void **state)
{
    static const char *const audiences[] = { "partnership", "operator",
                                             "partner:council" };
    for (int i = 0; i < 3; i++) {
        for (int hidden = 0; hidden < 2; hidden++) {
            struct tr_snapshot *s =
                feed_estate_snapshot(*state, hidden, audiences[i]);
            struct feed_options o = { 0 };
            struct feed f;

            assert_int_equal(feed_make(s, &o, &f, &test_err), TR_EDATA);
            tr_snapshot_free(s);
        }
    }
}

/* As if a snapshot and all of its columns had been let through by mistake. */
static void a_mislabelled_snapshot_is_refused_by_its_rows(void **state)
{
    struct tr_snapshot *s = feed_estate_snapshot(*state, true, "operator");
    struct feed_options o = { 0 };
    struct feed f;

    assert_ok(tr_audience_parse("public", &s->audience, &test_err));
    for (size_t i = 0; i < s->sites.n_columns; i++)
        ((struct tr_column *)s->sites.columns)[i].tier = TR_PUBLIC;
    assert_int_equal(feed_make(s, &o, &f, &test_err), TR_EDATA);
    assert_non_null(strstr(test_err.msg, "row 'the-"));
    assert_non_null(strstr(test_err.msg, "field 'tier': "));
    tr_snapshot_free(s);
}

/* Every row of it is public; a field is not. */
static void a_mislabelled_snapshot_is_refused_by_its_fields(void **state)
{
    struct tr_snapshot *s = feed_estate_snapshot(*state, false, "partnership");
    struct feed_options o = { 0 };
    struct feed f;

    assert_ok(tr_audience_parse("public", &s->audience, &test_err));
    assert_int_equal(feed_make(s, &o, &f, &test_err), TR_EDATA);
    assert_non_null(strstr(test_err.msg, "row 'the-"));
    assert_non_null(strstr(test_err.msg, "field 'capacity': partnership"));
    tr_snapshot_free(s);
}

static void replace(struct tr_buf *b, const char *from, const char *to)
{
    const char *whole = tr_buf_text(b);
    const char *at = strstr(whole, from);
    struct tr_buf out;

    if (!at)
        fail_msg("nothing to replace: '%s' in\n%s", from, whole);
    tr_buf_init(&out, b->limit);
    tr_buf_add(&out, whole, (size_t)(at - whole));
    tr_buf_str(&out, to);
    tr_buf_str(&out, at + strlen(from));
    tr_buf_clear(b);
    *b = out;
}

static void the_gate_reads_the_finished_files(void **state)
{
    static const struct {
        enum feed_part part;
        const char *from, *to, *says;
    } faults[] = {
        { FEED_SITES_CSV, ",energy_band,", ",condition,", "'condition'" },
        { FEED_SITES_CSV, ",energy_band,", ",note,", "'note'" },
        { FEED_SITES_CSV, ",energy_band,", ",source_row,", "'source_row'" },
        { FEED_SITES_CSV, ",Library,", ",The Refuge,", "field 'name'" },
        { FEED_SITES_CSV, "library;civic", "refuge", "field 'services'" },
        { FEED_SITES_CSV, ",key,prov", ",surplus,prov", "field 'class'" },
        { FEED_SITES_CSV, "\r\nthe-", "\r\nxxx-", "field 'site_id'" },
        { FEED_SITES_CSV, ",,\r\n", ",-2.3,53.4\r\n", "field 'lon'" },
        { FEED_SITES_GEOJSON, "\"class\":\"key\"", "\"class\":\"surplus\"",
          "field 'class'" },
        { FEED_SITES_GEOJSON, "\"geometry\":null",
          "\"geometry\":{\"type\":\"Point\",\"coordinates\":[0,53]}",
          "field 'geometry'" },
        { FEED_SITES_GEOJSON,
          "\"local_ref\":", "\"annual_rent_gbp\":", "'annual_rent_gbp'" },
        { FEED_SITES_GEOJSON, "\"id\":\"the-", "\"id\":\"xxx-",
          "field 'site_id'" },
        { FEED_SITES_GEOJSON, "\"features\":[{", "\"features\":[],\"x\":[{",
          "field 'features'" },
        { FEED_SUMMARY, "Council,1,", "Council,2,", "field 'sites'" },
        { FEED_SITES_CSV, ",provisional,,", ",provisional,told,",
          "field 'class_reason'" },
        { FEED_WITHDRAWN, "A site was", "the-refuge was", "'2024-10-04'" },
        { FEED_WITHDRAWN, "2024-10-04,", "the-refuge,", "'the-refuge'" },
        { FEED_WITHDRAWN, ",notice\r\n", ",site_id\r\n", "(header)" },
    };
    struct tr_snapshot *s = feed_estate_snapshot(*state, false, "public");

    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct feed f = make(s);

        replace(&f.parts[faults[i].part], faults[i].from, faults[i].to);
        assert_int_equal(feed_gate(s, &f, &test_err), TR_EDATA);
        if (!strstr(test_err.msg, faults[i].says))
            fail_msg("'%s' does not say %s", test_err.msg, faults[i].says);
        feed_clear(&f);
    }
    tr_snapshot_free(s);
}

/* ---- what it says ---- */

static void sites_and_their_words_are_there(void **state)
{
    struct tr_snapshot *s = feed_estate_snapshot(*state, true, "public");
    struct feed f = make(s);

    assert_says(&f, FEED_SITES_CSV, "\"'=Depot, \"\"A\"\"\"");
    assert_says(&f, FEED_SITES_CSV, ",in-review,provisional,");
    assert_says(&f, FEED_SITES_CSV, ",schools;council,schools;council,");
    assert_says(&f, FEED_SITES_GEOJSON,
                "\"occupation_layers\":[\"schools\",\"council\"]");
    assert_says(&f, FEED_SITES_GEOJSON, "\"name\":\"=Depot, \\\"A\\\"\"");
    assert_says(&f, FEED_SITES_GEOJSON, "\"localities\":\"South\"");
    assert_says(&f, FEED_SITES_GEOJSON,
                "\"localities.certainty\":\"not published\"");
    assert_says(&f, FEED_ATTRIBUTION,
                "Contains OS data \xC2\xA9 Crown copyright and database right "
                "2026.");
    assert_says(&f, FEED_ATTRIBUTION,
                "Contains Royal Mail data \xC2\xA9 Royal Mail copyright and "
                "database right 2025.");
    assert_says(&f, FEED_ATTRIBUTION, "open-government-licence/version/3/");
    assert_says(&f, FEED_ATTRIBUTION, "Schools (schools)");
    assert_says(&f, FEED_ATTRIBUTION, "Vintage: 2025");
    assert_says(&f, FEED_README, "Provisional, not policy.");
    assert_says(&f, FEED_README, "To be tried on.");
    assert_says(&f, FEED_README, "  in-review\n");
    feed_clear(&f);
    tr_snapshot_free(s);
}

static void the_rule_sets_own_words_travel(void **state)
{
    struct tr_snapshot *s = feed_estate_snapshot(*state, false, "public");
    struct feed_options o = { .rules = "own 3" };
    struct feed f;

    o.definitions[TR_KEY] = "What we call key.";
    o.definitions[TR_IN_REVIEW] = "never said";
    o.definitions[TR_SURPLUS] = "never said";
    assert_ok(feed_make(s, &o, &f, &test_err));
    assert_says(&f, FEED_README, "Rule-set: own 3\n");
    assert_says(&f, FEED_README, "  key\n    What we call key.\n");
    assert_null(strstr(text(&f, FEED_README), "never said"));
    feed_clear(&f);
    tr_snapshot_free(s);
}

static void an_unknown_name_lists_the_known(void **state)
{
    struct tr_snapshot *s = feed_estate_snapshot(*state, false, "public");
    uint32_t place;

    assert_int_equal(feed_place(s, "their-feed", &place, &test_err),
                     TR_ENOTFOUND);
    assert_non_null(strstr(test_err.msg, "there is 'there-feed'"));
    tr_snapshot_free(s);
}

/* ---- how it lands ---- */

/* A command; every @ in it is the path. */
static int run(const char *what, const char *path)
{
    struct tr_buf b;
    int code;

    tr_buf_init(&b, 65536);
    for (; *what; what++) {
        if (*what == '@')
            tr_buf_str(&b, path);
        else
            tr_buf_byte(&b, (unsigned char)*what);
    }
    code = system(tr_buf_text(&b));
    tr_buf_clear(&b);
    return code;
}

static bool is_there(void *state, const char *name)
{
    return access(feed_estate_path(state, name, 2), F_OK) == 0;
}

static void others_agree_with_what_is_written(void **state)
{
    static const char check[] =
        "cd '@' && sha256sum --quiet -c SHA256SUMS && python3 -c '\n"
        "import csv, json\n"
        "rows = list(csv.DictReader(open(\"sites.csv\", newline=\"\")))\n"
        "fc = json.load(open(\"sites.geojson\"))[\"features\"]\n"
        "ids = [r[\"site_id\"] for r in rows]\n"
        "assert ids == sorted(ids) and len(set(ids)) == 4, ids\n"
        "assert ids == [f[\"id\"] for f in fc]\n"
        "def cell(v):\n"
        "  if isinstance(v, list): return \";\".join(v)\n"
        "  if isinstance(v, bool): return str(v).lower()\n"
        "  if isinstance(v, float): return repr(v).removesuffix(\".0\")\n"
        "  v = str(v)\n"
        "  return \"\\x27\" + v if v[:1] in \"=+-\" else v\n"
        "for r, f in zip(rows, fc):\n"
        "  g, p = f[\"geometry\"], f[\"properties\"]\n"
        "  at = g[\"coordinates\"] if g else [\"\", \"\"]\n"
        "  want = {k: cell(p[k]) if k in p else \"\" for k in r}\n"
        "  want[\"lon\"], want[\"lat\"] = map(str, at)\n"
        "  assert dict(r) == want, (r, want)\n"
        "  assert None not in r and set(p) <= set(r)\n"
        "'";
    struct tr_snapshot *s = feed_estate_snapshot(*state, true, "public");
    struct feed f = make(s);

    assert_ok(feed_write(&f, feed_estate_path(*state, "out", 1), &test_err));
    assert_int_equal(run(check, feed_estate_path(*state, "out", 1)), 0);
    feed_clear(&f);
    tr_snapshot_free(s);
}

static void a_new_feed_replaces_the_old_one_whole(void **state)
{
    struct tr_snapshot *s = feed_estate_snapshot(*state, false, "public");
    struct feed f = make(s);
    const char *dir = feed_estate_path(*state, "again", 1);

    assert_ok(feed_write(&f, dir, &test_err));
    assert_int_equal(run("echo old > '@/sites.csv'", dir), 0);
    assert_ok(feed_write(&f, dir, &test_err));
    assert_int_equal(run("cd '@' && sha256sum --quiet -c SHA256SUMS", dir), 0);
    assert_false(is_there(*state, "again.part"));
    assert_false(is_there(*state, "again.old"));
    feed_clear(&f);
    tr_snapshot_free(s);
}

static void what_is_no_feed_is_left_alone(void **state)
{
    struct tr_snapshot *s = feed_estate_snapshot(*state, false, "public");
    struct feed f = make(s);
    const char *dir = feed_estate_path(*state, "theirs", 1);

    assert_int_equal(run("mkdir '@'", dir), 0);
    assert_int_equal(run("echo mine > '@/letter.txt'", dir), 0);
    assert_int_equal(feed_write(&f, dir, &test_err), TR_ECREATE);
    assert_non_null(strstr(test_err.msg, "'letter.txt'"));
    assert_true(is_there(*state, "theirs/letter.txt"));
    assert_false(is_there(*state, "theirs/sites.csv"));
    assert_false(is_there(*state, "theirs.part"));
    assert_int_equal(feed_write(&f, "/", &test_err), TR_EINVAL);
    assert_int_equal(
        feed_write(&f, feed_estate_path(*state, "no/where", 1), &test_err),
        TR_ECREATE);
    feed_clear(&f);
    tr_snapshot_free(s);
}

static void what_a_killed_run_left_is_cleared(void **state)
{
    struct tr_snapshot *s = feed_estate_snapshot(*state, false, "public");
    struct feed f = make(s);
    const char *dir = feed_estate_path(*state, "cut", 1);

    /* Killed while writing, and between the two renames. */
    assert_int_equal(run("mkdir '@.part'", dir), 0);
    assert_int_equal(run("echo half > '@.part/sites.csv'", dir), 0);
    assert_int_equal(run("mkdir '@.old'", dir), 0);
    assert_int_equal(run("echo old > '@.old/sites.csv'", dir), 0);
    assert_ok(feed_write(&f, dir, &test_err));
    assert_int_equal(run("cd '@' && sha256sum --quiet -c SHA256SUMS", dir), 0);
    assert_false(is_there(*state, "cut.part"));
    assert_false(is_there(*state, "cut.old"));
    feed_clear(&f);
    tr_snapshot_free(s);
}

static void two_runs_at_once_do_not_mix(void **state)
{
    struct tr_snapshot *s = feed_estate_snapshot(*state, false, "public");
    struct feed f = make(s);
    const char *dir = feed_estate_path(*state, "busy", 1);
    int other;

    assert_int_equal(run("mkdir '@.part'", dir), 0);
    other =
        open(feed_estate_path(*state, "busy.part", 2), O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(other, LOCK_EX), 0);
    assert_int_equal(feed_write(&f, dir, &test_err), TR_EBUSY);
    assert_true(is_there(*state, "busy.part"));
    assert_false(is_there(*state, "busy"));
    close(other);
    assert_ok(feed_write(&f, dir, &test_err));
    assert_false(is_there(*state, "busy.part"));
    feed_clear(&f);
    tr_snapshot_free(s);
}

/* ---- GeoPackage ---- */

static void a_geopackage_holds_every_row(void **state)
{
    static const char check[] =
        "/usr/bin/python3 -c '\n"
        "from osgeo import ogr\n"
        "d = ogr.Open(\"@\")\n"
        "n = {d.GetLayer(i).GetName(): d.GetLayer(i).GetFeatureCount() "
        "for i in range(d.GetLayerCount())}\n"
        "assert n == dict(sites=8, localities=2, postcodes=2, layer_styles=3, "
        "attribution=5), n\n"
        "rows = [f for f in d.GetLayer(\"sites\")]\n"
        "got = sum(f.geometry() is not None for f in rows)\n"
        "assert got == 7, got\n"
        "srs = d.GetLayer(\"sites\").GetSpatialRef()\n"
        "assert srs.GetAuthorityCode(None) == \"27700\"\n"
        "m = {f.GetField(\"name\"): f for f in rows}\n"
        "g = m[\"The school\"].geometry()\n"
        "assert (g.GetX(), g.GetY()) == (377010, 392010), g\n"
        "assert m[\"=Depot, \\\"A\\\"\"].GetField(\"class\") == \"surplus\"\n"
        "assert m[\"Annexe\"].GetField(\"condition\") == \"C\"\n"
        "q = {f.GetField(\"f_table_name\"): f.GetField(\"styleQML\") "
        "for f in d.GetLayer(\"layer_styles\")}\n"
        "import xml.dom.minidom as x\n"
        "assert [x.parseString(v) for v in q.values()]\n"
        "assert \"categorizedSymbol\" in q[\"sites\"]\n"
        "assert \"fieldName=\\\"name\\\"\" in q[\"localities\"]\n"
        "' && /usr/bin/python3 -m osgeo_utils.samples.validate_gpkg '@' "
        ">/dev/null";
    struct tr_snapshot *s = feed_estate_snapshot(*state, true, "operator");
    const char *path = feed_estate_path(*state, "all.gpkg", 1);

    if (system("/usr/bin/python3 -c 'import osgeo' 2>/dev/null")) {
        tr_snapshot_free(s);
        print_message("skipped: no python3-gdal to look at the file\n");
        skip();
    }
    assert_int_equal(run("echo old > '@'", path), 0); /* is replaced */
    assert_ok(feed_gpkg(s, path, &test_err));
    assert_int_equal(run(check, path), 0);
    assert_false(is_there(*state, "all.gpkg.part"));
    assert_int_equal(
        feed_gpkg(s, feed_estate_path(*state, "no/a.gpkg", 1), &test_err),
        TR_ECREATE);
    tr_snapshot_free(s);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], VECTOR_CHILD_ARGUMENT))
        return vector_child_main(argc, argv);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_same_whatever_is_hidden),
        cmocka_unit_test(nothing_hidden_is_anywhere_in_it),
        cmocka_unit_test(a_higher_audience_is_refused),
        cmocka_unit_test(a_mislabelled_snapshot_is_refused_by_its_rows),
        cmocka_unit_test(a_mislabelled_snapshot_is_refused_by_its_fields),
        cmocka_unit_test(the_gate_reads_the_finished_files),
        cmocka_unit_test(sites_and_their_words_are_there),
        cmocka_unit_test(the_rule_sets_own_words_travel),
        cmocka_unit_test(an_unknown_name_lists_the_known),
        cmocka_unit_test(others_agree_with_what_is_written),
        cmocka_unit_test(a_new_feed_replaces_the_old_one_whole),
        cmocka_unit_test(what_is_no_feed_is_left_alone),
        cmocka_unit_test(what_a_killed_run_left_is_cleared),
        cmocka_unit_test(two_runs_at_once_do_not_mix),
        cmocka_unit_test(a_geopackage_holds_every_row),
    };

    return cmocka_run_group_tests(tests, feed_estate_make, feed_estate_remove);
}
