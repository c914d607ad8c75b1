/*
 * coding.h - gzip and brotli: which one a client gets, and making it.
 */
#ifndef HTTP_CODING_H
#define HTTP_CODING_H

#include <stdbool.h>

#include "terrier/buf.h"

enum coding { CODING_NONE, CODING_GZIP, CODING_BROTLI, CODINGS };

/* The coding for an Accept-Encoding header (NULL: none): brotli where the client
 * takes it as gladly as gzip, else gzip, else none. */
enum coding coding_choose(const char *accept_encoding);

/* "gzip", "br"; NULL for CODING_NONE. */
const char *coding_name(enum coding c);
/* What an ETag of a body in this coding ends with: "-gzip", "-br", "". */
const char *coding_suffix(enum coding c);

/* A compressor, used by one thread at a time: dear to make, so kept. */
struct packer;
struct packer *packer_new(void); /* NULL: no memory */
void packer_free(struct packer *p);

/* Unpack a gzip text of up to the ceiling of `out`; false: it cannot be. */
bool coding_unpack_gzip(const void *packed, size_t len, struct tr_buf *out);

/* Compress `b` in place when that makes it smaller. CODING_NONE is returned, and
 * `b` untouched, when it does not or there is no memory. */
enum coding packer_pack(struct packer *p, enum coding wanted, struct tr_buf *b);

#endif
