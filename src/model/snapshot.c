/* snapshot.c - looking things up in a snapshot. See terrier/snapshot.h. */
#include "terrier/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/snapshot_parts.h"

enum tr_status tr_audience_parse(const char *name, struct tr_audience *out,
                                 struct tr_error *err)
{
    static const char partner[] = "partner:";
    struct tr_audience a = { .tier = TR_PUBLIC };

    if (strcmp(name, "public") == 0)
        a.tier = TR_PUBLIC;
    else if (strcmp(name, "partnership") == 0)
        a.tier = TR_PARTNERSHIP;
    else if (strcmp(name, "operator") == 0)
        a.tier = TR_RESTRICTED;
    else if (strncmp(name, partner, sizeof partner - 1) == 0 &&
             name[sizeof partner - 1] && strlen(name) < sizeof a.organisation) {
        a.tier = TR_PARTNERSHIP;
        snprintf(a.organisation, sizeof a.organisation, "%s",
                 name + sizeof partner - 1);
    } else {
        return tr_fail(err, TR_EINVAL,
                       "unknown audience '%.60s': use public, partnership, "
                       "partner:CODE or operator",
                       name);
    }
    snprintf(a.name, sizeof a.name, "%s", name);
    *out = a;
    return TR_OK;
}

static const char *const certainty_names[TR_CERTAINTIES] = {
    [TR_INSIDE] = "inside",
    [TR_PROBABLE] = "probable",
    [TR_OUTSIDE] = "outside",
    [TR_NO_POINT] = "no point",
    [TR_NOT_PUBLISHED] = "not published",
};

const char *tr_certainty_name(enum tr_certainty c)
{
    return certainty_names[c];
}

static const char *const class_names[TR_CLASSES] = {
    [TR_KEY] = "key",
    [TR_CORE] = "core",
    [TR_SURPLUS] = "surplus",
    [TR_IN_REVIEW] = "in-review",
    [TR_UNCLASSIFIED] = "unclassified",
    [TR_NOT_APPLICABLE] = "not-applicable",
    [TR_NO_CLASS] = "",
};

const char *tr_class_name(enum tr_class c)
{
    return class_names[c];
}

bool tr_class_parse(const char *name, enum tr_class *out)
{
    for (int c = 0; c < TR_NO_CLASS; c++) {
        if (strcmp(class_names[c], name) == 0) {
            *out = (enum tr_class)c;
            return true;
        }
    }
    return false;
}

void tr_snapshot_free(struct tr_snapshot *s)
{
    if (!s)
        return;

    struct tr_arena *a = s->arena; /* it holds `s` too */

    tr_arena_clear(a);
    free(a);
}

/* Ids are looked up in a table sorted by text: sites' own, and those of the
 * occupations that were joined into them. */
struct id_entry {
    const char *id;
    uint32_t site;
};

struct tr_id_table {
    size_t n;
    struct id_entry entries[];
};

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct id_entry *)a)->id,
                  ((const struct id_entry *)b)->id);
}

static size_t count_ids(const struct tr_snapshot *s)
{
    return s->n_sites + s->first_occupation[s->n_sites];
}

bool tr_snapshot_index_ids(struct tr_snapshot *s)
{
    struct tr_id_table *t = tr_arena_alloc(
        s->arena, sizeof *t + count_ids(s) * sizeof(struct id_entry));

    if (!t)
        return false;
    for (size_t i = 0; i < s->n_sites; i++) {
        uint32_t first = s->first_occupation[i];
        uint32_t last = s->first_occupation[i + 1];

        t->entries[t->n++] = (struct id_entry){ s->site_ids[i], (uint32_t)i };
        for (uint32_t o = first; last - first > 1 && o < last; o++) {
            if (strcmp(s->occupations[o].site_id, s->site_ids[i]) != 0)
                t->entries[t->n++] =
                    (struct id_entry){ s->occupations[o].site_id, (uint32_t)i };
        }
    }
    qsort(t->entries, t->n, sizeof t->entries[0], by_id);
    s->ids = t;
    return true;
}

const char *tr_snapshot_doubled_id(const struct tr_snapshot *s)
{
    for (size_t i = 1; i < s->ids->n; i++) {
        if (strcmp(s->ids->entries[i - 1].id, s->ids->entries[i].id) == 0)
            return s->ids->entries[i].id;
    }
    return NULL;
}

static size_t find_id(const struct tr_snapshot *s, const char *id)
{
    struct id_entry wanted = { .id = id };
    const struct id_entry *e =
        bsearch(&wanted, s->ids->entries, s->ids->n, sizeof wanted, by_id);

    return e ? e->site : SIZE_MAX;
}

/* A reviewed alias: the id that a row had under its former key. */
static size_t find_alias(const struct tr_snapshot *s, const char *site_id)
{
    for (size_t p = 0; p < s->n_places; p++) {
        const struct tr_place *place = s->places[p];
        char id[64];

        for (size_t i = 0; i < place->n_aliases; i++) {
            const char *layer = place->aliases[i].from.layer;

            tr_site_id(place->prefix, layer, place->aliases[i].from.key, id);
            if (strcmp(id, site_id) != 0)
                continue;
            tr_site_id(place->prefix, layer, place->aliases[i].to, id);
            return find_id(s, id);
        }
    }
    return SIZE_MAX;
}

size_t tr_snapshot_site(const struct tr_snapshot *s, const char *site_id)
{
    size_t site = find_id(s, site_id);

    return site == SIZE_MAX ? find_alias(s, site_id) : site;
}

const struct tr_layer *tr_snapshot_layer(const struct tr_snapshot *s,
                                         const char *name)
{
    for (size_t i = 0; i < s->n_layers; i++) {
        if (strcmp(s->layers[i].name, name) == 0)
            return &s->layers[i];
    }
    return NULL;
}

const struct tr_area_set *tr_snapshot_area_set(const struct tr_snapshot *s,
                                               const char *id)
{
    for (size_t i = 0; i < s->n_area_sets; i++) {
        const struct tr_area_set *set = &s->area_sets[i];

        if (strcmp(set->id, id) == 0 ||
            (set->latest && strcmp(set->set, id) == 0))
            return set;
    }
    return NULL;
}

int32_t tr_area_named(const struct tr_area_set *set, const char *code_or_name)
{
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->codes[i], code_or_name) == 0 ||
            strcmp(set->names[i], code_or_name) == 0)
            return (int32_t)i;
    }
    return TR_NO_AREA;
}

/* Index of the first located site whose key is not below `key`. */
static size_t lower_bound(const struct tr_snapshot *s, uint64_t key)
{
    size_t low = 0, high = s->n_located;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (s->keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void tr_snapshot_tile(const struct tr_snapshot *s, struct tr_tile t,
                      size_t *first, size_t *last)
{
    struct tr_morton_range r = tr_tile_range(t);

    *first = lower_bound(s, r.first);
    *last = r.last == UINT64_MAX ? s->n_located : lower_bound(s, r.last + 1);
}

size_t tr_snapshot_bytes(const struct tr_snapshot *s)
{
    return s->arena->used;
}
