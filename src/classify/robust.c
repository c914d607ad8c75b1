/* robust.c - the classes of all draws of a site, counted. See robust.h. */
#include "classify/robust.h"

#include <string.h>

#include "classify/philox.h"
#include "classify/robust_parts.h"
#include "terrier/hash.h"

#define LANE_DRAWS                                                             \
    ((size_t)8 * PHILOX_LANES) /* eight 16-bit numbers a counter */
#define OPEN_CELL TR_CLASSES   /* more than one class left open */

_Static_assert(ROBUST_CHUNK % LANE_DRAWS == 0, "chunks are whole lanes");

static const char no_memory[] = "no memory for the draws";

/* ---- the table of classes ---- */

static void add_level(int32_t *list, size_t *n, int32_t least)
{
    size_t at = 0;

    while (at < *n && list[at] < least)
        at++;
    if (least == RULE_NONE || (at < *n && list[at] == least))
        return;
    memmove(list + at + 1, list + at, (*n - at) * sizeof *list);
    list[at] = least;
    ++*n;
}

static enum tr_status find_levels(struct robust *r, struct tr_arena *a,
                                  struct tr_error *err)
{
    const struct tr_rules *rules = r->rules;

    r->n_cells = 1;
    for (int x = 0; x < TR_AXES; x++) {
        struct robust_levels *levels = &r->levels[x];
        int32_t *list = tr_arena_array(a, rules->n_lines + 2, sizeof *list);

        if (!list)
            return tr_fail(err, TR_ENOMEM, no_memory);
        if (rules->weight[x] && rules->has_key)
            add_level(list, &levels->n, rules->key_least[x]);
        for (size_t i = 0; rules->weight[x] && i < rules->n_lines; i++)
            add_level(list, &levels->n, rules->lines[i].below[x]);
        levels->least = list;
        levels->stride = r->n_cells;
        r->n_cells *= levels->n + 1;
        if (r->n_cells > 100000)
            return tr_fail(err, TR_ELIMIT,
                           "%s: too many different thresholds for robustness",
                           rules->file);
    }
    return TR_OK;
}

static uint8_t class_of_cell(const struct robust *r, size_t cell,
                             const struct rule_gate *floor)
{
    struct axis_sum axis[TR_AXES];
    uint8_t open;

    for (int x = 0; x < TR_AXES; x++) {
        const struct robust_levels *l = &r->levels[x];
        size_t stride = l->stride ? l->stride : 1;
        size_t level = cell / stride % (l->n + 1);
        int64_t any = r->rules->weight[x] != 0;

        axis[x] =
            (struct axis_sum){ level ? l->least[level - 1] : -1, any, any };
    }
    open = verdict_open(verdict_key(r->rules, axis),
                        verdict_surplus(r->rules, axis, true), floor);
    for (unsigned c = 0; c < TR_CLASSES; c++) {
        if (open == 1u << c)
            return (uint8_t)c;
    }
    return OPEN_CELL;
}

static enum tr_status fill_cells(struct robust *r, struct tr_arena *a,
                                 struct tr_error *err)
{
    static const struct rule_gate floors[] = { { .class_ = TR_SURPLUS },
                                               { .class_ = TR_CORE },
                                               { .class_ = TR_KEY } };

    for (size_t f = 0; f < 4; f++) {
        uint8_t *classes = tr_arena_alloc(a, r->n_cells);

        if (!classes)
            return tr_fail(err, TR_ENOMEM, no_memory);
        for (size_t i = 0; i < r->n_cells; i++)
            classes[i] = class_of_cell(r, i, f ? &floors[f - 1] : NULL);
        r->classes[f] = classes;
    }
    return TR_OK;
}

enum tr_status robust_make(const struct tr_rules *rules, int64_t draws,
                           uint64_t seed, struct tr_arena *a,
                           struct robust *out, struct tr_error *err)
{
    struct robust r = { .rules = rules, .draws = draws, .seed = seed };
    struct weights w = { .rules = rules, .seed = seed };
    enum tr_status st;

    r.padded = ((size_t)draws + ROBUST_CHUNK - 1) / ROBUST_CHUNK * ROBUST_CHUNK;
    w.padded = r.padded;
    w.at = tr_arena_array(a, (rules->n_criteria + 1) * r.padded, sizeof *w.at);
    r.weights = w.at;
    st = w.at ? find_levels(&r, a, err) : tr_fail(err, TR_ENOMEM, no_memory);
    if (!st)
        st = fill_cells(&r, a, err);
    if (!st)
        st = robust_weights(&w, (size_t)draws, 0, err);
    if (!st)
        *out = r;
    return st;
}

/* ---- counting ---- */

struct robust_scratch {
    int32_t sum[ROBUST_CHUNK], cell[ROBUST_CHUNK];
    int16_t score[ROBUST_CHUNK];
    struct philox random;
    uint32_t *cells; /* draws that fell in each */
};

struct robust_scratch *robust_scratch_new(const struct robust *r,
                                          struct tr_arena *a)
{
    struct robust_scratch *s = tr_arena_alloc(a, sizeof *s);

    if (s)
        s->cells = tr_arena_array(a, r->n_cells, sizeof *s->cells);
    return s && s->cells ? s : NULL;
}

/* Loops of fixed length over arrays that do not overlap: the compiler turns
 * them into vector instructions. */

static void add_known(const int16_t *restrict weight, int16_t score,
                      int32_t *restrict sum)
{
    for (size_t d = 0; d < ROBUST_CHUNK; d++)
        sum[d] += weight[d] * score;
}

static void add_drawn(const int16_t *restrict weight,
                      const int16_t *restrict score, int32_t *restrict sum)
{
    for (size_t d = 0; d < ROBUST_CHUNK; d++)
        sum[d] += weight[d] * score[d];
}

static void add_level_reached(const int32_t *restrict sum, int32_t least,
                              int32_t stride, int32_t *restrict cell)
{
    for (size_t d = 0; d < ROBUST_CHUNK; d++)
        cell[d] += sum[d] >= least ? stride : 0;
}

/* 0..10000, each as likely, of the halves of a word. */
static inline int16_t score_of(uint32_t half)
{
    return (int16_t)((half * (RULE_FULL + 1)) >> 16);
}

/* The missing scores of one criterion in one chunk of draws. */
static void draw_scores(struct robust_scratch *s, uint64_t seed, uint64_t site,
                        uint32_t criterion, uint32_t chunk)
{
    const uint32_t runs = (uint32_t)(ROBUST_CHUNK / LANE_DRAWS);

    for (uint32_t run = 0; run < runs; run++) {
        int16_t *out = s->score + (size_t)run * LANE_DRAWS;
        struct philox *x = &s->random;

        for (uint32_t i = 0; i < PHILOX_LANES; i++) {
            x->word[0][i] = (uint32_t)site;
            x->word[1][i] = (uint32_t)(site >> 32);
            x->word[2][i] = criterion;
            x->word[3][i] = (chunk * runs + run) * PHILOX_LANES + i;
        }
        philox_lanes(x, seed);
        for (size_t w = 0; w < 4; w++) {
            for (size_t i = 0; i < PHILOX_LANES; i++) {
                uint32_t u = x->word[w][i];

                out[2 * w * PHILOX_LANES + i] = score_of(u & 0xFFFF);
                out[2 * w * PHILOX_LANES + PHILOX_LANES + i] =
                    score_of(u >> 16);
            }
        }
    }
}

static void count_chunk(const struct robust *r, struct robust_scratch *s,
                        uint64_t site, struct site_scores given, uint32_t chunk)
{
    size_t from = (size_t)chunk * ROBUST_CHUNK;
    size_t n = (size_t)r->draws - from;

    memset(s->cell, 0, sizeof s->cell);
    for (int x = 0; x < TR_AXES; x++) {
        const struct robust_levels *l = &r->levels[x];

        if (l->n == 0)
            continue;
        memset(s->sum, 0, sizeof s->sum);
        for (size_t k = r->rules->first[x]; k < r->rules->first[x + 1]; k++) {
            const int16_t *weight = r->weights + k * r->padded + from;
            int32_t score = given.scores[k * given.stride];

            if (score == RULE_NONE) {
                draw_scores(s, r->seed, site, (uint32_t)k, chunk);
                add_drawn(weight, s->score, s->sum);
            } else {
                add_known(weight, (int16_t)score, s->sum);
            }
        }
        for (size_t i = 0; i < l->n; i++)
            add_level_reached(s->sum, l->least[i] * ROBUST_ONE,
                              (int32_t)l->stride, s->cell);
    }
    for (size_t d = 0; d < ROBUST_CHUNK && d < n; d++)
        s->cells[s->cell[d]]++;
}

static uint64_t site_key(const char *site_id)
{
    struct tr_digest digest = tr_hash_bytes(site_id, strlen(site_id));
    uint64_t key = 0;

    for (int i = 0; i < 8; i++)
        key = key << 8 | digest.bytes[i];
    return key;
}

void robust_count(const struct robust *r, struct robust_scratch *s,
                  const char *site_id, struct site_scores given,
                  const struct rule_gate *floor, uint32_t out[TR_CLASSES])
{
    const uint8_t *classes = r->classes[!floor                     ? 0
                                        : floor->class_ == TR_KEY  ? 3
                                        : floor->class_ == TR_CORE ? 2
                                                                   : 1];
    enum tr_class open = floor ? floor->class_ : TR_UNCLASSIFIED;
    uint64_t site = site_key(site_id);

    memset(s->cells, 0, r->n_cells * sizeof *s->cells);
    memset(out, 0, TR_CLASSES * sizeof *out);
    for (uint32_t c = 0; c < r->padded / ROBUST_CHUNK; c++)
        count_chunk(r, s, site, given, c);
    for (size_t i = 0; i < r->n_cells; i++)
        out[classes[i] == OPEN_CELL ? open : classes[i]] += s->cells[i];
}
