/* tidy.h - what clang-tidy cannot see, since it looks at one file at a time: a
 * failure is never TR_OK. */
#include "terrier/status.h"

#define tr_fail(err, code, ...) ((void)tr_fail(err, code, __VA_ARGS__), (code))
#define tr_fail_at(err, code, ...)                                             \
    ((void)tr_fail_at(err, code, __VA_ARGS__), (code))
