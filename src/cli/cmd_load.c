/* cmd_load.c - load layers and say what became of every row. */
#include <string.h>

#include "cli/cli.h"
#include "ingest/load.h"
#include "terrier/date.h"

static void say_counts(const struct load_layer_report *l)
{
    /* Rows that the profile leaves to another layer are no loss: apart. */
    printf("%-28s %7ld %8ld %8ld %8ld %9ld", l->layer, l->read, l->accepted,
           l->rejected - l->excluded, l->excluded, l->duplicate);
    for (int i = 0; i < 5; i++)
        printf(" %7ld", l->located[i]);
    if (!l->changed_anything)
        printf("  same as before\n");
    else if (!l->unchanged && !l->changed && !l->vanished)
        printf("  new\n");
    else
        printf("  %ld added, %ld changed, %ld gone from the source\n", l->added,
               l->changed, l->vanished);
}

static void say_layer(const struct cli *cli, const struct load_layer_report *l)
{
    if (l->status) {
        printf("%-28s not loaded: %s\n", l->layer, l->error);
        return;
    }
    say_counts(l);
    for (size_t i = 0; i < l->n_warnings; i++)
        cli_note(cli, "  %s: %s", l->layer, l->warnings[i]);
    for (size_t i = 0; i < l->n_held; i++)
        cli_note(cli, "  %s: row '%s' is held restricted: %s", l->layer,
                 l->held[i].key, l->held[i].reason);
    if (*l->crs_operation && l->crs_accuracy_m > 1)
        cli_note(cli,
                 "  %s: positions are right to about %g m only (%s): run "
                 "'terrier grid'",
                 l->layer, l->crs_accuracy_m, l->crs_operation);
}

static void say_issues(const struct cli *cli, const struct load_report *report)
{
    size_t n = 0;

    for (size_t i = 0; i < report->n; i++)
        n += report->layers[i].n_issues + report->layers[i].n_issues_left_out;
    if (n)
        cli_note(cli,
                 "%zu issues; --issues FILE.csv lists each with file, row, "
                 "column and value",
                 n);
}

static enum tr_status print_report(struct cli *cli,
                                   const struct load_report *report,
                                   struct tr_error *err)
{
    struct tr_buf b;
    enum tr_status st = TR_OK;

    if (cli->json) {
        tr_buf_init(&b, (size_t)1024 * 1024 * 1024);
        load_report_json(report, &b);
        st = cli_write(NULL, &b, "the report", err);
        tr_buf_clear(&b);
        return st;
    }
    printf("%-28s %7s %8s %8s %8s %9s %7s %7s %7s %7s %7s\n", "layer", "read",
           "accepted", "rejected", "left out", "duplicate", "coord.", "UPRN",
           "postc.", "outward", "none");
    for (size_t i = 0; i < report->n; i++)
        say_layer(cli, &report->layers[i]);
    say_issues(cli, report);
    return st;
}

static enum tr_status write_issues(const char *path,
                                   const struct load_report *report,
                                   struct tr_error *err)
{
    struct tr_buf b;
    enum tr_status st;

    tr_buf_init(&b, (size_t)1024 * 1024 * 1024);
    load_report_issues_csv(report, &b);
    st = cli_write(path, &b, "the issues", err);
    tr_buf_clear(&b);
    return st;
}

static void set_limits(const struct cli *cli, struct load_options *o)
{
    const size_t mib = (size_t)1024 * 1024;
    const struct config *c = &cli->config;

    o->limits.max_file_bytes =
        (size_t)config_number(c, SETTING_MAX_FILE_MIB) * mib;
    o->limits.max_rows = (size_t)config_number(c, SETTING_MAX_ROWS);
    o->limits.max_points = (size_t)config_number(c, SETTING_MAX_POINTS);
    o->limits.max_memory =
        (size_t)config_number(c, SETTING_MAX_IMPORT_MEMORY_MIB) * mib;
    o->limits.max_seconds = (int)config_number(c, SETTING_MAX_FILE_SECONDS);
}

enum tr_status cmd_load(struct cli *cli, int argc, char **argv,
                        struct tr_error *err)
{
    const char *issues = NULL, *as_of = NULL;
    struct load_options o = load_default_options();
    const struct cli_option options[] = {
        { "source-root", "DIR", "read DIR/file in place of each url",
          &o.source_root, NULL },
        { "dry-run", NULL, "report as if loaded; write nothing", NULL,
          &o.dry_run },
        { "issues", "FILE.csv", "write every issue to a file", &issues, NULL },
        { "accept-vanished", NULL,
          "load even if over a fifth of a layer's rows are gone", NULL,
          &o.accept_vanished },
        { "as-of", "DATE", "what today() is in profiles", &as_of, NULL },
    };
    const struct load_report *report = NULL;
    struct cli_arguments rest;
    struct tr_error print_err = TR_ERROR_INIT;
    struct store *s;
    enum tr_status st =
        cli_parse(cli_command_named("load"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);

    if (!st && !rest.n)
        st = tr_fail(err, TR_EINVAL,
                     "say what to load: a profile or a folder of profiles");
    if (!st)
        st = tr_date_today("UTC", &o.today, err);
    if (!st)
        st = cli_date("as-of", as_of, &o.today, err);
    if (!st)
        st = cli_store_or_new(cli, &s, err);
    if (st)
        return st;
    set_limits(cli, &o);
    o.grid_dir = cli_grid_dir(cli);
    st = load_files(s, (const char *const *)rest.list, (size_t)rest.n, &o,
                    cli->arena, &report, err);
    if (report && report->n) {
        /* The file first: a reader of stdout may close it early. */
        enum tr_status printed =
            issues ? write_issues(issues, report, &print_err) : TR_OK;

        if (!printed)
            printed = print_report(cli, report, &print_err);
        if (!st && printed) {
            *err = print_err;
            st = printed;
        }
    }
    return st;
}
