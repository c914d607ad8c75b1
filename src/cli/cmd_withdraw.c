/* cmd_withdraw.c - take a site back, or bring it back again. */
#include <string.h>

#include "cli/cli.h"
#include "store/ledger.h"

/* The ids of a site's occupations, so that it is known by any of them. */
static const char *members_of(struct cli *cli, const struct tr_snapshot *s,
                              size_t site)
{
    struct tr_buf b;
    const char *text;

    tr_buf_init(&b, (size_t)1024 * 1024);
    for (uint32_t o = s->first_occupation[site];
         o < s->first_occupation[site + 1]; o++) {
        if (b.len)
            tr_buf_byte(&b, ' ');
        tr_buf_str(&b, s->occupations[o].site_id);
    }
    text = tr_buf_text(&b);
    text = text ? tr_arena_text(cli->arena, text, b.len) : NULL;
    tr_buf_clear(&b);
    return text;
}

static enum tr_status check_owner(const struct tr_snapshot *s,
                                  const struct ledger_withdrawal *w,
                                  const char *organisation,
                                  struct tr_error *err)
{
    bool owner = strcmp(w->role, "owner") == 0;
    const char *code;

    if (owner && !organisation)
        return tr_fail(err, TR_EINVAL,
                       "say for which organisation the owner speaks: "
                       "--organisation CODE");
    return owner ? ledger_check_owner(s, w->site, organisation, &code, err)
                 : TR_OK;
}

/* Has the public seen it? Only then is it told that something is gone. */
static enum tr_status see_public(struct cli *cli, struct ledger_withdrawal *w,
                                 struct tr_error *err)
{
    const struct tr_snapshot *s;
    enum tr_status st;

    cli->audience = "public";
    st = cli_snapshot(cli, "public", TR_NO_DATE, &s, err);
    if (!st)
        w->was_public = tr_snapshot_site(s, w->site) != SIZE_MAX;
    return st;
}

static enum tr_status withdraw(struct cli *cli, const char *id,
                               const char *organisation,
                               struct ledger_withdrawal *w,
                               struct tr_error *err)
{
    const struct tr_snapshot *s;
    struct store *store;
    int64_t sequence = 0;
    size_t site;
    enum tr_status st;

    cli->audience = "operator";
    st = cli_snapshot(cli, "operator", TR_NO_DATE, &s, err);
    if (st)
        return st;
    site = tr_snapshot_site(s, id);
    if (site == SIZE_MAX)
        return tr_fail(err, TR_ENOTFOUND, "there is no site '%.60s'", id);
    w->site = s->site_ids[site];
    st = check_owner(s, w, organisation, err);
    if (st)
        return st;
    w->members = members_of(cli, s, site);
    if (!w->members)
        return tr_fail(err, TR_ENOMEM, "no memory left");
    if (!w->undo)
        st = see_public(cli, w, err);
    if (!st)
        st = cli_store(cli, STORE_WRITE, &store, err);
    if (!st)
        st = ledger_withdraw(store, w, &sequence, err);
    if (st)
        return st;
    printf("entry %lld: %s %s\n", (long long)sequence, w->site,
           w->undo ? "is back" : "is withdrawn");
    if (!w->undo)
        cli_note(cli, "no snapshot but the operator's has it from now on%s",
                 w->was_public ? "; export the feeds again: they say that a "
                                 "site was withdrawn, not which"
                               : "");
    return TR_OK;
}

enum tr_status cmd_withdraw(struct cli *cli, int argc, char **argv,
                            struct tr_error *err)
{
    struct ledger_withdrawal w = { .role = "operator" };
    const char *organisation = NULL;
    const struct cli_option options[] = {
        { "reason", "TEXT", "why; never published, it can be erased", &w.reason,
          NULL },
        { "as", "ROLE", "operator (the default), planner, owner ...", &w.role,
          NULL },
        { "organisation", "CODE", "owner: for whom", &organisation, NULL },
        { "name", "NAME", "of the person; it can be erased", &w.name, NULL },
        { "undo", NULL, "bring it back", NULL, &w.undo },
    };
    struct cli_arguments rest;
    enum tr_status st =
        cli_parse(cli_command_named("withdraw"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);

    if (!st && (rest.n != 1 || !w.reason))
        st = tr_fail(err, TR_EINVAL,
                     "say which site and why: withdraw SITE --reason TEXT");
    return st ? st : withdraw(cli, rest.list[0], organisation, &w, err);
}
