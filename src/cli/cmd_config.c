/* cmd_config.c - the settings, and where each comes from. */
#include <string.h>

#include "cli/cli.h"
#include "terrier/json.h"

static enum tr_status show_json(const struct cli *cli, struct tr_error *err)
{
    struct tr_buf b;
    struct tr_json j;
    enum tr_status st;

    tr_buf_init(&b, (size_t)1024 * 1024);
    tr_json_init(&j, &b);
    tr_json_open_map(&j);
    for (int s = 0; s < SETTINGS; s++) {
        tr_json_key(&j, config_info((enum setting)s)->name);
        tr_json_open_map(&j);
        tr_json_put_text(&j, "value", cli->config.values[s]);
        tr_json_put_text(&j, "origin", cli->config.origins[s]);
        tr_json_close_map(&j);
    }
    tr_json_close_map(&j);
    tr_buf_byte(&b, '\n');
    st = cli_write(NULL, &b, "the settings", err);
    tr_buf_clear(&b);
    return st;
}

enum tr_status cmd_config(struct cli *cli, int argc, char **argv,
                          struct tr_error *err)
{
    struct cli_arguments rest;
    enum tr_status st =
        cli_parse(cli_command_named("config"), NULL, 0, argc, argv, &rest, err);

    if (!st && (rest.n != 1 || strcmp(rest.list[0], "show") != 0))
        st = tr_fail(err, TR_EINVAL, "say 'config show'");
    if (st)
        return st;
    if (cli->json)
        return show_json(cli, err);
    for (int s = 0; s < SETTINGS; s++) {
        const struct setting_info *info = config_info((enum setting)s);

        printf("%-22s %-24s %-16s # %s\n", info->name,
               *cli->config.values[s] ? cli->config.values[s] : "\"\"",
               cli->config.origins[s], info->help);
    }
    return TR_OK;
}
