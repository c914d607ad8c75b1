/* cql2_make.c - nodes of the tree, made with their limits counted. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cql2_tree.h"
#include "terrier/date.h"
#include "terrier/text.h"

void cql2_maker_init(struct cql2_maker *m, enum tr_cql2_limits limits,
                     struct tr_arena *a, struct tr_error *err)
{
    *m = (struct cql2_maker){
        .arena = a, .max_ops = 256, .max_literals = 1000, .err = err
    };
    if (limits == TR_CQL2_PROFILE) {
        m->max_ops = 2000;
        m->max_literals = 10000;
    }
}

static size_t characters(const char *s, size_t bytes)
{
    size_t n = 0;

    for (size_t i = 0; i < bytes; i++)
        n += ((unsigned char)s[i] & 0xC0) != 0x80;
    return n;
}

void *cql2_fail(struct cql2_maker *m, enum tr_status code, const char *fmt, ...)
{
    char why[400];
    va_list ap;

    if (m->st)
        return NULL;
    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    m->st = m->source ? tr_fail(m->err, code, "at character %zu: %s",
                                characters(m->source, m->at) + 1, why)
                      : tr_fail(m->err, code, "%s", why);
    return NULL;
}

static void *no_memory(struct cql2_maker *m)
{
    return cql2_fail(m, TR_ENOMEM, "no memory left for the expression");
}

bool cql2_list_add(struct cql2_maker *m, struct cql2_list *l,
                   const struct cql2_node *node)
{
    if (!node)
        return false;
    if (l->n == l->size) {
        size_t size = l->size ? l->size * 2 : 4;
        const struct cql2_node **items =
            tr_arena_array(m->arena, size, sizeof(struct cql2_node *));

        if (!items)
            return no_memory(m);
        if (l->n)
            memcpy(items, l->items, l->n * sizeof *items);
        l->items = items;
        l->size = size;
    }
    l->items[l->n++] = node;
    return true;
}

static const struct cql2_node *keep(struct cql2_maker *m, struct cql2_node node)
{
    struct cql2_node *kept = tr_arena_alloc(m->arena, sizeof *kept);

    if (!kept)
        return no_memory(m);
    node.at = m->at;
    node.depth = 1;
    for (size_t i = 0; i < node.n; i++) {
        if (node.args[i]->depth >= node.depth)
            node.depth = node.args[i]->depth + 1;
    }
    if (node.depth > CQL2_MAX_DEPTH)
        return cql2_fail(m, TR_ELIMIT,
                         "the expression is more than %d levels deep",
                         CQL2_MAX_DEPTH);
    *kept = node;
    return kept;
}

const struct cql2_node *cql2_make_literal(struct cql2_maker *m,
                                          struct cql2_node node)
{
    if (++m->n_literals > m->max_literals)
        return cql2_fail(m, TR_ELIMIT,
                         "the expression has more than %zu values",
                         m->max_literals);
    return keep(m, node);
}

static const char *keep_text(struct cql2_maker *m, const char *s)
{
    const char *text = tr_text_nfc(m->arena, s);

    return text ? text : no_memory(m);
}

const struct cql2_node *cql2_make_text(struct cql2_maker *m, const char *s)
{
    const char *text = keep_text(m, s);

    if (!text)
        return NULL;
    return cql2_make_literal(
        m, (struct cql2_node){ .kind = CQL2_TEXT, .text = text });
}

const struct cql2_node *cql2_make_property(struct cql2_maker *m, const char *s)
{
    const char *text = keep_text(m, s);

    if (!text)
        return NULL;
    if (!*text)
        return cql2_fail(m, TR_EINVAL, "a property has an empty name");
    return keep(m, (struct cql2_node){ .kind = CQL2_PROPERTY, .text = text });
}

const struct cql2_node *cql2_make_date(struct cql2_maker *m, const char *s)
{
    int32_t date;

    if (strlen(s) != 10 || !tr_date_parse(s, "yyyy-mm-dd", &date))
        return cql2_fail(m, TR_EINVAL,
                         "'%.40s' is not a date, write it as 2026-01-31", s);
    return cql2_make_literal(
        m, (struct cql2_node){ .kind = CQL2_DATE, .integer = date });
}

bool cql2_instant_parse(const char *s, int64_t *us)
{
    char whole[48];
    const char *dot = strchr(s, '.');
    int64_t seconds, fraction = 0, scale = 1000000;
    size_t n = dot ? (size_t)(dot - s) : strlen(s);
    const char *rest = s + n;

    if (dot) {
        for (rest++; *rest >= '0' && *rest <= '9'; rest++) {
            scale /= 10;
            fraction += (*rest - '0') * scale;
        }
        if (rest == dot + 1)
            return false;
    }
    if (n + strlen(rest) >= sizeof whole)
        return false;
    memcpy(whole, s, n);
    memcpy(whole + n, rest, strlen(rest) + 1);
    if (!tr_instant_parse(whole, &seconds))
        return false;
    *us = seconds * 1000000 + fraction;
    return true;
}

const struct cql2_node *cql2_make_instant(struct cql2_maker *m, const char *s)
{
    int64_t us;

    if (!cql2_instant_parse(s, &us))
        return cql2_fail(
            m, TR_EINVAL,
            "'%.40s' is not an instant, write it as 2026-01-31T09:30:00Z", s);
    return cql2_make_literal(
        m, (struct cql2_node){ .kind = CQL2_INSTANT, .integer = us });
}

const struct cql2_node *cql2_make_moment(struct cql2_maker *m, const char *s)
{
    if (strcmp(s, "..") == 0)
        return cql2_make_literal(m, (struct cql2_node){ .kind = CQL2_OPEN });
    return strlen(s) > 10 ? cql2_make_instant(m, s) : cql2_make_date(m, s);
}

const struct cql2_node *cql2_make_shape(struct cql2_maker *m,
                                        const struct cql2_shape *shape)
{
    return cql2_make_literal(
        m, (struct cql2_node){ .kind = CQL2_SHAPE, .shape = shape });
}

const struct cql2_node *cql2_make_array(struct cql2_maker *m,
                                        const struct cql2_list *items)
{
    return keep(m, (struct cql2_node){ .kind = CQL2_ARRAY,
                                       .n = items->n,
                                       .args = items->items });
}

const struct cql2_node *cql2_make_interval(struct cql2_maker *m,
                                           const struct cql2_list *ends)
{
    if (ends->n != 2)
        return cql2_fail(m, TR_EINVAL,
                         "an interval has a start and an end, not %zu parts",
                         ends->n);
    for (size_t i = 0; i < 2; i++) {
        if (ends->items[i]->kind == CQL2_TEXT)
            ends->items[i] = cql2_make_moment(m, ends->items[i]->text);
        if (!ends->items[i])
            return NULL;
    }
    return keep(m, (struct cql2_node){
                       .kind = CQL2_INTERVAL, .n = 2, .args = ends->items });
}

static bool check_arity(struct cql2_maker *m, enum cql2_op op, size_t n)
{
    const struct cql2_op_info *info = cql2_op_info(op);
    bool any = info->max_args == 0 && info->min_args > 0;

    if (op == CQL2_IN && n == 1)
        return cql2_fail(m, TR_EINVAL, "the list of IN is empty");
    if (op == CQL2_UNKNOWN_FUNCTION ||
        (n >= (size_t)info->min_args && (any || n <= (size_t)info->max_args)))
        return true;
    if (any)
        cql2_fail(m, TR_EINVAL, "'%s' takes %d arguments or more, not %zu",
                  info->name, info->min_args, n);
    else if (info->min_args == info->max_args)
        cql2_fail(m, TR_EINVAL, "'%s' takes %d argument%s, not %zu", info->name,
                  info->min_args, info->min_args == 1 ? "" : "s", n);
    else
        cql2_fail(m, TR_EINVAL, "'%s' takes %d or %d arguments, not %zu",
                  info->name, info->min_args, info->max_args, n);
    return false;
}

const struct cql2_node *cql2_make_call(struct cql2_maker *m, enum cql2_op op,
                                       const char *name,
                                       const struct cql2_list *args)
{
    /* A chain counts as the pairs that it stands for. */
    bool chain = op == CQL2_AND || op == CQL2_OR;

    m->n_ops += chain && args->n > 2 ? args->n - 1 : 1;
    if (m->n_ops > m->max_ops)
        return cql2_fail(m, TR_ELIMIT,
                         "the expression has more than %zu operations",
                         m->max_ops);
    if (!check_arity(m, op, args->n))
        return NULL;
    if (op == CQL2_TO_DATE && args->n == 1 && args->items[0]->kind == CQL2_TEXT)
        return cql2_make_date(m, args->items[0]->text);
    if (op != CQL2_UNKNOWN_FUNCTION)
        name = NULL;
    if (op == CQL2_UNKNOWN_FUNCTION && !(name = keep_text(m, name)))
        return NULL;
    return keep(m, (struct cql2_node){ .kind = CQL2_CALL,
                                       .op = op,
                                       .text = name,
                                       .n = args->n,
                                       .args = args->items });
}

const struct cql2_node *cql2_make_call2(struct cql2_maker *m, enum cql2_op op,
                                        const struct cql2_node *a,
                                        const struct cql2_node *b)
{
    struct cql2_list args = { 0 };

    if (!cql2_list_add(m, &args, a) || !cql2_list_add(m, &args, b))
        return NULL;
    return cql2_make_call(m, op, NULL, &args);
}

const struct cql2_node *cql2_make_not(struct cql2_maker *m,
                                      const struct cql2_node *a)
{
    struct cql2_list args = { 0 };

    if (!cql2_list_add(m, &args, a))
        return NULL;
    return cql2_make_call(m, CQL2_NOT, NULL, &args);
}
