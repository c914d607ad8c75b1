/* ledger.c - making an entry and reading it back. See store/ledger.h. */
#include "store/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/ledger_append.h"
#include "terrier/date.h"
#include "terrier/json.h"
#include "terrier/text.h"

#define MAX_CONTENT ((size_t)1024 * 1024)

static const char no_memory[] = "no memory left for the ledger";

const char *ledger_kind_name(enum ledger_kind kind)
{
    static const char *const names[LEDGER_KINDS] = {
        "load", "run", "adopt", "decision", "erase", "withdraw", "tip", "match"
    };

    return names[kind];
}

/* ---- facts ---- */

void ledger_put(struct ledger_draft *d, const char *key, const char *text)
{
    size_t i = 0;

    if (!text || !*text)
        return;
    while (i < LEDGER_MAX_FACTS && d->facts[i].key)
        i++;
    if (i < LEDGER_MAX_FACTS)
        d->facts[i] = (struct ledger_pair){ key, text };
}

/* A key without a text tells ledger_append() that memory ran out. */
static void put_made(struct ledger_draft *d, const char *key, const char *text)
{
    ledger_put(d, key, text ? text : "?");
    for (size_t i = 0; !text && i < LEDGER_MAX_FACTS; i++) {
        if (d->facts[i].key == key)
            d->facts[i].text = NULL;
    }
}

void ledger_put_number(struct ledger_draft *d, const char *key, int64_t v,
                       struct tr_arena *a)
{
    put_made(d, key, tr_arena_printf(a, "%lld", (long long)v));
}

void ledger_put_digest(struct ledger_draft *d, const char *key,
                       const struct tr_digest *v, struct tr_arena *a)
{
    char text[TR_DIGEST_TEXT];

    tr_digest_text(v, text);
    put_made(d, key, tr_arena_text(a, text, TR_DIGEST_TEXT - 1));
}

/* ---- making an entry ---- */

struct tr_digest ledger_salted(const unsigned char salt[LEDGER_SALT_BYTES],
                               const char *text)
{
    struct tr_hasher h;

    tr_hash_init(&h);
    tr_hash_add(&h, salt, LEDGER_SALT_BYTES);
    tr_hash_add(&h, text, strlen(text));
    return tr_hash_end(&h);
}

struct making { /* one entry's content before it is written */
    struct ledger_pair pairs[LEDGER_MAX_FACTS + 9];
    size_t n;
    char sequence[24], at[TR_INSTANT_TEXT];
    char previous[TR_DIGEST_TEXT], name[TR_DIGEST_TEXT], note[TR_DIGEST_TEXT];
};

static void pair(struct making *m, const char *key, const char *text)
{
    m->pairs[m->n++] = (struct ledger_pair){ key, text };
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct ledger_pair *)a)->key,
                  ((const struct ledger_pair *)b)->key);
}

/* The digest of a secret goes into the content, its text beside it. */
static void seal(struct making *m, const char *key, const char *text,
                 struct ledger_secret *out, char digest[TR_DIGEST_TEXT])
{
    if (!text || !*text)
        return;
    out->text = text;
    tr_random_bytes(out->salt, sizeof out->salt);

    struct tr_digest d = ledger_salted(out->salt, text);

    tr_digest_text(&d, digest);
    pair(m, key, digest);
}

/* RFC 8785 orders keys by UTF-16 units: ours are ASCII, whose bytes say the
 * same. */
static enum tr_status write_content(struct making *m, struct tr_buf *out,
                                    struct tr_error *err)
{
    struct tr_json j;

    qsort(m->pairs, m->n, sizeof *m->pairs, by_key);
    tr_json_init(&j, out);
    tr_json_open_map(&j);
    for (size_t i = 0; i < m->n; i++) {
        size_t len = m->pairs[i].text ? strlen(m->pairs[i].text) : 0;

        if (!m->pairs[i].text)
            return tr_fail(err, TR_ENOMEM, no_memory);
        if (tr_text_valid(m->pairs[i].text, len) != len)
            return tr_fail(err, TR_EINVAL, "the %s is not UTF-8 text",
                           m->pairs[i].key);
        tr_json_put_text(&j, m->pairs[i].key, m->pairs[i].text);
    }
    tr_json_close_map(&j);
    return tr_buf_status(out, "an entry of the ledger", err);
}

static enum tr_status check_secret(const char *what, const char *text,
                                   size_t most, struct tr_error *err)
{
    size_t len = text ? strlen(text) : 0;

    if (len > most)
        return tr_fail(err, TR_ELIMIT, "the %s may have %zu bytes, it has %zu",
                       what, most, len);
    if (len && tr_text_valid(text, len) != len)
        return tr_fail(err, TR_EINVAL, "the %s is not UTF-8 text", what);
    return TR_OK;
}

static enum tr_status make_row(struct making *m, const struct ledger_draft *d,
                               struct ledger_row *row, struct tr_buf *content,
                               struct tr_error *err)
{
    tr_instant_text(tr_instant_now(), m->at);
    tr_digest_text(&row->previous, m->previous);
    snprintf(m->sequence, sizeof m->sequence, "%lld", (long long)row->sequence);
    pair(m, "sequence", m->sequence);
    pair(m, "previous", m->previous);
    pair(m, "kind", ledger_kind_name(d->kind));
    pair(m, "at", m->at);
    pair(m, "role", d->role && *d->role ? d->role : "operator");
    if (d->site && *d->site)
        pair(m, "site", d->site);
    seal(m, "name", d->name, &row->name, m->name);
    seal(m, "note", d->note, &row->note, m->note);
    for (size_t i = 0; i < LEDGER_MAX_FACTS && d->facts[i].key; i++)
        pair(m, d->facts[i].key, d->facts[i].text);

    enum tr_status st = write_content(m, content, err);

    if (st)
        return st;
    row->kind = ledger_kind_name(d->kind);
    row->site = d->site ? d->site : "";
    row->content = tr_buf_text(content);
    row->content_len = content->len;
    row->digest = tr_hash_bytes(content->data, content->len);
    return TR_OK;
}

enum tr_status ledger_append(struct store *s, const struct ledger_draft *d,
                             int64_t *sequence, struct tr_error *err)
{
    struct making m = { .n = 0 };
    struct ledger_row row = { 0 };
    struct tr_buf content;
    enum tr_status st = check_secret("name", d->name, LEDGER_MAX_NAME, err);

    if (!st)
        st = check_secret("reason", d->note, LEDGER_MAX_NOTE, err);
    if (!st)
        st = ledger_end(s, &row.sequence, &row.previous, err);
    if (st)
        return st;
    row.sequence++;
    tr_buf_init(&content, MAX_CONTENT);
    st = make_row(&m, d, &row, &content, err);
    if (!st)
        st = ledger_add_row(s, &row, err);
    tr_buf_clear(&content);
    if (!st && sequence)
        *sequence = row.sequence;
    return st;
}

/* ---- reading ---- */

const char *ledger_fact(const struct ledger_entry *e, const char *key)
{
    const struct tr_node *n = tr_node_get(e->facts, key);

    return n && n->kind == TR_NODE_TEXT ? n->text : "";
}

struct reading {
    struct tr_arena arena; /* of one entry */
    ledger_fn fn;
    void *context;
};

static enum tr_status read_row(void *context, const struct ledger_row *row,
                               struct tr_error *err)
{
    struct reading *r = context;
    struct ledger_entry e = {
        .sequence = row->sequence,
        .previous = row->previous,
        .digest = row->digest,
        .content = row->content,
        .name = row->name.text,
        .note = row->note.text,
    };

    tr_arena_clear(&r->arena);
    if (tr_json_parse(row->content, row->content_len, "entry", &r->arena,
                      &e.facts, NULL) ||
        e.facts->kind != TR_NODE_MAP)
        return tr_fail(err, TR_EDATA,
                       "entry %lld of the ledger is damaged; see 'terrier "
                       "ledger verify' and restore a backup",
                       (long long)row->sequence);
    e.kind = ledger_fact(&e, "kind");
    e.at = ledger_fact(&e, "at");
    e.role = ledger_fact(&e, "role");
    e.site = ledger_fact(&e, "site");
    e.has_name = tr_node_get(e.facts, "name");
    e.has_note = tr_node_get(e.facts, "note");
    return r->fn(r->context, &e, err);
}

enum tr_status ledger_read(struct store *s, const struct ledger_wanted *wanted,
                           ledger_fn fn, void *context, struct tr_error *err)
{
    struct reading r = { .fn = fn, .context = context };
    enum tr_status st;

    tr_arena_init(&r.arena, MAX_CONTENT * 8);
    st = ledger_read_rows(s, wanted, read_row, &r, err);
    tr_arena_clear(&r.arena);
    return st;
}

/* ---- erasing ---- */

enum tr_status ledger_erase(struct store *s, const struct ledger_erasure *e,
                            int64_t *sequence, struct tr_error *err)
{
    char number[24];
    struct ledger_draft d = { .kind = LEDGER_ERASE,
                              .role = e->role,
                              .name = e->name,
                              .note = e->reason };
    int64_t erased = 0;
    enum tr_status st = ledger_begin(s, err);

    if (st)
        return st;
    snprintf(number, sizeof number, "%lld", (long long)e->entry);
    ledger_put(&d, "entry", number);
    st = ledger_erase_secrets(s, e->entry, &erased, err);
    if (!st && !erased)
        st = tr_fail(err, TR_ENOTFOUND,
                     "entry %lld has no name and no note to erase",
                     (long long)e->entry);
    if (!st)
        st = ledger_append(s, &d, sequence, err);
    return ledger_finish(s, st, err);
}
