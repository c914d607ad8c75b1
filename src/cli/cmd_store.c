/* cmd_store.c - making, moving and keeping a store: init, migrate, backup,
 * restore. */
#include "cli/cli.h"

enum tr_status cmd_init(struct cli *cli, int argc, char **argv,
                        struct tr_error *err)
{
    struct cli_arguments rest;
    struct store *s;
    enum tr_status st =
        cli_parse(cli_command_named("init"), NULL, 0, argc, argv, &rest, err);

    if (!st)
        st = cli_store(cli, STORE_CREATE, &s, err);
    if (!st)
        cli_note(cli, "made an empty store '%s'",
                 cli->config.values[SETTING_STORE]);
    return st;
}

enum tr_status cmd_migrate(struct cli *cli, int argc, char **argv,
                           struct tr_error *err)
{
    struct cli_arguments rest;
    int from;
    enum tr_status st = cli_parse(cli_command_named("migrate"), NULL, 0, argc,
                                  argv, &rest, err);

    if (!st)
        st = store_migrate(cli->config.values[SETTING_STORE], &from, err);
    if (!st && from == STORE_SCHEMA_VERSION)
        cli_note(cli, "the store is up to date (schema %d)", from);
    else if (!st)
        cli_note(cli, "the store went from schema %d to %d", from,
                 STORE_SCHEMA_VERSION);
    return st;
}

static enum tr_status one_file(const char *command, int argc, char **argv,
                               const char **out, struct tr_error *err)
{
    struct cli_arguments rest;
    enum tr_status st =
        cli_parse(cli_command_named(command), NULL, 0, argc, argv, &rest, err);

    if (!st && rest.n != 1)
        st = tr_fail(err, TR_EINVAL, "%s takes one FILE", command);
    if (!st)
        *out = rest.list[0];
    return st;
}

enum tr_status cmd_backup(struct cli *cli, int argc, char **argv,
                          struct tr_error *err)
{
    const char *path;
    struct store *s;
    enum tr_status st = one_file("backup", argc, argv, &path, err);

    if (!st)
        st = cli_store(cli, STORE_READ, &s, err);
    if (!st)
        st = store_backup(s, path, err);
    if (!st)
        cli_note(cli, "backed up to '%s', read back and verified", path);
    return st;
}

enum tr_status cmd_restore(struct cli *cli, int argc, char **argv,
                           struct tr_error *err)
{
    const char *to = cli->config.values[SETTING_STORE];
    const char *path;
    enum tr_status st = one_file("restore", argc, argv, &path, err);

    if (!st)
        st = store_restore(path, to, err);
    if (!st)
        cli_note(cli,
                 "restored '%s' from '%s'; what was there is kept beside it as "
                 "'%s.before-restore'",
                 to, path, to);
    return st;
}
