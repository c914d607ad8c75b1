/* test_http_flight.c - slow work is done once, waited for only so long, and every
 * waiter is woken exactly once. */
#include "support/tr_test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/flight.h"

enum { MANY = 10000 };

struct bench {
    struct flights flights;
    atomic_int works, wakes, alive;
    atomic_bool held; /* the work waits for it to become false */
};

struct sleeper {
    struct waiter waiter;
    struct bench *bench;
    atomic_int woken;
    bool had_reply, was_begun;
};

static struct bench *bench_of_reply;

static void destroy(struct reply *r)
{
    atomic_fetch_sub(&bench_of_reply->alive, 1);
    free(r);
}

static void nap(void)
{
    nanosleep(&(struct timespec){ 0, 200000 }, NULL);
}

static struct reply *work(void *context, const struct asked *asked)
{
    struct bench *b = context;
    struct reply *r = calloc(1, sizeof *r);

    while (atomic_load(&b->held))
        nap();
    assert_non_null(r);
    assert_string_equal(asked->method, "GET");
    assert_null(asked->if_none_match);
    atomic_init(&r->holders, 1);
    r->destroy = destroy;
    atomic_fetch_add(&b->alive, 1);
    atomic_fetch_add(&b->works, 1);
    return r;
}

static void wake(struct waiter *w)
{
    struct sleeper *s = (struct sleeper *)w;

    s->had_reply = w->reply != NULL;
    s->was_begun = w->was_begun;
    reply_drop(w->reply);
    atomic_fetch_add(&s->bench->wakes, 1);
    atomic_fetch_add(&s->woken, 1);
}

static struct bench *open_bench(size_t places)
{
    struct bench *b = calloc(1, sizeof *b);
    struct tr_error err = TR_ERROR_INIT;

    assert_non_null(b);
    b->flights.work = work;
    b->flights.context = b;
    bench_of_reply = b;
    atomic_store(&b->flights.places, places);
    assert_int_equal(flights_open(&b->flights, 2, &err), TR_OK);
    return b;
}

static void close_bench(struct bench *b)
{
    flights_end(&b->flights);
    flights_close(&b->flights);
    assert_int_equal(atomic_load(&b->alive), 0);
    assert_int_equal(atomic_load(&b->flights.taken), 0);
    free(b);
}

static void join(struct bench *b, struct sleeper *s, const char *name,
                 int64_t until)
{
    const struct asked asked = { .method = "GET",
                                 .target = name,
                                 .if_none_match = "\"x\"" };
    const struct reply_key key = { 1, name, strlen(name), 0 };

    *s = (struct sleeper){ .bench = b,
                           .waiter = { .until = until, .wake = wake } };
    assert_true(flights_reserve(&b->flights));
    flights_join(&b->flights, *name ? &key : NULL, &asked, &s->waiter);
}

static void wait_for(struct bench *b, int wakes)
{
    for (int i = 0; i < 50000 && atomic_load(&b->wakes) < wakes; i++)
        nap();
    assert_int_equal(atomic_load(&b->wakes), wakes);
}

static void the_same_is_done_once_for_all(void **state)
{
    static struct sleeper s[100];
    struct bench *b = open_bench(100);

    (void)state;
    atomic_store(&b->held, true);
    for (int i = 0; i < 100; i++)
        join(b, &s[i], i % 2 ? "/odd" : "/even", INT64_MAX - 1);
    atomic_store(&b->held, false);
    wait_for(b, 100);
    assert_int_equal(atomic_load(&b->works), 2);
    for (int i = 0; i < 100; i++)
        assert_true(s[i].had_reply && atomic_load(&s[i].woken) == 1);
    close_bench(b);
}

static void what_has_no_name_is_done_for_each(void **state)
{
    static struct sleeper s[10];
    struct bench *b = open_bench(10);

    (void)state;
    for (int i = 0; i < 10; i++)
        join(b, &s[i], "", INT64_MAX - 1);
    wait_for(b, 10);
    assert_int_equal(atomic_load(&b->works), 10);
    close_bench(b);
}

static void places_are_counted(void **state)
{
    static struct sleeper s[3];
    struct bench *b = open_bench(3);

    (void)state;
    atomic_store(&b->held, true);
    for (int i = 0; i < 3; i++)
        join(b, &s[i], "/a", INT64_MAX - 1);
    assert_false(flights_reserve(&b->flights));
    atomic_store(&b->held, false);
    wait_for(b, 3);
    assert_true(flights_reserve(&b->flights)); /* they are given back */
    atomic_fetch_sub(&b->flights.taken, 1);
    close_bench(b);
}

static void who_waited_too_long_is_told_and_the_work_not_begun(void **state)
{
    static struct sleeper s[4];
    struct bench *b = open_bench(10);

    (void)state;
    atomic_store(&b->held, true);
    join(b, &s[0], "/first", 100);
    join(b, &s[1], "/second", 1000);
    for (int i = 0; i < 1000 && pool_waiting(b->flights.pool); i++)
        nap(); /* both threads are at work */
    join(b, &s[2], "/third", 100);
    join(b, &s[3], "/first", 1000);
    flights_expire(&b->flights, 500);
    assert_int_equal(atomic_load(&b->wakes), 2);
    assert_true(!s[0].had_reply && s[0].was_begun);
    assert_true(!s[2].had_reply && !s[2].was_begun);
    atomic_store(&b->held, false);
    wait_for(b, 4);
    assert_true(s[1].had_reply && s[3].had_reply);
    flights_end(&b->flights);
    while (pool_waiting(b->flights.pool))
        nap();
    close_bench(b);
}

static void at_the_end_all_are_woken(void **state)
{
    static struct sleeper s[50], late;
    struct bench *b = open_bench(100);

    (void)state;
    atomic_store(&b->held, true);
    for (int i = 0; i < 50; i++)
        join(b, &s[i], i % 2 ? "" : "/x", INT64_MAX - 1);
    flights_end(&b->flights);
    wait_for(b, 50);
    join(b, &late, "/late", INT64_MAX - 1);
    wait_for(b, 51);
    assert_false(late.had_reply);
    atomic_store(&b->held, false);
    close_bench(b);
}

static void *expire_often(void *p)
{
    struct bench *b = p;

    for (int64_t now = 0; atomic_load(&b->wakes) < MANY; now++) {
        flights_expire(&b->flights, now);
        nap();
    }
    return NULL;
}

/* Ten thousand wait at once; some give up while others get their reply. */
static void none_of_ten_thousand_is_lost(void **state)
{
    struct sleeper *s = calloc(MANY, sizeof *s);
    struct bench *b = open_bench(MANY);
    pthread_t clock;
    int replied = 0;

    (void)state;
    assert_non_null(s);
    atomic_store(&b->held, true);
    for (int i = 0; i < MANY; i++) {
        char name[16] = { '/', (char)('a' + i % 26), (char)('a' + i % 23), 0 };

        join(b, &s[i], i % 7 ? name : "", i % 3 ? INT64_MAX - 1 : i % 400);
    }
    assert_int_equal(pthread_create(&clock, NULL, expire_often, b), 0);
    atomic_store(&b->held, false);
    pthread_join(clock, NULL);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(atomic_load(&s[i].woken), 1);
        assert_true(s[i].had_reply || i % 3 == 0);
        replied += s[i].had_reply;
    }
    assert_true(replied >= MANY * 2 / 3);
    close_bench(b);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_is_done_once_for_all),
        cmocka_unit_test(what_has_no_name_is_done_for_each),
        cmocka_unit_test(places_are_counted),
        cmocka_unit_test(who_waited_too_long_is_told_and_the_work_not_begun),
        cmocka_unit_test(at_the_end_all_are_woken),
        cmocka_unit_test(none_of_ten_thousand_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
