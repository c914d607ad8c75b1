/* open.c - the store and the snapshots that commands work on. See cli.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/version.h"
#include "store/snapshot_standing.h"

static void close_store(void *p)
{
    store_close(p);
}

static void free_snapshot(void *p)
{
    tr_snapshot_free(p);
}

enum tr_status cli_store(struct cli *cli, enum store_mode mode,
                         struct store **out, struct tr_error *err)
{
    enum tr_status st =
        store_open(cli->config.values[SETTING_STORE], mode, out, err);

    if (st == TR_ENOTFOUND) /* to a script, a missing input file */
        return TR_ENOINPUT;
    if (st)
        return st;
    if (tr_arena_defer(cli->arena, close_store, *out))
        return tr_fail(err, TR_ENOMEM, "no memory left");
    return TR_OK;
}

enum tr_status cli_store_or_new(struct cli *cli, struct store **out,
                                struct tr_error *err)
{
    const char *path = cli->config.values[SETTING_STORE];

    return cli_store(cli, access(path, F_OK) ? STORE_CREATE : STORE_WRITE, out,
                     err);
}

enum tr_status cli_audience(const struct cli *cli, const char *fallback,
                            struct tr_audience *out, struct tr_error *err)
{
    const char *configured = cli->config.values[SETTING_AUDIENCE];
    const char *name = cli->audience ? cli->audience
                       : *configured ? configured
                                     : fallback;

    return tr_audience_parse(name, out, err);
}

enum tr_status cli_run(const struct cli *cli, struct store *store,
                       const struct tr_audience *audience, int64_t id,
                       const struct store_run **out, struct tr_error *err)
{
    const struct store_run *run;
    enum tr_status st = store_run(store, id, cli->arena, &run, err);

    if (st)
        return st;
    if (!snapshot_may_see(audience, run->audience))
        return tr_fail(err, TR_EDENIED,
                       "run %lld is of the audience '%s', which '%s' may not "
                       "see",
                       (long long)id, run->audience, audience->name);
    *out = run;
    return TR_OK;
}

enum tr_status cli_operator_only(const struct cli *cli, const char *what,
                                 struct tr_error *err)
{
    struct tr_audience audience;
    enum tr_status st = cli_audience(cli, "operator", &audience, err);

    if (!st && strcmp(audience.name, "operator") != 0)
        st = tr_fail(err, TR_EDENIED,
                     "%s is the operator's alone: it shows what the audience "
                     "'%s' may not see",
                     what, audience.name);
    return st;
}

enum tr_status cli_snapshot(struct cli *cli, const char *fallback,
                            int32_t as_of, const struct tr_snapshot **out,
                            struct tr_error *err)
{
    struct snapshot_options options = {
        .as_of = as_of,
        .threads = (unsigned)config_number(&cli->config, SETTING_THREADS),
    };
    struct tr_snapshot *s;
    struct store *store;
    enum tr_status st = cli_audience(cli, fallback, &options.audience, err);

    if (!st)
        st = cli_store(cli, STORE_READ, &store, err);
    if (!st)
        st = snapshot_build(store, &options, &s, err);
    if (st)
        return st;
    *out = s;
    if (tr_arena_defer(cli->arena, free_snapshot, s))
        return tr_fail(err, TR_ENOMEM, "no memory left");
    return TR_OK;
}

enum tr_status cli_site(const struct tr_snapshot *s, const char *text,
                        size_t *out, struct tr_error *err)
{
    const struct tr_column *name = tr_table_column(&s->sites, "name");
    size_t found = 0;

    *out = tr_snapshot_site(s, text);
    if (*out != SIZE_MAX)
        return TR_OK;
    for (size_t i = 0; name && i < s->n_sites; i++) {
        if (tr_has(name, i) && strcmp(tr_text_at(name, i), text) == 0) {
            *out = i;
            found++;
        }
    }
    if (found > 1)
        return tr_fail(err, TR_EINVAL,
                       "%zu sites are called '%.80s': give the site id "
                       "(terrier query --filter \"name = '...'\")",
                       found, text);
    if (!found)
        return tr_fail(err, TR_ENOTFOUND, "no site '%.80s'", text);
    return TR_OK;
}

const char *cli_build(struct cli *cli)
{
    struct tr_digest d;
    char hex[TR_DIGEST_TEXT] = "";

    if (!tr_hash_file("/proc/self/exe", &d, NULL))
        tr_digest_text(&d, hex);
    return tr_arena_printf(cli->arena, "%s%s%.12s", TERRIER_VERSION,
                           *hex ? "+" : "", hex);
}

enum tr_status cli_signed(struct cli *cli, const struct tr_snapshot *s,
                          const enum tr_class **out, struct tr_error *err)
{
    const struct tr_column *c = tr_table_column(&s->sites, "class_status");
    enum tr_class *list =
        tr_arena_array(cli->arena, s->n_sites + 1, sizeof *list);
    size_t n = 0;

    if (!list)
        return tr_fail(err, TR_ENOMEM, "no memory left");
    for (size_t i = 0; i < s->n_sites; i++) {
        const char *status =
            c && c->type == TR_TEXT && tr_has(c, i) ? tr_text_at(c, i) : "";
        bool is_signed =
            strcmp(status, "signed") == 0 || strcmp(status, "published") == 0;

        list[i] = is_signed ? (enum tr_class)s->classes[i] : TR_NO_CLASS;
        n += is_signed;
    }
    *out = n ? list : NULL;
    return TR_OK;
}
