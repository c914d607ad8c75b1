/* test_snapshot.c - snapshots of small invented worlds, against naive doubles
 * and by what must hold of every snapshot. */
#include "support/small_world.h"
#include "support/tr_test.h"
#include "terrier/collection.h"

#include <stdio.h>
#include <string.h>

static struct tr_error test_err;

static struct tr_snapshot *make(struct small_world w)
{
    struct tr_snapshot *s = NULL;

    assert_ok(small_world_snapshot(&w, &s, &test_err));
    return s;
}

static size_t site_of(const struct tr_snapshot *s, const char *prefix,
                      const char *layer, const char *key)
{
    char id[64];

    tr_site_id(prefix, layer, key, id);
    return tr_snapshot_site(s, id);
}

static const char *text_of(const struct tr_snapshot *s, const char *column,
                           size_t row)
{
    const struct tr_column *c = tr_table_column(&s->sites, column);

    assert_non_null(c);
    return tr_has(c, row) ? tr_text_at(c, row) : NULL;
}

static void assert_text(const char *got, const char *want)
{
    if (want)
        assert_non_null(got);
    else
        assert_null(got);
    if (want)
        assert_string_equal(got, want);
}

static const char three_rows[] =
    "links:\n"
    "  - sites: [{layer: alpha, key: a001}, {layer: beta, key: b002},\n"
    "            {layer: beta, key: b003}]\n"
    "    keep: {layer: beta, key: b002}\n"
    "    because: one building\n";

/* ---- order and tiles ---- */

static void each_located_site_is_in_one_tile_of_every_zoom(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct tr_snapshot *s = make((struct small_world){ .seed = seed });

        for (uint32_t z = 0; z <= TR_MAX_ZOOM; z++) {
            for (size_t i = 0; i < s->n_located;) {
                struct tr_tile t = tr_tile_at(tr_morton_cell(s->keys[i]), z);
                size_t first, last;

                tr_snapshot_tile(s, t, &first, &last);
                assert_int_equal(first, i);
                assert_true(last > i && last <= s->n_located);
                for (; i < last; i++) {
                    struct tr_tile of =
                        tr_tile_at(tr_mercator_cell(s->positions[i].lon_e7,
                                                    s->positions[i].lat_e7),
                                   z);

                    assert_memory_equal(&of, &t, sizeof t);
                }
            }
        }
        tr_snapshot_free(s);
    }
}

static void an_empty_tile_holds_no_site(void **state)
{
    struct tr_snapshot *s = make((struct small_world){ .seed = 1 });
    size_t first, last;

    (void)state;
    tr_snapshot_tile(s, (struct tr_tile){ 4, 15, 15 }, &first, &last);
    assert_int_equal(first, last);
    tr_snapshot_tile(s, (struct tr_tile){ 0, 0, 0 }, &first, &last);
    assert_int_equal(first, 0);
    assert_int_equal(last, s->n_located);
    tr_snapshot_free(s);
}

static void located_sites_stand_by_key_then_id_the_rest_by_id(void **state)
{
    struct tr_snapshot *s = make((struct small_world){ .seed = 7 });
    size_t ties = 0;

    (void)state;
    assert_true(s->n_located > 0 && s->n_located < s->n_sites);
    for (size_t i = 1; i < s->n_sites; i++) {
        bool tie = i < s->n_located && s->keys[i] == s->keys[i - 1];

        if (i < s->n_located)
            assert_true(s->keys[i - 1] <= s->keys[i]);
        if (tie || i > s->n_located)
            assert_true(strcmp(s->site_ids[i - 1], s->site_ids[i]) < 0);
        ties += tie;
    }
    assert_true(ties > 3); /* or the test looks at nothing */
    tr_snapshot_free(s);
}

static void every_row_is_found_under_its_id(void **state)
{
    static const struct {
        const char *layer, *prefix;
        size_t n;
    } layers[] = { { "alpha", "nor", WORLD_ALPHA },
                   { "beta", "nor", WORLD_BETA },
                   { "gamma", "sou", WORLD_GAMMA } };
    struct tr_snapshot *s = make((struct small_world){ .seed = 3 });

    (void)state;
    assert_int_equal(s->n_sites, WORLD_ALPHA + WORLD_BETA + WORLD_GAMMA);
    for (size_t l = 0; l < 3; l++) {
        for (size_t i = 0; i < layers[l].n; i++) {
            struct world_row r;

            small_world_row(3, layers[l].layer, i, &r);

            size_t at = site_of(s, layers[l].prefix, layers[l].layer, r.key);

            assert_true(at < s->n_sites);
            assert_text(text_of(s, "name", at), r.has_name ? r.name : NULL);
            assert_text(text_of(s, "tier", at), tr_tier_name(r.tier));
            assert_int_equal(at < s->n_located, r.has_position);
            if (r.has_position)
                assert_memory_equal(&s->positions[at], &r.position,
                                    sizeof r.position);
        }
    }
    assert_true(tr_snapshot_site(s, "nor-000000000000") == SIZE_MAX);
    tr_snapshot_free(s);
}

/* ---- footprints ---- */

static void footprints_are_the_sites_that_have_an_outline(void **state)
{
    struct tr_snapshot *s = make((struct small_world){
        .seed = 5, .footprint_e7 = 1000, .links = three_rows });
    struct tr_snapshot *other = make((struct small_world){
        .seed = 5, .footprint_e7 = 1001, .links = three_rows });
    size_t joined = site_of(s, "nor", "alpha", "a001"), n = 0;
    struct tr_collection c;

    (void)state;
    assert_true(strcmp(s->version, other->version) != 0);
    assert_ok(tr_collection_open(s, "footprints", &c, &test_err));
    for (size_t i = 0; i < s->n_sites; i++) {
        const struct tr_geometry *g = tr_collection_geometry(&c, i);
        struct tr_position at;
        bool alpha = strcmp(text_of(s, "layer", i), "alpha") == 0;

        assert_int_equal(g != NULL, tr_collection_has(&c, i));
        assert_int_equal(tr_collection_find(&c, s->site_ids[i]),
                         g ? i : SIZE_MAX);
        assert_int_equal(tr_collection_position(&c, i, &at),
                         g && i < s->n_located);
        if (!g)
            continue;
        n++;
        assert_true(alpha || i == joined);
        if (alpha) /* its own position is a corner of it */
            assert_memory_equal(&g->points[0], &s->positions[i], sizeof at);
    }
    assert_int_equal(n, tr_collection_count(&c));
    assert_true(n > 10 && n <= 30);
    tr_snapshot_free(s);
    tr_snapshot_free(other);
}

static void without_outlines_there_is_no_such_collection(void **state)
{
    struct tr_snapshot *s = make((struct small_world){ .seed = 5 });
    struct tr_collection c;

    (void)state;
    assert_int_equal(tr_collection_open(s, "footprints", &c, &test_err),
                     TR_ENOTFOUND);
    tr_snapshot_free(s);
}

/* ---- the version ---- */

static void neither_order_nor_threads_change_the_version(void **state)
{
    struct small_world w = { .seed = 11, .classes = true };
    struct tr_snapshot *first = make(w);

    (void)state;
    for (uint64_t i = 1; i <= 12; i++) {
        w.order = i;
        w.threads = (unsigned)(i % 3 + 1);

        struct tr_snapshot *s = make(w);

        assert_string_equal(s->version, first->version);
        tr_snapshot_free(s);
    }
    tr_snapshot_free(first);
}

static void what_an_audience_can_see_moves_the_version(void **state)
{
    const struct small_world base = { .seed = 11, .classes = true };
    struct small_world w[] = { base, base, base, base, base, base };
    struct tr_snapshot *first = make(base);

    (void)state;
    w[0].seed = 12;
    w[1].purpose = "another sentence";
    w[2].north_edge_e7 = 1; /* an outline, though no site changes its area */
    w[3].classes = false;
    w[4].audience = "partnership";
    w[5].footprint_e7 = 1000;
    for (size_t i = 0; i < sizeof w / sizeof *w; i++) {
        struct tr_snapshot *s = make(w[i]);

        if (strcmp(s->version, first->version) == 0)
            fail_msg("change %zu left the version as it was", i);
        tr_snapshot_free(s);
    }
    tr_snapshot_free(first);
}

/* ---- joining ---- */

static void a_link_makes_one_site_that_answers_to_every_id(void **state)
{
    struct tr_snapshot *apart = make((struct small_world){ .seed = 5 });
    struct tr_snapshot *s =
        make((struct small_world){ .seed = 5, .links = three_rows });
    size_t at = site_of(s, "nor", "beta", "b002");
    char id[64];

    (void)state;
    tr_site_id("nor", "beta", "b002", id);
    assert_int_equal(s->n_sites, apart->n_sites - 2);
    assert_string_equal(s->site_ids[at], id);
    assert_int_equal(site_of(s, "nor", "alpha", "a001"), at);
    assert_int_equal(site_of(s, "nor", "beta", "b003"), at);
    assert_int_equal(s->first_occupation[at + 1] - s->first_occupation[at], 3);
    assert_string_equal(s->occupations[s->first_occupation[at]].key, "b002");
    assert_int_equal(s->first_occupation[s->n_sites],
                     apart->first_occupation[apart->n_sites]);
    assert_int_equal(s->joined.n_rows, 3);
    assert_int_equal(s->numbers[at], tr_site_number("beta", "b002"));
    tr_snapshot_free(apart);
    tr_snapshot_free(s);
}

static void undoing_a_link_brings_everything_back(void **state)
{
    struct small_world w = { .seed = 5 };
    struct tr_snapshot *before = make(w);

    (void)state;
    w.links = three_rows;

    struct tr_snapshot *joined = make(w);

    w.links = "links: []\n";

    struct tr_snapshot *after = make(w);

    assert_string_not_equal(joined->version, before->version);
    assert_string_equal(after->version, before->version);
    tr_snapshot_free(before);
    tr_snapshot_free(joined);
    tr_snapshot_free(after);
}

/* The kept row's value where it has one, else by tier and then by id. */
static int before(const struct world_row *x, const struct world_row *y,
                  const char *x_id, const char *y_id)
{
    return x->tier != y->tier ? x->tier < y->tier : strcmp(x_id, y_id) < 0;
}

static void a_joined_site_takes_the_first_value_that_is_there(void **state)
{
    size_t from_others = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct tr_snapshot *s =
            make((struct small_world){ .seed = seed, .links = three_rows });
        struct world_row keep, a, b;
        char a_id[64], b_id[64];

        small_world_row(seed, "beta", 2, &keep);
        small_world_row(seed, "alpha", 1, &a);
        small_world_row(seed, "beta", 3, &b);
        tr_site_id("nor", "alpha", a.key, a_id);
        tr_site_id("nor", "beta", b.key, b_id);

        const struct world_row *next = before(&a, &b, a_id, b_id) ? &a : &b;
        const struct world_row *last = next == &a ? &b : &a;
        const struct world_row *of = keep.has_name    ? &keep
                                     : next->has_name ? next
                                     : last->has_name ? last
                                                      : NULL;

        assert_text(text_of(s, "name", site_of(s, "nor", "beta", "b002")),
                    of ? of->name : NULL);
        from_others += of && of != &keep;
        tr_snapshot_free(s);
    }
    assert_true(from_others > 3);
}

static void a_nameless_row_takes_the_reviewed_name(void **state)
{
    static const char names[] =
        "names:\n  - {layer: beta, key: b002, name: Given Hall, "
        "source: \"https://example.org/\"}\n";
    size_t given = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct tr_snapshot *s =
            make((struct small_world){ .seed = seed, .links = names });
        struct world_row row;

        small_world_row(seed, "beta", 2, &row);
        assert_text(text_of(s, "name", site_of(s, "nor", "beta", "b002")),
                    row.has_name ? row.name : "Given Hall");
        given += !row.has_name;
        tr_snapshot_free(s);
    }
    assert_true(given > 0 && given < 20);
}

static void a_joined_site_stands_where_its_kept_row_does(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct tr_snapshot *s =
            make((struct small_world){ .seed = seed, .links = three_rows });
        size_t at = site_of(s, "nor", "beta", "b002");
        struct world_row r[3];
        uint16_t best = UINT16_MAX;

        small_world_row(seed, "beta", 2, &r[0]);
        small_world_row(seed, "alpha", 1, &r[1]);
        small_world_row(seed, "beta", 3, &r[2]);
        for (int i = 0; i < 3; i++) {
            if (r[i].has_position && r[i].precision_m < best)
                best = r[i].precision_m;
        }
        assert_int_equal(at < s->n_located, best != UINT16_MAX);
        if (r[0].has_position)
            assert_memory_equal(&s->positions[at], &r[0].position,
                                sizeof r[0].position);
        else if (best != UINT16_MAX)
            assert_int_equal(s->precision_m[at], best);
        tr_snapshot_free(s);
    }
}

static void two_rows_with_one_id_are_refused(void **state)
{
    struct tr_snapshot *s = NULL;
    struct small_world w = { .seed = 1, .doubled = true };

    (void)state;
    assert_int_equal(small_world_snapshot(&w, &s, &test_err), TR_EDATA);
    assert_non_null(strstr(test_err.msg, "two sites would have the id 'nor-"));
    assert_null(s);
}

/* ---- classes ---- */

static void running_sums_are_the_counts(void **state)
{
    struct tr_snapshot *s =
        make((struct small_world){ .seed = 9, .classes = true });
    uint32_t counts[TR_CLASSES] = { 0 };

    (void)state;
    for (size_t i = 0; i <= s->n_located; i++) {
        for (int c = 0; c < TR_CLASSES; c++)
            assert_int_equal(s->class_sums[c][i], counts[c]);
        if (i < s->n_located)
            counts[small_world_class(s->numbers[i])]++;
    }
    assert_true(counts[TR_KEY] && counts[TR_SURPLUS] && counts[TR_NO_CLASS]);
    for (size_t i = 0; i < s->n_sites; i++)
        assert_int_equal(s->classes[i], small_world_class(s->numbers[i]));
    tr_snapshot_free(s);
}

static void the_public_reads_a_surplus_as_in_review(void **state)
{
    struct tr_snapshot *s = make((struct small_world){
        .seed = 9, .classes = true, .audience = "public" });
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < s->n_sites; i++) {
        enum tr_class c = small_world_class(s->numbers[i]);

        assert_int_equal(s->classes[i], c == TR_SURPLUS ? TR_IN_REVIEW : c);
        if (c == TR_SURPLUS) {
            assert_null(s->class_data[i]);
            assert_text(text_of(s, "class", i), "in-review");
            n++;
        }
    }
    assert_true(n > 0);
    tr_snapshot_free(s);
}

static void a_field_above_the_audience_is_not_there(void **state)
{
    static const struct {
        const char *audience;
        bool seen;
    } cases[] = { { "public", false },
                  { "partnership", false },
                  { "operator", true } };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct tr_snapshot *s = make(
            (struct small_world){ .seed = 9, .audience = cases[i].audience });

        assert_int_equal(tr_table_column(&s->sites, "annual_rent_gbp") != NULL,
                         cases[i].seen);
        tr_snapshot_free(s);
    }
}

/* ---- areas ---- */

/* Where a naive double puts a position: A, B, C, D or nothing. */
static const char *naive_square(const struct tr_position *p)
{
    static const char *const names[] = { "A", "B", "C", "D" };
    int64_t x = (int64_t)p->lon_e7 + 25000000, y = p->lat_e7 - 530000000;

    if (x < 0 || y < 0 || x > 20000000 || y > 20000000)
        return NULL;
    return names[(y > 10000000) * 2 + (x > 10000000)];
}

struct wanted_area {
    const char *name, *certainty;
};

static struct wanted_area naive_area(const struct world_row *r)
{
    struct wanted_area w = { NULL, "no point" };

    if (r->has_position) {
        w.name = naive_square(&r->position);
        w.certainty = w.name ? "inside" : "outside";
    } else if (r->withheld) {
        w.certainty = "not published";
    } else if (r->outward && strcmp(r->outward, "AA1") == 0) {
        w = (struct wanted_area){ "A", "probable" };
    }
    return w;
}

static void check_areas(const struct tr_snapshot *s, uint64_t seed,
                        const char *layer, const char *prefix, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct world_row r;

        small_world_row(seed, layer, i, &r);

        size_t at = site_of(s, prefix, layer, r.key);
        struct wanted_area w = naive_area(&r);

        assert_text(text_of(s, "squares", at), w.name);
        assert_text(text_of(s, "squares-2020", at), w.name);
        assert_text(text_of(s, "squares.certainty", at), w.certainty);
    }
}

static void every_site_has_its_area_and_how_sure_it_is(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct tr_snapshot *s = make((struct small_world){ .seed = seed });

        check_areas(s, seed, "alpha", "nor", WORLD_ALPHA);
        check_areas(s, seed, "beta", "nor", WORLD_BETA);
        tr_snapshot_free(s);
    }
}

static void another_places_areas_hold_none_of_our_sites(void **state)
{
    struct tr_snapshot *s = make((struct small_world){ .seed = 2 });

    (void)state;
    for (size_t i = 0; i < s->n_sites; i++) {
        if (s->site_places[i] != 1)
            continue;
        assert_text(text_of(s, "squares", i), NULL);
        assert_text(text_of(s, "place", i), "south");
    }
    tr_snapshot_free(s);
}

static void two_places_may_have_a_set_of_one_name(void **state)
{
    struct tr_snapshot *s =
        make((struct small_world){ .seed = 2, .south_has_squares = true });
    const struct tr_area_set *north =
        tr_snapshot_area_set(s, "north-squares-2020");
    const struct tr_area_set *south =
        tr_snapshot_area_set(s, "south-squares-2020");

    (void)state;
    assert_int_equal(s->n_area_sets, 2);
    assert_non_null(north);
    assert_non_null(south);
    for (size_t i = 0; i < s->n_located; i++) {
        const char *want = naive_square(&s->positions[i]);
        const struct tr_area_set *own = s->site_places[i] ? south : north;
        const struct tr_area_set *other = s->site_places[i] ? north : south;

        assert_text(text_of(s, "squares", i), want);
        assert_int_equal(own->site_area[i] != TR_NO_AREA, want != NULL);
        assert_int_equal(other->site_area[i], TR_NO_AREA);
    }
    tr_snapshot_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_located_site_is_in_one_tile_of_every_zoom),
        cmocka_unit_test(an_empty_tile_holds_no_site),
        cmocka_unit_test(located_sites_stand_by_key_then_id_the_rest_by_id),
        cmocka_unit_test(every_row_is_found_under_its_id),
        cmocka_unit_test(footprints_are_the_sites_that_have_an_outline),
        cmocka_unit_test(without_outlines_there_is_no_such_collection),
        cmocka_unit_test(neither_order_nor_threads_change_the_version),
        cmocka_unit_test(what_an_audience_can_see_moves_the_version),
        cmocka_unit_test(a_link_makes_one_site_that_answers_to_every_id),
        cmocka_unit_test(undoing_a_link_brings_everything_back),
        cmocka_unit_test(a_joined_site_takes_the_first_value_that_is_there),
        cmocka_unit_test(a_nameless_row_takes_the_reviewed_name),
        cmocka_unit_test(a_joined_site_stands_where_its_kept_row_does),
        cmocka_unit_test(two_rows_with_one_id_are_refused),
        cmocka_unit_test(running_sums_are_the_counts),
        cmocka_unit_test(the_public_reads_a_surplus_as_in_review),
        cmocka_unit_test(a_field_above_the_audience_is_not_there),
        cmocka_unit_test(every_site_has_its_area_and_how_sure_it_is),
        cmocka_unit_test(another_places_areas_hold_none_of_our_sites),
        cmocka_unit_test(two_places_may_have_a_set_of_one_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
