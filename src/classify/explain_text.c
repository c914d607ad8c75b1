/* explain_text.c - an explanation as plain text for a terminal, from its JSON.
 * Anything may be absent: the JSON may come from an older run. */
#include <string.h>

#include "classify/explain.h"
#include "terrier/node.h"

#define READ_BYTES ((size_t)64 * 1024 * 1024)

static const char *text(const struct tr_node *map, const char *key)
{
    const struct tr_node *n = tr_node_get(map, key);

    return n && n->text && n->kind != TR_NODE_NULL ? n->text : "";
}

static bool has(const struct tr_node *map, const char *key)
{
    const struct tr_node *n = tr_node_get(map, key);

    return n && n->kind != TR_NODE_NULL;
}

static void write_value(const struct tr_node *n, const char *unit,
                        struct tr_buf *out)
{
    if (!n || n->kind == TR_NODE_NULL || n->kind == TR_NODE_MAP) {
        tr_buf_str(out, "missing");
        return;
    }
    if (n->kind == TR_NODE_LIST) {
        for (size_t i = 0; i < n->n; i++)
            tr_buf_printf(out, "%s%s", i ? ", " : "",
                          n->items[i]->text ? n->items[i]->text : "");
    } else if (n->kind == TR_NODE_INTEGER || n->kind == TR_NODE_NUMBER) {
        number_words(n->number, out);
    } else if (n->kind == TR_NODE_BOOL) {
        tr_buf_str(out, n->truth ? "yes" : "no");
    } else {
        tr_buf_str(out, n->text);
    }
    if (*unit)
        tr_buf_printf(out, " %s", unit);
}

static void write_list(const struct tr_node *list, const char *between,
                       struct tr_buf *out)
{
    for (size_t i = 0; list && list->kind == TR_NODE_LIST && i < list->n; i++)
        tr_buf_printf(out, "%s%s", i ? between : "",
                      list->items[i]->text ? list->items[i]->text : "");
}

/* "from council, 2024-05-01; at least" of the facts behind a value. */
static void write_facts(const struct tr_node *facts, struct tr_buf *out)
{
    for (size_t i = 0; facts && facts->kind == TR_NODE_LIST && i < facts->n;
         i++) {
        const struct tr_node *f = facts->items[i];

        if (has(f, "layer"))
            tr_buf_printf(out, "      %s: from %s%s%s\n", text(f, "title"),
                          text(f, "layer"), has(f, "as_of") ? ", " : "",
                          text(f, "as_of"));
        if (has(f, "bound"))
            tr_buf_printf(out, "      %s: %s this, the data ends near here\n",
                          text(f, "title"), text(f, "bound"));
        if (has(f, "note"))
            tr_buf_printf(out, "      %s: %s\n", text(f, "title"),
                          text(f, "note"));
    }
}

static void write_head(const struct tr_snapshot *s, size_t site,
                       const struct tr_node *root, struct tr_buf *out)
{
    const struct tr_column *name = tr_table_column(&s->sites, "name");
    const struct tr_column *partner = tr_table_column(&s->sites, "partner");
    const struct tr_node *rules = tr_node_get(root, "rules");

    if (name && name->type == TR_TEXT && tr_has(name, site))
        tr_buf_printf(out, "%s (%s)\n", tr_text_at(name, site),
                      s->site_ids[site]);
    else
        tr_buf_printf(out, "%s\n", s->site_ids[site]);
    if (partner && partner->type == TR_TEXT && tr_has(partner, site))
        tr_buf_printf(out, "%s\n", tr_text_at(partner, site));
    tr_buf_printf(out, "\n%s\n", text(root, "reason"));
    if (*text(root, "definition"))
        tr_buf_printf(out, "  %s: %s\n", text(root, "class"),
                      text(root, "definition"));
    tr_buf_str(out, "  could be: ");
    write_list(tr_node_get(root, "possible"), ", ", out);
    tr_buf_printf(out, "\n  by rule-set %s, version %s, as of %s\n",
                  text(rules, "name"), text(rules, "version"),
                  text(root, "as_of"));
    tr_buf_printf(out, "  evidence: %s %%, rests on %s of %s criteria\n",
                  text(root, "coverage"),
                  text(tr_node_get(root, "criteria"), "known"),
                  text(tr_node_get(root, "criteria"), "of"));
    if (tr_node_get(root, "flags") && tr_node_get(root, "flags")->n) {
        tr_buf_str(out, "  flags: ");
        write_list(tr_node_get(root, "flags"), ", ", out);
        tr_buf_byte(out, '\n');
    }
}

static void write_gates(const struct tr_node *gates, struct tr_buf *out)
{
    bool any = false;

    for (size_t i = 0; gates && i < gates->n; i++) {
        const struct tr_node *g = gates->items[i];

        if (strcmp(text(g, "result"), "hit") != 0)
            continue;
        if (!any)
            tr_buf_str(out, "\nGates\n");
        any = true;
        tr_buf_printf(out, "  %s: %s%s%s%s%s%s\n", text(g, "id"),
                      text(g, "reason"), has(g, "until") ? " until " : "",
                      text(g, "until"), has(g, "source") ? " [" : "",
                      text(g, "source"), has(g, "source") ? "]" : "");
        write_facts(tr_node_get(g, "facts"), out);
    }
}

static void write_criterion(const struct tr_node *c, struct tr_buf *out)
{
    const char *item = text(c, "item");

    if (!has(c, "score")) {
        tr_buf_printf(out, "  -    of %2s  %s: missing\n", text(c, "weight"),
                      text(c, "title"));
        return;
    }
    tr_buf_printf(
        out, "  %-4.0f of 100 x %2s %%  %s: ", tr_node_get(c, "score")->number,
        text(c, "weight"), text(c, "title"));
    if (*item)
        tr_buf_str(out, item);
    else
        write_value(tr_node_get(c, "value"), text(c, "unit"), out);
    if (has(c, "score_low"))
        tr_buf_printf(out, " (between %.0f and %.0f points)",
                      tr_node_get(c, "score_low")->number,
                      tr_node_get(c, "score_high")->number);
    if (has(c, "source"))
        tr_buf_printf(out, " [%s%s]", text(c, "source"),
                      has(c, "illustrative") ? "; scale illustrative" : "");
    tr_buf_byte(out, '\n');
    write_facts(tr_node_get(c, "facts"), out);
}

static void write_axes(const struct tr_node *axes, struct tr_buf *out)
{
    for (size_t a = 0; axes && axes->kind == TR_NODE_MAP && a < axes->n; a++) {
        const struct tr_node *axis = axes->items[a];
        const struct tr_node *criteria = tr_node_get(axis, "criteria");

        tr_buf_printf(out, "\n%s: %s, evidence %s %%\n", axes->keys[a]->text,
                      has(axis, "score") ? text(axis, "score") : "no score",
                      text(axis, "coverage"));
        for (size_t i = 0; criteria && i < criteria->n; i++)
            write_criterion(criteria->items[i], out);
    }
}

static void write_missing(const struct tr_node *missing, struct tr_buf *out)
{
    if (missing && missing->n)
        tr_buf_str(out, "\nMissing\n");
    for (size_t i = 0; missing && i < missing->n; i++) {
        const struct tr_node *m = missing->items[i];

        tr_buf_printf(out, "  %s", text(m, "title"));
        if (tr_node_get(m, "titles") && tr_node_get(m, "titles")->n) {
            tr_buf_str(out, " (needs ");
            write_list(tr_node_get(m, "titles"), ", ", out);
            tr_buf_byte(out, ')');
        }
        if (has(m, "why"))
            tr_buf_printf(out, ": %s", text(m, "why"));
        if (has(m, "could")) {
            tr_buf_str(out, "; could give ");
            write_list(tr_node_get(m, "could"), ", ", out);
        }
        tr_buf_byte(out, '\n');
    }
}

static void write_rest(const struct tr_node *root, struct tr_buf *out)
{
    const struct tr_node *aged = tr_node_get(root, "aged");
    const struct tr_node *shown = tr_node_get(root, "shown");

    if (aged && aged->n)
        tr_buf_str(out, "\nToo old to count\n");
    for (size_t i = 0; aged && i < aged->n; i++) {
        tr_buf_printf(out, "  %s: ", text(aged->items[i], "title"));
        write_value(tr_node_get(aged->items[i], "value"), "", out);
        tr_buf_printf(out, ", %s, more than %s years ago\n",
                      text(aged->items[i], "date"),
                      text(aged->items[i], "years"));
    }
    if (shown && shown->n)
        tr_buf_str(out, "\nShown, not deciding\n");
    for (size_t i = 0; shown && i < shown->n; i++) {
        tr_buf_printf(out, "  %s: ", text(shown->items[i], "title"));
        write_value(tr_node_get(shown->items[i], "value"), "", out);
        tr_buf_byte(out, '\n');
    }
}

enum tr_status tr_explain_text(const struct tr_snapshot *s, size_t site,
                               const char *json, struct tr_buf *out,
                               struct tr_error *err)
{
    struct tr_arena a;
    const struct tr_node *root = NULL;
    enum tr_status st;

    tr_arena_init(&a, READ_BYTES);
    st = tr_json_parse(json, strlen(json), "explanation", &a, &root, err);
    if (!st) {
        write_head(s, site, root, out);
        write_gates(tr_node_get(root, "gates"), out);
        write_axes(tr_node_get(root, "axes"), out);
        write_missing(tr_node_get(root, "missing"), out);
        write_rest(root, out);
        st = tr_buf_status(out, "the explanation", err);
    }
    tr_arena_clear(&a);
    return st;
}
