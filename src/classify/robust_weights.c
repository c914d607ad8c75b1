/* robust_weights.c - the weights of every draw. */
#include <math.h>

#include "classify/philox.h"
#include "classify/robust_parts.h"

/* A stream of numbers of one draw and criterion. */
struct stream {
    uint64_t seed;
    uint32_t draw, criterion, block, used;
    uint32_t word[4];
};

/* Uniform in (0, 1), 53 bits: never 0, never 1. */
static double uniform(struct stream *s)
{
    uint64_t bits;

    if (s->used == 0) {
        s->word[0] = s->draw;
        s->word[1] = s->block++;
        s->word[2] = s->criterion;
        s->word[3] = ROBUST_WEIGHTS;
        philox_one(s->word, s->seed);
    }
    bits = (uint64_t)s->word[s->used] << 21 ^ s->word[s->used + 1] >> 11;
    s->used = (s->used + 2) % 4;
    return ((double)(bits & ((UINT64_C(1) << 53) - 1)) + 0.5) *
           (1.0 / 9007199254740992.0);
}

static double normal(struct stream *s) /* Box and Muller, 1958 */
{
    double radius = sqrt(-2 * log(uniform(s)));

    return radius * cos(6.283185307179586477 * uniform(s));
}

static double gamma_variate(struct stream *s, double shape)
{
    double d, c;

    if (shape <= 0)
        return 0;
    if (shape < 1)
        return gamma_variate(s, shape + 1) * pow(uniform(s), 1 / shape);
    d = shape - 1.0 / 3;
    c = 1 / sqrt(9 * d);
    for (;;) {
        double x = normal(s), v = 1 + c * x, u;

        if (v <= 0)
            continue;
        v = v * v * v;
        u = uniform(s);
        if (log(u) < x * x / 2 + d - d * v + d * log(v))
            return d * v;
    }
}

/* Rounded so that the weights of the axis are ROBUST_ONE exactly. */
static void draw_axis(const struct tr_rules *r, int a, size_t draw,
                      struct stream s, double *part, struct weights *out)
{
    size_t first = r->first[a], last = r->first[a + 1];
    double all = 0, sum = 0;
    long before = 0;

    for (size_t k = first; k < last; k++) {
        double share = (double)r->criteria[k].weight / (double)r->weight[a];

        s.draw = (uint32_t)draw;
        s.criterion = (uint32_t)k;
        s.block = s.used = 0;
        part[k] = gamma_variate(&s, (double)r->concentration * share);
        all += part[k];
    }
    for (size_t k = first; k < last; k++) {
        long upto;

        sum += all > 0 ? part[k] : r->criteria[k].weight;
        upto =
            lround(sum / (all > 0 ? all : (double)r->weight[a]) * ROBUST_ONE);
        upto = k + 1 == last ? ROBUST_ONE : upto;
        out->at[k * out->padded + draw] = (int16_t)(upto - before);
        before = upto;
    }
}

static enum tr_status draw_some(void *context, size_t first, size_t last,
                                unsigned worker, struct tr_error *err)
{
    struct weights *w = context;
    const struct tr_rules *r = w->rules;
    struct tr_arena scratch;
    double *part;

    (void)worker;
    tr_arena_init(&scratch, (size_t)1 << 24);
    part = tr_arena_array(&scratch, r->n_criteria + 1, sizeof *part);
    for (size_t d = first; d < last && part; d++) {
        for (int a = 0; a < TR_AXES; a++) {
            if (r->weight[a])
                draw_axis(r, a, d, (struct stream){ .seed = w->seed }, part, w);
        }
    }
    tr_arena_clear(&scratch);
    return part ? TR_OK : tr_fail(err, TR_ENOMEM, "no memory for the draws");
}

enum tr_status robust_weights(struct weights *w, size_t draws, unsigned threads,
                              struct tr_error *err)
{
    return tr_thread_run(draws, ROBUST_CHUNK, threads, draw_some, w, err);
}
