/* ledger_tip.c - the end of the chain as a signed line that partners keep.
 *
 * What is signed is the line's own JSON without "signature". */
#include <stdio.h>
#include <string.h>

#include "store/ledger.h"
#include "store/ledger_append.h"
#include "terrier/date.h"
#include "terrier/json.h"
#include "terrier/text.h"

#define MAX_TIP 4096

static void put_digest(struct tr_json *j, const char *key,
                       const struct tr_digest *d)
{
    char text[TR_DIGEST_TEXT];

    tr_digest_text(d, text);
    tr_json_put_text(j, key, text);
}

/* Keys in order, values as texts: RFC 8785, like the entries. */
static void write_tip(struct tr_buf *b, const struct ledger_tip *t,
                      const char *signature)
{
    char sequence[24], key[TR_PUBLIC_KEY_TEXT];
    struct tr_json j;

    snprintf(sequence, sizeof sequence, "%lld", (long long)t->sequence);
    tr_hex_write(t->key, sizeof t->key, key);
    tr_json_init(&j, b);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "at", t->at);
    put_digest(&j, "digest", &t->digest);
    put_digest(&j, "first", &t->first);
    tr_json_put_text(&j, "key", key);
    tr_json_put_text(&j, "sequence", sequence);
    if (signature)
        tr_json_put_text(&j, "signature", signature);
    tr_json_close_map(&j);
}

/* ---- giving one out ---- */

static enum tr_status first_digest(void *context, const struct ledger_row *row,
                                   struct tr_error *err)
{
    struct tr_digest *first = context;

    (void)err;
    *first = row->digest;
    return TR_OK;
}

static enum tr_status note_tip(struct store *s, const struct tr_sign_key *key,
                               struct ledger_tip *t, struct tr_error *err)
{
    const struct ledger_wanted one = { .until = 1 };
    struct ledger_draft d = { .kind = LEDGER_TIP };
    char hex[TR_PUBLIC_KEY_TEXT];
    enum tr_status st = ledger_begin(s, err);

    if (st)
        return st;
    tr_hex_write(key->public_, sizeof key->public_, hex);
    ledger_put(&d, "key", hex);
    st = ledger_append(s, &d, NULL, err);
    if (!st)
        st = ledger_end(s, &t->sequence, &t->digest, err);
    if (!st)
        st = ledger_read_rows(s, &one, first_digest, &t->first, err);
    return ledger_finish(s, st, err);
}

enum tr_status ledger_make_tip(struct store *s, const struct tr_sign_key *key,
                               struct tr_arena *a, const char **text,
                               struct ledger_tip *out, struct tr_error *err)
{
    unsigned char signature[TR_SIGNATURE_BYTES];
    char hex[TR_SIGNATURE_TEXT];
    struct ledger_tip t = { 0 };
    struct tr_buf b;
    enum tr_status st = note_tip(s, key, &t, err);

    if (st)
        return st;
    tr_instant_text(tr_instant_now(), t.at);
    memcpy(t.key, key->public_, sizeof t.key);
    tr_buf_init(&b, MAX_TIP);
    write_tip(&b, &t, NULL);
    tr_sign(key, b.data, b.len, signature);
    tr_hex_write(signature, sizeof signature, hex);
    tr_buf_reset(&b);
    write_tip(&b, &t, hex);
    tr_buf_byte(&b, '\n');
    st = tr_buf_status(&b, "the tip", err);
    if (!st && !(*text = tr_arena_text(a, (const char *)b.data, b.len)))
        st = tr_fail(err, TR_ENOMEM, "no memory left for the tip");
    tr_buf_clear(&b);
    if (!st)
        *out = t;
    return st;
}

/* ---- checking one ---- */

static const char *text_of(const struct tr_node *map, const char *key)
{
    const struct tr_node *n = tr_node_get(map, key);

    return n && n->kind == TR_NODE_TEXT ? n->text : "";
}

static bool parse_tip(const struct tr_node *map, struct ledger_tip *t,
                      unsigned char signature[TR_SIGNATURE_BYTES])
{
    const char *at = text_of(map, "at");
    long long sequence = 0;

    if (!tr_text_to_int(text_of(map, "sequence"), &sequence) || sequence < 1 ||
        strlen(at) >= sizeof t->at)
        return false;
    t->sequence = sequence;
    memcpy(t->at, at, strlen(at) + 1);
    return tr_hex_read(text_of(map, "digest"), t->digest.bytes,
                       TR_DIGEST_BYTES) &&
           tr_hex_read(text_of(map, "first"), t->first.bytes,
                       TR_DIGEST_BYTES) &&
           tr_hex_read(text_of(map, "key"), t->key, sizeof t->key) &&
           tr_hex_read(text_of(map, "signature"), signature,
                       TR_SIGNATURE_BYTES);
}

enum tr_status ledger_read_tip(const char *text, size_t len,
                               struct ledger_tip *out, struct tr_error *err)
{
    unsigned char signature[TR_SIGNATURE_BYTES];
    struct ledger_tip t = { 0 };
    const struct tr_node *map;
    struct tr_arena a;
    struct tr_buf b;

    tr_arena_init(&a, (size_t)1024 * 1024);

    bool good = len <= MAX_TIP &&
                !tr_json_parse(text, len, "tip", &a, &map, NULL) &&
                parse_tip(map, &t, signature);

    tr_arena_clear(&a);
    if (!good)
        return tr_fail(err, TR_EDATA, "this is not a tip of 'ledger tip'");
    tr_buf_init(&b, MAX_TIP);
    write_tip(&b, &t, NULL);
    good = !tr_buf_status(&b, "the tip", NULL) &&
           tr_sign_check(t.key, b.data, b.len, signature);
    tr_buf_clear(&b);
    if (!good)
        return tr_fail(err, TR_EDATA,
                       "the tip's signature is not that of its key: it was "
                       "changed");
    *out = t;
    return TR_OK;
}
