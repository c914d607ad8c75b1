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

struct server_settings { /* what may change while it runs */
    unsigned max_connections;
    unsigned request_seconds;     /* for a request, and for its answer */
    unsigned max_waiting;         /* slow requests, waiting and at work */
    unsigned old_version_seconds; /* tiles of the version before are given */
    size_t cache_bytes, cache_files;
    const char *public_url;
    size_t max_answer, tile_budget;
};

struct server_options {
    const char *listen; /* "127.0.0.1:8080", "[::1]:0"; port 0: any free one */
    const char *store;  /* opened by the builder's own thread */
    struct tr_audience
        audience;     /* other than public: loopback addresses only */
    unsigned threads; /* 0: as many as cores */
    const char *grid_dir;
    const struct http_asset *assets;
    size_t n_assets;
    const char *version; /* of the program */
    const char *archive; /* a PMTiles file to hand out in parts; NULL: none */
    struct server_settings settings;
};

struct server;

/* Build the first snapshot and start to listen. Fails with TR_EBUSY (the port
 * is taken), TR_EDENIED (an address or audience that may not be), TR_EINVAL,
 * and what snapshot_build() fails with. */
enum tr_status server_start(const struct server_options *o, struct server **out,
                            struct tr_error *err);
/* The address it listens on, as "http://127.0.0.1:8080/". */
const char *server_url(const struct server *s);

/* Read the settings anew; a failure is logged and the old ones stay. What is
 * pointed to must stay until the next call. */
struct server_reload {
    enum tr_status (*read)(void *context, struct server_settings *out,
                           struct tr_error *err);
    void *context;
};

/* Serve until `*stop` becomes non-zero (set by a signal handler); `*reload`
 * non-zero asks for the settings and a rebuild now, and is cleared. Then drain:
 * finish what is under way, take nothing new. */
void server_run(struct server *s, const volatile int *stop,
                volatile int *reload, const struct server_reload *how);
void server_free(struct server *s);

#endif
