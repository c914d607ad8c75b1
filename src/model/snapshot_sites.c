/* snapshot_sites.c - what a site is made of: its occupations, its values, its
 * plain columns. Joining rows into sites is snapshot_join.c. */
#include "model/snapshot_parts.h"

#include <stdlib.h>
#include <string.h>

#include "terrier/field.h"

/* ---- what a site says of itself ---- */

static int32_t organisation_of(const struct tr_place *p, const char *code)
{
    const struct tr_organisation *o =
        code ? tr_place_organisation(p, code) : NULL;

    return o ? (int32_t)(o - p->organisations) : -1;
}

/* What date the row's source speaks of: its own column where the file has one,
 * else the layer's. */
static int32_t as_of_row(const struct tr_input_row *row, int32_t of_layer)
{
    const struct tr_schema *schema = row->schema;
    struct tr_arena scratch;
    struct tr_value *values;
    int32_t as_of = of_layer;
    size_t f = 0;

    while (f < schema->n && strcmp(schema->fields[f].name, "as_of") != 0)
        f++;
    if (f == schema->n || schema->fields[f].type != TR_DATE)
        return as_of;
    tr_arena_init(&scratch, SIZE_MAX);
    values = tr_arena_array(&scratch, schema->n, sizeof *values);
    if (values &&
        !tr_record_read(schema, row->record, row->record_len, &scratch, values,
                        NULL) &&
        values[f].present)
        as_of = values[f].is.date;
    tr_arena_clear(&scratch);
    return as_of;
}

static enum tr_status fill_arrays(const struct tr_snapshot_input *in,
                                  const struct drafts *d, struct tr_snapshot *s)
{
    struct tr_arena *a = s->arena;
    const char **ids = tr_arena_array(a, d->n_sites + 1, sizeof *ids);
    uint64_t *numbers = tr_arena_array(a, d->n_sites + 1, sizeof *numbers);
    uint64_t *keys = tr_arena_array(a, d->n_located + 1, sizeof *keys);
    struct tr_position *at = tr_arena_array(a, d->n_located + 1, sizeof *at);
    uint16_t *precision =
        tr_arena_array(a, d->n_located + 1, sizeof *precision);
    uint32_t *places = tr_arena_array(a, d->n_sites + 1, sizeof *places);
    uint32_t *first = tr_arena_array(a, d->n_sites + 1, sizeof *first);
    struct tr_occupation *o = tr_arena_array(a, d->n_members + 1, sizeof *o);
    int32_t *organisations =
        tr_arena_array(a, in->n_layers + 1, sizeof *organisations);
    uint32_t next = 0, joined = 0;

    if (!organisations || !ids || !numbers || !keys || !at || !precision ||
        !places || !first || !o)
        return TR_ENOMEM;
    for (size_t l = 0; l < in->n_layers; l++)
        organisations[l] = organisation_of(
            in->places[in->layers[l].about.place], in->layers[l].about.partner);
    for (size_t i = 0; i < d->n_sites; i++) {
        const struct site_draft *site = &d->sites[i];

        ids[i] = site->id;
        numbers[i] = site->number;
        places[i] = site->place;
        first[i] = next;
        if (site->placed) {
            keys[i] = site->key;
            at[i] = site->placed->position;
            precision[i] = site->placed->precision_m;
        }
        for (uint32_t m = 0; m < site->n; m++) {
            const struct member *member = &d->members[site->first + m];
            const struct tr_layer *about = &in->layers[member->layer].about;

            o[next++] = (struct tr_occupation){
                .site_id = member->id,
                .layer = member->layer,
                .organisation = organisations[member->layer],
                .key = tr_arena_text(a, member->row->key,
                                     strlen(member->row->key)),
                .tier = member->row->tier,
                .source_row = member->row->source_row,
                .missing_since = member->row->missing_since,
                .as_of = as_of_row(member->row, about->as_of),
                .joined_row = site->n > 1 ? joined++ : TR_NO_ROW,
            };
            if (!o[next - 1].key)
                return TR_ENOMEM;
        }
    }
    first[d->n_sites] = next;
    s->n_sites = d->n_sites;
    s->n_located = d->n_located;
    s->site_ids = ids;
    s->numbers = numbers;
    s->keys = keys;
    s->positions = at;
    s->precision_m = precision;
    s->site_places = places;
    s->first_occupation = first;
    s->occupations = o;
    return TR_OK;
}

/* The outlines live in the snapshot's arena already. */
static enum tr_status fill_footprints(const struct drafts *d,
                                      struct tr_snapshot *s)
{
    const struct tr_geometry **g;
    size_t i = 0;

    while (i < d->n_sites && !d->sites[i].footprint)
        i++;
    if (i == d->n_sites)
        return TR_OK;
    g = tr_arena_array(s->arena, d->n_sites, sizeof *g);
    if (!g)
        return TR_ENOMEM;
    for (; i < d->n_sites; i++)
        g[i] = d->sites[i].footprint;
    s->footprints = g;
    return TR_OK;
}

/* One builder per register field that some layer has and the audience sees. */
#define NO_FIELD SIZE_MAX

/* Where the fields of one schema stand in the register, for one layer. */
struct field_map {
    uint32_t layer;
    const struct tr_schema *schema;
    const size_t *of; /* per field of the schema; NO_FIELD: not shown */
};

struct field_builders {
    struct field_map *maps;
    size_t n_maps, maps_size;
    size_t name; /* where the name stands */
    size_t n;    /* of tr_fields() */
    const struct tr_field *fields;
    struct tr_column_builder **site, **joined; /* NULL: field not in use */
    enum tr_tier *tiers; /* the most secret that a layer makes of the field */
};

static const struct field_map *find_map(const struct field_builders *b,
                                        uint32_t layer,
                                        const struct tr_schema *schema)
{
    for (size_t i = 0; i < b->n_maps; i++) {
        if (b->maps[i].layer == layer && b->maps[i].schema == schema)
            return &b->maps[i];
    }
    return NULL;
}

/* Room for one more map, its `of` filled with NO_FIELD; NULL: no memory. */
static size_t *add_map(struct field_builders *b, uint32_t layer,
                       const struct tr_schema *schema, struct tr_arena *scratch)
{
    size_t *of = tr_arena_array(scratch, schema->n + 1, sizeof *of);

    if (b->n_maps == b->maps_size) {
        size_t size = b->maps_size ? b->maps_size * 2 : 64;
        struct field_map *maps = tr_arena_array(scratch, size, sizeof *maps);

        if (!maps)
            return NULL;
        if (b->n_maps)
            memcpy(maps, b->maps, b->n_maps * sizeof *maps);
        b->maps = maps;
        b->maps_size = size;
    }
    for (size_t f = 0; of && f < schema->n; f++)
        of[f] = NO_FIELD;
    if (of)
        b->maps[b->n_maps++] = (struct field_map){ layer, schema, of };
    return of;
}

static bool start_fields(const struct tr_snapshot_input *in, uint32_t at,
                         const struct tr_schema *schema, struct tr_arena *keep,
                         struct tr_arena *scratch, struct field_builders *b)
{
    const struct tr_input_layer *layer = &in->layers[at];
    size_t *of = add_map(b, at, schema, scratch);

    if (!of)
        return false;
    for (size_t f = 0; f < schema->n; f++) {
        const struct tr_field *field = tr_field_named(schema->fields[f].name);
        size_t i = field ? (size_t)(field - b->fields) : b->n;

        if (i == b->n || field->type != schema->fields[f].type ||
            !tr_field_visible(&schema->fields[f], in, layer))
            continue;
        of[f] = i;
        if (schema->fields[f].tier > b->tiers[i])
            b->tiers[i] = schema->fields[f].tier;
        if (b->site[i])
            continue;
        b->site[i] = tr_column_builder_new(keep, field->name, field->type);
        b->joined[i] = tr_column_builder_new(keep, field->name, field->type);
        if (!b->site[i] || !b->joined[i])
            return false;
    }
    return true;
}

static bool start_builders(const struct tr_snapshot_input *in,
                           struct tr_arena *keep, struct tr_arena *scratch,
                           struct field_builders *b)
{
    b->fields = tr_fields(&b->n);
    b->name = (size_t)(tr_field_named("name") - b->fields);
    b->site = tr_arena_array(scratch, b->n, sizeof(void *));
    b->joined = tr_arena_array(scratch, b->n, sizeof(void *));
    b->tiers = tr_arena_array(scratch, b->n, sizeof *b->tiers);
    if (!b->site || !b->joined || !b->tiers)
        return false;
    for (size_t l = 0; l < in->n_layers; l++) {
        const struct tr_input_layer *layer = &in->layers[l];
        const struct tr_schema *seen = NULL;

        if (strcmp(layer->about.kind, "sites") != 0)
            continue;
        for (size_t r = 0; r < layer->n_rows; r++) {
            const struct tr_schema *schema = layer->rows[r].schema;

            if (schema != seen && !find_map(b, (uint32_t)l, schema) &&
                !start_fields(in, (uint32_t)l, schema, keep, scratch, b))
                return false;
            seen = schema;
        }
    }
    return true;
}

/* A nameless row takes its name from the place's reviewed list. */
static void give_name(const struct tr_snapshot_input *in,
                      const struct member *m, struct tr_value *name)
{
    const struct tr_layer *about = &in->layers[m->layer].about;
    const struct tr_place *place = in->places[about->place];

    for (size_t i = 0; !name->present && i < place->n_names; i++) {
        const struct tr_given_name *given = &place->names[i];

        if (strcmp(given->row.key, m->row->key) == 0 &&
            strcmp(given->row.layer, about->name) == 0)
            *name = (struct tr_value){ .type = TR_TEXT,
                                       .present = true,
                                       .is.text = given->name };
    }
}

/* The values of one row, by register field; present only when visible. */
static enum tr_status row_values(const struct tr_snapshot_input *in,
                                 const struct member *m,
                                 const struct field_builders *b,
                                 struct tr_arena *scratch,
                                 struct tr_value *values, struct tr_error *err)
{
    const struct tr_schema *schema = m->row->schema;
    const struct field_map *map = find_map(b, m->layer, schema);
    struct tr_value *read =
        tr_arena_array(scratch, schema->n + 1, sizeof *read);

    if (!read || !map)
        return tr_fail(err, TR_ENOMEM, "no memory left for a row");

    enum tr_status st = tr_record_read(schema, m->row->record,
                                       m->row->record_len, scratch, read, err);

    if (st)
        return st;
    for (size_t f = 0; f < schema->n; f++) {
        if (map->of[f] != NO_FIELD && read[f].present)
            values[map->of[f]] = read[f];
    }
    give_name(in, m, &values[b->name]);
    return TR_OK;
}

/* What a site's rows say, one after another. */
struct said {
    const struct tr_snapshot_input *in;
    const struct member *members;
    uint32_t n;
    size_t n_fields;
    struct tr_value *values; /* [member][field] */
    int32_t *dates;          /* of the values, likewise */
};

static int32_t date_of(const struct said *s, uint32_t m)
{
    const struct tr_layer *about = &s->in->layers[s->members[m].layer].about;
    int32_t date = as_of_row(s->members[m].row, about->as_of);

    return date != TR_NO_DATE ? date : (int32_t)(about->loaded_at / 86400);
}

/* An answer fills what its row lacks. It takes the place of a value, too, when
 * it is of a later date: it was given in the knowledge of that one. */
static void take_answers(struct said *s)
{
    for (uint32_t m = 0; m < s->n; m++) {
        uint32_t of = 0;

        if (!s->members[m].answers)
            continue;
        while (s->members[of].row != s->members[m].answers)
            of++;
        for (size_t f = 0; f < s->n_fields; f++) {
            const struct tr_value *v = &s->values[m * s->n_fields + f];
            struct tr_value *to = &s->values[of * s->n_fields + f];
            int32_t *date = &s->dates[of * s->n_fields + f];

            if (!v->present ||
                (to->present && s->dates[m * s->n_fields + f] <= *date))
                continue;
            *to = *v;
            *date = s->dates[m * s->n_fields + f];
        }
    }
}

static bool read_said(struct said *s, const struct field_builders *b,
                      struct tr_arena *scratch, enum tr_status *st,
                      struct tr_error *err)
{
    size_t n = (size_t)s->n * s->n_fields;

    s->values = tr_arena_array(scratch, n, sizeof *s->values);
    s->dates = tr_arena_array(scratch, n, sizeof *s->dates);
    if (!s->values || !s->dates)
        return false;
    for (uint32_t m = 0; m < s->n && !*st; m++) {
        size_t at = m * s->n_fields;
        int32_t date = s->n > 1 ? date_of(s, m) : 0;

        *st =
            row_values(s->in, &s->members[m], b, scratch, &s->values[at], err);
        for (size_t f = 0; f < s->n_fields; f++)
            s->dates[at + f] = date;
    }
    return true;
}

/* A site has the first present value among its rows; a joined site's rows keep
 * theirs beside it. */
static enum tr_status put_site(const struct tr_snapshot_input *in,
                               const struct drafts *d, size_t i,
                               const struct field_builders *b, size_t *joined,
                               struct tr_error *err)
{
    const struct site_draft *site = &d->sites[i];
    struct said s = { .in = in,
                      .members = &d->members[site->first],
                      .n = site->n,
                      .n_fields = b->n };
    struct tr_arena scratch;
    enum tr_status st = TR_OK;

    tr_arena_init(&scratch, SIZE_MAX);

    bool ok = read_said(&s, b, &scratch, &st, err);

    for (uint32_t m = 0; ok && !st && s.n > 1 && m < s.n; m++) {
        for (size_t f = 0; f < b->n; f++) {
            const struct tr_value *v = &s.values[m * b->n + f];

            if (v->present && b->joined[f])
                ok = ok && tr_column_put_value(b->joined[f], *joined, v);
        }
        ++*joined;
    }
    if (ok && !st)
        take_answers(&s);
    for (size_t f = 0; ok && !st && f < b->n; f++) {
        uint32_t m = 0;

        while (m < s.n && !s.values[m * b->n + f].present)
            m++;
        if (m < s.n && b->site[f])
            ok = tr_column_put_value(b->site[f], i, &s.values[m * b->n + f]);
    }
    tr_arena_clear(&scratch);
    if (!st && !ok)
        st = tr_fail(err, TR_ENOMEM, "no memory left for the sites");
    return st;
}

static enum tr_status field_columns(const struct tr_snapshot_input *in,
                                    const struct drafts *d,
                                    struct tr_snapshot *s, struct columns *c,
                                    struct tr_arena *scratch,
                                    struct tr_error *err)
{
    struct field_builders b = { 0 };
    struct columns j;
    size_t joined = 0;

    if (!start_builders(in, s->arena, scratch, &b))
        return tr_fail(err, TR_ENOMEM, "no memory left for the sites");
    for (size_t i = 0; i < d->n_sites; i++) {
        enum tr_status st = put_site(in, d, i, &b, &joined, err);

        if (st)
            return st;
    }
    columns_init(&j, s->arena, err);
    for (size_t f = 0; f < b.n; f++) {
        if (!b.site[f])
            continue;
        columns_finish(c, b.site[f], d->n_sites, b.fields[f].title, b.tiers[f]);
        columns_finish(&j, b.joined[f], joined, b.fields[f].title, b.tiers[f]);
        if (!c->st && !j.st) {
            c->list[c->n - 1].unit = b.fields[f].unit;
            j.list[j.n - 1].unit = b.fields[f].unit;
        }
    }
    s->joined = (struct tr_table){ joined, j.n, j.list };
    return c->st ? c->st : j.st;
}

/* ---- the columns that are not register fields ---- */

static const char *partner_label(const struct tr_snapshot *s,
                                 const struct tr_occupation *o, uint32_t place)
{
    if (o->organisation < 0)
        return NULL;

    const struct tr_organisation *org =
        &s->places[place]->organisations[o->organisation];

    return org->legend ? org->legend : org->name;
}

static const char *organisation_code(const struct tr_snapshot *s,
                                     const struct tr_occupation *o,
                                     uint32_t place)
{
    return o->organisation < 0
               ? NULL
               : s->places[place]->organisations[o->organisation].code;
}

enum {
    SITE_ID,
    PARTNER,
    ORGANISATION,
    PARTNERS,
    LAYER,
    LAYERS,
    PLACE,
    TIER,
    COORD_SOURCE,
    PRECISION,
    MISSING_SINCE,
    AS_OF,
    OCCUPATIONS,
    N_PLAIN
};

static const struct {
    const char *name, *title;
    enum tr_type type;
} plain[N_PLAIN] = {
    [SITE_ID] = { "site_id", "Site", TR_TEXT },
    [PARTNER] = { "partner", "Partner", TR_TEXT },
    [ORGANISATION] = { "organisation", "Organisation", TR_TEXT },
    [PARTNERS] = { "partners", "All organisations", TR_LIST },
    [LAYER] = { "layer", "Layer", TR_TEXT },
    [LAYERS] = { "layers", "All layers", TR_LIST },
    [PLACE] = { "place", "Place", TR_TEXT },
    [TIER] = { "tier", "Tier", TR_TEXT },
    [COORD_SOURCE] = { "coord_source", "Position from", TR_TEXT },
    [PRECISION] = { "precision_m", "Position precision", TR_INTEGER },
    [MISSING_SINCE] = { "missing_since", "Not in the source since", TR_DATE },
    [AS_OF] = { "as_of", "Source speaks of", TR_DATE },
    [OCCUPATIONS] = { "occupations", "Occupations", TR_INTEGER },
};

#define MAX_LISTED 64

/* The distinct texts among n, sorted: a site's partners, its layers. */
static size_t distinct(const char **texts, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        size_t at = 0;

        while (at < kept && strcmp(texts[at], texts[i]) < 0)
            at++;
        if (at < kept && strcmp(texts[at], texts[i]) == 0)
            continue;

        const char *t = texts[i];

        memmove(&texts[at + 1], &texts[at], (kept - at) * sizeof *texts);
        texts[at] = t;
        kept++;
    }
    return kept;
}

static bool put_lists(struct tr_column_builder *const *b, size_t i,
                      const struct tr_snapshot_input *in,
                      const struct tr_snapshot *s)
{
    const char *partners[MAX_LISTED], *layers[MAX_LISTED];
    size_t n_partners = 0, n_layers = 0;

    for (uint32_t o = s->first_occupation[i];
         o < s->first_occupation[i + 1] && n_layers < MAX_LISTED; o++) {
        const struct tr_occupation *occ = &s->occupations[o];
        const char *code = organisation_code(s, occ, s->site_places[i]);

        layers[n_layers++] = in->layers[occ->layer].about.name;
        if (code)
            partners[n_partners++] = code;
    }
    n_layers = distinct(layers, n_layers);
    n_partners = distinct(partners, n_partners);
    return tr_column_put_list(b[LAYERS], i, layers, n_layers) &&
           (!n_partners ||
            tr_column_put_list(b[PARTNERS], i, partners, n_partners));
}

/* Its rows but for those that only answer for others. */
static uint32_t own_rows(const struct drafts *d, const struct site_draft *site)
{
    uint32_t n = 0;

    for (uint32_t m = 0; m < site->n; m++)
        n += d->members[site->first + m].answers == NULL;
    return n;
}

static bool put_plain(struct tr_column_builder *const *b, size_t i,
                      const struct tr_snapshot_input *in,
                      const struct drafts *d, const struct tr_snapshot *s)
{
    const struct site_draft *site = &d->sites[i];
    const struct tr_occupation *o = &s->occupations[s->first_occupation[i]];
    const struct tr_layer *about = &in->layers[o->layer].about;
    const char *label = partner_label(s, o, site->place);
    const char *code = organisation_code(s, o, site->place);
    const char *source = site->placed     ? site->placed->coord_source
                         : site->withheld ? NULL
                         : site->outward  ? "outward"
                                          : "none";
    bool ok = tr_column_put_text(b[SITE_ID], i, site->id) &&
              tr_column_put_text(b[LAYER], i, about->name) &&
              tr_column_put_text(b[PLACE], i, s->places[site->place]->id) &&
              tr_column_put_text(b[TIER], i, tr_tier_name(o->tier)) &&
              tr_column_put_int(b[OCCUPATIONS], i, own_rows(d, site)) &&
              put_lists(b, i, in, s);

    if (label)
        ok = ok && tr_column_put_text(b[PARTNER], i, label);
    if (code)
        ok = ok && tr_column_put_text(b[ORGANISATION], i, code);
    if (source)
        ok = ok && tr_column_put_text(b[COORD_SOURCE], i, source);
    if (site->placed)
        ok =
            ok && tr_column_put_int(b[PRECISION], i, site->placed->precision_m);
    if (o->missing_since != TR_NO_DATE)
        ok = ok && tr_column_put_int(b[MISSING_SINCE], i, o->missing_since);
    if (o->as_of != TR_NO_DATE)
        ok = ok && tr_column_put_int(b[AS_OF], i, o->as_of);
    return ok;
}

static enum tr_status plain_columns(const struct tr_snapshot_input *in,
                                    const struct drafts *d,
                                    struct tr_snapshot *s, struct columns *c,
                                    struct tr_error *err)
{
    struct tr_column_builder *b[N_PLAIN];
    bool ok = true;

    for (int k = 0; k < N_PLAIN; k++) {
        b[k] = tr_column_builder_new(s->arena, plain[k].name, plain[k].type);
        ok = ok && b[k];
    }
    for (size_t i = 0; ok && i < d->n_sites; i++)
        ok = put_plain(b, i, in, d, s);
    if (!ok)
        return tr_fail(err, TR_ENOMEM, "no memory left for the sites");
    for (int k = 0; k < N_PLAIN; k++)
        columns_finish(c, b[k], d->n_sites, plain[k].title, TR_PUBLIC);
    return c->st;
}

enum tr_status tr_make_sites(const struct tr_snapshot_input *in,
                             const struct drafts *d, struct tr_snapshot *s,
                             struct columns *c, struct tr_arena *scratch,
                             struct tr_error *err)
{
    enum tr_status st;

    if (fill_arrays(in, d, s) || fill_footprints(d, s) ||
        !tr_snapshot_index_ids(s))
        return tr_fail(err, TR_ENOMEM, "no memory left for the sites");
    if (tr_snapshot_doubled_id(s))
        return tr_fail(err, TR_EDATA,
                       "two sites would have the id '%s': give one of their "
                       "layers another key",
                       tr_snapshot_doubled_id(s));
    st = plain_columns(in, d, s, c, err);
    if (st)
        return st;
    return field_columns(in, d, s, c, scratch, err);
}
