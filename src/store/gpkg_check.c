/* gpkg_check.c - see gpkg_check.h */
#include "store/gpkg_check.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "terrier/buf.h"

#define MAX_OBJECTS 20000
#define MAX_STEPS   2000 /* of a thousand operations of SQLite's machine */
#define WORD        80u

/* ---- words of SQL ---- */

struct word {
    char text[WORD]; /* lower case is not forced; "" at the end */
};

static const char *skip_to(const char *s, const char *end)
{
    const char *at = strstr(s, end);

    return at ? at + strlen(end) : s + strlen(s);
}

static const char *skip_space(const char *s)
{
    for (;;) {
        if (*s && strchr(" \t\r\n\f", *s))
            s++;
        else if (!strncmp(s, "--", 2))
            s = skip_to(s, "\n");
        else if (!strncmp(s, "/*", 2))
            s = skip_to(s + 2, "*/");
        else
            return s;
    }
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           (unsigned char)c >= 0x80;
}

static void put(struct word *w, size_t *n, char c)
{
    if (*n + 1 < WORD)
        w->text[(*n)++] = c;
}

/* A name in quotes can be a function's as well, so it counts as the name. */
static const char *quoted(const char *s, struct word *w)
{
    char close = *s;
    size_t n = 0;

    if (close == '[')
        close = ']';

    for (s++; *s; s++) {
        if (*s == close && (close == ']' || s[1] != close))
            break;
        s += *s == close;
        put(w, &n, *s);
    }
    return *s ? s + 1 : s;
}

static const char *next_word(const char *s, struct word *w)
{
    size_t n = 0;

    memset(w, 0, sizeof *w);
    s = skip_space(s);
    if (*s && strchr("\"'`[", *s))
        return quoted(s, w);
    if (!is_name(*s)) {
        put(w, &n, *s);
        return *s ? s + 1 : s;
    }
    for (; is_name(*s); s++)
        put(w, &n, *s);
    return s;
}

static bool in_list(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcasecmp(word, list[i]))
            return true;
    }
    return false;
}

/* ---- what may be called ---- */

static bool is_harmless(const char *word)
{
    static const char *const list[] = {
        /* words of SQL that may stand before a bracket */
        "abort", "all", "and", "as", "between", "by", "case", "check",
        "distinct", "else", "except", "exists", "filter", "from", "having",
        "in", "intersect", "is", "join", "key", "like", "glob", "limit", "not",
        "of", "offset", "on", "or", "over", "select", "set", "then", "union",
        "unique", "using", "values", "when", "where", "with", "returning",
        /* functions that see only what they are given */
        "abs", "avg", "cast", "ceil", "ceiling", "char", "coalesce", "count",
        "date", "datetime", "floor", "group_concat", "hex", "ifnull", "iif",
        "instr", "json_extract", "julianday", "length", "lower", "ltrim", "max",
        "min", "nullif", "printf", "format", "quote", "raise", "rank",
        "replace", "round", "row_number", "rtrim", "sign", "sqrt", "strftime",
        "substr", "substring", "sum", "time", "total", "trim", "typeof",
        "unicode", "upper",
        /* GeoPackage 1.3 annex F.3 */
        "st_isempty", "st_minx", "st_miny", "st_maxx", "st_maxy"
    };

    return in_list(word, list, sizeof list / sizeof *list);
}

static bool reaches_outside(const char *word)
{
    static const char *const list[] = {
        "load_extension", "readfile",       "writefile",    "edit",
        "eval",           "fts3_tokenizer", "blobfromfile", "blobtofile",
        "xb_loadxml",     "importshp",      "exportshp",    "importdbf",
        "exportdbf",      "importxls",      "importwfs",    "importgeojson"
    };

    return !strncasecmp(word, "ogr_", 4) || !strncasecmp(word, "gdal_", 5) ||
           in_list(word, list, sizeof list / sizeof *list);
}

/* The name of a view, trigger or table, or of where a row goes, may stand
 * before a bracket too. */
static bool comes_before_a_name(const char *word)
{
    static const char *const list[] = { "into",  "view",    "table",
                                        "index", "trigger", "as" };

    return in_list(word, list, sizeof list / sizeof *list);
}

static bool calls_are_harmless(const char *sql, bool is_table,
                               struct word *call)
{
    struct word before = { "" }, word, after;

    for (const char *s = next_word(sql, &word); *word.text;) {
        const char *next = next_word(s, &after);

        if (after.text[0] == '(' && is_name(word.text[0]) &&
            (is_table ? reaches_outside(word.text)
                      : !is_harmless(word.text) &&
                            !comes_before_a_name(before.text))) {
            *call = word;
            return false;
        }
        before = word;
        word = after;
        s = next;
    }
    return true;
}

/* "CREATE VIRTUAL TABLE name USING module(...)": is it a module we know? */
static bool is_foreign_module(const char *sql, struct word *module)
{
    struct word w;
    const char *s = next_word(sql, &w); /* CREATE */

    s = next_word(s, &w);
    if (strcasecmp(w.text, "virtual") != 0)
        return false;
    while (*w.text && strcasecmp(w.text, "using") != 0)
        s = next_word(s, &w);
    next_word(s, module);
    return strcasecmp(module->text, "rtree") != 0;
}

static enum tr_status check_object(const char *file, const char *type,
                                   const char *sql, struct tr_error *err)
{
    struct word w;
    bool is_table = !strcmp(type, "table") || !strcmp(type, "index");

    if (is_foreign_module(sql, &w))
        return tr_fail(err, TR_EDATA,
                       "'%s' was refused: it holds a virtual table of module "
                       "'%s', which can read other files",
                       file, w.text);
    if (!calls_are_harmless(sql, is_table, &w))
        return tr_fail(err, TR_EDATA,
                       "'%s' was refused: it holds a %s that calls '%s'", file,
                       is_table ? "table" : type, w.text);
    return TR_OK;
}

/* ---- the database ---- */

static int count_steps(void *left)
{
    int *n = left;

    return --*n < 0;
}

/* The URI form is the only one that takes `immutable`, which keeps SQLite from
 * looking for a journal beside the file. */
static sqlite3 *open_immutable(const char *path)
{
    struct tr_buf uri;
    sqlite3 *db = NULL;

    tr_buf_init(&uri, 16384);
    tr_buf_str(&uri, "file:");
    for (const char *s = path; *s; s++) {
        if (is_name(*s) || *s == '/' || *s == '.' || *s == '-')
            tr_buf_byte(&uri, (unsigned char)*s);
        else
            tr_buf_printf(&uri, "%%%02X", (unsigned)(unsigned char)*s);
    }
    tr_buf_str(&uri, "?immutable=1");

    const char *text = tr_buf_text(&uri);

    if (text && sqlite3_open_v2(text, &db,
                                SQLITE_OPEN_READONLY | SQLITE_OPEN_URI |
                                    SQLITE_OPEN_PRIVATECACHE,
                                NULL)) {
        sqlite3_close(db);
        db = NULL;
    }
    tr_buf_clear(&uri);
    return db;
}

static void restrict_database(sqlite3 *db, int *steps)
{
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_progress_handler(db, 1000, count_steps, steps);
}

static enum tr_status check_schema(sqlite3 *db, const char *name,
                                   struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st = TR_OK;
    int rc, n = 0;

    rc = sqlite3_prepare_v2(db, "SELECT type, sql FROM sqlite_master", -1, &q,
                            NULL);
    while (rc == SQLITE_OK && !st && (rc = sqlite3_step(q)) == SQLITE_ROW) {
        const char *type = (const char *)sqlite3_column_text(q, 0);
        const char *sql = (const char *)sqlite3_column_text(q, 1);

        rc = SQLITE_OK;
        if (++n > MAX_OBJECTS)
            st = tr_fail(err, TR_ELIMIT, "'%s' holds over %d tables", name,
                         MAX_OBJECTS);
        else if (type && sql) /* an automatic index has no SQL */
            st = check_object(name, type, sql, err);
    }
    sqlite3_finalize(q);
    if (!st && rc == SQLITE_INTERRUPT)
        st = tr_fail(err, TR_ELIMIT, "'%s' takes too long to look into", name);
    else if (!st && rc != SQLITE_DONE)
        st = tr_fail(err, TR_EDATA, "'%s' is a damaged GeoPackage: %s", name,
                     sqlite3_errmsg(db));
    return st;
}

enum tr_status store_check_gpkg(const char *path, const char *name,
                                struct tr_error *err)
{
    int steps = MAX_STEPS;
    sqlite3 *db = open_immutable(path);

    if (!db)
        return tr_fail(err, TR_ENOINPUT, "cannot open '%s'", name);
    restrict_database(db, &steps);

    enum tr_status st = check_schema(db, name, err);

    sqlite3_close(db);
    return st;
}
