/*
 * server.h - the server: sockets, threads, the snapshot in use and its swap.
 *
 * Snapshots are swapped by slots: a request shows the snapshot it is using in a
 * slot; the builder swaps the pointer, waits until no slot shows the old one,
 * and frees it - off the request path. So no request ever sees two states or
 * waits.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/http.h"
#include "store/snapshot_build.h"

struct server_options {
    const char *listen; /* "127.0.0.1:8080", "[::1]:0"; port 0: any free one */
    const char *store;  /* opened by the builder's own thread */
    struct tr_audience
        audience;     /* other than public: loopback addresses only */
    unsigned threads; /* 0: as many as cores */
    unsigned max_connections;
    unsigned request_seconds;
    const char *grid_dir;
    struct http_service service;
};

struct server;

/* Build the first snapshot and start to listen. Fails with TR_EBUSY (the port
 * is taken), TR_EDENIED (an address or audience that may not be), TR_EINVAL,
 * and what snapshot_build() fails with. */
enum tr_status server_start(const struct server_options *o, struct server **out,
                            struct tr_error *err);
/* The address it listens on, as "http://127.0.0.1:8080/". */
const char *server_url(const struct server *s);
/* Serve until `*stop` becomes non-zero (set by a signal handler); `*reload`
 * non-zero asks for a rebuild now and is cleared. Then drain: finish what is
 * under way, take nothing new. */
void server_run(struct server *s, const volatile int *stop,
                volatile int *reload);
void server_free(struct server *s);

#endif
