/* report_why.c - why a site has its class: the verdict, what would change it,
 * the rules and scores with their evidence, what is not known. */
#include <math.h>
#include <string.h>

#include "classify/explain_text.h"
#include "classify/ruleset.h"
#include "report/report_parts.h"
#include "terrier/date.h"
#include "terrier/field.h"

const char *site_reason(const struct composing *c, size_t site)
{
    struct composing copy = *c;
    const struct tr_node *root = site_explanation(&copy, site);

    if (*tr_class_reason(c->s, site)) /* chosen for publication */
        return tr_class_reason(c->s, site);
    if (root)
        return text_of(root, "reason");
    return c->s->classes[site] == TR_IN_REVIEW ? "In review by its owner." : "";
}

/* ---- the verdict ---- */

static void upper_first(char *text)
{
    if (text && *text >= 'a' && *text <= 'z')
        *text = (char)(*text - 'a' + 'A');
}

static const char *capital(struct tr_paper *p, const char *text)
{
    char *copy = tr_arena_text(p->arena, text, strlen(text));

    upper_first(copy);
    return copy ? copy : "";
}

static void put_verdict(struct composing *c, size_t site,
                        const struct tr_node *root)
{
    enum tr_class k = site_class(c, site);
    const char *status = site_text(c, "class_status", site);
    const char *label = class_label(c, k);

    if (root && tr_node_get(root, "declared"))
        label = "surplus, declared by its owner";
    if (k == TR_NO_CLASS)
        tr_paper_verdict(c->p, class_tone(k), "No class",
                         "No run that this audience may see has classified "
                         "this site.");
    else
        tr_paper_verdict(c->p, class_tone(k),
                         tr_paper_say(c->p, "%s: %s", capital(c->p, label),
                                      status_words(status)),
                         site_reason(c, site));
}

/* A person's class stands before the computed one: say what that would be. */
static void put_computed(struct composing *c, size_t site,
                         const struct tr_node *root)
{
    const char *computed = text_of(root, "class");
    enum tr_class k = TR_NO_CLASS;

    if (!tr_class_parse(computed, &k) || k == site_class(c, site))
        return;
    tr_paper_warning(c->p,
                     "People decided this class. By the rules alone it would "
                     "be: %s. The reasons below are those of the rules.",
                     class_label(c, k));
}

static const char *share_words(struct composing *c, const struct tr_node *all)
{
    const char *text = "";

    for (int k = 0; k < TR_CLASSES; k++) {
        const struct tr_node *share =
            tr_node_get(all, tr_class_name((enum tr_class)k));

        if (share && share->number > 0)
            text = list_of(
                c->p, text,
                tr_paper_say(
                    c->p, "%s in %s", class_label(c, (enum tr_class)k),
                    share->number < 0.01
                        ? "under 1 %"
                        : tr_paper_say(c->p, "%.0f %%",
                                       share->number > 0.99 && share->number < 1
                                           ? 99
                                           : share->number * 100)),
                ", ");
    }
    return text;
}

static void put_sureness(struct composing *c, const struct tr_node *root)
{
    const struct tr_node *r = tr_node_get(root, "robustness");
    const struct tr_node *known = tr_node_get(root, "criteria");
    const struct tr_node *shares = tr_node_get(r, "shares");
    const struct tr_node *possible = text_list(root, "possible");
    struct tr_buf b;

    tr_paper_text(c->p,
                  "How much is known: %s of the %s things that the rules ask "
                  "for, which make up %s %% of the evidence by weight.",
                  text_of(known, "known"), text_of(known, "of"),
                  text_of(root, "coverage"));
    if (shares && shares->kind == TR_NODE_MAP && shares->n)
        tr_paper_text(
            c->p,
            "How sure it is: in %s trials with other weights, and with "
            "guesses for what is not known, it came out as %s. That is called "
            "%s.",
            tr_paper_count(c->p, tr_node_get(r, "draws")->number),
            shares->n == 1 ? tr_paper_say(c->p, "%s every time",
                                          text_class(shares->keys[0]->text))
                           : share_words(c, shares),
            text_of(r, "word"));
    if (possible->n > 1) {
        tr_buf_init(&b, 4096);
        text_classes(possible, &b);
        if (tr_buf_text(&b))
            tr_paper_text(c->p, "With what is not known it could be %s.",
                          tr_buf_text(&b));
        tr_buf_clear(&b);
    }
}

/* As it is, not rounded to be read: a little less would change nothing. */
static const char *exact_value(struct composing *c, const struct tr_node *v,
                               const char *unit)
{
    const char *text = "";
    struct tr_buf b;

    if (!v || (v->kind != TR_NODE_INTEGER && v->kind != TR_NODE_NUMBER))
        return value_of(c->p, v, unit);
    tr_buf_init(&b, 4096);
    if (v->kind == TR_NODE_INTEGER || fabs(v->number) >= 1000) {
        text_value(v, strcmp(unit, "m2") == 0 ? "m\xC2\xB2" : unit, &b);
    } else {
        tr_buf_number(&b, v->number);
        tr_buf_printf(&b, " %s", unit);
    }
    if (tr_buf_text(&b))
        text = tr_paper_words(c->p, tr_buf_text(&b), 300);
    tr_buf_clear(&b);
    return text;
}

static void put_threshold(struct composing *c, const char *label,
                          const struct tr_node *f, const char *to,
                          const char *from)
{
    const char *what = text_of(f, "what"), *axis = text_of(f, "axis");

    if (strncmp(what, "evidence.", 9) == 0)
        tr_paper_item(c->p,
                      "It would be %s, if the rules asked for %s of the "
                      "evidence%s%s (they ask for %s).",
                      label, to, *axis ? " on " : "", axis, from);
    else if (strncmp(what, "key.", 4) != 0)
        tr_paper_item(c->p,
                      "It would be %s, if the rules called %.*s what has less "
                      "than %s of %s (now: %s).",
                      label, (int)strcspn(what, "."), what, to, axis, from);
    else
        tr_paper_item(c->p,
                      "It would be %s, if the rules asked for %s of %s%s to be "
                      "key (they ask for %s).",
                      label, to,
                      strstr(what, "_coverage") ? "the evidence on " : "", axis,
                      from);
}

static void put_flip(struct composing *c, const struct tr_node *f)
{
    const char *kind = text_of(f, "kind"), *unit = text_of(f, "unit");
    const char *label = text_class(text_of(f, "class"));
    const char *to = exact_value(c, tr_node_get(f, "to"), unit);
    const struct tr_node *now = tr_node_get(f, "from");
    /* What a share is now was measured: it need not be read to 14 digits. */
    bool measured = strcmp(kind, "fact") == 0 && strcmp(unit, "%") == 0;
    const char *from =
        measured ? value_of(c->p, now, unit) : exact_value(c, now, unit);
    const struct tr_node *moved = tr_node_get(f, "moved");

    if (strcmp(kind, "threshold") == 0)
        put_threshold(c, label, f, to, from);
    else if (strcmp(kind, "weight") == 0)
        tr_paper_item(c->p,
                      "It would be %s, if \"%s\" weighed %s of %s (it weighs "
                      "%s).",
                      label, text_of(f, "title"), to, text_of(f, "axis"), from);
    else
        tr_paper_item(c->p, "It would be %s, if \"%s\" were %s (now: %s).",
                      label, text_of(f, "title"),
                      moved && moved->number == 0
                          ? tr_paper_say(c->p, "not %s but, say, %s", from, to)
                          : to,
                      from);
}

/* The facts first: they are what can be gone and looked at. */
static void put_flips(struct composing *c, const struct tr_node *root)
{
    static const struct {
        const char *kind;
        size_t most;
    } order[] = { { "fact", 3 }, { "weight", 2 }, { "threshold", 2 } };
    const struct tr_node *flips = text_list(root, "flips");

    tr_paper_heading(c->p, 2, "What would change it");
    if (!flips->n) {
        tr_paper_text(c->p,
                      strcmp(text_of(root, "class"), "unclassified") == 0
                          ? "The facts that are not known: each is listed "
                            "below with the classes that it could give."
                          : "No single fact, weight or threshold that was "
                            "tried gives another class.");
        return;
    }
    tr_paper_list(c->p);
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        size_t said = 0;

        for (size_t i = 0; i < flips->n && said < order[k].most; i++) {
            if (strcmp(text_of(flips->items[i], "kind"), order[k].kind) != 0)
                continue;
            put_flip(c, flips->items[i]);
            said++;
        }
    }
}

/* Need, fitness and hub are the rules' words: say what they are before they are
 * used. */
static void put_axes_words(struct composing *c, const struct tr_node *axes)
{
    static const char *const words[TR_AXES] = {
        [TR_NEED] = "need is how much the service needs a place here",
        [TR_FITNESS] = "fitness is how good the building is",
        [TR_HUB] = "hub is how well partners can come together here",
    };
    const char *all = "";

    for (int a = 0; a < TR_AXES; a++) {
        if (tr_node_get(axes, tr_axis_name((enum tr_axis)a)))
            all = list_of(c->p, all, words[a], "; ");
    }
    if (*all)
        tr_paper_text(c->p, "The rules count in points from 0 to 100: %s.",
                      all);
}

void put_why(struct composing *c, size_t site, const struct tr_node *root)
{
    const struct tr_node *flags = text_list(root, "flags");
    const char *definition = text_of(root, "definition"), *all = "";

    put_verdict(c, site, root);
    if (!root)
        return;
    put_computed(c, site, root);
    if (*definition)
        tr_paper_text(c->p, "What %s means: %s",
                      text_class(text_of(root, "class")), definition);
    put_axes_words(c, tr_node_get(root, "axes"));
    for (size_t i = 0; i < flags->n; i++)
        all = list_of(c->p, all, flags->items[i]->text, ", ");
    if (*all)
        tr_paper_text(c->p, "To bear in mind: %s.", all);
    put_sureness(c, root);
    put_flips(c, root);
}

/* ---- facts and their sources ---- */

static const char *source_words(struct composing *c, const struct tr_node *f)
{
    const struct tr_layer *l =
        text_has(f, "layer") ? tr_snapshot_layer(c->s, text_of(f, "layer"))
                             : NULL;
    const char *title = l && l->title ? l->title : text_of(f, "layer");
    int32_t date = TR_NO_DATE;

    if (!*title)
        return "";
    tr_date_parse(text_of(f, "as_of"), "yyyy-mm-dd", &date);
    cite(c, text_of(f, "layer"), date);
    if (text_has(f, "as_of"))
        return tr_paper_say(c->p, "%s, %s", title,
                            iso_date(c->p, text_of(f, "as_of")));
    if (text_has(f, "loaded"))
        return tr_paper_say(c->p, "%s, no date given (loaded %s)", title,
                            iso_date(c->p, text_of(f, "loaded")));
    return title;
}

/* A measure that spreads a statistic of areas rests on that statistic, too. */
static const char *statistics_words(struct composing *c,
                                    const struct tr_node *f)
{
    const struct tr_rules *r = c->in->rules;
    const char *all = "";

    for (size_t i = 0; r && i < r->n_measures; i++) {
        const struct rule_measure *m = &r->measures[i];

        if (!m->spread || strcmp(m->name, text_of(f, "name")) != 0)
            continue;
        for (size_t k = 0; k < m->of.n_names + m->part.n_names; k++) {
            const char *name = k < m->of.n_names
                                   ? m->of.names[k]
                                   : m->part.names[k - m->of.n_names];
            const char *dot = strrchr(name, '.');
            const struct tr_layer *l =
                dot ? statistic_of(c, m->spread, dot + 1) : NULL;

            if (!l || !l->title || strstr(all, l->title))
                continue;
            cite(c, l->name, TR_NO_DATE);
            all = list_of(
                c->p, all,
                list_of(c->p, l->title, tr_paper_date(c->p, l->as_of), ", "),
                "; ");
        }
    }
    return all;
}

static const char *bound_words(struct composing *c, const struct tr_node *f,
                               const char *value)
{
    const char *bound = text_of(f, "bound");

    if (!*bound)
        return value;
    return strncmp(bound, "part", 4) == 0
               ? tr_paper_say(c->p, "about %s", value)
               : tr_paper_say(c->p, "%s %s", bound, value);
}

/* "Bus services within 300 m: at least 19 services" */
static const char *fact_words(struct composing *c, const struct tr_node *f)
{
    return tr_paper_say(
        c->p, "%s: %s", text_of(f, "title"),
        bound_words(
            c, f, value_of(c->p, tr_node_get(f, "value"), text_of(f, "unit"))));
}

struct known { /* of a criterion or gate: its facts in words */
    const char *facts, *sources;
    const struct tr_node *only; /* the one fact; NULL: none or several */
    size_t n;
};

static struct known known_facts(struct composing *c,
                                const struct tr_node *facts)
{
    struct known k = { .facts = "", .sources = "" };

    for (size_t i = 0; i < facts->n; i++) {
        const struct tr_node *f = facts->items[i];
        const char *source;

        if (!text_has(f, "value"))
            continue;
        source =
            list_of(c->p, statistics_words(c, f), source_words(c, f), "; ");
        k.only = k.n++ ? NULL : f;
        k.facts = list_of(c->p, k.facts, fact_words(c, f), "; ");
        if (!strstr(k.sources, source))
            k.sources = list_of(c->p, k.sources, source, "; ");
    }
    return k;
}

/* ---- scores ---- */

static const char *value_words_of(struct composing *c,
                                  const struct tr_node *criterion,
                                  const struct known *k)
{
    const char *value;

    if (text_has(criterion, "item"))
        return code_words(c->p, text_of(criterion, "item"));
    value = value_of(c->p, tr_node_get(criterion, "value"),
                     text_of(criterion, "unit"));
    if (k->only && text_same(tr_node_get(criterion, "value"),
                             tr_node_get(k->only, "value")))
        return bound_words(c, k->only, value);
    if (!*k->facts)
        return value;
    return strchr(value, '(') ? tr_paper_say(c->p, "%s: %s", value, k->facts)
                              : tr_paper_say(c->p, "%s (%s)", value, k->facts);
}

static const char *points(struct composing *c, const struct tr_node *map,
                          const char *key)
{
    const struct tr_node *v = tr_node_get(map, key);

    return v && (v->kind == TR_NODE_INTEGER || v->kind == TR_NODE_NUMBER)
               ? tr_paper_say(c->p, "%.0f", v->number)
               : "";
}

static void put_criterion(struct composing *c, const struct tr_node *criterion)
{
    struct known k = known_facts(c, text_list(criterion, "facts"));
    bool has = text_has(criterion, "score");
    const char *score = points(c, criterion, "score");
    const struct tr_node *adds = tr_node_get(criterion, "adds");

    if (has && text_has(criterion, "score_low"))
        score = tr_paper_say(c->p, "%s (%s to %s)", score,
                             points(c, criterion, "score_low"),
                             points(c, criterion, "score_high"));
    tr_paper_row(
        c->p,
        (const char *const[]){
            tr_paper_say(c->p, "%s%s", text_of(criterion, "title"),
                         text_has(criterion, "illustrative") ? " *" : ""),
            has ? value_words_of(c, criterion, &k) : "not known",
            !has         ? ""
            : *k.sources ? k.sources
                         : tr_paper_say(c->p,
                                        "measured between the sites of this "
                                        "register, %s",
                                        tr_paper_date(c->p, c->in->run.as_of)),
            has ? score : "none",
            tr_paper_say(c->p, "%s %%", text_of(criterion, "weight")),
            has && adds ? tr_paper_say(c->p, "%.1f", adds->number) : "" });
}

static const char *threshold_words(struct composing *c, enum tr_axis a)
{
    const struct tr_rules *r = c->in->rules;
    const char *text = "";

    if (r && r->has_key && r->key_least[a] != RULE_NONE)
        text = tr_paper_say(c->p, "Key asks for %g or more.",
                            r->key_least[a] / 100.0);
    for (size_t i = 0; r && r->has_surplus && i < r->n_lines; i++) {
        if (r->lines[i].below[a] != RULE_NONE)
            text = list_of(
                c->p, text,
                tr_paper_say(c->p, "A surplus candidate is below %g%s.",
                             r->lines[i].below[a] / 100.0, i ? " alone" : ""),
                " ");
    }
    return text;
}

static void put_axis(struct composing *c, enum tr_axis a,
                     const struct tr_node *axis)
{
    static const struct tr_paper_column columns[] = {
        { "What counts", 23, false },
        { "What is known", 25, false },
        { "Source and its date", 25, false },
        { "Points of 100", 10, true },
        { "Weight", 9, true },
        { "Adds", 8, true },
    };
    const struct tr_node *criteria = text_list(axis, "criteria");
    const char *name = capital(c->p, tr_axis_name(a));
    const char *limits = threshold_words(c, a);

    if (text_has(axis, "score"))
        tr_paper_heading(c->p, 3, "%s: %.0f of 100 points", name,
                         tr_node_get(axis, "score")->number);
    else
        tr_paper_heading(c->p, 3, "%s: no points, for lack of facts", name);
    tr_paper_text(c->p, "%s%s%s %% of the evidence is there.", limits,
                  *limits ? " " : "", text_of(axis, "coverage"));
    tr_paper_table(c->p, NULL, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < criteria->n; i++)
        put_criterion(c, criteria->items[i]);
}

static void put_gates(struct composing *c, const struct tr_node *gates,
                      bool all_known)
{
    static const struct tr_paper_column columns[] = {
        { "Rule that it meets", 34, false },
        { "What is known", 33, false },
        { "Source and its date", 33, false },
    };
    size_t n = 0;

    for (size_t i = 0; i < gates->n; i++) {
        const struct tr_node *g = gates->items[i];
        struct known k;

        if (strcmp(text_of(g, "result"), "hit") != 0)
            continue;
        if (!n++)
            tr_paper_table(c->p, NULL, columns,
                           sizeof columns / sizeof *columns);
        k = known_facts(c, text_list(g, "facts"));
        tr_paper_row(
            c->p,
            (const char *const[]){
                text_has(g, "until")
                    ? tr_paper_say(c->p, "%s Until %s.", text_of(g, "reason"),
                                   iso_date(c->p, text_of(g, "until")))
                    : text_of(g, "reason"),
                k.facts,
                list_of(c->p, k.sources,
                        text_has(g, "source")
                            ? tr_paper_say(c->p, "rule from: %s",
                                           text_of(g, "source"))
                            : "",
                        "; ") });
    }
    if (!n)
        tr_paper_text(c->p,
                      "None of the rules that decide alone or protect a site "
                      "applies to it%s.",
                      all_known ? "" : ", as far as is known");
}

static void put_aged(struct composing *c, const struct tr_node *root)
{
    static const struct tr_paper_column columns[] = {
        { "Too old to count", 30, false },
        { "What it was", 30, false },
        { "Its date", 20, false },
        { "Expired: older than", 20, false },
    };
    const struct tr_node *aged = text_list(root, "aged");

    if (aged->n)
        tr_paper_table(c->p, NULL, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < aged->n; i++) {
        const struct tr_node *a = aged->items[i];

        tr_paper_row(c->p,
                     (const char *const[]){
                         text_of(a, "title"),
                         value_of(c->p, tr_node_get(a, "value"), ""),
                         iso_date(c->p, text_of(a, "date")),
                         tr_paper_say(c->p, "%s years", text_of(a, "years")) });
    }
}

static bool has_mark(const struct tr_node *axes, const char *key)
{
    for (size_t a = 0; axes && a < axes->n; a++) {
        const struct tr_node *list = text_list(axes->items[a], "criteria");

        for (size_t i = 0; i < list->n; i++) {
            if (text_has(list->items[i], key))
                return true;
        }
    }
    return false;
}

void put_scores(struct composing *c, const struct tr_node *root)
{
    const struct tr_node *axes = tr_node_get(root, "axes");

    tr_paper_heading(c->p, 2, "The evidence for it");
    put_gates(c, text_list(root, "gates"), text_list(root, "missing")->n == 0);
    if (strncmp(text_of(root, "basis"), "gate:", 5) == 0)
        tr_paper_text(c->p, "This rule decided alone. The points below are "
                            "shown for the record and did not count.");
    for (int a = 0; a < TR_AXES; a++) {
        const struct tr_node *axis =
            tr_node_get(axes, tr_axis_name((enum tr_axis)a));

        if (axis)
            put_axis(c, (enum tr_axis)a, axis);
    }
    if (has_mark(axes, "illustrative"))
        tr_paper_note(c->p, "* The scale of these points is the rule-set's "
                            "own, as an illustration.");
    if (has_mark(axes, "score_low"))
        tr_paper_note(c->p,
                      "\"(a to b)\" beside points: the exact place of the site "
                      "or of what is around it is not known to the metre, or "
                      "the data ends near here; the true points lie between.");
    put_aged(c, root);
}

/* ---- what is not known ---- */

static const char *who_has(const struct tr_node *m, const char *owner)
{
    const struct tr_node *facts = text_list(m, "facts");

    for (size_t i = 0; i < facts->n; i++) {
        if (tr_field_named(facts->items[i]->text))
            return owner;
    }
    return facts->n ? "not a partner's: it is measured around the site"
                    : "it is known, but not in a way that the rule can use";
}

static const char *titles_of(struct composing *c, const struct tr_node *m)
{
    const struct tr_node *titles = text_list(m, "titles");
    const char *all = "";

    for (size_t i = 0; i < titles->n; i++)
        all = list_of(c->p, all, titles->items[i]->text, ", ");
    return all;
}

static const char *could_words(struct composing *c, const struct tr_node *m)
{
    const char *text = "";
    struct tr_buf b;

    if (text_has(m, "flag"))
        return tr_paper_say(c->p, "also marked \"%s\"", text_of(m, "flag"));
    tr_buf_init(&b, 4096);
    text_classes(text_list(m, "could"), &b);
    if (tr_buf_text(&b))
        text = tr_paper_words(c->p, tr_buf_text(&b), 300);
    tr_buf_clear(&b);
    return text;
}

static const char *owner_words(struct composing *c, size_t site)
{
    const struct tr_organisation *o = site_owner(c, site);

    if (!o)
        return "its owner, who is not named";
    return o->contact ? tr_paper_say(c->p, "%s, %s", o->name, o->contact)
                      : o->name;
}

/* "A joint venture, or under development." asked: "Is it so: ...?" */
static const char *question(struct composing *c, const char *reason)
{
    size_t len = strlen(reason);

    if (len && reason[len - 1] == '?')
        return reason;
    while (len && reason[len - 1] == '.')
        len--;
    return tr_paper_say(c->p, "Is this so: \"%.*s\"?", (int)len, reason);
}

void put_missing(struct composing *c, size_t site, const struct tr_node *root)
{
    static const struct tr_paper_column columns[] = {
        { "What is not known", 36, false },
        { "Facts wanted", 22, false },
        { "Who has it", 22, false },
        { "It could then be", 20, false },
    };
    const struct tr_node *missing = text_list(root, "missing");
    const char *owner = owner_words(c, site);

    tr_paper_heading(c->p, 2, "What is not known, and who has it");
    if (!missing->n) {
        tr_paper_text(c->p, "Nothing that the rules ask for is missing.");
        return;
    }
    tr_paper_table(c->p, NULL, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < missing->n; i++) {
        const struct tr_node *m = missing->items[i];
        const char *title = text_of(m, "title");

        if (text_has(m, "gate"))
            title = question(c, title);
        if (text_has(m, "why"))
            title = tr_paper_say(c->p, "%s (%s)", title, text_of(m, "why"));
        tr_paper_row(c->p, (const char *const[]){ title, titles_of(c, m),
                                                  who_has(m, owner),
                                                  could_words(c, m) });
    }
}
