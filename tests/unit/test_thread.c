/* test_thread.c - same bytes and same failure on any number of threads. */
#include <string.h>
#include <unistd.h>

#include "support/tr_test.h"
#include "terrier/thread.h"

#define N 10007

static struct tr_error test_err;

struct sums {
    uint64_t piece[N]; /* by first item */
    size_t n_seen[N];
    unsigned most_workers;
};

static enum tr_status add_up(void *context, size_t first, size_t last,
                             unsigned worker, struct tr_error *err)
{
    struct sums *s = context;

    (void)err;
    if (worker >= s->most_workers)
        return TR_EINVAL;
    for (size_t i = first; i < last; i++) {
        s->piece[first] = s->piece[first] * 31 + i;
        s->n_seen[i]++;
    }
    return TR_OK;
}

static void pieces_are_the_same_on_any_number_of_threads(void **state)
{
    static struct sums want;
    static struct sums got;

    (void)state;
    want.most_workers = 1;
    assert_ok(tr_thread_run(N, 100, 1, add_up, &want, &test_err));
    for (size_t i = 0; i < N; i++)
        assert_int_equal(want.n_seen[i], 1);
    for (unsigned threads = 0; threads <= 8; threads++) {
        memset(&got, 0, sizeof got);
        got.most_workers = threads ? threads : tr_thread_cores();
        assert_ok(tr_thread_run(N, 100, threads, add_up, &got, &test_err));
        assert_memory_equal(got.piece, want.piece, sizeof got.piece);
        assert_memory_equal(got.n_seen, want.n_seen, sizeof got.n_seen);
    }
}

static enum tr_status fail_often(void *context, size_t first, size_t last,
                                 unsigned worker, struct tr_error *err)
{
    (void)context;
    (void)last;
    (void)worker;
    if (first >= 300)
        return tr_fail(err, first == 300 ? TR_EDATA : TR_EINVAL, "item %zu",
                       first);
    return TR_OK;
}

static void the_lowest_failure_is_the_one_reported(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        assert_int_equal(tr_thread_run(N, 10, 4, fail_often, NULL, &test_err),
                         TR_EDATA);
        assert_string_equal(test_err.msg, "item 300");
    }
    assert_int_equal(tr_thread_run(N, 10, 1, fail_often, NULL, NULL), TR_EDATA);
}

static void nothing_to_do_calls_nothing(void **state)
{
    (void)state;
    assert_ok(tr_thread_run(0, 10, 4, fail_often, NULL, &test_err));
    assert_true(tr_thread_cores() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_the_same_on_any_number_of_threads),
        cmocka_unit_test(the_lowest_failure_is_the_one_reported),
        cmocka_unit_test(nothing_to_do_calls_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
