/* test_http_answer.c - requests to answers, without a socket: every route, the
 * tags, the problems, and a route's own parameters. */
#include "support/small_world.h"
#include "support/tr_test.h"

#include <stdlib.h>
#include <string.h>

#include "http/http.h"
#include "terrier/node.h"

static struct tr_error test_err;
static struct tr_snapshot *world;
static struct tr_crs *crs;
static struct tr_arena arena;
static struct http_counters counters;
static struct http_service service = { .public_url = "",
                                       .version = "1",
                                       .max_answer = (size_t)16 << 20,
                                       .counters = &counters };

static int open_world(void **state)
{
    struct small_world w = { .seed = 7, .classes = true };

    (void)state;
    tr_arena_init(&arena, (size_t)256 << 20);
    return small_world_snapshot(&w, &world, &test_err) != TR_OK ||
           tr_crs_open(NULL, &crs, &test_err) != TR_OK;
}

static int close_world(void **state)
{
    (void)state;
    tr_crs_close(crs);
    tr_arena_clear(&arena);
    tr_snapshot_free(world);
    return 0;
}

struct asked {
    const char *target, *method, *accept, *if_none_match;
    bool gzip;
};

/* The answer; free res->body with tr_buf_clear(). */
static const char *ask(const struct asked *a, struct http_response *res)
{
    struct http_request req = {
        .method = a->method ? a->method : "GET",
        .host = "example.org",
        .accept = a->accept,
        .if_none_match = a->if_none_match,
        .accepts_gzip = a->gzip,
        .service = &service,
        .snapshot = world,
        .crs = crs,
        .arena = &arena,
    };
    size_t len = strcspn(a->target, "?");
    const char *etag;

    *res = (struct http_response){ 0 };
    tr_buf_init(&res->body, service.max_answer);
    req.path = tr_arena_text(&arena, a->target, len);
    assert_true(!a->target[len] || http_read_query(&req, a->target + len + 1));
    http_answer(&req, res, &etag);
    return etag;
}

static unsigned status_of(const char *target)
{
    struct http_response res;

    ask(&(struct asked){ .target = target }, &res);
    tr_buf_clear(&res.body);
    return res.status;
}

static void each_problem_is_json_with_its_status(void **state)
{
    static const struct {
        const char *target;
        long long status;
    } cases[] = {
        { "/nothing", 404 },
        { "/sites/nor-000000000000", 404 },
        { "/ogc/collections/sites/items?fliter=1", 400 },
        { "/ogc/collections/sites/items?f=xml", 400 },
        { "/api/place?f=csv", 400 },
        { "/api/summary?set=nothing", 404 },
        { "/tiles/sites/1/2/0.mvt", 400 },
        { "/healthz?f=json", 400 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct tr_node *root, *status, *detail;
        struct http_response res;
        const char *etag =
            ask(&(struct asked){ .target = cases[i].target }, &res);

        assert_null(etag);
        assert_int_equal(res.status, cases[i].status);
        assert_string_equal(res.content_type, "application/problem+json");
        assert_string_equal(res.cache_control, "no-store");
        assert_ok(tr_json_parse((const char *)res.body.data, res.body.len,
                                "problem", &arena, &root, &test_err));
        status = tr_node_get(root, "status");
        detail = tr_node_get(root, "detail");
        assert_non_null(status);
        assert_true(detail && detail->kind == TR_NODE_TEXT && *detail->text);
        tr_buf_clear(&res.body);
    }
}

static void a_browser_gets_a_page_and_no_markup_of_its_own(void **state)
{
    struct http_response res;

    (void)state;
    ask(&(struct asked){ .target = "/sites/%3Cscript%3E",
                         .accept = "text/html,*/*" },
        &res);
    assert_int_equal(res.status, 404);
    assert_string_equal(res.content_type, "text/html; charset=utf-8");
    assert_non_null(strstr(tr_buf_text(&res.body), "&lt;script&gt;"));
    assert_null(strstr(tr_buf_text(&res.body), "<script"));
    tr_buf_clear(&res.body);
}

static void a_tag_that_the_client_holds_is_answered_304(void **state)
{
    struct http_response res;
    const char *etag = ask(&(struct asked){ .target = "/api/summary" }, &res);
    const struct {
        const char *list;
        bool gzip;
        unsigned status;
        const char *tag; /* of a 304 */
    } cases[] = {
        { tr_arena_printf(&arena, "\"%s\"", etag), false, 304, etag },
        { tr_arena_printf(&arena, "W/\"%s\"", etag), false, 304, etag },
        { tr_arena_printf(&arena, "\"a\", \"%s\"", etag), true, 304, etag },
        { tr_arena_printf(&arena, "\"%s-gzip\"", etag), true, 304,
          tr_arena_printf(&arena, "%s-gzip", etag) },
        { tr_arena_printf(&arena, "\"%s-gzip\"", etag), false, 200, NULL },
        { tr_arena_printf(&arena, "\"%s-gzipped\"", etag), true, 200, NULL },
        { tr_arena_printf(&arena, "\"x%s\"", etag), true, 200, NULL },
        { tr_arena_printf(&arena, "%s", etag), true, 200, NULL },
        { "*", false, 304, etag },
        { "", false, 200, NULL },
    };

    (void)state;
    tr_buf_clear(&res.body);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = ask(&(struct asked){ .target = "/api/summary",
                                               .if_none_match = cases[i].list,
                                               .gzip = cases[i].gzip },
                              &res);

        if (res.status != cases[i].status)
            fail_msg("%s: %u", cases[i].list, res.status);
        if (cases[i].tag) {
            assert_string_equal(got, cases[i].tag);
            assert_int_equal(res.body.len, 0);
        }
        tr_buf_clear(&res.body);
    }
}

static void only_get_and_head_are_answered(void **state)
{
    struct http_response res;

    (void)state;
    ask(&(struct asked){ .target = "/api/place", .method = "POST" }, &res);
    assert_int_equal(res.status, 405);
    assert_string_equal(res.allow, "GET, HEAD");
    tr_buf_clear(&res.body);
}

/* What the route table allows, the handlers understand: each parameter that a
 * route names is taken, whatever it then thinks of the value. */
static void each_route_takes_the_parameters_that_it_names(void **state)
{
    size_t n;
    const struct http_route *routes = http_routes(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const char *const *names =
            routes[i].parameters ? routes[i].parameters : http_items_query;

        if (strchr(routes[i].path, '{'))
            continue;
        for (size_t k = 0; names[k]; k++) {
            struct http_response res;
            const char *target =
                tr_arena_printf(&arena, "%s?%s=1", routes[i].path, names[k]);

            ask(&(struct asked){ .target = target }, &res);
            assert_null(
                strstr(tr_buf_text(&res.body) ? tr_buf_text(&res.body) : "",
                       "unknown parameter"));
            tr_buf_clear(&res.body);
        }
    }
}

static void a_stopping_server_is_not_ready(void **state)
{
    (void)state;
    assert_int_equal(status_of("/readyz"), 200);
    atomic_store(&counters.stopping, true);
    assert_int_equal(status_of("/readyz"), 503);
    assert_int_equal(status_of("/healthz"), 200);
    atomic_store(&counters.stopping, false);
}

static void an_answer_above_the_limit_says_so(void **state)
{
    (void)state;
    service.max_answer = 2000;
    assert_int_equal(status_of("/ogc/collections/sites/items?limit=100"), 400);
    service.max_answer = (size_t)16 << 20;
    assert_int_equal(status_of("/ogc/collections/sites/items?limit=100"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_problem_is_json_with_its_status),
        cmocka_unit_test(a_browser_gets_a_page_and_no_markup_of_its_own),
        cmocka_unit_test(a_tag_that_the_client_holds_is_answered_304),
        cmocka_unit_test(only_get_and_head_are_answered),
        cmocka_unit_test(each_route_takes_the_parameters_that_it_names),
        cmocka_unit_test(a_stopping_server_is_not_ready),
        cmocka_unit_test(an_answer_above_the_limit_says_so),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
