/* ledger_verify.c - is the chain whole, and is it the one that was signed? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/ledger.h"
#include "store/ledger_append.h"
#include "terrier/text.h"

struct checking {
    int64_t n; /* entries so far */
    struct tr_digest last;
    const struct ledger_tip *tip;
    int64_t secrets; /* found beside the chain so far */
    /* Per entry from 1 on: what is wrong with its texts if no later entry says
     * that they were erased. */
    unsigned char *lost;
    size_t size;
    struct tr_arena a; /* of one entry */
};

enum { HAS_ALL, LOST_SOME, LOST_ALL, ERASED };

static bool same(const struct tr_digest *a, const struct tr_digest *b)
{
    return memcmp(a->bytes, b->bytes, TR_DIGEST_BYTES) == 0;
}

static enum tr_status wrong(const struct ledger_row *row, const char *what,
                            struct tr_error *err)
{
    return tr_fail(err, TR_EDATA, "entry %lld of the ledger %s",
                   (long long)row->sequence, what);
}

static const char *text_of(const struct tr_node *facts, const char *key)
{
    const struct tr_node *n = tr_node_get(facts, key);

    return n && n->kind == TR_NODE_TEXT ? n->text : "";
}

/* ---- one entry ---- */

static enum tr_status check_place(const struct checking *c,
                                  const struct ledger_row *row,
                                  struct tr_error *err)
{
    struct tr_digest d = tr_hash_bytes(row->content, row->content_len);

    if (row->sequence != c->n + 1)
        return tr_fail(err, TR_EDATA, "entry %lld of the ledger is missing",
                       (long long)c->n + 1);
    if (!same(&row->previous, &c->last))
        return wrong(row, "does not follow the one before it", err);
    if (!same(&row->digest, &d))
        return wrong(row, "was changed: its content has another digest", err);
    return TR_OK;
}

/* The columns are copies of what the content says. */
static enum tr_status check_copies(const struct ledger_row *row,
                                   const struct tr_node *facts,
                                   struct tr_error *err)
{
    char previous[TR_DIGEST_TEXT], sequence[24];

    tr_digest_text(&row->previous, previous);
    snprintf(sequence, sizeof sequence, "%lld", (long long)row->sequence);
    if (strcmp(text_of(facts, "sequence"), sequence) != 0)
        return wrong(row, "stands in another's place", err);
    if (strcmp(text_of(facts, "previous"), previous) != 0)
        return wrong(row, "names another entry before it", err);
    if (strcmp(text_of(facts, "kind"), row->kind) != 0)
        return wrong(row, "is kept as one of another kind", err);
    if (strcmp(text_of(facts, "site"), row->site) != 0)
        return wrong(row, "is kept as one of another site", err);
    return TR_OK;
}

/* Counts what there is, and what should be: an entry of neither lost nothing.
 */
static enum tr_status check_secret(struct checking *c,
                                   const struct ledger_row *row,
                                   const struct tr_node *facts,
                                   const char *field, int counts[2],
                                   struct tr_error *err)
{
    const struct ledger_secret *secret =
        strcmp(field, "name") == 0 ? &row->name : &row->note;
    const char *want = text_of(facts, field);
    char is[TR_DIGEST_TEXT];
    struct tr_digest d;

    counts[0] += *want != '\0';
    if (!secret->text)
        return TR_OK;
    d = ledger_salted(secret->salt, secret->text);
    tr_digest_text(&d, is);
    if (strcmp(is, want) != 0)
        return tr_fail(err, TR_EDATA,
                       "the %s of entry %lld of the ledger was changed", field,
                       (long long)row->sequence);
    counts[1]++;
    c->secrets++;
    return TR_OK;
}

static enum tr_status note_lost(struct checking *c, int wanted, int found,
                                struct tr_error *err)
{
    if ((size_t)c->n >= c->size) {
        size_t size = c->size ? c->size * 2 : 1024;
        unsigned char *lost = realloc(c->lost, size);

        if (!lost)
            return tr_fail(err, TR_ENOMEM, "no memory left for the ledger");
        c->lost = lost;
        c->size = size;
    }
    c->lost[c->n] = wanted == found ? HAS_ALL : found ? LOST_SOME : LOST_ALL;
    return TR_OK;
}

static enum tr_status note_erased(struct checking *c,
                                  const struct ledger_row *row,
                                  const struct tr_node *facts,
                                  struct tr_error *err)
{
    long long entry = 0;

    if (strcmp(row->kind, ledger_kind_name(LEDGER_ERASE)) != 0)
        return TR_OK;
    if (!tr_text_to_int(text_of(facts, "entry"), &entry) || entry < 1 ||
        entry > c->n)
        return wrong(row, "erases an entry that is not before it", err);
    if (c->lost[entry - 1] != LOST_ALL)
        return tr_fail(err, TR_EDATA,
                       "entry %lld of the ledger was erased, but its texts are "
                       "there",
                       entry);
    c->lost[entry - 1] = ERASED;
    return TR_OK;
}

static enum tr_status check_tip(const struct checking *c,
                                const struct ledger_row *row,
                                struct tr_error *err)
{
    if (!c->tip)
        return TR_OK;
    if (row->sequence == 1 && !same(&row->digest, &c->tip->first))
        return tr_fail(err, TR_EDATA,
                       "the tip is of another ledger: its first entry is not "
                       "this one's");
    if (row->sequence == c->tip->sequence &&
        !same(&row->digest, &c->tip->digest))
        return tr_fail(err, TR_EDATA,
                       "entry %lld of the ledger is not the one that was "
                       "signed: it or one before it was made anew",
                       (long long)row->sequence);
    return TR_OK;
}

static enum tr_status check_row(void *context, const struct ledger_row *row,
                                struct tr_error *err)
{
    struct checking *c = context;
    const struct tr_node *facts = NULL;
    int counts[2] = { 0, 0 };
    enum tr_status st = check_place(c, row, err);

    tr_arena_clear(&c->a);
    if (!st && tr_json_parse(row->content, row->content_len, "entry", &c->a,
                             &facts, NULL))
        st = wrong(row, "is not JSON", err);
    if (!st)
        st = check_copies(row, facts, err);
    if (!st)
        st = check_secret(c, row, facts, "name", counts, err);
    if (!st)
        st = check_secret(c, row, facts, "note", counts, err);
    if (!st)
        st = note_lost(c, counts[0], counts[1], err);
    if (!st)
        st = note_erased(c, row, facts, err);
    if (!st)
        st = check_tip(c, row, err);
    c->n++;
    c->last = row->digest;
    return st;
}

/* ---- all of them ---- */

static enum tr_status check_end(struct store *s, const struct checking *c,
                                struct ledger_proof *out, struct tr_error *err)
{
    int64_t kept = 0;
    enum tr_status st = ledger_count_secrets(s, &kept, err);

    if (st)
        return st;
    out->entries = c->n;
    out->digest = c->last;
    out->erased = 0;
    for (int64_t i = 0; i < c->n; i++) {
        out->erased += c->lost[i] == ERASED;
        if (c->lost[i] == LOST_SOME || c->lost[i] == LOST_ALL)
            return tr_fail(err, TR_EDATA,
                           "entry %lld of the ledger has lost its name or its "
                           "note, and no entry says that it was erased",
                           (long long)i + 1);
    }
    if (kept != c->secrets)
        return tr_fail(err, TR_EDATA,
                       "%lld names or notes lie beside the ledger that no "
                       "entry has",
                       (long long)(kept - c->secrets));
    if (c->tip && c->n < c->tip->sequence)
        return tr_fail(err, TR_EDATA,
                       "the ledger ends with entry %lld, the signed tip is "
                       "entry %lld: entries were cut off",
                       (long long)c->n, (long long)c->tip->sequence);
    return TR_OK;
}

enum tr_status ledger_verify(struct store *s, const struct ledger_tip *tip,
                             struct ledger_proof *out, struct tr_error *err)
{
    const struct ledger_wanted all = { 0 };
    struct checking c = { .tip = tip };
    enum tr_status st = store_begin_read(s, err);

    if (st)
        return st;
    tr_arena_init(&c.a, (size_t)64 * 1024 * 1024);
    st = ledger_read_rows(s, &all, check_row, &c, err);
    if (!st)
        st = check_end(s, &c, out, err);
    store_end_read(s);
    tr_arena_clear(&c.a);
    free(c.lost);
    return st;
}
