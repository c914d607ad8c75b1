/* cmd_ledger.c - read the ledger, check it, sign its end, erase a name. */
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "store/ledger.h"
#include "terrier/date.h"
#include "terrier/json.h"
#include "terrier/text.h"

#define MAX_ANSWER ((size_t)1024 * 1024 * 1024)
#define MAX_TIP    65536

struct asked { /* the options */
    const char *site, *tip, *key, *out, *role, *name, *reason, *within;
};

/* ---- reading ---- */

struct listing {
    struct tr_buf b;
    struct tr_json j;
    bool json;
};

static const char *secret(bool has, const char *text)
{
    return text ? text : has ? "(erased)" : "";
}

/* What an entry is about, in a few words. */
static void put_subject(struct tr_buf *b, const struct ledger_entry *e)
{
    static const char *const words[] = { "step",  "class", "do",   "layer",
                                         "entry", "undo",  "match" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *text = ledger_fact(e, words[i]);

        if (*text)
            tr_buf_printf(b, "%s%s%s ", i >= 3 ? words[i] : "",
                          i >= 3 ? " " : "", text);
    }
    if (*ledger_fact(e, "run"))
        tr_buf_printf(b, "run %s ", ledger_fact(e, "run"));
    if (*ledger_fact(e, "load"))
        tr_buf_printf(b, "load %s ", ledger_fact(e, "load"));
    if (*ledger_fact(e, "minute"))
        tr_buf_printf(b, "minute %s ", ledger_fact(e, "minute"));
    if (*ledger_fact(e, "review"))
        tr_buf_printf(b, "review %s ", ledger_fact(e, "review"));
    if (*ledger_fact(e, "organisation"))
        tr_buf_printf(b, "for %s ", ledger_fact(e, "organisation"));
    if (*ledger_fact(e, "gap"))
        tr_buf_printf(b, "gap %.12s ", ledger_fact(e, "gap"));
    if (*ledger_fact(e, "equality"))
        tr_buf_printf(b, "equality %.12s ", ledger_fact(e, "equality"));
}

static void put_json(struct listing *l, const struct ledger_entry *e)
{
    char hex[TR_DIGEST_TEXT];

    tr_digest_text(&e->digest, hex);
    tr_json_open_map(&l->j);
    tr_json_put_text(&l->j, "digest", hex);
    tr_json_key(&l->j, "content");
    tr_json_raw(&l->j, e->content, strlen(e->content));
    if (e->has_name)
        tr_json_put_text(&l->j, "name", e->name);
    if (e->has_note)
        tr_json_put_text(&l->j, "note", e->note);
    tr_json_close_map(&l->j);
}

static enum tr_status list_entry(void *context, const struct ledger_entry *e,
                                 struct tr_error *err)
{
    struct listing *l = context;

    (void)err;
    if (l->json) {
        put_json(l, e);
        return TR_OK;
    }
    tr_buf_printf(&l->b, "%6lld  %s  %-9s %-10s %-18s ", (long long)e->sequence,
                  e->at, e->kind, e->role, e->site);
    put_subject(&l->b, e);
    if (e->has_name)
        tr_buf_printf(&l->b, "by %s ", secret(e->has_name, e->name));
    if (e->has_note)
        tr_buf_printf(&l->b, "- %s", secret(e->has_note, e->note));
    while (l->b.len && l->b.data[l->b.len - 1] == ' ')
        l->b.len--;
    tr_buf_byte(&l->b, '\n');
    return TR_OK;
}

static enum tr_status list_entries(struct cli *cli, const struct asked *o,
                                   struct tr_error *err)
{
    const struct ledger_wanted wanted = { .site = o->site };
    struct listing l = { .json = cli->json };
    struct store *store;
    enum tr_status st = cli_store(cli, STORE_READ, &store, err);

    if (st)
        return st;
    tr_buf_init(&l.b, MAX_ANSWER);
    tr_json_init(&l.j, &l.b);
    if (l.json) {
        tr_json_open_map(&l.j);
        tr_json_key(&l.j, "entries");
        tr_json_open_list(&l.j);
    }
    st = ledger_read(store, &wanted, list_entry, &l, err);
    if (l.json) {
        tr_json_close_list(&l.j);
        tr_json_close_map(&l.j);
        tr_buf_byte(&l.b, '\n');
    }
    if (!st)
        st = cli_write(NULL, &l.b, "the ledger", err);
    tr_buf_clear(&l.b);
    return st;
}

/* ---- what waits ---- */

static void due_json(const struct ledger_due *list, size_t n, struct tr_buf *b)
{
    char date[TR_DATE_TEXT];
    struct tr_json j;

    tr_json_init(&j, b);
    tr_json_open_list(&j);
    for (size_t i = 0; i < n; i++) {
        tr_json_open_map(&j);
        tr_json_put_text(&j, "waits_for", ledger_waits_name(list[i].waits));
        tr_json_put_text(&j, "site_id", list[i].site);
        tr_json_put_text(&j, "class", list[i].class_name);
        tr_json_put_text(&j, "step", ledger_step_name(list[i].step));
        tr_json_put_text(&j, "since", list[i].since);
        tr_json_put_int(&j, "entry", list[i].entry);
        if (list[i].by != TR_NO_DATE) {
            tr_date_text(list[i].by, date);
            tr_json_put_text(&j, "by", date);
        }
        if (*list[i].lacks)
            tr_json_put_text(&j, "lacks", list[i].lacks);
        tr_json_close_map(&j);
    }
    tr_json_close_list(&j);
    tr_buf_byte(b, '\n');
}

static void due_table(const struct ledger_due *list, size_t n, int32_t today,
                      struct tr_buf *b)
{
    char date[TR_DATE_TEXT];

    tr_buf_printf(b, "%-12s %-18s %-15s %-13s %s\n", "waits for", "site",
                  "class", "last step", "since");
    for (size_t i = 0; i < n; i++) {
        tr_buf_printf(b, "%-12s %-18s %-15s %-13s %-11.10s ",
                      ledger_waits_name(list[i].waits), list[i].site,
                      list[i].class_name, ledger_step_name(list[i].step),
                      list[i].since);
        if (list[i].by != TR_NO_DATE) {
            tr_date_text(list[i].by, date);
            tr_buf_printf(b, "override %s %s",
                          list[i].by < today ? "ended on" : "holds until",
                          date);
        }
        if (*list[i].lacks)
            tr_buf_printf(b, "lacks its %s", list[i].lacks);
        while (b->data[b->len - 1] == ' ')
            b->len--;
        tr_buf_byte(b, '\n');
    }
}

static enum tr_status list_due(struct cli *cli, const struct asked *o,
                               struct tr_error *err)
{
    const struct ledger_due *list;
    long long days = 90;
    struct store *store;
    int32_t today;
    struct tr_buf b;
    size_t n;
    enum tr_status st = cli_number("within", o->within, 0, 36500, &days, err);

    if (!st)
        st = cli_store(cli, STORE_READ, &store, err);
    if (!st)
        st = snapshot_today(store, &today, err);
    if (!st)
        st = ledger_due(store, today, (int)days, cli->arena, &list, &n, err);
    if (st)
        return st;
    tr_buf_init(&b, MAX_ANSWER);
    if (cli->json)
        due_json(list, n, &b);
    else
        due_table(list, n, today, &b);
    st = cli_write(NULL, &b, "what is due", err);
    tr_buf_clear(&b);
    return st;
}

/* ---- the papers of a decision ---- */

struct wanted_paper {
    int64_t entry;
    const char *kind;
    bool there;
    struct tr_digest digest;
};

static enum tr_status find_paper(void *context, const struct ledger_entry *e,
                                 struct tr_error *err)
{
    struct wanted_paper *w = context;

    (void)err;
    if (e->sequence == w->entry)
        w->there = tr_hex_read(ledger_fact(e, w->kind), w->digest.bytes,
                               sizeof w->digest.bytes);
    return TR_OK;
}

static enum tr_status write_paper(struct cli *cli, const struct asked *o,
                                  const char *entry, const char *kind,
                                  struct tr_error *err)
{
    struct wanted_paper w = { .kind = kind };
    struct ledger_wanted wanted = { .site = NULL };
    struct store *store;
    const char *text;
    struct tr_buf b;
    long long number;
    size_t len;
    enum tr_status st;

    if (!tr_text_to_int(entry, &number) || number < 1 ||
        (strcmp(kind, "gap") != 0 && strcmp(kind, "equality") != 0))
        return tr_fail(err, TR_EINVAL,
                       "say which: ledger paper ENTRY gap, or ledger paper "
                       "ENTRY equality");
    w.entry = wanted.until = number;
    st = cli_store(cli, STORE_READ, &store, err);
    if (!st)
        st = ledger_read(store, &wanted, find_paper, &w, err);
    if (!st && !w.there)
        st = tr_fail(err, TR_ENOTFOUND, "entry %lld has no paper '%s'", number,
                     kind);
    if (!st)
        st = store_get_document(store, &w.digest, cli->arena, &text, &len, err);
    if (st)
        return st;
    tr_buf_init(&b, len + 1);
    tr_buf_add(&b, text, len);
    st = cli_write(o->out, &b, "the paper", err);
    tr_buf_clear(&b);
    return st;
}

/* ---- keys ---- */

/* The key beside the store, made when a tip is first signed. */
static const char *key_path(struct cli *cli, const struct asked *o)
{
    return o->key ? o->key
                  : tr_arena_printf(cli->arena, "%s.key",
                                    cli->config.values[SETTING_STORE]);
}

static enum tr_status make_key(struct cli *cli, const char *path,
                               struct tr_sign_key *key, struct tr_error *err)
{
    const char *shown = tr_arena_printf(cli->arena, "%s.pub", path);
    enum tr_status st;

    if (!shown)
        return tr_fail(err, TR_ENOMEM, "no memory left");
    tr_sign_key_make(key);
    st = tr_sign_key_write(key, path, true, err);
    if (!st)
        st = tr_sign_key_write(key, shown, false, err);
    if (!st)
        cli_note(cli,
                 "made the key '%s', keep it safe; partners check with '%s'",
                 path, shown);
    return st;
}

static enum tr_status sign_tip(struct cli *cli, const struct asked *o,
                               struct tr_error *err)
{
    const char *path = key_path(cli, o);
    struct tr_sign_key key;
    struct ledger_tip tip;
    struct store *store;
    const char *text;
    struct tr_buf b;
    enum tr_status st;

    if (!o->out)
        return tr_fail(err, TR_EINVAL, "say where: ledger tip --out FILE");
    if (!path)
        return tr_fail(err, TR_ENOMEM, "no memory left");
    st = cli_store(cli, STORE_WRITE, &store, err);
    if (!st)
        st = access(path, F_OK) ? make_key(cli, path, &key, err)
                                : tr_sign_key_read(path, &key, err);
    if (!st && !key.has_secret)
        st = tr_fail(err, TR_EINVAL, "'%s' is a public key: it cannot sign",
                     path);
    if (!st)
        st = ledger_make_tip(store, &key, cli->arena, &text, &tip, err);
    tr_sign_key_wipe(&key);
    if (st)
        return st;
    tr_buf_init(&b, MAX_TIP);
    tr_buf_str(&b, text);
    st = cli_write(o->out, &b, "the tip", err);
    tr_buf_clear(&b);
    if (!st)
        cli_note(cli, "signed entry %lld", (long long)tip.sequence);
    return st;
}

/* ---- checking ---- */

static enum tr_status trust(struct cli *cli, const struct asked *o,
                            const struct ledger_tip *tip, struct tr_error *err)
{
    const char *path = key_path(cli, o);
    struct tr_sign_key key = { .has_secret = false };
    char hex[TR_PUBLIC_KEY_TEXT];
    enum tr_status st;

    if (!path)
        return tr_fail(err, TR_ENOMEM, "no memory left");
    tr_hex_write(tip->key, sizeof tip->key, hex);
    if (!o->key && access(path, F_OK)) {
        cli_note(cli,
                 "signed by the key %s: is it the one that you were given? "
                 "(--key FILE)",
                 hex);
        return TR_OK;
    }
    st = tr_sign_key_read(path, &key, err);
    if (!st && memcmp(key.public_, tip->key, sizeof tip->key) != 0)
        st = tr_fail(err, TR_EDATA, "the tip is signed by %s, not by '%s'", hex,
                     path);
    tr_sign_key_wipe(&key);
    return st;
}

static enum tr_status read_tip(struct cli *cli, const struct asked *o,
                               struct ledger_tip *tip, struct tr_error *err)
{
    const char *text;
    size_t len;
    enum tr_status st = cli_read(o->tip, MAX_TIP, cli->arena, &text, &len, err);

    if (!st)
        st = ledger_read_tip(text, len, tip, err);
    return st ? st : trust(cli, o, tip, err);
}

static void say_proof(struct cli *cli, const struct ledger_proof *p,
                      const struct ledger_tip *tip)
{
    char hex[TR_DIGEST_TEXT];

    tr_digest_text(&p->digest, hex);
    if (cli->json) {
        printf("{\"entries\":%lld,\"erased\":%lld,\"digest\":\"%s\","
               "\"tip\":%lld}\n",
               (long long)p->entries, (long long)p->erased, hex,
               tip ? (long long)tip->sequence : 0);
        return;
    }
    printf("%lld entries, each in its place", (long long)p->entries);
    if (p->erased)
        printf(", %lld erased by an entry", (long long)p->erased);
    if (tip)
        printf("; all that were signed at %s (up to %lld) are there", tip->at,
               (long long)tip->sequence);
    printf("\nthe last is %s\n", hex);
}

static enum tr_status verify(struct cli *cli, const struct asked *o,
                             struct tr_error *err)
{
    struct ledger_proof proof;
    struct ledger_tip tip;
    struct store *store;
    enum tr_status st = cli_store(cli, STORE_READ, &store, err);

    if (!st && o->tip)
        st = read_tip(cli, o, &tip, err);
    if (!st)
        st = ledger_verify(store, o->tip ? &tip : NULL, &proof, err);
    if (!st)
        say_proof(cli, &proof, o->tip ? &tip : NULL);
    return st;
}

/* ---- erasing ---- */

static enum tr_status erase(struct cli *cli, const struct asked *o,
                            const char *text, struct tr_error *err)
{
    struct store *store;
    int64_t sequence = 0;
    long long entry;
    enum tr_status st;

    if (!tr_text_to_int(text, &entry) || entry < 1)
        return tr_fail(err, TR_EINVAL, "'%.60s' is not the number of an entry",
                       text);

    const struct ledger_erasure e = {
        .entry = entry, .role = o->role, .name = o->name, .reason = o->reason
    };

    st = cli_store(cli, STORE_WRITE, &store, err);
    if (!st)
        st = ledger_erase(store, &e, &sequence, err);
    if (st)
        return st;
    printf("entry %lld: the name and the note of entry %lld are erased\n",
           (long long)sequence, entry);
    cli_note(cli, "backups that were made before still hold them");
    return TR_OK;
}

enum tr_status cmd_ledger(struct cli *cli, int argc, char **argv,
                          struct tr_error *err)
{
    struct asked o = { .role = "operator" };
    const struct cli_option options[] = {
        { "site", "ID", "only the entries of this site", &o.site, NULL },
        { "within", "DAYS", "due: overrides that end in so many days (90)",
          &o.within, NULL },
        { "tip", "FILE", "verify: a tip that was signed earlier", &o.tip,
          NULL },
        { "key", "FILE", "tip: the secret key; verify: the key that you trust",
          &o.key, NULL },
        { "out", "FILE", "tip, paper: where it goes", &o.out, NULL },
        { "as", "ROLE", "erase: who acts", &o.role, NULL },
        { "name", "NAME", "erase: of the person", &o.name, NULL },
        { "reason", "TEXT", "erase: why", &o.reason, NULL },
    };
    struct cli_arguments rest;
    const char *verb;
    enum tr_status st =
        cli_parse(cli_command_named("ledger"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);

    if (!st)
        st = cli_operator_only(cli, "the ledger", err);
    if (st)
        return st;
    verb = rest.n ? rest.list[0] : "";
    if (!rest.n)
        return list_entries(cli, &o, err);
    if (strcmp(verb, "due") == 0 && rest.n == 1)
        return list_due(cli, &o, err);
    if (strcmp(verb, "verify") == 0 && rest.n == 1)
        return verify(cli, &o, err);
    if (strcmp(verb, "tip") == 0 && rest.n == 1)
        return sign_tip(cli, &o, err);
    if (strcmp(verb, "paper") == 0 && rest.n == 3)
        return write_paper(cli, &o, rest.list[1], rest.list[2], err);
    if (strcmp(verb, "erase") == 0 && rest.n == 2)
        return erase(cli, &o, rest.list[1], err);
    return tr_fail(
        err, TR_EINVAL,
        "say 'ledger', 'ledger due', 'ledger verify', 'ledger tip --out FILE', "
        "'ledger paper ENTRY gap' or 'ledger erase ENTRY'");
}
