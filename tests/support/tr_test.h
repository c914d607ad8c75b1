/* tr_test.h - cmocka plus the few things every geospatial test needs. */
#ifndef TR_TEST_H
#define TR_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* cmocka 1.1.5 compares floats, which lose metres at world scale. */
#define assert_near(got, want, tol)                                            \
    do {                                                                       \
        double got_ = (got), want_ = (want);                                   \
        if (!(fabs(got_ - want_) <= (tol)))                                    \
            fail_msg("%s = %.17g, expected %.17g within %g", #got, got_,       \
                     want_, (double)(tol));                                    \
    } while (0)

/* The last parameter of `call` must be &test_err, a file-level tr_error. */
#define assert_ok(call)                                                        \
    do {                                                                       \
        if ((call) != TR_OK)                                                   \
            fail_msg("%s: %s", #call, test_err.msg);                           \
    } while (0)

/* Where the shared real data lies, or skip the test when it is not there. */
#define SHARED_DATA "../shared/data"
#define need_shared_data(file)                                                 \
    do {                                                                       \
        if (access(SHARED_DATA "/" file, R_OK)) {                              \
            print_message("skipped: no " SHARED_DATA "/" file "\n");           \
            skip();                                                            \
        }                                                                      \
    } while (0)

#endif
