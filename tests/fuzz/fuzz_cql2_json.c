/* fuzz_cql2_json.c - JSON that reads prints as JSON and as text, and both read
 * back to the same prints. */
#include <stdlib.h>
#include <string.h>

#include "terrier/cql2.h"

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void same(const struct tr_cql2 *e, struct tr_buf *text,
                 struct tr_buf *json)
{
    struct tr_buf t, j;

    tr_buf_init(&t, 1 << 24);
    tr_buf_init(&j, 1 << 24);
    tr_cql2_print_text(e, &t);
    tr_cql2_print_json(e, &j);
    must(!strcmp(tr_buf_text(&t), tr_buf_text(text)));
    must(!strcmp(tr_buf_text(&j), tr_buf_text(json)));
    tr_buf_clear(&t);
    tr_buf_clear(&j);
}

/* Readers have limits of their own (length, depth): those may say no. */
static void check(const struct tr_cql2 *e, struct tr_arena *a)
{
    struct tr_error err = TR_ERROR_INIT;
    struct tr_buf text, json;
    const struct tr_node *node;
    const struct tr_cql2 *again;
    enum tr_status st;

    tr_buf_init(&text, 1 << 24);
    tr_buf_init(&json, 1 << 24);
    tr_cql2_print_text(e, &text);
    tr_cql2_print_json(e, &json);
    must(tr_buf_text(&text) && tr_buf_text(&json));
    st = tr_cql2_parse_text(tr_buf_text(&text), TR_CQL2_PROFILE, a, &again,
                            NULL, &err);
    must(!st || st == TR_ELIMIT);
    if (!st)
        same(again, &text, &json);
    st = tr_json_parse((const char *)json.data, json.len, "x", a, &node, &err);
    must(!st || strstr(err.msg, "depth"));
    if (!st) {
        must(!tr_cql2_parse_json(node, a, &again, &err));
        same(again, &text, &json);
    }
    tr_buf_clear(&text);
    tr_buf_clear(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tr_error err = TR_ERROR_INIT;
    const struct tr_node *node;
    const struct tr_cql2 *e;
    struct tr_arena a;

    tr_arena_init(&a, 1 << 27);
    if (!tr_json_parse((const char *)data, size, "x", &a, &node, &err)) {
        if (!tr_cql2_parse_json(node, &a, &e, &err))
            check(e, &a);
        else
            must(*err.msg);
    }
    tr_arena_clear(&a);
    return 0;
}
