/* report_head.c - how each paper begins and ends: whom it is for, what it rests
 * on, what its words mean. */
#include <string.h>

#include "classify/ruleset.h"
#include "report/report_parts.h"

#define SHORT_DIGEST 12 /* hexadecimal digits that are enough to tell apart */

bool is_public(const struct composing *c)
{
    return c->s->audience.tier == TR_PUBLIC;
}

static const char *hide(const void *context, const char *text,
                        struct tr_arena *a)
{
    return tr_text_shown(context, text, a);
}

static const char *audience_words(const struct composing *c)
{
    const char *name = c->s->audience.name;

    if (strcmp(name, "public") == 0)
        return "For the public";
    if (strcmp(name, "partnership") == 0)
        return "For the partnership. Not to be published";
    if (strcmp(name, "operator") == 0)
        return "For the register's operators. Holds restricted facts: do not "
               "pass on";
    for (size_t i = 0; i < c->s->n_places; i++) {
        const struct tr_organisation *o =
            tr_place_organisation(c->s->places[i], c->s->audience.organisation);

        if (o)
            return tr_paper_say(c->p,
                                "For %s. Holds facts that only it may see: do "
                                "not pass on",
                                o->name);
    }
    return name;
}

static void put_under(struct composing *c)
{
    const struct report_run *run = &c->in->run;
    const char *date = tr_paper_date(c->p, c->in->date);
    const char *snapshot =
        tr_paper_say(c->p, "snapshot %.*s", SHORT_DIGEST, c->s->version);

    if (run->id)
        c->p->under = tr_paper_say(
            c->p, "%s. Run %lld of %s, rule-set %s (%.*s), %s", date,
            (long long)run->id, tr_paper_date(c->p, run->made), run->rules_name,
            SHORT_DIGEST, run->rules_digest, snapshot);
    else
        c->p->under =
            tr_paper_say(c->p, "%s. No run is adopted; %s", date, snapshot);
    c->p->footer = c->p->under;
    c->p->subject = tr_paper_say(c->p, "%s. %s. %s", c->p->kind, c->p->audience,
                                 c->p->under);
}

static void put_origin(struct composing *c)
{
    const struct report_run *run = &c->in->run;
    struct tr_paper *p = c->p;

    tr_paper_origin(p, "Register", p->author);
    tr_paper_origin(p, "Audience of this paper", p->audience);
    tr_paper_origin(p, "Date of this paper", tr_paper_date(p, c->in->date));
    if (run->id) {
        tr_paper_origin(p, "Run",
                        tr_paper_say(p, "%lld, made on %s for the audience %s",
                                     (long long)run->id,
                                     tr_paper_date(p, run->made),
                                     run->audience));
        tr_paper_origin(p, "Sites in the run",
                        *run->scope ? run->scope : "all");
        tr_paper_origin(p, "Rule-set", run->rules_name);
        tr_paper_origin(p, "Digest of the rule-set", run->rules_digest);
        tr_paper_origin(p, "Snapshot classified, before it had these classes",
                        run->snapshot);
    }
    tr_paper_origin(p, "Snapshot shown, with them", c->s->version);
    tr_paper_origin(p, "Program", c->in->program);
}

enum tr_status report_begin(const struct report_input *in, const char *kind,
                            const char *title, struct composing *c,
                            struct tr_error *err)
{
    *c = (struct composing){ .in = in, .s = in->s, .err = err };
    c->p = tr_paper_new(in->arena, kind, title);
    c->cited = tr_arena_array(in->arena, in->s->n_layers + 1, sizeof *c->cited);
    if (!c->p || !c->cited)
        return tr_fail(err, TR_ENOMEM, "no memory left for the paper");
    if (tr_class_shown(&in->s->audience, TR_SURPLUS) != TR_SURPLUS) {
        c->p->filter = hide;
        c->p->filter_context = &in->s->audience;
    }
    c->p->date = in->run.id ? in->run.as_of : in->date;
    c->p->author = in->s->n_places
                       ? tr_paper_words(c->p, in->s->places[0]->title, 200)
                       : "";
    c->p->audience = tr_paper_words(c->p, audience_words(c), 300);
    put_under(c);
    put_origin(c);
    if (in->run.outdated)
        tr_paper_warning(
            c->p,
            "The layer '%s' was loaded again after this run. Facts "
            "shown here may be newer than the classes.",
            in->run.outdated);
    return TR_OK;
}

enum tr_status report_end(struct composing *c, struct tr_paper **out)
{
    enum tr_status st = c->st ? c->st : tr_paper_status(c->p, c->err);

    if (!st)
        *out = c->p;
    return st;
}

/* ---- what the words mean ---- */

static void put_definition(struct composing *c, enum tr_class k)
{
    const char *text = tr_rules_definition(c->in->rules, k);

    if (text && *text)
        tr_paper_fact(c->p, class_label(c, k), text);
}

void put_words(struct composing *c)
{
    const struct tr_rules *r = c->in->rules;
    bool hides = c->p->filter != NULL;

    if (!r)
        return;
    tr_paper_heading(c->p, 2, "What the words mean");
    tr_paper_facts(c->p);
    put_definition(c, TR_KEY);
    put_definition(c, TR_CORE);
    if (hides)
        tr_paper_fact(c->p, "in review", "Its owner is asked to look at it.");
    else
        put_definition(c, TR_SURPLUS);
    put_definition(c, TR_UNCLASSIFIED);
    put_definition(c, TR_NOT_APPLICABLE);
    tr_paper_fact(c->p, "need",
                  "How much the service needs a place here: 0 to 100 points.");
    if (r->weight[TR_FITNESS])
        tr_paper_fact(c->p, "fitness",
                      "How good the building is: 0 to 100 points.");
    tr_paper_fact(c->p, "hub",
                  "How well partners can come together here: 0 to 100 points.");
    tr_paper_fact(c->p, "run",
                  "One classification of many sites by one rule-set, kept as "
                  "it was.");
    if (r->note && *r->note)
        tr_paper_note(c->p, "%s", r->note);
}
