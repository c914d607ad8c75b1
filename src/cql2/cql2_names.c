/* cql2_names.c - the operators and functions of the language, by name. */
#include <string.h>
#include <strings.h>

#include "cql2_tree.h"
#include "terrier/text.h"

static const struct cql2_op_info ops[CQL2_N_OPS] = {
    [CQL2_AND] = { "and", CQL2_INFIX, 2, 0 },
    [CQL2_OR] = { "or", CQL2_INFIX, 2, 0 },
    [CQL2_NOT] = { "not", CQL2_SPECIAL, 1, 1 },
    [CQL2_EQ] = { "=", CQL2_INFIX, 2, 2 },
    [CQL2_NE] = { "<>", CQL2_INFIX, 2, 2 },
    [CQL2_LT] = { "<", CQL2_INFIX, 2, 2 },
    [CQL2_LE] = { "<=", CQL2_INFIX, 2, 2 },
    [CQL2_GT] = { ">", CQL2_INFIX, 2, 2 },
    [CQL2_GE] = { ">=", CQL2_INFIX, 2, 2 },
    [CQL2_LIKE] = { "like", CQL2_INFIX, 2, 2 },
    [CQL2_BETWEEN] = { "between", CQL2_SPECIAL, 3, 3 },
    [CQL2_IN] = { "in", CQL2_SPECIAL, 2, 0 },
    [CQL2_IS_NULL] = { "isNull", CQL2_SPECIAL, 1, 1 },
    [CQL2_ADD] = { "+", CQL2_INFIX, 2, 2 },
    [CQL2_SUB] = { "-", CQL2_INFIX, 2, 2 },
    [CQL2_MUL] = { "*", CQL2_INFIX, 2, 2 },
    [CQL2_DIV] = { "/", CQL2_INFIX, 2, 2 },
    [CQL2_MOD] = { "%", CQL2_INFIX, 2, 2 },
    [CQL2_INT_DIV] = { "div", CQL2_INFIX, 2, 2 },
    [CQL2_POW] = { "^", CQL2_INFIX, 2, 2 },
    [CQL2_CASEI] = { "casei", CQL2_FUNCTION, 1, 1 },
    [CQL2_ACCENTI] = { "accenti", CQL2_FUNCTION, 1, 1 },
    [CQL2_S_INTERSECTS] = { "s_intersects", CQL2_FUNCTION, 2, 2 },
    [CQL2_S_EQUALS] = { "s_equals", CQL2_FUNCTION, 2, 2 },
    [CQL2_S_DISJOINT] = { "s_disjoint", CQL2_FUNCTION, 2, 2 },
    [CQL2_S_TOUCHES] = { "s_touches", CQL2_FUNCTION, 2, 2 },
    [CQL2_S_WITHIN] = { "s_within", CQL2_FUNCTION, 2, 2 },
    [CQL2_S_OVERLAPS] = { "s_overlaps", CQL2_FUNCTION, 2, 2 },
    [CQL2_S_CROSSES] = { "s_crosses", CQL2_FUNCTION, 2, 2 },
    [CQL2_S_CONTAINS] = { "s_contains", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_AFTER] = { "t_after", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_BEFORE] = { "t_before", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_CONTAINS] = { "t_contains", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_DISJOINT] = { "t_disjoint", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_DURING] = { "t_during", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_EQUALS] = { "t_equals", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_FINISHED_BY] = { "t_finishedBy", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_FINISHES] = { "t_finishes", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_INTERSECTS] = { "t_intersects", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_MEETS] = { "t_meets", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_MET_BY] = { "t_metBy", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_OVERLAPPED_BY] = { "t_overlappedBy", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_OVERLAPS] = { "t_overlaps", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_STARTED_BY] = { "t_startedBy", CQL2_FUNCTION, 2, 2 },
    [CQL2_T_STARTS] = { "t_starts", CQL2_FUNCTION, 2, 2 },
    [CQL2_A_EQUALS] = { "a_equals", CQL2_FUNCTION, 2, 2 },
    [CQL2_A_CONTAINS] = { "a_contains", CQL2_FUNCTION, 2, 2 },
    [CQL2_A_CONTAINED_BY] = { "a_containedBy", CQL2_FUNCTION, 2, 2 },
    [CQL2_A_OVERLAPS] = { "a_overlaps", CQL2_FUNCTION, 2, 2 },
    [CQL2_COALESCE] = { "coalesce", CQL2_FUNCTION, 1, 0 },
    [CQL2_IF] = { "if", CQL2_FUNCTION, 2, 3 },
    [CQL2_TO_NUMBER] = { "number", CQL2_FUNCTION, 1, 1 },
    [CQL2_TO_DATE] = { "date", CQL2_FUNCTION, 1, 2 },
    [CQL2_TO_TEXT] = { "text", CQL2_FUNCTION, 1, 1 },
    [CQL2_UPPER] = { "upper", CQL2_FUNCTION, 1, 1 },
    [CQL2_LOWER] = { "lower", CQL2_FUNCTION, 1, 1 },
    [CQL2_TRIM] = { "trim", CQL2_FUNCTION, 1, 1 },
    [CQL2_LOOKUP] = { "lookup", CQL2_FUNCTION, 2, 2 },
    [CQL2_STARTS_WITH] = { "starts_with", CQL2_FUNCTION, 2, 2 },
    [CQL2_CONTAINS] = { "contains", CQL2_FUNCTION, 2, 2 },
    [CQL2_ANY_LIKE] = { "any_like", CQL2_FUNCTION, 2, 0 },
    [CQL2_HAS] = { "has", CQL2_FUNCTION, 2, 2 },
    [CQL2_MIN] = { "min", CQL2_FUNCTION, 1, 0 },
    [CQL2_MAX] = { "max", CQL2_FUNCTION, 1, 0 },
    [CQL2_ROUND] = { "round", CQL2_FUNCTION, 1, 2 },
    [CQL2_YEARS_BETWEEN] = { "years_between", CQL2_FUNCTION, 2, 2 },
    [CQL2_TODAY] = { "today", CQL2_FUNCTION, 0, 0 },
    [CQL2_UNKNOWN_FUNCTION] = { "", CQL2_FUNCTION, 0, 0 },
};

const struct cql2_op_info *cql2_op_info(enum cql2_op op)
{
    return &ops[op];
}

enum cql2_op cql2_op_find(const char *name, bool json)
{
    for (int i = 0; i < CQL2_UNKNOWN_FUNCTION; i++) {
        if ((json || ops[i].form == CQL2_FUNCTION) &&
            strcasecmp(ops[i].name, name) == 0)
            return (enum cql2_op)i;
    }
    return CQL2_UNKNOWN_FUNCTION;
}

const char *cql2_function_nearest(const char *name)
{
    const char *names[CQL2_N_OPS];
    size_t n = 0;

    for (int i = 0; i < CQL2_UNKNOWN_FUNCTION; i++) {
        if (ops[i].form == CQL2_FUNCTION)
            names[n++] = ops[i].name;
    }
    return tr_text_nearest(name, names, n);
}

bool cql2_is_reserved(const char *word, size_t len)
{
    static const char *const words[] = { "and",  "or",   "not",  "like",
                                         "in",   "is",   "div",  "between",
                                         "null", "true", "false" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == len && strncasecmp(words[i], word, len) == 0)
            return true;
    }
    return false;
}

static const struct {
    const char *text, *json;
} shapes[] = {
    [CQL2_POINT] = { "POINT", "Point" },
    [CQL2_LINESTRING] = { "LINESTRING", "LineString" },
    [CQL2_POLYGON] = { "POLYGON", "Polygon" },
    [CQL2_MULTIPOINT] = { "MULTIPOINT", "MultiPoint" },
    [CQL2_MULTILINESTRING] = { "MULTILINESTRING", "MultiLineString" },
    [CQL2_MULTIPOLYGON] = { "MULTIPOLYGON", "MultiPolygon" },
    [CQL2_COLLECTION] = { "GEOMETRYCOLLECTION", "GeometryCollection" },
    [CQL2_BBOX] = { "BBOX", "bbox" },
};

bool cql2_shape_kind_find(const char *word, size_t len,
                          enum cql2_shape_kind *out)
{
    if (len == 8 && strncasecmp(word, "ENVELOPE", len) == 0) {
        *out = CQL2_BBOX;
        return true;
    }
    for (int i = CQL2_POINT; i <= CQL2_BBOX; i++) {
        if (strlen(shapes[i].text) == len &&
            strncasecmp(shapes[i].text, word, len) == 0) {
            *out = (enum cql2_shape_kind)i;
            return true;
        }
    }
    return false;
}

const char *cql2_shape_name(enum cql2_shape_kind kind)
{
    return shapes[kind].text;
}

const char *cql2_shape_json_name(enum cql2_shape_kind kind)
{
    return shapes[kind].json;
}
