/* cmd_rules.c - check a rule-set, or show it as a page for a board. */
#include <string.h>

#include "cli/cli.h"
#include "terrier/rules.h"

#define MAX_RULES ((size_t)4 * 1024 * 1024)

enum tr_status cmd_rules(struct cli *cli, int argc, char **argv,
                         struct tr_error *err)
{
    const struct tr_rules *rules;
    struct cli_arguments rest;
    const char *text;
    size_t len;
    struct tr_buf b;
    enum tr_status st =
        cli_parse(cli_command_named("rules"), NULL, 0, argc, argv, &rest, err);

    if (!st && (rest.n != 2 || (strcmp(rest.list[0], "check") != 0 &&
                                strcmp(rest.list[0], "show") != 0)))
        st = tr_fail(err, TR_EINVAL,
                     "say 'rules check FILE' or 'rules show "
                     "FILE'");
    if (!st)
        st = cli_read(rest.list[1], MAX_RULES, cli->arena, &text, &len, err);
    if (!st)
        st = tr_rules_parse(text, len, rest.list[1], cli->arena, &rules, err);
    if (st)
        return st;
    if (strcmp(rest.list[0], "check") == 0) {
        cli_note(cli, "'%s' is sound: %s, version %s", rest.list[1],
                 tr_rules_name(rules), tr_rules_version(rules));
        return TR_OK;
    }
    tr_buf_init(&b, MAX_RULES);
    tr_rules_print(rules, &b);
    st = cli_write(NULL, &b, "the rule-set", err);
    tr_buf_clear(&b);
    return st;
}
