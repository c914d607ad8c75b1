/*
 * log.h - one line per event on stderr: logfmt on a terminal, JSON otherwise.
 *
 * Only src/cli and src/http log; library folders return errors. Control
 * characters are escaped and values capped, so that one event is always one
 * line. Never log a token, a restricted name or a coordinate.
 */
#ifndef TR_LOG_H
#define TR_LOG_H

#include <stdint.h>

enum tr_log_level { TR_LOG_DEBUG, TR_LOG_INFO, TR_LOG_WARN, TR_LOG_ERROR };

struct tr_log_field {
    const char *key;
    const char *text; /* NULL: use number */
    int64_t number;
};

/* The level below which nothing is written (default INFO). Set once by main. */
void tr_log_set_level(enum tr_log_level level);

/* `fields` ends with a field whose key is NULL; may be NULL. */
void tr_log(enum tr_log_level level, const char *message,
            const struct tr_log_field *fields);

#endif
