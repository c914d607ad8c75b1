/* report_site.c - the decision pack of a site. The first page and a half say
 * what it is, why it has its class, on which evidence and what would change it. */
#include <string.h>

#include "report/report_parts.h"

static void put_sign_off(struct composing *c)
{
    static const struct tr_paper_column columns[] = {
        { "Sign-off", 28, false },
        { "Name", 26, false },
        { "Signature", 28, false },
        { "Date", 18, false },
    };
    static const char *const roles[] = { "Owner: agrees, or disputes because",
                                         "Operations group",
                                         "Board, minute number" };

    tr_paper_heading(c->p, 2, "Sign-off");
    tr_paper_text(c->p, "What is signed here counts once it is recorded in the "
                        "register's ledger.");
    tr_paper_sign(c->p, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        tr_paper_signer(c->p, roles[i]);
}

/* One line under the title: what kind of place this is. */
static void put_what(struct composing *c, size_t site)
{
    const struct tr_organisation *o = site_owner(c, site);
    const char *services = site_value(c, "services", site);
    const char *tenure = site_value(c, "tenure", site);
    const char *floor = site_value(c, "floor_area_m2", site);
    const char *all = o ? o->name : site_text(c, "partner", site);

    if (*services)
        all = list_of(c->p, all, tr_paper_say(c->p, "used for: %s", services),
                      "; ");
    if (*site_text(c, "status", site))
        all = list_of(c->p, all, site_value(c, "status", site), "; ");
    all = list_of(c->p, all, tenure, "; ");
    if (*floor)
        all = list_of(c->p, all,
                      site_floor(c, site) > 0
                          ? tr_paper_say(c->p, "floor area %s", floor)
                          : tr_paper_say(c->p,
                                         "floor area %s, shared with other "
                                         "entries",
                                         floor),
                      "; ");
    tr_paper_text(c->p, "%s.", all);
}

static void find_catchment(struct composing *c, size_t site,
                           struct tr_catchment *k)
{
    *k = (struct tr_catchment){ .why = "" };
    if (!c->st)
        c->st =
            tr_catchment_of(c->s, c->in->rules, site, c->p->arena, k, c->err);
}

static void put_closure(struct composing *c, size_t site,
                        const struct tr_catchment *k)
{
    if (c->st)
        return;
    tr_paper_heading(c->p, 2, "If this site closed");
    put_gap(c, site, k);
}

static void put_screen(struct composing *c, const struct tr_catchment *k)
{
    if (c->st)
        return;
    put_equality(
        c, k,
        k->why ? "the people living near"
               : tr_paper_say(
                     c->p, "the people within %s",
                     distance_of(c->p, (double)k->rule.within_mm / 1000)));
}

static enum tr_status begin(const struct report_input *in, const char *kind,
                            size_t site, struct composing *c,
                            struct tr_error *err)
{
    const struct tr_column *names = tr_table_column(&in->s->sites, "name");
    const char *name = names && names->type == TR_TEXT && tr_has(names, site)
                           ? tr_text_at(names, site)
                           : in->s->site_ids[site];
    enum tr_status st = report_begin(in, kind, name, c, err);

    /* What is published as surplus may be called so. */
    if (!st && in->s->classes[site] == TR_SURPLUS)
        c->p->filter = NULL;
    if (!st)
        put_what(c, site);
    return st;
}

enum tr_status report_site(const struct report_input *in, size_t site,
                           const struct report_decision *history, size_t n,
                           struct tr_paper **out, struct tr_error *err)
{
    const struct tr_node *root;
    struct tr_catchment k;
    struct composing c;
    enum tr_status st = begin(in, "Decision pack of a site", site, &c, err);

    if (st)
        return st;
    root = site_explanation(&c, site);
    put_why(&c, site, root);
    if (root) {
        put_scores(&c, root);
        put_missing(&c, site, root);
    }
    put_place(&c, site);
    put_picture(&c);
    find_catchment(&c, site, &k);
    put_closure(&c, site, &k);
    put_screen(&c, &k);
    put_history(&c, history, n);
    put_sources(&c);
    put_words(&c);
    if (!is_public(&c))
        put_sign_off(&c);
    return report_end(&c, out);
}

/* What decide --attach looks for: that the paper is of the site decided on. */
static void put_number(struct composing *c, size_t site)
{
    tr_paper_note(c->p, "Number in the register: %s", c->s->site_ids[site]);
}

enum tr_status report_gap(const struct report_input *in, size_t site,
                          struct tr_paper **out, struct tr_error *err)
{
    struct tr_catchment k;
    struct composing c;
    enum tr_status st = begin(in, TR_PAPER_GAP_TABLE, site, &c, err);

    if (st)
        return st;
    find_catchment(&c, site, &k);
    put_number(&c, site);
    put_closure(&c, site, &k);
    put_sources(&c);
    return report_end(&c, out);
}

enum tr_status report_equality(const struct report_input *in, size_t site,
                               struct tr_paper **out, struct tr_error *err)
{
    struct tr_catchment k;
    struct composing c;
    enum tr_status st = begin(in, TR_PAPER_EQUALITY_SCREEN, site, &c, err);

    if (st)
        return st;
    find_catchment(&c, site, &k);
    put_number(&c, site);
    put_screen(&c, &k);
    put_sources(&c);
    return report_end(&c, out);
}
