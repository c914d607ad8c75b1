/* cmd_explain.c - one site's class, with its reasons. */
#include <string.h>

#include "cli/cli.h"
#include "store/ledger.h"
#include "terrier/classify.h"
#include "terrier/site_facts.h"

/* ---- what people decided, for the operator ---- */

static enum tr_status put_entry(void *context, const struct ledger_entry *e,
                                struct tr_error *err)
{
    static const struct {
        const char *key, *words;
    } facts[] = { { "class", "" },           { "organisation", "for " },
                  { "minute", "minute " },   { "review", "until " },
                  { "gap", "gap table " },   { "equality", "equality screen " },
                  { "run", "rests on run " } };
    struct tr_buf *b = context;
    const char *what = ledger_fact(e, "step");

    (void)err;
    if (!b->len)
        tr_buf_str(b, "\nDecisions\n");
    tr_buf_printf(b, "  %.10s  entry %lld: %s by %s", e->at,
                  (long long)e->sequence, *what ? what : e->kind, e->role);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        const char *text = ledger_fact(e, facts[i].key);

        if (*text)
            tr_buf_printf(
                b, ", %s%.*s", facts[i].words,
                facts[i].key[0] == 'g' || facts[i].key[0] == 'e' ? 12 : 200,
                text);
    }
    tr_buf_byte(b, '\n');
    return TR_OK;
}

/* The names and the notes are the ledger's: they can be erased there. */
static enum tr_status put_decisions(struct cli *cli, const char *site,
                                    struct tr_buf *out, struct tr_error *err)
{
    const struct ledger_wanted wanted = { .site = site };
    struct store *store;
    struct tr_buf b;
    enum tr_status st = cli_store(cli, STORE_READ, &store, err);

    if (st)
        return st;
    tr_buf_init(&b, (size_t)16 * 1024 * 1024);
    st = ledger_read(store, &wanted, put_entry, &b, err);
    if (!st)
        tr_buf_add(out, b.data, b.len);
    tr_buf_clear(&b);
    return st;
}

enum tr_status cmd_explain(struct cli *cli, int argc, char **argv,
                           struct tr_error *err)
{
    const struct tr_snapshot *s;
    struct cli_arguments rest;
    struct tr_buf b;
    size_t site;
    enum tr_status st = cli_parse(cli_command_named("explain"), NULL, 0, argc,
                                  argv, &rest, err);

    if (!st && rest.n != 1)
        st = tr_fail(err, TR_EINVAL, "say which site: its id or its name");
    if (!st)
        st = cli_snapshot(cli, "operator", TR_NO_DATE, &s, err);
    if (!st)
        st = cli_site(s, rest.list[0], &site, err);
    if (st)
        return st;
    tr_buf_init(&b, (size_t)16 * 1024 * 1024);
    if (cli->json)
        tr_site_facts_json(s, site, &b);
    else if (s->class_data[site] || *tr_class_reason(s, site))
        st = tr_explain_text(s, site, s->class_data[site], &b, err);
    else
        tr_buf_printf(&b, "%s: %s\n", s->site_ids[site],
                      s->classes[site] == TR_IN_REVIEW
                          ? "in review by its owner"
                      : s->classes[site] == TR_NO_CLASS
                          ? "no adopted run has classified it"
                          : tr_class_name((enum tr_class)s->classes[site]));
    if (!st && !cli->json && strcmp(s->audience.name, "operator") == 0)
        st = put_decisions(cli, s->site_ids[site], &b, err);
    if (!st)
        st = cli_write(NULL, &b, "the explanation", err);
    tr_buf_clear(&b);
    return st;
}
