/* snapshot_digest.c - a snapshot's version: the digest of all that its audience
 * can see, and of nothing else - not load numbers, not times of loading -, so
 * that what an audience may not see cannot show through its version. */
#include <string.h>

#include "model/snapshot_parts.h"

static void add_optional(struct tr_hasher *h, const char *s)
{
    tr_hash_text(h, s ? s : "\x01");
}

static void add_present(struct tr_hasher *h, const struct tr_column *c,
                        size_t n)
{
    if (c->present)
        tr_hash_add(h, c->present, (n + 63) / 64 * sizeof *c->present);
}

static void add_codes(struct tr_hasher *h, const struct tr_column *c, size_t n)
{
    size_t n_codes = c->type == TR_LIST ? c->list_starts[n] : n;

    if (c->type == TR_LIST)
        tr_hash_add(h, c->list_starts, (n + 1) * sizeof *c->list_starts);
    tr_hash_add(h, c->values.codes, n_codes * sizeof *c->values.codes);
    tr_hash_int(h, c->dict->n);
    for (uint32_t i = 0; i < c->dict->n; i++)
        tr_hash_text(h, c->dict->texts[i]);
}

static void add_column(struct tr_hasher *h, const struct tr_column *c, size_t n)
{
    tr_hash_text(h, c->name);
    tr_hash_int(h, c->type);
    add_present(h, c, n);
    switch (c->type) {
    case TR_BOOLEAN: tr_hash_add(h, c->values.booleans, n); break;
    case TR_INTEGER:
    case TR_INSTANT:
        tr_hash_add(h, c->values.integers, n * sizeof(int64_t));
        break;
    case TR_NUMBER:
        tr_hash_add(h, c->values.numbers, n * sizeof(double));
        break;
    case TR_DATE: tr_hash_add(h, c->values.dates, n * sizeof(int32_t)); break;
    case TR_TEXT:
    case TR_LIST: add_codes(h, c, n); break;
    case TR_GEOMETRY: break; /* geometries are added with their layer */
    }
}

static void add_table(struct tr_hasher *h, const struct tr_table *t)
{
    tr_hash_int(h, (int64_t)t->n_rows);
    for (size_t i = 0; i < t->n_columns; i++)
        add_column(h, &t->columns[i], t->n_rows);
}

static void add_geometry(struct tr_hasher *h, const struct tr_geometry *g)
{
    if (!g) {
        tr_hash_int(h, 0);
        return;
    }
    tr_hash_int(h, g->kind);
    tr_hash_add(h, g->points, g->n_points * sizeof *g->points);
    tr_hash_add(h, g->part_start, (g->n_parts + 1) * sizeof *g->part_start);
}

static void add_layer(struct tr_hasher *h, const struct tr_layer *l)
{
    tr_hash_text(h, l->name);
    tr_hash_text(h, l->title);
    tr_hash_text(h, l->kind);
    add_optional(h, l->partner);
    add_optional(h, l->licence);
    add_optional(h, l->attribution);
    add_optional(h, l->vintage);
    add_optional(h, l->draw);
    add_optional(h, l->set);
    add_optional(h, l->label);
    add_optional(h, l->covers);
    add_optional(h, l->agreement);
    tr_hash_int(h, l->agreement_expires);
    tr_hash_int(h, l->as_of);
    tr_hash_int(h, l->barred + 2 * l->illustrative);
    add_table(h, &l->table);
    if (!l->positions)
        return;
    for (size_t r = 0; r < l->n_rows; r++) {
        tr_hash_text(h, l->keys[r]);
        tr_hash_int(h, l->has_position[r]);
        tr_hash_add(h, &l->positions[r], sizeof l->positions[r]);
        add_geometry(h, l->geometries[r]);
    }
}

static void add_organisation(struct tr_hasher *h,
                             const struct tr_organisation *o)
{
    tr_hash_text(h, o->code);
    tr_hash_text(h, o->name);
    add_optional(h, o->legend);
    add_optional(h, o->successor);
    add_optional(h, o->contact);
    tr_hash_int(h, o->successor_since);
    tr_hash_int(h, o->asked);
    tr_hash_int(h, (int64_t)o->n_formerly);
    for (size_t i = 0; i < o->n_formerly; i++) {
        tr_hash_text(h, o->formerly[i].name);
        add_optional(h, o->formerly[i].code);
        tr_hash_int(h, o->formerly[i].until);
    }
}

static void add_place(struct tr_hasher *h, const struct tr_place *p)
{
    tr_hash_text(h, p->id);
    tr_hash_text(h, p->title);
    add_optional(h, p->purpose);
    add_optional(h, p->contact);
    add_optional(h, p->focus_set);
    add_optional(h, p->focus_name);
    tr_hash_int(h, (int64_t)p->n_sets);
    for (size_t i = 0; i < p->n_sets; i++)
        tr_hash_text(h, p->sets[i]);
    tr_hash_int(h, (int64_t)p->n_vintages);
    for (size_t i = 0; i < p->n_vintages; i++) {
        tr_hash_text(h, p->vintages[i].set);
        tr_hash_text(h, p->vintages[i].vintage);
        tr_hash_text(h, p->vintages[i].name);
    }
    tr_hash_int(h, (int64_t)p->n_organisations);
    for (size_t i = 0; i < p->n_organisations; i++)
        add_organisation(h, &p->organisations[i]);
}

void tr_snapshot_digest(struct tr_snapshot *s)
{
    struct tr_hasher h;

    tr_hash_init(&h);
    tr_hash_text(&h, s->audience.name);
    for (size_t i = 0; i < s->n_places; i++)
        add_place(&h, s->places[i]);
    tr_hash_int(&h, (int64_t)s->n_located);
    tr_hash_add(&h, s->positions, s->n_located * sizeof *s->positions);
    for (size_t i = 0; s->footprints && i < s->n_sites; i++)
        add_geometry(&h, s->footprints[i]);
    add_table(&h, &s->sites);
    add_table(&h, &s->joined);
    for (size_t i = 0; i < s->n_sites; i++)
        add_optional(&h, s->class_data[i]);
    for (size_t i = 0; i < s->n_layers; i++)
        add_layer(&h, &s->layers[i]);

    struct tr_digest d = tr_hash_end(&h);

    tr_digest_text(&d, s->version);
}
