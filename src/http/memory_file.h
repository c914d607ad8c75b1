/*
 * memory_file.h - bytes in a file that lies in memory, to be sent by sendfile.
 */
#ifndef HTTP_MEMORY_FILE_H
#define HTTP_MEMORY_FILE_H

#include <stddef.h>

/* A descriptor for the caller to close, or -1. */
int memory_file(const void *bytes, size_t len);

#endif
