/* cql2_parse.c - CQL2 text to a tree, by recursive descent.
 *
 * From loosest to tightest: OR; AND; NOT; a predicate; + -; * / % div; ^; a
 * value. Every way down into itself passes enter(), which counts the nesting.
 */
#include <string.h>

#include "cql2_parse.h"
#include "terrier/text.h"

#define MAX_QUERY   ((size_t)16 * 1024)
#define MAX_PROFILE ((size_t)64 * 1024)

static const struct cql2_node *parse_or(struct cql2_parser *p);
static const struct cql2_node *parse_sum(struct cql2_parser *p);

static bool enter(struct cql2_parser *p)
{
    if (++p->nesting > CQL2_MAX_DEPTH)
        return cql2_fail(&p->make, TR_ELIMIT,
                         "the expression is more than %d levels deep",
                         CQL2_MAX_DEPTH);
    return true;
}

static const struct cql2_node *leave(struct cql2_parser *p,
                                     const struct cql2_node *node)
{
    p->nesting--;
    return node;
}

/* ---- values ---- */

static const struct cql2_node *then_next(struct cql2_parser *p,
                                         const struct cql2_node *node)
{
    return node && cql2_next(p) ? node : NULL;
}

/* ( a, b ... ) up to and with the closing one; standing after the opening. */
static bool parse_list(struct cql2_parser *p, struct cql2_list *list,
                       const struct cql2_node *(*item)(struct cql2_parser *))
{
    if (cql2_at_sign(p, ")"))
        return cql2_next(p);
    for (;;) {
        if (!cql2_list_add(&p->make, list, item(p)))
            return false;
        if (!cql2_at_sign(p, ","))
            break;
        if (!cql2_next(p))
            return false;
    }
    if (cql2_at_sign(p, ")"))
        return cql2_next(p);
    return cql2_expected(p, "',' or ')'");
}

/* An operand of an array function: ('a', 'b'), or an expression. */
static const struct cql2_node *parse_array_or(struct cql2_parser *p)
{
    struct cql2_list items = { 0 };

    if (!cql2_at_sign(p, "("))
        return parse_or(p);
    if (!cql2_next(p) || !parse_list(p, &items, parse_or))
        return NULL;
    return cql2_make_array(&p->make, &items);
}

static const struct cql2_node *parse_moment(struct cql2_parser *p)
{
    if (p->token == CQL2_TOKEN_TEXT)
        return then_next(p, cql2_make_moment(&p->make, p->value));
    return parse_or(p);
}

/* From a name to what stands first in its brackets. */
static bool step_inside(struct cql2_parser *p)
{
    if (!cql2_next(p))
        return false;
    return cql2_next(p);
}

static const struct cql2_node *parse_interval(struct cql2_parser *p)
{
    struct cql2_list ends = { 0 };

    if (!step_inside(p) || !parse_list(p, &ends, parse_moment))
        return NULL;
    return cql2_make_interval(&p->make, &ends);
}

/* DATE('2026-01-31') is a value; date(x) and date('31/1/26', ...) are calls. */
static const struct cql2_node *
parse_date_or_call(struct cql2_parser *p, const char *name, size_t name_at)
{
    enum cql2_op op = cql2_op_find(name, false);
    struct cql2_list args = { 0 };
    bool instant = cql2_at_word(p, "timestamp");

    if (!step_inside(p))
        return NULL;
    if (p->token == CQL2_TOKEN_TEXT && p->text[cql2_peek(p)] == ')' &&
        (op == CQL2_TO_DATE || instant)) {
        const struct cql2_node *node =
            instant ? cql2_make_instant(&p->make, p->value)
                    : cql2_make_date(&p->make, p->value);

        return node && cql2_next(p) ? then_next(p, node) : NULL;
    }
    if (instant)
        return cql2_expected(p, "a text such as '2026-01-31T09:30:00Z'");
    if (!parse_list(p, &args, cql2_is_array_op(op) ? parse_array_or : parse_or))
        return NULL;

    size_t at = p->make.at;

    p->make.at = name_at;

    const struct cql2_node *call = cql2_make_call(&p->make, op, name, &args);

    p->make.at = at;
    return call;
}

static const struct cql2_node *parse_word(struct cql2_parser *p)
{
    size_t at = p->start, len = p->end - p->start;
    char next = p->text[cql2_peek(p)];
    enum cql2_shape_kind kind;
    bool truth = cql2_at_word(p, "true");

    if (truth || cql2_at_word(p, "false"))
        return then_next(
            p, cql2_make_literal(
                   &p->make,
                   (struct cql2_node){ .kind = CQL2_BOOLEAN, .truth = truth }));
    if (cql2_at_word(p, "null"))
        return cql2_fail(&p->make, TR_EINVAL,
                         "null is not a value, write IS NULL");
    if (cql2_is_reserved(p->text + at, len))
        return cql2_expected(p, "a value");
    if (cql2_shape_kind_find(p->text + at, len, &kind) &&
        (next == '(' || next == 'Z' || next == 'z')) {
        const struct cql2_shape *shape = cql2_parse_shape(p, 0);

        return shape ? cql2_make_shape(&p->make, shape) : NULL;
    }

    const char *name = tr_arena_text(p->make.arena, p->text + at, len);

    if (!name)
        return cql2_fail(&p->make, TR_ENOMEM,
                         "no memory left for the expression");
    if (next != '(')
        return then_next(p, cql2_make_property(&p->make, name));
    if (!enter(p))
        return NULL;
    return leave(p, cql2_at_word(p, "interval")
                        ? parse_interval(p)
                        : parse_date_or_call(p, name, at));
}

static const struct cql2_node *number(struct cql2_parser *p, bool minus)
{
    struct cql2_node node = { .kind = CQL2_NUMBER, .number = p->number };

    if (p->token == CQL2_TOKEN_INTEGER) {
        node.kind = CQL2_INTEGER;
        node.integer = minus ? -p->integer : p->integer;
    }
    if (minus)
        node.number = -node.number;
    return then_next(p, cql2_make_literal(&p->make, node));
}

static const struct cql2_node *parse_operand(struct cql2_parser *p)
{
    const struct cql2_node *node;

    switch (p->token) {
    case CQL2_TOKEN_INTEGER:
    case CQL2_TOKEN_NUMBER: return number(p, false);
    case CQL2_TOKEN_TEXT:
        return then_next(p, cql2_make_text(&p->make, p->value));
    case CQL2_TOKEN_QUOTED:
        return then_next(p, cql2_make_property(&p->make, p->value));
    case CQL2_TOKEN_WORD: return parse_word(p);
    case CQL2_TOKEN_SIGN:
        if (!cql2_at_sign(p, "("))
            break;
        if (!enter(p) || !cql2_next(p) || !(node = parse_or(p)) ||
            !cql2_expect(p, ")"))
            return NULL;
        return leave(p, node);
    case CQL2_TOKEN_END: break;
    }
    return cql2_expected(p, "a value");
}

/* ---- arithmetic ---- */

static const struct cql2_node *parse_factor(struct cql2_parser *p)
{
    if (!cql2_at_sign(p, "-"))
        return parse_operand(p);
    if (!cql2_next(p))
        return NULL;
    if (p->token == CQL2_TOKEN_INTEGER || p->token == CQL2_TOKEN_NUMBER)
        return number(p, true);

    const struct cql2_node *minus_one = cql2_make_literal(
        &p->make, (struct cql2_node){
                      .kind = CQL2_INTEGER, .integer = -1, .number = -1 });

    return cql2_make_call2(&p->make, CQL2_MUL, minus_one, parse_operand(p));
}

static const struct cql2_node *parse_power(struct cql2_parser *p)
{
    const struct cql2_node *base = parse_factor(p);

    if (!base || !cql2_at_sign(p, "^"))
        return base;
    if (!enter(p) || !cql2_next(p))
        return NULL;
    return leave(p, cql2_make_call2(&p->make, CQL2_POW, base, parse_power(p)));
}

static bool at_product(const struct cql2_parser *p, enum cql2_op *op)
{
    *op = cql2_at_sign(p, "*")   ? CQL2_MUL
          : cql2_at_sign(p, "/") ? CQL2_DIV
          : cql2_at_sign(p, "%") ? CQL2_MOD
                                 : CQL2_INT_DIV;
    return *op != CQL2_INT_DIV || cql2_at_word(p, "div");
}

static const struct cql2_node *parse_product(struct cql2_parser *p)
{
    const struct cql2_node *left = parse_power(p);
    enum cql2_op op;

    while (left && at_product(p, &op)) {
        if (!cql2_next(p))
            return NULL;
        left = cql2_make_call2(&p->make, op, left, parse_power(p));
    }
    return left;
}

static const struct cql2_node *parse_sum(struct cql2_parser *p)
{
    const struct cql2_node *left = parse_product(p);

    while (left && (cql2_at_sign(p, "+") || cql2_at_sign(p, "-"))) {
        enum cql2_op op = cql2_at_sign(p, "+") ? CQL2_ADD : CQL2_SUB;

        if (!cql2_next(p))
            return NULL;
        left = cql2_make_call2(&p->make, op, left, parse_product(p));
    }
    return left;
}

/* ---- predicates ---- */

static bool at_comparison(const struct cql2_parser *p, enum cql2_op *op)
{
    static const struct {
        const char *sign;
        enum cql2_op op;
    } signs[] = { { "=", CQL2_EQ },  { "<>", CQL2_NE }, { "<", CQL2_LT },
                  { "<=", CQL2_LE }, { ">", CQL2_GT },  { ">=", CQL2_GE } };

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (cql2_at_sign(p, signs[i].sign)) {
            *op = signs[i].op;
            return true;
        }
    }
    return false;
}

static const struct cql2_node *parse_is_null(struct cql2_parser *p,
                                             const struct cql2_node *left)
{
    struct cql2_list args = { 0 };

    if (!cql2_next(p))
        return NULL;

    bool is_not = cql2_at_word(p, "not");

    if (is_not && !cql2_next(p))
        return NULL;
    if (!cql2_at_word(p, "null"))
        return cql2_expected(p, "NULL");
    if (!cql2_next(p) || !cql2_list_add(&p->make, &args, left))
        return NULL;
    left = cql2_make_call(&p->make, CQL2_IS_NULL, NULL, &args);
    return left && is_not ? cql2_make_not(&p->make, left) : left;
}

static const struct cql2_node *parse_between(struct cql2_parser *p,
                                             const struct cql2_node *left)
{
    struct cql2_list args = { 0 };

    if (!cql2_next(p) || !cql2_list_add(&p->make, &args, left) ||
        !cql2_list_add(&p->make, &args, parse_sum(p)))
        return NULL;
    if (!cql2_at_word(p, "and"))
        return cql2_expected(p, "AND and the upper end of BETWEEN");
    if (!cql2_next(p) || !cql2_list_add(&p->make, &args, parse_sum(p)))
        return NULL;
    return cql2_make_call(&p->make, CQL2_BETWEEN, NULL, &args);
}

static const struct cql2_node *parse_in(struct cql2_parser *p,
                                        const struct cql2_node *left)
{
    struct cql2_list args = { 0 };

    if (!cql2_next(p) || !cql2_expect(p, "(") ||
        !cql2_list_add(&p->make, &args, left) ||
        !parse_list(p, &args, parse_or))
        return NULL;
    return cql2_make_call(&p->make, CQL2_IN, NULL, &args);
}

static const struct cql2_node *parse_predicate(struct cql2_parser *p)
{
    const struct cql2_node *left = parse_sum(p);
    enum cql2_op op;

    if (!left)
        return NULL;
    if (at_comparison(p, &op)) {
        if (!cql2_next(p))
            return NULL;
        return cql2_make_call2(&p->make, op, left, parse_sum(p));
    }
    if (cql2_at_word(p, "is"))
        return parse_is_null(p, left);

    bool is_not = cql2_at_word(p, "not");
    const struct cql2_node *node = left;

    if (is_not && !cql2_next(p))
        return NULL;
    if (cql2_at_word(p, "like"))
        node = cql2_next(p)
                   ? cql2_make_call2(&p->make, CQL2_LIKE, left, parse_sum(p))
                   : NULL;
    else if (cql2_at_word(p, "between"))
        node = parse_between(p, left);
    else if (cql2_at_word(p, "in"))
        node = parse_in(p, left);
    else if (is_not)
        return cql2_expected(p, "LIKE, BETWEEN or IN");
    return node && is_not ? cql2_make_not(&p->make, node) : node;
}

/* ---- logic ---- */

static const struct cql2_node *parse_not(struct cql2_parser *p)
{
    if (!cql2_at_word(p, "not"))
        return parse_predicate(p);
    if (!enter(p) || !cql2_next(p))
        return NULL;

    const struct cql2_node *inner = parse_not(p);

    return inner ? leave(p, cql2_make_not(&p->make, inner)) : NULL;
}

/* a AND b AND c is one call of three. */
static const struct cql2_node *
parse_chain(struct cql2_parser *p, enum cql2_op op,
            const struct cql2_node *(*part)(struct cql2_parser *))
{
    const char *word = cql2_op_info(op)->name;
    const struct cql2_node *first = part(p);
    struct cql2_list parts = { 0 };

    if (!first || !cql2_at_word(p, word))
        return first;
    if (!cql2_list_add(&p->make, &parts, first))
        return NULL;
    while (cql2_at_word(p, word)) {
        if (!cql2_next(p) || !cql2_list_add(&p->make, &parts, part(p)))
            return NULL;
    }
    return cql2_make_call(&p->make, op, NULL, &parts);
}

static const struct cql2_node *parse_and(struct cql2_parser *p)
{
    return parse_chain(p, CQL2_AND, parse_not);
}

static const struct cql2_node *parse_or(struct cql2_parser *p)
{
    return parse_chain(p, CQL2_OR, parse_and);
}

static const struct tr_cql2 *parse_all(struct cql2_parser *p)
{
    struct tr_cql2 *e = tr_arena_alloc(p->make.arena, sizeof *e);

    if (!e)
        return cql2_fail(&p->make, TR_ENOMEM,
                         "no memory left for the expression");
    if (!cql2_next(p))
        return NULL;
    e->root = parse_or(p);
    if (!e->root)
        return NULL;
    if (p->token != CQL2_TOKEN_END)
        return cql2_expected(p, "AND, OR or the end");
    return e;
}

enum tr_status tr_cql2_parse_text(const char *text, enum tr_cql2_limits limits,
                                  struct tr_arena *a,
                                  const struct tr_cql2 **out, size_t *where,
                                  struct tr_error *err)
{
    size_t most = limits == TR_CQL2_PROFILE ? MAX_PROFILE : MAX_QUERY;
    size_t len = strlen(text);
    size_t valid = tr_text_valid(text, len);
    struct cql2_parser p = { .text = text };

    if (where)
        *where = 0;
    if (len > most)
        return tr_fail(err, TR_ELIMIT,
                       "the expression has %zu bytes, more than %zu", len,
                       most);
    if (valid < len) {
        if (where)
            *where = valid;
        return tr_fail(err, TR_EINVAL, "byte %zu is not valid UTF-8",
                       valid + 1);
    }
    cql2_maker_init(&p.make, limits, a, err);
    p.make.source = text;

    const struct tr_cql2 *e = parse_all(&p);

    if (!e) {
        if (where)
            *where = p.make.at;
        return p.make.st;
    }
    *out = e;
    return TR_OK;
}
