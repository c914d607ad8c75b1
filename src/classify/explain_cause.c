/* explain_cause.c - why a site's class moved between two runs: what differs
 * between its two explanations, the most important first. */
#include <math.h>
#include <string.h>

#include "classify/explain.h"
#include "classify/explain_text.h"

#define READ_BYTES  ((size_t)64 * 1024 * 1024)
#define MOST_CAUSES 3

struct causes {
    const struct tr_node *before, *after;
    struct tr_buf *out;
    size_t n;
};

static void next_cause(struct causes *c)
{
    tr_buf_str(c->out, c->n++ ? "; " : "");
}

static const struct tr_node *named(const struct tr_node *list, const char *key,
                                   const char *name)
{
    for (size_t i = 0; list && i < list->n; i++) {
        if (strcmp(text_of(list->items[i], key), name) == 0)
            return list->items[i];
    }
    return NULL;
}

/* ---- rules ---- */

static void say_rules(struct causes *c)
{
    const struct tr_node *x = tr_node_get(c->before, "rules");
    const struct tr_node *y = tr_node_get(c->after, "rules");

    if (strcmp(text_of(x, "name"), text_of(y, "name")) == 0 &&
        strcmp(text_of(x, "version"), text_of(y, "version")) == 0)
        return;
    next_cause(c);
    tr_buf_printf(c->out, "rule-set %s %s instead of %s %s", text_of(y, "name"),
                  text_of(y, "version"), text_of(x, "name"),
                  text_of(x, "version"));
}

/* ---- facts ---- */

static void say_values(const struct tr_node *f, const struct tr_node *g,
                       struct tr_buf *out)
{
    tr_buf_printf(out, "%s ", text_of(g ? g : f, "title"));
    text_value(tr_node_get(f, "value"), text_of(f, "unit"), out);
    tr_buf_str(out, " -> ");
    text_value(tr_node_get(g, "value"), text_of(g, "unit"), out);
    if (text_has(g, "layer"))
        tr_buf_printf(out, " (%s%s%s)", text_of(g, "layer"),
                      text_has(g, "as_of") ? ", " : "", text_of(g, "as_of"));
}

/* The facts that differ, as " (Services library -> office)". */
static void say_facts(const struct tr_node *before, const struct tr_node *after,
                      struct tr_buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < after->n; i++) {
        const struct tr_node *g = after->items[i];
        const struct tr_node *f = named(before, "name", text_of(g, "name"));

        if (!f || text_same(tr_node_get(f, "value"), tr_node_get(g, "value")))
            continue;
        tr_buf_str(out, n++ ? ", " : ": ");
        say_values(f, g, out);
    }
}

/* ---- gates ---- */

static bool is_hit(const struct tr_node *g)
{
    return g && strcmp(text_of(g, "result"), "hit") == 0;
}

static void say_gate(struct causes *c, const struct tr_node *g, bool now)
{
    const struct tr_node *facts = text_list(g, "facts");

    next_cause(c);
    tr_buf_printf(c->out, "%s '%s'", now ? "now meets" : "no longer meets",
                  text_of(g, "id"));
    for (size_t i = 0; i < facts->n; i++) {
        if (!text_has(facts->items[i], "value"))
            continue;
        tr_buf_printf(c->out, " (%s", text_of(facts->items[i], "title"));
        tr_buf_str(c->out, now ? " " : " was ");
        text_value(tr_node_get(facts->items[i], "value"),
                   text_of(facts->items[i], "unit"), c->out);
        tr_buf_byte(c->out, ')');
    }
}

/* Gates that decide or protect; flags make no class. */
static void say_gates(struct causes *c)
{
    const struct tr_node *x = text_list(c->before, "gates");
    const struct tr_node *y = text_list(c->after, "gates");

    for (size_t i = 0; i < y->n; i++) {
        const struct tr_node *g = y->items[i];

        if (is_hit(g) && !text_has(g, "flag") &&
            !is_hit(named(x, "id", text_of(g, "id"))))
            say_gate(c, g, true);
    }
    for (size_t i = 0; i < x->n; i++) {
        const struct tr_node *g = x->items[i];

        if (is_hit(g) && !text_has(g, "flag") &&
            !is_hit(named(y, "id", text_of(g, "id"))))
            say_gate(c, g, false);
    }
}

/* ---- evidence that aged ---- */

static void say_aged(struct causes *c)
{
    const struct tr_node *x = text_list(c->before, "aged");
    const struct tr_node *y = text_list(c->after, "aged");

    for (size_t i = 0; i < y->n; i++) {
        const struct tr_node *a = y->items[i];

        if (named(x, "field", text_of(a, "field")))
            continue;
        next_cause(c);
        tr_buf_printf(c->out, "%s of %s is too old to count",
                      text_of(a, "title"), text_of(a, "date"));
    }
}

/* ---- criteria ---- */

struct change {
    const struct tr_node *before, *after; /* of a criterion */
    double size;
};

static double size_of(const struct tr_node *x, const struct tr_node *y)
{
    bool had = text_has(x, "score"), has = text_has(y, "score");
    double w = tr_node_get(y, "weight") ? tr_node_get(y, "weight")->number : 0;
    double v =
        x && tr_node_get(x, "weight") ? tr_node_get(x, "weight")->number : 0;

    if (had != has)
        return w * 100;
    if (!had)
        return 0;
    return w * fabs(tr_node_get(x, "score")->number -
                    tr_node_get(y, "score")->number) +
           fabs(w - v);
}

/* Is a fact of the criterion among those that are too old: then it is said. */
static bool is_aged(const struct causes *c, const struct tr_node *criterion)
{
    const struct tr_node *facts = text_list(criterion, "facts");
    const struct tr_node *aged = text_list(c->after, "aged");

    for (size_t i = 0; i < facts->n; i++) {
        if (named(aged, "field", text_of(facts->items[i], "name")))
            return true;
    }
    return false;
}

static void find_changes(const struct tr_node *x, const struct tr_node *y,
                         struct change best[MOST_CAUSES], size_t *n)
{
    for (size_t i = 0; i < y->n; i++) {
        struct change c = { named(x, "id", text_of(y->items[i], "id")),
                            y->items[i], 0 };
        size_t at = *n;

        c.size = size_of(c.before, c.after);
        while (at && best[at - 1].size < c.size)
            at--;
        if (c.size == 0 || at == MOST_CAUSES)
            continue;
        *n = *n < MOST_CAUSES ? *n + 1 : *n;
        memmove(best + at + 1, best + at, (*n - at - 1) * sizeof *best);
        best[at] = c;
    }
}

static void say_change(struct causes *c, const struct change *k)
{
    bool had = text_has(k->before, "score"), has = text_has(k->after, "score");

    next_cause(c);
    tr_buf_str(c->out, text_of(k->after, "title"));
    if (had && has &&
        strcmp(text_of(k->before, "score"), text_of(k->after, "score")) != 0)
        tr_buf_printf(c->out, " %.0f -> %.0f points",
                      tr_node_get(k->before, "score")->number,
                      tr_node_get(k->after, "score")->number);
    else if (had && has)
        tr_buf_printf(c->out, " weighs %s %% instead of %s %%",
                      text_of(k->after, "weight"),
                      text_of(k->before, "weight"));
    else
        tr_buf_str(c->out, has ? " is now known" : " is no longer known");
    if (k->before)
        say_facts(text_list(k->before, "facts"), text_list(k->after, "facts"),
                  c->out);
}

static void say_criteria(struct causes *c)
{
    const struct tr_node *axes = tr_node_get(c->after, "axes");
    const struct tr_node *old = tr_node_get(c->before, "axes");
    struct change best[MOST_CAUSES];
    size_t n = 0;

    for (size_t a = 0; axes && axes->kind == TR_NODE_MAP && a < axes->n; a++)
        find_changes(
            text_list(tr_node_get(old, axes->keys[a]->text), "criteria"),
            text_list(axes->items[a], "criteria"), best, &n);
    for (size_t i = 0; i < n; i++) {
        if (text_has(best[i].after, "score") || !is_aged(c, best[i].after))
            say_change(c, &best[i]);
    }
}

static enum tr_status read(const char *json, struct tr_arena *a,
                           const struct tr_node **out, struct tr_error *err)
{
    *out = NULL;
    return json && *json
               ? tr_json_parse(json, strlen(json), "explanation", a, out, err)
               : TR_OK;
}

/* Both reasons name the thresholds that they were held against; what counted
 * most, after the semicolon, is not the cause here. */
static void say_threshold(const struct causes *c)
{
    const char *x = text_of(c->before, "reason");
    const char *y = text_of(c->after, "reason");

    tr_buf_str(c->out, "a threshold of the rules");
    if (*x && *y)
        tr_buf_printf(c->out, " - before: %.*s; now: %.*s",
                      (int)strcspn(x, ";"), x, (int)strcspn(y, ";"), y);
}

enum tr_status tr_explain_cause(const char *before, const char *after,
                                struct tr_buf *out, struct tr_error *err)
{
    struct causes c = { .out = out };
    struct tr_arena a;
    enum tr_status st;

    tr_arena_init(&a, READ_BYTES);
    st = read(before, &a, &c.before, err);
    if (!st)
        st = read(after, &a, &c.after, err);
    if (!st && c.before && c.after) {
        say_gates(&c);
        say_aged(&c);
        if (strncmp(text_of(c.after, "basis"), "gate:", 5) != 0)
            say_criteria(&c);
        say_rules(&c);
        if (c.n == 0 && strcmp(text_of(c.after, "basis"), "margin") == 0)
            tr_buf_str(out, "held by the margin of the class signed last");
        else if (c.n == 0)
            say_threshold(&c);
        st = tr_buf_status(out, "the causes", err);
    }
    tr_arena_clear(&a);
    return st;
}
