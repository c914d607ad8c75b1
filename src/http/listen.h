/*
 * listen.h - the socket that the server listens on.
 */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include "terrier/snapshot.h"

/* A socket of our own, so that a busy port is known before anything starts.
 * `where` is "127.0.0.1:8080" or "[::1]:0". Fails with TR_EINVAL, TR_EBUSY (the
 * port is taken), TR_EDENIED (an address that may not be, for this audience). */
enum tr_status listen_open(const char *where,
                           const struct tr_audience *audience, int *out,
                           struct tr_error *err);
/* The address it has, as "http://127.0.0.1:8080/". */
void listen_url(const char *where, int fd, char *out, size_t size);

/* As many descriptors as the system grants; how many there may be. */
size_t listen_raise_files(void);

#endif
