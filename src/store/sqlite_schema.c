/* sqlite_schema.c - the tables of a store, and how an older one is brought up
 * to date. The tables are explained in this folder's README.md. */
#include "store/sqlite_door.h"

#include <stdio.h>

#define TEXT_OF(x)     #x
#define NUMBER_TEXT(x) TEXT_OF(x)

/* A copy of an entry's kind and site stands in columns of their own, to be
 * found by; checking the ledger compares them with the content. No two entries
 * follow the same one: that is what UNIQUE says. */
#define LEDGER_SQL                                                             \
    "CREATE TABLE ledger ("                                                    \
    " sequence INTEGER PRIMARY KEY, previous BLOB NOT NULL UNIQUE,"            \
    " digest BLOB NOT NULL, kind TEXT NOT NULL, site TEXT NOT NULL,"           \
    " content TEXT NOT NULL);"                                                 \
    "CREATE INDEX ledger_site ON ledger (site, sequence) WHERE site <> '';"    \
    "CREATE TABLE ledger_text ("                                               \
    " sequence INTEGER NOT NULL REFERENCES ledger(sequence),"                  \
    " field TEXT NOT NULL, salt BLOB NOT NULL, text TEXT NOT NULL,"            \
    " PRIMARY KEY (sequence, field)) WITHOUT ROWID;"

static const char schema[] =
    "CREATE TABLE terrier_meta ("
    " name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"

    "CREATE TABLE document ("
    " id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE,"
    " kind TEXT NOT NULL, name TEXT NOT NULL, text BLOB NOT NULL);"

    "CREATE TABLE place_document ("
    " place TEXT NOT NULL, kind TEXT NOT NULL,"
    " digest BLOB NOT NULL REFERENCES document(digest),"
    " PRIMARY KEY (place, kind)) WITHOUT ROWID;"

    "CREATE TABLE layer ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
    " place TEXT NOT NULL, kind TEXT NOT NULL,"
    " current_load INTEGER REFERENCES load(id),"
    " suspended INTEGER NOT NULL DEFAULT 0);"

    "CREATE TABLE load ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " layer INTEGER NOT NULL REFERENCES layer(id),"
    " started INTEGER NOT NULL, finished INTEGER NOT NULL DEFAULT 0,"
    " first_version INTEGER NOT NULL,"
    " profile BLOB NOT NULL, source BLOB NOT NULL,"
    " source_name TEXT NOT NULL, schema TEXT NOT NULL,"
    " crs_operation TEXT NOT NULL DEFAULT '',"
    " crs_accuracy_m REAL NOT NULL DEFAULT 0,"
    " barred INTEGER NOT NULL DEFAULT 0,"
    " read INTEGER NOT NULL DEFAULT 0,"
    " accepted INTEGER NOT NULL DEFAULT 0,"
    " rejected INTEGER NOT NULL DEFAULT 0,"
    " duplicate INTEGER NOT NULL DEFAULT 0,"
    " excluded INTEGER NOT NULL DEFAULT 0,"
    " added INTEGER NOT NULL DEFAULT 0,"
    " changed INTEGER NOT NULL DEFAULT 0,"
    " unchanged INTEGER NOT NULL DEFAULT 0,"
    " vanished INTEGER NOT NULL DEFAULT 0,"
    " by_coordinate INTEGER NOT NULL DEFAULT 0,"
    " by_uprn INTEGER NOT NULL DEFAULT 0,"
    " by_postcode INTEGER NOT NULL DEFAULT 0,"
    " by_outward INTEGER NOT NULL DEFAULT 0,"
    " by_none INTEGER NOT NULL DEFAULT 0,"
    " issues BLOB NOT NULL DEFAULT x'');"
    "CREATE INDEX load_layer ON load (layer);"
    "CREATE INDEX load_unfinished ON load (id) WHERE finished = 0;"

    /* No references and no index: a million rows an hour pass through here.
     * The id says which layer (sqlite_door.h). load_to and missing_from are
     * STORE_NEVER until they are set. `marks` and `position` are packed
     * (sqlite_door.h): reading a million rows costs by the column. */
    "CREATE TABLE version ("
    " id INTEGER PRIMARY KEY, load_from INTEGER NOT NULL,"
    " load_to INTEGER NOT NULL, missing_from INTEGER NOT NULL,"
    " key TEXT NOT NULL, digest BLOB NOT NULL, source_row INTEGER NOT NULL,"
    " marks INTEGER NOT NULL, precision_m INTEGER NOT NULL, position BLOB,"
    " outward TEXT, geometry BLOB, record BLOB NOT NULL);"

    "CREATE TABLE issue ("
    " load INTEGER NOT NULL, number INTEGER NOT NULL, file TEXT NOT NULL,"
    " row INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,"
    " type TEXT NOT NULL, severity INTEGER NOT NULL, message TEXT NOT NULL,"
    " PRIMARY KEY (load, number)) WITHOUT ROWID;"

    "CREATE TABLE run ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " finished INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL,"
    " audience TEXT NOT NULL,"
    " rules BLOB NOT NULL REFERENCES document(digest),"
    " rules_name TEXT NOT NULL, scope TEXT NOT NULL, as_of INTEGER NOT NULL,"
    " seed INTEGER NOT NULL, draws INTEGER NOT NULL, inputs TEXT NOT NULL,"
    " snapshot BLOB NOT NULL, results BLOB NOT NULL,"
    " n_sites INTEGER NOT NULL);"
    "CREATE INDEX run_unfinished ON run (id) WHERE finished = 0;"

    "CREATE TABLE run_result ("
    " run INTEGER NOT NULL, site_id TEXT NOT NULL, class_name TEXT NOT NULL,"
    " data TEXT NOT NULL, PRIMARY KEY (run, site_id)) WITHOUT ROWID;"

    "CREATE TABLE adoption ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, audience TEXT NOT NULL,"
    " run INTEGER NOT NULL REFERENCES run(id), at INTEGER NOT NULL);"
    "CREATE INDEX adoption_audience ON adoption (audience, id);"

    LEDGER_SQL

    "INSERT INTO terrier_meta VALUES ('revision', 1), "
    "('schema_version', " NUMBER_TEXT(
        STORE_SCHEMA_VERSION) ");"
                              "PRAGMA application_id = " NUMBER_TEXT(
                                  STORE_APPLICATION_ID) ";"
                                                        "PRAGMA user_version "
                                                        "= " NUMBER_TEXT(
                                                            STORE_SCHEMA_VERSION) ";";

enum tr_status store_make_schema(struct store *s, struct tr_error *err)
{
    /* The page size can only be chosen while the file is empty. */
    enum tr_status st = store_exec(s, "PRAGMA page_size=8192", err);

    if (!st)
        st = store_begin_write(s, err);
    if (!st)
        st = store_end_write(s, store_exec(s, schema, err), false, err);
    return st;
}

enum tr_status store_known_schema(struct store *s, int *version,
                                  struct tr_error *err)
{
    int64_t application = 0, v = 0;
    enum tr_status st =
        store_ask(s, "PRAGMA application_id", NULL, 0, &application, err);

    if (!st && application != STORE_APPLICATION_ID)
        return tr_fail(err, TR_EDATA, "'%s' is not a Terrier store", s->path);
    if (!st)
        st = store_ask(s,
                       "SELECT value FROM terrier_meta"
                       " WHERE name = 'schema_version'",
                       NULL, 0, &v, err);
    if (st)
        return st;
    if (v < 1)
        return tr_fail(err, TR_EDATA,
                       "the store '%s' has no version; restore a backup",
                       s->path);
    if (v > STORE_SCHEMA_VERSION)
        return tr_fail(err, TR_EDATA,
                       "the store '%s' is of version %lld, newer than this "
                       "program's %d; use the program that wrote it",
                       s->path, (long long)v, STORE_SCHEMA_VERSION);
    *version = (int)v;
    return TR_OK;
}

/* ---- migration ---- */

/* steps[i] brings a store of version i + 1 to i + 2. A ledger begins empty:
 * what was there before it is not vouched for. */
static const char *const steps[STORE_SCHEMA_VERSION] = { LEDGER_SQL };

static enum tr_status run_steps(struct store *s, int from, struct tr_error *err)
{
    enum tr_status st = store_begin_write(s, err);

    if (st)
        return st;
    for (int v = from; !st && v < STORE_SCHEMA_VERSION; v++)
        st = store_exec(s, steps[v - 1], err);
    if (!st)
        st = store_exec(
            s,
            "UPDATE terrier_meta SET value = " NUMBER_TEXT(
                STORE_SCHEMA_VERSION) " WHERE name = "
                                      "'schema_version';"
                                      "PRAGMA user_version = " NUMBER_TEXT(
                                          STORE_SCHEMA_VERSION),
            err);
    return store_end_write(s, st, true, err);
}

enum tr_status store_migrate(const char *where, int *from, struct tr_error *err)
{
    struct store *s = NULL;
    int version = 0;
    enum tr_status st = store_open_any(where, STORE_WRITE, &s, err);

    if (!st)
        st = store_known_schema(s, &version, err);
    if (!st && version < STORE_SCHEMA_VERSION) {
        char *kept = sqlite3_mprintf("%s.before-%d", where, version);

        st = kept ? store_backup(s, kept, err)
                  : tr_fail(err, TR_ENOMEM, "no memory left for a backup");
        sqlite3_free(kept);
        if (!st)
            st = run_steps(s, version, err);
    }
    store_close(s);
    if (!st)
        *from = version;
    return st;
}
