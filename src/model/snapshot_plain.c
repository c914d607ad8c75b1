/* snapshot_plain.c - the columns of sites that are not fields of the register:
 * who holds a site, where it comes from, how sure its position is. */
#include <string.h>

#include "model/snapshot_parts.h"
#include "model/texts.h"

static const char no_memory[] = "no memory left for the sites";

struct plain {
    const struct tr_snapshot_input *in;
    const struct drafts *d;
    const char *const *coord_sources; /* per site */
    const struct tr_snapshot *s;
    struct columns *c;
    struct tr_arena *scratch;
    const char **texts; /* per layer */
};

static const struct tr_occupation *kept(const struct plain *p, size_t site)
{
    return &p->s->occupations[p->s->first_occupation[site]];
}

static const struct tr_organisation *organisation_of(const struct plain *p,
                                                     uint32_t layer)
{
    const struct tr_layer *about = &p->in->layers[layer].about;
    const struct tr_place *place = p->in->places[about->place];

    return about->partner ? tr_place_organisation(place, about->partner) : NULL;
}

/* ---- what follows from the kept occupation's layer ---- */

static const char *partner_of(const struct plain *p, uint32_t layer)
{
    const struct tr_organisation *o = organisation_of(p, layer);

    return !o ? NULL : o->legend ? o->legend : o->name;
}

static const char *code_of(const struct plain *p, uint32_t layer)
{
    const struct tr_organisation *o = organisation_of(p, layer);

    return o ? o->code : NULL;
}

static const char *layer_of(const struct plain *p, uint32_t layer)
{
    return p->in->layers[layer].about.name;
}

static const char *place_of(const struct plain *p, uint32_t layer)
{
    return p->in->places[p->in->layers[layer].about.place]->id;
}

static void by_layer(const struct plain *p, const char *name, const char *title,
                     const char *(*text)(const struct plain *, uint32_t))
{
    size_t n = p->s->n_sites;
    uint32_t *codes = tr_arena_array(p->c->a, n + 1, sizeof *codes);

    for (uint32_t l = 0; l < p->in->n_layers; l++)
        p->texts[l] = text(p, l);
    for (size_t i = 0; codes && i < n; i++)
        codes[i] = kept(p, i)->layer;
    columns_add_lookup(p->c,
                       &(struct tr_column){ .name = name, .title = title }, n,
                       codes, p->texts, p->in->n_layers);
}

static void add_tier(const struct plain *p)
{
    const char *texts[] = { tr_tier_name(TR_PUBLIC),
                            tr_tier_name(TR_PARTNERSHIP),
                            tr_tier_name(TR_RESTRICTED) };
    size_t n = p->s->n_sites;
    uint32_t *codes = tr_arena_array(p->c->a, n + 1, sizeof *codes);

    for (size_t i = 0; codes && i < n; i++)
        codes[i] = (uint32_t)kept(p, i)->tier;
    columns_add_lookup(p->c,
                       &(struct tr_column){ .name = "tier", .title = "Tier" },
                       n, codes, texts, sizeof texts / sizeof *texts);
}

static void add_coord_source(const struct plain *p)
{
    size_t n = p->s->n_sites;
    uint32_t *codes = tr_arena_array(p->c->a, n + 1, sizeof *codes);
    struct text_set set;
    const char *last = NULL;
    uint32_t number = 0;
    bool ok = codes != NULL;

    text_set_init(&set, p->scratch, NULL);
    for (size_t i = 0; ok && i < n; i++) {
        const char *source = p->coord_sources[i];

        if (source && source != last)
            ok = text_set_add(&set, source, &number);
        codes[i] = source ? number : NO_TEXT;
        last = source ? source : last;
    }
    columns_add_lookup(
        p->c,
        &(struct tr_column){ .name = "coord_source", .title = "Position from" },
        n, ok ? codes : NULL, set.texts, set.n);
}

/* Every site has an id and no two have the same: its column is the list itself,
 * or, while that is cheap, the list in order. */
static bool add_ids(const struct plain *p)
{
    uint32_t n = (uint32_t)p->s->n_sites;
    struct tr_arena *a = p->c->a;
    uint32_t *codes = tr_arena_array(a, (size_t)n + 1, sizeof *codes);
    struct tr_dict *dict = tr_arena_alloc(a, sizeof *dict);
    struct tr_column to = { .name = "site_id",
                            .title = "Site",
                            .type = TR_TEXT };

    if (!codes || !dict)
        return false;
    for (uint32_t i = 0; i < n; i++)
        codes[i] = i;
    *dict = (struct tr_dict){ n, p->s->site_ids, n <= TEXTS_MOST_SORTED };
    to.dict = dict;
    to.values.codes = codes;
    if (dict->sorted) {
        const char **texts = tr_arena_array(a, (size_t)n + 1, sizeof *texts);
        uint32_t *order =
            tr_arena_array(p->scratch, (size_t)n + 1, sizeof *order);

        if (!texts || !order)
            return false;
        memcpy(order, codes, n * sizeof *order);
        if (!texts_order(p->s->site_ids, order, n))
            return false;
        for (uint32_t i = 0; i < n; i++) {
            texts[i] = p->s->site_ids[order[i]];
            codes[order[i]] = i;
        }
        dict->texts = texts;
    }
    columns_add(p->c, &to);
    return true;
}

/* ---- lists: all of a site's organisations, all of its layers ---- */

#define MAX_LISTED 64

/* The codes of a site's list, distinct and in order; codes compare as texts. */
static uint32_t list_codes(const struct plain *p, size_t site,
                           const uint32_t *code_of_layer, uint32_t *out)
{
    uint32_t first = p->s->first_occupation[site], n = 0;
    uint32_t last = p->s->first_occupation[site + 1];

    if (last - first > MAX_LISTED)
        last = first + MAX_LISTED;
    for (uint32_t o = first; o < last; o++) {
        uint32_t code = code_of_layer[p->s->occupations[o].layer], at = 0;

        while (at < n && out[at] < code)
            at++;
        if (code == NO_TEXT || (at < n && out[at] == code))
            continue;
        memmove(&out[at + 1], &out[at], (n - at) * sizeof *out);
        out[at] = code;
        n++;
    }
    return n;
}

/* Does every layer that some occupation is of have a code? */
static bool all_have_one(const struct plain *p, const uint32_t *code_of_layer)
{
    bool all = true;

    for (uint32_t o = 0; all && o < p->s->first_occupation[p->s->n_sites]; o++)
        all = code_of_layer[p->s->occupations[o].layer] != NO_TEXT;
    return all;
}

static bool fill_lists(const struct plain *p, const uint32_t *code_of_layer,
                       bool empty_is_missing, struct tr_column *to)
{
    size_t n = p->s->n_sites, at = 0, n_present = 0;
    size_t most = p->s->first_occupation[n];
    bool single = most == n && all_have_one(p, code_of_layer);
    uint32_t *starts =
        single ? NULL : tr_arena_array(p->c->a, n + 1, sizeof *starts);
    uint32_t *codes = tr_arena_array(p->scratch, most + 1, sizeof *codes);
    uint64_t *bits = tr_arena_array(p->c->a, n / 64 + 1, sizeof *bits);
    uint32_t list[MAX_LISTED + 1];

    if ((!starts && !single) || !codes || !bits)
        return false;
    for (size_t i = 0; i < n; i++) {
        uint32_t count = list_codes(p, i, code_of_layer, list);
        bool present = count || !empty_is_missing;

        memcpy(codes + at, list, count * sizeof *codes);
        at += count;
        if (starts)
            starts[i + 1] = (uint32_t)at;
        bits[i / 64] |= (uint64_t)present << (i % 64);
        n_present += present;
    }
    /* One each, as most sites have: the occupations' own offsets say so. */
    to->list_starts = starts ? starts : p->s->first_occupation;
    to->present = n_present == n ? NULL : bits;

    uint32_t *kept_codes = tr_arena_array(p->c->a, at, sizeof *codes);

    if (kept_codes && at)
        memcpy(kept_codes, codes, at * sizeof *codes);
    to->values.codes = kept_codes;
    return kept_codes != NULL;
}

/* A list of what the layers of a site's occupations stand for. */
static bool add_list(const struct plain *p, const char *name, const char *title,
                     const char *(*text)(const struct plain *, uint32_t),
                     bool empty_is_missing)
{
    size_t n = p->in->n_layers;
    uint32_t *code = tr_arena_array(p->scratch, n + 1, sizeof *code);
    bool *used = tr_arena_array(p->scratch, n + 1, sizeof *used);
    struct tr_column to = { .name = name, .title = title, .type = TR_LIST };
    const uint32_t *place = NULL;
    struct text_set set;
    bool ok = code && used;

    text_set_init(&set, p->scratch, NULL);
    for (uint32_t o = 0; ok && o < p->s->first_occupation[p->s->n_sites]; o++)
        used[p->s->occupations[o].layer] = true;
    for (uint32_t l = 0; ok && l < n; l++) {
        const char *t = used[l] ? text(p, l) : NULL;

        code[l] = NO_TEXT;
        ok = !t || text_set_add(&set, t, &code[l]);
    }
    ok = ok && text_set_dict(&set, p->c->a, &to.dict, &place) &&
         texts_pack(to.dict, p->c->a);
    for (size_t l = 0; ok && place && l < n; l++) {
        if (code[l] != NO_TEXT)
            code[l] = place[code[l]];
    }
    if (!ok || !fill_lists(p, code, empty_is_missing, &to))
        return false;
    columns_add(p->c, &to);
    return true;
}

/* ---- numbers ---- */

/* Its rows but for those that only answer for others. */
static uint32_t own_rows(const struct drafts *d, const struct site_draft *site)
{
    uint32_t n = 0;

    if (site->n == 1)
        return 1;
    for (uint32_t m = 0; m < site->n; m++)
        n += d->members[site->first + m].answers == NULL;
    return n;
}

static bool add_integers(const struct plain *p, const char *name,
                         const char *title,
                         bool (*value)(const struct plain *, size_t, int64_t *))
{
    size_t n = p->s->n_sites;
    int64_t *v = tr_arena_array(p->c->a, n + 1, sizeof *v);
    uint8_t *has = tr_arena_array(p->scratch, n + 1, 1);
    struct tr_column to = { .name = name, .title = title, .type = TR_INTEGER };

    for (size_t i = 0; v && has && i < n; i++)
        has[i] = value(p, i, &v[i]);
    to.values.integers = v;
    if (!v || !has || !tr_present_bits(has, n, p->c->a, &to.present))
        return false;
    columns_add(p->c, &to);
    return true;
}

static bool precision_at(const struct plain *p, size_t i, int64_t *out)
{
    *out = i < p->s->n_located ? p->s->precision_m[i] : 0;
    return i < p->s->n_located;
}

static bool occupations_at(const struct plain *p, size_t i, int64_t *out)
{
    *out = own_rows(p->d, &p->d->sites[i]);
    return true;
}

static bool add_dates(const struct plain *p, const char *name,
                      const char *title, bool missing_since)
{
    size_t n = p->s->n_sites;
    int32_t *v = tr_arena_array(p->c->a, n + 1, sizeof *v);
    uint8_t *has = tr_arena_array(p->scratch, n + 1, 1);
    struct tr_column to = { .name = name, .title = title, .type = TR_DATE };

    for (size_t i = 0; v && has && i < n; i++) {
        const struct tr_occupation *o = kept(p, i);
        int32_t date = missing_since ? o->missing_since : o->as_of;

        has[i] = date != TR_NO_DATE;
        v[i] = has[i] ? date : 0;
    }
    to.values.dates = v;
    if (!v || !has || !tr_present_bits(has, n, p->c->a, &to.present))
        return false;
    columns_add(p->c, &to);
    return true;
}

static bool add_all(const struct plain *p)
{
    if (!p->texts || !add_ids(p))
        return false;
    by_layer(p, "partner", "Partner", partner_of);
    by_layer(p, "organisation", "Organisation", code_of);
    if (!add_list(p, "partners", "All organisations", code_of, true))
        return false;
    by_layer(p, "layer", "Layer", layer_of);
    if (!add_list(p, "layers", "All layers", layer_of, false))
        return false;
    by_layer(p, "place", "Place", place_of);
    add_tier(p);
    add_coord_source(p);
    return add_integers(p, "precision_m", "Position precision", precision_at) &&
           add_dates(p, "missing_since", "Not in the source since", true) &&
           add_dates(p, "as_of", "Source speaks of", false) &&
           add_integers(p, "occupations", "Occupations", occupations_at);
}

enum tr_status tr_plain_columns(const struct tr_snapshot_input *in,
                                const struct drafts *d,
                                const char *const *coord_sources,
                                const struct tr_snapshot *s, struct columns *c,
                                struct tr_error *err)
{
    struct tr_arena scratch;
    struct plain p = { in, d, coord_sources, s, c, &scratch, NULL };
    bool ok;

    tr_arena_init(&scratch, SIZE_MAX);
    p.texts = tr_arena_array(&scratch, in->n_layers + 1, sizeof *p.texts);
    ok = add_all(&p);
    tr_arena_clear(&scratch);
    return !ok && !c->st ? tr_fail(err, TR_ENOMEM, no_memory) : c->st;
}
