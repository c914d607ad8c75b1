/* cmd_serve.c - run the server until a signal ends it. */
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/version.h"
#include "cli/web_assets.h"
#include "http/server.h"
#include "terrier/log.h"

/* The one thing that a signal handler may touch. */
static volatile int stop_asked, reload_asked;

static void on_signal(int signal_number)
{
    if (signal_number == SIGHUP)
        reload_asked = 1;
    else
        stop_asked = 1;
}

static void catch_signals(void)
{
    struct sigaction a;

    memset(&a, 0, sizeof a);
    a.sa_handler = on_signal;
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
    sigaction(SIGHUP, &a, NULL);
}

static void set_settings(const struct config *c, struct server_settings *s)
{
    const size_t kib = 1024, mib = kib * 1024;

    *s = (struct server_settings){
        .max_connections = (unsigned)config_number(c, SETTING_MAX_CONNECTIONS),
        .request_seconds = (unsigned)config_number(c, SETTING_REQUEST_SECONDS),
        .max_waiting = (unsigned)config_number(c, SETTING_MAX_WAITING),
        .old_version_seconds =
            (unsigned)config_number(c, SETTING_OLD_VERSION_SECONDS),
        .cache_bytes = (size_t)config_number(c, SETTING_TILE_CACHE_MIB) * mib,
        .cache_files = (size_t)config_number(c, SETTING_TILE_CACHE_FILES),
        .public_url = c->values[SETTING_PUBLIC_URL],
        .max_answer = (size_t)config_number(c, SETTING_MAX_ANSWER_MIB) * mib,
        .tile_budget = (size_t)config_number(c, SETTING_TILE_BUDGET_KIB) * kib,
    };
}

static void set_options(struct cli *cli, struct server_options *o)
{
    const struct config *c = &cli->config;

    o->store = c->values[SETTING_STORE];
    o->grid_dir = cli_grid_dir(cli);
    o->assets = http_assets;
    o->n_assets = n_http_assets;
    o->version = TERRIER_VERSION;
    set_settings(c, &o->settings);
}

/* ---- reading the settings again ---- */

struct reread {
    const struct cli *cli;
    struct tr_arena arena; /* of the settings in use since the last time */
};

/* These are taken once, at the start. */
static void warn_of_fixed(const struct config *before, const struct config *now)
{
    static const enum setting fixed[] = { SETTING_STORE, SETTING_AUDIENCE,
                                          SETTING_LISTEN, SETTING_THREADS,
                                          SETTING_GRID_DIR };

    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        /* What the command line said is not in the file. */
        if (strncmp(before->origins[fixed[i]], "--", 2) != 0 &&
            strcmp(before->values[fixed[i]], now->values[fixed[i]]) != 0)
            tr_log(TR_LOG_WARN, "this setting changes at the next start only",
                   (struct tr_log_field[]){
                       { "setting", config_info(fixed[i])->name, 0 },
                       { NULL, NULL, 0 } });
    }
}

static enum tr_status read_again(void *context, struct server_settings *out,
                                 struct tr_error *err)
{
    struct reread *r = context;
    struct tr_arena arena;
    struct config config;
    enum tr_status st;

    tr_arena_init(&arena, SIZE_MAX);
    st = config_read(&config, r->cli->config_file, &arena, err);
    if (st) {
        tr_arena_clear(&arena);
        return st;
    }
    warn_of_fixed(&r->cli->config, &config);
    set_settings(&config, out);
    tr_arena_clear(&r->arena);
    r->arena = arena;
    return TR_OK;
}

enum tr_status cmd_serve(struct cli *cli, int argc, char **argv,
                         struct tr_error *err)
{
    const char *listen = NULL, *threads_text = NULL, *archive = NULL;
    const struct cli_option options[] = {
        { "listen", "ADDRESS:PORT", "where to serve (default 127.0.0.1:8080)",
          &listen, NULL },
        { "threads", "N", "threads that answer (default: all cores)",
          &threads_text, NULL },
        { "archive", "FILE", "a .pmtiles to give, in parts, at /archives/FILE",
          &archive, NULL },
    };
    struct server_options o = { 0 };
    struct cli_arguments rest;
    struct server *server;
    struct reread again = { .cli = cli };
    long long threads = config_number(&cli->config, SETTING_THREADS);
    enum tr_status st = cli_parse(cli_command_named("serve"), options, 3, argc,
                                  argv, &rest, err);

    if (!st && rest.n)
        st = tr_fail(err, TR_EINVAL, "serve takes options only, not '%.60s'",
                     rest.list[0]);
    if (!st)
        st = cli_number("threads", threads_text, 0, 1024, &threads, err);
    if (!st)
        st = cli_audience(cli, "public", &o.audience, err);
    if (!st && strcmp(o.audience.name, "operator") == 0)
        st = tr_fail(err, TR_EDENIED,
                     "the operator's audience is for the command line only");
    if (st)
        return st;
    set_options(cli, &o);
    o.listen = listen ? listen : cli->config.values[SETTING_LISTEN];
    o.threads = (unsigned)threads;
    o.archive = archive;
    catch_signals();
    st = server_start(&o, &server, err);
    if (st)
        return st;
    cli_note(cli, "serving the %s map on %s (Ctrl-C ends it)", o.audience.name,
             server_url(server));
    tr_arena_init(&again.arena, SIZE_MAX);
    server_run(server, &stop_asked, &reload_asked,
               &(struct server_reload){ read_again, &again });
    server_free(server);
    tr_arena_clear(&again.arena);
    cli_note(cli, "stopped");
    return TR_OK;
}
