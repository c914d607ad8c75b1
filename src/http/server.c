/* server.c - the only file that knows libmicrohttpd. See server.h.
 *
 * libmicrohttpd 0.9.75 answers on the second call of its handler (queueing on
 * the first closes the connection), decodes %00 to a NUL and accepts doubled
 * Content-Length headers: the raw target is kept from the log callback and the
 * framing is checked strictly before anything else. Its time limit is of
 * inactivity, and past its limit of connections it says nothing: ours are in
 * visitors.c and below. */
#include "http/server_parts.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "http/memory_file.h"
#include "terrier/log.h"

#define MAX_TARGET   32768
#define SHORT_TARGET 232
#define MAX_BODY     ((size_t)1024 * 1024)
#define CUT_BODY     (8 * MAX_BODY)  /* who sends more is cut off */
#define MOST_BODIES  (64 * MAX_BODY) /* of all requests together */
/* From there sendfile is worth its four more system calls: measured, 50 KB from
 * memory take 14 us and from a file 20, 100 KB 26 and 29. */
#define FILE_BYTES   ((size_t)256 * 1024)
#define SLOWEST_RATE 16384 /* bytes a second that a reader must take */
#define LANE(x)      (&(x)->server->counters.lanes[(x)->lane])

/* A connection, and the request that it carries at the moment. */
struct exchange {
    struct visitor visitor;
    struct waiter waiter;
    struct server *server;
    struct MHD_Connection *connection;
    unsigned lane;
    char *target; /* as sent: path and query, not decoded */
    char short_target[SHORT_TARGET];
    struct tr_buf body;
    size_t body_len; /* of all that came */
    bool is_too_long, is_seen, is_woken;
    bool is_unlucky; /* all bodies together were too much for its own */
};

static struct exchange *exchange_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

/* From now on the client has so long, and `bytes` at the slowest rate. */
static void give_time(struct exchange *x, size_t bytes)
{
    int64_t now = atomic_load_explicit(&x->server->now, memory_order_relaxed);

    atomic_store_explicit(&x->visitor.until,
                          now + server_allows(x->server) +
                              (int64_t)(bytes / SLOWEST_RATE) * 1000000,
                          memory_order_relaxed);
}

/* ---- connections and requests come and go ---- */

static void begin_connection(struct server *s, struct MHD_Connection *c,
                             void **context)
{
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct exchange *x = fd ? calloc(1, sizeof *x) : NULL;

    *context = x;
    if (!x)
        return;
    x->server = s;
    x->connection = c;
    x->visitor.fd = fd->connect_fd;
    x->lane = (unsigned)fd->connect_fd % HTTP_LANES;
    give_time(x, 0);
    visitors_come(&s->visitors, &x->visitor);
}

static void on_connection(void *cls, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct server *s = cls;
    struct exchange *x = *context;

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        begin_connection(s, c, context);
    } else if (x) {
        visitors_go(&s->visitors, &x->visitor);
        free(x);
        *context = NULL;
    }
}

static void *on_target(void *cls, const char *target, struct MHD_Connection *c)
{
    struct exchange *x = exchange_of(c);
    size_t len = strlen(target);

    (void)cls;
    if (!x)
        return NULL;
    x->is_too_long = len > MAX_TARGET;
    if (x->is_too_long) {
        target = "/";
        len = 1;
    }
    x->target = len < SHORT_TARGET ? x->short_target : malloc(len + 1);
    if (!x->target)
        return NULL;
    memcpy(x->target, target, len + 1);
    tr_buf_init(&x->body, MAX_BODY);
    x->body_len = 0;
    x->is_seen = x->is_woken = x->is_unlucky = false;
    give_time(x, 0);
    atomic_fetch_add_explicit(&LANE(x)->under_way, 1, memory_order_relaxed);
    return x;
}

static void forget_body(struct exchange *x)
{
    atomic_fetch_sub(&x->server->bodies, x->body.len);
    tr_buf_clear(&x->body);
}

static void on_end(void *cls, struct MHD_Connection *c, void **con_cls,
                   enum MHD_RequestTerminationCode how)
{
    struct exchange *x = *con_cls;

    (void)cls, (void)c, (void)how;
    *con_cls = NULL;
    if (!x)
        return;
    if (x->target != x->short_target)
        free(x->target);
    x->target = NULL;
    forget_body(x);
    reply_drop(x->waiter.reply);
    x->waiter.reply = NULL;
    give_time(x, 0);
    atomic_fetch_sub_explicit(&LANE(x)->under_way, 1, memory_order_relaxed);
}

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind,
                                   const char *key, const char *value)
{
    (void)kind;
    asked_header(cls, key, value);
    return MHD_YES;
}

static struct asked read_asked(const struct exchange *x, const char *method)
{
    struct asked a = { .method = method,
                       .target = x->target,
                       .body = x->body.data,
                       .body_len = x->body.len,
                       .is_too_long = x->is_too_long,
                       .is_too_large = x->body_len > MAX_BODY };

    MHD_get_connection_values(x->connection, MHD_HEADER_KIND, take_header, &a);
    return a;
}

/* ---- replies ---- */

static const char csp[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'";

static void add(struct MHD_Response *r, const char *name, const char *value)
{
    if (value)
        MHD_add_response_header(r, name, value);
}

/* What is not for everybody is not for the caches on the way either. */
static void add_cache_control(struct MHD_Response *r, const struct serving *g)
{
    const char *rule = g->res.cache_control;
    char text[80];

    snprintf(text, sizeof text, "%s%s",
             (g->is_public && !g->res.is_private) || g->res.asset ? ""
                                                                  : "private, ",
             rule ? rule : "no-cache");
    add(r, "Cache-Control", text);
}

static void add_headers(struct MHD_Response *r, const struct serving *g)
{
    const struct http_response *res = &g->res;
    char quoted[160];

    add(r, "Content-Security-Policy", csp);
    add(r, "X-Content-Type-Options", "nosniff");
    add(r, "Referrer-Policy", "same-origin");
    add(r, "Vary", "Cookie, Authorization, Accept, Accept-Encoding");
    add_cache_control(r, g);
    add(r, "Connection", g->closes ? "close" : NULL);
    add(r, "Content-Type", res->content_type);
    add(r, "Allow", res->allow);
    add(r, "Content-Crs", res->content_crs);
    add(r, "Content-Range", res->content_range);
    add(r, "Accept-Ranges", res->file_size ? "bytes" : NULL);
    add(r, "Set-Cookie", res->set_cookie);
    add(r, "Retry-After",
        res->status == 503   ? "2"
        : res->status == 429 ? "900"
                             : NULL);
    /* Open data is for everybody's pages; anything else is for ours. */
    add(r, "Access-Control-Allow-Origin",
        g->is_public && !res->is_private ? "*" : NULL);
    add(r, "Content-Encoding", coding_name(g->coding));
    if (g->etag) {
        snprintf(quoted, sizeof quoted, "\"%.120s%s\"", g->etag,
                 coding_suffix(g->coding));
        add(r, "ETag", quoted);
    }
}

static void destroy_reply(struct reply *r)
{
    MHD_destroy_response(r->full);
    free(r);
}

/* The response closes its descriptor, so it gets one of its own. */
static struct MHD_Response *make_part(const struct serving *g,
                                      struct reply *reply)
{
    int fd = dup(g->res.file);
    struct MHD_Response *r =
        fd < 0 ? NULL
               : MHD_create_response_from_fd_at_offset64(g->len, fd, g->first);

    if (!r && fd >= 0)
        close(fd);
    reply->bytes = (size_t)g->len;
    return r;
}

/* The body of a response: an asset's own bytes, a file, or what was written,
 * which the response owns from then on. */
static struct MHD_Response *make_body(struct server *s, struct serving *g,
                                      struct reply *reply)
{
    struct tr_buf *b = &g->res.body;
    struct MHD_Response *r;
    int fd = -1;

    if (g->res.asset && g->coding == CODING_NONE)
        return MHD_create_response_from_buffer(g->res.asset->len,
                                               (void *)g->res.asset->bytes,
                                               MHD_RESPMEM_PERSISTENT);
    if (g->res.file_size)
        return make_part(g, reply);
    reply->bytes = b->len;
    if (b->len >= FILE_BYTES && g->name.len &&
        reply_cache_has_file_room(s->cache))
        fd = memory_file(b->data, b->len);
    if (fd >= 0) {
        r = MHD_create_response_from_fd64(b->len, fd);
        if (!r)
            close(fd);
        reply->is_file = r != NULL;
        return r;
    }
    r = MHD_create_response_from_buffer_with_free_callback(b->len, b->data,
                                                           free);
    if (r)
        *b = (struct tr_buf){ 0 };
    return r;
}

/* NULL: no memory. */
static struct reply *make_reply(struct server *s, struct serving *g)
{
    struct reply *reply = calloc(1, sizeof *reply);

    if (!reply)
        return NULL;
    atomic_init(&reply->holders, 1);
    reply->destroy = destroy_reply;
    reply->status = g->res.status;
    reply->full = make_body(s, g, reply);
    if (!reply->full) {
        free(reply);
        return NULL;
    }
    if (g->etag && g->res.status == 200)
        snprintf(reply->etag, sizeof reply->etag, "%s", g->etag);
    add_headers(reply->full, g);
    return reply;
}

static void copy_header(struct MHD_Response *to, struct MHD_Response *from,
                        const char *name)
{
    add(to, name, MHD_get_response_header(from, name));
}

/* A 304 to the reply, when the client holds it already; NULL: it does not. */
static struct MHD_Response *unmodified(const struct asked *a,
                                       const struct reply *reply)
{
    struct MHD_Response *r = NULL;
    struct tr_arena arena;
    struct http_request req = { .accepts_gzip =
                                    http_accepts(a->accept_encoding, "gzip"),
                                .accepts_brotli =
                                    http_accepts(a->accept_encoding, "br"),
                                .arena = &arena };
    const char *held;

    tr_arena_init(&arena, 65536);
    held = http_etag_held(&req, a->if_none_match, reply->etag);
    if (held)
        r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (r) {
        copy_header(r, reply->full, "Cache-Control");
        copy_header(r, reply->full, "Vary");
        copy_header(r, reply->full, "Access-Control-Allow-Origin");
        copy_header(r, reply->full, "Content-Security-Policy");
        copy_header(r, reply->full, "X-Content-Type-Options");
        copy_header(r, reply->full, "Referrer-Policy");
        add(r, "ETag", tr_arena_printf(&arena, "\"%s\"", held));
    }
    tr_arena_clear(&arena);
    return r;
}

static enum MHD_Result send_reply(struct exchange *x, const struct asked *a,
                                  const struct reply *reply)
{
    unsigned status = reply->status;
    struct MHD_Response *r = reply->full, *other = NULL;
    enum MHD_Result sent;

    if (a->if_none_match && *reply->etag)
        other = unmodified(a, reply);
    if (other) {
        status = 304;
        r = other;
    }
    give_time(x, other ? 0 : reply->bytes);
    sent = MHD_queue_response(x->connection, status, r);
    if (other)
        MHD_destroy_response(other);
    atomic_fetch_add_explicit(&LANE(x)->by_status[status], 1,
                              memory_order_relaxed);
    return sent;
}

/* ---- answering ---- */

/* Most requests for tiles need nothing but a look into the cache. Under a name
 * that is not loopback's, what is not public takes the longer way. */
static struct reply *find_kept(struct server *s, const struct asked *a)
{
    struct views *views = &s->serve.views;
    struct reply_key k = { .name = a->target };
    struct reply *reply;
    uint64_t version;

    if (!asked_is_plain(a, &k.len, &version) ||
        (!s->is_public && !http_host_is_ours(a->host, "")))
        return NULL;
    k.state = version ? view_state(version, atomic_load(&views->salt))
                      : atomic_load(&views->state);
    k.variant = serve_variant(coding_choose(a->accept_encoding), version != 0);
    reply = reply_cache_get(s->cache, &k);
    if (reply || version)
        return reply;
    k.state = SERVE_ASSETS;
    return reply_cache_get(s->cache, &k);
}

/* Reply to what is at work, and keep the reply when it may be kept. */
static struct reply *finish(struct server *s, struct serving *g)
{
    struct reply_key key;
    bool is_named = serve_key(g, &key);
    struct reply *reply;

    serve_answer(g);
    reply = make_reply(s, g);
    if (reply && is_named && reply->status == 200)
        reply_cache_put(s->cache, &key, reply);
    return reply;
}

/* What a thread of the pool does. */
struct reply *door_work(void *context, const struct asked *asked)
{
    struct server *s = context;
    int64_t began = http_microseconds();
    struct serving g;
    struct reply *reply;

    serve_begin(&s->serve, asked, &g);
    g.closes = atomic_load(&s->counters.stopping);
    reply = finish(s, &g);
    serve_end(&s->serve, &g);
    atomic_fetch_add(&s->counters.lanes[0].microseconds,
                     (unsigned long long)(http_microseconds() - began));
    return reply;
}

static void wake(struct waiter *w)
{
    struct exchange *x =
        (struct exchange *)(void *)((char *)w -
                                    offsetof(struct exchange, waiter));

    MHD_resume_connection(x->connection);
}

/* Leave it to the pool; false: there is no place left. */
static bool wait_for_it(struct exchange *x, const struct asked *a,
                        const struct serving *g)
{
    struct server *s = x->server;
    struct reply_key key;
    bool is_shared = serve_key(g, &key);

    if (!flights_reserve(&s->flights)) {
        atomic_fetch_add(&s->refused, 1);
        return false;
    }
    x->is_woken = true; /* when the handler is called again */
    x->waiter =
        (struct waiter){ .until = http_microseconds() + server_allows(s),
                         .wake = wake };
    atomic_store(&x->visitor.until, INT64_MAX);
    MHD_suspend_connection(x->connection);
    flights_join(&s->flights, is_shared ? &key : NULL, a, &x->waiter);
    return true;
}

static bool is_crowded(const struct server *s)
{
    return atomic_load_explicit(&s->visitors.n, memory_order_relaxed) >
           atomic_load_explicit(&s->max_connections, memory_order_relaxed);
}

static void say_late(struct server *s, const struct waiter *w,
                     struct serving *g)
{
    atomic_fetch_add(&s->late, 1);
    if (w->was_begun)
        serve_problem(g, 504,
                      "this took longer than the server's limit for one "
                      "request: ask for less, or for a smaller area");
    else
        serve_problem(g, 503,
                      "the server is busy and did not come to this request in "
                      "time: try again in a moment");
}

static void say_crowded(struct serving *g)
{
    g->closes = true;
    serve_problem(g, 503,
                  "more connections are open than the server takes: try again "
                  "in a moment");
}

/* Have it made by the pool; false: there is no place, and that is said. */
static bool leave_to_pool(struct exchange *x, const struct asked *a,
                          struct serving *g)
{
    if (atomic_load(&x->server->counters.stopping) || !serve_is_slow(g))
        return false;
    if (wait_for_it(x, a, g))
        return true;
    serve_problem(g, 503,
                  "as many slow requests are waiting as the server takes: try "
                  "again in a moment");
    return false;
}

/* The reply, or NULL: it will come (*waits), or there is no memory. */
static struct reply *make_answer(struct exchange *x, const struct asked *a,
                                 bool *waits)
{
    struct server *s = x->server;
    struct reply *reply = NULL;
    struct serving g;
    struct reply_key key;

    serve_begin(&s->serve, a, &g);
    g.closes = atomic_load(&s->counters.stopping);
    if (x->is_woken)
        say_late(s, &x->waiter, &g);
    else if (is_crowded(s) || x->is_unlucky)
        say_crowded(&g);
    else if (!g.closes && serve_key(&g, &key))
        reply = reply_cache_get(s->cache, &key);
    *waits = !reply && leave_to_pool(x, a, &g);
    if (!reply && !*waits)
        reply = finish(s, &g);
    serve_end(&s->serve, &g);
    return reply;
}

static enum MHD_Result answer(struct exchange *x, const char *method)
{
    struct server *s = x->server;
    struct asked asked = read_asked(x, method);
    struct reply *reply = x->waiter.reply;
    enum MHD_Result sent;
    bool waits;

    x->waiter.reply = NULL;
    if (!reply && !x->is_woken && !is_crowded(s) &&
        !atomic_load_explicit(&s->counters.stopping, memory_order_relaxed))
        reply = find_kept(s, &asked);
    if (!reply) {
        int64_t began = http_microseconds();

        /* What takes time now is our doing. */
        atomic_store(&x->visitor.until, INT64_MAX);
        reply = make_answer(x, &asked, &waits);
        if (waits)
            return MHD_YES;
        atomic_fetch_add_explicit(
            &LANE(x)->microseconds,
            (unsigned long long)(http_microseconds() - began),
            memory_order_relaxed);
    }
    if (!reply)
        return MHD_NO;
    sent = send_reply(x, &asked, reply);
    reply_drop(reply);
    return sent;
}

/* A body is taken up to the limit, then forgotten, then the client is cut; of a
 * GET it is forgotten at once. */
static enum MHD_Result take_body(struct exchange *x, const char *method,
                                 const char *bytes, size_t *len)
{
    size_t n = strcmp(method, "POST") == 0 ? *len : 0;

    x->body_len += *len;
    *len = 0;
    if (x->body_len > MAX_BODY || x->is_unlucky) {
        forget_body(x);
    } else if (atomic_fetch_add(&x->server->bodies, n) + n > MOST_BODIES) {
        atomic_fetch_sub(&x->server->bodies, n);
        x->is_unlucky = true;
    } else {
        tr_buf_add(&x->body, bytes, n);
        if (x->body.failed) /* it was counted, and is not there */
            atomic_fetch_sub(&x->server->bodies, n);
    }
    return x->body_len > CUT_BODY ? MHD_NO : MHD_YES;
}

/* libmicrohttpd gives a handler all of this. */
/* NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result handler(void *cls, struct MHD_Connection *connection,
                               const char *url, const char *method,
                               const char *version, const char *upload_data,
                               size_t *upload_data_size, void **con_cls)
{
    struct exchange *x = *con_cls;

    (void)cls, (void)connection, (void)url, (void)version;
    if (!x)
        return MHD_NO;
    if (!x->is_seen) { /* the headers are read; answer on the next call */
        x->is_seen = true;
        return MHD_YES;
    }
    if (*upload_data_size)
        return take_body(x, method, upload_data, upload_data_size);
    return answer(x, method);
}

/* ---- the daemon ---- */

/* What libmicrohttpd has to say is mostly that a client went away. */
static void take_message(void *cls, const char *format, va_list arguments)
{
    char text[300];

    (void)cls;
    vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\n")] = '\0';
    tr_log(TR_LOG_DEBUG, text, NULL);
}

enum tr_status door_open(struct server *s, int fd, struct tr_error *err)
{
    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG |
            MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME,
        0, NULL, NULL, handler, s, MHD_OPTION_EXTERNAL_LOGGER, take_message,
        NULL, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE,
        s->threads, MHD_OPTION_CONNECTION_LIMIT, s->most_connections,
        MHD_OPTION_CONNECTION_TIMEOUT, s->options.settings.request_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)65536,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, s, MHD_OPTION_URI_LOG_CALLBACK, on_target, s,
        MHD_OPTION_NOTIFY_COMPLETED, on_end, s, MHD_OPTION_END);
    if (!s->daemon) {
        close(fd);
        return tr_fail(err, TR_EBACKEND, "the HTTP server does not start");
    }
    return TR_OK;
}

/* MHD_quiesce_daemon() takes the socket out of each worker's epoll set, and so
 * does the worker: who comes second ends the process (0.9.75). Here something
 * that is never ready takes the socket's number; with its last number the socket
 * is closed, and gone from every set. */
void door_shut(struct server *s)
{
    const union MHD_DaemonInfo *door =
        MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_LISTEN_FD);
    int never = eventfd(0, EFD_CLOEXEC);

    if (door && never >= 0)
        dup2(never, door->listen_fd);
    if (never >= 0)
        close(never);
}

void door_close(struct server *s)
{
    MHD_stop_daemon(s->daemon);
}
