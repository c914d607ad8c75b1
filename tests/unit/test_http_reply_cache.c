/* test_http_reply_cache.c - what is kept is found, bounds hold, old versions go. */
#include "support/tr_test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/reply_cache.h"

static atomic_int alive;

static void destroy(struct reply *r)
{
    atomic_fetch_sub(&alive, 1);
    free(r);
}

static struct reply *make(size_t bytes, bool is_file)
{
    struct reply *r = calloc(1, sizeof *r);

    assert_non_null(r);
    atomic_init(&r->holders, 1);
    r->destroy = destroy;
    r->bytes = bytes;
    r->is_file = is_file;
    atomic_fetch_add(&alive, 1);
    return r;
}

static struct reply_key key(uint64_t state, const char *name, unsigned variant)
{
    return (struct reply_key){ state, name, strlen(name), variant };
}

static void put(struct reply_cache *c, const struct reply_key *k, size_t bytes,
                bool is_file)
{
    struct reply *r = make(bytes, is_file);

    reply_cache_put(c, k, r);
    reply_drop(r);
}

static bool has(struct reply_cache *c, const struct reply_key *k)
{
    struct reply *r = reply_cache_get(c, k);

    reply_drop(r);
    return r != NULL;
}

static void each_part_of_the_key_counts(void **state)
{
    struct reply_cache *c = reply_cache_new(1 << 20, 10);
    struct reply_key k = key(7, "/tiles/sites/1/0/0.mvt", 2);
    struct reply_key others[] = { key(8, "/tiles/sites/1/0/0.mvt", 2),
                                  key(7, "/tiles/sites/1/0/1.mvt", 2),
                                  key(7, "/tiles/sites/1/0/0.mvt", 3),
                                  key(7, "/tiles/sites/1/0/0.mv", 2) };

    (void)state;
    assert_false(has(c, &k));
    put(c, &k, 10, false);
    assert_true(has(c, &k));
    for (size_t i = 0; i < 4; i++)
        assert_false(has(c, &others[i]));
    reply_cache_free(c);
    assert_int_equal(atomic_load(&alive), 0);
}

static void bytes_and_files_stay_within_their_bounds(void **state)
{
    const size_t most = 1 << 20;
    struct reply_cache *c = reply_cache_new(most, 20);
    struct reply_cache_counts n;

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        char name[32];
        struct reply_key k;

        snprintf(name, sizeof name, "tile %u", i);
        k = key(1, name, 0);
        put(c, &k, 1000 + i % 5000, i % 3 == 0);
        reply_cache_count(c, &n);
        assert_true(n.bytes <= most);
        assert_true(n.files <= 20);
    }
    assert_int_equal(n.misses, 5000);
    assert_int_equal(n.evicted + n.entries, 5000);
    assert_true(n.entries > 50);
    reply_cache_bound(c, most / 8, 2);
    reply_cache_count(c, &n);
    assert_true(n.bytes <= most / 8 && n.files <= 2);
    reply_cache_free(c);
    assert_int_equal(atomic_load(&alive), 0);
}

static void what_is_asked_for_stays(void **state)
{
    struct reply_cache *c = reply_cache_new(1 << 20, 0);
    struct reply_key wanted = key(1, "wanted", 0);

    (void)state;
    put(c, &wanted, 1000, false);
    for (unsigned i = 0; i < 20000; i++) {
        char name[32];
        struct reply_key k;

        snprintf(name, sizeof name, "%u", i);
        k = key(1, name, 0);
        put(c, &k, 1000, false);
        assert_true(has(c, &wanted));
    }
    reply_cache_free(c);
}

static void one_reply_may_not_fill_it(void **state)
{
    struct reply_cache *c = reply_cache_new(1 << 20, 10);
    struct reply_cache *none = reply_cache_new(0, 0);
    struct reply_key k = key(1, "huge", 0);

    (void)state;
    put(c, &k, 1 << 19, false);
    assert_false(has(c, &k));
    put(none, &k, 1, false);
    assert_false(has(none, &k));
    reply_cache_free(none);
    reply_cache_free(c);
    assert_int_equal(atomic_load(&alive), 0);
}

static void an_old_version_goes_while_it_is_sent(void **state)
{
    struct reply_cache *c = reply_cache_new(1 << 20, 10);
    struct reply_key of[] = { key(0, "asset", 0), key(1, "a", 0),
                              key(2, "a", 0), key(3, "a", 0) };
    struct reply *sent;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        put(c, &of[i], 10, false);
    sent = reply_cache_get(c, &of[1]);
    assert_non_null(sent);
    reply_cache_keep(c, 2, 3);
    assert_true(has(c, &of[0]));
    assert_false(has(c, &of[1]));
    assert_true(has(c, &of[2]) && has(c, &of[3]));
    assert_int_equal(atomic_load(&alive), 4); /* one is held by its reader */
    reply_drop(sent);
    assert_int_equal(atomic_load(&alive), 3);
    reply_cache_free(c);
}

enum { THREADS = 8, ROUNDS = 4000 };

static void *use(void *p)
{
    struct reply_cache *c = p;
    unsigned seed = (unsigned)(uintptr_t)&seed;

    for (int i = 0; i < ROUNDS; i++) {
        char name[16];
        struct reply_key k;
        struct reply *r;

        seed = seed * 1664525u + 1013904223u;
        snprintf(name, sizeof name, "%u", (seed >> 16) % 300);
        k = key(seed >> 30, name, 0);
        r = reply_cache_get(c, &k);
        if (r && r->bytes != 3000)
            return c;
        reply_drop(r);
        if (!r) {
            r = make(3000, seed & 1);
            reply_cache_put(c, &k, r);
            reply_drop(r);
        }
        if (i % 500 == 0)
            reply_cache_keep(c, seed >> 30, 1);
    }
    return NULL;
}

static void threads_share_it(void **state)
{
    struct reply_cache *c = reply_cache_new(1 << 20, 30);
    struct reply_cache_counts n;
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use, c), 0);
    for (int i = 0; i < THREADS; i++) {
        void *fault;

        pthread_join(threads[i], &fault);
        assert_null(fault);
    }
    reply_cache_count(c, &n);
    assert_true(n.bytes <= 1 << 20 && n.files <= 30);
    assert_int_equal(atomic_load(&alive), n.entries);
    reply_cache_free(c);
    assert_int_equal(atomic_load(&alive), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_of_the_key_counts),
        cmocka_unit_test(bytes_and_files_stay_within_their_bounds),
        cmocka_unit_test(what_is_asked_for_stays),
        cmocka_unit_test(one_reply_may_not_fill_it),
        cmocka_unit_test(an_old_version_goes_while_it_is_sent),
        cmocka_unit_test(threads_share_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
