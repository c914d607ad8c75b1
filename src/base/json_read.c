/* json_read.c - JSON as a tree: the one door to jansson. See terrier/node.h. */
#include <jansson.h>
#include <string.h>

#include "base/node_build.h"
#include "base/number.h"

static enum tr_status convert(struct node_build *b, json_t *json,
                              struct tr_node **out, struct tr_error *err);

static enum tr_status convert_list(struct node_build *b, json_t *json,
                                   struct tr_node *node, struct tr_error *err)
{
    struct node_children children = { 0 };
    enum tr_status st = node_enter(b, node, err);
    size_t n = json_array_size(json);

    for (size_t i = 0; i < n && !st; i++) {
        struct tr_node *value = NULL;

        st = convert(b, json_array_get(json, i), &value, err);
        if (!st)
            st = node_add(b, &children, NULL, value, err);
    }
    return st ? st : node_leave(b, node, &children, err);
}

static enum tr_status convert_text(struct node_build *b, const char *s,
                                   size_t len, struct tr_node **out,
                                   struct tr_error *err)
{
    enum tr_status st = node_new(b, TR_NODE_TEXT, 0, 0, out, err);

    if (st)
        return st;
    (*out)->text = tr_arena_text(b->arena, s, len);
    return (*out)->text ? TR_OK : node_no_memory(b, err);
}

static enum tr_status convert_map(struct node_build *b, json_t *json,
                                  struct tr_node *node, struct tr_error *err)
{
    struct node_children children = { 0 };
    enum tr_status st = node_enter(b, node, err);
    void *at = json_object_iter(json);

    for (; at && !st; at = json_object_iter_next(json, at)) {
        const char *s = json_object_iter_key(at);
        struct tr_node *key = NULL;
        struct tr_node *value = NULL;

        st = convert_text(b, s, strlen(s), &key, err);
        if (!st)
            st = convert(b, json_object_iter_value(at), &value, err);
        if (!st)
            st = node_add(b, &children, key, value, err);
    }
    return st ? st : node_leave(b, node, &children, err);
}

static enum tr_status convert_number(struct node_build *b, const json_t *json,
                                     struct tr_node *node, struct tr_error *err)
{
    char text[NUMBER_TEXT];

    node->number = json_number_value(json);
    if (json_is_integer(json)) {
        node->integer = json_integer_value(json);
        node->text =
            tr_arena_printf(b->arena, "%lld", (long long)node->integer);
    } else {
        number_write(node->number, text);
        node->text = tr_arena_text(b->arena, text, strlen(text));
    }
    return node->text ? TR_OK : node_no_memory(b, err);
}

static enum tr_node_kind kind_of(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT: return TR_NODE_MAP;
    case JSON_ARRAY: return TR_NODE_LIST;
    case JSON_STRING: return TR_NODE_TEXT;
    case JSON_INTEGER: return TR_NODE_INTEGER;
    case JSON_REAL: return TR_NODE_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE: return TR_NODE_BOOL;
    case JSON_NULL: break;
    }
    return TR_NODE_NULL;
}

static enum tr_status convert(struct node_build *b, json_t *json,
                              struct tr_node **out, struct tr_error *err)
{
    struct tr_node *node;
    enum tr_node_kind kind = kind_of(json);
    enum tr_status st;

    if (kind == TR_NODE_TEXT)
        return convert_text(b, json_string_value(json),
                            json_string_length(json), out, err);
    st = node_new(b, kind, 0, 0, &node, err);
    if (st)
        return st;
    if (kind == TR_NODE_MAP) {
        st = convert_map(b, json, node, err);
    } else if (kind == TR_NODE_LIST) {
        st = convert_list(b, json, node, err);
    } else if (kind == TR_NODE_BOOL) {
        node->truth = json_is_true(json);
        node->text = node->truth ? "true" : "false";
    } else if (kind == TR_NODE_NULL) {
        node->text = "null";
    } else {
        st = convert_number(b, json, node, err);
    }
    if (!st)
        *out = node;
    return st;
}

static enum tr_status fail_to_load(const struct node_build *b,
                                   const json_error_t *problem,
                                   struct tr_error *err)
{
    enum json_error_code code = json_error_code(problem);
    const char *what = problem->text;

    if (code == json_error_out_of_memory)
        return node_no_memory(b, err);
    /* What jansson says of these would puzzle a reader of the file. */
    if (code == json_error_null_character ||
        code == json_error_null_byte_in_key)
        what = "text cannot hold the character \\u0000";
    else if (code == json_error_premature_end_of_input)
        what = "the file ends too early";
    return tr_fail(err, TR_EDATA, "%s:%d:%d: %s", b->file, problem->line,
                   problem->column, what);
}

enum tr_status tr_json_parse(const char *text, size_t len, const char *file,
                             struct tr_arena *a, const struct tr_node **out,
                             struct tr_error *err)
{
    struct node_build b = { .arena = a, .file = file };
    struct tr_node *root = NULL;
    json_error_t problem;
    enum tr_status st = node_check_text(&text, &len, file, TR_EDATA, err);

    if (st)
        return st;

    json_t *json = json_loadb(
        text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);

    if (!json)
        return fail_to_load(&b, &problem, err);
    st = convert(&b, json, &root, err);
    json_decref(json);
    if (!st)
        *out = root;
    return st;
}
