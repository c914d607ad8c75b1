/* Request targets: whatever path and query a client sends, a route is found or
 * not, what was decoded is valid text, and encoding it again leads back. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/http.h"
#include "terrier/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct tr_arena *a, const char *text)
{
    struct tr_buf b;
    const char *back;

    assert(tr_text_valid(text, strlen(text)) == strlen(text));
    tr_buf_init(&b, 1 << 20);
    http_encode(&b, text);
    assert(tr_buf_text(&b));
    assert(http_decode(a, (const char *)b.data, b.len, true, &back));
    assert(strcmp(back, text) == 0);
    tr_buf_clear(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tr_arena a;
    struct http_request req = { .method = "GET", .arena = &a };
    char *target, *query;

    tr_arena_init(&a, (size_t)8 << 20);
    target = tr_arena_text(&a, (const char *)data, size < 4096 ? size : 4096);
    assert(target);
    query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    req.path = target;
    if (http_route_find(&req)) {
        for (size_t i = 0; i < HTTP_MAX_PARAMS && req.param[i]; i++) {
            assert(*req.param[i]);
            check_text(&a, req.param[i]);
        }
    }
    if (query && http_read_query(&req, query)) {
        for (size_t i = 0; i < req.n_query; i++) {
            check_text(&a, req.query[i].name);
            check_text(&a, req.query[i].value);
            assert(http_query(&req, req.query[i].name) == req.query[i].value);
        }
    }
    http_accepts(target, "gzip");
    tr_arena_clear(&a);
    return 0;
}
