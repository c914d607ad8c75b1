/* ledger_append.h - how the files of this folder add an entry, and how the
 * ledger's own files reach its rows. Not for others. */
#ifndef STORE_LEDGER_APPEND_H
#define STORE_LEDGER_APPEND_H

#include "store/ledger.h"

#define LEDGER_SALT_BYTES 16
#define LEDGER_MAX_FACTS  24

struct ledger_pair {
    const char *key, *text; /* NULL text: left out */
};

struct ledger_draft {
    enum ledger_kind kind;
    const char *role;                           /* NULL: operator */
    const char *name, *note;                    /* NULL or "": none */
    const char *site;                           /* NULL: not about one */
    struct ledger_pair facts[LEDGER_MAX_FACTS]; /* those with a key */
};

/* Add a fact: a text, a number, a digest in hexadecimal. The draft borrows
 * texts; numbers and digests live in `a`. A full arena is found by
 * ledger_append(): it fails with TR_ENOMEM. */
void ledger_put(struct ledger_draft *d, const char *key, const char *text);
void ledger_put_number(struct ledger_draft *d, const char *key, int64_t v,
                       struct tr_arena *a);
void ledger_put_digest(struct ledger_draft *d, const char *key,
                       const struct tr_digest *v, struct tr_arena *a);

/* Add the entry to the chain. The caller is inside a transaction that writes,
 * which therefore holds the end of the chain. */
enum tr_status ledger_append(struct store *s, const struct ledger_draft *d,
                             int64_t *sequence, struct tr_error *err);

/* ---- rows, as they lie in the store (sqlite_ledger.c) ---- */

struct ledger_secret { /* a name or a note beside the chain */
    const char *text;  /* NULL: none */
    unsigned char salt[LEDGER_SALT_BYTES];
};

struct ledger_row {
    int64_t sequence;
    struct tr_digest previous, digest;
    const char *kind, *site, *content;
    size_t content_len;
    struct ledger_secret name, note;
};

typedef enum tr_status (*ledger_row_fn)(void *context,
                                        const struct ledger_row *row,
                                        struct tr_error *err);
enum tr_status ledger_read_rows(struct store *s,
                                const struct ledger_wanted *wanted,
                                ledger_row_fn fn, void *context,
                                struct tr_error *err);
/* Within a transaction. */
enum tr_status ledger_add_row(struct store *s, const struct ledger_row *row,
                              struct tr_error *err);
enum tr_status ledger_erase_secrets(struct store *s, int64_t sequence,
                                    int64_t *erased, struct tr_error *err);
/* How many secrets there are, of any entry. */
enum tr_status ledger_count_secrets(struct store *s, int64_t *out,
                                    struct tr_error *err);

/* A transaction that writes, with erased bytes overwritten in the file. */
enum tr_status ledger_begin(struct store *s, struct tr_error *err);
enum tr_status ledger_finish(struct store *s, enum tr_status st,
                             struct tr_error *err);

/* store_put_document() and store_set_place_document() within a transaction that
 * writes (sqlite_documents.c). */
enum tr_status store_keep_document(struct store *s, const char *kind,
                                   const char *name, const char *text,
                                   size_t len, struct tr_digest *out,
                                   struct tr_error *err);
enum tr_status store_keep_place_document(struct store *s, const char *place,
                                         const char *kind,
                                         const struct tr_digest *digest,
                                         struct tr_error *err);

/* What a run concluded of a site, and its explanation: TR_ENOTFOUND when
 * nothing. */
struct ledger_result {
    const char *class_name, *data;
};
enum tr_status ledger_run_result(struct store *s, int64_t run, const char *site,
                                 struct tr_arena *a, struct ledger_result *out,
                                 struct tr_error *err);

struct tr_digest ledger_salted(const unsigned char salt[LEDGER_SALT_BYTES],
                               const char *text);

/* ---- ledger_standing.c ---- */

/* The standing of one site; `out->site` is NULL when it has no entries. */
enum tr_status ledger_standing_of(struct store *s, const char *site,
                                  struct tr_arena *a,
                                  struct ledger_standing *out,
                                  struct tr_error *err);

#endif
