/* report_people.c - the people around a site: who would go farther if it
 * closed, and who they are (age, disability, cars, deprivation). */
#include <string.h>

#include "report/report_parts.h"
#include "terrier/near.h"

/* ---- if it closed ---- */

#define MOST_NEAR 5 /* alternatives that are named */

static const char *near_words(struct composing *c, const struct tr_gap *g)
{
    const char *all = "";

    for (size_t i = 0; i < g->n_near && i < MOST_NEAR; i++)
        all = list_of(c->p, all,
                      tr_paper_say(c->p, "%s (%s)", site_name(c, g->near[i]),
                                   distance_of(c->p, g->near_m[i])),
                      "; ");
    if (g->n_near > MOST_NEAR)
        all =
            tr_paper_say(c->p, "%s; and %zu more", all, g->n_near - MOST_NEAR);
    return *all ? all : "none";
}

static void put_service(struct composing *c, const struct tr_catchment *k,
                        const struct tr_gap *g)
{
    bool any = g->next != TR_NEAR_NONE;

    tr_paper_row(c->p,
                 (const char *const[]){
                     code_words(c->p, g->service), near_words(c, g),
                     any ? tr_paper_say(c->p, "%s, %s", site_name(c, g->next),
                                        distance_of(c->p, g->next_m))
                         : "none is known",
                     g->nearest_here > 0 && any
                         ? tr_paper_say(c->p, "%s; %s farther on average",
                                        people_of(c->p, g->nearest_here),
                                        distance_of(c->p, g->further_m))
                         : people_of(c->p, g->nearest_here),
                     tr_paper_say(c->p, "%s (%s)", people_of(c->p, g->left),
                                  *percent_of(c->p, g->left, k->people)
                                      ? percent_of(c->p, g->left, k->people)
                                      : "0 %") });
}

static void put_services(struct composing *c, const struct tr_catchment *k,
                         const struct tr_gap *gaps, size_t n)
{
    const char *far = distance_of(c->p, (double)k->rule.alternative_mm / 1000);
    struct tr_paper_column *columns =
        tr_arena_array(c->p->arena, 5, sizeof *columns);

    if (!columns) {
        c->p->failed = true;
        return;
    }
    columns[0] = (struct tr_paper_column){ "Service", 14, false };
    columns[1] = (struct tr_paper_column){
        tr_paper_say(c->p, "Other sites of it within %s", far), 30, false
    };
    columns[2] = (struct tr_paper_column){ "The nearest other", 20, false };
    columns[3] =
        (struct tr_paper_column){ "People who would go farther", 18, true };
    columns[4] = (struct tr_paper_column){
        tr_paper_say(c->p, "People with none left within %s", far), 18, true
    };
    tr_paper_table(c->p, NULL, columns, 5);
    for (size_t i = 0; i < n; i++)
        put_service(c, k, &gaps[i]);
}

void put_gap(struct composing *c, size_t site, const struct tr_catchment *k)
{
    const struct tr_gap *gaps = NULL;
    size_t n = 0;

    if (k->why) {
        tr_paper_text(c->p, "This cannot be worked out: %s.", k->why);
        return;
    }
    if (!c->st)
        c->st =
            tr_catchment_gaps(c->s, k, site, c->p->arena, &gaps, &n, c->err);
    if (c->st)
        return;
    tr_paper_text(c->p, "%s%s people live within %s of it, in a straight line.",
                  k->part ? "At least " : "About ", people_of(c->p, k->people),
                  distance_of(c->p, (double)k->rule.within_mm / 1000));
    if (!n) {
        tr_paper_text(c->p, "No service is known in it, so nobody is known to "
                            "go farther for one if it closed. Ask its owner "
                            "what it is used for before relying on this.");
        return;
    }
    put_services(c, k, gaps, n);
    tr_paper_note(
        c->p,
        "Distances are straight lines. Each small area's people are spread "
        "evenly over its postcodes. All sites of the register that this "
        "audience may see count as alternatives, whoever owns them.%s%s",
        k->rule.own_alternative
            ? ""
            : " The rule-set does not say how far an alternative may be: this "
              "distance is that of the full rule-set, as an illustration.",
        k->part ? " The data ends near this site: there are more people than "
                  "these, and perhaps nearer alternatives beyond it."
                : "");
    cite_catchment(c, k);
}

/* ---- who they are ---- */

/* The columns of statistics that the screen knows, and of what they are a part.
 * A number without its whole on record is given per 100 people. */
static const struct group {
    const char *column, *title, *of, *of_title, *about;
} groups[] = {
    { "aged_0_to_15", "Children, aged 0 to 15", "people", "people", "age" },
    { "aged_16_to_64", "Aged 16 to 64", "people", "people", "age" },
    { "aged_65_and_over", "Aged 65 and over", "people", "people", "age" },
    { "people_limited_a_lot", "Disabled, limited a lot day to day", "people",
      "people", "disability" },
    { "people_limited_a_little", "Disabled, limited a little", "people",
      "people", "disability" },
    { "households_without_car", "Households without a car or van", "households",
      "households", "access to a car" },
};

/* Some statistics count households by their cars, and give no total. */
static const char *const by_cars[] = { "households_without_car",
                                       "households_with_one_car",
                                       "households_with_two_cars",
                                       "households_with_more_cars" };

struct screen {
    struct composing *c;
    const struct tr_catchment *k;
    const char *missing; /* what is not loaded, in words */
    bool per_people;     /* a number without its whole */
};

static void lacks(struct screen *s, const char *what)
{
    s->missing = list_of(s->c->p, s->missing, what, "; ");
}

/* The whole that a group is a part of, here and in the whole place. */
static bool whole_of(struct screen *s, const struct group *g, double *here,
                     double *there)
{
    size_t n = sizeof by_cars / sizeof *by_cars;

    if (tr_catchment_sum(s->k, g->of, here, there)) {
        cite_column(s->c, s->k, g->of);
        return true;
    }
    if (strcmp(g->of, "households") != 0)
        return false;
    *here = *there = 0;
    for (size_t i = 0; i < n; i++) {
        double inside, all;

        if (!tr_catchment_sum(s->k, by_cars[i], &inside, &all))
            return false;
        *here += inside;
        *there += all;
    }
    for (size_t i = 0; i < n; i++)
        cite_column(s->c, s->k, by_cars[i]);
    return true;
}

static void put_group(struct screen *s, const struct group *g)
{
    struct tr_paper *p = s->c->p;
    double inside, all, whole, all_whole;
    const char *here, *there;

    if (!tr_catchment_sum(s->k, g->column, &inside, &all)) {
        lacks(s, tr_paper_say(p, "%s (%s)", g->title, g->about));
        return;
    }
    cite_column(s->c, s->k, g->column);
    if (whole_of(s, g, &whole, &all_whole)) {
        here = percent_of(p, inside, whole);
        there = percent_of(p, all, all_whole);
    } else if (tr_catchment_sum(s->k, "people", &whole, &all_whole) &&
               whole > 0 && all_whole > 0) {
        here = tr_paper_say(p, "%.1f per 100 people", 100 * inside / whole);
        there = tr_paper_say(p, "%.1f per 100 people", 100 * all / all_whole);
        s->per_people = true;
        lacks(s, tr_paper_say(p, "how many %s there are in all", g->of_title));
    } else {
        here = there = "";
    }
    tr_paper_row(p, (const char *const[]){ g->title, people_of(p, inside), here,
                                           there });
}

/* People by the deprivation of the area they live in. */
static void put_deprivation(struct screen *s)
{
    const struct tr_table *t = &s->k->set->table;
    const struct tr_column *decile = tr_table_column(t, "decile");
    const struct tr_column *people = tr_table_column(t, "people");
    double inside = 0, all = 0, whole = 0, all_whole = 0;
    struct tr_paper *p = s->c->p;

    if (!decile || !people || decile->type != TR_INTEGER ||
        people->type != TR_INTEGER) {
        lacks(s, "deprivation of the small areas");
        return;
    }
    cite_column(s->c, s->k, "decile");
    for (size_t i = 0; i < s->k->set->n; i++) {
        double n;

        if (!tr_has(decile, i) || !tr_has(people, i))
            continue;
        n = (double)people->values.integers[i];
        whole += n * s->k->parts[i];
        all_whole += n;
        if (decile->values.integers[i] > 3)
            continue;
        inside += n * s->k->parts[i];
        all += n;
    }
    tr_paper_row(p, (const char *const[]){
                        "In the most deprived three tenths of areas",
                        people_of(p, inside), percent_of(p, inside, whole),
                        percent_of(p, all, all_whole) });
}

void put_equality(struct composing *c, const struct tr_catchment *k,
                  const char *whom)
{
    static const struct tr_paper_column columns[] = {
        { "Who", 46, false },
        { "Number", 14, true },
        { "Share here", 20, true },
        { "Share in the whole place", 20, true },
    };
    struct screen s = { .c = c, .k = k, .missing = "" };
    double people, all;

    tr_paper_heading(c->p, 2, "Equality screen: %s", whom);
    if (k->why) {
        tr_paper_text(c->p, "This cannot be worked out: %s.", k->why);
        return;
    }
    tr_paper_table(c->p, NULL, columns, sizeof columns / sizeof *columns);
    if (tr_catchment_sum(k, "people", &people, &all))
        tr_paper_row(c->p, (const char *const[]){ "All people",
                                                  people_of(c->p, people),
                                                  "100 %", "100 %" });
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        put_group(&s, &groups[i]);
    put_deprivation(&s);
    if (*s.missing)
        tr_paper_text(c->p, "Not loaded: %s.", s.missing);
    tr_paper_text(c->p, "Not loaded, and to be asked of the services: sex, "
                        "ethnicity, religion, pregnancy and the other "
                        "protected characteristics, and who in fact uses the "
                        "place.");
    tr_paper_note(c->p,
                  "The people living near are taken for the people served. The "
                  "whole place is all its small areas together: %s. "
                  "Figures of different years stand beside each other: see the "
                  "sources.",
                  k->set->title ? k->set->title : k->set->id);
    cite_catchment(c, k);
}
