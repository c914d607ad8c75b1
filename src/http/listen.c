/* listen.c - see listen.h */
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "terrier/text.h"

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

enum tr_status listen_open(const char *where,
                           const struct tr_audience *audience, int *out,
                           struct tr_error *err)
{
    struct sockaddr_storage address;
    socklen_t len;
    bool is_loopback;
    int one = 1, fd;

    if (!parse_listen(where, &address, &len, &is_loopback))
        return tr_fail(err, TR_EINVAL,
                       "--listen is ADDRESS:PORT, such as 127.0.0.1:8080, not "
                       "'%.60s'",
                       where);
    if (!is_loopback && strcmp(audience->name, "public") != 0)
        return tr_fail(err, TR_EDENIED,
                       "the audience '%s' is served on a loopback address "
                       "only, and '%.60s' is none",
                       audience->name, where);
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

void listen_url(const char *where, int fd, char *out, size_t size)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;
    const char *colon = strrchr(where, ':');
    unsigned port = 0;

    if (getsockname(fd, (struct sockaddr *)&a, &len) == 0)
        port = ntohs(a.ss_family == AF_INET6
                         ? ((struct sockaddr_in6 *)&a)->sin6_port
                         : ((struct sockaddr_in *)&a)->sin_port);
    snprintf(out, size, "http://%.*s:%u/", (int)(colon - where), where, port);
}

size_t listen_raise_files(void)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r))
        return 0;
    if (r.rlim_cur < r.rlim_max) {
        r.rlim_cur = r.rlim_max;
        setrlimit(RLIMIT_NOFILE, &r);
        getrlimit(RLIMIT_NOFILE, &r);
    }
    return (size_t)r.rlim_cur;
}
