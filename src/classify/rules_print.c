/* rules_print.c - a rule-set as a page that a board can read: Markdown. */
#include <string.h>

#include "classify/ruleset.h"

/* A text in a table cell or a line: no breaks, no pipes. */
static void cell(const char *s, struct tr_buf *out)
{
    for (; s && *s; s++) {
        if (*s == '|')
            tr_buf_str(out, "\\|");
        else
            tr_buf_byte(out, (unsigned char)(*s == '\n' ? ' ' : *s));
    }
}

static void code(const char *s, struct tr_buf *out)
{
    size_t len = strlen(s);

    while (len && s[len - 1] == '\n')
        len--;
    tr_buf_byte(out, '`');
    for (size_t i = 0; i < len; i++)
        tr_buf_byte(out, (unsigned char)(s[i] == '\n' ? ' ' : s[i]));
    tr_buf_byte(out, '`');
}

static void points(int32_t points_100, struct tr_buf *out)
{
    tr_buf_number(out, points_100 / 100.0);
}

static void print_definitions(const struct tr_rules *r, struct tr_buf *out)
{
    tr_buf_str(out, "## What the classes mean\n\n");
    for (int c = 0; c < TR_CLASSES; c++) {
        if (!*r->definitions[c])
            continue;
        tr_buf_printf(out, "- **%s**: ", tr_class_name((enum tr_class)c));
        cell(r->definitions[c], out);
        tr_buf_byte(out, '\n');
    }
}

static void print_gates(const struct tr_rules *r, struct tr_buf *out)
{
    static const char *const effects[] = { "decides", "at least", "flag" };

    if (r->n_gates)
        tr_buf_str(out, "\n## Gates, in order\n\nThe first gate that decides "
                        "ends it. Floors and flags never stop. A gate whose "
                        "facts are missing is not hit, and they are listed as "
                        "wanted.\n\n| Gate | Effect | Reason | When | Source "
                        "|\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < r->n_gates; i++) {
        const struct rule_gate *g = &r->gates[i];

        tr_buf_printf(out, "| %s | %s: %s%s | ", g->id, effects[g->effect],
                      g->effect == RULE_FLAG ? g->flag
                                             : tr_class_name(g->class_),
                      g->declared ? ", declared by the owner" : "");
        cell(g->reason, out);
        tr_buf_str(out, " | ");
        cell(g->when.text, out);
        if (g->until.text)
            tr_buf_printf(out, " (until %s)", g->until.text);
        tr_buf_str(out, " | ");
        cell(g->source, out);
        tr_buf_str(out, " |\n");
    }
}

static void print_scale(const struct rule_scale *s, struct tr_buf *out)
{
    for (size_t i = 0; i < s->n_points; i++) {
        tr_buf_str(out, i ? ", " : "");
        tr_buf_number(out, (double)s->points[i].x / RULE_X_ONE);
        tr_buf_str(out, " = ");
        points(s->points[i].y, out);
    }
    for (size_t i = 0; i < s->n_entries; i++) {
        tr_buf_str(out, i ? ", " : "");
        cell(s->entries[i].key, out);
        tr_buf_str(out, " = ");
        points(s->entries[i].y, out);
    }
    if (s->other != RULE_NONE) {
        tr_buf_str(out, ", any other = ");
        points(s->other, out);
    }
}

static void print_axis(const struct tr_rules *r, enum tr_axis a,
                       struct tr_buf *out)
{
    if (r->first[a] == r->first[a + 1])
        return;
    tr_buf_printf(out,
                  "\n## Criteria of %s\n\n| Criterion | Weight | Value | "
                  "Points | Why | Source |\n|---|---|---|---|---|---|\n",
                  tr_axis_name(a));
    for (size_t k = r->first[a]; k < r->first[a + 1]; k++) {
        const struct rule_criterion *c = &r->criteria[k];

        tr_buf_str(out, "| ");
        cell(c->title, out);
        tr_buf_printf(out, " | %d %% | ", (int)c->weight);
        cell(c->value.text, out);
        tr_buf_str(out, " | ");
        print_scale(&c->scale, out);
        tr_buf_str(out, c->illustrative ? " (illustrative) | " : " | ");
        cell(c->reason, out);
        tr_buf_str(out, " | ");
        cell(c->source, out);
        tr_buf_str(out, " |\n");
    }
}

static void print_measures(const struct tr_rules *r, struct tr_buf *out)
{
    if (r->n_measures)
        tr_buf_str(out, "\n## Measures\n\n");
    for (size_t i = 0; i < r->n_measures; i++) {
        const struct rule_measure *m = &r->measures[i];

        tr_buf_printf(out, "- **%s**: ", m->name);
        cell(m->title, out);
        tr_buf_printf(out, " (%s", rule_kind_name(m->kind));
        if (m->kind != RULE_MEDIAN)
            tr_buf_printf(out, " over %s", m->over ? m->over : "sites");
        if (m->within_mm) {
            tr_buf_str(out, " within ");
            tr_buf_number(out, (double)m->within_mm / 1000);
            tr_buf_str(out, " m");
        }
        if (m->alternative_mm) {
            tr_buf_str(out, ", alternatives within ");
            tr_buf_number(out, (double)m->alternative_mm / 1000);
            tr_buf_str(out, " m");
        }
        tr_buf_str(out, m->unit ? "; unit: " : "");
        cell(m->unit, out);
        tr_buf_str(out, ")\n");
    }
}

static void print_key(const struct tr_rules *r, struct tr_buf *out)
{
    const char *mark = "- **key** if ";

    for (int a = 0; a < TR_AXES && r->has_key; a++) {
        const char *name = tr_axis_name((enum tr_axis)a);

        if (r->key_least[a] != RULE_NONE) {
            tr_buf_printf(out, "%s%s is at least ", mark, name);
            points(r->key_least[a], out);
            mark = ", ";
        }
        if (r->key_coverage[a] != RULE_NONE) {
            tr_buf_printf(out, "%s%d %% of %s is known", mark,
                          (int)r->key_coverage[a], name);
            mark = ", ";
        }
    }
    tr_buf_str(out, r->has_key ? "\n" : "- no score makes a site **key**\n");
}

static void print_surplus(const struct tr_rules *r, struct tr_buf *out)
{
    tr_buf_str(out, r->has_surplus ? "- **surplus** (a candidate, for the "
                                     "owner to review) if no floor holds and "
                                   : "- no score makes a site **surplus**");
    for (size_t i = 0; i < r->n_lines; i++) {
        const char *mark = i ? ", or " : "";

        for (int a = 0; a < TR_AXES; a++) {
            if (r->lines[i].below[a] == RULE_NONE)
                continue;
            tr_buf_printf(out, "%s%s is below ", mark,
                          tr_axis_name((enum tr_axis)a));
            points(r->lines[i].below[a], out);
            mark = " and ";
        }
    }
    for (size_t i = 0; i < r->n_needs; i++)
        tr_buf_printf(out, "%s%s", i ? ", " : "; it is unknown without ",
                      r->criteria[r->needs[i]].id);
    tr_buf_str(out, "\n- **core** otherwise\n");
}

static void print_classes(const struct tr_rules *r, struct tr_buf *out)
{
    tr_buf_str(out, "\n## Classes\n\n");
    print_key(r, out);
    print_surplus(r, out);
    tr_buf_printf(out,
                  "- **unclassified** where less than %d %% of the evidence "
                  "is known",
                  (int)r->evidence_overall);
    for (int a = 0; a < TR_AXES; a++) {
        if (r->evidence[a])
            tr_buf_printf(out, ", or less than %d %% of that on %s",
                          (int)r->evidence[a], tr_axis_name((enum tr_axis)a));
    }
    tr_buf_str(out, ", or where what is missing leaves more than one class "
                    "open\n- a signed class changes only past a margin of ");
    points(r->margin, out);
    tr_buf_str(out, " points, or by a person's decision\n");
    for (size_t i = 0; i < r->n_flags; i++) {
        tr_buf_printf(out, "- a core site is flagged **%s** when ",
                      r->flags[i].name);
        code(r->flags[i].when.text, out);
        tr_buf_byte(out, '\n');
    }
    for (size_t i = 0; i < r->n_ageing; i++)
        tr_buf_printf(out,
                      "- a `%s` dated (`%s`) more than %d years ago does not "
                      "count\n",
                      r->ageing[i].field, r->ageing[i].date,
                      r->ageing[i].years);
}

void tr_rules_print(const struct tr_rules *r, struct tr_buf *out)
{
    tr_buf_str(out, "# ");
    cell(*r->title ? r->title : r->name, out);
    tr_buf_printf(out, "\n\nRule-set `%s`, version %s.\n\n", r->name,
                  r->version);
    if (*r->note) {
        cell(r->note, out);
        tr_buf_str(out, "\n\n");
    }
    print_definitions(r, out);
    print_gates(r, out);
    for (int a = 0; a < TR_AXES; a++)
        print_axis(r, (enum tr_axis)a, out);
    print_measures(r, out);
    print_classes(r, out);
}
