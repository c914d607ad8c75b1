/* test_http_slots.c - readers and swaps: what a reader holds is never freed. */
#include "support/tr_test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "http/view.h"

enum { READERS = 6, SWAPS = 300 };

struct marked { /* stands where a view would, and knows when it is gone */
    struct view view;
    atomic_int alive;
};

struct shared {
    struct slots slots;
    struct marked views[SWAPS + 1];
    atomic_bool stop;
    atomic_int faults, reads;
};

/* Slots stand on cache lines of their own. */
static void *aligned_zeros(size_t size)
{
    void *p;

    assert_int_equal(posix_memalign(&p, 64, size), 0);
    memset(p, 0, size);
    return p;
}

static void *read_often(void *p)
{
    struct shared *s = p;

    while (!atomic_load(&s->stop)) {
        size_t slot;
        const struct marked *m =
            (const struct marked *)slots_acquire(&s->slots, &slot);

        for (int i = 0; i < 20; i++) {
            if (!atomic_load(&((struct marked *)m)->alive))
                atomic_fetch_add(&s->faults, 1);
        }
        slots_release(&s->slots, slot);
        atomic_fetch_add(&s->reads, 1);
    }
    return NULL;
}

static void what_a_reader_holds_outlives_the_swap(void **state)
{
    struct shared *s = aligned_zeros(sizeof *s);
    pthread_t readers[READERS];

    (void)state;
    atomic_store(&s->views[0].alive, 1);
    assert_null(slots_swap(&s->slots, &s->views[0].view));
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_often, s), 0);
    for (int i = 1; i <= SWAPS; i++) {
        atomic_store(&s->views[i].alive, 1);
        assert_ptr_equal(slots_swap(&s->slots, &s->views[i].view),
                         &s->views[i - 1].view);
        atomic_store(&s->views[i - 1].alive, 0); /* as if freed */
    }
    while (atomic_load(&s->reads) < READERS)
        ;
    atomic_store(&s->stop, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    assert_int_equal(atomic_load(&s->faults), 0);
    for (size_t i = 0; i < SLOTS; i++)
        assert_null(atomic_load(&s->slots.shown[i].shows));
    free(s);
}

static void a_reader_sees_the_newest(void **state)
{
    struct slots *s = aligned_zeros(sizeof *s);
    struct view a = { 0 }, b = { 0 };
    size_t one, two;

    (void)state;
    slots_swap(s, &a);
    assert_ptr_equal(slots_acquire(s, &one), &a);
    assert_ptr_equal(slots_acquire(s, &two), &a);
    assert_int_not_equal(one, two);
    slots_release(s, one);
    slots_release(s, two);
    assert_ptr_equal(slots_swap(s, &b), &a);
    assert_ptr_equal(slots_acquire(s, &one), &b);
    slots_release(s, one);
    assert_ptr_equal(slots_swap(s, NULL), &b);
    assert_null(slots_acquire(s, &one)); /* there is none now */
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_reader_holds_outlives_the_swap),
        cmocka_unit_test(a_reader_sees_the_newest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
