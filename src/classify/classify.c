/* classify.c - a whole classification: facts, measures, blocks of sites on
 * several threads, and the results in the order of site_id. */
#include "terrier/classify.h"

#include <stdlib.h>
#include <string.h>

#include "classify/explain.h"
#include "classify/explain_parts.h"
#include "terrier/thread.h"

#define BLOCK_BYTES  ((size_t)1 << 30) /* of scratch memory */
#define TEXT_BYTES   ((size_t)1 << 30) /* of results of one block */
#define REASON_BYTES 65536
#define USUAL_TEXT   320 /* of flags and reason: to begin with */

static const char no_memory[] = "no memory for the classification";

/* ---- one block ---- */

struct offsets {
    size_t flags, reason, json;
};

struct writing { /* of one block */
    const struct classing *c;
    struct block b;
    struct flipper *flipper; /* NULL: what would change a class is not said */
    struct flips flips;
    struct tr_buf reason, *text;
};

static enum tr_status write_site(struct writing *w, size_t i,
                                 struct offsets *at, struct tr_error *err)
{
    struct tr_buf *text = w->text;
    enum tr_status st = TR_OK;

    tr_buf_reset(&w->reason);
    at->flags = text->len;
    explain_flags(w->c, &w->b, i, text);
    tr_buf_byte(text, 0);
    at->reason = text->len;
    explain_reason(w->c, &w->b, i, &w->reason);
    tr_buf_add(text, w->reason.data, w->reason.len);
    tr_buf_byte(text, 0);
    at->json = text->len;
    if (w->reason.failed && !text->failed)
        text->failed = w->reason.failed;
    if (w->c->options->without_json)
        return TR_OK;
    if (w->flipper)
        st = flips_find(w->flipper, &w->b, i, &w->flips, err);
    explain_json(w->c, &w->b, i, tr_buf_text(&w->reason),
                 w->flipper ? &w->flips : NULL, text);
    tr_buf_byte(text, 0);
    return st;
}

static void fill(const struct classing *c, const struct block *b, size_t i,
                 const struct tr_buf *text, const struct offsets *at)
{
    const struct verdict *v = &b->verdicts[i];
    struct tr_site_result *r = &c->results[b->first + i];
    const char *base = (const char *)text->data;

    r->site = b->first + i;
    r->class_ = v->class_;
    r->possible = v->possible;
    for (int a = 0; a < TR_AXES; a++)
        r->axis[a] = verdict_score(&v->axis[a]);
    r->coverage_pct = v->coverage_pct;
    r->robustness = b->robustness[i];
    r->basis = v->basis;
    r->flags = base + at->flags;
    r->reason = base + at->reason;
    r->json = c->options->without_json ? NULL : base + at->json;
}

static bool wanted(const struct classing *c, size_t row)
{
    return !c->scope || bit_at(c->scope, row);
}

static enum tr_status write_block(struct writing *w, struct offsets *at,
                                  struct tr_error *err)
{
    const struct classing *c = w->c;
    size_t first = w->b.first, n = w->b.n;
    enum tr_status st = TR_OK;

    for (size_t i = 0; i < n && !st; i++) {
        if (wanted(c, first + i))
            st = write_site(w, i, &at[i], err);
    }
    if (!st)
        st = tr_buf_status(w->text, "the explanations", err);
    for (size_t i = 0; i < n && !st; i++) {
        if (wanted(c, first + i))
            fill(c, &w->b, i, w->text, &at[i]);
    }
    return st;
}

static enum tr_status classify_block(void *context, size_t first, size_t last,
                                     unsigned worker, struct tr_error *err)
{
    const struct classing *c = context;
    struct writing w = { .c = c, .text = &c->texts[first / CLASSING_BLOCK] };
    bool flips = !c->options->without_json && !c->options->without_flips &&
                 c->s->n_sites <= TR_MOST_FLIPPED;
    struct tr_arena *scratch = &c->scratch[worker];
    struct offsets *at;
    enum tr_status st;

    tr_buf_init(w.text, TEXT_BYTES);
    tr_buf_init(&w.reason, REASON_BYTES);
    tr_buf_room(w.text, (last - first) * USUAL_TEXT);
    at = tr_arena_array(scratch, last - first, sizeof *at);
    st = at ? block_evaluate(c, first, last, scratch, &w.b, err)
            : tr_fail(err, TR_ENOMEM, no_memory);
    if (!st)
        st = block_draw(c, &w.b, err);
    if (!st && flips)
        st = flipper_new(c, scratch, &w.flipper, err);
    if (!st)
        st = write_block(&w, at, err);
    tr_buf_clear(&w.reason);
    tr_arena_reset(scratch);
    return st;
}

/* ---- the results ---- */

struct texts {
    size_t n;
    struct tr_buf *bufs;
};

static void free_texts(void *p)
{
    struct texts *t = p;

    for (size_t i = 0; i < t->n; i++)
        tr_buf_clear(&t->bufs[i]);
}

struct ranked { /* a site's id and where it stands */
    uint64_t
        head[2]; /* the first 16 bytes of the id, as numbers in its order */
    const char *id;
    size_t row;
};

static uint64_t bytes_of(const char *s, size_t *at)
{
    uint64_t v = 0;

    for (int k = 0; k < 8; k++) {
        v = v << 8 | (unsigned char)s[*at];
        *at += s[*at] != 0;
    }
    return v;
}

static int order_ids(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    for (int k = 0; k < 2; k++) {
        if (x->head[k] != y->head[k])
            return x->head[k] < y->head[k] ? -1 : 1;
    }
    return strcmp(x->id, y->id);
}

static void digest_site(struct tr_hasher *h, const struct tr_snapshot *s,
                        const struct tr_site_result *r)
{
    unsigned char small[3 + 8 * TR_AXES];
    size_t n = 0;

    tr_hash_text(h, s->site_ids[r->site]);
    small[n++] = (unsigned char)r->class_;
    small[n++] = r->possible;
    small[n++] = (unsigned char)r->coverage_pct;
    for (int a = 0; a < TR_AXES; a++) {
        uint32_t points = (uint32_t)r->axis[a].points_100;
        uint32_t pct = (uint32_t)r->axis[a].coverage_pct;

        for (int k = 0; k < 4; k++) {
            small[n++] = (unsigned char)(points >> (8 * k));
            small[n++] = (unsigned char)(pct >> (8 * k));
        }
    }
    tr_hash_add(h, small, n);
    for (int k = 0; k < TR_CLASSES && r->robustness.draws; k++)
        tr_hash_int(h, r->robustness.count[k]);
    tr_hash_text(h, r->basis);
    tr_hash_text(h, r->flags);
    tr_hash_text(h, r->reason);
}

#define GATHER_GRAIN 4096

struct gathering {
    const struct classing *c;
    size_t n;
    struct ranked *ranked;
    struct tr_site_result *sites;
    struct tr_digest *digests; /* of each GATHER_GRAIN results */
};

static enum tr_status gather_some(void *context, size_t first, size_t last,
                                  unsigned worker, struct tr_error *err)
{
    struct gathering *g = context;
    struct tr_hasher h;

    (void)worker;
    (void)err;
    tr_hash_init(&h);
    for (size_t i = first; i < last; i++) {
        g->sites[i] = g->c->results[g->ranked[i].row];
        digest_site(&h, g->c->s, &g->sites[i]);
    }
    g->digests[first / GATHER_GRAIN] = tr_hash_end(&h);
    return TR_OK;
}

static void rank_sites(struct gathering *g)
{
    const struct classing *c = g->c;
    bool ordered = true;

    for (size_t i = 0; i < c->s->n_sites; i++) {
        struct ranked *r = &g->ranked[g->n];
        size_t at = 0;

        if (c->scope && !bit_at(c->scope, i))
            continue;
        r->id = c->s->site_ids[i];
        r->row = i;
        r->head[0] = bytes_of(r->id, &at);
        r->head[1] = bytes_of(r->id, &at);
        ordered = ordered && (g->n == 0 || order_ids(r - 1, r) <= 0);
        g->n++;
    }
    if (!ordered)
        qsort(g->ranked, g->n, sizeof *g->ranked, order_ids);
}

static void digest_all(const struct gathering *g, struct tr_digest *out)
{
    const struct classing *c = g->c;
    struct tr_hasher h;

    tr_hash_init(&h);
    tr_hash_text(&h, c->s->version);
    tr_hash_text(&h, c->rules->source);
    tr_hash_int(&h, c->options->as_of);
    tr_hash_int(&h, c->options->seed);
    tr_hash_int(&h, c->robust.draws);
    for (size_t i = 0; i * GATHER_GRAIN < g->n; i++)
        tr_hash_add(&h, g->digests[i].bytes, TR_DIGEST_BYTES);
    *out = tr_hash_end(&h);
}

static enum tr_status gather(const struct classing *c,
                             const struct tr_results **out,
                             struct tr_error *err)
{
    size_t n_sites = c->s->n_sites;
    struct tr_arena *a = c->arena;
    struct gathering g = { .c = c };
    struct tr_results *results = tr_arena_alloc(a, sizeof *results);
    enum tr_status st;

    g.ranked = tr_arena_array(a, n_sites + 1, sizeof *g.ranked);
    g.sites = tr_arena_array(a, n_sites + 1, sizeof *g.sites);
    g.digests =
        tr_arena_array(a, n_sites / GATHER_GRAIN + 1, sizeof *g.digests);
    if (!g.ranked || !g.sites || !g.digests || !results)
        return tr_fail(err, TR_ENOMEM, no_memory);
    rank_sites(&g);
    st = tr_thread_run(g.n, GATHER_GRAIN, c->options->threads, gather_some, &g,
                       err);
    for (size_t i = 0; i < g.n && !st; i++)
        results->counts[g.sites[i].class_]++;
    digest_all(&g, &results->digest);
    results->n = g.n;
    results->sites = g.sites;
    *out = results;
    return st;
}

/* ---- getting ready ---- */

static enum tr_status find_scope(struct classing *c, struct tr_error *err)
{
    struct tr_cql2_env env = { .as_of = c->options->as_of };
    const struct tr_cql2_bound *b = NULL;
    size_t n = c->s->n_sites;
    uint64_t *yes, *unknown;
    enum tr_status st;

    if (!c->options->scope)
        return TR_OK;
    yes = tr_arena_array(c->arena, bit_words(n), sizeof *yes);
    unknown = tr_arena_array(c->arena, bit_words(n), sizeof *unknown);
    if (!yes || !unknown)
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = tr_cql2_bind(c->options->scope, &c->s->sites, &env, c->arena, &b, err);
    if (!st && tr_cql2_type(b) != TR_BOOLEAN)
        return tr_fail(err, TR_EINVAL, "the scope must be a condition");
    if (!st)
        st = tr_cql2_filter(b, 0, n, yes, unknown, c->arena, err);
    c->scope = yes;
    return st;
}

static enum tr_status take_measures(struct classing *c, struct tr_error *err)
{
    struct measure_input in = { .s = c->s,
                                .rules = c->rules,
                                .facts = &c->facts.base,
                                .env = { .as_of = c->options->as_of },
                                .scope = c->scope,
                                .threads = c->options->threads,
                                .arena = c->arena };
    struct measure *measures = NULL;
    enum tr_status st = measures_take(&in, &measures, err);

    c->measures = measures;
    return st;
}

static enum tr_status get_ready(struct classing *c, struct tr_error *err)
{
    size_t n = c->s->n_sites / CLASSING_BLOCK + 1;
    struct texts *texts = tr_arena_alloc(c->arena, sizeof *texts);
    enum tr_status st;

    c->texts = tr_arena_array(c->arena, n, sizeof *c->texts);
    c->results =
        tr_arena_array(c->arena, c->s->n_sites + 1, sizeof *c->results);
    if (!texts || !c->texts || !c->results)
        return tr_fail(err, TR_ENOMEM, no_memory);
    *texts = (struct texts){ n, c->texts };
    if (tr_arena_defer(c->arena, free_texts, texts))
        return tr_fail(err, TR_ENOMEM, no_memory);
    st =
        facts_base(c->s, c->rules, c->options->as_of, c->arena, &c->facts, err);
    if (!st)
        st = find_scope(c, err);
    if (!st)
        st = take_measures(c, err);
    if (!st)
        st = facts_add(&c->facts, c->s, c->rules, c->measures, c->arena, err);
    return st ? st : classing_bind(c, err);
}

const char *tr_robust_name(enum tr_robust word)
{
    static const char *const names[] = { "", "robust", "leaning", "contested" };

    return names[word];
}

static enum tr_status get_draws(struct classing *c, struct tr_error *err)
{
    const struct tr_classify_options *o = c->options;
    int64_t draws = o->draws == TR_RULE_DRAWS ? c->rules->draws : o->draws;
    enum tr_status st = TR_OK;

    if (draws < 0 || draws > ROBUST_MOST_DRAWS)
        return tr_fail(err, TR_EINVAL, "draws are from 0 to %d",
                       ROBUST_MOST_DRAWS);
    if (!o->without_json)
        st = explain_parts_make(c, &c->parts, err);
    if (draws && !st)
        st = robust_make(c->rules, draws, (uint64_t)o->seed, c->arena,
                         &c->robust, err);
    for (int i = 0; i < 2 && o->signed_ && !st; i++)
        st = verdict_shift(c->rules, i ? c->rules->margin : -c->rules->margin,
                           c->arena, &c->margin[i], err);
    return st;
}

static enum tr_status classify_all(struct classing *c, struct tr_error *err)
{
    unsigned n = c->options->threads ? c->options->threads : tr_thread_cores();
    enum tr_status st;

    c->scratch = tr_arena_array(c->arena, n, sizeof *c->scratch);
    if (!c->scratch)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (unsigned i = 0; i < n; i++)
        tr_arena_init(&c->scratch[i], BLOCK_BYTES);
    st =
        tr_thread_run(c->s->n_sites, CLASSING_BLOCK, n, classify_block, c, err);
    for (unsigned i = 0; i < n; i++)
        tr_arena_clear(&c->scratch[i]);
    return st;
}

enum tr_status tr_classify(const struct tr_snapshot *s,
                           const struct tr_rules *rules,
                           const struct tr_classify_options *options,
                           struct tr_arena *a, const struct tr_results **out,
                           struct tr_error *err)
{
    struct classing c = {
        .s = s, .rules = rules, .options = options, .arena = a
    };
    enum tr_status st = get_ready(&c, err);

    if (!st)
        st = get_draws(&c, err);
    if (!st)
        st = classify_all(&c, err);
    return st ? st : gather(&c, out, err);
}
