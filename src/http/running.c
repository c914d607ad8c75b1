/* running.c - the server's life: starting, settings, looking after the snapshot
 * and the time limits, stopping. See server.h. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "http/archive_file.h"
#include "http/listen.h"
#include "http/painters.h"
#include "http/server_parts.h"
#include "terrier/date.h"
#include "terrier/log.h"
#include "terrier/thread.h"

int64_t server_allows(const struct server *s)
{
    return (int64_t)atomic_load_explicit(&s->request_seconds,
                                         memory_order_relaxed) *
           1000000;
}

/* ---- starting ---- */

static void apply_settings(struct server *s)
{
    const struct server_settings *now = &s->options.settings;

    atomic_store(&s->max_connections, now->max_connections);
    atomic_store(&s->request_seconds, now->request_seconds);
    atomic_store(&s->flights.places, now->max_waiting);
    reply_cache_bound(s->cache, now->cache_bytes, now->cache_files);
}

/* Ours says 503 in time; libmicrohttpd's would only not accept any more. */
static void set_most_connections(struct server *s)
{
    unsigned wanted = s->options.settings.max_connections;
    size_t files = listen_raise_files();
    size_t most = wanted + wanted / 4 + 64;
    size_t other = s->options.settings.cache_files + 64;

    if (files && most + other > files) {
        tr_log(TR_LOG_WARN,
               "the system grants fewer open files than max_connections and "
               "tile_cache_files need",
               (struct tr_log_field[]){ { "files", NULL, (int64_t)files },
                                        { NULL, NULL, 0 } });
        most = files > other * 2 ? files - other : files / 2;
    }
    s->most_connections = (unsigned)most;
    if (wanted > most - most / 5)
        s->options.settings.max_connections = (unsigned)(most - most / 5);
}

static void read_gauges(struct http_counters *c, struct http_gauges *out)
{
    struct server *s =
        (struct server *)(void *)((char *)c -
                                  offsetof(struct server, counters));
    struct reply_cache_counts n;

    reply_cache_count(s->cache, &n);
    *out = (struct http_gauges){
        .hits = n.hits,
        .misses = n.misses,
        .evicted = n.evicted,
        .entries = n.entries,
        .bytes = n.bytes,
        .files = n.files,
        .connections = atomic_load(&s->visitors.n),
        .connections_cut = atomic_load(&s->visitors.cut),
        .slow_waiting = atomic_load(&s->flights.taken),
        .slow_refused = atomic_load(&s->refused),
        .slow_late = atomic_load(&s->late),
    };
}

static struct view_options view_options_of(struct server *s)
{
    const struct server_options *o = &s->options;

    return (struct view_options){
        .audience = o->audience,
        .threads = o->threads,
        .service = { .assets = o->assets,
                     .store = o->store,
                     .n_assets = o->n_assets,
                     .public_url = o->settings.public_url,
                     .version = o->version,
                     .max_answer = o->settings.max_answer,
                     .tile_budget = o->settings.tile_budget,
                     .crs = s->crs,
                     .painters = s->painters,
                     .archive = s->archive,
                     .counters = &s->counters },
    };
}

/* What every part needs before the first request. */
static enum tr_status open_parts(struct server *s, struct tr_error *err)
{
    struct view_options o;
    struct desk *desk = NULL;
    enum tr_status st = TR_OK;

    s->cache = reply_cache_new(0, 0);
    if (!s->cache)
        st = tr_fail(err, TR_ENOMEM, "no memory left for the server");
    if (!st && s->options.archive)
        st = archive_file_open(s->options.archive, s->options.audience.name,
                               &s->archive, err);
    if (!st)
        st = painters_new(&s->painters, err);
    if (!st)
        st = store_open(s->options.store, STORE_READ, &s->serve.views.store,
                        err);
    if (st == TR_ENOTFOUND) /* to a script, a missing input file */
        st = TR_ENOINPUT;
    if (!st)
        st = desks_take(&s->serve.desks, s->options.settings.max_answer, &desk,
                        err);
    if (!st) {
        s->crs = *tr_crs_info(desk->crs);
        desks_give(&s->serve.desks, desk);
        o = view_options_of(s);
        st = views_open(&s->serve.views, &o, err);
    }
    if (!st)
        st = flights_open(&s->flights, s->threads, err);
    return st;
}

/* The clock has a thread of its own: a snapshot takes seconds to build, and time
 * limits hold meanwhile. */
static void *run_clock(void *context)
{
    const struct timespec pause = { 0, 50000000 };
    struct server *s = context;

    while (!atomic_load(&s->clock_stops)) {
        int64_t now = http_microseconds();

        atomic_store(&s->now, now);
        flights_expire(&s->flights, now);
        visitors_sweep(&s->visitors, now);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static enum tr_status start_clock(struct server *s, struct tr_error *err)
{
    atomic_store(&s->now, http_microseconds());
    if (pthread_create(&s->clock, NULL, run_clock, s))
        return tr_fail(err, TR_ENOMEM, "no thread to be had for the clock");
    s->has_clock = true;
    return TR_OK;
}

enum tr_status server_start(const struct server_options *o, struct server **out,
                            struct tr_error *err)
{
    struct server *s;
    int fd = -1;
    enum tr_status st;

    if (posix_memalign((void **)&s, 64, sizeof *s))
        return tr_fail(err, TR_ENOMEM, "no memory left for the server");
    memset(s, 0, sizeof *s);
    s->options = *o;
    s->threads = o->threads ? o->threads : tr_thread_cores();
    s->threads = s->threads < 2 ? 2 : s->threads;
    s->is_public = strcmp(o->audience.name, "public") == 0;
    s->counters.started = tr_instant_now();
    s->counters.read_gauges = read_gauges;
    s->flights.work = door_work;
    s->flights.context = s;
    desks_init(&s->serve.desks, o->grid_dir);
    visitors_init(&s->visitors);
    st = listen_open(o->listen, &o->audience, &fd, err);
    if (!st)
        st = open_parts(s, err);
    if (!st) {
        listen_url(o->listen, fd, s->url, sizeof s->url);
        set_most_connections(s);
        apply_settings(s);
        st = start_clock(s, err);
    }
    if (!st)
        st = door_open(s, fd, err);
    else if (fd >= 0)
        close(fd);
    if (st) {
        server_free(s);
        return st;
    }
    *out = s;
    return TR_OK;
}

const char *server_url(const struct server *s)
{
    return s->url;
}

/* ---- running ---- */

static bool is_idle(const struct server *s)
{
    int under_way = 0;

    for (unsigned i = 0; i < HTTP_LANES; i++)
        under_way += atomic_load(&s->counters.lanes[i].under_way);
    return !under_way;
}

static void wait_until_idle(const struct server *s, int64_t microseconds)
{
    const struct timespec moment = { 0, 5000000 };
    int64_t until = http_microseconds() + microseconds;

    while (!is_idle(s) && http_microseconds() < until)
        nanosleep(&moment, NULL);
}

/* Take no new connection, tell those there to close, and wait for the requests
 * under way, as long as one request may take. What then still waits is told so,
 * and has a moment to hear it. */
static void drain(struct server *s)
{
    atomic_store(&s->counters.stopping, true);
    door_shut(s);
    wait_until_idle(s, server_allows(s));
    flights_end(&s->flights);
    wait_until_idle(s, 1000000);
}

static void read_settings(struct server *s, const struct server_reload *how)
{
    struct server_settings next = s->options.settings;
    struct tr_error err = TR_ERROR_INIT;

    if (how->read(how->context, &next, &err)) {
        tr_log(TR_LOG_WARN, "the settings stay as they were",
               (struct tr_log_field[]){ { "why", err.msg, 0 },
                                        { NULL, NULL, 0 } });
        return;
    }
    if (next.max_connections > s->most_connections - s->most_connections / 5) {
        next.max_connections = s->most_connections - s->most_connections / 5;
        tr_log(TR_LOG_WARN,
               "max_connections can be raised that far at the start only",
               (struct tr_log_field[]){
                   { "now", NULL, (int64_t)next.max_connections },
                   { NULL, NULL, 0 } });
    }
    s->options.settings = next;
    apply_settings(s);
    tr_log(TR_LOG_INFO, "settings read anew", NULL);
}

/* Look after the snapshot: a new one, and the one before let go. */
static void refresh(struct server *s, bool now)
{
    struct views *v = &s->serve.views;
    struct view_options o = view_options_of(s);
    int64_t age;

    if (views_refresh(v, &o, now))
        reply_cache_keep(s->cache, atomic_load(&v->state),
                         atomic_load(&v->state_before));
    age = http_microseconds() - v->swapped_at;
    if (age > (int64_t)s->options.settings.old_version_seconds * 1000000 &&
        views_forget(v))
        reply_cache_keep(s->cache, atomic_load(&v->state), SERVE_ASSETS);
}

void server_run(struct server *s, const volatile int *stop,
                volatile int *reload, const struct server_reload *how)
{
    const struct timespec pause = { 0, 100000000 };

    for (unsigned n = 1; !*stop; n++) {
        bool now = *reload;

        nanosleep(&pause, NULL);
        if (now) {
            *reload = 0;
            read_settings(s, how);
        }
        if (now || n % 10 == 0)
            refresh(s, now);
    }
    drain(s);
}

void server_free(struct server *s)
{
    if (!s)
        return;
    if (s->daemon) {
        flights_end(&s->flights);
        door_close(s);
    }
    atomic_store(&s->clock_stops, true);
    if (s->has_clock)
        pthread_join(s->clock, NULL);
    if (s->flights.pool)
        flights_close(&s->flights);
    reply_cache_free(s->cache);
    views_close(&s->serve.views);
    desks_clear(&s->serve.desks);
    painters_free(s->painters);
    archive_file_close(s->archive);
    free(s);
}
