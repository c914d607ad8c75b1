/* cmd_user.c - who may sign in at the server. See store/accounts.h. */
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"
#include "store/accounts.h"
#include "store/ledger.h"
#include "terrier/json.h"
#include "terrier/password.h"
#include "terrier/text.h"

#define MOST_LINE (TR_PASSWORD_MOST + 2)

static void close_accounts(void *p)
{
    accounts_close(p);
}

static enum tr_status open_accounts(struct cli *cli, bool create,
                                    struct accounts **out, struct tr_error *err)
{
    enum tr_status st =
        accounts_open(cli->config.values[SETTING_STORE], create, out, err);

    if (st)
        return st;
    if (tr_arena_defer(cli->arena, close_accounts, *out))
        return tr_fail(err, TR_ENOMEM, "no memory left");
    return TR_OK;
}

/* ---- a password ---- */

static void forget(void *p)
{
    tr_wipe(p, MOST_LINE);
}

static bool read_line(char *line)
{
    size_t n;

    if (!fgets(line, MOST_LINE, stdin))
        return false;
    n = strlen(line);
    if (n && line[n - 1] == '\n')
        line[n - 1] = '\0';
    return true;
}

/* From a terminal twice and unseen; else the first line of the input. */
static enum tr_status read_password(struct cli *cli, char **out,
                                    struct tr_error *err)
{
    char *first = tr_arena_alloc(cli->arena, MOST_LINE);
    char *again = tr_arena_alloc(cli->arena, MOST_LINE);
    bool terminal = isatty(STDIN_FILENO), good;
    struct termios before, unseen;

    if (!first || !again || tr_arena_defer(cli->arena, forget, first) ||
        tr_arena_defer(cli->arena, forget, again))
        return tr_fail(err, TR_ENOMEM, "no memory left");
    *out = first;
    if (!terminal)
        return read_line(first) ? TR_OK
                                : tr_fail(err, TR_EINVAL,
                                          "no password: it is the first line "
                                          "of the input");
    if (tcgetattr(STDIN_FILENO, &before))
        return tr_fail(err, TR_EIO, "cannot ask for a password here");
    unseen = before;
    unseen.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
    fputs("Password: ", stderr);
    good = read_line(first);
    fputs("\nAgain: ", stderr);
    good = read_line(again) && good;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    if (!good || strcmp(first, again) != 0)
        return tr_fail(err, TR_EINVAL, "the two are not the same");
    return TR_OK;
}

/* ---- the verbs ---- */

/* The organisation's code, as a place in the store knows it. */
static enum tr_status find_organisation(struct cli *cli, struct account *who,
                                        struct tr_error *err)
{
    const struct tr_snapshot *s;
    enum tr_status st;

    cli->audience = "operator";
    st = cli_snapshot(cli, "operator", TR_NO_DATE, &s, err);
    for (size_t p = 0; !st && p < s->n_places; p++) {
        const struct tr_organisation *o =
            tr_place_organisation(s->places[p], who->organisation);

        if (o) {
            who->organisation = tr_place_successor(s->places[p], o)->code;
            return TR_OK;
        }
    }
    return st ? st
              : tr_fail(err, TR_EINVAL,
                        "no organisation is called '%.60s': see "
                        "organisations.yaml",
                        who->organisation);
}

static enum tr_status add(struct cli *cli, struct account *who,
                          struct tr_error *err)
{
    struct accounts *a;
    char *password;
    enum tr_status st;

    if (!who->organisation || !who->role)
        return tr_fail(err, TR_EINVAL,
                       "say whose it is: user add NAME --organisation CODE "
                       "--role ROLE");
    st = find_organisation(cli, who, err);
    if (!st)
        st = read_password(cli, &password, err);
    if (!st)
        st = open_accounts(cli, true, &a, err);
    if (!st)
        st = accounts_add(a, who, password, err);
    if (!st)
        cli_note(cli, "'%s' may sign in as %s of %s", who->name, who->role,
                 who->organisation);
    return st;
}

static enum tr_status set_password(struct cli *cli, const char *name,
                                   struct tr_error *err)
{
    struct accounts *a;
    char *password;
    enum tr_status st = open_accounts(cli, false, &a, err);

    if (!st)
        st = read_password(cli, &password, err);
    return st ? st : accounts_set_password(a, name, password, err);
}

static enum tr_status drop(struct cli *cli, const char *name,
                           struct tr_error *err)
{
    struct accounts *a;
    enum tr_status st = open_accounts(cli, false, &a, err);

    return st ? st : accounts_remove(a, name, err);
}

static enum tr_status list(struct cli *cli, struct tr_error *err)
{
    const struct account *all;
    struct accounts *a;
    struct tr_buf b;
    struct tr_json j;
    size_t n;
    enum tr_status st = open_accounts(cli, false, &a, err);

    if (!st)
        st = accounts_list(a, cli->arena, &all, &n, err);
    if (st)
        return st;
    tr_buf_init(&b, (size_t)16 * 1024 * 1024);
    tr_json_init(&j, &b);
    if (cli->json)
        tr_json_open_list(&j);
    for (size_t i = 0; i < n; i++) {
        if (!cli->json) {
            tr_buf_printf(&b, "%-32s %-12s %s\n", all[i].name, all[i].role,
                          all[i].organisation);
            continue;
        }
        tr_json_open_map(&j);
        tr_json_put_text(&j, "name", all[i].name);
        tr_json_put_text(&j, "role", all[i].role);
        tr_json_put_text(&j, "organisation", all[i].organisation);
        tr_json_close_map(&j);
    }
    if (cli->json) {
        tr_json_close_list(&j);
        tr_buf_byte(&b, '\n');
    }
    st = cli_write(NULL, &b, "the accounts", err);
    tr_buf_clear(&b);
    return st;
}

enum tr_status cmd_user(struct cli *cli, int argc, char **argv,
                        struct tr_error *err)
{
    struct account who = { .name = NULL };
    const struct cli_option options[] = {
        { "organisation", "CODE", "add: of which body", &who.organisation,
          NULL },
        { "role", "ROLE", "add: owner, planner, operations or board", &who.role,
          NULL },
    };
    struct cli_arguments rest;
    const char *verb;
    enum tr_status st =
        cli_parse(cli_command_named("user"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);

    if (st)
        return st;
    verb = rest.n ? rest.list[0] : "";
    who.name = rest.n == 2 ? rest.list[1] : NULL;
    if (!rest.n)
        return list(cli, err);
    if (strcmp(verb, "add") == 0 && who.name)
        return add(cli, &who, err);
    if (strcmp(verb, "password") == 0 && who.name)
        return set_password(cli, who.name, err);
    if (strcmp(verb, "remove") == 0 && who.name)
        return drop(cli, who.name, err);
    return tr_fail(err, TR_EINVAL,
                   "say 'user', 'user add NAME', 'user password NAME' or 'user "
                   "remove NAME'");
}
