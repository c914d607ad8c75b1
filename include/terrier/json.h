/*
 * json.h - writing JSON into a buffer. Reading is in node.h.
 *
 * The writer puts the commas; the caller opens, names, fills and closes. Output
 * is compact, in the order of the calls, and always valid UTF-8 JSON: a byte
 * that is not UTF-8 becomes U+FFFD. A key is written with tr_json_key() and its
 * value with the next call.
 */
#ifndef TR_JSON_H
#define TR_JSON_H

#include "terrier/buf.h"

struct tr_json {
    struct tr_buf *buf; /* borrowed; it says whether anything failed */
    bool comma;         /* a comma is due before the next item */
};

void tr_json_init(struct tr_json *j, struct tr_buf *buf);

void tr_json_open_map(struct tr_json *j);
void tr_json_close_map(struct tr_json *j);
void tr_json_open_list(struct tr_json *j);
void tr_json_close_list(struct tr_json *j);
void tr_json_key(struct tr_json *j, const char *key);

void tr_json_null(struct tr_json *j);
void tr_json_bool(struct tr_json *j, bool v);
void tr_json_int(struct tr_json *j, int64_t v);
void tr_json_number(struct tr_json *j, double v); /* null when not finite */
void tr_json_deg7(struct tr_json *j, int32_t deg_e7);
void tr_json_text(struct tr_json *j, const char *s); /* NULL writes null */
void tr_json_text_n(struct tr_json *j, const char *s, size_t len);
/* A whole JSON value that is already text. */
void tr_json_raw(struct tr_json *j, const char *json, size_t len);

/* Key and value in one call, the common case. */
void tr_json_put_text(struct tr_json *j, const char *key, const char *s);
void tr_json_put_int(struct tr_json *j, const char *key, int64_t v);
void tr_json_put_number(struct tr_json *j, const char *key, double v);
void tr_json_put_bool(struct tr_json *j, const char *key, bool v);

/* Only the quoted, escaped string, without the writer's commas. */
void tr_json_quote(struct tr_buf *buf, const char *s, size_t len);

#endif
