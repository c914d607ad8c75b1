/*
 * archive_file.h - a PMTiles file that the server hands out in parts.
 */
#ifndef HTTP_ARCHIVE_FILE_H
#define HTTP_ARCHIVE_FILE_H

#include "http/http.h"

struct http_archive {
    char name[128]; /* the file's, without its folder */
    int fd;
    uint64_t size;
    char etag[64]; /* without quotes */
};

/* Open one for the server of an audience. What is in an archive cannot be told
 * by looking at requests: only one that says of itself to be for the public, or
 * for this audience, is opened (TR_EDENIED). TR_ENOINPUT, TR_EDATA when it is
 * not a PMTiles file of ours. */
enum tr_status archive_file_open(const char *path, const char *audience,
                                 struct http_archive **out,
                                 struct tr_error *err);
void archive_file_close(struct http_archive *a); /* NULL is a no-op */

#endif
