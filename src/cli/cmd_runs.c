/* cmd_runs.c - past runs: list, show, compare, adopt. */
#include <string.h>

#include "cli/moved.h"
#include "store/run_list.h"
#include "terrier/csv.h"
#include "terrier/date.h"
#include "terrier/json.h"
#include "terrier/text.h"

static enum tr_status list_json(const struct store_run *runs, size_t n,
                                struct tr_error *err)
{
    struct tr_buf b;
    enum tr_status st;

    tr_buf_init(&b, (size_t)64 * 1024 * 1024);
    store_runs_json(runs, n, &b);
    st = cli_write(NULL, &b, "the runs", err);
    tr_buf_clear(&b);
    return st;
}

/* An adopted run goes on being shown when a layer is loaded again: say so. */
static const char *standing(struct cli *cli, const struct store_run *run,
                            const struct store_layer *layers, size_t n)
{
    struct snapshot_inputs in;
    const char *outdated;

    if (!run->adopted)
        return "";
    if (snapshot_inputs_read(run->inputs, cli->arena, &in, NULL))
        return "adopted";
    outdated = snapshot_inputs_outdated(&in, layers, n);
    if (!outdated)
        return "adopted";
    return tr_arena_printf(cli->arena,
                           "adopted; '%s' was loaded again since: classify "
                           "again",
                           outdated);
}

static enum tr_status list_runs(struct cli *cli, struct store *store,
                                struct tr_error *err)
{
    const struct store_run *runs;
    size_t n;
    const struct store_layer *layers;
    size_t n_layers;
    struct tr_audience audience;
    enum tr_status st = cli_audience(cli, "operator", &audience, err);

    if (!st)
        st = store_runs_seen(store, &audience, cli->arena, &runs, &n, err);
    if (!st)
        st = store_layers(store, cli->arena, &layers, &n_layers, err);
    if (st)
        return st;
    if (cli->json)
        return list_json(runs, n, err);
    printf("%5s  %-20s  %-12s  %-20s  %-10s  %7s  %s\n", "run", "made",
           "audience", "rules", "as of", "sites", "");
    for (size_t i = 0; i < n; i++) {
        char made[TR_INSTANT_TEXT], as_of[TR_DATE_TEXT];

        tr_instant_text(runs[i].created, made);
        tr_date_text(runs[i].as_of, as_of);
        printf("%5lld  %-20s  %-12s  %-20s  %-10s  %7ld  %s\n",
               (long long)runs[i].id, made, runs[i].audience,
               runs[i].rules_name, as_of, runs[i].n_sites,
               standing(cli, &runs[i], layers, n_layers));
    }
    return TR_OK;
}

/* The reason sentence inside a result's JSON. */
static const char *reason_in(const char *json, struct tr_arena *a)
{
    const struct tr_node *root;
    const struct tr_node *reason;

    if (tr_json_parse(json, strlen(json), "result", a, &root, NULL))
        return "";
    reason = tr_node_get(root, "reason");
    return reason && reason->kind == TR_NODE_TEXT ? reason->text : "";
}

static enum tr_status write_rows(struct tr_buf *b, struct tr_error *err)
{
    enum tr_status st = cli_write(NULL, b, "the runs", err);

    tr_buf_clear(b);
    return st;
}

static enum tr_status show_run(struct cli *cli, struct store *store,
                               const struct tr_audience *audience,
                               const char *text, struct tr_error *err)
{
    struct moved_run g;
    struct tr_buf b;
    enum tr_status st = moved_read(cli, store, audience, text, &g, err);

    if (st)
        return st;
    tr_buf_init(&b, (size_t)1024 * 1024 * 1024);
    tr_buf_str(&b, "site_id,class,reason");
    tr_csv_end_row(&b);
    for (size_t i = 0; i < g.n; i++) {
        tr_csv_write(&b, g.list[i].site_id, true, true);
        tr_csv_write(&b, g.list[i].class_name, false, true);
        tr_csv_write(&b, reason_in(g.list[i].data, cli->arena), false, true);
        tr_csv_end_row(&b);
    }
    return write_rows(&b, err);
}

static enum tr_status diff_runs(struct cli *cli, struct store *store,
                                const struct tr_audience *audience,
                                char *const runs[2], struct tr_error *err)
{
    struct moved_run x, y;
    struct tr_buf out;
    size_t moved = 0;
    enum tr_status st = moved_read(cli, store, audience, runs[0], &x, err);

    if (!st)
        st = moved_read(cli, store, audience, runs[1], &y, err);
    if (st)
        return st;
    tr_buf_init(&out, (size_t)1024 * 1024 * 1024);
    st = moved_write(&x, &y, true, &out, &moved, err);
    if (st) {
        tr_buf_clear(&out);
        return st;
    }
    cli_note(cli, "%zu sites differ between run %lld and run %lld", moved, x.id,
             y.id);
    return write_rows(&out, err);
}

static enum tr_status adopt_run(struct cli *cli, const char *text,
                                struct tr_error *err)
{
    struct store *store;
    long long id;
    enum tr_status st;

    if (!tr_text_to_int(text, &id) || id < 1)
        return tr_fail(err, TR_EINVAL, "'%.60s' is not the number of a run",
                       text);
    st = cli_store(cli, STORE_WRITE, &store, err);
    if (!st)
        st = store_adopt_run(store, id, err);
    if (!st)
        cli_note(cli, "run %lld is its audience's current one", id);
    return st;
}

enum tr_status cmd_runs(struct cli *cli, int argc, char **argv,
                        struct tr_error *err)
{
    struct tr_audience audience;
    struct cli_arguments rest;
    struct store *store;
    const char *verb;
    enum tr_status st =
        cli_parse(cli_command_named("runs"), NULL, 0, argc, argv, &rest, err);

    if (st)
        return st;
    verb = rest.n ? rest.list[0] : "";
    st = cli_audience(cli, "operator", &audience, err);
    if (!st && rest.n && strcmp(audience.name, "operator") != 0)
        st = tr_fail(err, TR_EDENIED,
                     "whole runs are the operator's: '%.60s' sees the classes "
                     "of its adopted one in 'query' and 'explain'",
                     audience.name);
    if (st)
        return st;
    if (strcmp(verb, "adopt") == 0 && rest.n == 2)
        return adopt_run(cli, rest.list[1], err);
    st = cli_store(cli, STORE_READ, &store, err);
    if (st)
        return st;
    if (!rest.n)
        return list_runs(cli, store, err);
    if (strcmp(verb, "show") == 0 && rest.n == 2)
        return show_run(cli, store, &audience, rest.list[1], err);
    if (strcmp(verb, "diff") == 0 && rest.n == 3)
        return diff_runs(cli, store, &audience, &rest.list[1], err);
    return tr_fail(err, TR_EINVAL,
                   "say 'runs', 'runs show N', 'runs diff A B' or 'runs adopt "
                   "N'");
}
