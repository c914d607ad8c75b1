/* bench_classify.c - classes of a million invented sites by the default
 * rule-set, the measures given as columns: the rules alone, with robustness,
 * with explanations. See README.md for the lines. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terrier/classify.h"
#include "terrier/field.h"

#define RULES  "layers/rules/default.yaml"
#define AS_OF  20000
#define TABLES ((size_t)8 << 30)

static const char *only; /* works with this in their name; NULL: all */
static uint64_t state = 88172645463325252u;

static uint32_t below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 20) % n);
}

/* ---- the rules, their measures cut out ---- */

static const struct tr_rules *read_rules(struct tr_arena *a)
{
    static char text[1 << 18];
    const struct tr_rules *rules = NULL;
    FILE *f = fopen(RULES, "r");
    char *from, *to;

    if (!f) {
        fprintf(stderr, "bench_classify: no " RULES "\n");
        exit(1);
    }
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    from = strstr(text, "\nmeasures:");
    to = strstr(text, "\ngates:");
    if (from && to && from < to)
        memmove(from, to, strlen(to) + 1);
    need(tr_rules_parse(text, strlen(text), RULES, a, &rules, &err));
    return rules;
}

/* ---- the sites ---- */

static const char *const services[] = { "library",       "office",
                                        "depot",         "primary-school",
                                        "health-centre", "park",
                                        "toilets",       "fire-station" };
static const char *const bands[] = { "A", "B", "C", "D" };
static const char *const tenures[] = { "freehold", "leasehold" };
static const char *const accesses[] = { "step-free", "partly", "none" };
static const char *const zones[] = { "1", "2", "3" };
static const char *const holdings[] = { "building", "land" };

static const struct {
    const char *name;
    enum tr_type type;
    double most;              /* of a number */
    const char *const *texts; /* of a text or a list */
    uint32_t n_texts, known;  /* percent of the sites */
} columns[] = {
    { "services", TR_LIST, 0, services, 8, 90 },
    { "condition", TR_TEXT, 0, bands, 4, 80 },
    { "condition_date", TR_DATE, 0, NULL, 0, 80 },
    { "suitability", TR_TEXT, 0, bands, 4, 80 },
    { "energy_band", TR_TEXT, 0, bands, 4, 60 },
    { "access", TR_TEXT, 0, accesses, 3, 70 },
    { "flood_zone", TR_TEXT, 0, zones, 3, 100 },
    { "tenure", TR_TEXT, 0, tenures, 2, 95 },
    { "holding_type", TR_TEXT, 0, holdings, 2, 50 },
    { "floor_area_m2", TR_NUMBER, 3000, NULL, 0, 90 },
    { "running_cost_gbp", TR_NUMBER, 90000, NULL, 0, 80 },
    { "backlog_gbp", TR_NUMBER, 500000, NULL, 0, 80 },
    { "spare_m2", TR_NUMBER, 400, NULL, 0, 60 },
    { "utilisation_pct", TR_NUMBER, 100, NULL, 0, 60 },
    { "people_800m", TR_NUMBER, 9000, NULL, 0, 98 },
    { "deprived_share_800m", TR_NUMBER, 100, NULL, 0, 98 },
    { "buses_300m", TR_NUMBER, 25, NULL, 0, 98 },
    { "trams_400m", TR_NUMBER, 2, NULL, 0, 98 },
    { "trains_400m", TR_NUMBER, 1, NULL, 0, 98 },
    { "gap", TR_NUMBER, 60, NULL, 0, 98 },
    { "growth_1200m", TR_NUMBER, 1500, NULL, 0, 98 },
    { "peer_cost", TR_NUMBER, 60, NULL, 0, 98 },
    { "lease_events_800m", TR_NUMBER, 4, NULL, 0, 98 },
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

static void put(struct tr_column_builder *b, size_t k, size_t row)
{
    const char *text;

    if (below(100) >= columns[k].known)
        return;
    switch (columns[k].type) {
    case TR_NUMBER:
        tr_column_put_number(b, row, below((uint32_t)columns[k].most + 1));
        break;
    case TR_DATE: tr_column_put_int(b, row, AS_OF - below(3000)); break;
    case TR_TEXT:
        tr_column_put_text(b, row, columns[k].texts[below(columns[k].n_texts)]);
        break;
    case TR_LIST:
        text = columns[k].texts[below(columns[k].n_texts)];
        tr_column_put_list(b, row, &text, 1);
        break;
    case TR_BOOLEAN:
    case TR_INTEGER:
    case TR_INSTANT:
    case TR_GEOMETRY: break;
    }
}

static void make_table(struct tr_snapshot *s, size_t n, struct tr_arena *a)
{
    struct tr_column *out = array(a, N_COLUMNS, sizeof *out);

    for (size_t k = 0; k < N_COLUMNS; k++) {
        struct tr_column_builder *b =
            tr_column_builder_new(a, columns[k].name, columns[k].type);
        const struct tr_field *f = tr_field_named(columns[k].name);

        for (size_t row = 0; row < n; row++)
            put(b, k, row);
        need(tr_column_finish(b, n, &out[k], &err));
        out[k].title = f ? f->title : columns[k].name;
        out[k].unit = f ? f->unit : NULL;
    }
    s->sites = (struct tr_table){ n, N_COLUMNS, out };
}

static struct tr_snapshot *make_sites(size_t n, struct tr_arena *a)
{
    struct tr_snapshot *s = array(a, 1, sizeof *s);
    struct tr_layer *layer = array(a, 1, sizeof *layer);
    const char **ids = array(a, n, sizeof *ids);
    uint32_t *first = array(a, n + 1, sizeof *first);
    struct tr_occupation *o = array(a, n, sizeof *o);

    layer->name = "register";
    layer->kind = "sites";
    layer->as_of = AS_OF;
    for (size_t i = 0; i < n; i++) {
        ids[i] = tr_arena_printf(a, "ben-%012zu", i * 7919 % 999999999989);
        first[i + 1] = (uint32_t)i + 1;
        o[i] = (struct tr_occupation){ .site_id = ids[i],
                                       .organisation = -1,
                                       .missing_since = TR_NO_DATE,
                                       .as_of = AS_OF,
                                       .joined_row = TR_NO_ROW };
    }
    s->n_sites = s->n_located = n;
    s->site_ids = ids;
    s->first_occupation = first;
    s->occupations = o;
    s->layers = layer;
    s->n_layers = 1;
    s->as_of = AS_OF;
    make_table(s, n, a);
    return s;
}

/* ---- work ---- */

/* Seconds that one run took. */
static double once(const char *name, const struct tr_snapshot *s,
                   const struct tr_rules *rules, struct tr_classify_options o)
{
    const struct tr_results *out = NULL;
    char digest[TR_DIGEST_TEXT];
    struct tr_arena a;
    double t = seconds(), cpu = cpu_seconds();

    tr_arena_init(&a, TABLES);
    o.as_of = AS_OF;
    o.seed = 1;
    need(tr_classify(s, rules, &o, &a, &out, &err));
    t = seconds() - t;
    cpu = cpu_seconds() - cpu;
    tr_digest_text(&out->digest, digest);
    if (getenv("TR_SHOW"))
        fprintf(stderr,
                "%s: %.3f s of processor time, %.16s key %ld core %ld\n", name,
                cpu, digest, out->counts[TR_KEY], out->counts[TR_CORE]);
    if (getenv("TR_JSON") && out->n && out->sites[0].json) {
        struct tr_hasher h;

        tr_hash_init(&h);
        for (size_t i = 0; i < out->n; i++)
            tr_hash_text(&h, out->sites[i].json);
        struct tr_digest d = tr_hash_end(&h);
        tr_digest_text(&d, digest);
        fprintf(stderr, "  JSON %.16s\n", digest);
    }
    tr_arena_clear(&a);
    return t;
}

static void work(const char *row, const char *name, const struct tr_snapshot *s,
                 const struct tr_rules *rules, struct tr_classify_options o)
{
    double t[RUNS], middle;
    bool rate = o.draws == 0;

    if (only && !strstr(name, only))
        return;
    for (int i = 0; i < RUNS; i++)
        t[i] = once(name, s, rules, o);
    middle = median(t, RUNS);
    printf("%s\t%s\t%zu sites\t%.*f\t%s\t-\t-\t-\n", row, name, s->n_sites,
           rate ? 0 : 3, rate ? (double)s->n_sites / middle : middle,
           rate ? "sites/s" : "s");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    size_t some = n / 50 + 1;
    const struct tr_rules *rules;
    struct tr_snapshot *s, *few, *borough;
    struct tr_arena a;

    only = argc > 2 ? argv[2] : NULL;
    tr_arena_init(&a, TABLES);
    rules = read_rules(&a);
    s = make_sites(n, &a);
    few = make_sites(some, &a);
    borough = make_sites(700, &a);
    work("P7", "classify-rules", s, rules,
         (struct tr_classify_options){ .without_json = true });
    work("P7", "classify-explained", few, rules,
         (struct tr_classify_options){ .without_flips = true });
    work("P7", "classify-flips", few, rules, (struct tr_classify_options){ 0 });
    work("P8", "robust-1000", s, rules,
         (struct tr_classify_options){ .without_json = true, .draws = 1000 });
    work("P8", "robust-10000-explained", borough, rules,
         (struct tr_classify_options){ .draws = 10000 });
    tr_arena_clear(&a);
    return 0;
}
