/* node_build.c - see node_build.h */
#include "base/node_build.h"

#include <string.h>

#include "terrier/hash.h"
#include "terrier/text.h"

enum tr_status node_no_memory(const struct node_build *b, struct tr_error *err)
{
    return tr_fail(err, TR_ENOMEM, "%s: no memory left to read it", b->file);
}

enum tr_status node_new(struct node_build *b, enum tr_node_kind kind, int line,
                        int column, struct tr_node **out, struct tr_error *err)
{
    if (++b->n_nodes > TR_NODE_MAX_COUNT)
        return tr_fail(err, TR_ELIMIT, "%s: has more than %d values", b->file,
                       TR_NODE_MAX_COUNT);

    struct tr_node *node = tr_arena_alloc(b->arena, sizeof *node);

    if (!node)
        return node_no_memory(b, err);
    node->kind = kind;
    node->line = line;
    node->column = column;
    node->text = "";
    *out = node;
    return TR_OK;
}

enum tr_status node_enter(struct node_build *b, const struct tr_node *node,
                          struct tr_error *err)
{
    if (++b->depth <= TR_NODE_MAX_DEPTH)
        return TR_OK;
    tr_node_fail(node, b->file, err,
                 "lists and maps are nested more than %d "
                 "deep",
                 TR_NODE_MAX_DEPTH);
    if (err)
        err->code = TR_ELIMIT;
    return TR_ELIMIT;
}

enum tr_status node_add(struct node_build *b, struct node_children *children,
                        struct tr_node *key, struct tr_node *value,
                        struct tr_error *err)
{
    struct node_child *child = tr_arena_alloc(b->arena, sizeof *child);

    if (!child)
        return node_no_memory(b, err);
    *child = (struct node_child){ children->last, key, value };
    children->last = child;
    children->n++;
    return TR_OK;
}

static size_t table_size(size_t n)
{
    size_t size = 8;

    while (size < n * 2)
        size *= 2;
    return size;
}

static enum tr_status refuse_doubled_keys(struct node_build *b,
                                          const struct tr_node *map,
                                          struct tr_error *err)
{
    size_t size = table_size(map->n);
    const struct tr_node **table =
        tr_arena_array(b->arena, size, sizeof(void *));

    if (!table)
        return node_no_memory(b, err);
    for (size_t i = 0; i < map->n; i++) {
        const struct tr_node *key = map->keys[i];
        size_t at = tr_fast_hash(key->text, strlen(key->text)) % size;

        while (table[at]) {
            if (strcmp(table[at]->text, key->text) == 0)
                return tr_node_fail(key, b->file, err,
                                    "key '%s' is given twice", key->text);
            at = (at + 1) % size;
        }
        table[at] = key;
    }
    return TR_OK;
}

enum tr_status node_leave(struct node_build *b, struct tr_node *node,
                          const struct node_children *children,
                          struct tr_error *err)
{
    const struct node_child *child = children->last;
    size_t n = children->n;

    b->depth--;
    if (!n)
        return TR_OK;

    const struct tr_node **items = tr_arena_array(b->arena, n, sizeof(void *));
    const struct tr_node **keys = tr_arena_array(b->arena, n, sizeof(void *));

    if (!items || !keys)
        return node_no_memory(b, err);
    for (size_t i = n; i > 0; i--, child = child->before) {
        items[i - 1] = child->value;
        keys[i - 1] = child->key;
    }
    node->n = n;
    node->items = items;
    if (node->kind != TR_NODE_MAP)
        return TR_OK;
    node->keys = keys;
    return refuse_doubled_keys(b, node, err);
}

enum tr_status node_check_text(const char **text, size_t *len, const char *file,
                               enum tr_status code, struct tr_error *err)
{
    size_t good;
    long line = 1;

    if (*len > TR_NODE_MAX_BYTES)
        return tr_fail(err, TR_ELIMIT, "%s: is larger than %zu bytes", file,
                       TR_NODE_MAX_BYTES);
    good = tr_text_valid(*text, *len);
    for (size_t i = 0; i < good && good < *len; i++)
        line += (*text)[i] == '\n';
    if (good < *len)
        return tr_fail(err, code, "%s:%ld: not UTF-8 text (byte 0x%02X)", file,
                       line, (unsigned)(unsigned char)(*text)[good]);
    if (*len >= 3 && memcmp(*text, "\xEF\xBB\xBF", 3) == 0) {
        *text += 3;
        *len -= 3;
    }
    return TR_OK;
}
