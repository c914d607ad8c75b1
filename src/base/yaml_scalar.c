/* yaml_scalar.c - see yaml_scalar.h */
#include "base/yaml_scalar.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

static bool is_one_of(const char *s, const char *const words[3])
{
    return !strcmp(s, words[0]) || !strcmp(s, words[1]) || !strcmp(s, words[2]);
}

static const char *after_sign(const char *s)
{
    return *s == '-' || *s == '+' ? s + 1 : s;
}

static bool all_of(const char *s, const char *set)
{
    return *s && !s[strspn(s, set)];
}

/* The base of an integer's digits, or 0 when it is not one. */
static int base_of(const char *s)
{
    if (all_of(after_sign(s), "0123456789"))
        return 10;
    if (s[0] == '0' && s[1] == 'o' && all_of(s + 2, "01234567"))
        return 8;
    if (s[0] == '0' && s[1] == 'x' && all_of(s + 2, "0123456789abcdefABCDEF"))
        return 16;
    return 0;
}

static bool is_float(const char *s)
{
    static const char digits[] = "0123456789";
    const char *p = after_sign(s);
    size_t before = strspn(p, digits);
    size_t after = 0;

    p += before;
    if (*p == '.') {
        after = strspn(++p, digits);
        p += after;
    }
    if (!before && !after)
        return false;
    if (*p == 'e' || *p == 'E')
        return all_of(after_sign(p + 1), digits);
    return !*p;
}

static bool is_not_finite(const char *s)
{
    static const char *const infinities[] = { ".inf", ".Inf", ".INF" };
    static const char *const nans[] = { ".nan", ".NaN", ".NAN" };

    return is_one_of(after_sign(s), infinities) || is_one_of(s, nans);
}

static bool resolve_number(struct tr_node *node)
{
    node->kind = TR_NODE_NUMBER;
    node->number = number_read(node->text);
    return isfinite(node->number);
}

static bool resolve_integer(struct tr_node *node, int base)
{
    const char *s = node->text;

    errno = 0;
    node->integer = strtoll(base == 10 ? s : s + 2, NULL, base);
    if (errno == ERANGE) {
        node->integer = 0;
        return base == 10 && resolve_number(node);
    }
    node->kind = TR_NODE_INTEGER;
    node->number = (double)node->integer;
    return true;
}

bool yaml_scalar_resolve(struct tr_node *node)
{
    static const char *const nulls[] = { "null", "Null", "NULL" };
    static const char *const trues[] = { "true", "True", "TRUE" };
    static const char *const falses[] = { "false", "False", "FALSE" };
    const char *s = node->text;
    int base = base_of(s);

    if (base)
        return resolve_integer(node, base);
    if (is_float(s))
        return resolve_number(node);
    if (is_not_finite(s))
        return false;
    if (!*s || !strcmp(s, "~") || is_one_of(s, nulls)) {
        node->kind = TR_NODE_NULL;
    } else if (is_one_of(s, trues) || is_one_of(s, falses)) {
        node->kind = TR_NODE_BOOL;
        node->truth = is_one_of(s, trues);
    } else {
        node->kind = TR_NODE_TEXT;
    }
    return true;
}
