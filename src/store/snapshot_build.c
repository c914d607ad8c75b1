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

    l->about = (struct tr_layer){
        .name = tr_arena_text(b->keep, layer->name, strlen(layer->name)),
        .title = title ? title : layer->name,
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

/* ---- loads: what a layer was last loaded with, and each load's schema ---- */

struct load_schema {
    int64_t load;
    const char *text;
    const struct tr_schema *schema;
};

static enum tr_status read_schemas(struct build *b,
                                   const struct store_layer *layer,
                                   struct tr_layer *about,
                                   struct load_schema **out, size_t *n,
                                   struct tr_error *err)
{
    const struct store_load *loads;
    enum tr_status st =
        store_loads(b->store, layer->id, b->scratch, &loads, n, err);
    struct load_schema *s = NULL;

    if (st)
        return st;
    s = tr_arena_array(b->scratch, *n + 1, sizeof *s);
    if (!s)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < *n; i++) {
        s[i].load = loads[i].id;
        s[i].text = loads[i].schema;
        /* Loads rarely differ in their schema: one object for equal ones. */
        if (i > 0 && strcmp(s[i].text, s[i - 1].text) == 0)
            s[i].schema = s[i - 1].schema;
        else
            st = tr_schema_read(s[i].text, strlen(s[i].text), b->keep,
                                &s[i].schema, err);
        if (st)
            return st;
        if (loads[i].id != layer->current_load)
            continue;
        about->loaded_at = loads[i].finished;
        about->barred = loads[i].barred_from_measures;
        about->crs_accuracy_m = loads[i].crs_accuracy_m;
        about->crs_operation = tr_arena_text(b->keep, loads[i].crs_operation,
                                             strlen(loads[i].crs_operation));
        about->source_name = tr_arena_text(b->keep, loads[i].source_name,
                                           strlen(loads[i].source_name));
    }
    *out = s;
    return TR_OK;
}

static const struct tr_schema *schema_of(const struct load_schema *s, size_t n,
                                         int64_t load)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i].load == load)
            return s[i].schema;
    }
    return NULL;
}

static int32_t load_date(struct build *b, int64_t load, int64_t layer)
{
    const struct store_load *loads;
    size_t n;

    if (store_loads(b->store, layer, b->scratch, &loads, &n, NULL))
        return TR_NO_DATE;
    for (size_t i = 0; i < n; i++) {
        if (loads[i].id == load)
            return (int32_t)(loads[i].finished / 86400);
    }
    return TR_NO_DATE;
}

/* ---- rows ---- */

struct reading {
    struct build *b;
    struct tr_input_layer *l;
    const struct load_schema *schemas;
    size_t n_schemas, size;
    int64_t layer_id;
    enum tr_tier see; /* rows and positions up to this tier */
};

static bool copy_row(struct reading *r, const struct store_row *row,
                     struct tr_input_row *to)
{
    struct build *b = r->b;
    unsigned char *record = tr_arena_alloc(b->scratch, row->record_len + 1);

    to->key = tr_arena_text(b->scratch, row->key, strlen(row->key));
    if (!record || !to->key)
        return false;
    if (row->record_len)
        memcpy(record, row->record, row->record_len);
    to->record = record;
    to->record_len = row->record_len;
    if (row->outward) {
        to->outward =
            tr_arena_text(b->scratch, row->outward, strlen(row->outward));
        if (!to->outward)
            return false;
    }
    return true;
}

/* A position that this audience may not know is left out whole: point, outward
 * code, where it came from. */
static void fill_position(const struct reading *r, const struct store_row *row,
                          struct tr_input_row *to)
{
    to->coord_source = store_coord_source_name(row->coord_source);
    if (row->position_tier > r->see) {
        to->withheld = row->has_position || row->outward;
        to->outward = NULL;
        return;
    }
    to->has_position = row->has_position;
    to->position = row->position;
    to->precision_m =
        (uint16_t)(row->precision_m > UINT16_MAX ? UINT16_MAX
                                                 : row->precision_m);
}

/* Rows by where their position came from, as far as this audience sees: the
 * load's own counts would tell it of rows that it may not see. */
static void count_located(long located[5], const struct store_row *row,
                          const struct tr_input_row *to)
{
    switch (to->withheld ? STORE_NOWHERE : row->coord_source) {
    case STORE_GIVEN:
    case STORE_POSTCODE_AS_GIVEN: located[0]++; break;
    case STORE_UPRN: located[1]++; break;
    case STORE_POSTCODE: located[2]++; break;
    case STORE_OUTWARD: located[3]++; break;
    case STORE_NOWHERE: located[4]++; break;
    }
}

static bool make_room(struct reading *r)
{
    if (r->l->n_rows < r->size)
        return true;

    size_t size = r->size ? r->size * 2 : 256;
    struct tr_input_row *rows =
        tr_arena_array(r->b->scratch, size, sizeof *rows);

    if (!rows)
        return false;
    if (r->l->n_rows)
        memcpy(rows, r->l->rows, r->l->n_rows * sizeof *rows);
    r->l->rows = rows;
    r->size = size;
    return true;
}

#define MAX_SITE_ID 64 /* a prefix is 16 bytes at most */

static bool was_withdrawn(const struct reading *r, const struct store_row *row)
{
    const struct build *b = r->b;
    char id[MAX_SITE_ID];

    if (!b->withdrawn.n || strcmp(r->l->about.kind, "sites") != 0)
        return false;
    tr_site_id(b->in.places[r->l->about.place]->prefix, r->l->about.name,
               row->key, id);
    return snapshot_is_withdrawn(&b->withdrawn, id);
}

static enum tr_status add_row(void *context, const struct store_row *row,
                              struct tr_error *err)
{
    struct reading *r = context;

    if (row->tier > r->see || was_withdrawn(r, row))
        return TR_OK;

    struct tr_input_row to = {
        .tier = row->tier,
        .source_row = row->source_row,
        .missing_since = row->missing_from
                             ? load_date(r->b, row->missing_from, r->layer_id)
                             : TR_NO_DATE,
        .schema = schema_of(r->schemas, r->n_schemas, row->load_from),
    };

    if (!to.schema)
        return tr_fail(err, TR_EDATA,
                       "layer '%s' has a row of an unknown load: restore the "
                       "store from a backup",
                       r->l->about.name);
    if (!make_room(r) || !copy_row(r, row, &to))
        return tr_fail(err, TR_ENOMEM, no_memory);
    fill_position(r, row, &to);
    count_located(r->l->about.located, row, &to);
    if (row->geometry && row->position_tier <= r->see) {
        enum tr_status st = tr_geometry_decode(row->geometry, row->geometry_len,
                                               r->b->keep, &to.geometry, err);

        if (st)
            return st;
    }
    if (row->tier < r->l->about.tier)
        r->l->about.tier = row->tier;
    r->l->rows[r->l->n_rows++] = to;
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

static enum tr_status read_layer(struct build *b,
                                 const struct store_layer *layer,
                                 struct tr_input_layer *l, bool *shown,
                                 struct tr_error *err)
{
    const struct tr_audience *audience = &b->options->audience;
    struct load_schema *schemas = NULL;
    struct reading r = { .b = b, .l = l, .layer_id = layer->id };
    enum tr_status st = describe(b, layer, l, err);

    *shown = false;
    if (st || !is_shown(b, layer, &l->about))
        return st;
    l->sees_all_fields = *audience->organisation && l->about.partner &&
                         strcmp(l->about.partner, audience->organisation) == 0;
    r.see = l->sees_all_fields ? TR_RESTRICTED : audience->tier;
    st = read_schemas(b, layer, &l->about, &schemas, &r.n_schemas, err);
    if (st)
        return st;
    r.schemas = schemas;
    st = store_read_rows(b->store, layer->id, layer->current_load, add_row, &r,
                         err);
    /* A layer of which the audience sees no row does not exist for it - but an
     * empty one that hides nothing may be named. */
    *shown = l->n_rows > 0;
    return st;
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

static enum tr_status read_layers(struct build *b, struct tr_error *err)
{
    const struct store_layer *layers;
    size_t n;
    enum tr_status st = store_layers(b->store, b->scratch, &layers, &n, err);

    if (st)
        return st;
    b->in.layers = tr_arena_array(b->scratch, n + 1, sizeof *b->in.layers);
    if (!b->in.layers)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n; i++) {
        struct tr_input_layer *l = &b->in.layers[b->in.n_layers];
        struct store_layer layer = layers[i];
        bool shown;

        st = choose_load(b, &layer, err);
        if (!st && !layer.current_load)
            continue;
        *l = (struct tr_input_layer){ 0 };
        if (!st)
            st = read_layer(b, &layer, l, &shown, err);
        if (st)
            return tr_fail_at(err, st, "layer '%s'", layers[i].name);
        b->in.n_layers += shown;
    }
    return TR_OK;
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
    struct snapshot_layer *layers =
        tr_arena_array(b->scratch, b->in.n_layers + 1, sizeof *layers);
    struct snapshot_inputs made = { .documents = b->documents,
                                    .n_documents = b->n_documents,
                                    .layers = layers,
                                    .n_layers = b->in.n_layers,
                                    .run = b->in.run,
                                    .ledger = b->ledger };

    for (size_t i = 0; layers && i < b->in.n_layers; i++)
        layers[i] = (struct snapshot_layer){ b->in.layers[i].about.name,
                                             b->in.layers[i].about.load };
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
