/*
 * store.h - what Terrier remembers: documents, layers, row versions, loads,
 * issues and runs. The one shape that every store has; SQLite is the first, and
 * PostGIS will be another file with the same functions behind the same names.
 *
 * The store keeps and finds; it does not interpret. A row's values are bytes to
 * it (terrier/record.h), a profile is a text with a digest.
 *
 * Row versions. A version is never changed. It belongs to the loads from
 * load_from up to, but not with, load_to; both are load ids, which only grow. A
 * layer shows the rows of its *current* load: load_from <= current and (load_to
 * none or load_to > current). A load writes under a new id in transactions of
 * at most 200 ms and becomes visible in one small one, which moves the layer's
 * current load; so it is all or nothing, and nobody waits for it. A load that
 * was killed is swept by the next writer that opens the store. One writer at a
 * time loads: it holds a lock on PATH-lock, an empty file beside the store that
 * stays there; the kernel drops the lock with the process that held it.
 *
 * Errors: TR_EBUSY when another process holds the file longer than the busy
 * timeout (5 s), TR_EIO (disk full says so), TR_ECREATE (read-only, no folder),
 * TR_EDATA (not a Terrier store, or a newer one), TR_ENOTFOUND.
 *
 * A struct store belongs to one thread. Strings handed out live in the arena
 * given, or, in callbacks, until the callback returns.
 */
#ifndef STORE_H
#define STORE_H

#include "terrier/arena.h"
#include "terrier/geometry.h"
#include "terrier/hash.h"
#include "terrier/table.h"

#define STORE_SCHEMA_VERSION 2

struct store;

enum store_mode {
    STORE_READ,  /* must exist; nothing is written, but for taking back what a
                    killed process left half-written */
    STORE_WRITE, /* must exist and be of this schema version */
    STORE_CREATE /* must not exist; made empty, mode 0600 */
};

/* `where` is a path, or postgresql://... (not in this version: TR_EINVAL). */
enum tr_status store_open(const char *where, enum store_mode mode,
                          struct store **out, struct tr_error *err);
void store_close(struct store *s); /* NULL is a no-op */

/* How long to wait for another process that holds the file: 5,000 ms unless set
 * here. */
void store_set_patience(struct store *s, int ms);

/* Bring an older store up to this version: a backup beside it first
 * (PATH.before-N), then one transaction. `*from` is the version it had. */
enum tr_status store_migrate(const char *where, int *from,
                             struct tr_error *err);

/* A count that grows with every transaction that changes what a reader sees (a
 * load's slices do not, its commit does); cheap to ask. */
enum tr_status store_revision(struct store *s, int64_t *out,
                              struct tr_error *err);

/* One consistent view for several reads. Held for seconds at most: a writer's
 * commit waits for it, and new readers wait for that writer. No writing between
 * the two calls. */
enum tr_status store_begin_read(struct store *s, struct tr_error *err);
void store_end_read(struct store *s);

/* ---- documents: texts kept by digest, for ever ---- */

/* Kinds in use: "profile", "place", "organisations", "sensitive", "links",
 * "matches", "rules". The digest is tr_hash_bytes() of the text alone. Putting
 * one that is there already changes nothing. */
enum tr_status store_put_document(struct store *s, const char *kind,
                                  const char *name, const char *text,
                                  size_t len, struct tr_digest *out,
                                  struct tr_error *err);
enum tr_status store_get_document(struct store *s,
                                  const struct tr_digest *digest,
                                  struct tr_arena *a, const char **text,
                                  size_t *len, struct tr_error *err);

/* A place's current document of a kind. Setting the same one again changes
 * nothing; one that was not put before is TR_ENOTFOUND. store_places() lists
 * place ids in byte order. */
enum tr_status store_set_place_document(struct store *s, const char *place,
                                        const char *kind,
                                        const struct tr_digest *digest,
                                        struct tr_error *err);
enum tr_status store_place_document(struct store *s, const char *place,
                                    const char *kind, struct tr_arena *a,
                                    const char **text, size_t *len,
                                    struct tr_error *err); /* TR_ENOTFOUND */
enum tr_status store_places(struct store *s, struct tr_arena *a,
                            const char *const **out, size_t *n,
                            struct tr_error *err);

/* ---- layers and loads ---- */

enum store_kind { /* of a layer */
                  STORE_SITES,
                  STORE_AREAS,
                  STORE_POINTS,
                  STORE_LINES,
                  STORE_CONTEXT,
                  STORE_STATISTICS,
                  STORE_POSTCODES,
                  STORE_UPRNS
};
const char *store_kind_name(enum store_kind kind);
bool store_kind_parse(const char *name, enum store_kind *out);

struct store_layer {
    int64_t id;
    const char *name; /* unique in the store */
    const char *place;
    enum store_kind kind;
    struct tr_digest profile; /* of the current load */
    int64_t current_load;
    bool suspended;
};

struct store_load {
    int64_t id, layer;
    const char *layer_name;
    int64_t started, finished; /* instants; finished 0: still running */
    struct tr_digest profile, source;
    const char *source_name;   /* as the profile calls it; "a; b" for several */
    const char *schema;        /* tr_schema_write() */
    const char *crs_operation; /* "" when no transformation was needed */
    double crs_accuracy_m;
    bool barred_from_measures; /* one coordinate for all, and the like */
    long read, accepted, rejected, duplicate;
    long excluded; /* of the rejected: left out by the profile's where */
    long added, changed, unchanged, vanished;
    long located[5]; /* coordinate, uprn, postcode, outward, none */
};

/* A layer whose first load has not finished is not there yet. */
enum tr_status store_layers(struct store *s, struct tr_arena *a,
                            const struct store_layer **out, size_t *n,
                            struct tr_error *err); /* by name */
enum tr_status store_layer_named(struct store *s, const char *name,
                                 struct tr_arena *a,
                                 const struct store_layer **out,
                                 struct tr_error *err); /* TR_ENOTFOUND */
enum tr_status store_suspend_layer(struct store *s, const char *name,
                                   bool suspended, struct tr_error *err);

/* Finished loads, newest first; of one layer, or of all (layer 0). */
enum tr_status store_loads(struct store *s, int64_t layer, struct tr_arena *a,
                           const struct store_load **out, size_t *n,
                           struct tr_error *err);

/* Where a position came from: the ladder, best first. */
enum store_coord_source {
    STORE_GIVEN,
    STORE_POSTCODE_AS_GIVEN, /* given, but it is the postcode's own centroid */
    STORE_UPRN,
    STORE_POSTCODE,
    STORE_OUTWARD,
    STORE_NOWHERE
};
const char *store_coord_source_name(enum store_coord_source c);

struct store_row {
    int64_t version;         /* this version's number in the store */
    const char *key;         /* the key values joined by U+001F */
    struct tr_digest digest; /* of all content; equal means unchanged */
    enum tr_tier tier;
    long source_row; /* line or row number in the file it first came from */
    int64_t load_from, load_to; /* load_to 0: still current */
    int64_t missing_from; /* the load whose source no longer had it; 0: none */

    enum store_coord_source coord_source;
    int32_t precision_m; /* 0 when there is no position */
    bool has_position;   /* false: `position` means nothing */
    struct tr_position position;
    enum tr_tier position_tier; /* above the row's own when it was derived for a
                                   row that its owner left blank */
    /* An area assigned without a point ("M33" lies 95 % in one): its outward
     * code, whose areas the postcodes layer gives. NULL: none. */
    const char *outward;

    const unsigned char *geometry; /* tr_geometry_encode(); NULL: none */
    size_t geometry_len;
    const unsigned char *record; /* tr_record_write() */
    size_t record_len;
};

enum store_severity { STORE_ERROR, STORE_WARNING, STORE_NOTE };

struct store_issue {
    const char *file;   /* as the profile calls it */
    long row;           /* 0: the whole file */
    const char *column; /* theirs; "" when none */
    const char *value;  /* as supplied; "" when none */
    const char *type;   /* "invalid postcode": planning.data.gov.uk's word */
    enum store_severity severity; /* error: the row was refused; warning: the
                                     value was; note: nothing was lost */
    const char *message;
};

/* ---- writing a load ---- */

struct store_loading; /* a load in progress; one per store at a time */

enum store_outcome { STORE_ADDED, STORE_CHANGED, STORE_UNCHANGED };

/* Begin. `info` needs layer_name, profile, source, source_name, schema and the
 * layer's place and kind. The layer is made when it is new; TR_ECONFIG when it
 * is there as another kind or of another place. TR_EBUSY when another process
 * is loading: the message says since when. */
enum tr_status store_load_begin(struct store *s, const char *place,
                                enum store_kind kind,
                                const struct store_load *info,
                                struct store_loading **out,
                                struct tr_error *err);

/* One accepted row, each key once (TR_EDATA where that is noticed). Compared by
 * digest with the layer's current version of that key; written only when it
 * differs, or when that one was marked as missing: it is changed then. After a
 * failure the load can only be aborted. */
enum tr_status store_load_row(struct store_loading *l,
                              const struct store_row *row,
                              enum store_outcome *outcome,
                              struct tr_error *err);
enum tr_status store_load_issue(struct store_loading *l,
                                const struct store_issue *issue,
                                struct tr_error *err);

/* So far: rows added, changed, unchanged, and current rows not seen yet
 * (without those that an earlier load missed already). */
void store_load_counts(const struct store_loading *l, long *added,
                       long *changed, long *unchanged, long *unseen);

/* Mark the rows not seen as missing from the source, record `info`'s counts
 * (added, changed, unchanged and vanished are the store's own) and make the
 * load visible. When nothing at all differs - rows, issues, profile, schema -
 * the load leaves no trace and `*changed_anything` is false. The profile must
 * be among the documents by now (TR_EINVAL). Ends `l` whatever happens. */
enum tr_status store_load_commit(struct store_loading *l,
                                 const struct store_load *info,
                                 bool *changed_anything, struct tr_error *err);
/* Take everything back. Ends `l`. NULL is a no-op. */
void store_load_abort(struct store_loading *l);

/* ---- reading rows and issues ---- */

typedef enum tr_status (*store_row_fn)(void *context,
                                       const struct store_row *row,
                                       struct tr_error *err);

/* The rows that a layer shows at load `load` (0: its current one), by version
 * number: the order in which they were written, so a row that changed comes
 * after those that did not. load_to may name a later load; missing_from never
 * does. Stops at the first failure of `fn` and returns it. */
enum tr_status store_read_rows(struct store *s, int64_t layer, int64_t load,
                               store_row_fn fn, void *context,
                               struct tr_error *err);

/* The same rows in parts, for several threads. store_rows_range() gives the
 * lowest and the highest version number of a layer (1 and 0: it has none);
 * store_read_slice() the rows among first..last of one layer that it shows at
 * its finished load `load`, without digest and load_to. */
enum tr_status store_rows_range(struct store *s, int64_t layer, int64_t *first,
                                int64_t *last, struct tr_error *err);
enum tr_status store_read_slice(struct store *s, int64_t load, int64_t first,
                                int64_t last, store_row_fn fn, void *context,
                                struct tr_error *err);
/* Another connection for another thread, which reads what `s` reads between
 * store_begin_read() and store_end_read(); closed before that ends. TR_EBUSY at
 * once when a writer waits to commit: it goes first, so read with `s` alone. */
enum tr_status store_open_beside(struct store *s, struct store **out,
                                 struct tr_error *err);

typedef enum tr_status (*store_issue_fn)(void *context,
                                         const struct store_issue *issue,
                                         struct tr_error *err);
enum tr_status store_read_issues(struct store *s, int64_t load,
                                 store_issue_fn fn, void *context,
                                 struct tr_error *err);

/* ---- classification runs ---- */

struct store_run {
    int64_t id;
    int64_t created;      /* instant */
    const char *audience; /* "public", "partnership", "operator", "partner:X" */
    struct tr_digest rules; /* a document */
    const char *rules_name; /* "open-data 1" */
    const char *scope;      /* CQL2, "" for all sites */
    int32_t as_of;
    int64_t seed;
    long draws;
    const char *inputs;        /* JSON: every load that was read, by layer */
    struct tr_digest snapshot; /* the version that was classified */
    struct tr_digest results;  /* of all result rows, in site order */
    long n_sites;
    bool adopted; /* it is its audience's current one (filled when read) */
};

struct store_result {
    const char *site_id;
    const char *class_name;
    const char *data; /* JSON: scores, gates, contributions, what is missing */
};

/* A run appears whole or not at all. Its rules must be among the documents
 * (TR_ENOTFOUND); a site has one result (TR_EINVAL). */
enum tr_status store_save_run(struct store *s, const struct store_run *run,
                              const struct store_result *results, size_t n,
                              int64_t *id, struct tr_error *err);
enum tr_status store_runs(struct store *s, struct tr_arena *a,
                          const struct store_run **out, size_t *n,
                          struct tr_error *err); /* newest first */
enum tr_status store_run(struct store *s, int64_t id, struct tr_arena *a,
                         const struct store_run **out, struct tr_error *err);
typedef enum tr_status (*store_result_fn)(void *context,
                                          const struct store_result *result,
                                          struct tr_error *err);
enum tr_status store_read_results(struct store *s, int64_t run,
                                  store_result_fn fn, void *context,
                                  struct tr_error *err); /* by site_id */
/* Make a run its audience's current one (append-only: who adopted what when is
 * kept). TR_EDATA for a run over a part that the current one goes beyond. The adopted run of an audience, 0 when there is none. */
enum tr_status store_adopt_run(struct store *s, int64_t run,
                               struct tr_error *err);
/* Every run that was ever adopted, by any audience, a run as often as it was. */
enum tr_status store_adoptions(struct store *s, struct tr_arena *a,
                               const int64_t **out, size_t *n,
                               struct tr_error *err);
enum tr_status store_adopted_run(struct store *s, const char *audience,
                                 int64_t *run, struct tr_error *err);

/* ---- keeping it safe ---- */

/* Online copy to a new file, checked by reading it back, fsynced, renamed into
 * place. Restore keeps an existing store beside it as PATH.before-restore
 * (TR_ECREATE when one is there already) and puts the copy's content in its
 * place, for those too who have it open; a damaged one is moved away. */
enum tr_status store_backup(struct store *s, const char *path,
                            struct tr_error *err);
enum tr_status store_restore(const char *from, const char *to,
                             struct tr_error *err);

/* For doctor: integrity check, journal mode, sizes, as sentences. */
typedef void (*store_report_fn)(void *context, bool good, const char *what);
enum tr_status store_check(struct store *s, store_report_fn fn, void *context,
                           struct tr_error *err);

#endif
