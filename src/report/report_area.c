/* report_area.c - the decision pack of an area: what is there, what might go,
 * whom that would leave farther off, what is not known. */
#include <string.h>

#include "report/report_parts.h"
#include "terrier/near.h"

struct area_pack {
    struct composing *c;
    const struct tr_area_set *set;
    int32_t area;
    uint32_t *sites; /* in it, by name */
    size_t n, placed;
};

static enum tr_status find_sites(struct area_pack *a)
{
    const struct tr_snapshot *s = a->c->s;

    a->sites = tr_arena_array(a->c->p->arena, s->n_sites + 1, sizeof *a->sites);
    if (!a->sites)
        return tr_fail(a->c->err, TR_ENOMEM, "no memory left for the paper");
    for (size_t i = 0; i < s->n_sites; i++) {
        if (a->set->site_area[i] != a->area)
            continue;
        a->sites[a->n++] = (uint32_t)i;
        a->placed += i < s->n_located;
    }
    sort_by_name(a->c, a->sites, a->n);
    return TR_OK;
}

static bool is_candidate(const struct composing *c, uint32_t site)
{
    enum tr_class k = site_class(c, site);

    return k == TR_SURPLUS || k == TR_IN_REVIEW;
}

/* ---- counts ---- */

static const char *floor_words(struct composing *c, double m2)
{
    return m2 > 0 ? tr_paper_say(c->p, "%s m\xC2\xB2", tr_paper_count(c->p, m2))
                  : "";
}

static void put_counts(struct area_pack *a)
{
    static const struct tr_paper_column columns[] = {
        { "Class", 40, false },
        { "Sites", 15, true },
        { "Floor area on record", 25, true },
        { "Without one", 20, true },
    };
    struct composing *c = a->c;
    struct class_counts n;

    count_classes(c, a->sites, a->n, &n);
    tr_paper_text(c->p,
                  "%zu sites are in it; %zu of them have a point on the map. A "
                  "floor area that several entries share is left out.",
                  a->n, a->placed);
    put_class_bars(c, &n, "Sites by class");
    tr_paper_table(c->p, NULL, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < TR_CLASSES; i++) {
        enum tr_class k = class_in_order(i);

        if (!n.n[k])
            continue;
        about_class(c, k);
        tr_paper_row(c->p, (const char *const[]){
                               class_heading(c, k),
                               tr_paper_count(c->p, (double)n.n[k]),
                               floor_words(c, n.floor_m2[k]),
                               tr_paper_count(c->p, (double)n.unknown[k]) });
    }
    about_all(c);
}

struct group { /* sites of one partner, or of one ward */
    const char *name;
    long n[TR_CLASSES];
    double floor_m2, candidate_m2;
};

static struct group *group_named(struct group *list, size_t *n, size_t size,
                                 const char *name)
{
    size_t i = 0;

    while (i < *n && strcmp(list[i].name, name) != 0)
        i++;
    if (i == size)
        return &list[size - 1];
    if (i == *n)
        list[(*n)++] = (struct group){ .name = name };
    return &list[i];
}

static void add_to(const struct composing *c, struct group *g, uint32_t site)
{
    g->n[site_class(c, site)]++;
    g->floor_m2 += site_floor(c, site);
    if (is_candidate(c, site))
        g->candidate_m2 += site_floor(c, site);
}

static void sort_groups(struct group *list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct group g = list[i];
        size_t k = i;

        for (; k && strcmp(list[k - 1].name, g.name) > 0; k--)
            list[k] = list[k - 1];
        list[k] = g;
    }
}

static const char *count_or_none(struct composing *c, long n)
{
    return n ? tr_paper_count(c->p, (double)n) : "-";
}

static void put_partners(struct area_pack *a)
{
    struct tr_paper_column *columns =
        tr_arena_array(a->c->p->arena, 7, sizeof *columns);
    struct composing *c = a->c;
    struct group list[128];
    size_t n = 0;

    if (!columns) {
        c->p->failed = true;
        return;
    }
    columns[0] = (struct tr_paper_column){ "Partner", 31, false };
    columns[1] = (struct tr_paper_column){ "Key", 8, true };
    columns[2] = (struct tr_paper_column){ "Core", 8, true };
    columns[3] = (struct tr_paper_column){ c->p->filter ? "In review"
                                                        : "Surplus candidate",
                                           14, true };
    columns[4] = (struct tr_paper_column){ "Unclassified", 14, true };
    columns[5] = (struct tr_paper_column){ "Not applicable", 12, true };
    columns[6] = (struct tr_paper_column){ "Floor area", 13, true };
    for (size_t i = 0; i < a->n; i++)
        add_to(c,
               group_named(list, &n, 128, site_text(c, "partner", a->sites[i])),
               a->sites[i]);
    sort_groups(list, n);
    tr_paper_heading(c->p, 2, "Whose they are");
    tr_paper_table(c->p, NULL, columns, 7);
    for (size_t i = 0; i < n; i++)
        tr_paper_row(c->p, (const char *const[]){
                               *list[i].name ? list[i].name : "not named",
                               count_or_none(c, list[i].n[TR_KEY]),
                               count_or_none(c, list[i].n[TR_CORE]),
                               count_or_none(c, list[i].n[TR_SURPLUS] +
                                                    list[i].n[TR_IN_REVIEW]),
                               count_or_none(c, list[i].n[TR_UNCLASSIFIED] +
                                                    list[i].n[TR_NO_CLASS]),
                               count_or_none(c, list[i].n[TR_NOT_APPLICABLE]),
                               floor_words(c, list[i].floor_m2) });
}

/* The set that candidates are counted by: the place's second, wards as a rule.
 */
static const struct tr_area_set *finer_set(const struct area_pack *a)
{
    const struct tr_place *place = a->c->s->places[a->set->place];

    for (size_t i = 0; i < place->n_sets; i++) {
        const struct tr_area_set *set =
            tr_snapshot_area_set(a->c->s, place->sets[i]);

        if (set && set != a->set && strcmp(set->set, a->set->set) != 0)
            return set;
    }
    return NULL;
}

static void put_wards(struct area_pack *a)
{
    static const struct tr_paper_column columns[] = {
        { "Area", 40, false },
        { "Candidates", 14, true },
        { "Their floor area", 22, true },
        { "All sites there", 24, true },
    };
    const struct tr_area_set *set = finer_set(a);
    struct composing *c = a->c;
    struct group list[256];
    size_t n = 0;

    if (!set)
        return;
    tr_paper_heading(c->p, 2,
                     c->p->filter ? "In review, by %s (%s)"
                                  : "Surplus candidates by %s (%s)",
                     set->label, set->vintage);
    for (size_t i = 0; i < a->n; i++) {
        int32_t in = set->site_area[a->sites[i]];

        add_to(c,
               group_named(list, &n, 256,
                           in == TR_NO_AREA ? "not placed to the metre"
                                            : set->names[in]),
               a->sites[i]);
    }
    sort_groups(list, n);
    tr_paper_table(c->p, NULL, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < n; i++) {
        long all = 0, some = list[i].n[TR_SURPLUS] + list[i].n[TR_IN_REVIEW];

        for (int k = 0; k < TR_CLASSES; k++)
            all += list[i].n[k];
        tr_paper_row(c->p, (const char *const[]){
                               list[i].name, count_or_none(c, some),
                               some && list[i].candidate_m2 <= 0
                                   ? "not known"
                                   : floor_words(c, list[i].candidate_m2),
                               tr_paper_count(c->p, (double)all) });
    }
}

/* ---- candidates ---- */

static void put_candidate(struct area_pack *a, uint32_t site)
{
    struct composing *c = a->c;
    struct tr_catchment k = { .why = "" };

    about_site(c, site);
    tr_paper_heading(c->p, 3, "%s", site_name(c, site));
    if (!c->st)
        c->st =
            tr_catchment_of(c->s, c->in->rules, site, c->p->arena, &k, c->err);
    if (!c->st)
        put_gap(c, site, &k);
    about_all(c);
}

static void put_candidates(struct area_pack *a)
{
    struct composing *c = a->c;
    size_t n = 0;

    tr_paper_heading(c->p, 2,
                     c->p->filter ? "If the sites in review closed"
                                  : "If the surplus candidates closed");
    for (size_t i = 0; i < a->n && !c->st; i++) {
        if (is_candidate(c, a->sites[i])) {
            put_candidate(a, a->sites[i]);
            n++;
        }
    }
    if (!n)
        tr_paper_text(c->p, "There are none.");
}

static void put_people(struct area_pack *a)
{
    struct tr_catchment k = { .why = "" };
    struct composing *c = a->c;

    if (!c->st)
        c->st = tr_catchment_of_area(c->s, c->in->rules, a->set, a->area,
                                     c->p->arena, &k, c->err);
    if (!c->st)
        put_equality(
            c, &k,
            tr_paper_say(c->p, "the people of %s", a->set->names[a->area]));
}

static void cite_rows(struct area_pack *a)
{
    const struct tr_snapshot *s = a->c->s;

    for (size_t i = 0; i < a->n; i++) {
        for (uint32_t o = s->first_occupation[a->sites[i]];
             o < s->first_occupation[a->sites[i] + 1]; o++)
            cite(a->c, s->layers[s->occupations[o].layer].name,
                 s->occupations[o].as_of);
    }
    cite(a->c, s->layers[a->set->layer].name, TR_NO_DATE);
}

enum tr_status report_area(const struct report_input *in,
                           const struct tr_area_set *set, int32_t area,
                           struct tr_paper **out, struct tr_error *err)
{
    struct composing c;
    struct area_pack a = { .c = &c, .set = set, .area = area };
    enum tr_status st =
        report_begin(in, "Decision pack of an area", set->names[area], &c, err);

    if (!st)
        st = find_sites(&a);
    if (st)
        return st;
    tr_paper_text(c.p, "%s, as drawn in %s.", set->label, set->vintage);
    put_counts(&a);
    put_partners(&a);
    put_wards(&a);
    put_picture(&c);
    tr_paper_heading(c.p, 2, "The sites, and why");
    put_sites(&c, a.sites, a.n, "partner");
    put_candidates(&a);
    put_people(&a);
    tr_paper_heading(c.p, 2, "What is not known, and who has it");
    put_wanted(&c, a.sites, a.n, 60);
    cite_rows(&a);
    put_sources(&c);
    put_words(&c);
    return report_end(&c, out);
}
