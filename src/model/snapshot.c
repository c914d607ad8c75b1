/* snapshot.c - looking things up in a snapshot. See terrier/snapshot.h. */
#include "terrier/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/snapshot_parts.h"
#include "model/texts.h"

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

/* Ids are looked up by hash: sites' own, and those of the occupations that were
 * joined into them. A slot holds a site's index + 1, or n_sites + an
 * occupation's index + 1; 0 is empty. */
struct tr_id_table {
    size_t mask;
    const char *doubled; /* an id that two sites have; NULL: none */
    uint32_t slots[];
};

static const char *id_in_slot(const struct tr_snapshot *s, uint32_t slot)
{
    return slot <= s->n_sites ? s->site_ids[slot - 1]
                              : s->occupations[slot - 1 - s->n_sites].site_id;
}

static size_t slot_of(const struct tr_snapshot *s, const char *id)
{
    const struct tr_id_table *t = s->ids;
    size_t at = text_hash(id, strlen(id)) & t->mask;

    while (t->slots[at] && strcmp(id_in_slot(s, t->slots[at]), id) != 0)
        at = (at + 1) & t->mask;
    return at;
}

static void enter_id(const struct tr_snapshot *s, struct tr_id_table *t,
                     const char *id, size_t slot)
{
    size_t at = slot_of(s, id);

    if (t->slots[at] && !t->doubled)
        t->doubled = id;
    t->slots[at] = (uint32_t)slot;
}

bool tr_snapshot_index_ids(struct tr_snapshot *s, struct tr_arena *keep)
{
    size_t n_occupations = s->first_occupation[s->n_sites];
    size_t n_ids = s->n_sites, size = 16;
    struct tr_id_table *t;

    if (s->n_sites + n_occupations >= UINT32_MAX)
        return false;
    for (size_t i = 0; i < s->n_sites; i++) {
        uint32_t n = s->first_occupation[i + 1] - s->first_occupation[i];

        n_ids += n > 1 ? n : 0;
    }
    while (size < n_ids + n_ids / 2)
        size *= 2;
    t = tr_arena_alloc(keep, sizeof *t + size * sizeof *t->slots);
    if (!t)
        return false;
    t->mask = size - 1;
    s->ids = t;
    for (size_t i = 0; i < s->n_sites; i++)
        enter_id(s, t, s->site_ids[i], i + 1);
    for (size_t i = 0; i < s->n_sites; i++) {
        uint32_t first = s->first_occupation[i];
        uint32_t last = s->first_occupation[i + 1];

        for (uint32_t o = first; last - first > 1 && o < last; o++) {
            const char *id = s->occupations[o].site_id;

            if (strcmp(id, s->site_ids[i]) != 0)
                enter_id(s, t, id, s->n_sites + o + 1);
        }
    }
    return true;
}

const char *tr_snapshot_doubled_id(const struct tr_snapshot *s)
{
    return s->ids->doubled;
}

/* The site that an occupation belongs to. */
static size_t site_with(const struct tr_snapshot *s, uint32_t occupation)
{
    size_t low = 0, high = s->n_sites;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (s->first_occupation[middle] <= occupation)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static size_t find_id(const struct tr_snapshot *s, const char *id)
{
    uint32_t slot = s->ids->slots[slot_of(s, id)];

    if (!slot)
        return SIZE_MAX;
    return slot <= s->n_sites ? slot - 1
                              : site_with(s, slot - 1 - (uint32_t)s->n_sites);
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
