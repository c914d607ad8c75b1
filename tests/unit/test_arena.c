/* test_arena.c - limits, alignment, and the order of deferred calls. */
#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "support/tr_test.h"
#include "terrier/arena.h"

static void memory_is_zeroed_aligned_and_apart(void **state)
{
    struct tr_arena a;
    unsigned char *before = NULL;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    for (size_t size = 0; size < 1000; size++) {
        unsigned char *p = tr_arena_alloc(&a, size);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xAA, size);
        assert_ptr_not_equal(p, before);
        before = p;
    }
    tr_arena_clear(&a);
}

static void the_limit_and_overflow_give_null(void **state)
{
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1000);
    assert_null(tr_arena_alloc(&a, 1001));
    assert_null(tr_arena_alloc(&a, SIZE_MAX));
    assert_null(tr_arena_array(&a, SIZE_MAX / 2, 3));
    assert_null(tr_arena_text(&a, "", SIZE_MAX));
    assert_non_null(tr_arena_alloc(&a, 900));
    assert_null(tr_arena_printf(&a, "%200d", 1));
    tr_arena_clear(&a);
    assert_non_null(tr_arena_alloc(&a, 900));
    tr_arena_clear(&a);
}

static void texts_are_copies(void **state)
{
    char s[] = "abc";
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1000);

    char *copy = tr_arena_text(&a, s, 2);

    s[0] = 'x';
    assert_string_equal(copy, "ab");
    assert_string_equal(tr_arena_text(&a, NULL, 0), "");
    assert_string_equal(tr_arena_printf(&a, "%d-%s", 7, s), "7-xbc");
    tr_arena_clear(&a);
}

struct note {
    char *log;
    char name;
};

static void write_down(void *p)
{
    struct note *note = p;
    size_t n = strlen(note->log);

    note->log[n] = note->name;
}

static void deferred_calls_run_last_first(void **state)
{
    char log[10] = "";
    struct note notes[] = { { log, 'a' }, { log, 'b' }, { log, 'c' } };
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1000);
    assert_int_equal(tr_arena_defer(&a, write_down, &notes[0]), TR_OK);
    assert_int_equal(tr_arena_defer(&a, write_down, &notes[1]), TR_OK);
    assert_string_equal(log, "");
    tr_arena_clear(&a);
    assert_string_equal(log, "ba");
    tr_arena_clear(&a);
    assert_string_equal(log, "ba");
    tr_arena_init(&a, 0);
    assert_int_equal(tr_arena_defer(&a, write_down, &notes[2]), TR_ENOMEM);
    assert_string_equal(log, "bac");
}

static void
after_a_reset_memory_is_zeroed_again_and_within_the_limit(void **state)
{
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 100000);
    for (size_t round = 1; round < 40; round++) {
        for (size_t k = 0; k < round; k++) {
            unsigned char *p = tr_arena_alloc(&a, 2000);

            assert_non_null(p);
            for (size_t i = 0; i < 2000; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xAA, 2000);
        }
        assert_null(tr_arena_alloc(&a, 100000));
        tr_arena_reset(&a);
        assert_int_equal(a.used, 0);
    }
    tr_arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(the_limit_and_overflow_give_null),
        cmocka_unit_test(texts_are_copies),
        cmocka_unit_test(deferred_calls_run_last_first),
        cmocka_unit_test(
            after_a_reset_memory_is_zeroed_again_and_within_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
