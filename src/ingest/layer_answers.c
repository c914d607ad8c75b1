/* layer_answers.c - a layer whose rows answer for those of another: is that one
 * there, and has it the keys. See profile.h, "Answers". */
#include <string.h>

#include "ingest/layer_load.h"
#include "ingest/text_map.h"
#include "terrier/node.h"

static enum tr_status refuse(const struct layer_load *l, struct tr_error *err,
                             const char *why)
{
    return tr_node_fail(tr_node_get(l->p->root, "answers_for"), l->p->file, err,
                        "answers_for '%s': %s", l->p->answers_for, why);
}

enum tr_status layer_check_answers(struct layer_load *l, struct store *s,
                                   struct tr_error *err)
{
    const struct store_layer *layer;
    const struct tr_node *profile;
    const char *text, *partner = NULL;
    size_t len;
    enum tr_status st =
        store_layer_named(s, l->p->answers_for, &l->keep, &layer, err);

    if (st == TR_ENOTFOUND)
        return refuse(l, err, "no such layer has been loaded");
    if (!st)
        st = store_get_document(s, &layer->profile, &l->keep, &text, &len, err);
    if (!st)
        st = tr_yaml_parse(text, len, layer->name, &l->keep, &profile, err);
    if (!st)
        st = tr_node_text(profile, "partner", layer->name, &partner, err);
    if (st)
        return st;
    if (layer->kind != STORE_SITES || strcmp(layer->place, l->place->id) != 0)
        return refuse(l, err, "it is no layer of sites of this place");
    if (tr_node_get(profile, "answers_for"))
        return refuse(l, err, "it answers for another layer itself");
    if (!partner || strcmp(partner, l->p->partner) != 0)
        return refuse(l, err, "it is another partner's layer");
    return TR_OK;
}

struct known { /* which of our rows the layer has keys for */
    struct text_map keys;
    bool *found;
};

static enum tr_status find(void *context, const struct store_row *row,
                           struct tr_error *err)
{
    struct known *k = context;
    const struct text_map_entry *e = text_map_find(&k->keys, row->key);

    (void)err;
    if (e)
        k->found[e->value] = true;
    return TR_OK;
}

static enum tr_status say(struct layer_load *l, const struct known *k,
                          struct tr_error *err)
{
    size_t n = 0;
    enum tr_status st = TR_OK;

    for (size_t i = 0; i < l->n_rows && !st; i++) {
        const struct load_row *row = &l->rows[i];

        if (row->dropped || k->found[i])
            continue;
        st = layer_issue(
            l, (struct load_at){ row->file, row->number, NULL, row->key },
            "unknown key", STORE_WARNING,
            "layer '%s' has no row with this key: the answer is for no site",
            l->p->answers_for);
        n++;
    }
    if (!st && n)
        st = layer_warning(l, "%zu answers are for no row of layer '%s'", n,
                           l->p->answers_for);
    return st ? layer_no_memory(l, err) : TR_OK;
}

enum tr_status layer_say_strangers(struct layer_load *l, struct store *s,
                                   struct tr_error *err)
{
    struct known k = { .found = tr_arena_array(&l->keep, l->n_rows + 1,
                                               sizeof *k.found) };
    const struct store_layer *layer;
    enum tr_status st =
        store_layer_named(s, l->p->answers_for, &l->keep, &layer, err);

    if (!st && !k.found)
        st = layer_no_memory(l, err);
    for (size_t i = 0; i < l->n_rows && !st; i++) {
        if (!l->rows[i].dropped &&
            !text_map_put(&k.keys, l->rows[i].key, (uint32_t)i, NULL))
            st = layer_no_memory(l, err);
    }
    if (!st)
        st = store_read_rows(s, layer->id, 0, find, &k, err);
    text_map_free(&k.keys);
    return st ? st : say(l, &k, err);
}
