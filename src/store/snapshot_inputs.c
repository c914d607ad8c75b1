/* snapshot_inputs.c - see store/snapshot_inputs.h */
#include "store/snapshot_inputs.h"

#include <string.h>

#include "terrier/json.h"
#include "terrier/node.h"
#include "terrier/sign.h"

#define MAX_INPUTS ((size_t)4 * 1024 * 1024)

static void put_documents(struct tr_json *j, const struct snapshot_inputs *in)
{
    char hex[TR_DIGEST_TEXT];

    tr_json_key(j, "documents");
    tr_json_open_map(j);
    for (size_t i = 0; i < in->n_documents; i++) {
        const struct snapshot_document *d = &in->documents[i];

        if (!i || strcmp(d[-1].place, d->place) != 0) {
            if (i)
                tr_json_close_map(j);
            tr_json_key(j, d->place);
            tr_json_open_map(j);
        }
        tr_digest_text(&d->digest, hex);
        tr_json_put_text(j, d->kind, hex);
    }
    if (in->n_documents)
        tr_json_close_map(j);
    tr_json_close_map(j);
}

const char *snapshot_inputs_write(const struct snapshot_inputs *in,
                                  struct tr_arena *a)
{
    struct tr_buf b;
    struct tr_json j;
    const char *text;

    tr_buf_init(&b, MAX_INPUTS);
    tr_json_init(&j, &b);
    tr_json_open_map(&j);
    put_documents(&j, in);
    tr_json_key(&j, "layers");
    tr_json_open_map(&j);
    for (size_t i = 0; i < in->n_layers; i++)
        tr_json_put_int(&j, in->layers[i].name, in->layers[i].load);
    tr_json_close_map(&j);
    tr_json_put_int(&j, "ledger", in->ledger);
    if (in->program)
        tr_json_put_text(&j, "program", in->program);
    tr_json_put_int(&j, "run", in->run);
    tr_json_close_map(&j);
    text = tr_buf_text(&b);
    text = text ? tr_arena_text(a, text, b.len) : NULL;
    tr_buf_clear(&b);
    return text;
}

/* ---- reading ---- */

static enum tr_status read_layers(const struct tr_node *map, struct tr_arena *a,
                                  struct snapshot_inputs *out,
                                  struct tr_error *err)
{
    struct snapshot_layer *layers =
        tr_arena_array(a, map->n + 1, sizeof *layers);

    if (!layers)
        return tr_fail(err, TR_ENOMEM, "no memory left for a run's inputs");
    for (size_t i = 0; i < map->n; i++) {
        if (map->items[i]->kind != TR_NODE_INTEGER)
            return tr_fail(err, TR_EDATA,
                           "a run's inputs name layer '%.60s' without a load",
                           map->keys[i]->text);
        layers[i] = (struct snapshot_layer){ map->keys[i]->text,
                                             map->items[i]->integer };
    }
    out->layers = layers;
    out->n_layers = map->n;
    return TR_OK;
}

static enum tr_status read_documents(const struct tr_node *places,
                                     struct tr_arena *a,
                                     struct snapshot_inputs *out,
                                     struct tr_error *err)
{
    struct snapshot_document *list;
    size_t n = 0;

    for (size_t p = 0; p < places->n; p++)
        n += places->items[p]->n;
    list = tr_arena_array(a, n + 1, sizeof *list);
    if (!list)
        return tr_fail(err, TR_ENOMEM, "no memory left for a run's inputs");
    n = 0;
    for (size_t p = 0; p < places->n; p++) {
        const struct tr_node *kinds = places->items[p];

        for (size_t i = 0; kinds->kind == TR_NODE_MAP && i < kinds->n; i++) {
            list[n].place = places->keys[p]->text;
            list[n].kind = kinds->keys[i]->text;
            if (!tr_hex_read(kinds->items[i]->text, list[n].digest.bytes,
                             TR_DIGEST_BYTES))
                return tr_fail(err, TR_EDATA,
                               "a run's inputs name a document of '%.60s' "
                               "without its digest",
                               list[n].place);
            n++;
        }
    }
    out->documents = list;
    out->n_documents = n;
    return TR_OK;
}

enum tr_status snapshot_inputs_read(const char *json, struct tr_arena *a,
                                    struct snapshot_inputs *out,
                                    struct tr_error *err)
{
    struct snapshot_inputs in = { .program = "" };
    const struct tr_node *map, *layers, *documents;
    enum tr_status st =
        tr_json_parse(json, strlen(json), "inputs", a, &map, err);

    if (st || map->kind != TR_NODE_MAP)
        return tr_fail(err, TR_EDATA, "the run's inputs are damaged");
    layers = tr_node_get(map, "layers");
    documents = tr_node_get(map, "documents");
    in.whole = layers && layers->kind == TR_NODE_MAP && documents &&
               documents->kind == TR_NODE_MAP;
    if (!in.whole) {
        st = read_layers(map, a, &in, err);
    } else {
        st = read_layers(layers, a, &in, err);
        if (!st)
            st = read_documents(documents, a, &in, err);
        if (!st)
            st = tr_node_integer(map, "run", "inputs", &in.run, err);
        if (!st)
            st = tr_node_integer(map, "ledger", "inputs", &in.ledger, err);
        if (!st)
            st = tr_node_text(map, "program", "inputs", &in.program, err);
    }
    if (!st)
        *out = in;
    return st;
}

int64_t snapshot_inputs_load(const struct snapshot_inputs *in,
                             const char *layer)
{
    for (size_t i = 0; i < in->n_layers; i++) {
        if (strcmp(in->layers[i].name, layer) == 0)
            return in->layers[i].load;
    }
    return 0;
}

const struct tr_digest *
snapshot_inputs_document(const struct snapshot_inputs *in, const char *place,
                         const char *kind)
{
    for (size_t i = 0; i < in->n_documents; i++) {
        const struct snapshot_document *d = &in->documents[i];

        if (strcmp(d->place, place) == 0 && strcmp(d->kind, kind) == 0)
            return &d->digest;
    }
    return NULL;
}

const char *snapshot_inputs_outdated(const struct snapshot_inputs *in,
                                     const struct store_layer *layers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t then = snapshot_inputs_load(in, layers[i].name);

        if (then && then != layers[i].current_load)
            return layers[i].name;
    }
    return NULL;
}
