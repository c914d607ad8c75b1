/* explain_text.c - an explanation as plain text for a terminal, from its JSON.
 * Anything may be absent: the JSON may come from an older run. */
#include "classify/explain_text.h"

#include <string.h>

#include "classify/explain.h"

#define READ_BYTES ((size_t)64 * 1024 * 1024)

const char *text_of(const struct tr_node *map, const char *key)
{
    const struct tr_node *n = tr_node_get(map, key);

    return n && n->text && n->kind != TR_NODE_NULL ? n->text : "";
}

bool text_has(const struct tr_node *map, const char *key)
{
    const struct tr_node *n = tr_node_get(map, key);

    return n && n->kind != TR_NODE_NULL;
}

const struct tr_node *text_list(const struct tr_node *map, const char *key)
{
    static const struct tr_node empty = { .kind = TR_NODE_LIST };
    const struct tr_node *n = tr_node_get(map, key);

    return n && n->kind == TR_NODE_LIST ? n : &empty;
}

void text_value(const struct tr_node *n, const char *unit, struct tr_buf *out)
{
    if (!n || n->kind == TR_NODE_NULL || n->kind == TR_NODE_MAP) {
        tr_buf_str(out, "not known");
    } else if (n->kind == TR_NODE_LIST) {
        for (size_t i = 0; i < n->n; i++)
            tr_buf_printf(out, "%s%s", i ? ", " : "",
                          n->items[i]->text ? n->items[i]->text : "");
    } else if (n->kind == TR_NODE_INTEGER || n->kind == TR_NODE_NUMBER) {
        number_words(n->number, out);
        unit_words(n->number, unit, out);
    } else if (n->kind == TR_NODE_BOOL) {
        tr_buf_str(out, n->truth ? "yes" : "no");
    } else {
        tr_buf_str(out, n->text);
    }
}

const char *text_class(const char *name)
{
    for (int k = 0; k < TR_CLASSES; k++) {
        if (strcmp(name, tr_class_name((enum tr_class)k)) == 0)
            return class_words((enum tr_class)k);
    }
    return name;
}

void text_classes(const struct tr_node *list, struct tr_buf *out)
{
    for (size_t i = 0; i < list->n; i++)
        tr_buf_printf(out, "%s%s",
                      i == 0             ? ""
                      : i + 1 == list->n ? " or "
                                         : ", ",
                      text_class(list->items[i]->text));
}

/* ---- facts ---- */

bool text_same(const struct tr_node *a, const struct tr_node *b)
{
    if (!a || !b || a->kind != b->kind || a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        if (!text_same(a->items[i], b->items[i]))
            return false;
    }
    return a->kind == TR_NODE_LIST ||
           (a->text && b->text && strcmp(a->text, b->text) == 0);
}

static void write_source(const struct tr_node *f, struct tr_buf *out)
{
    if (text_has(f, "layer"))
        tr_buf_printf(out, " (%s%s%s%s%s)", text_of(f, "layer"),
                      text_has(f, "as_of") ? ", " : "", text_of(f, "as_of"),
                      text_has(f, "loaded") ? ", loaded " : "",
                      text_of(f, "loaded"));
}

/* "at least 1,240 people (postcodes, 2025-02-01)" */
static void write_fact(const struct tr_node *f, struct tr_buf *out)
{
    const char *bound = text_of(f, "bound");
    bool part = strncmp(bound, "part", 4) == 0;

    if (*bound && !part)
        tr_buf_printf(out, "%s ", bound);
    text_value(tr_node_get(f, "value"), text_of(f, "unit"), out);
    if (part)
        tr_buf_str(out, " of the part that is covered");
    write_source(f, out);
}

static bool same_source(const struct tr_node *a, const struct tr_node *b)
{
    return strcmp(text_of(a, "layer"), text_of(b, "layer")) == 0 &&
           strcmp(text_of(a, "as_of"), text_of(b, "as_of")) == 0 &&
           strcmp(text_of(a, "loaded"), text_of(b, "loaded")) == 0;
}

static void end_facts(const struct tr_node *last, struct tr_buf *out)
{
    if (last) {
        write_source(last, out);
        tr_buf_byte(out, '\n');
    }
}

/* The facts that a value is made of, a line for each source. */
static void write_facts(const struct tr_node *facts, struct tr_buf *out)
{
    const struct tr_node *before = NULL;

    for (size_t i = 0; i < facts->n; i++) {
        const struct tr_node *f = facts->items[i];
        const char *bound = text_of(f, "bound");
        bool on = before && same_source(before, f);

        if (!text_has(f, "value"))
            continue;
        if (!on)
            end_facts(before, out);
        tr_buf_printf(out, "%s%s: ", on ? "; " : "                 ",
                      text_of(f, "title"));
        if (*bound)
            tr_buf_printf(out, "%s ",
                          strncmp(bound, "part", 4) == 0 ? "about" : bound);
        text_value(tr_node_get(f, "value"), text_of(f, "unit"), out);
        before = f;
    }
    end_facts(before, out);
}

/* ---- the head ---- */

static void write_share(const char *name, double share, struct tr_buf *out)
{
    double pct = share * 100;

    tr_buf_printf(out, "%s in ", text_class(name));
    if (pct < 1)
        tr_buf_str(out, "under 1 %");
    else
        tr_buf_printf(out, "%d %%", (int)(pct > 99 ? 99 : pct + 0.5));
}

/* The class with the next smaller share; SIZE_MAX when that was the last. */
static size_t next_share(const struct tr_node *shares, size_t before)
{
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < shares->n; i++) {
        double share = shares->items[i]->number;

        if (before != SIZE_MAX &&
            (share > shares->items[before]->number ||
             (share == shares->items[before]->number && i <= before)))
            continue;
        if (best == SIZE_MAX || share > shares->items[best]->number)
            best = i;
    }
    return best;
}

static void write_robustness(const struct tr_node *r, struct tr_buf *out)
{
    const struct tr_node *shares = tr_node_get(r, "shares");
    const char *word = text_of(r, "word");
    size_t at = SIZE_MAX;

    if (!shares || shares->kind != TR_NODE_MAP || shares->n == 0)
        return;
    tr_buf_printf(out, "  %-10s  ",
                  text_has(r, "of")              ? "Drawn"
                  : strcmp(word, "robust") == 0  ? "Robust"
                  : strcmp(word, "leaning") == 0 ? "Leaning"
                                                 : "Contested");
    if (shares->n == 1) {
        tr_buf_printf(out, "%s in every draw\n",
                      text_class(shares->keys[0]->text));
        return;
    }
    for (size_t i = 0; i < shares->n; i++) {
        at = next_share(shares, at);
        tr_buf_str(out, i ? ", " : "");
        write_share(shares->keys[at]->text, shares->items[at]->number, out);
    }
    tr_buf_str(out, " of ");
    number_words(tr_node_get(r, "draws") ? tr_node_get(r, "draws")->number : 0,
                 out);
    tr_buf_str(out, " draws of weights and missing facts\n");
}

static void write_name(const struct tr_snapshot *s, size_t site,
                       struct tr_buf *out)
{
    const struct tr_column *name = tr_table_column(&s->sites, "name");
    const struct tr_column *partner = tr_table_column(&s->sites, "partner");

    if (name && name->type == TR_TEXT && tr_has(name, site))
        tr_buf_printf(out, "%s (%s)\n", tr_text_at(name, site),
                      s->site_ids[site]);
    else
        tr_buf_printf(out, "%s\n", s->site_ids[site]);
    if (partner && partner->type == TR_TEXT && tr_has(partner, site))
        tr_buf_printf(out, "%s\n", tr_text_at(partner, site));
}

static void write_head(const struct tr_node *root, struct tr_buf *out)
{
    const struct tr_node *rules = tr_node_get(root, "rules");
    const struct tr_node *known = tr_node_get(root, "criteria");
    const struct tr_node *possible = text_list(root, "possible");
    const struct tr_node *flags = text_list(root, "flags");

    tr_buf_printf(out, "\n%s\n", text_of(root, "reason"));
    if (*text_of(root, "definition"))
        tr_buf_printf(out, "(%s: %s)\n", text_class(text_of(root, "class")),
                      text_of(root, "definition"));
    tr_buf_printf(out, "\n  Evidence    %s %%, %s of %s criteria\n",
                  text_of(root, "coverage"), text_of(known, "known"),
                  text_of(known, "of"));
    write_robustness(tr_node_get(root, "robustness"), out);
    if (possible->n > 1) {
        tr_buf_str(out, "  Could be    ");
        text_classes(possible, out);
        tr_buf_byte(out, '\n');
    }
    for (size_t i = 0; i < flags->n; i++)
        tr_buf_printf(out, "%s%s%s", i ? ", " : "  Flags       ",
                      flags->items[i]->text, i + 1 == flags->n ? "\n" : "");
    tr_buf_printf(out, "  Rules       %s, version %s, as of %s\n",
                  text_of(rules, "name"), text_of(rules, "version"),
                  text_of(root, "as_of"));
}

/* ---- gates and criteria ---- */

static void write_gates(const struct tr_node *gates, struct tr_buf *out)
{
    bool any = false;

    for (size_t i = 0; i < gates->n; i++) {
        const struct tr_node *g = gates->items[i];
        const struct tr_node *facts = text_list(g, "facts");

        if (strcmp(text_of(g, "result"), "hit") != 0)
            continue;
        if (!any)
            tr_buf_str(out, "\nRules that it meets\n");
        any = true;
        tr_buf_printf(out, "  %s%s%s%s%s%s\n", text_of(g, "reason"),
                      text_has(g, "until") ? " Until " : "",
                      text_of(g, "until"), text_has(g, "source") ? " [" : "",
                      text_of(g, "source"), text_has(g, "source") ? "]" : "");
        for (size_t k = 0; k < facts->n; k++) {
            if (!text_has(facts->items[k], "value"))
                continue;
            tr_buf_printf(out, "    %s: ", text_of(facts->items[k], "title"));
            write_fact(facts->items[k], out);
            tr_buf_byte(out, '\n');
        }
    }
}

/* The one fact with a value, when it is the criterion's value or the list that
 * its item is of; NULL: there are more, or none, or something was made of it.
 */
static const struct tr_node *only_fact(const struct tr_node *c,
                                       const struct tr_node *facts)
{
    const struct tr_node *only = NULL;

    for (size_t i = 0; i < facts->n; i++) {
        if (!text_has(facts->items[i], "value"))
            continue;
        if (only)
            return NULL;
        only = facts->items[i];
    }
    if (only && !text_has(c, "item") && text_has(c, "value") &&
        !text_same(tr_node_get(c, "value"), tr_node_get(only, "value")))
        return NULL;
    return only;
}

static void write_criterion(const struct tr_node *c, struct tr_buf *out)
{
    const struct tr_node *facts = text_list(c, "facts");
    const struct tr_node *only = only_fact(c, facts);

    tr_buf_printf(out, "  %3.0f x %3s %%%s  %s",
                  tr_node_get(c, "score")->number, text_of(c, "weight"),
                  text_has(c, "illustrative") ? "*" : " ", text_of(c, "title"));
    if (only) {
        tr_buf_str(out, ": ");
        if (text_has(c, "item")) {
            tr_buf_str(out, text_of(c, "item"));
            write_source(only, out);
        } else {
            write_fact(only, out);
        }
    } else if (text_has(c, "value")) {
        tr_buf_str(out, ": ");
        text_value(tr_node_get(c, "value"), text_of(c, "unit"), out);
    }
    if (text_has(c, "score_low"))
        tr_buf_printf(out, "; between %.0f and %.0f",
                      tr_node_get(c, "score_low")->number,
                      tr_node_get(c, "score_high")->number);
    tr_buf_byte(out, '\n');
    if (!only)
        write_facts(facts, out);
}

static void write_axis(const char *name, const struct tr_node *axis,
                       struct tr_buf *out)
{
    const struct tr_node *criteria = text_list(axis, "criteria");
    size_t missing = 0;

    tr_buf_printf(out, "\n%c%s: ", name[0] >= 'a' ? name[0] - 32 : name[0],
                  name + 1);
    if (text_has(axis, "score"))
        tr_buf_printf(out, "%.1f of 100", tr_node_get(axis, "score")->number);
    else
        tr_buf_str(out, "no score");
    tr_buf_printf(out, ", %s %% of the evidence\n", text_of(axis, "coverage"));
    for (size_t i = 0; i < criteria->n; i++) {
        if (text_has(criteria->items[i], "score"))
            write_criterion(criteria->items[i], out);
    }
    for (size_t i = 0; i < criteria->n; i++) {
        const struct tr_node *c = criteria->items[i];

        if (text_has(c, "score"))
            continue;
        tr_buf_printf(out, "%s%s (%s %%)",
                      missing++ ? ", " : "  not known:  ", text_of(c, "title"),
                      text_of(c, "weight"));
    }
    if (missing)
        tr_buf_byte(out, '\n');
}

static bool any_has(const struct tr_node *axes, const char *key)
{
    for (size_t a = 0; a < axes->n; a++) {
        const struct tr_node *criteria = text_list(axes->items[a], "criteria");

        for (size_t i = 0; i < criteria->n; i++) {
            const struct tr_node *facts =
                text_list(criteria->items[i], "facts");

            if (!text_has(criteria->items[i], "score"))
                continue;
            if (text_has(criteria->items[i], key))
                return true;
            for (size_t k = 0; k < facts->n; k++) {
                if (text_has(facts->items[k], key))
                    return true;
            }
        }
    }
    return false;
}

static void write_axes(const struct tr_node *axes, struct tr_buf *out)
{
    if (!axes || axes->kind != TR_NODE_MAP)
        return;
    tr_buf_str(out, "\nScores: points x weight\n");
    for (size_t a = 0; a < axes->n; a++)
        write_axis(axes->keys[a]->text, axes->items[a], out);
    if (any_has(axes, "illustrative"))
        tr_buf_str(out, "\n  * this scale is the rule-set's own, as an "
                        "illustration\n");
    if (any_has(axes, "bound"))
        tr_buf_str(out, "  \"at least\", \"at most\", \"about\": the data ends "
                        "near this site\n");
}

static void write_rest(const struct tr_node *root, struct tr_buf *out)
{
    const struct tr_node *aged = text_list(root, "aged");
    const struct tr_node *shown = text_list(root, "shown");

    if (aged->n)
        tr_buf_str(out, "\nToo old to count\n");
    for (size_t i = 0; i < aged->n; i++) {
        tr_buf_printf(out, "  %s: ", text_of(aged->items[i], "title"));
        text_value(tr_node_get(aged->items[i], "value"), "", out);
        tr_buf_printf(out, ", %s, more than %s years ago\n",
                      text_of(aged->items[i], "date"),
                      text_of(aged->items[i], "years"));
    }
    if (shown->n)
        tr_buf_str(out, "\nShown, not deciding\n");
    for (size_t i = 0; i < shown->n; i++) {
        tr_buf_printf(out, "  %s: ", text_of(shown->items[i], "title"));
        text_value(tr_node_get(shown->items[i], "value"), "", out);
        tr_buf_byte(out, '\n');
    }
}

/* What people decided, where they did: it stands before what the rules say. */
static void write_standing(const struct tr_snapshot *s, size_t site,
                           const struct tr_node *root, struct tr_buf *out)
{
    const struct tr_column *c = tr_table_column(&s->sites, "class_status");
    const char *decided;
    const char *status =
        c && c->type == TR_TEXT && tr_has(c, site) ? tr_text_at(c, site) : "";

    if (!s->classes || !*status || strcmp(status, "provisional") == 0)
        return;
    decided = tr_class_name((enum tr_class)s->classes[site]);
    tr_buf_printf(out, "\nDecided: %s (%s)\n", text_class(decided), status);
    if (*tr_class_reason(s, site))
        tr_buf_printf(out, "Published with these reasons: %s\n",
                      tr_class_reason(s, site));
    if (root && strcmp(decided, text_of(root, "class")) != 0)
        tr_buf_str(out, "It stands before what the rules say, which is:\n");
}

enum tr_status tr_explain_text(const struct tr_snapshot *s, size_t site,
                               const char *json, struct tr_buf *out,
                               struct tr_error *err)
{
    struct tr_arena a;
    const struct tr_node *root = NULL;
    enum tr_status st;

    if (!json) {
        write_name(s, site, out);
        write_standing(s, site, NULL, out);
        return tr_buf_status(out, "the explanation", err);
    }
    tr_arena_init(&a, READ_BYTES);
    st = tr_json_parse(json, strlen(json), "explanation", &a, &root, err);
    if (!st) {
        write_name(s, site, out);
        write_standing(s, site, root, out);
        write_head(root, out);
        text_flips(text_list(root, "flips"), out);
        write_gates(text_list(root, "gates"), out);
        write_axes(tr_node_get(root, "axes"), out);
        text_missing(text_list(root, "missing"), out);
        write_rest(root, out);
        st = tr_buf_status(out, "the explanation", err);
    }
    tr_arena_clear(&a);
    return st;
}
