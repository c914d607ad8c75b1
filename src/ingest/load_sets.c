/* load_sets.c - see load_sets.h */
#include "ingest/load_sets.h"

#include <string.h>

#include "terrier/text.h"

#define MOST_SETS 1000

struct load_sets {
    struct tr_arena *a;
    size_t n;
    const char *names[MOST_SETS];
};

static bool has(const struct load_sets *sets, const char *name)
{
    for (size_t i = 0; i < sets->n; i++) {
        if (strcmp(sets->names[i], name) == 0)
            return true;
    }
    return false;
}

enum tr_status load_sets_add(struct load_sets *sets, const struct profile *p,
                             struct tr_error *err)
{
    if (p->kind != STORE_AREAS || has(sets, p->set))
        return TR_OK;
    if (sets->n == MOST_SETS)
        return tr_fail(err, TR_ELIMIT, "more than %d area sets", MOST_SETS);
    sets->names[sets->n] = tr_arena_text(sets->a, p->set, strlen(p->set));
    if (!sets->names[sets->n++])
        return tr_fail(err, TR_ENOMEM, "no memory left for area sets");
    return TR_OK;
}

/* The profile that a layer was loaded by; an old one that is not understood
 * any more is passed over. */
static enum tr_status add_stored(struct load_sets *sets, struct store *s,
                                 const struct store_layer *layer,
                                 struct tr_arena *scratch, struct tr_error *err)
{
    const struct profile *p;
    const char *text;
    size_t len;
    enum tr_status st =
        store_get_document(s, &layer->profile, scratch, &text, &len, err);

    if (st)
        return st == TR_ENOTFOUND ? TR_OK : st;
    if (profile_parse(text, len, layer->name, scratch, &p, NULL))
        return TR_OK;
    return load_sets_add(sets, p, err);
}

enum tr_status load_sets_read(struct store *s, struct tr_arena *a,
                              struct load_sets **out, struct tr_error *err)
{
    struct load_sets *sets = tr_arena_alloc(a, sizeof *sets);
    const struct store_layer *layers;
    struct tr_arena scratch;
    size_t n;

    if (!sets)
        return tr_fail(err, TR_ENOMEM, "no memory left for area sets");
    sets->a = a;
    sets->n = 0;
    tr_arena_init(&scratch, (size_t)64 * 1024 * 1024);

    enum tr_status st = store_layers(s, &scratch, &layers, &n, err);

    for (size_t i = 0; !st && i < n; i++) {
        if (layers[i].kind == STORE_AREAS && layers[i].current_load)
            st = add_stored(sets, s, &layers[i], &scratch, err);
    }
    tr_arena_clear(&scratch);
    if (!st)
        *out = sets;
    return st;
}

static enum tr_status check_one(const struct load_sets *sets,
                                const struct profile *p, const char *key,
                                const char *set, struct tr_error *err)
{
    const char *near;

    if (!set || has(sets, set))
        return TR_OK;
    near = tr_text_nearest(set, sets->names, sets->n);
    if (!near)
        return TR_OK;
    return tr_node_fail(tr_node_get(p->root, key), p->file, err,
                        "there is no area set '%s', did you mean '%s'? If not, "
                        "load the layer of its areas first",
                        set, near);
}

enum tr_status load_sets_check(const struct load_sets *sets,
                               const struct profile *p, struct tr_error *err)
{
    enum tr_status st = check_one(sets, p, "covers", p->covers, err);

    return st ? st : check_one(sets, p, "areas", p->areas, err);
}
