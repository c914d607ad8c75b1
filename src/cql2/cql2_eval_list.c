/* cql2_eval_list.c - lists of texts as sets: a_equals and its kin, has(). */
#include <assert.h>
#include <string.h>

#include "cql2_program.h"

struct items {
    const uint32_t *codes;
    const uint32_t *translate; /* NULL: the codes as they are */
    size_t n;
};

static uint32_t item(const struct items *l, size_t i)
{
    return l->translate ? l->translate[l->codes[i]] : l->codes[i];
}

static bool has_code(const struct items *l, uint32_t code)
{
    for (size_t i = 0; i < l->n; i++) {
        if (item(l, i) == code)
            return true;
    }
    return false;
}

static bool has_all(const struct items *l, const struct items *part)
{
    for (size_t i = 0; i < part->n; i++) {
        if (!has_code(l, item(part, i)))
            return false;
    }
    return true;
}

static bool has_any(const struct items *l, const struct items *other)
{
    for (size_t i = 0; i < other->n; i++) {
        if (has_code(l, item(other, i)))
            return true;
    }
    return false;
}

static bool relate(enum cql2_op op, const struct items *x,
                   const struct items *y)
{
    switch ((int)op) {
    case CQL2_A_EQUALS: return has_all(x, y) && has_all(y, x);
    case CQL2_A_CONTAINS: return has_all(x, y);
    case CQL2_A_CONTAINED_BY: return has_all(y, x);
    case CQL2_A_OVERLAPS: return has_any(x, y);
    default: assert(false && "an array operator"); return false;
    }
}

static struct items items_of(const struct cql2_side *s, size_t row)
{
    if (!s->column)
        return (struct items){ .codes = s->codes, .n = s->n };

    uint32_t first = s->column->list_starts[row];

    return (struct items){ .codes = s->column->values.codes + first,
                           .translate = s->codes,
                           .n = s->column->list_starts[row + 1] - first };
}

bool cql2_eval_lists(const struct cql2_expr *e, struct cql2_run *run,
                     struct cql2_vec *out)
{
    const struct cql2_lists *lists = e->more.lists;

    for (size_t w = 0; w < run->words; w++) {
        out->present[w] = ~UINT64_C(0);
        out->own.truth[w] = 0;
    }
    for (size_t k = 0; k < e->n; k++) {
        const struct cql2_vec *v = cql2_value(e->args[k], run);

        if (!v)
            return false;
        cql2_both_present(run, out, out, v);
    }
    for (size_t i = 0; i < run->n; i++) {
        if (!cql2_bit(out->present, i))
            continue;

        struct items x = items_of(&lists->sides[0], run->first + i);
        struct items y = items_of(&lists->sides[1], run->first + i);

        cql2_set_bit(out->own.truth, i, relate(e->op, &x, &y));
    }
    return true;
}

bool cql2_eval_has(const struct cql2_expr *e, struct cql2_run *run,
                   struct cql2_vec *out)
{
    const struct tr_column *c = e->args[0]->column;
    const struct cql2_vec *list = cql2_value(e->args[0], run);
    const struct cql2_vec *text = cql2_value(e->args[1], run);

    if (!list || !text)
        return false;
    cql2_both_present(run, out, list, text);
    for (size_t i = 0; i < run->n; i++) {
        bool found = false;

        if (cql2_bit(out->present, i)) {
            uint32_t at = c->list_starts[run->first + i];
            uint32_t end = c->list_starts[run->first + i + 1];

            for (; at < end && !found; at++)
                found = strcmp(c->dict->texts[c->values.codes[at]],
                               text->texts[i]) == 0;
        }
        cql2_set_bit(out->own.truth, i, found);
    }
    return true;
}

/* ---- binding ---- */

/* Texts that no dictionary has are numbered after it, as they come. */
struct codebook {
    const struct tr_dict *dict; /* NULL: empty */
    const char **more;
    uint32_t n_more, size;
};

static bool find(const struct tr_dict *d, const char *text, uint32_t *code)
{
    uint32_t low = 0, high = d ? d->n : 0;

    while (d && d->sorted && low < high) {
        uint32_t mid = low + (high - low) / 2;
        int order = strcmp(text, d->texts[mid]);

        if (order == 0) {
            *code = mid;
            return true;
        }
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    for (uint32_t i = 0; d && !d->sorted && i < d->n; i++) {
        if (strcmp(text, d->texts[i]) == 0) {
            *code = i;
            return true;
        }
    }
    return false;
}

static uint32_t code_of(struct codebook *book, const char *text)
{
    uint32_t code, i, first = book->dict ? book->dict->n : 0;

    if (find(book->dict, text, &code))
        return code;
    /* Only a literal's texts are looked for here: there are not many. */
    for (i = 0; i < book->n_more; i++) {
        if (strcmp(book->more[i], text) == 0)
            return first + i;
    }
    assert(book->n_more < book->size);
    book->more[book->n_more++] = text;
    return first + i;
}

static bool literal_side(struct cql2_binder *b, const struct cql2_node *node,
                         struct codebook *book, struct cql2_side *side)
{
    uint32_t *codes = tr_arena_array(b->arena, node->n, sizeof *codes);

    if (!codes)
        return cql2_bind_no_memory(b);
    for (size_t i = 0; i < node->n; i++) {
        const struct cql2_expr *e = cql2_bind_node(b, node->args[i]);

        if (!e)
            return false;
        if (e->type != TR_TEXT || !e->is_constant || e->is_missing)
            return cql2_bind_fail(
                b, TR_EINVAL, "an array holds texts in single quotes, not %s",
                cql2_describe(b, e));
        codes[i] = code_of(book, e->text);
    }
    *side = (struct cql2_side){ .codes = codes, .n = node->n };
    return true;
}

/* The second column speaks another dictionary than the first. What the first
 * lacks is lumped together: it equals nothing there. */
static bool column_side(struct cql2_binder *b, const struct tr_column *c,
                        const struct codebook *book, struct cql2_side *side)
{
    uint32_t *codes = NULL;

    assert(c->dict);
    if (c->dict != book->dict) {
        codes = tr_arena_array(b->arena, c->dict->n, sizeof *codes);
        if (!codes)
            return cql2_bind_no_memory(b);
        for (uint32_t i = 0; i < c->dict->n; i++) {
            if (!find(book->dict, c->dict->texts[i], &codes[i]))
                codes[i] = UINT32_MAX;
        }
    }
    *side = (struct cql2_side){ .column = c, .codes = codes };
    return true;
}

static const struct cql2_expr *list_column(struct cql2_binder *b,
                                           const struct cql2_node *call,
                                           const struct cql2_node *node)
{
    const struct cql2_expr *e = cql2_bind_node(b, node);

    return e && cql2_want(b, call, e, TR_LIST) ? e : NULL;
}

const struct cql2_expr *cql2_bind_lists(struct cql2_binder *b,
                                        const struct cql2_node *node)
{
    struct cql2_lists *lists = tr_arena_alloc(b->arena, sizeof *lists);
    const struct cql2_expr *args[2] = { NULL };
    const struct cql2_expr *both[2];
    struct cql2_expr proto = { .node = node,
                               .op = node->op,
                               .type = TR_BOOLEAN,
                               .eval = cql2_eval_lists };
    struct codebook book = { 0 };
    size_t n = 0;

    book.size = (uint32_t)(node->args[0]->n + node->args[1]->n);
    book.more = tr_arena_array(b->arena, book.size, sizeof *book.more);
    if (!lists || !book.more)
        return cql2_bind_no_memory(b);
    for (size_t k = 0; k < 2; k++) {
        if (node->args[k]->kind == CQL2_ARRAY)
            continue;
        args[k] = list_column(b, node, node->args[k]);
        if (!args[k])
            return NULL;
        if (!book.dict)
            book.dict = args[k]->column->dict;
        both[n++] = args[k];
    }
    for (size_t k = 0; k < 2; k++) {
        if (!(args[k]
                  ? column_side(b, args[k]->column, &book, &lists->sides[k])
                  : literal_side(b, node->args[k], &book, &lists->sides[k])))
            return NULL;
    }
    proto.more.lists = lists;
    return cql2_bind_call(b, &proto, both, n);
}

const struct cql2_expr *cql2_bind_has(struct cql2_binder *b,
                                      const struct cql2_node *node)
{
    const struct cql2_expr **args = cql2_bind_args(b, node);
    struct cql2_expr proto = { .node = node,
                               .type = TR_BOOLEAN,
                               .eval = cql2_eval_has };

    if (!args || !cql2_want(b, node, args[0], TR_LIST) ||
        !cql2_want(b, node, args[1], TR_TEXT))
        return NULL;
    return cql2_bind_call(b, &proto, args, 2);
}
