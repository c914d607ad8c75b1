/*
 * status.h - how every function in this project reports failure.
 *
 * A function that can fail returns an enum tr_status. TR_OK is zero, so
 * `if (st)` reads "if it failed". The last parameter is a struct tr_error that
 * the caller owns; on failure it holds one sentence for a human: lower case, no
 * full stop, what failed first, the user's own words in single quotes, and what
 * to do. NULL is allowed and means "the code is enough for me".
 *
 * The codes are chosen by what a caller can do next. Two places turn them into
 * what the outside sees: http/status_http.c and cli/exit_code.c.
 */
#ifndef TR_STATUS_H
#define TR_STATUS_H

enum tr_status {
    TR_OK = 0,
    TR_EINVAL,    /* the request is wrong: an option, a parameter, a filter */
    TR_EDATA,     /* a file's content is wrong: a layer, a boundary */
    TR_ECONFIG,   /* a profile, rule-set or configuration file is wrong */
    TR_ENOTFOUND, /* a named site, layer, tile or run does not exist */
    TR_ENOINPUT,  /* an input file is missing or unreadable */
    TR_EDENIED,   /* the caller's audience may not do this */
    TR_ELIMIT,    /* the answer or the input exceeds a configured size */
    TR_EBUSY,     /* locked or overloaded; trying again may work */
    TR_ECREATE,   /* an output cannot be created: read-only, no such folder */
    TR_EIO,       /* reading or writing failed: disk full, pipe closed */
    TR_ENOMEM,    /* an allocation failed */
    TR_EBACKEND,  /* a store or library that we depend on reported an error */
    TR_STATUS_COUNT
};

struct tr_error {
    enum tr_status code;
    char msg[512]; /* always NUL-terminated UTF-8; truncated, never overrun */
};

#define TR_ERROR_INIT                                                          \
    {                                                                          \
        TR_OK, ""                                                              \
    }

/* Fill `err` (may be NULL) and return `code`, so that callers can write
 * `return tr_fail(err, TR_EINVAL, "zoom %u is above %u", z, max);` */
__attribute__((format(printf, 3, 4))) enum tr_status
tr_fail(struct tr_error *err, enum tr_status code, const char *fmt, ...);

/* Put "where: " before the sentence that `err` already holds (a file and line,
 * a layer), and return its code. Nothing happens to a NULL `err`. */
__attribute__((format(printf, 3, 4))) enum tr_status
tr_fail_at(struct tr_error *err, enum tr_status code, const char *fmt, ...);

/* A short stable name such as "not found". Never NULL. Static storage. */
const char *tr_status_name(enum tr_status code);

#endif
