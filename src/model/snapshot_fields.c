/* snapshot_fields.c - the register's fields as columns: whose value a site has,
 * filled piece by piece on all threads. */
#include "model/snapshot_values.h"

#include <string.h>

#include "terrier/field.h"
#include "terrier/thread.h"

static const char no_memory[] = "no memory left for the sites";

/* ---- which fields there are ---- */

static const struct field_map *find_map(const struct site_values *v,
                                        uint32_t layer,
                                        const struct tr_schema *schema)
{
    const struct field_map *m = v->maps[layer];

    while (m && m->schema != schema)
        m = m->next;
    return m;
}

static bool map_schema(struct site_values *v, uint32_t layer,
                       const struct tr_schema *schema, struct tr_arena *scratch)
{
    const struct tr_input_layer *l = &v->in->layers[layer];
    struct field_map *m = tr_arena_alloc(scratch, sizeof *m);

    if (!m)
        return false;
    *m = (struct field_map){ v->maps[layer], schema, NULL, NO_FIELD };
    m->of = tr_arena_array(scratch, schema->n + 1, sizeof *m->of);
    if (!m->of)
        return false;
    for (size_t f = 0; f < schema->n; f++) {
        const struct tr_schema_field *from = &schema->fields[f];
        const struct tr_field *field = tr_field_named(from->name);

        m->of[f] = NO_FIELD;
        if (from->type == TR_DATE && strcmp(from->name, "as_of") == 0)
            m->as_of = f;
        if (!field || field->type != from->type ||
            !tr_field_visible(from, v->in, l))
            continue;

        size_t i = (size_t)(field - v->fields);

        m->of[f] = i;
        v->used[i] = true;
        if (from->tier > v->tiers[i])
            v->tiers[i] = from->tier;
    }
    if (schema->n > v->most_fields)
        v->most_fields = schema->n;
    v->maps[layer] = m;
    return true;
}

static bool map_layer(struct site_values *v, uint32_t layer,
                      struct tr_arena *scratch)
{
    const struct tr_input_layer *l = &v->in->layers[layer];
    const struct tr_schema *seen = NULL;

    for (size_t r = 0; r < l->n_rows; r++) {
        const struct tr_schema *schema = l->rows[r].schema;

        if (schema == seen)
            continue;
        if (!find_map(v, layer, schema) &&
            !map_schema(v, layer, schema, scratch))
            return false;
        seen = schema;
    }
    return true;
}

static bool start_columns(struct site_values *v, struct column_fill *f,
                          size_t n_rows, unsigned n_hands,
                          struct tr_arena *keep, struct tr_arena *scratch)
{
    size_t n = 0;

    for (size_t i = 0; i < v->n_fields; i++)
        n += v->used[i];
    if (!fill_init(f, n, n_rows, pieces_of(v->d->n_sites), scratch))
        return false;
    n = 0;
    for (size_t i = 0; i < v->n_fields; i++) {
        const struct tr_field *field = &v->fields[i];

        if (!v->used[i])
            continue;
        v->column[i] = n;
        f->columns[n++] = (struct fill_column){ .name = field->name,
                                                .title = field->title,
                                                .unit = field->unit,
                                                .type = field->type,
                                                .tier = v->tiers[i] };
    }
    return fill_start(f, n_hands, keep, scratch);
}

bool values_begin(struct site_values *v, size_t n_joined, unsigned n_hands,
                  struct tr_arena *keep, struct tr_arena *scratch)
{
    v->fields = tr_fields(&v->n_fields);
    v->name = (size_t)(tr_field_named("name") - v->fields);
    v->maps = tr_arena_array(scratch, v->in->n_layers + 1, sizeof *v->maps);
    v->used = tr_arena_array(scratch, v->n_fields, sizeof *v->used);
    v->tiers = tr_arena_array(scratch, v->n_fields, sizeof *v->tiers);
    v->column = tr_arena_array(scratch, v->n_fields, sizeof *v->column);
    v->hands = tr_arena_array(scratch, n_hands, sizeof *v->hands);
    if (!v->maps || !v->used || !v->tiers || !v->column || !v->hands)
        return false;
    for (uint32_t l = 0; l < v->in->n_layers; l++) {
        if (strcmp(v->in->layers[l].about.kind, "sites") == 0 &&
            !map_layer(v, l, scratch))
            return false;
    }
    return start_columns(v, &v->site, v->d->n_sites, n_hands, keep, scratch) &&
           start_columns(v, &v->joined, n_joined, n_hands, keep, scratch);
}

bool values_hand(struct site_values *v, unsigned worker,
                 struct tr_arena *scratch)
{
    struct values_hand *h = &v->hands[worker];

    if (h->read)
        return true;
    tr_arena_init(&h->row, SIZE_MAX);
    h->read = tr_arena_array(scratch, v->most_fields + 1, sizeof *h->read);
    return h->read && fill_hand_init(&h->site, &v->site, worker, scratch) &&
           fill_hand_init(&h->joined, &v->joined, worker, scratch);
}

void values_end(struct site_values *v, unsigned n_hands)
{
    for (unsigned i = 0; v->hands && i < n_hands; i++)
        tr_arena_clear(&v->hands[i].row);
}

/* ---- what one row says ---- */

/* A nameless row takes its name from the place's reviewed list. */
static void give_name(const struct site_values *v, const struct member *m,
                      struct tr_value *name)
{
    const struct tr_layer *about = &v->in->layers[m->layer].about;
    const struct tr_place *place = v->in->places[about->place];

    for (size_t i = 0; !name->present && i < place->n_names; i++) {
        const struct tr_given_name *given = &place->names[i];

        if (strcmp(given->row.key, m->row->key) == 0 &&
            strcmp(given->row.layer, about->name) == 0)
            *name = (struct tr_value){ .type = TR_TEXT,
                                       .present = true,
                                       .is.text = given->name };
    }
}

/* Read the row into h->read; `*as_of` is what date its source speaks of: its
 * own column where the file has one, else the layer's. */
static enum tr_status read_row(const struct site_values *v,
                               struct values_hand *h, const struct member *m,
                               const struct field_map **map, int32_t *as_of,
                               struct tr_error *err)
{
    const struct tr_input_row *row = m->row;
    enum tr_status st;

    *map = find_map(v, m->layer, row->schema);
    *as_of = v->in->layers[m->layer].about.as_of;
    st = tr_record_read(row->schema, row->record, row->record_len, &h->row,
                        h->read, err);
    if (!st && (*map)->as_of != NO_FIELD && h->read[(*map)->as_of].present)
        *as_of = h->read[(*map)->as_of].is.date;
    return st;
}

/* A site of one row has that row's values. */
static enum tr_status put_single(struct site_values *v, struct values_hand *h,
                                 size_t site, const struct member *m,
                                 struct tr_occupation *o, struct tr_error *err)
{
    const struct tr_value nothing = { .type = TR_TEXT };
    const struct field_map *map;
    struct tr_value name = nothing;
    enum tr_status st = read_row(v, h, m, &map, &o->as_of, err);
    bool ok = true, named = false;

    for (size_t f = 0; ok && !st && f < map->schema->n; f++) {
        if (map->of[f] == NO_FIELD || !h->read[f].present)
            continue;
        ok = fill_put(&h->site, v->column[map->of[f]], site, &h->read[f]);
        named = named || map->of[f] == v->name;
    }
    if (ok && !st && !named)
        give_name(v, m, &name);
    if (ok && name.present && v->used[v->name])
        ok = fill_put(&h->site, v->column[v->name], site, &name);
    return st ? st : ok ? TR_OK : tr_fail(err, TR_ENOMEM, no_memory);
}

/* ---- what several rows say ---- */

/* What a site's rows say, one after another. */
struct said {
    const struct site_values *v;
    const struct member *members;
    const struct tr_occupation *occupations;
    uint32_t n;
    struct tr_value *values; /* [member][field] */
    int32_t *dates;          /* of the values, likewise */
};

static int32_t date_of(const struct said *s, uint32_t m)
{
    const struct tr_layer *about = &s->v->in->layers[s->members[m].layer].about;
    int32_t date = s->occupations[m].as_of;

    return date != TR_NO_DATE ? date : (int32_t)(about->loaded_at / 86400);
}

/* An answer fills what its row lacks. It takes the place of a value, too, when
 * it is of a later date: it was given in the knowledge of that one. */
static void take_answers(struct said *s)
{
    size_t n_fields = s->v->n_fields;

    for (uint32_t m = 0; m < s->n; m++) {
        uint32_t of = 0;

        if (!s->members[m].answers)
            continue;
        while (s->members[of].row != s->members[m].answers)
            of++;
        for (size_t f = 0; f < n_fields; f++) {
            const struct tr_value *v = &s->values[m * n_fields + f];
            struct tr_value *to = &s->values[of * n_fields + f];
            int32_t *date = &s->dates[of * n_fields + f];

            if (!v->present ||
                (to->present && s->dates[m * n_fields + f] <= *date))
                continue;
            *to = *v;
            *date = s->dates[m * n_fields + f];
        }
    }
}

static enum tr_status read_said(struct said *s, struct values_hand *h,
                                struct tr_occupation *o, struct tr_error *err)
{
    const struct site_values *v = s->v;
    size_t n = (size_t)s->n * v->n_fields;

    s->values = tr_arena_array(&h->row, n, sizeof *s->values);
    s->dates = tr_arena_array(&h->row, n, sizeof *s->dates);
    if (!s->values || !s->dates)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (uint32_t m = 0; m < s->n; m++) {
        struct tr_value *to = &s->values[m * v->n_fields];
        const struct field_map *map;
        enum tr_status st =
            read_row(v, h, &s->members[m], &map, &o[m].as_of, err);

        if (st)
            return st;
        for (size_t f = 0; f < map->schema->n; f++) {
            if (map->of[f] != NO_FIELD && h->read[f].present)
                to[map->of[f]] = h->read[f];
        }
        give_name(v, &s->members[m], &to[v->name]);
        for (size_t f = 0; f < v->n_fields; f++)
            s->dates[m * v->n_fields + f] = date_of(s, m);
    }
    return TR_OK;
}

static bool put_joined(const struct said *s, struct values_hand *h,
                       size_t joined)
{
    const struct site_values *v = s->v;
    bool ok = true;

    for (uint32_t m = 0; m < s->n; m++) {
        for (size_t f = 0; ok && f < v->n_fields; f++) {
            const struct tr_value *value = &s->values[m * v->n_fields + f];

            if (value->present && v->used[f])
                ok = fill_put(&h->joined, v->column[f], joined + m, value);
        }
    }
    return ok;
}

/* A site has the first present value among its rows; a joined site's rows keep
 * theirs beside it. */
static enum tr_status put_several(struct site_values *v, struct values_hand *h,
                                  size_t site, struct tr_occupation *o,
                                  struct tr_error *err)
{
    const struct site_draft *draft = &v->d->sites[site];
    struct said s = { .v = v,
                      .members = &v->d->members[draft->first],
                      .occupations = o,
                      .n = draft->n };
    enum tr_status st = read_said(&s, h, o, err);
    bool ok = st || put_joined(&s, h, o->joined_row);

    if (st || !ok)
        return st ? st : tr_fail(err, TR_ENOMEM, no_memory);
    take_answers(&s);
    for (size_t f = 0; ok && f < v->n_fields; f++) {
        uint32_t m = 0;

        while (m < s.n && !s.values[m * v->n_fields + f].present)
            m++;
        if (m < s.n && v->used[f])
            ok = fill_put(&h->site, v->column[f], site,
                          &s.values[m * v->n_fields + f]);
    }
    return ok ? TR_OK : tr_fail(err, TR_ENOMEM, no_memory);
}

#define ROW_BYTES 65536 /* of lists that were read, before they are forgotten */

enum tr_status values_put(struct site_values *v, unsigned worker, size_t site,
                          struct tr_occupation *o, struct tr_error *err)
{
    const struct site_draft *draft = &v->d->sites[site];
    struct values_hand *h = &v->hands[worker];

    if (h->row.used > ROW_BYTES)
        tr_arena_reset(&h->row);
    return draft->n == 1
               ? put_single(v, h, site, &v->d->members[draft->first], o, err)
               : put_several(v, h, site, o, err);
}

bool values_end_piece(struct site_values *v, unsigned worker, size_t first,
                      size_t last, size_t joined, size_t joined_end)
{
    struct values_hand *h = &v->hands[worker];
    size_t piece = first / ROWS_A_PIECE;

    return fill_end_piece(&h->site, piece, first, last) &&
           fill_end_piece(&h->joined, piece, joined, joined_end);
}
