/* cql2_rename.c - other texts in the place of those that a property is compared
 * with. See tr_cql2_rename() in terrier/cql2.h. */
#include <string.h>

#include "cql2_tree.h"

struct renaming {
    struct cql2_maker m;
    tr_cql2_names names;
    const void *context;
};

static const struct cql2_node *rename_node(struct renaming *r,
                                           const struct cql2_node *node);

/* What a text stands for; *n 0: for itself. False: no memory. */
static bool look_up(struct renaming *r, const char *property,
                    const struct cql2_node *text, const char *const **list,
                    size_t *n)
{
    *n = 0;
    if (text->kind != CQL2_TEXT ||
        r->names(r->context, property, text->text, r->m.arena, list, n))
        return true;
    r->m.st = tr_fail(r->m.err, TR_ENOMEM, "no memory left for the filter");
    return false;
}

static bool add_texts(struct renaming *r, const char *const *list, size_t n,
                      struct cql2_list *to)
{
    for (size_t i = 0; i < n; i++) {
        if (!cql2_list_add(&r->m, to, cql2_make_text(&r->m, list[i])))
            return false;
    }
    return true;
}

/* The values, each text with all that it stands for; *changed: some did. */
static bool map_values(struct renaming *r, const char *property,
                       const struct cql2_node *const *values, size_t n,
                       struct cql2_list *to, bool *changed)
{
    for (size_t i = 0; i < n; i++) {
        const char *const *list;
        size_t count;

        if (!look_up(r, property, values[i], &list, &count))
            return false;
        *changed = *changed || count;
        if (count ? !add_texts(r, list, count, to)
                  : !cql2_list_add(&r->m, to, values[i]))
            return false;
    }
    return true;
}

/* property = text, text = property, and <>: a list when it stands for several.
 */
static const struct cql2_node *rename_equal(struct renaming *r,
                                            const struct cql2_node *node)
{
    bool first = node->args[0]->kind == CQL2_PROPERTY;
    const struct cql2_node *property = node->args[!first];
    const struct cql2_node *const *text = &node->args[first];
    struct cql2_list args = { 0 };
    bool changed = false;

    if (!cql2_list_add(&r->m, &args, property) ||
        !map_values(r, property->text, text, 1, &args, &changed))
        return NULL;
    if (!changed)
        return node;
    if (args.n == 2)
        return cql2_make_call(&r->m, node->op, NULL, &args);

    const struct cql2_node *in = cql2_make_call(&r->m, CQL2_IN, NULL, &args);

    return node->op == CQL2_NE && in ? cql2_make_not(&r->m, in) : in;
}

static const struct cql2_node *rename_in(struct renaming *r,
                                         const struct cql2_node *node)
{
    struct cql2_list args = { 0 };
    bool changed = false;

    if (!cql2_list_add(&r->m, &args, node->args[0]) ||
        !map_values(r, node->args[0]->text, node->args + 1, node->n - 1, &args,
                    &changed))
        return NULL;
    return changed ? cql2_make_call(&r->m, CQL2_IN, NULL, &args) : node;
}

/* One value of a list: does the property hold any of what it stands for? */
static const struct cql2_node *any_of(struct renaming *r,
                                      const struct cql2_node *property,
                                      const struct cql2_node *value,
                                      bool *changed)
{
    struct cql2_list items = { 0 };
    const struct cql2_node *array;

    if (!map_values(r, property->text, &value, 1, &items, changed))
        return NULL;
    array = cql2_make_array(&r->m, &items);
    return array ? cql2_make_call2(&r->m, CQL2_A_OVERLAPS, property, array)
                 : NULL;
}

/* a_contains: all of the list, each by whichever of its texts is there. */
static const struct cql2_node *rename_all_of(struct renaming *r,
                                             const struct cql2_node *node,
                                             const struct cql2_node *const *of,
                                             size_t n)
{
    struct cql2_list parts = { 0 };
    bool changed = false;

    for (size_t i = 0; i < n; i++) {
        if (!cql2_list_add(&r->m, &parts,
                           any_of(r, node->args[0], of[i], &changed)))
            return NULL;
    }
    if (!changed)
        return node;
    return parts.n == 1 ? parts.items[0]
                        : cql2_make_call(&r->m, CQL2_AND, NULL, &parts);
}

static const struct cql2_node *rename_overlaps(struct renaming *r,
                                               const struct cql2_node *node)
{
    const struct cql2_node *of = node->args[1], *array;
    struct cql2_list items = { 0 };
    bool changed = false;

    if (!map_values(r, node->args[0]->text, of->args, of->n, &items, &changed))
        return NULL;
    if (!changed)
        return node;
    array = cql2_make_array(&r->m, &items);
    return array ? cql2_make_call2(&r->m, node->op, node->args[0], array)
                 : NULL;
}

static const struct cql2_node *rename_args(struct renaming *r,
                                           const struct cql2_node *node)
{
    struct cql2_list args = { 0 };
    bool changed = false;

    for (size_t i = 0; i < node->n; i++) {
        const struct cql2_node *arg = rename_node(r, node->args[i]);

        if (!cql2_list_add(&r->m, &args, arg))
            return NULL;
        changed = changed || arg != node->args[i];
    }
    return changed ? cql2_make_call(&r->m, node->op, node->text, &args) : node;
}

static bool compares_array(const struct cql2_node *node)
{
    return cql2_is_array_op(node->op) && node->args[1]->kind == CQL2_ARRAY &&
           node->args[1]->n;
}

static const struct cql2_node *rename_node(struct renaming *r,
                                           const struct cql2_node *node)
{
    if (node->kind != CQL2_CALL)
        return node;
    r->m.at = node->at;

    bool equal = node->op == CQL2_EQ || node->op == CQL2_NE;

    if (node->n < 2 || (node->args[0]->kind != CQL2_PROPERTY &&
                        !(equal && node->args[1]->kind == CQL2_PROPERTY)))
        return rename_args(r, node);
    if (equal)
        return rename_equal(r, node);
    if (node->op == CQL2_IN)
        return rename_in(r, node);
    if (node->op == CQL2_HAS)
        return rename_all_of(r, node, node->args + 1, 1);
    if (node->op == CQL2_A_CONTAINS && compares_array(node))
        return rename_all_of(r, node, node->args[1]->args, node->args[1]->n);
    if (node->op == CQL2_A_OVERLAPS && compares_array(node))
        return rename_overlaps(r, node);
    return rename_args(r, node);
}

enum tr_status tr_cql2_rename(const struct tr_cql2 *e, tr_cql2_names names,
                              const void *context, struct tr_arena *a,
                              const struct tr_cql2 **out, struct tr_error *err)
{
    struct renaming r = { .names = names, .context = context };
    struct tr_cql2 *renamed = tr_arena_alloc(a, sizeof *renamed);

    if (!renamed)
        return tr_fail(err, TR_ENOMEM, "no memory left for the filter");
    cql2_maker_init(&r.m, TR_CQL2_PROFILE, a, err);
    renamed->root = rename_node(&r, e->root);
    if (!renamed->root)
        return r.m.st;
    *out = renamed->root == e->root ? e : renamed;
    return TR_OK;
}
