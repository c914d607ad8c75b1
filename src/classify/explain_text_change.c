/* explain_text_change.c - what is not known, and what would change the class.
 */
#include <string.h>

#include "classify/explain.h"
#include "classify/explain_text.h"

/* ---- what is not known ---- */

static bool same_list(const struct tr_node *a, const struct tr_node *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->items[i]->text, b->items[i]->text) != 0)
            return false;
    }
    return true;
}

/* Do two missing things belong on one line: both criteria, or both gates, with
 * the same to come of them; flags for lack of the same facts. */
static bool alike(const struct tr_node *a, const struct tr_node *b)
{
    if (text_has(a, "gate") != text_has(b, "gate") ||
        text_has(a, "flag") != text_has(b, "flag"))
        return false;
    if (text_has(a, "flag"))
        return same_list(text_list(a, "titles"), text_list(b, "titles"));
    return same_list(text_list(a, "could"), text_list(b, "could"));
}

static void write_titles(const struct tr_node *m, struct tr_buf *out)
{
    const struct tr_node *titles = text_list(m, "titles");

    for (size_t i = 0; i < titles->n; i++)
        tr_buf_printf(out, "%s%s", i ? ", " : "", titles->items[i]->text);
}

static void write_group(const struct tr_node *all, size_t first,
                        struct tr_buf *out)
{
    const struct tr_node *head = all->items[first];
    bool flag = text_has(head, "flag"), gate = text_has(head, "gate");
    const char *mark = " ";

    tr_buf_str(out, "  ");
    if (flag) {
        write_titles(head, out);
        tr_buf_str(out, ", so it may also be flagged:");
    } else {
        tr_buf_str(out, gate ? "it would be " : "it could be ");
        text_classes(text_list(head, "could"), out);
        tr_buf_str(out, gate ? ", if this held:" : ", by:");
    }
    for (size_t i = first; i < all->n; i++) {
        const struct tr_node *m = all->items[i];

        if (!alike(head, m))
            continue;
        tr_buf_printf(out, "%s%s", mark, text_of(m, flag ? "flag" : "title"));
        if (text_has(m, "why"))
            tr_buf_printf(out, " (%s)", text_of(m, "why"));
        mark = gate && !flag ? " " : ", ";
    }
    tr_buf_byte(out, '\n');
}

void text_missing(const struct tr_node *missing, struct tr_buf *out)
{
    if (missing->n)
        tr_buf_str(out, "\nWhat is not known\n");
    for (size_t i = 0; i < missing->n; i++) {
        size_t before = 0;

        while (before < i && !alike(missing->items[before], missing->items[i]))
            before++;
        if (before == i)
            write_group(missing, i, out);
    }
}

/* ---- what would change it ---- */

static void write_numbers(const struct tr_node *f, struct tr_buf *out)
{
    tr_buf_number(out, tr_node_get(f, "to")->number);
    tr_buf_str(out, " instead of ");
    tr_buf_number(out, tr_node_get(f, "from")->number);
    tr_buf_printf(out, " %s", text_of(f, "unit"));
}

static void write_threshold(const struct tr_node *f, struct tr_buf *out)
{
    const char *what = text_of(f, "what"), *axis = text_of(f, "axis");

    if (strncmp(what, "evidence.", 9) == 0) {
        write_numbers(f, out);
        tr_buf_printf(out, " of the evidence%s%s were asked for",
                      *axis ? " on " : "", axis);
    } else if (strncmp(what, "key.", 4) != 0) {
        tr_buf_add(out, what, strcspn(what, "."));
        tr_buf_str(out, " began below ");
        write_numbers(f, out);
        tr_buf_printf(out, " of %s", axis);
    } else {
        tr_buf_str(out, "key asked for ");
        write_numbers(f, out);
        tr_buf_printf(out,
                      strstr(what, "_coverage") ? " of the evidence on %s"
                                                : " of %s",
                      axis);
    }
}

static void write_flip(const struct tr_node *f, struct tr_buf *out)
{
    const char *kind = text_of(f, "kind");
    const char *unit = text_of(f, "unit");

    tr_buf_printf(out, "  %s, if ", text_class(text_of(f, "class")));
    if (strcmp(kind, "threshold") == 0) {
        write_threshold(f, out);
    } else if (strcmp(kind, "weight") == 0) {
        tr_buf_printf(out, "the weight of \"%s\" were ", text_of(f, "title"));
        write_numbers(f, out);
        tr_buf_printf(out, " of %s", text_of(f, "axis"));
    } else if (text_has(f, "moved") && tr_node_get(f, "moved")->number == 0) {
        tr_buf_printf(out, "%s were not ", text_of(f, "title"));
        text_value(tr_node_get(f, "from"), unit, out);
        tr_buf_str(out, " but, say, ");
        text_value(tr_node_get(f, "to"), unit, out);
    } else {
        tr_buf_printf(out, "%s were ", text_of(f, "title"));
        text_value(tr_node_get(f, "to"), unit, out);
        tr_buf_str(out, " instead of ");
        text_value(tr_node_get(f, "from"), unit, out);
    }
    tr_buf_byte(out, '\n');
}

/* The facts first: they are what can be gone and looked at. */
void text_flips(const struct tr_node *flips, struct tr_buf *out)
{
    static const struct {
        const char *kind;
        size_t most;
    } order[] = { { "fact", 3 }, { "weight", 2 }, { "threshold", 2 } };

    if (flips->n)
        tr_buf_str(out, "\nWhat would change it\n");
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        size_t said = 0;

        for (size_t i = 0; i < flips->n && said < order[k].most; i++) {
            if (strcmp(text_of(flips->items[i], "kind"), order[k].kind) != 0)
                continue;
            write_flip(flips->items[i], out);
            said++;
        }
    }
}
