/* fuzz_yaml.c - a YAML tree written as JSON and read again is the same tree,
 * and every node knows its line. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "support/write_node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_places(const struct tr_node *node)
{
    assert(node->line > 0 && node->column > 0);
    assert(isfinite(node->number));
    for (size_t i = 0; i < node->n; i++) {
        if (node->kind == TR_NODE_MAP)
            assert(tr_node_get(node, node->keys[i]->text) == node->items[i]);
        check_places(node->items[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tr_node *root = NULL;
    struct tr_error err = TR_ERROR_INIT;
    struct tr_arena a;
    struct tr_buf first, second;
    struct tr_json j;

    tr_arena_init(&a, (size_t)16 << 20);
    tr_buf_init(&first, (size_t)1 << 20);
    tr_buf_init(&second, (size_t)1 << 20);
    if (tr_yaml_parse((const char *)data, size, "f", &a, &root, &err)) {
        assert(!root && *err.msg);
    } else {
        check_places(root);
        tr_json_init(&j, &first);
        write_node(&j, root);
        assert(tr_buf_text(&first));
        assert(!tr_json_parse((const char *)first.data, first.len, "f", &a,
                              &root, &err));
        tr_json_init(&j, &second);
        write_node(&j, root);
        assert(strcmp(tr_buf_text(&first), tr_buf_text(&second)) == 0);
    }
    tr_buf_clear(&first);
    tr_buf_clear(&second);
    tr_arena_clear(&a);
    return 0;
}
