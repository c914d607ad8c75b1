/* report_partner.c - the sheet for meeting a partner: what we show of theirs,
 * what we lack and what it would decide, what to bring. */
#include <string.h>

#include "classify/explain_text.h"
#include "report/report_parts.h"
#include "terrier/missing.h"

struct meeting {
    struct composing *c;
    uint32_t place;
    const struct tr_organisation *who;
    uint32_t *sites;
    size_t n;
    const struct tr_missing *missing;
};

/* Theirs today: predecessors' sites are, too. */
static bool is_theirs(const struct meeting *m, size_t site)
{
    return m->c->s->site_places[site] == m->place &&
           site_owner(m->c, site) == m->who;
}

static enum tr_status find_sites(struct meeting *m)
{
    const struct tr_snapshot *s = m->c->s;

    m->sites = tr_arena_array(m->c->p->arena, s->n_sites + 1, sizeof *m->sites);
    if (!m->sites)
        return tr_fail(m->c->err, TR_ENOMEM, "no memory left for the paper");
    for (size_t i = 0; i < s->n_sites; i++) {
        if (is_theirs(m, i))
            m->sites[m->n++] = (uint32_t)i;
    }
    sort_by_name(m->c, m->sites, m->n);
    return tr_missing_list(s, NULL, m->c->p->arena, &m->missing, m->c->err);
}

static const struct tr_missing_site *missing_of(const struct meeting *m,
                                                uint32_t site)
{
    for (size_t i = 0; i < m->missing->n_sites; i++) {
        if (m->missing->sites[i].site == site)
            return &m->missing->sites[i];
    }
    return NULL;
}

static const char *classes_words(struct composing *c, uint8_t classes)
{
    const char *all = "";

    for (int k = 0; k < TR_CLASSES; k++) {
        if (classes >> k & 1)
            all = list_of(c->p, all, class_label(c, (enum tr_class)k), " or ");
    }
    return all;
}

/* ---- what we show ---- */

static void put_shown(struct meeting *m)
{
    struct composing *c = m->c;
    const struct tr_place *place = c->s->places[m->place];
    struct class_counts n;

    tr_paper_heading(c->p, 2, "What we show of yours");
    count_classes(c, m->sites, m->n, &n);
    if (!m->n) {
        tr_paper_text(c->p, "Nothing: no list of yours is in the register.%s%s",
                      m->who->asked == TR_NO_DATE ? "" : " You were asked on ",
                      m->who->asked == TR_NO_DATE
                          ? ""
                          : tr_paper_say(c->p, "%s.",
                                         tr_paper_date(c->p, m->who->asked)));
        return;
    }
    put_class_bars(c, &n, "Your sites by class");
    put_sites(c, m->sites, m->n, place->n_sets ? place->sets[0] : "partner");
}

/* ---- what we lack ---- */

static void put_facts(struct meeting *m)
{
    tr_paper_heading(m->c->p, 2,
                     "What we lack, in order of what it would "
                     "decide");
    put_wanted(m->c, m->sites, m->n, 20);
}

static const char *titles_of(struct composing *c,
                             const struct tr_missing_site *x)
{
    const char *all = "";

    for (size_t i = 0; i < x->n_fields; i++)
        all = list_of(c->p, all, x->fields[i]->title, ", ");
    return *all ? all : "nothing that you can give";
}

static void put_movers(struct meeting *m)
{
    static const struct tr_paper_column columns[] = {
        { "Site", 28, false },
        { "Class now", 16, false },
        { "With these facts", 34, false },
        { "It could be", 22, false },
    };
    struct composing *c = m->c;
    size_t n = 0;

    tr_paper_heading(c->p, 2, "Which classes would move");
    for (size_t i = 0; i < m->n; i++) {
        const struct tr_missing_site *x = missing_of(m, m->sites[i]);

        if (!x)
            continue;
        if (!n++)
            tr_paper_table(c->p, NULL, columns,
                           sizeof columns / sizeof *columns);
        about_site(c, m->sites[i]);
        tr_paper_row(c->p,
                     (const char *const[]){
                         site_name(c, m->sites[i]),
                         class_label(c, site_class(c, m->sites[i])),
                         titles_of(c, x), classes_words(c, x->possible) });
    }
    about_all(c);
    if (!n)
        tr_paper_text(c->p, "None waits for a fact of yours.");
}

/* Sites whose class is not sure: small changes of weights would move it. */
static void put_contested(struct meeting *m)
{
    struct composing *c = m->c;
    size_t n = 0;

    for (size_t i = 0; i < m->n && !c->st; i++) {
        const struct tr_node *root = site_explanation(c, m->sites[i]);
        const char *word = text_of(tr_node_get(root, "robustness"), "word");

        if (strcmp(word, "leaning") != 0 && strcmp(word, "contested") != 0)
            continue;
        if (!n++) {
            tr_paper_text(c->p, "Not sure as it stands, since other weights of "
                                "the same rules would give another class:");
            tr_paper_list(c->p);
        }
        tr_paper_item(c->p, "%s: %s, %s", site_name(c, m->sites[i]),
                      class_label(c, site_class(c, m->sites[i])), word);
    }
}

/* ---- what to bring ---- */

static bool is_layer_of(const struct meeting *m, const struct tr_layer *l)
{
    const struct tr_place *place = m->c->s->places[m->place];
    const struct tr_organisation *o =
        l->place == m->place && l->partner
            ? tr_place_organisation(place, l->partner)
            : NULL;

    return o && tr_place_successor(place, o) == m->who;
}

static void put_lists(struct meeting *m)
{
    struct composing *c = m->c;

    for (size_t i = 0; i < c->s->n_layers; i++) {
        const struct tr_layer *l = &c->s->layers[i];
        const char *age = age_of(c->p, l->as_of, c->in->date);

        if (!is_layer_of(m, l))
            continue;
        cite(c, l->name, TR_NO_DATE);
        tr_paper_item(c->p, "A newer copy of \"%s\": ours %s.",
                      l->title ? l->title : l->name,
                      *age ? tr_paper_say(c->p, "is %s old", age)
                           : "has no date");
        if (l->agreement_expires != TR_NO_DATE)
            tr_paper_item(c->p, "The sharing agreement for it: %s %s.",
                          l->agreement_expires < c->in->date ? "it ended on"
                                                             : "it ends on",
                          tr_paper_date(c->p, l->agreement_expires));
    }
}

static void put_bring(struct meeting *m)
{
    const struct tr_snapshot *s = m->c->s;
    struct composing *c = m->c;
    size_t nowhere = 0, gone = 0;

    for (size_t i = 0; i < m->n; i++) {
        nowhere += m->sites[i] >= s->n_located;
        for (uint32_t o = s->first_occupation[m->sites[i]];
             o < s->first_occupation[m->sites[i] + 1]; o++)
            gone += s->occupations[o].missing_since != TR_NO_DATE;
    }
    tr_paper_heading(c->p, 2, "What to bring");
    tr_paper_list(c->p);
    tr_paper_item(c->p,
                  "The facts above, in the sheet that 'terrier missing "
                  "--partner %s --format xlsx' makes: it loads back.",
                  m->who->code);
    put_lists(m);
    if (nowhere)
        tr_paper_item(c->p,
                      "Where %zu of your sites are: they have no point on the "
                      "map. A UPRN or a whole postcode is enough.",
                      nowhere);
    if (gone)
        tr_paper_item(c->p,
                      "Whether %zu entries are gone: your last list no "
                      "longer has them.",
                      gone);
    tr_paper_item(c->p, "Anything here that is wrong.");
}

enum tr_status report_partner(const struct report_input *in, uint32_t place,
                              int32_t organisation, struct tr_paper **out,
                              struct tr_error *err)
{
    const struct tr_place *where = in->s->places[place];
    const struct tr_organisation *who =
        tr_place_successor(where, &where->organisations[organisation]);
    struct composing c;
    struct meeting m = { .c = &c, .place = place, .who = who };
    enum tr_status st =
        report_begin(in, "Meeting sheet for a partner", who->name, &c, err);

    if (!st)
        st = find_sites(&m);
    if (st)
        return st;
    if (who->contact)
        tr_paper_text(c.p, "For: %s.", who->contact);
    put_shown(&m);
    put_facts(&m);
    put_movers(&m);
    put_contested(&m);
    put_bring(&m);
    put_sources(&c);
    put_words(&c);
    return report_end(&c, out);
}
