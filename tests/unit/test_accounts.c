/* test_accounts.c - who may sign in, for how long, and how often they may err.
 */
#include "store/accounts.h"
#include "support/store_fixture.h"
#include "support/tr_test.h"
#include "terrier/password.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NOW      ((int64_t)1790000000)
#define PASSWORD "a long enough one"

static struct tr_error test_err;

static struct accounts *open_new(const struct store_fixture *f)
{
    const struct account who = { "b.owner", "council", "owner" };
    struct accounts *a = NULL;

    assert_int_equal(accounts_open(f->path, false, &a, &test_err),
                     TR_ENOTFOUND);
    assert_ok(accounts_open(f->path, true, &a, &test_err));
    assert_ok(accounts_add(a, &who, PASSWORD, &test_err));
    return a;
}

static const char *path_of(const struct store_fixture *f)
{
    static char path[4200];
    size_t n = strlen(f->path);

    if (n > 3 && strcmp(f->path + n - 3, ".db") == 0)
        n -= 3;
    snprintf(path, sizeof path, "%.*s-accounts.db", (int)n, f->path);
    return path;
}

static enum tr_status sign_in(struct accounts *a, const char *name,
                              const char *password, int64_t now)
{
    char token[ACCOUNTS_TOKEN_TEXT];

    return accounts_sign_in(a, name, password, now, token, &test_err);
}

static void the_right_password_opens_a_session(void **state)
{
    struct accounts *a = open_new(*state);
    const struct account *who;
    char token[ACCOUNTS_TOKEN_TEXT], csrf[ACCOUNTS_TOKEN_TEXT];
    struct tr_arena arena;

    tr_arena_init(&arena, 1 << 16);
    assert_ok(accounts_sign_in(a, "b.owner", PASSWORD, NOW, token, &test_err));
    assert_ok(accounts_session(a, token, NOW, &arena, &who, &test_err));
    assert_string_equal(who->name, "b.owner");
    assert_string_equal(who->organisation, "council");
    assert_string_equal(who->role, "owner");
    accounts_csrf(token, csrf);
    assert_string_not_equal(csrf, token);
    token[5] = token[5] == '0' ? '1' : '0';
    assert_int_equal(accounts_session(a, token, NOW, &arena, &who, &test_err),
                     TR_ENOTFOUND);
    tr_arena_clear(&arena);
    accounts_close(a);
}

static void a_session_ends(void **state)
{
    struct accounts *a = open_new(*state);
    const struct account *who;
    char token[ACCOUNTS_TOKEN_TEXT];
    int64_t now = NOW;
    struct tr_arena arena;

    tr_arena_init(&arena, 1 << 20);
    assert_ok(accounts_sign_in(a, "b.owner", PASSWORD, now, token, &test_err));
    /* Used again and again it lasts its time, and not longer. */
    for (; now < NOW + ACCOUNTS_SESSION_SECONDS; now += 3000)
        assert_ok(accounts_session(a, token, now, &arena, &who, &test_err));
    assert_int_equal(accounts_session(a, token, now, &arena, &who, &test_err),
                     TR_ENOTFOUND);
    /* Left alone it ends sooner. */
    assert_ok(accounts_sign_in(a, "b.owner", PASSWORD, now, token, &test_err));
    assert_int_equal(accounts_session(a, token, now + ACCOUNTS_IDLE_SECONDS,
                                      &arena, &who, &test_err),
                     TR_ENOTFOUND);
    /* Signed out, with another password, or without the account: at once. */
    for (int i = 0; i < 3; i++) {
        assert_ok(
            accounts_sign_in(a, "b.owner", PASSWORD, now, token, &test_err));
        if (i == 0)
            assert_ok(accounts_sign_out(a, token, &test_err));
        else if (i == 1)
            assert_ok(accounts_set_password(a, "b.owner", PASSWORD, &test_err));
        else
            assert_ok(accounts_remove(a, "b.owner", &test_err));
        assert_int_equal(
            accounts_session(a, token, now, &arena, &who, &test_err),
            TR_ENOTFOUND);
    }
    tr_arena_clear(&arena);
    accounts_close(a);
}

static void wrong_passwords_run_out(void **state)
{
    static const char *const names[] = { "b.owner", "nobody" };
    struct accounts *a = open_new(*state);

    for (size_t n = 0; n < 2; n++) { /* told apart by nothing */
        char said[2][200];

        for (int i = 0; i < ACCOUNTS_MOST_FAILURES; i++) {
            assert_int_equal(sign_in(a, names[n], "not the right one", NOW + i),
                             TR_EDENIED);
            snprintf(said[n], sizeof said[n], "%.150s", test_err.msg);
        }
        if (n)
            assert_string_equal(said[1], "no such name with this password");
        assert_int_equal(sign_in(a, names[n], PASSWORD, NOW + 9), TR_EBUSY);
    }
    assert_int_equal(
        sign_in(a, "b.owner", PASSWORD, NOW + ACCOUNTS_PAUSE_SECONDS - 1),
        TR_EBUSY);
    assert_ok(sign_in(a, "b.owner", PASSWORD, NOW + ACCOUNTS_PAUSE_SECONDS));
    accounts_close(a);
}

static void what_may_not_be_is_refused(void **state)
{
    static const struct {
        const char *name, *role, *password, *says;
    } cases[] = {
        { "b.owner", "owner", PASSWORD, "already" },
        { "B.Owner", "owner", PASSWORD, "a-z" },
        { "", "owner", PASSWORD, "a-z" },
        { "x;y", "owner", PASSWORD, "a-z" },
        { "c", "king", PASSWORD, "role" },
        { "c", "owner", "elevenbytes", "at least 12" },
    };
    struct accounts *a = open_new(*state);
    const struct account *list;
    struct tr_arena arena;
    size_t n;

    tr_arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct account who = { cases[i].name, "council", cases[i].role };

        assert_int_equal(accounts_add(a, &who, cases[i].password, &test_err),
                         TR_EINVAL);
        if (!strstr(test_err.msg, cases[i].says))
            fail_msg("case %zu: %s", i, test_err.msg);
    }
    assert_ok(accounts_list(a, &arena, &list, &n, &test_err));
    assert_int_equal(n, 1);
    tr_arena_clear(&arena);
    accounts_close(a);
}

/* Neither the password nor the token is in the file, and only its owner reads
 * it. */
static void the_file_tells_nothing(void **state)
{
    struct accounts *a = open_new(*state);
    char token[ACCOUNTS_TOKEN_TEXT], *held;
    struct stat about;
    size_t n;
    FILE *f;

    assert_ok(accounts_sign_in(a, "b.owner", PASSWORD, NOW, token, &test_err));
    accounts_close(a);
    assert_int_equal(stat(path_of(*state), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    n = (size_t)about.st_size;
    held = malloc(n);
    f = fopen(path_of(*state), "rb");
    assert_true(held && f && fread(held, 1, n, f) == n);
    fclose(f);
    for (size_t i = 0; i + 17 < n; i++) {
        if (memcmp(held + i, PASSWORD, 17) == 0 ||
            memcmp(held + i, token, 16) == 0)
            fail_msg("a secret stands at %zu", i);
    }
    free(held);
    assert_int_equal(chmod(path_of(*state), 0640), 0);
    assert_int_equal(accounts_open(((struct store_fixture *)*state)->path, true,
                                   &a, &test_err),
                     TR_EDENIED);
}

#define with_store(test)                                                       \
    cmocka_unit_test_setup_teardown(test, store_fixture_setup,                 \
                                    store_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(the_right_password_opens_a_session),
        with_store(a_session_ends),
        with_store(wrong_passwords_run_out),
        with_store(what_may_not_be_is_refused),
        with_store(the_file_tells_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
