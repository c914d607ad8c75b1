/* handle_health.c - /healthz, /readyz, /version and /metrics: for those who run
 * the server. What they tell is of this audience's snapshot alone. */
#include "http/http.h"
#include "terrier/date.h"

static void say(struct http_response *res, const char *text)
{
    tr_buf_str(&res->body, text);
    res->content_type = "text/plain; charset=utf-8";
    res->cache_control = "no-store";
}

enum tr_status handle_health(const struct http_request *req,
                             struct http_response *res, struct tr_error *err)
{
    (void)req, (void)err;
    say(res, "ok\n");
    return TR_OK;
}

/* A server that answers has a snapshot: it is made before the port opens. Only
 * one that is about to end should get nothing new. */
enum tr_status handle_ready(const struct http_request *req,
                            struct http_response *res, struct tr_error *err)
{
    if (atomic_load(&req->service->counters->stopping))
        return tr_fail(err, TR_EBUSY, "the server is stopping");
    say(res, "ok\n");
    return TR_OK;
}

enum tr_status handle_version(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    struct tr_json j;

    (void)err;
    tr_json_init(&j, &res->body);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "terrier", req->service->version);
    tr_json_put_text(&j, "data", req->snapshot->version);
    tr_json_put_text(&j, "audience", req->snapshot->audience.name);
    tr_json_close_map(&j);
    tr_buf_byte(&res->body, '\n');
    res->content_type = "application/json";
    return TR_OK;
}

static void put_head(struct tr_buf *b, const char *name, const char *type,
                     const char *help)
{
    tr_buf_printf(b, "# HELP terrier_%s %s\n# TYPE terrier_%s %s\n", name, help,
                  name, type);
}

static void put_metric(struct tr_buf *b, const char *name, const char *type,
                       const char *help, double value)
{
    put_head(b, name, type, help);
    tr_buf_printf(b, "terrier_%s ", name);
    tr_buf_number(b, value);
    tr_buf_byte(b, '\n');
}

static void put_requests(struct tr_buf *b, struct http_counters *c)
{
    put_head(b, "requests_total", "counter", "Requests answered, by status.");
    for (unsigned status = 0; status < HTTP_STATUSES; status++) {
        unsigned long long n = 0;

        for (unsigned i = 0; i < HTTP_LANES; i++)
            n += atomic_load(&c->lanes[i].by_status[status]);

        if (n)
            tr_buf_printf(b, "terrier_requests_total{status=\"%u\"} %llu\n",
                          status, n);
    }
}

static void put_gauges(struct tr_buf *b, const struct http_gauges *g)
{
    const struct {
        const char *name, *type, *help;
        uint64_t value;
    } list[] = {
        { "tile_cache_hits_total", "counter", "Answers that were kept ready.",
          g->hits },
        { "tile_cache_misses_total", "counter",
          "Answers that were made and then kept.", g->misses },
        { "tile_cache_evicted_total", "counter",
          "Kept answers dropped for want of room.", g->evicted },
        { "tile_cache_entries", "gauge", "Answers kept.", g->entries },
        { "tile_cache_bytes", "gauge", "Memory of the answers kept.",
          g->bytes },
        { "tile_cache_files", "gauge",
          "Descriptors of answers kept as files in memory.", g->files },
        { "connections", "gauge", "Connections that are open.",
          g->connections },
        { "connections_cut_total", "counter",
          "Connections cut because the client was too slow.",
          g->connections_cut },
        { "slow_requests", "gauge", "Slow requests that wait or are at work.",
          g->slow_waiting },
        { "slow_requests_refused_total", "counter",
          "Slow requests refused because too many waited.", g->slow_refused },
        { "slow_requests_late_total", "counter",
          "Slow requests that passed the time limit.", g->slow_late },
    };

    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        put_metric(b, list[i].name, list[i].type, list[i].help,
                   (double)list[i].value);
}

static void put_work(struct tr_buf *b, const struct http_counters *c)
{
    unsigned long long microseconds = 0;
    int under_way = 0;

    for (unsigned i = 0; i < HTTP_LANES; i++) {
        microseconds += atomic_load(&c->lanes[i].microseconds);
        under_way += atomic_load(&c->lanes[i].under_way);
    }
    put_metric(b, "request_seconds_total", "counter",
               "Time spent on making answers, all together.",
               (double)microseconds / 1e6);
    put_metric(b, "requests_under_way", "gauge", "Requests being answered.",
               under_way);
}

enum tr_status handle_metrics(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    struct http_counters *c = req->service->counters;
    const struct tr_snapshot *s = req->snapshot;
    struct tr_buf *b = &res->body;
    struct http_gauges gauges;

    (void)err;
    put_requests(b, c);
    put_work(b, c);
    if (c->read_gauges) {
        c->read_gauges(c, &gauges);
        put_gauges(b, &gauges);
    }
    put_metric(b, "snapshot_sites", "gauge", "Sites in the snapshot in use.",
               (double)s->n_sites);
    put_metric(b, "snapshot_bytes", "gauge", "Memory of the snapshot in use.",
               (double)tr_snapshot_bytes(s));
    put_metric(b, "snapshot_build_seconds", "gauge",
               "How long the snapshot in use took to build.",
               (double)atomic_load(&c->build_microseconds) / 1e6);
    put_metric(b, "snapshot_swaps_total", "counter",
               "Times that the snapshot was swapped for a newer one.",
               (double)atomic_load(&c->swaps));
    put_metric(b, "uptime_seconds", "gauge", "Since the server started.",
               (double)(tr_instant_now() - c->started));
    res->content_type = "text/plain; version=0.0.4; charset=utf-8";
    res->cache_control = "no-store";
    return TR_OK;
}
