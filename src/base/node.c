/* node.c - asking a tree for what it should hold. See terrier/node.h. */
#include "terrier/node.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "terrier/date.h"
#include "terrier/text.h"

static const char *const kinds[] = {
    [TR_NODE_NULL] = "nothing",
    [TR_NODE_BOOL] = "true or false",
    [TR_NODE_INTEGER] = "a whole number",
    [TR_NODE_NUMBER] = "a number",
    [TR_NODE_TEXT] = "text",
    [TR_NODE_LIST] = "a list",
    [TR_NODE_MAP] = "a map of keys to values",
};

enum tr_status tr_node_fail(const struct tr_node *node, const char *file,
                            struct tr_error *err, const char *fmt, ...)
{
    va_list ap;
    char message[sizeof err->msg];

    if (!err)
        return TR_ECONFIG;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    if (!node || !node->line)
        return tr_fail(err, TR_ECONFIG, "%s: %s", file, message);
    return tr_fail(err, TR_ECONFIG, "%s:%d:%d: %s", file, node->line,
                   node->column, message);
}

const struct tr_node *tr_node_get(const struct tr_node *map, const char *key)
{
    if (!map || map->kind != TR_NODE_MAP)
        return NULL;
    for (size_t i = 0; i < map->n; i++) {
        if (strcmp(map->keys[i]->text, key) == 0)
            return map->items[i];
    }
    return NULL;
}

enum tr_status tr_node_need(const struct tr_node *map, const char *key,
                            const char *file, const struct tr_node **out,
                            struct tr_error *err)
{
    const struct tr_node *node = tr_node_get(map, key);

    if (!node)
        return tr_node_fail(map, file, err, "key '%s' is missing", key);
    *out = node;
    return TR_OK;
}

static enum tr_status wrong_kind(const struct tr_node *node, const char *key,
                                 const char *file, const char *wanted,
                                 struct tr_error *err)
{
    if (node->kind == TR_NODE_NULL || node->kind == TR_NODE_LIST ||
        node->kind == TR_NODE_MAP)
        return tr_node_fail(node, file, err, "key '%s' wants %s, not %s", key,
                            wanted, kinds[node->kind]);
    return tr_node_fail(node, file, err, "key '%s' wants %s, not '%s'", key,
                        wanted, node->text);
}

enum tr_status tr_node_text(const struct tr_node *map, const char *key,
                            const char *file, const char **out,
                            struct tr_error *err)
{
    const struct tr_node *node = tr_node_get(map, key);

    if (!node)
        return TR_OK;
    if (node->kind == TR_NODE_NULL || node->kind == TR_NODE_LIST ||
        node->kind == TR_NODE_MAP)
        return wrong_kind(node, key, file, kinds[TR_NODE_TEXT], err);
    *out = node->text;
    return TR_OK;
}

enum tr_status tr_node_integer(const struct tr_node *map, const char *key,
                               const char *file, int64_t *out,
                               struct tr_error *err)
{
    const struct tr_node *node = tr_node_get(map, key);

    if (!node)
        return TR_OK;
    if (node->kind != TR_NODE_INTEGER)
        return wrong_kind(node, key, file, kinds[TR_NODE_INTEGER], err);
    *out = node->integer;
    return TR_OK;
}

enum tr_status tr_node_number(const struct tr_node *map, const char *key,
                              const char *file, double *out,
                              struct tr_error *err)
{
    const struct tr_node *node = tr_node_get(map, key);

    if (!node)
        return TR_OK;
    if (node->kind != TR_NODE_INTEGER && node->kind != TR_NODE_NUMBER)
        return wrong_kind(node, key, file, kinds[TR_NODE_NUMBER], err);
    *out = node->number;
    return TR_OK;
}

enum tr_status tr_node_bool(const struct tr_node *map, const char *key,
                            const char *file, bool *out, struct tr_error *err)
{
    const struct tr_node *node = tr_node_get(map, key);

    if (!node)
        return TR_OK;
    if (node->kind != TR_NODE_BOOL)
        return wrong_kind(node, key, file, kinds[TR_NODE_BOOL], err);
    *out = node->truth;
    return TR_OK;
}

static enum tr_status of_kind(const struct tr_node *map, const char *key,
                              const char *file, enum tr_node_kind kind,
                              const struct tr_node **out, struct tr_error *err)
{
    const struct tr_node *node = tr_node_get(map, key);

    if (!node)
        return TR_OK;
    if (node->kind != kind)
        return wrong_kind(node, key, file, kinds[kind], err);
    *out = node;
    return TR_OK;
}

enum tr_status tr_node_list(const struct tr_node *map, const char *key,
                            const char *file, const struct tr_node **out,
                            struct tr_error *err)
{
    return of_kind(map, key, file, TR_NODE_LIST, out, err);
}

enum tr_status tr_node_map(const struct tr_node *map, const char *key,
                           const char *file, const struct tr_node **out,
                           struct tr_error *err)
{
    return of_kind(map, key, file, TR_NODE_MAP, out, err);
}

enum tr_status tr_node_date(const struct tr_node *map, const char *key,
                            const char *file, int32_t *out,
                            struct tr_error *err)
{
    const struct tr_node *node = tr_node_get(map, key);
    int32_t date;

    if (!node)
        return TR_OK;
    /* A time of day, which tr_date_parse() would drop, is a mistake here. */
    if (node->kind != TR_NODE_TEXT || strlen(node->text) + 1 != TR_DATE_TEXT ||
        !tr_date_parse(node->text, "yyyy-mm-dd", &date))
        return wrong_kind(node, key, file, "a date such as 2026-11-22", err);
    *out = date;
    return TR_OK;
}

static bool is_known(const char *key, const char *const *known, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(key, known[i]) == 0)
            return true;
    }
    return false;
}

enum tr_status tr_node_known_keys(const struct tr_node *map,
                                  const char *const *known, size_t n,
                                  const char *file, struct tr_error *err)
{
    if (map->kind != TR_NODE_MAP)
        return tr_node_fail(map, file, err, "wants %s, not %s",
                            kinds[TR_NODE_MAP], kinds[map->kind]);
    for (size_t i = 0; i < map->n; i++) {
        const struct tr_node *key = map->keys[i];

        if (is_known(key->text, known, n))
            continue;

        const char *nearest = tr_text_nearest(key->text, known, n);

        if (nearest)
            return tr_node_fail(key, file, err,
                                "unknown key '%s', did you mean '%s'",
                                key->text, nearest);
        return tr_node_fail(key, file, err, "unknown key '%s'", key->text);
    }
    return TR_OK;
}
