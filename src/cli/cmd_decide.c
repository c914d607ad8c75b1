/* cmd_decide.c - record one step of a decision about a site's class. */
#include <string.h>

#include "cli/cli.h"
#include "store/ledger.h"

struct attached { /* papers that were given; without a name: not */
    struct ledger_paper gap, equality;
};

/* "gap=FILE", or several with commas between them; a file's name may hold
 * commas that no such word follows. */
static const char *next_attachment(const char *text)
{
    for (const char *p = text; (p = strchr(p, ',')); p++) {
        if (strncmp(p + 1, "gap=", 4) == 0 ||
            strncmp(p + 1, "equality=", 9) == 0)
            return p;
    }
    return NULL;
}

static enum tr_status attach_one(struct cli *cli, const char *text,
                                 struct attached *to, struct tr_error *err)
{
    const char *file = strchr(text, '='), *slash;
    bool gap = strncmp(text, "gap=", 4) == 0;
    struct ledger_paper *p = gap ? &to->gap : &to->equality;

    if (!file || (!gap && strncmp(text, "equality=", 9) != 0))
        return tr_fail(err, TR_EINVAL,
                       "--attach is gap=FILE or equality=FILE, not '%.60s'",
                       text);
    if (p->name)
        return tr_fail(err, TR_EINVAL, "--attach names '%.10s' twice", text);
    slash = strrchr(file, '/');
    p->name = slash ? slash + 1 : file + 1;
    return cli_read(file + 1, LEDGER_MAX_PAPER, cli->arena, &p->bytes, &p->len,
                    err);
}

static enum tr_status attach(struct cli *cli, const char *text,
                             struct attached *to, struct tr_error *err)
{
    enum tr_status st = TR_OK;

    while (!st && text) {
        const char *comma = next_attachment(text);
        const char *one = tr_arena_text(
            cli->arena, text, comma ? (size_t)(comma - text) : strlen(text));

        st = one ? attach_one(cli, one, to, err)
                 : tr_fail(err, TR_ENOMEM, "no memory left");
        text = comma ? comma + 1 : NULL;
    }
    return st;
}

/* An owner speaks for the organisation that the register says owns the site. */
static enum tr_status check_owner(struct cli *cli, struct ledger_decision *d,
                                  struct tr_error *err)
{
    const struct tr_snapshot *s;
    enum tr_status st;

    if (!d->organisation)
        return TR_OK;
    if (strcmp(d->role, "owner") != 0)
        return tr_fail(err, TR_EINVAL,
                       "--organisation is the owner's: --as "
                       "owner");
    cli->audience = "operator";
    st = cli_snapshot(cli, "operator", TR_NO_DATE, &s, err);
    return st ? st
              : ledger_check_owner(s, d->site, d->organisation,
                                   &d->organisation, err);
}

static enum tr_status record(struct cli *cli, struct ledger_decision *d,
                             struct tr_error *err)
{
    struct store *store;
    int64_t sequence = 0;
    enum tr_status st = check_owner(cli, d, err);

    if (!st)
        st = cli_store(cli, STORE_WRITE, &store, err);
    if (!st)
        st = snapshot_today(store, &d->today, err);
    if (!st)
        st = ledger_decide(store, d, &sequence, err);
    if (!st && cli->json)
        printf("{\"entry\":%lld,\"step\":\"%s\"}\n", (long long)sequence,
               ledger_step_name(d->step));
    else if (!st)
        printf("entry %lld: %s of %s\n", (long long)sequence,
               ledger_step_name(d->step), d->site);
    return st;
}

enum tr_status cmd_decide(struct cli *cli, int argc, char **argv,
                          struct tr_error *err)
{
    struct ledger_decision d = { .review = TR_NO_DATE };
    const char *step = NULL, *papers = NULL, *review = NULL, *run = NULL;
    const struct cli_option options[] = {
        { "step", "STEP", "one of those below", &step, NULL },
        { "as", "ROLE", "operator, planner, owner, operations or board",
          &d.role, NULL },
        { "name", "NAME", "of the person; it can be erased", &d.name, NULL },
        { "organisation", "CODE", "owner: for whom; the one that owns the site",
          &d.organisation, NULL },
        { "class", "C", "of an override; else what you expect", &d.class_name,
          NULL },
        { "reason", "TEXT", "why; it can be erased", &d.reason, NULL },
        { "public-reason", "TEXT", "published: why, for everybody to read",
          &d.public_reason, NULL },
        { "minute", "REF", "the board's minute", &d.minute, NULL },
        { "review", "DATE", "until when an override holds", &review, NULL },
        { "run", "N", "the run that it rests on (default: the adopted one)",
          &run, NULL },
        { "attach", "KIND=FILE", "gap=FILE,equality=FILE: a surplus needs both",
          &papers, NULL },
    };
    struct attached attached = { .gap = { NULL, NULL, 0 } };
    struct cli_arguments rest;
    long long number = 0;
    enum tr_status st =
        cli_parse(cli_command_named("decide"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);

    if (!st && (rest.n != 1 || !step || !d.role))
        st = tr_fail(err, TR_EINVAL,
                     "say which site and what: decide SITE --step STEP --as "
                     "ROLE --name NAME");
    if (!st && !ledger_step_parse(step, &d.step))
        st = tr_fail(err, TR_EINVAL,
                     "--step is draft, owner-agreed, disputed, signed, "
                     "published, override or withdraw-override, not '%.60s'",
                     step);
    if (!st)
        st = cli_date("review", review, &d.review, err);
    if (!st)
        st = cli_number("run", run, 1, INT64_MAX, &number, err);
    if (!st)
        st = attach(cli, papers, &attached, err);
    if (st)
        return st;
    d.site = rest.list[0];
    d.run = number;
    d.gap = attached.gap.name ? &attached.gap : NULL;
    d.equality = attached.equality.name ? &attached.equality : NULL;
    return record(cli, &d, err);
}
