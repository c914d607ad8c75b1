/* snapshot_digest.c - a snapshot's version: the digest of all that its audience
 * can see, and of nothing else - not load numbers, not times of loading -, so
 * that what an audience may not see cannot show through its version.
 *
 * It is a digest of digests: of each column, and of each stretch of rows, so
 * that all cores work on it. */
#include <string.h>

#include "model/snapshot_parts.h"
#include "terrier/thread.h"

static void add_optional(struct tr_hasher *h, const char *s)
{
    tr_hash_text(h, s ? s : "\x01");
}

#define STAGE 8192

/* Each with its NUL, which no text has inside, gathered to be hashed at once. */
static void add_texts(struct tr_hasher *h, const char *const *texts, size_t n)
{
    char stage[STAGE];
    size_t used = 0;

    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(texts[i]) + 1;

        if (len > STAGE - used) {
            tr_hash_add(h, stage, used);
            used = 0;
        }
        if (len > STAGE) {
            tr_hash_add(h, texts[i], len);
            continue;
        }
        memcpy(stage + used, texts[i], len);
        used += len;
    }
    tr_hash_add(h, stage, used);
}

static void add_present(struct tr_hasher *h, const struct tr_column *c,
                        size_t n)
{
    if (c->present)
        tr_hash_add(h, c->present, (n + 63) / 64 * sizeof *c->present);
}

/* Numbers below `limit` in as few bytes as hold them: hashing is what takes the
 * time. With one possible number there is nothing to say. */
static void add_numbers(struct tr_hasher *h, const uint32_t *v, size_t n,
                        uint32_t limit)
{
    unsigned char stage[STAGE];
    size_t used = 0;

    tr_hash_int(h, (int64_t)n);
    if (limit > 65536)
        tr_hash_add(h, v, n * sizeof *v);
    for (size_t i = 0; limit > 1 && limit <= 65536 && i < n; i++) {
        stage[used++] = (unsigned char)v[i];
        if (limit > 256)
            stage[used++] = (unsigned char)(v[i] >> 8);
        if (used >= STAGE - 1) {
            tr_hash_add(h, stage, used);
            used = 0;
        }
    }
    tr_hash_add(h, stage, used);
}

static void add_codes(struct tr_hasher *h, const struct tr_column *c, size_t n)
{
    size_t n_codes = c->type == TR_LIST ? c->list_starts[n] : n;

    if (c->type == TR_LIST)
        tr_hash_add(h, c->list_starts, (n + 1) * sizeof *c->list_starts);
    add_numbers(h, c->values.codes, n_codes, c->dict->n);
    tr_hash_int(h, c->dict->n);
    add_texts(h, c->dict->texts, c->dict->n);
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
}

static void add_layer_rows(struct tr_hasher *h, const struct tr_layer *l,
                           size_t first, size_t last)
{
    add_texts(h, l->keys + first, last - first);
    tr_hash_add(h, l->has_position + first, last - first);
    tr_hash_add(h, l->positions + first, (last - first) * sizeof *l->positions);
    for (size_t r = first; r < last; r++)
        add_geometry(h, l->geometries[r]);
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

/* ---- in parts ---- */

enum part_of { COLUMN, POSITIONS, FOOTPRINTS, REASONS, LAYER_ROWS };

struct part {
    enum part_of what;
    const void *of; /* a column or a layer; NULL: the sites */
    size_t first, last;
};

struct parts {
    const struct tr_snapshot *s;
    struct part *list;
    size_t n;
    struct tr_digest *digests;
    bool *known; /* from the base: it was made before */
};

static void add_part(struct tr_hasher *h, const struct tr_snapshot *s,
                     const struct part *p)
{
    switch (p->what) {
    case COLUMN: add_column(h, p->of, p->last); break;
    case POSITIONS:
        tr_hash_add(h, s->positions + p->first,
                    (p->last - p->first) * sizeof *s->positions);
        break;
    case FOOTPRINTS:
        for (size_t i = p->first; i < p->last; i++)
            add_geometry(h, s->footprints[i]);
        break;
    case REASONS:
        for (size_t i = p->first; i < p->last; i++)
            add_optional(h, s->class_data[i]);
        break;
    case LAYER_ROWS: add_layer_rows(h, p->of, p->first, p->last); break;
    }
}

static enum tr_status hash_parts(void *context, size_t first, size_t last,
                                 unsigned worker, struct tr_error *err)
{
    struct parts *p = context;

    (void)worker;
    (void)err;
    for (size_t i = first; i < last; i++) {
        struct tr_hasher h;

        if (p->known[i])
            continue;
        tr_hash_init(&h);
        add_part(&h, p->s, &p->list[i]);
        p->digests[i] = tr_hash_end(&h);
    }
    return TR_OK;
}

static void list_rows(struct parts *p, enum part_of what, const void *of,
                      size_t n)
{
    for (size_t first = 0; first < n; first += ROWS_A_PIECE) {
        size_t last = n - first < ROWS_A_PIECE ? n : first + ROWS_A_PIECE;

        if (p->list)
            p->list[p->n] = (struct part){ what, of, first, last };
        p->n++;
    }
}

static void list_table(struct parts *p, const struct tr_table *t)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (p->list)
            p->list[p->n] =
                (struct part){ COLUMN, &t->columns[i], 0, t->n_rows };
        p->n++;
    }
}

/* Counts only while there is no list. */
static void list_parts(struct parts *p)
{
    const struct tr_snapshot *s = p->s;

    p->n = 0;
    list_table(p, &s->sites);
    list_table(p, &s->joined);
    list_rows(p, POSITIONS, NULL, s->n_located);
    list_rows(p, FOOTPRINTS, NULL, s->footprints ? s->n_sites : 0);
    list_rows(p, REASONS, NULL, s->n_sites);
    for (size_t i = 0; i < s->n_layers; i++) {
        list_table(p, &s->layers[i].table);
        list_rows(p, LAYER_ROWS, &s->layers[i],
                  s->layers[i].positions ? s->layers[i].n_rows : 0);
    }
}

/* What lives with the base, or NULL: what follows from classes. */
static const void *in_base(const struct parts *p, size_t i)
{
    const struct part *part = &p->list[i];

    switch (part->what) {
    case COLUMN:
        if (i >= base_columns(p->s->base).n && i < p->s->sites.n_columns)
            return NULL;
        return ((const struct tr_column *)part->of)->name;
    case POSITIONS: return p->s->positions;
    case FOOTPRINTS: return p->s->footprints;
    case LAYER_ROWS: return ((const struct tr_layer *)part->of)->keys;
    case REASONS: break;
    }
    return NULL;
}

/* Both lists are in the same order. */
static void take_known(struct parts *p)
{
    size_t n, at = 0;
    const struct base_digest *known = base_digests(p->s->base, &n);

    for (size_t i = 0; i < p->n && at < n; i++) {
        if (in_base(p, i) != known[at].of || !known[at].of ||
            p->list[i].first != known[at].first)
            continue;
        p->digests[i] = known[at++].digest;
        p->known[i] = true;
    }
}

/* For the snapshots that will share the base. */
static bool keep_known(const struct parts *p)
{
    size_t n = 0;
    struct base_digest *to;

    for (size_t i = 0; i < p->n; i++)
        n += in_base(p, i) != NULL;
    to = base_keep_digests(p->s->base, n);
    for (size_t i = 0; to && i < p->n; i++) {
        const void *of = in_base(p, i);

        if (of)
            *to++ = (struct base_digest){ of, p->list[i].first, p->digests[i] };
    }
    return to != NULL;
}

/* What is small, and how large the rest is. */
static void add_head(struct tr_hasher *h, const struct tr_snapshot *s)
{
    tr_hash_text(h, s->audience.name);
    for (size_t i = 0; i < s->n_places; i++)
        add_place(h, s->places[i]);
    tr_hash_int(h, (int64_t)s->n_sites);
    tr_hash_int(h, (int64_t)s->n_located);
    tr_hash_int(h, (int64_t)s->sites.n_columns);
    tr_hash_int(h, (int64_t)s->joined.n_rows);
    for (size_t i = 0; i < s->n_layers; i++) {
        add_layer(h, &s->layers[i]);
        tr_hash_int(h, (int64_t)s->layers[i].n_rows);
        tr_hash_int(h, (int64_t)s->layers[i].table.n_columns);
    }
}

bool tr_snapshot_digest(struct tr_snapshot *s, unsigned threads,
                        struct tr_arena *scratch)
{
    struct parts p = { .s = s };
    struct tr_hasher h;
    struct tr_digest d;
    size_t n_kept;

    list_parts(&p);
    p.list = tr_arena_array(scratch, p.n + 1, sizeof *p.list);
    p.digests = tr_arena_array(scratch, p.n + 1, sizeof *p.digests);
    p.known = tr_arena_array(scratch, p.n + 1, sizeof *p.known);
    if (!p.list || !p.digests || !p.known)
        return false;
    list_parts(&p);
    take_known(&p);
    if (tr_thread_run(p.n, 1, threads, hash_parts, &p, NULL))
        return false;
    base_digests(s->base, &n_kept);
    if (!n_kept && !keep_known(&p))
        return false;
    tr_hash_init(&h);
    add_head(&h, s);
    tr_hash_add(&h, p.digests, p.n * sizeof *p.digests);
    d = tr_hash_end(&h);
    tr_digest_text(&d, s->version);
    return true;
}
