/* summary.c - counts and floor area by area x partner x class. See
 * terrier/query.h. */
#include <stdlib.h>
#include <string.h>

#include "terrier/query.h"

static const char no_memory[] = "no memory left for the summary";

/* Partners are named as the legend does; those of the legend come first, in its
 * order, and are there even when silent. */
struct partners {
    size_t n, size;
    const char **names;
};

static size_t partner_index(struct partners *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++) {
        if (strcmp(p->names[i], name) == 0)
            return i;
    }
    if (p->n == p->size)
        return SIZE_MAX;
    p->names[p->n] = name;
    return p->n++;
}

static bool list_partners(const struct tr_snapshot *s, struct tr_arena *a,
                          struct partners *p)
{
    const struct tr_column *partner = tr_table_column(&s->sites, "partner");

    p->size = partner && partner->dict ? partner->dict->n + 1 : 1;
    for (size_t i = 0; i < s->n_places; i++)
        p->size += s->places[i]->n_organisations;
    p->names = tr_arena_array(a, p->size + 1, sizeof *p->names);
    if (!p->names)
        return false;
    for (size_t i = 0; i < s->n_places; i++) {
        for (size_t k = 0; k < s->places[i]->n_organisations; k++) {
            if (s->places[i]->organisations[k].legend)
                partner_index(p, s->places[i]->organisations[k].legend);
        }
    }
    for (uint32_t i = 0; partner && partner->dict && i < partner->dict->n; i++)
        partner_index(p, partner->dict->texts[i]);
    partner_index(p, ""); /* sites of no organisation */
    return true;
}

static void count_floor(size_t site, const struct tr_column *area,
                        const struct tr_column *shared,
                        struct tr_summary_row *row)
{
    if (!area || !tr_has(area, site))
        return;
    if (shared && tr_has(shared, site) && shared->values.booleans[site]) {
        row->shared_floor_area++;
        return;
    }
    row->with_floor_area++;
    row->floor_area_m2 += area->values.numbers[site];
}

static void add(struct tr_summary_row *to, const struct tr_summary_row *from)
{
    to->sites += from->sites;
    to->located += from->located;
    for (int c = 0; c < TR_CLASSES; c++)
        to->by_class[c] += from->by_class[c];
    to->floor_area_m2 += from->floor_area_m2;
    to->with_floor_area += from->with_floor_area;
    to->shared_floor_area += from->shared_floor_area;
}

/* The sites that the filter lets pass; NULL filter: all. */
static enum tr_status filter_sites(const struct tr_snapshot *s,
                                   const struct tr_cql2 *filter,
                                   struct tr_arena *a, const uint32_t **rows,
                                   size_t *n, struct tr_error *err)
{
    struct tr_query q = { .collection = "sites", .filter = filter };
    struct tr_query_result r;
    enum tr_status st = tr_query_run(s, &q, a, &r, err);

    if (!st) {
        *rows = r.rows;
        *n = r.n;
    }
    return st;
}

static const struct tr_area_set *choose_set(const struct tr_snapshot *s,
                                            const char *set)
{
    if (!set && s->n_places && s->places[0]->n_sets)
        set = s->places[0]->sets[0];
    return set ? tr_snapshot_area_set(s, set) : NULL;
}

/* Areas of the set, then one group per certainty of those in none. */
static size_t group_of(const struct tr_area_set *set, size_t site)
{
    if (!set)
        return TR_NO_POINT;
    if (set->site_area[site] != TR_NO_AREA)
        return (size_t)set->site_area[site];
    return set->n + set->site_certainty[site];
}

static void count_sites(const struct tr_snapshot *s,
                        const struct tr_area_set *set, struct partners *p,
                        const uint32_t *rows, size_t n,
                        struct tr_summary_row *grid)
{
    const struct tr_column *partner = tr_table_column(&s->sites, "partner");
    const struct tr_column *area = tr_table_column(&s->sites, "floor_area_m2");
    const struct tr_column *shared =
        tr_table_column(&s->sites, "floor_area_shared");

    for (size_t i = 0; i < n; i++) {
        size_t site = rows[i];
        const char *name =
            partner && tr_has(partner, site) ? tr_text_at(partner, site) : "";
        struct tr_summary_row *row =
            &grid[group_of(set, site) * p->n + partner_index(p, name)];

        row->sites++;
        row->located += site < s->n_located;
        row->by_class[s->classes[site]]++;
        count_floor(site, area, shared, row);
    }
}

/* Give the used rows of the grid their names, close the gaps, add them up. */
static void name_rows(const struct tr_area_set *set, const struct partners *p,
                      struct tr_summary_row *grid, size_t groups,
                      struct tr_summary_row *totals, struct tr_summary *sum)
{
    size_t used = 0;

    for (size_t i = 0; i < groups * p->n; i++) {
        size_t group = i / p->n, k = i % p->n;
        bool in_area = set && group < set->n;
        size_t certainty = set ? group - set->n : group;
        struct tr_summary_row row = grid[i];

        if (!row.sites)
            continue;
        row.partner = p->names[k];
        row.area = in_area ? set->names[group] : "";
        row.area_code = in_area ? set->codes[group] : "";
        row.certainty =
            in_area ? "" : tr_certainty_name((enum tr_certainty)certainty);
        add(&totals[k], &row);
        add(&sum->all, &row);
        grid[used++] = row; /* never ahead of what is read: used <= i */
    }
    sum->n = used;
    sum->rows = grid;
}

/* One total per partner: all of the legend, and who else has sites. */
static size_t close_totals(const struct partners *p,
                           struct tr_summary_row *totals)
{
    size_t n = 0;

    for (size_t k = 0; k < p->n; k++) {
        totals[k].partner = p->names[k];
        if (*p->names[k] || totals[k].sites)
            totals[n++] = totals[k];
    }
    return n;
}

enum tr_status tr_summarise(const struct tr_snapshot *s, const char *set_name,
                            const struct tr_cql2 *filter, struct tr_arena *a,
                            struct tr_summary *out, struct tr_error *err)
{
    const struct tr_area_set *set = choose_set(s, set_name);
    struct partners p = { 0 };
    struct tr_summary sum = { 0 };
    const uint32_t *rows;
    size_t n;

    if (set_name && !set)
        return tr_fail(err, TR_ENOTFOUND, "no area set '%.60s'%s", set_name,
                       s->n_area_sets ? "" : ": no areas are loaded");

    enum tr_status st = filter_sites(s, filter, a, &rows, &n, err);

    if (st)
        return st;
    if (!list_partners(s, a, &p))
        return tr_fail(err, TR_ENOMEM, no_memory);

    size_t groups = (set ? set->n : 0) + TR_CERTAINTIES;
    struct tr_summary_row *grid =
        tr_arena_array(a, groups * p.n + 1, sizeof *grid);
    struct tr_summary_row *totals = tr_arena_array(a, p.n + 1, sizeof *totals);

    if (!grid || !totals)
        return tr_fail(err, TR_ENOMEM, no_memory);
    count_sites(s, set, &p, rows, n, grid);
    name_rows(set, &p, grid, groups, totals, &sum);
    sum.n_totals = close_totals(&p, totals);
    sum.totals = totals;
    sum.set = set ? set->id : "";
    sum.all.partner = sum.all.area = sum.all.area_code = sum.all.certainty = "";
    *out = sum;
    return TR_OK;
}
