/* snapshot_build.c - see snapshot_build.h */
#include "store/snapshot_build.h"

#include <stdlib.h>
#include <string.h>

#include "store/build_parts.h"
#include "store/ledger.h"
#include "terrier/date.h"
#include "terrier/node.h"

static const char no_memory[] = "no memory left for the snapshot";

/* ---- decisions ---- */

static enum tr_status read_decisions(struct build *b, struct tr_error *err)
{
    struct tr_digest ignored;
    enum tr_status st = TR_OK;

    if (b->options->again)
        b->ledger = b->options->again->ledger;
    else
        st = ledger_end(b->store, &b->ledger, &ignored, err);
    if (!st && b->ledger)
        st = snapshot_standings(b->store, b->as_of, b->ledger, b->scratch,
                                &b->in, &b->withdrawn, err);
    if (b->options->run < 0)
        b->in.n_standings = 0;
    return st;
}

/* ---- what a layer's profile says of it ---- */

static const char *profile_text(const struct tr_node *profile, const char *key)
{
    const struct tr_node *n = tr_node_get(profile, key);

    return n && n->kind != TR_NODE_LIST && n->kind != TR_NODE_MAP &&
                   n->kind != TR_NODE_NULL
               ? n->text
               : NULL;
}

static bool profile_is_true(const struct tr_node *profile, const char *key)
{
    const struct tr_node *n = tr_node_get(profile, key);

    return n && n->kind == TR_NODE_BOOL && n->truth;
}

static int32_t profile_date(const struct tr_node *map, const char *key)
{
    const char *text = profile_text(map, key);
    int32_t date;

    return text && tr_date_parse(text, "yyyy-mm-dd", &date) ? date : TR_NO_DATE;
}

static const char *first_key(const struct tr_node *map)
{
    return map && map->kind == TR_NODE_MAP && map->n ? map->keys[0]->text
                                                     : NULL;
}

static enum tr_status read_texts(const struct tr_node *list, struct tr_arena *a,
                                 const char *const **out, size_t *n)
{
    size_t count = list && list->kind == TR_NODE_LIST ? list->n : 0;
    const char **texts = tr_arena_array(a, count + 1, sizeof *texts);

    if (!texts)
        return TR_ENOMEM;
    for (size_t i = 0; i < count; i++)
        texts[i] = list->items[i]->text ? list->items[i]->text : "";
    *out = texts;
    *n = count;
    return TR_OK;
}

static uint32_t place_index(const struct build *b, const char *id)
{
    for (size_t i = 0; i < b->in.n_places; i++) {
        if (strcmp(b->in.places[i]->id, id) == 0)
            return (uint32_t)i;
    }
    return 0;
}

static enum tr_status describe(struct build *b, const struct store_layer *layer,
                               struct tr_input_layer *l, struct tr_error *err)
{
    const struct tr_node *p;
    const char *text;
    size_t len;
    enum tr_status st = store_get_document(b->store, &layer->profile, b->keep,
                                           &text, &len, err);

    if (!st)
        st = tr_yaml_parse(text, len, layer->name, b->keep, &p, err);
    if (st)
        return st;

    const struct tr_node *agreement = tr_node_get(p, "agreement");
    const char *areas = profile_text(p, "areas");
    const char *title = profile_text(p, "title");
    const char *set = profile_text(p, "set");
    const char *name = tr_arena_text(b->keep, layer->name, strlen(layer->name));

    l->about = (struct tr_layer){
        .name = name,
        .title = title ? title : name,
        .kind = store_kind_name(layer->kind),
        .place = place_index(b, layer->place),
        .partner = profile_text(p, "partner"),
        .licence = profile_text(p, "licence"),
        .attribution = profile_text(p, "attribution"),
        .vintage = profile_text(p, "vintage"),
        .draw = profile_text(p, "draw"),
        .set = set ? set : areas,
        .label = profile_text(p, "label"),
        .covers = profile_text(p, "covers"),
        .answers_for = profile_text(p, "answers_for"),
        .agreement = profile_text(agreement, "reference"),
        .agreement_expires = profile_date(agreement, "expires"),
        .as_of = profile_date(p, "as_of"),
        .illustrative = profile_is_true(p, "illustrative"),
        .load = layer->current_load,
        .tier = TR_RESTRICTED,
    };
    l->match = first_key(tr_node_get(p, "match"));
    if (!l->about.name || read_texts(tr_node_get(p, "partial"), b->keep,
                                     &l->partial, &l->n_partial))
        return tr_fail(err, TR_ENOMEM, no_memory);
    return TR_OK;
}

/* ---- layers ---- */

static bool is_shown(const struct build *b, const struct store_layer *layer,
                     const struct tr_layer *about)
{
    if (strcmp(b->options->audience.name, "operator") == 0)
        return true;
    /* What was suspended then was not read then. */
    return (!layer->suspended || b->options->again) &&
           (about->agreement_expires == TR_NO_DATE ||
            about->agreement_expires >= b->as_of);
}

static enum tr_status open_layer(struct build *b,
                                 const struct store_layer *layer,
                                 struct build_layer *to, bool *shown,
                                 struct tr_error *err)
{
    const struct tr_audience *audience = &b->options->audience;
    struct tr_input_layer *l = to->l;
    enum tr_status st = describe(b, layer, l, err);

    *shown = !st && is_shown(b, layer, &l->about);
    if (!*shown)
        return st;
    l->sees_all_fields = *audience->organisation && l->about.partner &&
                         strcmp(l->about.partner, audience->organisation) == 0;
    to->id = layer->id;
    to->load = layer->current_load;
    to->see = l->sees_all_fields ? TR_RESTRICTED : audience->tier;
    return build_loads(b, to, err);
}

/* The load that an earlier snapshot read, with its profile; 0: it read none. */
static enum tr_status choose_load(struct build *b, struct store_layer *layer,
                                  struct tr_error *err)
{
    const struct store_load *loads;
    size_t n;
    enum tr_status st;

    if (!b->options->again)
        return TR_OK;
    layer->current_load = snapshot_inputs_load(b->options->again, layer->name);
    if (!layer->current_load)
        return TR_OK;
    st = store_loads(b->store, layer->id, b->scratch, &loads, &n, err);
    for (size_t i = 0; !st && i < n; i++) {
        if (loads[i].id == layer->current_load) {
            layer->profile = loads[i].profile;
            return TR_OK;
        }
    }
    return st ? st
              : tr_fail(err, TR_EDATA, "load %lld is not in the store",
                        (long long)layer->current_load);
}

/* A layer of which the audience sees no row does not exist for it. */
static void drop_empty(struct build *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->in.n_layers; i++) {
        if (b->in.layers[i].n_rows)
            b->in.layers[n++] = b->in.layers[i];
    }
    b->in.n_layers = n;
}

/* Digest of all that decides which rows there are and what is made of them. A
 * load, its profile and its schemas never change. */
static bool note_rows(struct build *b, const struct build_layer *layers)
{
    struct tr_hasher h;
    struct tr_digest d;
    char *text = tr_arena_alloc(b->scratch, TR_DIGEST_TEXT);

    tr_hash_init(&h);
    tr_hash_text(&h, b->options->audience.name);
    tr_hash_int(&h, b->as_of);
    for (size_t i = 0; i < b->n_documents; i++) {
        tr_hash_text(&h, b->documents[i].place);
        tr_hash_text(&h, b->documents[i].kind);
        tr_hash_add(&h, b->documents[i].digest.bytes, TR_DIGEST_BYTES);
    }
    for (size_t i = 0; i < b->in.n_layers; i++) {
        tr_hash_text(&h, layers[i].l->about.name);
        tr_hash_int(&h, layers[i].id);
        tr_hash_int(&h, layers[i].load);
        tr_hash_int(&h, layers[i].see);
    }
    for (size_t i = 0; i < b->withdrawn.n; i++)
        tr_hash_text(&h, b->withdrawn.ids[i]);
    d = tr_hash_end(&h);
    if (text)
        tr_digest_text(&d, text);
    b->in.rows_key = text;
    return text != NULL;
}

static enum tr_status read_layers(struct build *b, struct tr_error *err)
{
    const struct store_layer *layers;
    struct build_layer *open;
    size_t n;
    enum tr_status st = store_layers(b->store, b->scratch, &layers, &n, err);

    if (st)
        return st;
    b->in.layers = tr_arena_array(b->scratch, n + 1, sizeof *b->in.layers);
    open = tr_arena_array(b->scratch, n + 1, sizeof *open);
    if (!b->in.layers || !open)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n; i++) {
        struct build_layer *to = &open[b->in.n_layers];
        struct store_layer layer = layers[i];
        bool shown;

        st = choose_load(b, &layer, err);
        if (!st && !layer.current_load)
            continue;
        to->l = &b->in.layers[b->in.n_layers];
        *to->l = (struct tr_input_layer){ 0 };
        if (!st)
            st = open_layer(b, &layer, to, &shown, err);
        if (st)
            return tr_fail_at(err, st, "layer '%s'", layers[i].name);
        b->in.n_layers += shown;
    }
    if (!note_rows(b, open))
        return tr_fail(err, TR_ENOMEM, no_memory);
    b->in.like = b->options->like;
    if (tr_snapshot_is_like(b->in.like, b->in.rows_key))
        return TR_OK;
    st = build_rows(b, open, b->in.n_layers, err);
    if (!st)
        drop_empty(b);
    return st;
}

/* ---- classes ---- */

enum tr_status snapshot_adopted_run(struct store *s,
                                    const struct tr_audience *audience,
                                    int64_t *run, struct tr_error *err)
{
    const char *below[] = { audience->name, "partnership", "public" };
    size_t first = strcmp(audience->name, "public") == 0        ? 2
                   : strcmp(audience->name, "partnership") == 0 ? 1
                                                                : 0;

    *run = 0;
    for (size_t i = first; i < 3 && !*run; i++) {
        enum tr_status st = store_adopted_run(s, below[i], run, err);

        if (st)
            return st;
    }
    return TR_OK;
}

struct results {
    struct build *b;
    struct tr_input_result *list;
    size_t n, size;
};

static enum tr_status add_result(void *context,
                                 const struct store_result *result,
                                 struct tr_error *err)
{
    struct results *r = context;
    struct tr_arena *a = r->b->scratch;

    if (r->n == r->size)
        return tr_fail(err, TR_EDATA, "a run has more results than it says");

    struct tr_input_result to = {
        tr_arena_text(a, result->site_id, strlen(result->site_id)),
        tr_arena_text(a, result->class_name, strlen(result->class_name)),
        tr_arena_text(a, result->data, strlen(result->data)),
    };

    if (!to.site_id || !to.class_name || !to.data)
        return tr_fail(err, TR_ENOMEM, no_memory);
    r->list[r->n++] = to;
    return TR_OK;
}

static enum tr_status read_results(struct build *b, struct tr_error *err)
{
    int64_t id = b->options->again ? b->options->again->run : b->options->run;
    const struct store_run *run;
    struct results r = { .b = b };
    enum tr_status st = TR_OK;

    if (id == 0 && !b->options->again)
        st = snapshot_adopted_run(b->store, &b->options->audience, &id, err);
    if (st || id <= 0)
        return st;
    st = store_run(b->store, id, b->scratch, &run, err);
    if (st)
        return st;
    r.size = (size_t)run->n_sites;
    r.list = tr_arena_array(b->scratch, r.size + 1, sizeof *r.list);
    if (!r.list)
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = store_read_results(b->store, id, add_result, &r, err);
    b->in.results = r.list;
    b->in.n_results = r.n;
    b->in.run = id;
    return st;
}

/* ---- all of it ---- */

static enum tr_status note_inputs(struct build *b, struct tr_error *err)
{
    const struct tr_snapshot *like = b->in.like;
    bool alike = tr_snapshot_is_like(like, b->in.rows_key);
    size_t n = alike ? like->n_layers : b->in.n_layers;
    struct snapshot_layer *layers =
        tr_arena_array(b->scratch, n + 1, sizeof *layers);
    struct snapshot_inputs made = { .documents = b->documents,
                                    .n_documents = b->n_documents,
                                    .layers = layers,
                                    .n_layers = n,
                                    .run = b->in.run,
                                    .ledger = b->ledger };

    for (size_t i = 0; layers && i < n; i++) {
        const struct tr_layer *about =
            alike ? &like->layers[i] : &b->in.layers[i].about;

        layers[i] = (struct snapshot_layer){ about->name, about->load };
    }
    if (layers)
        b->in.inputs = snapshot_inputs_write(&made, b->keep);
    return b->in.inputs ? TR_OK : tr_fail(err, TR_ENOMEM, no_memory);
}

static enum tr_status read_all(struct build *b, struct tr_error *err)
{
    enum tr_status st = store_revision(b->store, &b->in.revision, err);

    if (!st)
        st = build_places(b, err);
    if (!st)
        st = build_as_of(b, err);
    if (!st)
        st = read_decisions(b, err);
    if (!st)
        st = read_layers(b, err);
    if (!st)
        st = read_results(b, err);
    if (!st)
        st = note_inputs(b, err);
    return st;
}

enum tr_status snapshot_today(struct store *s, int32_t *out,
                              struct tr_error *err)
{
    const struct snapshot_options options = { .as_of = TR_NO_DATE };
    struct tr_arena a;
    struct build b = {
        .store = s, .options = &options, .keep = &a, .scratch = &a
    };
    enum tr_status st;

    tr_arena_init(&a, SIZE_MAX);
    st = build_places(&b, err);
    if (!st)
        st = build_as_of(&b, err);
    if (!st)
        *out = b.as_of;
    tr_arena_clear(&a);
    return st;
}

enum tr_status snapshot_build(struct store *s,
                              const struct snapshot_options *options,
                              struct tr_snapshot **out, struct tr_error *err)
{
    struct tr_arena *keep = malloc(sizeof *keep);
    struct tr_arena scratch;
    struct build b = {
        .store = s, .options = options, .keep = keep, .scratch = &scratch
    };
    enum tr_status st;

    if (!keep)
        return tr_fail(err, TR_ENOMEM, no_memory);
    tr_arena_init(keep, SIZE_MAX);
    tr_arena_init(&scratch, SIZE_MAX);
    b.in.audience = options->audience;
    st = store_begin_read(s, err);
    if (!st) {
        st = read_all(&b, err);
        store_end_read(s);
    }
    if (st) {
        tr_arena_clear(keep);
        free(keep);
    } else {
        b.in.as_of = b.as_of;
        b.in.threads = options->threads;
        st = tr_snapshot_make(&b.in, keep, out, err);
    }
    tr_arena_clear(&scratch);
    return st;
}
