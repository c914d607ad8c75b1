/* cql2_properties.c - the properties that a tree names. */
#include <string.h>

#include "cql2_tree.h"

struct names {
    const char **items;
    size_t n, size;
};

static bool add_name(struct tr_arena *a, struct names *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++) {
        if (strcmp(l->items[i], name) == 0)
            return true;
    }
    if (l->n == l->size) {
        size_t size = l->size ? l->size * 2 : 8;
        const char **items = tr_arena_array(a, size, sizeof *items);

        if (!items)
            return false;
        if (l->n)
            memcpy(items, l->items, l->n * sizeof *items);
        l->items = items;
        l->size = size;
    }
    l->items[l->n++] = name;
    return true;
}

static bool gather(const struct cql2_node *node, struct tr_arena *a,
                   struct names *l)
{
    if (node->kind == CQL2_PROPERTY)
        return add_name(a, l, node->text);
    for (size_t i = 0; i < node->n; i++) {
        if (!gather(node->args[i], a, l))
            return false;
    }
    return true;
}

enum tr_status tr_cql2_properties(const struct tr_cql2 *e, struct tr_arena *a,
                                  const char *const **names, size_t *n,
                                  struct tr_error *err)
{
    struct names list = { 0 };

    if (!gather(e->root, a, &list))
        return tr_fail(err, TR_ENOMEM, "no memory left for the names");
    *names = list.items;
    *n = list.n;
    return TR_OK;
}
