/* cmd_serve.c - run the server until a signal ends it. */
#include <signal.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/version.h"
#include "cli/web_assets.h"
#include "http/server.h"

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

static void set_options(struct cli *cli, struct server_options *o)
{
    const struct config *c = &cli->config;

    o->store = c->values[SETTING_STORE];
    o->max_connections = (unsigned)config_number(c, SETTING_MAX_CONNECTIONS);
    o->request_seconds = (unsigned)config_number(c, SETTING_REQUEST_SECONDS);
    o->grid_dir = cli_grid_dir(cli);
    o->service = (struct http_service){
        .assets = http_assets,
        .n_assets = n_http_assets,
        .public_url = c->values[SETTING_PUBLIC_URL],
        .version = TERRIER_VERSION,
        .max_answer =
            (size_t)config_number(c, SETTING_MAX_ANSWER_MIB) * 1024 * 1024,
        .tile_budget = (size_t)config_number(c, SETTING_TILE_BUDGET_KIB) * 1024,
    };
}

enum tr_status cmd_serve(struct cli *cli, int argc, char **argv,
                         struct tr_error *err)
{
    const char *listen = NULL, *threads_text = NULL;
    const struct cli_option options[] = {
        { "listen", "ADDRESS:PORT", "where to serve (default 127.0.0.1:8080)",
          &listen, NULL },
        { "threads", "N", "threads that answer (default: all cores)",
          &threads_text, NULL },
    };
    struct server_options o = { 0 };
    struct cli_arguments rest;
    struct server *server;
    long long threads = config_number(&cli->config, SETTING_THREADS);
    enum tr_status st = cli_parse(cli_command_named("serve"), options, 2, argc,
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
    catch_signals();
    st = server_start(&o, &server, err);
    if (st)
        return st;
    cli_note(cli, "serving the %s map on %s (Ctrl-C ends it)", o.audience.name,
             server_url(server));
    server_run(server, &stop_asked, &reload_asked);
    server_free(server);
    cli_note(cli, "stopped");
    return TR_OK;
}
