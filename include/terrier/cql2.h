/*
 * cql2.h - the Common Query Language (OGC 21-065r2) over columns.
 *
 * One language for rules, profiles, queries and tile filters. Text (and JSON)
 * is parsed to a tree, bound to the columns of a table - properties found,
 * types checked - and evaluated down the columns, many rows at a time.
 *
 * Two entry points: a *filter* is an expression of type boolean; a *value* is
 * an expression of any type. Logic is SQL's three-valued logic: a comparison
 * with a missing value is unknown, and unknown is neither true nor false.
 * Arithmetic on a missing value, division by zero and results that do not fit
 * are missing.
 *
 * Types: integers widen to numbers and dates to instants (midnight UTC) where
 * the two meet; nothing else is converted unasked. `/` and `^` give numbers,
 * `div` cuts towards zero. `x = 'a'` with a list, a date or a number is an
 * error that says what to write. In the temporal functions a date that meets an
 * instant stands for its whole day. Geometries are longitude, latitude; what
 * cannot be judged, since a geometry is not valid, is unknown. In an array
 * function an array is a set.
 *
 * Letter case: keywords and function names in any case, property names as they
 * are. A property name that is not an identifier stands in double quotes.
 * Identifiers may hold dots and hyphens after the first letter when quoted.
 *
 * Our functions beyond the standard:
 *   coalesce(a, b, ...)       the first that is present
 *   if(condition, then[, else])  unknown counts as not true; no else: missing
 *   number(text)  date(text[, order])  text(any)  upper(text) lower(text)
 *   trim(text)    lookup(name, key)  - a table the caller provides
 *   starts_with(text, prefix), contains(text, part), matches any of:
 *   any_like(text, pattern, pattern, ...)  case-insensitive LIKE
 *   has(list, text)           is the text among the list's
 *   min(a, b, ...) max(a, b, ...) of the present ones, round(number[, digits])
 *   years_between(date, date)  whole years; today() = the caller's as-of date
 * lower() folds case fully, so that 'ß' becomes 'ss'. text(list) joins by '; '.
 *
 * Limits: 16 KiB of text, depth 32, 256 operations, 1,000 literals (profile
 * expressions, which come with the place, may have 2,000 operations, 10,000
 * literals and 64 KiB). A chain of ANDs or of ORs is one level deep.
 */
#ifndef TR_CQL2_H
#define TR_CQL2_H

#include "terrier/arena.h"
#include "terrier/buf.h"
#include "terrier/node.h"
#include "terrier/table.h"

struct tr_cql2; /* a parsed expression; lives in its arena; immutable */

enum tr_cql2_limits { TR_CQL2_QUERY, TR_CQL2_PROFILE };

/* Parse. Errors are TR_EINVAL (or TR_ELIMIT) and name the place: "at character
 * 14: expected a value after '='". For an expression inside a file, the caller
 * adds file and line with tr_fail_at(); `*where` (may be NULL) gets the offset
 * in bytes, to count lines with. */
enum tr_status tr_cql2_parse_text(const char *text, enum tr_cql2_limits limits,
                                  struct tr_arena *a,
                                  const struct tr_cql2 **out, size_t *where,
                                  struct tr_error *err);
enum tr_status tr_cql2_parse_json(const struct tr_node *json,
                                  struct tr_arena *a,
                                  const struct tr_cql2 **out,
                                  struct tr_error *err);

/* Print as text or JSON that parses back to the same tree; also the normal form
 * that caches key on. */
void tr_cql2_print_text(const struct tr_cql2 *e, struct tr_buf *out);
void tr_cql2_print_json(const struct tr_cql2 *e, struct tr_buf *out);

/* The property names used, each once, in order of first use. */
enum tr_status tr_cql2_properties(const struct tr_cql2 *e, struct tr_arena *a,
                                  const char *const **names, size_t *n,
                                  struct tr_error *err);

/* What a text that is compared with a property stands for: `*n` texts in the
 * arena, 0 when for itself. False: no memory. */
typedef bool (*tr_cql2_names)(const void *context, const char *property,
                              const char *text, struct tr_arena *a,
                              const char *const **out, size_t *n);

/* The expression with such texts replaced, wherever a property is compared with
 * a text by =, <>, IN, has, a_contains or a_overlaps: where one stands for
 * several, any of them will do. The new tree shares parts with the old one, and
 * is the old one when nothing changed. */
enum tr_status tr_cql2_rename(const struct tr_cql2 *e, tr_cql2_names names,
                              const void *context, struct tr_arena *a,
                              const struct tr_cql2 **out, struct tr_error *err);

/* lookup(name, key): the value, or NULL when there is none. */
typedef const char *(*tr_cql2_lookup)(const void *context, const char *name,
                                      const char *key);

struct tr_cql2_env {
    int32_t as_of;         /* today(): civil date */
    tr_cql2_lookup lookup; /* NULL: lookup() is an unknown function */
    const void *lookup_context;
};

struct tr_cql2_bound; /* an expression bound to one table; immutable */

/* Bind to a table. An unknown property names the nearest known one; a type
 * error names the property and its type. TR_EINVAL. `env` is copied. */
enum tr_status tr_cql2_bind(const struct tr_cql2 *e, const struct tr_table *t,
                            const struct tr_cql2_env *env, struct tr_arena *a,
                            const struct tr_cql2_bound **out,
                            struct tr_error *err);
enum tr_type tr_cql2_type(const struct tr_cql2_bound *b);

/* The truth of a boolean expression over rows first..last-1 into two bitmaps
 * whose bit 0 is row `first`: `yes` and `unknown` (a row in neither is false).
 * Scratch memory comes from the arena. Any number of threads may run one bound
 * expression at once, each with its own arena. */
enum tr_status tr_cql2_filter(const struct tr_cql2_bound *b, size_t first,
                              size_t last, uint64_t *yes, uint64_t *unknown,
                              struct tr_arena *scratch, struct tr_error *err);

/* The values of an expression over rows first..last-1 as a column in the arena
 * (its row 0 is row `first`). A property by itself keeps its name and shares
 * the table's values; anything else is named "value", and its tier is that of
 * the most secret property read. */
enum tr_status tr_cql2_values(const struct tr_cql2_bound *b, size_t first,
                              size_t last, struct tr_arena *a,
                              struct tr_column *out, struct tr_error *err);

#endif
