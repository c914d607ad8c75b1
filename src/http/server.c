/* server.c - the only file that knows libmicrohttpd. See server.h.
 *
 * libmicrohttpd 0.9.75 answers on the second call of its handler (queueing on
 * the first closes the connection), decodes %00 to a NUL and accepts doubled
 * Content-Length headers: the raw target is kept from the log callback and the
 * framing is checked strictly before anything else. */
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libdeflate.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/painters.h"
#include "http/slots.h"
#include "terrier/crs.h"
#include "terrier/date.h"
#include "terrier/log.h"
#include "terrier/text.h"
#include "terrier/thread.h"

#define MAX_TARGET 32768
#define MAX_BODY                                                               \
    ((size_t)1024 *                                                            \
     1024) /* a client that sends more is cut off               \
                           */
#define SMALLEST_GZIP 512
#define GZIP_LEVEL    3 /* of a tile's time gzip is nearly all: keep it low */
#define CRS_POOL      16

struct server {
    struct server_options options;
    struct MHD_Daemon *daemon;
    char url[128];
    struct slots slots;
    struct store *store; /* the builder's */
    int64_t revision;
    int32_t built_on;           /* the civil date of the snapshot in use */
    int64_t build_microseconds; /* of the last one built, used or not */
    struct http_counters counters;
    pthread_mutex_t crs_lock;
    struct tr_crs *crs[CRS_POOL]; /* idle ones */
    size_t n_crs;
};

static int64_t microseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- views ---- */

static void free_view(const struct view *v)
{
    if (!v)
        return;
    tr_tile_cache_free(v->tiles);
    tr_snapshot_free((struct tr_snapshot *)v->snapshot);
    free((char *)v->rules);
    free((struct view *)v);
}

/* The text of the rule-set that the snapshot's run was made with. */
static char *read_rules(struct store *store, int64_t run)
{
    struct tr_arena a;
    const struct store_run *r;
    const char *text;
    size_t len;
    char *copy = NULL;

    if (run <= 0)
        return NULL;
    tr_arena_init(&a, (size_t)64 * 1024 * 1024);
    if (!store_run(store, run, &a, &r, NULL) &&
        !store_get_document(store, &r->rules, &a, &text, &len, NULL))
        copy = strndup(text, len);
    tr_arena_clear(&a);
    return copy;
}

static enum tr_status build_view(struct server *s, struct view **out,
                                 struct tr_error *err)
{
    struct snapshot_options o = {
        .audience = s->options.audience,
        .as_of = TR_NO_DATE,
        .threads = s->options.threads,
    };
    struct view *v = calloc(1, sizeof *v);
    struct tr_snapshot *snapshot;
    int64_t began = microseconds();
    enum tr_status st;

    if (!v)
        return tr_fail(err, TR_ENOMEM, "no memory left for the snapshot");
    st = snapshot_build(s->store, &o, &snapshot, err);
    if (st) {
        free(v);
        return st;
    }
    v->snapshot = snapshot;
    st = tr_tile_cache_new(snapshot, 0, &v->tiles, err);
    if (st) {
        free_view(v);
        return st;
    }
    v->rules = read_rules(s->store, snapshot->run);
    s->build_microseconds = microseconds() - began;
    *out = v;
    return TR_OK;
}

/* Rebuild when the store has moved or the date has changed (an agreement may
 * have lapsed). What the audience may not see does not swap anything. */
static void refresh(struct server *s, bool now)
{
    const struct view *old = atomic_load(&s->slots.current);
    struct tr_error err = TR_ERROR_INIT;
    struct view *next;
    int64_t revision;
    int32_t today = s->built_on;
    const struct tr_snapshot *shown = old->snapshot;

    if (store_revision(s->store, &revision, &err)) {
        tr_log(TR_LOG_WARN, err.msg, NULL);
        return;
    }
    tr_date_today(shown->n_places ? shown->places[0]->time_zone : "UTC", &today,
                  NULL);
    if (!now && revision == s->revision && today == s->built_on)
        return;
    if (build_view(s, &next, &err)) {
        tr_log(TR_LOG_WARN, err.msg, NULL);
        return;
    }
    s->revision = next->snapshot->revision;
    s->built_on = today;
    if (strcmp(next->snapshot->version, shown->version) == 0) {
        free_view(next);
        return;
    }
    atomic_fetch_add(&s->counters.swaps, 1);
    atomic_store(&s->counters.build_microseconds, s->build_microseconds);
    tr_log(TR_LOG_INFO, "snapshot swapped",
           (struct tr_log_field[]){
               { "version", next->snapshot->version, 0 },
               { "sites", NULL, (int64_t)next->snapshot->n_sites },
               { NULL, NULL, 0 } });
    free_view(slots_swap(&s->slots, next));
}

/* ---- PROJ contexts, one per request at work ---- */

static struct tr_crs *take_crs(struct server *s)
{
    struct tr_crs *crs = NULL;

    pthread_mutex_lock(&s->crs_lock);
    if (s->n_crs)
        crs = s->crs[--s->n_crs];
    pthread_mutex_unlock(&s->crs_lock);
    if (!crs && tr_crs_open(s->options.grid_dir, &crs, NULL))
        return NULL;
    return crs;
}

static void give_crs(struct server *s, struct tr_crs *crs)
{
    pthread_mutex_lock(&s->crs_lock);
    if (s->n_crs < CRS_POOL) {
        s->crs[s->n_crs++] = crs;
        crs = NULL;
    }
    pthread_mutex_unlock(&s->crs_lock);
    tr_crs_close(crs);
}

/* ---- one request ---- */

struct exchange { /* lives from the request line to the end of the answer */
    char *target; /* as sent: path and query, not decoded */
    size_t body;  /* bytes of a body that came and was forgotten */
    bool too_long, seen;
};

static void *keep_target(void *cls, const char *target,
                         struct MHD_Connection *connection)
{
    struct server *s = cls;
    struct exchange *x = calloc(1, sizeof *x);

    (void)connection;
    if (!x)
        return NULL;
    atomic_fetch_add(&s->counters.under_way, 1);
    x->too_long = strlen(target) > MAX_TARGET;
    x->target = x->too_long ? strdup("/") : strdup(target);
    return x;
}

static void end_exchange(void *cls, struct MHD_Connection *connection,
                         void **con_cls, enum MHD_RequestTerminationCode how)
{
    struct server *s = cls;
    struct exchange *x = *con_cls;

    (void)connection, (void)how;
    if (x) {
        atomic_fetch_sub(&s->counters.under_way, 1);
        free(x->target);
        free(x);
    }
    *con_cls = NULL;
}

static const char *header(struct MHD_Connection *c, const char *name)
{
    return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

struct framing {
    int lengths, encodings, hosts;
};

static enum MHD_Result count_framing(void *cls, enum MHD_ValueKind kind,
                                     const char *key, const char *value)
{
    struct framing *f = cls;

    (void)kind, (void)value;
    f->lengths += strcasecmp(key, "Content-Length") == 0;
    f->encodings += strcasecmp(key, "Transfer-Encoding") == 0;
    f->hosts += strcasecmp(key, "Host") == 0;
    return MHD_YES;
}

/* Nothing here takes a body: doubled lengths, both framings or two hosts are
 * attempts to be read differently by the proxy in front. */
static bool is_framed_well(struct MHD_Connection *c)
{
    struct framing f = { 0 };

    MHD_get_connection_values(c, MHD_HEADER_KIND, count_framing, &f);
    return f.lengths <= 1 && f.encodings <= 1 && f.hosts <= 1 &&
           !(f.lengths && f.encodings);
}

/* Fill the request from the connection; false: it is broken. */
static bool read_request(struct MHD_Connection *c, const struct exchange *x,
                         const char *method, struct http_request *req)
{
    const char *target = x->target;
    size_t path_len = strcspn(target, "?");
    const char *decoded; /* only to know that it can be */

    req->method = method;
    req->path = "/";
    req->host = header(c, MHD_HTTP_HEADER_HOST);
    req->accept = header(c, MHD_HTTP_HEADER_ACCEPT);
    req->if_none_match = header(c, MHD_HTTP_HEADER_IF_NONE_MATCH);
    req->accepts_gzip =
        http_accepts(header(c, MHD_HTTP_HEADER_ACCEPT_ENCODING), "gzip");
    if (!is_framed_well(c) || *target != '/' ||
        !http_decode(req->arena, target, path_len, false, &decoded))
        return false;
    req->path = tr_arena_text(req->arena, target, path_len);
    if (!req->path)
        return false;
    /* A host with other characters could end up in the links we write. */
    if (req->host && req->host[strspn(req->host, "abcdefghijklmnopqrstuvwxyz"
                                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                 "0123456789._-:[]")])
        return false;
    return !target[path_len] || http_read_query(req, target + path_len + 1);
}

/* gzip `b` in place when that makes it smaller. */
static bool compress_body(struct tr_buf *b)
{
    struct libdeflate_compressor *z;
    struct tr_buf packed;
    unsigned char *to;
    size_t len = 0;

    if (b->len < SMALLEST_GZIP)
        return false;
    z = libdeflate_alloc_compressor(GZIP_LEVEL);
    if (!z)
        return false;
    tr_buf_init(&packed, b->len);
    to = tr_buf_room(&packed, b->len);
    if (to)
        len = libdeflate_gzip_compress(z, b->data, b->len, to, b->len);
    libdeflate_free_compressor(z);
    if (!len) {
        tr_buf_clear(&packed);
        return false;
    }
    packed.len = len;
    tr_buf_clear(b);
    *b = packed;
    return true;
}

static const char csp[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'";

/* What is not for everybody is not for the caches on the way either. */
static void add_cache_control(struct MHD_Response *r,
                              const struct http_response *res, bool is_public)
{
    const char *rule = res->cache_control ? res->cache_control : "no-cache";
    char text[80];

    snprintf(text, sizeof text, "%s%s",
             is_public || res->asset ? "" : "private, ", rule);
    MHD_add_response_header(r, "Cache-Control", text);
}

static void add_headers(struct MHD_Response *r, const struct http_request *req,
                        const struct http_response *res, const char *etag,
                        bool packed)
{
    char quoted[160];
    bool is_public = strcmp(req->snapshot->audience.name, "public") == 0;

    MHD_add_response_header(r, "Content-Security-Policy", csp);
    MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(r, "Referrer-Policy", "same-origin");
    MHD_add_response_header(r, "Vary",
                            "Cookie, Authorization, Accept, Accept-Encoding");
    add_cache_control(r, res, is_public);
    if (atomic_load(&req->service->counters->stopping))
        MHD_add_response_header(r, "Connection", "close");
    if (res->content_type)
        MHD_add_response_header(r, "Content-Type", res->content_type);
    if (res->allow)
        MHD_add_response_header(r, "Allow", res->allow);
    if (res->content_crs)
        MHD_add_response_header(r, "Content-Crs", res->content_crs);
    if (res->status == 503)
        MHD_add_response_header(r, "Retry-After", "2");
    /* Open data is for everybody's pages; anything else is for ours. */
    if (is_public)
        MHD_add_response_header(r, "Access-Control-Allow-Origin", "*");
    if (packed)
        MHD_add_response_header(r, "Content-Encoding", "gzip");
    if (etag) {
        snprintf(quoted, sizeof quoted, "\"%.120s%s\"", etag,
                 packed ? HTTP_GZIP_SUFFIX : "");
        MHD_add_response_header(r, "ETag", quoted);
    }
}

static struct MHD_Response *make_response(struct http_response *res)
{
    struct MHD_Response *r;

    if (res->asset)
        return MHD_create_response_from_buffer(
            res->asset->len, (void *)res->asset->bytes, MHD_RESPMEM_PERSISTENT);
    r = MHD_create_response_from_buffer_with_free_callback(
        res->body.len, res->body.data, free);
    if (r)
        res->body = (struct tr_buf){ 0 }; /* the response owns the bytes now */
    return r;
}

static enum MHD_Result send_answer(struct MHD_Connection *c,
                                   const struct http_request *req,
                                   struct http_response *res, const char *etag)
{
    bool packed = false;
    struct MHD_Response *r;
    enum MHD_Result sent;

    if (res->asset) {
        res->content_type = res->asset->content_type;
        res->cache_control = res->asset->immutable
                                 ? "public, max-age=31536000, immutable"
                                 : "no-cache";
    } else if (req->accepts_gzip && res->status == 200) {
        packed = compress_body(&res->body);
    }
    r = make_response(res);
    if (!r) {
        tr_buf_clear(&res->body);
        return MHD_NO;
    }
    add_headers(r, req, res, etag, packed);
    sent = MHD_queue_response(c, res->status, r);
    MHD_destroy_response(r);
    return sent;
}

/* A page elsewhere can point a name of its own at this address (DNS rebinding)
 * and read the answers: what is not public asks for a name of ours. */
static bool may_ask(const struct http_request *req)
{
    return strcmp(req->snapshot->audience.name, "public") == 0 ||
           http_host_is_ours(req->host, req->service->public_url);
}

static enum MHD_Result answer(struct server *s, struct MHD_Connection *c,
                              const struct exchange *x, const char *method)
{
    struct tr_arena arena;
    struct http_response res = { 0 };
    struct http_request req = { .service = &s->options.service,
                                .arena = &arena };
    const char *etag = NULL;
    size_t slot;
    const struct view *view = slots_acquire(&s->slots, &slot);
    int64_t began = microseconds();
    enum MHD_Result sent;

    tr_arena_init(&arena, s->options.service.max_answer * 4);
    tr_buf_init(&res.body, s->options.service.max_answer);
    req.snapshot = view->snapshot;
    req.rules = view->rules;
    req.tiles = view->tiles;
    req.crs = take_crs(s);
    if (x->too_long)
        http_problem(&req, 414, "the address is longer than 32768 bytes", &res);
    else if (!read_request(c, x, method, &req))
        http_problem(&req, 400,
                     "the request is broken: a bad escape, a parameter given "
                     "twice, or contradicting headers",
                     &res);
    else if (!may_ask(&req))
        http_problem(&req, 421,
                     "what is not public is answered under a loopback name or "
                     "the configured public_url only",
                     &res);
    else if (!req.crs)
        http_problem(&req, 503, "no coordinate transformation is free", &res);
    else
        http_answer(&req, &res, &etag);
    sent = send_answer(c, &req, &res, etag);
    atomic_fetch_add(&s->counters.by_status[res.status], 1);
    atomic_fetch_add(&s->counters.microseconds,
                     (unsigned long long)(microseconds() - began));
    if (req.crs)
        give_crs(s, req.crs);
    tr_arena_clear(&arena);
    slots_release(&s->slots, slot);
    return sent;
}

/* libmicrohttpd gives a handler all of this. */
/* NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result handler(void *cls, struct MHD_Connection *connection,
                               const char *url, const char *method,
                               const char *version, const char *upload_data,
                               size_t *upload_data_size, void **con_cls)
{
    struct exchange *x = *con_cls;

    (void)url, (void)version, (void)upload_data;
    if (!x)
        return MHD_NO;
    if (!x->seen) { /* the headers are read; answer on the next call */
        x->seen = true;
        return MHD_YES;
    }
    if (*upload_data_size) { /* no page takes a body: read and forget it */
        x->body += *upload_data_size;
        *upload_data_size = 0;
        return x->body > MAX_BODY ? MHD_NO : MHD_YES;
    }
    return answer(cls, connection, x, method);
}

/* ---- starting ---- */

static bool parse_listen(const char *text, struct sockaddr_storage *out,
                         socklen_t *len, bool *is_loopback)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    const char *colon = strrchr(text, ':');
    char host[64];
    long long port;
    size_t n = colon ? (size_t)(colon - text) : sizeof host;

    memset(out, 0, sizeof *out);
    if (n >= sizeof host || !tr_text_to_int(colon + 1, &port) || port < 0 ||
        port > 65535)
        return false;
    memcpy(host, text, n);
    host[n] = '\0';
    if (host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = '\0';
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        *len = sizeof *v6;
        if (inet_pton(AF_INET6, host + 1, &v6->sin6_addr) != 1)
            return false;
        *is_loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
        return true;
    }
    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)port);
    *len = sizeof *v4;
    if (inet_pton(AF_INET, strcmp(host, "localhost") ? host : "127.0.0.1",
                  &v4->sin_addr) != 1)
        return false;
    *is_loopback = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    return true;
}

/* A socket of our own, so that a busy port is known before anything starts. */
static enum tr_status open_socket(struct server *s, int *out,
                                  struct tr_error *err)
{
    const char *where = s->options.listen;
    struct sockaddr_storage address;
    socklen_t len;
    bool is_loopback;
    int one = 1, fd;

    if (!parse_listen(where, &address, &len, &is_loopback))
        return tr_fail(err, TR_EINVAL,
                       "--listen is ADDRESS:PORT, such as 127.0.0.1:8080, not "
                       "'%.60s'",
                       where);
    if (!is_loopback && strcmp(s->options.audience.name, "public") != 0)
        return tr_fail(err, TR_EDENIED,
                       "the audience '%s' is served on a loopback address "
                       "only, and '%.60s' is none",
                       s->options.audience.name, where);
    fd = socket(address.ss_family, SOCK_STREAM, 0);
    if (fd < 0)
        return tr_fail(err, TR_EBACKEND, "cannot open a socket: %s",
                       strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, len) || listen(fd, 1024)) {
        int reason = errno;

        close(fd);
        if (reason == EADDRINUSE)
            return tr_fail(err, TR_EBUSY,
                           "'%.60s' is in use by another program: stop it or "
                           "choose another port with --listen",
                           where);
        return tr_fail(err, TR_EDENIED, "cannot listen on '%.60s': %s", where,
                       strerror(reason));
    }
    *out = fd;
    return TR_OK;
}

static void note_url(struct server *s, int fd)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;
    const char *colon = strrchr(s->options.listen, ':');
    unsigned port = 0;

    if (getsockname(fd, (struct sockaddr *)&a, &len) == 0)
        port = ntohs(a.ss_family == AF_INET6
                         ? ((struct sockaddr_in6 *)&a)->sin6_port
                         : ((struct sockaddr_in *)&a)->sin_port);
    snprintf(s->url, sizeof s->url, "http://%.*s:%u/",
             (int)(colon - s->options.listen), s->options.listen, port);
}

static enum tr_status start_daemon(struct server *s, int fd,
                                   struct tr_error *err)
{
    unsigned threads =
        s->options.threads ? s->options.threads : tr_thread_cores();

    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0,
        NULL, NULL, handler, s, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_THREAD_POOL_SIZE, threads < 2 ? 2 : threads,
        MHD_OPTION_CONNECTION_LIMIT, s->options.max_connections,
        MHD_OPTION_CONNECTION_TIMEOUT, s->options.request_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)65536,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
        keep_target, s, MHD_OPTION_NOTIFY_COMPLETED, end_exchange, s,
        MHD_OPTION_END);
    if (!s->daemon) {
        close(fd);
        return tr_fail(err, TR_EBACKEND, "the HTTP server does not start");
    }
    return TR_OK;
}

enum tr_status server_start(const struct server_options *o, struct server **out,
                            struct tr_error *err)
{
    struct server *s = calloc(1, sizeof *s);
    struct view *first;
    struct tr_crs *crs;
    int fd = -1;
    enum tr_status st;

    if (!s)
        return tr_fail(err, TR_ENOMEM, "no memory left for the server");
    s->options = *o;
    s->options.service.counters = &s->counters;
    s->counters.started = tr_instant_now();
    pthread_mutex_init(&s->crs_lock, NULL);
    st = open_socket(s, &fd, err);
    if (!st)
        st = store_open(o->store, STORE_READ, &s->store, err);
    if (st == TR_ENOTFOUND) /* to a script, a missing input file */
        st = TR_ENOINPUT;
    if (!st)
        st = painters_new(&s->options.service.painters, err);
    if (!st)
        st = tr_crs_open(o->grid_dir, &crs, err);
    if (!st) {
        s->options.service.crs = *tr_crs_info(crs);
        give_crs(s, crs);
        st = build_view(s, &first, err);
    }
    if (!st) {
        s->revision = first->snapshot->revision;
        s->built_on = first->snapshot->as_of;
        atomic_store(&s->slots.current, first);
        atomic_store(&s->counters.build_microseconds, s->build_microseconds);
        note_url(s, fd);
        st = start_daemon(s, fd, err);
    } else if (fd >= 0) {
        close(fd);
    }
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

/* Take no new connection, tell those there to close, and wait for the requests
 * under way, as long as one request may take. */
static void drain(struct server *s)
{
    const struct timespec moment = { 0, 5000000 };
    int64_t until =
        microseconds() + (int64_t)s->options.request_seconds * 1000000;
    int fd;

    atomic_store(&s->counters.stopping, true);
    fd = MHD_quiesce_daemon(s->daemon);
    while (atomic_load(&s->counters.under_way) && microseconds() < until)
        nanosleep(&moment, NULL);
    if (fd != MHD_INVALID_SOCKET)
        close(fd);
}

void server_run(struct server *s, const volatile int *stop,
                volatile int *reload)
{
    const struct timespec tick = { 0, 100000000 };

    for (unsigned n = 1; !*stop; n++) {
        bool now = *reload;

        nanosleep(&tick, NULL);
        if (now)
            *reload = 0;
        if (now || n % 10 == 0)
            refresh(s, now);
    }
    drain(s);
}

void server_free(struct server *s)
{
    if (!s)
        return;
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    free_view(atomic_load(&s->slots.current));
    for (size_t i = 0; i < s->n_crs; i++)
        tr_crs_close(s->crs[i]);
    painters_free(s->options.service.painters);
    store_close(s->store);
    pthread_mutex_destroy(&s->crs_lock);
    free(s);
}
