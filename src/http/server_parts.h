/*
 * server_parts.h - what server.c and running.c share: the server's parts.
 */
#ifndef HTTP_SERVER_PARTS_H
#define HTTP_SERVER_PARTS_H

#include "http/flight.h"
#include "http/serve.h"
#include "http/server.h"
#include "http/visitors.h"

struct MHD_Daemon;

struct server {
    struct server_options options;
    struct MHD_Daemon *daemon;
    char url[128];
    struct serve serve;
    struct reply_cache *cache;
    struct flights flights;
    struct visitors visitors;
    struct http_counters counters;
    pthread_t clock;
    bool has_clock;
    atomic_bool clock_stops;
    atomic_llong now; /* monotonic microseconds, by the clock */
    atomic_uint max_connections, request_seconds;
    bool is_public;
    unsigned threads; /* of the door, and of the pool */
    struct tr_crs_info crs;
    struct http_painters *painters;
    struct http_archive *archive;
    unsigned most_connections; /* libmicrohttpd's limit */
    atomic_ullong refused, late;
    atomic_size_t bodies; /* bytes of bodies that are being taken */
};

/* server.c: start to answer on a listening socket, which is then its own; take no
 * new connection, and let go of those that nobody has taken yet; end. */
enum tr_status door_open(struct server *s, int fd, struct tr_error *err);
void door_shut(struct server *s);
void door_close(struct server *s);
/* A thread of the pool makes an answer: what struct flights calls. */
struct reply *door_work(void *context, const struct asked *asked);

/* Microseconds that a request, and then its answer, may take. */
int64_t server_allows(const struct server *s);

#endif
