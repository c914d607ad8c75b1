/* report_sources.c - the list of all that a paper rests on, with licence, date
 * and age; and what people decided about a site. */
#include <string.h>

#include "report/report_parts.h"
#include "terrier/date.h"

void cite(struct composing *c, const char *layer, int32_t date)
{
    const struct tr_layer *l = tr_snapshot_layer(c->s, layer);
    struct cited *to = l ? &c->cited[l - c->s->layers] : NULL;

    if (!to)
        return;
    if (!to->is)
        *to = (struct cited){ true, TR_NO_DATE, TR_NO_DATE };
    if (date == TR_NO_DATE)
        date = l->as_of;
    if (date == TR_NO_DATE)
        return;
    if (to->first == TR_NO_DATE || date < to->first)
        to->first = date;
    if (to->last == TR_NO_DATE || date > to->last)
        to->last = date;
}

const struct tr_layer *statistic_of(const struct composing *c, const char *set,
                                    const char *column)
{
    const struct tr_area_set *areas = tr_snapshot_area_set(c->s, set);

    for (size_t i = 0; areas && i < c->s->n_layers; i++) {
        const struct tr_layer *l = &c->s->layers[i];

        if (strcmp(l->kind, "statistics") == 0 && l->set &&
            l->place == areas->place && strcmp(l->set, areas->set) == 0 &&
            tr_table_column(&l->table, column))
            return l;
    }
    return NULL;
}

void cite_column(struct composing *c, const struct tr_catchment *k,
                 const char *column)
{
    const struct tr_layer *l =
        k->set ? statistic_of(c, k->set->id, column) : NULL;

    if (l)
        cite(c, l->name, TR_NO_DATE);
}

void cite_catchment(struct composing *c, const struct tr_catchment *k)
{
    const char *dot = strrchr(k->rule.people, '.');
    const char *people = tr_paper_say(c->p, "%s", dot ? dot + 1 : "");
    char *quote = strchr(people, '"');

    if (k->over)
        cite(c, k->over->name, TR_NO_DATE);
    if (k->set)
        cite(c, c->s->layers[k->set->layer].name, TR_NO_DATE);
    if (quote) /* "lsoas.people" in quotes */
        people = tr_paper_say(c->p, "%.*s", (int)(quote - people), people);
    cite_column(c, k, people);
}

static const char *licence_words(const struct tr_layer *l)
{
    if (!l->licence)
        return "not said";
    return strcmp(l->licence, "OGL-UK-3.0") == 0
               ? "Open Government Licence v3.0"
               : l->licence;
}

static void put_source(struct composing *c, const struct tr_layer *l)
{
    const struct cited *dates = &c->cited[l - c->s->layers];
    struct tr_paper *p = c->p;
    const char *date = tr_paper_date(p, dates->first);
    const char *expires = "";

    if (l->agreement_expires != TR_NO_DATE)
        expires = tr_paper_say(p, "%s %s",
                               l->agreement_expires < c->in->date
                                   ? "EXPIRED: sharing agreement ended"
                                   : "sharing agreement ends",
                               tr_paper_date(p, l->agreement_expires));
    tr_paper_row(
        p, (const char *const[]){
               tr_paper_say(p, "%s%s", l->title ? l->title : l->name,
                            l->illustrative ? " (drawn or invented)" : ""),
               !*date ? "no date given"
               : dates->first == dates->last
                   ? date
                   : tr_paper_say(p, "%s to %s", date,
                                  tr_paper_date(p, dates->last)),
               *date ? age_of(p, dates->first, c->in->date)
                     : tr_paper_say(
                           p, "loaded %s",
                           tr_paper_date(p, (int32_t)(l->loaded_at / 86400))),
               list_of(p, licence_words(l), expires, "; ") });
}

void put_sources(struct composing *c)
{
    static const struct tr_paper_column columns[] = {
        { "What this rests on", 42, false },
        { "Speaks of", 18, false },
        { "Age", 16, false },
        { "Licence", 24, false },
    };
    const char *said = "";
    bool any = false;

    for (size_t i = 0; i < c->s->n_layers; i++)
        any = any || c->cited[i].is;
    if (!any)
        return;
    tr_paper_heading(c->p, 2, "Sources");
    tr_paper_table(c->p, NULL, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < c->s->n_layers; i++) {
        const struct tr_layer *l = &c->s->layers[i];

        if (!c->cited[i].is)
            continue;
        put_source(c, l);
        if (l->attribution && !strstr(said, l->attribution))
            said = list_of(c->p, said, l->attribution, ". ");
    }
    if (*said)
        tr_paper_note(c->p, "%s", said);
}

/* ---- what people decided ---- */

static const char *step_words(const char *step)
{
    static const char *const words[][2] = {
        { "draft", "drafted" },
        { "disputed", "disputed by the owner" },
        { "owner-agreed", "agreed by the owner" },
        { "signed", "signed by the board" },
        { "published", "published" },
        { "override", "decided otherwise than computed (override)" },
        { "withdraw-override", "override taken back" },
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i][0], step) == 0)
            return words[i][1];
    }
    return step;
}

static const char *remarks(struct composing *c, const struct report_decision *d)
{
    struct tr_paper *p = c->p;
    const char *all = "";

    if (d->minute && *d->minute)
        all = tr_paper_say(p, "minute %s", d->minute);
    if (d->review != TR_NO_DATE)
        all = list_of(p, all,
                      tr_paper_say(p, "%s %s",
                                   d->review < c->in->date
                                       ? "EXPIRED: was to be reviewed by"
                                       : "to be reviewed by",
                                   tr_paper_date(p, d->review)),
                      "; ");
    if (d->note && *d->note)
        all = list_of(p, all, d->note, "; ");
    if (d->run)
        all = list_of(p, all, tr_paper_say(p, "run %lld", (long long)d->run),
                      "; ");
    return all;
}

void put_history(struct composing *c, const struct report_decision *h, size_t n)
{
    static const struct tr_paper_column columns[] = {
        { "Date", 18, false }, { "What", 24, false },    { "Class", 15, false },
        { "Who", 20, false },  { "Remarks", 23, false },
    };
    enum tr_class k = TR_NO_CLASS;

    tr_paper_heading(c->p, 2, "What has been decided");
    if (!n) {
        tr_paper_text(c->p, is_public(c)
                                ? "Nothing has been published about it."
                                : "Nobody has decided anything about it.");
        return;
    }
    tr_paper_table(c->p, NULL, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < n; i++) {
        const char *label = tr_class_parse(h[i].class_name, &k)
                                ? class_label(c, k)
                                : h[i].class_name;

        tr_paper_row(
            c->p,
            (const char *const[]){
                tr_paper_date(c->p, h[i].date), step_words(h[i].step), label,
                h[i].erased ? tr_paper_say(c->p, "%s (name erased)", h[i].role)
                : h[i].name ? tr_paper_say(c->p, "%s: %s", h[i].role, h[i].name)
                            : h[i].role,
                remarks(c, &h[i]) });
    }
}
