/* match_doubles.c - one UPRN on several rows of a layer, and why. See match.h.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/match.h"

#define NEVER_MM 250000
#define NEAR_MM  100000

static const char no_memory[] = "no memory left for the doubled UPRNs";

static const char *text_at(const struct tr_column *c, size_t row)
{
    return c && tr_has(c, row) ? tr_text_at(c, row) : NULL;
}

/* -1: not known. */
static int64_t distance_mm(const struct tr_snapshot *s, uint32_t a, uint32_t b)
{
    if (a >= s->n_located || b >= s->n_located)
        return -1;

    double e = (double)s->positions[a].e_mm - s->positions[b].e_mm;
    double n = (double)s->positions[a].n_mm - s->positions[b].n_mm;

    return (int64_t)floor(hypot(e, n));
}

struct with_uprn {
    uint32_t layer, site, occupation;
    const char *uprn;
};

static int by_layer_and_uprn(const void *a, const void *b)
{
    const struct with_uprn *x = a, *y = b;

    if (x->layer != y->layer)
        return x->layer < y->layer ? -1 : 1;

    int d = strcmp(x->uprn, y->uprn);

    return d ? d : x->occupation < y->occupation ? -1 : 1;
}

static const char *row_text(const struct tr_snapshot *s,
                            const struct with_uprn *w, const char *column)
{
    uint32_t joined = s->occupations[w->occupation].joined_row;
    bool alone = joined == TR_NO_ROW;

    return text_at(tr_table_column(alone ? &s->sites : &s->joined, column),
                   alone ? w->site : joined);
}

static const char *why_doubled(const struct tr_snapshot *s,
                               const struct with_uprn *w, size_t n)
{
    size_t land = 0, parents = 0, same_site = 0, same_postcode = 0;
    int64_t far = 0;

    for (size_t i = 0; i < n; i++) {
        const char *holding = row_text(s, &w[i], "holding_type");
        const char *role = row_text(s, &w[i], "uprn_role");
        const char *first = row_text(s, &w[0], "postcode");
        const char *own = row_text(s, &w[i], "postcode");
        int64_t d = distance_mm(s, w[0].site, w[i].site);

        land += holding && strcmp(holding, "land") == 0;
        parents += role && strcmp(role, "parent") == 0;
        same_site += w[i].site == w[0].site;
        same_postcode += first && own && strcmp(first, own) == 0;
        far = d > far ? d : far;
    }
    if (far > NEVER_MM)
        return "over 250 m apart: one of them has another's UPRN";
    if (same_site == n)
        return "one site already";
    if (parents || (land && land < n))
        return "parent and child: land or a campus, and buildings on it";
    if (same_postcode == n || (far && far <= NEAR_MM))
        return "a shared building: parts of one address";
    return "not known: ask the owner which address each part has";
}

static const char *list_keys(const struct tr_snapshot *s, struct tr_arena *a,
                             const struct with_uprn *w, size_t n)
{
    const char *keys = "";

    for (size_t i = 0; keys && i < n; i++)
        keys = tr_arena_printf(a, "%s%s%s", keys, i ? "; " : "",
                               s->occupations[w[i].occupation].key);
    return keys;
}

static size_t list_uprns(const struct tr_snapshot *s, struct with_uprn *list)
{
    size_t n = 0;

    for (uint32_t i = 0; i < s->n_sites; i++) {
        for (uint32_t o = s->first_occupation[i];
             o < s->first_occupation[i + 1]; o++) {
            struct with_uprn w = { s->occupations[o].layer, i, o, NULL };

            w.uprn = row_text(s, &w, "uprn");
            if (w.uprn && !s->layers[w.layer].answers_for)
                list[n++] = w;
        }
    }
    return n;
}

enum tr_status match_doubles(const struct tr_snapshot *s, struct tr_arena *a,
                             const struct match_double **out, size_t *n,
                             struct tr_error *err)
{
    size_t rows = s->first_occupation[s->n_sites], count = 0;
    struct with_uprn *all = tr_arena_array(a, rows + 1, sizeof *all);
    struct match_double *list = tr_arena_array(a, rows + 1, sizeof *list);

    if (!all || !list)
        return tr_fail(err, TR_ENOMEM, no_memory);
    rows = list_uprns(s, all);
    qsort(all, rows, sizeof *all, by_layer_and_uprn);
    for (size_t i = 0, end; i < rows; i = end) {
        for (end = i + 1; end < rows && all[end].layer == all[i].layer &&
                          strcmp(all[end].uprn, all[i].uprn) == 0;)
            end++;
        if (end - i < 2)
            continue;
        list[count] = (struct match_double){
            .uprn = all[i].uprn,
            .layer = all[i].layer,
            .n = end - i,
            .why = why_doubled(s, &all[i], end - i),
            .keys = list_keys(s, a, &all[i], end - i),
        };
        if (!list[count++].keys)
            return tr_fail(err, TR_ENOMEM, no_memory);
    }
    *out = list;
    *n = count;
    return TR_OK;
}
