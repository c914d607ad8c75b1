/* cql2_print.c - a tree as CQL2 text. */
#include <string.h>

#include "cql2_print.h"
#include "terrier/date.h"

/* How tightly an operator holds its operands; see cql2_parse.c. */
enum {
    LOOSEST,
    OR_LEVEL,
    AND_LEVEL,
    NOT_LEVEL,
    PREDICATE,
    SUM,
    PRODUCT,
    POWER,
    TIGHTEST
};

static int level_of(const struct cql2_node *node)
{
    if (node->kind != CQL2_CALL)
        return TIGHTEST;
    switch ((int)node->op) {
    case CQL2_OR: return OR_LEVEL;
    case CQL2_AND: return AND_LEVEL;
    case CQL2_NOT: return NOT_LEVEL;
    case CQL2_ADD:
    case CQL2_SUB: return SUM;
    case CQL2_MUL:
    case CQL2_DIV:
    case CQL2_MOD:
    case CQL2_INT_DIV: return PRODUCT;
    case CQL2_POW: return POWER;
    default:
        return cql2_op_info(node->op)->form == CQL2_FUNCTION ? TIGHTEST
                                                             : PREDICATE;
    }
}

static void print(const struct cql2_node *node, struct tr_buf *out, int least);

static void put_quoted(struct tr_buf *out, const char *s)
{
    tr_buf_byte(out, '\'');
    for (; *s; s++) {
        size_t slashes = strspn(s, "\\");

        /* Pairs before a quote, and before our closing one. */
        if (slashes && (s[slashes] == '\'' || !s[slashes])) {
            for (size_t i = 0; i < slashes; i++)
                tr_buf_str(out, "\\\\");
            s += slashes - 1;
            continue;
        }
        if (*s == '\'')
            tr_buf_byte(out, '\'');
        tr_buf_byte(out, (unsigned char)*s);
    }
    tr_buf_byte(out, '\'');
}

static bool is_plain_name(const char *s)
{
    static const char parts[] = "0123456789.:_abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return (*s < '0' || *s > '9') && *s != '.' && !s[strspn(s, parts)] &&
           !cql2_is_reserved(s, strlen(s));
}

static void put_name(struct tr_buf *out, const char *s)
{
    if (is_plain_name(s)) {
        tr_buf_str(out, s);
        return;
    }
    tr_buf_byte(out, '"');
    for (; *s; s++) {
        if (*s == '"')
            tr_buf_byte(out, '"');
        tr_buf_byte(out, (unsigned char)*s);
    }
    tr_buf_byte(out, '"');
}

/* A number keeps its point, so that it is not read back as an integer. */
void cql2_put_number(struct tr_buf *out, double v)
{
    size_t before = out->len;

    tr_buf_number(out, v);
    if (out->failed)
        return;
    for (size_t i = before; i < out->len; i++) {
        if (strchr(".eE", out->data[i]))
            return;
    }
    tr_buf_str(out, ".0");
}

void cql2_put_date(struct tr_buf *out, int64_t days)
{
    char text[TR_DATE_TEXT];

    tr_date_text((int32_t)days, text);
    tr_buf_str(out, text);
}

void cql2_put_instant(struct tr_buf *out, int64_t us)
{
    char text[TR_INSTANT_TEXT];
    int64_t fraction = us % 1000000;
    size_t digits = 6;

    if (fraction < 0)
        fraction += 1000000;
    tr_instant_text((us - fraction) / 1000000, text);
    if (!fraction) {
        tr_buf_str(out, text);
        return;
    }
    for (; fraction % 10 == 0; fraction /= 10)
        digits--;
    tr_buf_add(out, text, strlen(text) - 1);
    tr_buf_printf(out, ".%0*lldZ", (int)digits, (long long)fraction);
}

/* ---- geometries ---- */

static void put_position(struct tr_buf *out, const double *c, size_t dims)
{
    for (size_t i = 0; i < dims; i++) {
        if (i)
            tr_buf_byte(out, ' ');
        tr_buf_number(out, c[i]);
    }
}

static void put_shape_body(struct tr_buf *out, const struct cql2_shape *s)
{
    tr_buf_byte(out, '(');
    for (size_t i = 0; i < s->n; i++) {
        if (i)
            tr_buf_str(out, ", ");
        if (s->kind == CQL2_BBOX)
            tr_buf_number(out, s->coords[i]);
        else if (s->coords)
            put_position(out, s->coords + i * s->dims, s->dims);
        else if (s->kind == CQL2_COLLECTION)
            cql2_put_shape(out, s->items[i]);
        else
            put_shape_body(out, s->items[i]);
    }
    tr_buf_byte(out, ')');
}

void cql2_put_shape(struct tr_buf *out, const struct cql2_shape *s)
{
    tr_buf_str(out, cql2_shape_name(s->kind));
    if (s->dims == 3 && s->kind != CQL2_BBOX && s->kind != CQL2_COLLECTION)
        tr_buf_str(out, " Z");
    put_shape_body(out, s);
}

/* ---- calls ---- */

static void put_args(const struct cql2_node *node, size_t from,
                     struct tr_buf *out)
{
    tr_buf_byte(out, '(');
    for (size_t i = from; i < node->n; i++) {
        if (i > from)
            tr_buf_str(out, ", ");
        print(node->args[i], out, LOOSEST);
    }
    tr_buf_byte(out, ')');
}

static void put_upper(struct tr_buf *out, const char *s)
{
    for (; *s; s++)
        tr_buf_byte(out,
                    (unsigned char)(*s >= 'a' && *s <= 'z' ? *s - 32 : *s));
}

static void put_infix(const struct cql2_node *node, struct tr_buf *out,
                      int level)
{
    bool chain = node->op == CQL2_AND || node->op == CQL2_OR;

    for (size_t i = 0; i < node->n; i++) {
        int least = level;

        /* Sums group to the left, powers to the right, chains are flat. */
        if (chain || level == PREDICATE || (level == POWER ? i == 0 : i > 0))
            least = level + 1;
        if (i) {
            tr_buf_byte(out, ' ');
            put_upper(out, cql2_op_info(node->op)->name);
            tr_buf_byte(out, ' ');
        }
        print(node->args[i], out, least);
    }
}

static void put_special(const struct cql2_node *node, struct tr_buf *out,
                        bool is_not)
{
    const char *no = is_not ? "NOT " : "";

    print(node->args[0], out, SUM);
    if (node->op == CQL2_IS_NULL) {
        tr_buf_printf(out, " IS %sNULL", no);
    } else if (node->op == CQL2_BETWEEN) {
        tr_buf_printf(out, " %sBETWEEN ", no);
        print(node->args[1], out, SUM);
        tr_buf_str(out, " AND ");
        print(node->args[2], out, SUM);
    } else if (node->op == CQL2_LIKE) {
        tr_buf_printf(out, " %sLIKE ", no);
        print(node->args[1], out, SUM);
    } else {
        tr_buf_printf(out, " %sIN ", no);
        put_args(node, 1, out);
    }
}

static bool takes_not_inside(const struct cql2_node *node)
{
    return node->kind == CQL2_CALL &&
           (node->op == CQL2_IS_NULL || node->op == CQL2_BETWEEN ||
            node->op == CQL2_LIKE || node->op == CQL2_IN);
}

static void put_function(const struct cql2_node *node, struct tr_buf *out)
{
    const char *name = cql2_op_info(node->op)->name;

    if (node->op == CQL2_UNKNOWN_FUNCTION)
        tr_buf_str(out, node->text);
    else if (node->op < CQL2_COALESCE)
        put_upper(out, name);
    else
        tr_buf_str(out, name);
    put_args(node, 0, out);
}

static void put_call(const struct cql2_node *node, struct tr_buf *out)
{
    const struct cql2_op_info *info = cql2_op_info(node->op);

    if (node->op == CQL2_NOT && takes_not_inside(node->args[0])) {
        put_special(node->args[0], out, true);
    } else if (node->op == CQL2_NOT) {
        tr_buf_str(out, "NOT ");
        print(node->args[0], out, NOT_LEVEL);
    } else if (info->form == CQL2_FUNCTION) {
        put_function(node, out);
    } else if (takes_not_inside(node)) {
        put_special(node, out, false);
    } else {
        put_infix(node, out, level_of(node));
    }
}

/* The ends of an interval stand as bare texts. */
static void put_interval(const struct cql2_node *node, struct tr_buf *out)
{
    tr_buf_str(out, "INTERVAL(");
    for (size_t i = 0; i < 2; i++) {
        const struct cql2_node *end = node->args[i];

        if (i)
            tr_buf_str(out, ", ");
        if (end->kind == CQL2_OPEN) {
            tr_buf_str(out, "'..'");
        } else if (end->kind == CQL2_DATE || end->kind == CQL2_INSTANT) {
            tr_buf_byte(out, '\'');
            if (end->kind == CQL2_DATE)
                cql2_put_date(out, end->integer);
            else
                cql2_put_instant(out, end->integer);
            tr_buf_byte(out, '\'');
        } else {
            print(end, out, LOOSEST);
        }
    }
    tr_buf_byte(out, ')');
}

static void put_leaf(const struct cql2_node *node, struct tr_buf *out)
{
    switch (node->kind) {
    case CQL2_BOOLEAN: tr_buf_str(out, node->truth ? "TRUE" : "FALSE"); break;
    case CQL2_INTEGER: tr_buf_int(out, node->integer); break;
    case CQL2_NUMBER: cql2_put_number(out, node->number); break;
    case CQL2_TEXT: put_quoted(out, node->text); break;
    case CQL2_DATE:
        tr_buf_str(out, "DATE('");
        cql2_put_date(out, node->integer);
        tr_buf_str(out, "')");
        break;
    case CQL2_INSTANT:
        tr_buf_str(out, "TIMESTAMP('");
        cql2_put_instant(out, node->integer);
        tr_buf_str(out, "')");
        break;
    case CQL2_OPEN: tr_buf_str(out, "'..'"); break;
    case CQL2_INTERVAL: put_interval(node, out); break;
    case CQL2_SHAPE: cql2_put_shape(out, node->shape); break;
    case CQL2_ARRAY: put_args(node, 0, out); break;
    case CQL2_PROPERTY: put_name(out, node->text); break;
    case CQL2_CALL: put_call(node, out); break;
    }
}

static void print(const struct cql2_node *node, struct tr_buf *out, int least)
{
    bool brackets = level_of(node) < least;

    if (brackets)
        tr_buf_byte(out, '(');
    put_leaf(node, out);
    if (brackets)
        tr_buf_byte(out, ')');
}

void cql2_print_node(const struct cql2_node *node, struct tr_buf *out)
{
    print(node, out, LOOSEST);
}

void tr_cql2_print_text(const struct tr_cql2 *e, struct tr_buf *out)
{
    print(e->root, out, LOOSEST);
}
