/* measure_batch.c - what can be asked for all sites at once: how many rows lie
 * within the radius, and which is the nearest. Anything else is asked site by
 * site. */
#include <string.h>

#include "classify/measure_parts.h"

static const char no_memory[] = "no memory for the measures";

/* Sites that ask, or rows of a pool: where they are, how precisely. */
struct members {
    size_t n;
    const uint32_t *of; /* sites or rows; NULL: all from the first */
    const struct tr_position *at;
    const uint16_t *precision_m; /* NULL: exact */
};

static uint32_t member(const struct members *m, size_t i)
{
    return m->of ? m->of[i] : (uint32_t)i;
}

static enum tr_status gather(struct tr_arena *a, const uint32_t *of, size_t n,
                             const struct tr_position *at,
                             const uint16_t *precision_m, struct members *out,
                             struct tr_error *err)
{
    struct tr_position *positions;
    uint16_t *precision;

    *out = (struct members){ n, of, at, precision_m };
    if (!of)
        return TR_OK;
    positions = tr_arena_array(a, n + 1, sizeof *positions);
    precision = tr_arena_array(a, n + 1, sizeof *precision);
    if (!positions || !precision)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n; i++) {
        positions[i] = at[of[i]];
        precision[i] = precision_m ? precision_m[of[i]] : 0;
    }
    out->at = positions;
    out->precision_m = precision;
    return TR_OK;
}

static enum tr_status list_asked(const struct targets *t, struct members *out,
                                 struct tr_error *err)
{
    const struct tr_snapshot *s = t->in->s;
    uint32_t *sites = NULL;
    size_t n = 0;

    if (t->in->scope) {
        sites = tr_arena_array(t->in->arena, s->n_located + 1, sizeof *sites);
        if (!sites)
            return tr_fail(err, TR_ENOMEM, no_memory);
        for (size_t i = 0; i < s->n_located; i++) {
            if (bit_at(t->in->scope, i))
                sites[n++] = (uint32_t)i;
        }
    }
    return gather(t->in->arena, sites, sites ? n : s->n_located, s->positions,
                  s->precision_m, out, err);
}

/* ---- counts ---- */

#define MOST_CLASSES 16

/* Members of one precision. How far a site and a row may be apart depends on
 * the precision of both, so each pair of classes is one batch. */
struct class
{
    int64_t precision_mm;
    struct members m; /* m.of: places in the whole */
    const struct tr_near *near;
};

struct classes {
    size_t n; /* 0: there are too many */
    struct class of[MOST_CLASSES];
};

static int64_t precision_of(const struct members *m, size_t i)
{
    return m->precision_m ? m->precision_m[i] * INT64_C(1000) : 0;
}

static size_t class_of(const struct classes *c, int64_t precision_mm)
{
    size_t i = 0;

    while (i < c->n && c->of[i].precision_mm != precision_mm)
        i++;
    return i;
}

static enum tr_status make_classes(struct tr_arena *a, const struct members *m,
                                   struct classes *out, struct tr_error *err)
{
    struct classes c = { 0 };
    uint32_t *of[MOST_CLASSES];

    *out = c;
    for (size_t i = 0; i < m->n; i++) {
        size_t k = class_of(&c, precision_of(m, i));

        if (k == MOST_CLASSES)
            return TR_OK;
        if (k == c.n)
            c.of[c.n++].precision_mm = precision_of(m, i);
        c.of[k].m.n++;
    }
    for (size_t k = 0; k < c.n; k++) {
        of[k] = tr_arena_array(a, c.of[k].m.n, sizeof *of[k]);
        if (!of[k])
            return tr_fail(err, TR_ENOMEM, no_memory);
        c.of[k].m.n = 0;
    }
    for (size_t i = 0; i < m->n; i++) {
        size_t k = class_of(&c, precision_of(m, i));

        of[k][c.of[k].m.n++] = (uint32_t)i;
    }
    for (size_t k = 0; k < c.n; k++) {
        enum tr_status st =
            gather(a, of[k], c.of[k].m.n, m->at, NULL, &c.of[k].m, err);

        if (st)
            return st;
    }
    *out = c;
    return TR_OK;
}

static void free_near(void *p)
{
    tr_near_free(p);
}

static enum tr_status index_class(struct tr_arena *a, struct class *c,
                                  struct tr_error *err)
{
    struct tr_arena scratch; /* the index copies the coordinates */
    struct tr_near *near = NULL;
    int32_t *e, *n;
    enum tr_status st;

    tr_arena_init(&scratch, SIZE_MAX);
    e = tr_arena_array(&scratch, c->m.n, sizeof *e);
    n = tr_arena_array(&scratch, c->m.n, sizeof *n);
    for (size_t i = 0; e && n && i < c->m.n; i++) {
        e[i] = c->m.at[i].e_mm;
        n[i] = c->m.at[i].n_mm;
    }
    st = e && n ? tr_near_new(e, n, c->m.n, &near, err)
                : tr_fail(err, TR_ENOMEM, no_memory);
    tr_arena_clear(&scratch);
    if (!st)
        st = tr_arena_defer(a, free_near, near);
    c->near = near;
    return st;
}

struct counting {
    const struct targets *t;
    struct members asked;
    struct classes places, rows;
    const uint64_t *in_pool; /* of sites; NULL: all, or none are rows */
    uint32_t *found;         /* scratch: per asked */
};

/* Add what lies within `radius` of the sites of one class. A site that is among
 * the rows finds itself, at no distance. */
static enum tr_status add_counts(const struct counting *c,
                                 const struct class *places,
                                 const struct tr_near *near, int64_t radius,
                                 int64_t own_precision_mm, uint32_t *counts,
                                 struct tr_error *err)
{
    const struct targets *t = c->t;
    const struct members *m = &places->m;
    enum tr_status st = TR_OK;

    if (radius < 0)
        return TR_OK;
    st = tr_near_count_all(near, m->at, m->n, radius, t->in->threads, c->found,
                           err);
    for (size_t i = 0; i < m->n && !st; i++) {
        uint32_t site = member(&c->asked, member(m, i));
        bool itself =
            !t->layer && (!c->in_pool || bit_at(c->in_pool, site)) &&
            (own_precision_mm < 0 || own_precision_mm == places->precision_mm);

        counts[site] += c->found[i] - itself;
    }
    return st;
}

static enum tr_status count_which(const struct counting *c, enum which which,
                                  int64_t within_mm, uint32_t *counts,
                                  struct tr_error *err)
{
    const struct class all = { .m = { .n = c->asked.n, .at = c->asked.at } };
    enum tr_status st = TR_OK;

    if (which == AS_GIVEN)
        return add_counts(c, &all, c->t->all.near, within_mm, -1, counts, err);
    for (size_t i = 0; i < c->places.n && !st; i++) {
        for (size_t k = 0; k < c->rows.n && !st; k++) {
            int64_t off =
                c->places.of[i].precision_mm + c->rows.of[k].precision_mm;

            st = add_counts(c, &c->places.of[i], c->rows.of[k].near,
                            which == SURELY ? within_mm - off : within_mm + off,
                            c->rows.of[k].precision_mm, counts, err);
        }
    }
    return st;
}

/* Classes and their indexes; none where shapes or too many classes forbid. */
static enum tr_status prepare(struct counting *c, struct tr_error *err)
{
    const struct targets *t = c->t;
    struct members rows;
    uint64_t *bits;
    enum tr_status st = TR_OK;

    if (!t->layer && t->all.rows) {
        bits = tr_arena_array(t->in->arena, bit_words(t->n_rows), sizeof *bits);
        if (!bits)
            return tr_fail(err, TR_ENOMEM, no_memory);
        for (size_t i = 0; i < t->all.n; i++)
            bit_set(bits, t->all.rows[i]);
        c->in_pool = bits;
    }
    if (t->shapes)
        return TR_OK;
    st = gather(t->in->arena, t->all.rows, t->all.n, t->positions,
                t->precision_m, &rows, err);
    if (!st)
        st = make_classes(t->in->arena, &c->asked, &c->places, err);
    if (!st)
        st = make_classes(t->in->arena, &rows, &c->rows, err);
    if (c->rows.n == 1)
        c->rows.of[0].near = t->all.near;
    for (size_t k = 0; k < c->rows.n && c->rows.n > 1 && !st; k++)
        st = index_class(t->in->arena, &c->rows.of[k], err);
    return st;
}

enum tr_status batch_counts(const struct targets *t, int64_t within_mm,
                            const uint32_t *out[3], struct tr_error *err)
{
    struct counting c = { .t = t };
    uint32_t *counts[3] = { NULL, NULL, NULL };
    enum tr_status st;

    if (t->rule->among)
        return TR_OK;
    st = list_asked(t, &c.asked, err);
    if (!st)
        st = prepare(&c, err);
    c.found = tr_arena_array(t->in->arena, c.asked.n + 1, sizeof *c.found);
    if (!st && !c.found)
        st = tr_fail(err, TR_ENOMEM, no_memory);
    for (int w = 0; w < 3 && !st; w++) {
        if (w != AS_GIVEN && (!c.places.n || !c.rows.n))
            continue;
        counts[w] = tr_arena_array(t->in->arena, t->in->s->n_located + 1,
                                   sizeof *counts[w]);
        st = counts[w]
                 ? count_which(&c, (enum which)w, within_mm, counts[w], err)
                 : tr_fail(err, TR_ENOMEM, no_memory);
    }
    for (int w = 0; w < 3 && !st; w++)
        out[w] = counts[w];
    return st;
}

/* ---- the nearest ---- */

struct asking {
    const struct targets *t;
    const struct members *q;
};

static bool accept(const void *context, size_t place, uint32_t item)
{
    const struct asking *a = context;

    return targets_qualifies(a->t, member(a->q, place),
                             a->t->all.rows ? a->t->all.rows[item] : item);
}

/* A site is of its partner's kind, and of a kind of its own where it has none
 * or several or where partners do not matter. `*plain`: kinds say it all. */
static uint32_t kind_of(const struct targets *t, size_t site, bool *plain)
{
    bool others = t->rule->among & RULE_OTHER_PARTNERS;
    uint32_t n_partners =
        others && t->partners ? (uint32_t)t->partners->dict->n : 0;
    const uint32_t *codes;

    if (others && list_codes(t->partners, site, &codes) == 1)
        return codes[0];
    *plain = *plain && !others;
    return n_partners + (uint32_t)site;
}

static enum tr_status make_kinds(const struct targets *t, struct asking *a,
                                 struct tr_near_kinds *out,
                                 struct tr_error *err)
{
    size_t n = t->all.n;
    uint32_t *of_item = tr_arena_array(t->in->arena, n + 1, sizeof *of_item);
    uint32_t *of_place =
        tr_arena_array(t->in->arena, a->q->n + 1, sizeof *of_place);
    bool plain = true;

    if (!of_item || !of_place)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n; i++)
        of_item[i] = kind_of(t, t->all.rows ? t->all.rows[i] : i, &plain);
    for (size_t i = 0; i < a->q->n; i++)
        of_place[i] = kind_of(t, member(a->q, i), &plain);
    *out =
        (struct tr_near_kinds){ of_item, of_place, plain ? NULL : accept, a };
    return TR_OK;
}

enum tr_status batch_nearest(const struct targets *t,
                             const struct tr_nearest **out,
                             struct tr_error *err)
{
    struct tr_nearest *found, *nearest;
    struct tr_near_kinds kinds;
    struct members q;
    struct asking a = { t, &q };
    enum tr_status st;

    if (t->shapes || t->rule->among & RULE_SAME_SERVICE)
        return TR_OK;
    st = list_asked(t, &q, err);
    if (!st && !t->layer)
        st = make_kinds(t, &a, &kinds, err);
    if (st)
        return st;
    nearest =
        tr_arena_array(t->in->arena, t->in->s->n_located + 1, sizeof *nearest);
    found = tr_arena_array(t->in->arena, q.n + 1, sizeof *found);
    if (!nearest || !found)
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = tr_near_nearest_all(t->all.near, q.at, q.n, t->layer ? NULL : &kinds,
                             t->in->threads, found, err);
    for (size_t i = 0; i < q.n && !st; i++) {
        struct tr_nearest r = found[i];

        if (r.item != TR_NEAR_NONE && t->all.rows)
            r.item = t->all.rows[r.item];
        nearest[member(&q, i)] = r;
    }
    if (!st)
        *out = nearest;
    return st;
}
