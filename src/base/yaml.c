/* yaml.c - one strict YAML document as a tree: the one door to libyaml. */
#include <string.h>
#include <yaml.h>

#include "base/node_build.h"
#include "base/yaml_scalar.h"

struct reading {
    struct node_build build;
    yaml_parser_t parser;
    yaml_event_t event; /* the current one; deleted before the next */
    const char *text;
    size_t len;
};

static enum tr_status fail_at(const struct reading *r, yaml_mark_t mark,
                              struct tr_error *err, const char *what)
{
    struct tr_node place = { .line = (int)mark.line + 1,
                             .column = (int)mark.column + 1 };

    return tr_node_fail(&place, r->build.file, err, "%s", what);
}

/* The reader underneath libyaml's scanner knows an offset and no line. */
static enum tr_status fail_in_reader(const struct reading *r,
                                     struct tr_error *err)
{
    yaml_mark_t mark = { 0 };

    for (size_t i = 0; i < r->parser.problem_offset; i++) {
        mark.column++;
        if (r->text[i] == '\n') {
            mark.line++;
            mark.column = 0;
        }
    }
    return fail_at(r, mark, err, r->parser.problem);
}

/* Does the line begin with white space that reaches to the mark and holds a
 * tab? */
static bool is_tab(const struct reading *r, yaml_mark_t mark)
{
    const char *s = r->text, *end = r->text + r->len;
    bool tab = false;
    size_t n = 0;

    for (size_t line = 0; line < mark.line && s; line++) {
        s = memchr(s, '\n', (size_t)(end - s));
        s = s ? s + 1 : NULL;
    }
    for (; s && s + n < end && (s[n] == ' ' || s[n] == '\t'); n++)
        tab = tab || s[n] == '\t';
    return tab && n >= mark.column;
}

static enum tr_status next(struct reading *r, struct tr_error *err)
{
    const yaml_parser_t *p = &r->parser;

    yaml_event_delete(&r->event);
    if (yaml_parser_parse(&r->parser, &r->event))
        return TR_OK;
    memset(&r->event, 0, sizeof r->event);
    if (p->error == YAML_MEMORY_ERROR)
        return node_no_memory(&r->build, err);
    if (p->error == YAML_READER_ERROR)
        return fail_in_reader(r, err);
    if (is_tab(r, p->problem_mark))
        return fail_at(r, p->problem_mark, err,
                       "a tab cannot indent a line; use spaces");
    if (!p->context)
        return fail_at(r, p->problem_mark, err, p->problem);

    /* "while parsing a block mapping, did not find expected key" */
    char what[200];

    snprintf(what, sizeof what, "%s, %s (which begins on line %zu)", p->context,
             p->problem, p->context_mark.line + 1);
    return fail_at(r, p->problem_mark, err, what);
}

static enum tr_status refuse_decoration(const struct reading *r,
                                        const yaml_char_t *anchor,
                                        const yaml_char_t *tag,
                                        struct tr_error *err)
{
    if (anchor)
        return fail_at(r, r->event.start_mark, err,
                       "anchors (&name) are not allowed; write the value out");
    if (tag)
        return fail_at(r, r->event.start_mark, err,
                       "tags (!name) are not allowed; quote what is text");
    return TR_OK;
}

/* A node at the current event's place, after refusing anchors and tags. */
static enum tr_status new_here(struct reading *r, enum tr_node_kind kind,
                               struct tr_node **out, struct tr_error *err)
{
    const yaml_event_t *e = &r->event;
    enum tr_status st = TR_OK;

    if (e->type == YAML_SCALAR_EVENT)
        st = refuse_decoration(r, e->data.scalar.anchor, e->data.scalar.tag,
                               err);
    else if (e->type == YAML_SEQUENCE_START_EVENT)
        st = refuse_decoration(r, e->data.sequence_start.anchor,
                               e->data.sequence_start.tag, err);
    else if (e->type == YAML_MAPPING_START_EVENT)
        st = refuse_decoration(r, e->data.mapping_start.anchor,
                               e->data.mapping_start.tag, err);
    if (st)
        return st;
    return node_new(&r->build, kind, (int)e->start_mark.line + 1,
                    (int)e->start_mark.column + 1, out, err);
}

static enum tr_status read_scalar(struct reading *r, struct tr_node **out,
                                  struct tr_error *err)
{
    const char *s = (const char *)r->event.data.scalar.value;
    size_t len = r->event.data.scalar.length;
    struct tr_node *node;
    enum tr_status st = new_here(r, TR_NODE_TEXT, &node, err);

    if (st)
        return st;
    if (strlen(s) != len)
        return tr_node_fail(node, r->build.file, err,
                            "text cannot hold the character \\0");
    node->text = tr_arena_text(r->build.arena, s, len);
    if (!node->text)
        return node_no_memory(&r->build, err);
    if (r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
        !yaml_scalar_resolve(node))
        return tr_node_fail(node, r->build.file, err,
                            "'%s' is not a finite number", node->text);
    *out = node;
    return TR_OK;
}

static enum tr_status read_key(struct reading *r, struct tr_node **out,
                               struct tr_error *err)
{
    struct tr_node *key;
    enum tr_status st;

    if (r->event.type == YAML_ALIAS_EVENT)
        return fail_at(r, r->event.start_mark, err,
                       "aliases (*name) are not allowed; write the key out");
    if (r->event.type != YAML_SCALAR_EVENT)
        return fail_at(r, r->event.start_mark, err, "a key must be text");
    st = read_scalar(r, &key, err);
    if (st)
        return st;
    if (!*key->text)
        return tr_node_fail(key, r->build.file, err, "a key must not be empty");
    /* `on: 1` and `2023: x` are keys like any other. */
    *key = (struct tr_node){ .kind = TR_NODE_TEXT,
                             .line = key->line,
                             .column = key->column,
                             .text = key->text };
    *out = key;
    return TR_OK;
}

static enum tr_status read_value(struct reading *r, struct tr_node **out,
                                 struct tr_error *err);

static enum tr_status read_children(struct reading *r, struct tr_node *node,
                                    struct tr_error *err)
{
    const bool is_map = node->kind == TR_NODE_MAP;
    const yaml_event_type_t last =
        is_map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    struct node_children children = { 0 };
    enum tr_status st = node_enter(&r->build, node, err);

    while (!st) {
        struct tr_node *key = NULL;
        struct tr_node *value = NULL;

        st = next(r, err);
        if (st || r->event.type == last)
            break;
        if (is_map) {
            st = read_key(r, &key, err);
            if (!st)
                st = next(r, err);
        }
        if (!st)
            st = read_value(r, &value, err);
        if (!st)
            st = node_add(&r->build, &children, key, value, err);
    }
    return st ? st : node_leave(&r->build, node, &children, err);
}

/* The value that the current event begins; ends at its last event. The depth
 * of the recursion is limited by node_enter(). */
static enum tr_status read_value(struct reading *r, struct tr_node **out,
                                 struct tr_error *err)
{
    struct tr_node *node;
    enum tr_status st;

    if (r->event.type == YAML_ALIAS_EVENT)
        return fail_at(r, r->event.start_mark, err,
                       "aliases (*name) are not allowed; write the value out");
    if (r->event.type == YAML_SCALAR_EVENT)
        return read_scalar(r, out, err);
    st = new_here(r,
                  r->event.type == YAML_MAPPING_START_EVENT ? TR_NODE_MAP
                                                            : TR_NODE_LIST,
                  &node, err);
    if (!st)
        st = read_children(r, node, err);
    if (!st)
        *out = node;
    return st;
}

static enum tr_status read_document(struct reading *r, struct tr_node **out,
                                    struct tr_error *err)
{
    enum tr_status st = next(r, err); /* the start of the stream */

    if (!st)
        st = next(r, err);
    if (st)
        return st;
    if (r->event.type == YAML_STREAM_END_EVENT)
        return fail_at(r, (yaml_mark_t){ 0 }, err, "there is nothing in it");
    if (r->event.data.document_start.tag_directives.start !=
        r->event.data.document_start.tag_directives.end)
        return fail_at(r, r->event.start_mark, err,
                       "tags (%TAG) are not allowed");
    st = next(r, err);
    if (!st)
        st = read_value(r, out, err);
    if (!st)
        st = next(r, err); /* the end of the document */
    if (!st)
        st = next(r, err);
    if (!st && r->event.type != YAML_STREAM_END_EVENT)
        return fail_at(r, r->event.start_mark, err,
                       "a second document begins here; give it its own file");
    return st;
}

enum tr_status tr_yaml_parse(const char *text, size_t len, const char *file,
                             struct tr_arena *a, const struct tr_node **out,
                             struct tr_error *err)
{
    struct reading r = { .build = { .arena = a, .file = file } };
    struct tr_node *root = NULL;
    enum tr_status st = node_check_text(&text, &len, file, TR_ECONFIG, err);

    if (st)
        return st;
    if (!yaml_parser_initialize(&r.parser))
        return node_no_memory(&r.build, err);
    r.text = text;
    r.len = len;
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
    st = read_document(&r, &root, err);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    if (!st)
        *out = root;
    return st;
}
