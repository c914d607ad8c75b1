/* cmd_export.c - a public feed as a folder, or a GeoPackage for QGIS. */
#include <string.h>

#include "cli/cli.h"
#include "feed/feed.h"
#include "store/ledger.h"
#include "terrier/rules.h"

/* What the classes mean, from the rule-set of the run that the public sees: its
 * own words travel with the figures. Without a run there are none. */
static enum tr_status read_definitions(struct cli *cli, struct store *store,
                                       const struct tr_snapshot *s,
                                       struct feed_options *o,
                                       struct tr_error *err)
{
    const struct store_run *run;
    const struct tr_rules *rules;
    const char *text;
    size_t len;
    enum tr_status st;

    if (!s->run)
        return TR_OK;
    st = store_run(store, s->run, cli->arena, &run, err);
    if (!st)
        st = store_get_document(store, &run->rules, cli->arena, &text, &len,
                                err);
    if (!st)
        st =
            tr_rules_parse(text, len, run->rules_name, cli->arena, &rules, err);
    if (st)
        return st;
    o->rules = run->rules_name;
    for (int c = 0; c < TR_CLASSES; c++)
        o->definitions[c] = tr_text_shown(
            &s->audience, tr_rules_definition(rules, (enum tr_class)c),
            cli->arena);
    return TR_OK;
}

static enum tr_status export_feed(struct cli *cli, const char *name,
                                  const struct tr_snapshot *s, const char *out,
                                  struct tr_error *err)
{
    struct feed_options o = { 0 };
    struct store *store;
    struct feed f;
    enum tr_status st = feed_place(s, name, &o.place, err);

    if (!st)
        st = cli_store(cli, STORE_READ, &store, err);
    if (!st)
        st = read_definitions(cli, store, s, &o, err);
    if (!st)
        st = ledger_notices(store, cli->arena, &o.withdrawn, &o.n_withdrawn,
                            err);
    if (!st)
        st = feed_make(s, &o, &f, err);
    if (st)
        return st;
    st = feed_write(&f, out, err);
    feed_clear(&f);
    return st;
}

static enum tr_status run_export(struct cli *cli, const char *what,
                                 int32_t as_of, const char *out,
                                 struct tr_error *err)
{
    bool is_feed = strcmp(what, "gpkg") != 0;
    const struct tr_snapshot *s;
    enum tr_status st;

    if (is_feed && cli->audience && strcmp(cli->audience, "public") != 0)
        return tr_fail(err, TR_EDENIED,
                       "'%.60s' is a public feed: it cannot be written for "
                       "'%.60s'",
                       what, cli->audience);
    /* What leaves the house is public unless the command itself says who it is
     * for: a configured audience does not count. */
    if (!cli->audience)
        cli->audience = "public";
    st = cli_snapshot(cli, "public", as_of, &s, err);
    if (!st && !s->n_places && !s->n_layers)
        st = tr_fail(err, TR_ENOINPUT,
                     "nothing is loaded in the store '%s': load a folder of "
                     "profiles first, see 'terrier load --help'",
                     cli->config.values[SETTING_STORE]);
    if (!st)
        st = is_feed ? export_feed(cli, what, s, out, err)
                     : feed_gpkg(s, out, err);
    if (!st)
        cli_note(cli, "wrote '%s': %zu sites, for the audience '%s'", out,
                 s->n_sites, s->audience.name);
    return st;
}

enum tr_status cmd_export(struct cli *cli, int argc, char **argv,
                          struct tr_error *err)
{
    const char *out = NULL, *day = NULL;
    const struct cli_option options[] = {
        { "out", "PATH", "the feed's folder, or the GeoPackage", &out, NULL },
        { "as-of", "DATE", "as it was to be seen that day (default today)",
          &day, NULL },
    };
    struct cli_arguments rest;
    int32_t as_of = TR_NO_DATE;
    enum tr_status st =
        cli_parse(cli_command_named("export"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);

    if (!st && rest.n != 1)
        st = tr_fail(err, TR_EINVAL,
                     "say what to export: the name of a feed, or gpkg");
    if (!st && !out)
        st = tr_fail(err, TR_EINVAL, "say where: --out PATH");
    if (!st && day)
        st = cli_date("as-of", day, &as_of, err);
    return st ? st : run_export(cli, rest.list[0], as_of, out, err);
}
