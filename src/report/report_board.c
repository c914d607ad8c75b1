/* report_board.c - the board's report since a run, on two pages: counts then
 * and now, what moved and why, what waits, what is owed. */
#include <string.h>

#include "report/report_parts.h"

#define MOST_MOVES  14 /* that two pages hold */
#define MOST_DUE    10
#define MOST_WANTED 8
#define SOON_DAYS   183 /* a review that is due */

static void put_changes(struct composing *c, const struct report_since *since)
{
    static const struct tr_paper_column columns[] = {
        { "Class", 40, false },
        { "Then", 20, true },
        { "Now", 20, true },
        { "Change", 20, true },
    };
    long now[TR_CLASSES] = { 0 };

    for (size_t i = 0; i < c->s->n_sites; i++)
        now[site_class(c, i)]++;
    tr_paper_heading(c->p, 2, "Then and now");
    tr_paper_text(c->p,
                  "Then: run %lld of %s, rule-set %s. Now: run %lld of %s, "
                  "rule-set %s, with what people have decided since.",
                  (long long)since->before.id,
                  tr_paper_date(c->p, since->before.made),
                  since->before.rules_name, (long long)c->in->run.id,
                  tr_paper_date(c->p, c->in->run.made), c->in->run.rules_name);
    tr_paper_table(c->p, NULL, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < TR_CLASSES; i++) {
        enum tr_class k = class_in_order(i);
        long change = now[k] - since->counts[k];

        if (k == TR_NO_CLASS || (!now[k] && !since->counts[k]))
            continue;
        tr_paper_row(
            c->p, (const char *const[]){
                      class_heading(c, k),
                      tr_paper_count(c->p, (double)since->counts[k]),
                      tr_paper_count(c->p, (double)now[k]),
                      change ? tr_paper_say(c->p, "%+ld", change) : "none" });
    }
}

static const char *class_named(const struct composing *c, const char *name)
{
    enum tr_class k;

    if (!*name || !tr_class_parse(name, &k))
        return "not there";
    return class_label(c, tr_class_shown(&c->s->audience, k));
}

static void put_moves(struct composing *c, const struct report_since *since)
{
    static const struct tr_paper_column columns[] = {
        { "Site", 26, false },
        { "Then", 15, false },
        { "Now", 15, false },
        { "Because", 44, false },
    };
    size_t shown = 0, more = 0;

    tr_paper_heading(c->p, 2, "What moved, and why");
    for (size_t i = 0; i < since->n_moves; i++) {
        const struct report_move *m = &since->moves[i];
        size_t site = tr_snapshot_site(c->s, m->site_id);

        /* What this audience does not see has not moved for it. */
        if (site == SIZE_MAX)
            continue;
        if (shown == MOST_MOVES) {
            more++;
            continue;
        }
        if (!shown++)
            tr_paper_table(c->p, NULL, columns,
                           sizeof columns / sizeof *columns);
        tr_paper_row(c->p, (const char *const[]){
                               site_name(c, site), class_named(c, m->from),
                               class_named(c, m->to), m->cause });
    }
    if (!shown)
        tr_paper_text(c->p, "By the rules no site changed its class.");
    if (more)
        tr_paper_text(c->p,
                      "And %zu more: 'terrier runs diff %lld %lld' lists "
                      "them.",
                      more, (long long)since->before.id,
                      (long long)c->in->run.id);
}

/* ---- what waits ---- */

static const char *waits_words(struct composing *c, const struct report_due *d)
{
    bool expired;

    if (d->review != TR_NO_DATE) {
        expired = d->review < c->in->date;
        return tr_paper_say(c->p, "%s %s",
                            expired ? "EXPIRED: the override ended on"
                                    : "the override is to be reviewed by",
                            tr_paper_date(c->p, d->review));
    }
    if (strcmp(d->step, "draft") == 0)
        return "a draft: its owner is to agree or dispute";
    if (strcmp(d->step, "disputed") == 0)
        return "disputed by its owner: for the operations group";
    return "agreed by its owner: for the board to sign";
}

static bool is_soon(const struct composing *c, const struct report_due *d)
{
    return d->review == TR_NO_DATE || d->review - c->in->date <= SOON_DAYS;
}

static void put_agreements(struct composing *c)
{
    for (size_t i = 0; i < c->s->n_layers; i++) {
        const struct tr_layer *l = &c->s->layers[i];

        if (l->agreement_expires == TR_NO_DATE ||
            l->agreement_expires - c->in->date > SOON_DAYS)
            continue;
        tr_paper_text(c->p, "The sharing agreement of \"%s\" %s on %s.",
                      l->title ? l->title : l->name,
                      l->agreement_expires < c->in->date ? "ended" : "ends",
                      tr_paper_date(c->p, l->agreement_expires));
    }
}

static void put_due(struct composing *c, const struct report_since *since)
{
    static const struct tr_paper_column columns[] = {
        { "Site", 30, false },
        { "Class", 16, false },
        { "What is due", 36, false },
        { "Since", 18, false },
    };
    size_t shown = 0, more = 0;

    tr_paper_heading(c->p, 2, "Decisions due");
    for (size_t i = 0; i < since->n_due; i++) {
        const struct report_due *d = &since->due[i];
        size_t site = tr_snapshot_site(c->s, d->site_id);

        if (site == SIZE_MAX || !is_soon(c, d))
            continue;
        if (shown == MOST_DUE) {
            more++;
            continue;
        }
        if (!shown++)
            tr_paper_table(c->p, NULL, columns,
                           sizeof columns / sizeof *columns);
        tr_paper_row(c->p,
                     (const char *const[]){
                         site_name(c, site), class_named(c, d->class_name),
                         waits_words(c, d), tr_paper_date(c->p, d->since) });
    }
    if (!shown)
        tr_paper_text(c->p, "None waits, and no override ends within six "
                            "months.");
    if (more)
        tr_paper_text(c->p, "And %zu more: 'terrier ledger due' lists them.",
                      more);
    put_agreements(c);
}

/* ---- who has not supplied ---- */

static bool has_site(const struct composing *c, uint32_t place,
                     const struct tr_organisation *o)
{
    for (size_t i = 0; i < c->s->n_sites; i++) {
        const char *partner = site_text(c, "partner", i);

        if (c->s->site_places[i] == place && strcmp(partner, o->legend) == 0)
            return true;
    }
    return false;
}

static void put_silent(struct composing *c)
{
    const char *all = "";

    for (uint32_t p = 0; p < c->s->n_places; p++) {
        const struct tr_place *place = c->s->places[p];

        for (size_t i = 0; i < place->n_organisations; i++) {
            const struct tr_organisation *o = &place->organisations[i];

            if (!o->legend || has_site(c, p, o) || strstr(all, o->legend))
                continue;
            all =
                list_of(c->p, all,
                        o->asked == TR_NO_DATE
                            ? o->legend
                            : tr_paper_say(c->p, "%s (asked on %s)", o->legend,
                                           tr_paper_date(c->p, o->asked)),
                        "; ");
        }
    }
    if (*all)
        tr_paper_text(c->p, "Not yet supplied anything: %s.", all);
}

enum tr_status report_board(const struct report_input *in,
                            const struct report_since *since,
                            struct tr_paper **out, struct tr_error *err)
{
    const char *title = tr_arena_printf(in->arena, "Changes since run %lld",
                                        (long long)since->before.id);
    struct composing c;
    enum tr_status st =
        report_begin(in, "Report to the board", title ? title : "", &c, err);

    if (st)
        return st;
    put_changes(&c, since);
    put_moves(&c, since);
    put_due(&c, since);
    tr_paper_heading(c.p, 2, "Facts owed by partners");
    put_wanted(&c, NULL, 0, MOST_WANTED);
    put_silent(&c);
    return report_end(&c, out);
}
