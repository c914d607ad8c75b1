/* report_lists.c - what papers about many sites share: counts by class, lists
 * of sites, what is wanted of whom. */
#include <string.h>

#include "report/report_parts.h"
#include "terrier/missing.h"

static const enum tr_class shown_order[] = { TR_KEY,          TR_CORE,
                                             TR_SURPLUS,      TR_IN_REVIEW,
                                             TR_UNCLASSIFIED, TR_NOT_APPLICABLE,
                                             TR_NO_CLASS };

enum tr_class class_in_order(size_t i)
{
    return shown_order[i];
}

/* A published surplus may be called so; what is written next is about it. */
void about_class(struct composing *c, enum tr_class k)
{
    c->filter = c->filter ? c->filter : c->p->filter;
    c->p->filter = k == TR_SURPLUS ? NULL : c->filter;
}

void about_site(struct composing *c, size_t site)
{
    about_class(c, site_class(c, site));
}

void about_all(struct composing *c)
{
    if (c->filter)
        c->p->filter = c->filter;
}

void count_classes(const struct composing *c, const uint32_t *sites, size_t n,
                   struct class_counts *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        enum tr_class k = site_class(c, sites[i]);
        double floor = site_floor(c, sites[i]);

        out->n[k]++;
        out->floor_m2[k] += floor;
        out->unknown[k] += floor <= 0;
    }
}

void put_class_bars(struct composing *c, const struct class_counts *n,
                    const char *caption)
{
    tr_paper_bars(c->p, caption);
    for (size_t i = 0; i < TR_CLASSES; i++) {
        enum tr_class k = shown_order[i];
        bool always = k == TR_KEY || k == TR_CORE || k == TR_UNCLASSIFIED ||
                      (k == TR_SURPLUS && !c->p->filter);

        about_class(c, n->n[k] ? k : TR_NO_CLASS);
        if (k != TR_NO_CLASS && (n->n[k] || always))
            tr_paper_bar(c->p, class_label(c, k), n->n[k], class_tone(k));
    }
    about_all(c);
}

/* ---- lists ---- */

static int order_names(const struct composing *c, uint32_t a, uint32_t b)
{
    int order = strcmp(site_name(c, a), site_name(c, b));

    return order ? order : strcmp(c->s->site_ids[a], c->s->site_ids[b]);
}

void sort_by_name(const struct composing *c, uint32_t *sites, size_t n)
{
    /* Shell's: a place has thousands of sites, not millions. */
    for (size_t gap = n / 2; gap; gap /= 2) {
        for (size_t i = gap; i < n; i++) {
            uint32_t x = sites[i];
            size_t k = i;

            for (; k >= gap && order_names(c, sites[k - gap], x) > 0; k -= gap)
                sites[k] = sites[k - gap];
            sites[k] = x;
        }
    }
}

/* The reason without the class that it begins with, which stands above. */
const char *short_reason(const struct composing *c, size_t site)
{
    const char *reason = site_reason(c, site);
    const char *colon = strstr(reason, ": ");

    if (colon && colon - reason < 60)
        return tr_paper_say(c->p, "%s", colon + 2);
    return reason;
}

static const char *floor_of(const struct composing *c, size_t site)
{
    double floor = site_floor(c, site);

    return floor > 0
               ? tr_paper_say(c->p, "%s m\xC2\xB2", tr_paper_count(c->p, floor))
               : "not known";
}

/* Of what classes do not apply to, only what it is. */
static void put_outside(struct composing *c, const uint32_t *sites, size_t n,
                        const char *beside)
{
    static const struct tr_paper_column columns[] = {
        { "Site", 46, false },
        { "", 16, false },
        { "Why", 38, false },
    };

    tr_paper_table(c->p, NULL, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < n; i++) {
        if (site_class(c, sites[i]) == TR_NOT_APPLICABLE)
            tr_paper_row(c->p,
                         (const char *const[]){ site_name(c, sites[i]),
                                                site_text(c, beside, sites[i]),
                                                short_reason(c, sites[i]) });
    }
}

static void put_class(struct composing *c, const uint32_t *sites, size_t n,
                      enum tr_class k, const char *beside)
{
    static const struct tr_paper_column columns[] = {
        { "Site", 26, false },
        { "", 18, false },
        { "Why", 44, false },
        { "Floor area", 12, true },
    };

    tr_paper_table(c->p, NULL, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < n; i++) {
        if (site_class(c, sites[i]) == k)
            tr_paper_row(c->p,
                         (const char *const[]){ site_name(c, sites[i]),
                                                site_text(c, beside, sites[i]),
                                                short_reason(c, sites[i]),
                                                floor_of(c, sites[i]) });
    }
}

void put_sites(struct composing *c, const uint32_t *sites, size_t n,
               const char *beside)
{
    for (size_t i = 0; i < TR_CLASSES; i++) {
        enum tr_class k = class_in_order(i);
        size_t of = 0;

        for (size_t site = 0; site < n; site++)
            of += site_class(c, sites[site]) == k;
        if (!of)
            continue;
        if (k == TR_NO_CLASS) {
            tr_paper_text(c->p, "%zu more are not among the sites of this run.",
                          of);
            continue;
        }
        about_class(c, k);
        tr_paper_heading(c->p, 3, "%s: %zu", class_heading(c, k), of);
        if (k == TR_NOT_APPLICABLE)
            put_outside(c, sites, n, beside);
        else
            put_class(c, sites, n, k, beside);
        about_all(c);
    }
}

/* ---- what is wanted ---- */

struct tally { /* one fact of one organisation, over the sites of a list */
    const struct tr_field *field;
    const struct tr_organisation *of;
    size_t sites, alone;
};

static bool is_listed(const uint32_t *sites, size_t n, uint32_t site)
{
    for (size_t i = 0; i < n; i++) {
        if (sites[i] == site)
            return true;
    }
    return false;
}

static void add_tally(struct composing *c, struct tally *list, size_t *n,
                      size_t size, const struct tr_missing_site *m,
                      const struct tr_field *field)
{
    const struct tr_organisation *of = site_owner(c, m->site);
    size_t i = 0;

    while (i < *n && (list[i].field != field || list[i].of != of))
        i++;
    if (i == size)
        return;
    if (i == *n)
        list[(*n)++] = (struct tally){ .field = field, .of = of };
    list[i].sites++;
    list[i].alone += m->n_fields == 1;
}

static void sort_tallies(struct tally *list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct tally t = list[i];
        size_t k = i;

        for (; k && list[k - 1].sites < t.sites; k--)
            list[k] = list[k - 1];
        list[k] = t;
    }
}

void put_wanted(struct composing *c, const uint32_t *sites, size_t n,
                size_t most)
{
    static const struct tr_paper_column columns[] = {
        { "Partner", 34, false },
        { "Fact wanted", 30, false },
        { "Of how many sites", 18, true },
        { "Would settle alone", 18, true },
    };
    const struct tr_missing *m;
    struct tally list[512];
    size_t n_list = 0;

    if (!c->st)
        c->st = tr_missing_list(c->s, NULL, c->p->arena, &m, c->err);
    if (c->st)
        return;
    for (size_t i = 0; i < m->n_sites; i++) {
        if (sites && !is_listed(sites, n, m->sites[i].site))
            continue;
        for (size_t f = 0; f < m->sites[i].n_fields; f++)
            add_tally(c, list, &n_list, sizeof list / sizeof *list,
                      &m->sites[i], m->sites[i].fields[f]);
    }
    if (!n_list) {
        tr_paper_text(c->p, "No fact is wanted of any partner.");
        return;
    }
    sort_tallies(list, n_list);
    tr_paper_table(c->p, NULL, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < n_list && i < most; i++)
        tr_paper_row(c->p, (const char *const[]){
                               list[i].of ? list[i].of->name : "not named",
                               list[i].field->title,
                               tr_paper_count(c->p, (double)list[i].sites),
                               tr_paper_count(c->p, (double)list[i].alone) });
    if (n_list > most)
        tr_paper_text(c->p, "And %zu more: 'terrier missing' lists them.",
                      n_list - most);
}
