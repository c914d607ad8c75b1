/*
 * range.h - a part of a file: RFC 9110, section 14.
 */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include <stdint.h>

enum range {
    RANGE_WHOLE, /* none asked for, or one that is passed over */
    RANGE_PART,
    RANGE_NONE /* it lies behind the end: 416 */
};

/* What of a file of `size` bytes a Range header asks for (NULL: all of it).
 * Several ranges at once, other units and what cannot be read are answered with
 * the whole, as the standard allows; so is all when If-Range (NULL: none) is not
 * exactly the file's tag, which is given without quotes. */
enum range range_read(const char *range, const char *if_range, const char *etag,
                      uint64_t size, uint64_t *first, uint64_t *len);

#endif
