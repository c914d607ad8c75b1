/* snapshot_outward.c - the area of a site without a point: an outward code
 * ("M33") of whose postcodes at least 95 % lie in one area gives that area, as
 * probable; a code that continues beyond the postcode file gives none. Then
 * every site's area in every set, and the columns that say so. */
#include <stdlib.h>
#include <string.h>

#include "model/snapshot_parts.h"

#define PROBABLE_PERCENT 95

static const char no_memory[] = "no memory left for areas";

static const struct tr_input_layer *
postcodes_of(const struct tr_snapshot_input *in, uint32_t place)
{
    for (size_t i = 0; i < in->n_layers; i++) {
        if (in->layers[i].about.place == place &&
            strcmp(in->layers[i].about.kind, "postcodes") == 0)
            return &in->layers[i];
    }
    return NULL;
}

static bool continues_beyond(const struct tr_input_layer *postcodes,
                             const char *outward)
{
    for (size_t i = 0; i < postcodes->n_partial; i++) {
        if (strcmp(postcodes->partial[i], outward) == 0)
            return true;
    }
    return false;
}

/* A postcode's key is the postcode itself: "M33 2DF". */
static bool has_outward(const char *postcode, const char *outward)
{
    size_t n = strlen(outward);

    return strncmp(postcode, outward, n) == 0 && postcode[n] == ' ';
}

static int32_t probable_area(const struct tr_input_layer *postcodes,
                             const struct tr_area_set *set, const char *outward,
                             uint32_t *counts)
{
    size_t total = 0;

    if (continues_beyond(postcodes, outward))
        return TR_NO_AREA;
    memset(counts, 0, set->n * sizeof *counts);
    for (size_t r = 0; r < postcodes->n_rows; r++) {
        const struct tr_input_row *row = &postcodes->rows[r];

        if (!row->has_position || !has_outward(row->key, outward))
            continue;

        int32_t area = tr_area_index_find(
            set->index,
            tr_mercator_cell(row->position.lon_e7, row->position.lat_e7));

        total++;
        if (area != TR_NO_AREA)
            counts[area]++;
    }
    for (size_t i = 0; i < set->n; i++) {
        if (total && (size_t)counts[i] * 100 >= total * PROBABLE_PERCENT)
            return (int32_t)i;
    }
    return TR_NO_AREA;
}

struct outward_cache { /* the codes met so far, for one set */
    size_t n;
    struct {
        const char *outward;
        int32_t area;
    } list[256];
    uint32_t *counts;
};

static int32_t outward_area(const struct tr_input_layer *postcodes,
                            const struct tr_area_set *set, const char *outward,
                            struct outward_cache *cache)
{
    for (size_t i = 0; i < cache->n; i++) {
        if (strcmp(cache->list[i].outward, outward) == 0)
            return cache->list[i].area;
    }

    int32_t area = probable_area(postcodes, set, outward, cache->counts);

    if (cache->n < sizeof cache->list / sizeof *cache->list) {
        cache->list[cache->n].outward = outward;
        cache->list[cache->n++].area = area;
    }
    return area;
}

static enum tr_status
place_in_set(const struct tr_snapshot_input *in, const struct drafts *d,
             const struct tr_snapshot *s, struct tr_area_set *set,
             struct tr_arena *scratch, struct tr_error *err)
{
    int32_t *area = tr_arena_array(s->arena, s->n_sites + 1, sizeof *area);
    uint8_t *certainty = tr_arena_array(s->arena, s->n_sites + 1, 1);
    struct outward_cache *cache = tr_arena_alloc(scratch, sizeof *cache);
    const struct tr_input_layer *postcodes = postcodes_of(in, set->place);

    if (!area || !certainty || !cache)
        return tr_fail(err, TR_ENOMEM, no_memory);
    cache->counts = tr_arena_array(scratch, set->n + 1, sizeof(uint32_t));
    if (!cache->counts)
        return tr_fail(err, TR_ENOMEM, no_memory);

    enum tr_status st = tr_area_index_join(set->index, s->keys, s->n_located,
                                           area, in->threads, err);

    if (st)
        return st;
    for (size_t i = 0; i < s->n_located; i++) {
        if (s->site_places[i] != set->place)
            area[i] = TR_NO_AREA;
        certainty[i] = area[i] == TR_NO_AREA ? TR_OUTSIDE : TR_INSIDE;
    }
    for (size_t i = s->n_located; i < s->n_sites; i++) {
        const struct site_draft *site = &d->sites[i];
        const char *outward = draft_outward(d, site);
        bool withheld = draft_withheld(d, site);

        area[i] = TR_NO_AREA;
        if (!withheld && outward && postcodes &&
            s->site_places[i] == set->place)
            area[i] = outward_area(postcodes, set, outward, cache);
        certainty[i] = withheld                ? TR_NOT_PUBLISHED
                       : area[i] == TR_NO_AREA ? TR_NO_POINT
                                               : TR_PROBABLE;
    }
    set->site_area = area;
    set->site_certainty = certainty;
    return TR_OK;
}

static void certainty_column(struct columns *c, const char *name, size_t n,
                             const struct tr_area_set *const *set_of_row)
{
    struct tr_column to = { .title = "How sure" };
    uint32_t *codes = tr_arena_array(c->a, n + 1, sizeof *codes);
    const char *texts[TR_CERTAINTIES];

    to.name = tr_arena_printf(c->a, "%s.certainty", name);
    for (int k = 0; k < TR_CERTAINTIES; k++)
        texts[k] = tr_certainty_name((enum tr_certainty)k);
    for (size_t i = 0; codes && i < n; i++)
        codes[i] = set_of_row[i] ? set_of_row[i]->site_certainty[i] : NO_TEXT;
    columns_add_lookup(c, &to, n, to.name ? codes : NULL, texts,
                       TR_CERTAINTIES);
}

/* The columns called `name`: each site's area in the set that answers to that
 * name in the site's own place, with all its figures. */
static bool set_columns(const struct tr_snapshot *s, const char *name,
                        bool by_plain_name, struct columns *c,
                        const struct tr_area_set **set_of_row,
                        int32_t *area_of_row)
{
    const struct tr_area_set **of_place =
        calloc(s->n_places + 1, sizeof(void *));

    if (!of_place)
        return false;
    for (size_t k = 0; k < s->n_area_sets; k++) {
        const struct tr_area_set *set = &s->area_sets[k];
        const char *own = by_plain_name ? set->set : set->id;

        if (strcmp(own, name) == 0 && (!by_plain_name || set->latest))
            of_place[set->place] = set;
    }
    for (size_t i = 0; i < s->n_sites; i++) {
        const struct tr_area_set *set = of_place[s->site_places[i]];

        set_of_row[i] = set;
        area_of_row[i] = set ? set->site_area[i] : TR_NO_AREA;
    }
    free(of_place);
    tr_area_columns(c, s, name, s->n_sites, set_of_row, area_of_row);
    certainty_column(c, name, s->n_sites, set_of_row);
    return true;
}

static bool named_before(const struct tr_snapshot *s, size_t k)
{
    for (size_t i = 0; i < k; i++) {
        if (strcmp(s->area_sets[i].set, s->area_sets[k].set) == 0)
            return true;
    }
    return false;
}

enum tr_status tr_place_sites(const struct tr_snapshot_input *in,
                              const struct drafts *d, struct tr_snapshot *s,
                              struct columns *c, struct tr_arena *scratch,
                              struct tr_error *err)
{
    struct tr_area_set *sets = (struct tr_area_set *)s->area_sets;
    const struct tr_area_set **set_of_row =
        tr_arena_array(scratch, s->n_sites + 1, sizeof *set_of_row);
    int32_t *area_of_row =
        tr_arena_array(scratch, s->n_sites + 1, sizeof *area_of_row);

    if (!set_of_row || !area_of_row)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t k = 0; k < s->n_area_sets; k++) {
        enum tr_status st = place_in_set(in, d, s, &sets[k], scratch, err);

        if (st)
            return st;
    }
    for (size_t k = 0; k < s->n_area_sets && !c->st; k++) {
        bool ok = named_before(s, k) ||
                  set_columns(s, sets[k].set, true, c, set_of_row, area_of_row);

        if (ok && strcmp(sets[k].id, sets[k].set) != 0)
            ok = set_columns(s, sets[k].id, false, c, set_of_row, area_of_row);
        if (!ok)
            return tr_fail(err, TR_ENOMEM, no_memory);
    }
    return c->st;
}
