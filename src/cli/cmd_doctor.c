/* cmd_doctor.c - is everything as it should be: grid, fences, store, layers. */
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/version.h"
#include "store/ledger.h"
#include "terrier/crs.h"
#include "terrier/date.h"
#include "vector/vector.h"

struct findings {
    size_t bad;
};

static void say(void *context, bool good, const char *what)
{
    struct findings *f = context;

    f->bad += !good;
    printf("%-6s %s\n", good ? "ok" : "LOOK", what);
}

static enum tr_status check_grid(struct cli *cli, struct findings *f,
                                 struct tr_error *err)
{
    struct tr_crs *crs;
    char line[1024];
    enum tr_status st = tr_crs_open(cli_grid_dir(cli), &crs, err);

    if (st)
        return st;

    const struct tr_crs_info *info = tr_crs_info(crs);

    if (info->has_grid)
        snprintf(line, sizeof line,
                 "OSTN15 grid in use; positions right to %g m (%s)",
                 info->accuracy_m, info->operation);
    else
        snprintf(line, sizeof line,
                 "no OSTN15 grid: British National Grid is up to 5 m off (%s); "
                 "run 'terrier grid' (package libgeo-coordinates-osgb-perl)",
                 info->operation);
    say(f, info->has_grid, line);
    tr_crs_close(crs);
    return TR_OK;
}

static void check_fences(struct findings *f)
{
    struct vector_fence fences[16];
    size_t n = vector_fences(fences, 16);
    char line[512];

    for (size_t i = 0; i < n; i++) {
        snprintf(line, sizeof line, "fence for reading partners' files: %s: %s",
                 fences[i].name, fences[i].detail ? fences[i].detail : "");
        say(f, fences[i].granted, line);
    }
}

static void check_layers(const struct tr_snapshot *s, struct findings *f)
{
    char line[512], date[TR_DATE_TEXT];

    for (size_t i = 0; i < s->n_layers; i++) {
        const struct tr_layer *l = &s->layers[i];

        if (l->agreement_expires != TR_NO_DATE &&
            l->agreement_expires < s->as_of) {
            tr_date_text(l->agreement_expires, date);
            snprintf(line, sizeof line,
                     "layer '%s': the sharing agreement lapsed on %s", l->name,
                     date);
            say(f, false, line);
        }
        if (l->barred) {
            snprintf(line, sizeof line,
                     "layer '%s' is barred from measures: one coordinate for "
                     "many rows",
                     l->name);
            say(f, false, line);
        }
        if (l->crs_accuracy_m > 1) {
            snprintf(line, sizeof line,
                     "layer '%s' was loaded without the OSTN15 grid (%g m): "
                     "load it again",
                     l->name, l->crs_accuracy_m);
            say(f, false, line);
        }
    }
}

static void check_overrides(const struct ledger_standing *list, size_t n,
                            int32_t as_of, struct findings *f)
{
    char line[512], date[TR_DATE_TEXT];

    for (size_t i = 0; i < n; i++) {
        const struct ledger_cycle *c = &list[i].current;

        if (!c->class_name || !ledger_expired(c, as_of))
            continue;
        tr_date_text(c->review, date);
        snprintf(line, sizeof line,
                 "site '%.60s': its override (%s) was to be reviewed by %s, "
                 "the computed class is back",
                 list[i].site, c->class_name, date);
        say(f, false, line);
    }
}

/* A site that was decided and is joined into another since. */
static void check_joined(const struct tr_snapshot *s,
                         const struct ledger_standing *list, size_t n,
                         struct findings *f)
{
    char line[512];

    for (size_t i = 0; i < n; i++) {
        size_t at = tr_snapshot_site(s, list[i].site);

        if (at == SIZE_MAX || !list[i].current.class_name ||
            strcmp(s->site_ids[at], list[i].site) == 0)
            continue;
        for (uint32_t o = s->first_occupation[at];
             o < s->first_occupation[at + 1]; o++) {
            if (strcmp(s->occupations[o].site_id, list[i].site) != 0)
                continue;
            snprintf(line, sizeof line,
                     "site '%.60s' was decided and is part of '%.60s' now: "
                     "what was decided does not show, decide again",
                     list[i].site, s->site_ids[at]);
            say(f, false, line);
        }
    }
}

static enum tr_status check_ledger(struct cli *cli, struct store *store,
                                   const struct tr_snapshot *s,
                                   struct findings *f, struct tr_error *err)
{
    const struct ledger_standing *list;
    struct ledger_proof proof;
    char line[600];
    size_t n;
    enum tr_status st = ledger_verify(store, NULL, &proof, err);

    if (st == TR_EDATA) {
        snprintf(line, sizeof line, "%s; restore a backup", err->msg);
        say(f, false, line);
        return TR_OK;
    }
    if (!st)
        st = ledger_standings(store, 0, cli->arena, &list, &n, err);
    if (st)
        return st;
    snprintf(line, sizeof line, "the ledger's %lld entries are whole",
             (long long)proof.entries);
    say(f, true, line);
    check_overrides(list, n, s->as_of, f);
    check_joined(s, list, n, f);
    return TR_OK;
}

/* Classes that rest on what was loaded before. */
static enum tr_status check_runs(struct cli *cli, struct store *store,
                                 struct findings *f, struct tr_error *err)
{
    const struct store_layer *layers;
    const struct store_run *runs;
    size_t n_layers, n;
    char line[512];
    enum tr_status st = store_runs(store, cli->arena, &runs, &n, err);

    if (!st)
        st = store_layers(store, cli->arena, &layers, &n_layers, err);
    for (size_t i = 0; !st && i < n; i++) {
        struct snapshot_inputs in;
        const char *outdated;

        if (!runs[i].adopted ||
            snapshot_inputs_read(runs[i].inputs, cli->arena, &in, NULL))
            continue;
        outdated = snapshot_inputs_outdated(&in, layers, n_layers);
        if (!outdated)
            continue;
        snprintf(line, sizeof line,
                 "run %lld, which the audience '%s' sees, rests on an older "
                 "load of '%s': classify again",
                 (long long)runs[i].id, runs[i].audience, outdated);
        say(f, false, line);
    }
    return st;
}

static enum tr_status check_store(struct cli *cli, struct findings *f,
                                  struct tr_error *err)
{
    const char *path = cli->config.values[SETTING_STORE];
    const struct tr_snapshot *s;
    struct store *store;
    char line[512];
    enum tr_status st;

    if (access(path, F_OK)) {
        snprintf(line, sizeof line, "no store '%.200s' yet", path);
        say(f, true, line);
        return TR_OK;
    }
    st = cli_store(cli, STORE_READ, &store, err);
    if (!st)
        st = store_check(store, say, f, err);
    if (!st)
        st = cli_snapshot(cli, "operator", TR_NO_DATE, &s, err);
    if (st)
        return st;
    snprintf(line, sizeof line, "%zu layers, %zu sites, %zu of them on the map",
             s->n_layers, s->n_sites, s->n_located);
    say(f, true, line);
    check_layers(s, f);
    st = check_runs(cli, store, f, err);
    if (st)
        return st;
    return check_ledger(cli, store, s, f, err);
}

enum tr_status cmd_doctor(struct cli *cli, int argc, char **argv,
                          struct tr_error *err)
{
    struct findings f = { 0 };
    struct cli_arguments rest;
    enum tr_status st =
        cli_parse(cli_command_named("doctor"), NULL, 0, argc, argv, &rest, err);

    if (st)
        return st;
    say(&f, true, "terrier " TERRIER_VERSION);
    st = check_grid(cli, &f, err);
    if (!st) {
        check_fences(&f);
        st = check_store(cli, &f, err);
    }
    if (!st && f.bad)
        return tr_fail(err, TR_EDATA, "%zu things to look at", f.bad);
    return st;
}
