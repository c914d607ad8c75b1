/* cmd_summary.c - counts and floor area by area, partner and class. */
#include <string.h>

#include "cli/cli.h"
#include "terrier/encode.h"

enum tr_status cmd_summary(struct cli *cli, int argc, char **argv,
                           struct tr_error *err)
{
    const char *set = NULL, *filter_text = NULL, *format = NULL, *out = NULL;
    const struct cli_option options[] = {
        { "set", "SET", "the area set (default: the place's first)", &set,
          NULL },
        { "filter", "CQL2", "count only those for which it is true",
          &filter_text, NULL },
        { "format", "F", "table, csv or json", &format, NULL },
        { "out", "FILE", "write there instead of stdout", &out, NULL },
    };
    const struct tr_cql2 *filter;
    const struct tr_snapshot *s;
    struct cli_arguments rest;
    struct tr_summary sum;
    struct tr_buf b;
    enum tr_status st =
        cli_parse(cli_command_named("summary"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);

    if (!st)
        st = cli_filter("filter", filter_text, cli->arena, &filter, err);
    if (!st)
        st = cli_snapshot(cli, "operator", TR_NO_DATE, &s, err);
    if (!st)
        st = tr_summarise(s, set, filter, cli->arena, &sum, err);
    if (st)
        return st;
    if (!format)
        format = cli->json ? "json" : "table";
    tr_buf_init(&b, (size_t)256 * 1024 * 1024);
    if (strcmp(format, "json") == 0)
        tr_encode_summary_json(s, &sum, &b);
    else if (strcmp(format, "csv") == 0)
        tr_encode_summary_csv(&sum, &b);
    else if (strcmp(format, "table") == 0)
        tr_encode_summary_table(&sum, &b);
    else
        st = tr_fail(err, TR_EINVAL,
                     "--format is table, csv or json, not '%.60s'", format);
    if (!st)
        st = cli_write(out, &b, "the summary", err);
    tr_buf_clear(&b);
    return st;
}
