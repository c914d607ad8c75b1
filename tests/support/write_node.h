/* write_node.h - a tree of nodes as JSON, to compare trees by their text. */
#ifndef WRITE_NODE_H
#define WRITE_NODE_H

#include "terrier/json.h"
#include "terrier/node.h"

static void write_node(struct tr_json *j, const struct tr_node *node)
{
    switch (node->kind) {
    case TR_NODE_NULL: tr_json_null(j); break;
    case TR_NODE_BOOL: tr_json_bool(j, node->truth); break;
    case TR_NODE_INTEGER: tr_json_int(j, node->integer); break;
    case TR_NODE_NUMBER: tr_json_number(j, node->number); break;
    case TR_NODE_TEXT: tr_json_text(j, node->text); break;
    case TR_NODE_LIST:
        tr_json_open_list(j);
        for (size_t i = 0; i < node->n; i++)
            write_node(j, node->items[i]);
        tr_json_close_list(j);
        break;
    case TR_NODE_MAP:
        tr_json_open_map(j);
        for (size_t i = 0; i < node->n; i++) {
            tr_json_key(j, node->keys[i]->text);
            write_node(j, node->items[i]);
        }
        tr_json_close_map(j);
        break;
    }
}

#endif
