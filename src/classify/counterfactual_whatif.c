/* counterfactual_whatif.c - a small table of one site many times over, in which
 * one fact takes other values; gates and criteria that use it are evaluated
 * again, the rest stays. */
#include <string.h>

#include "classify/counterfactual_parts.h"

#define ASK_BYTES ((size_t)1 << 26)

static const char no_memory[] = "no memory for what would change a class";

struct cells { /* a column of the small table, to be written */
    const struct tr_column *from; /* of the facts */
    uint64_t present[2];
    uint64_t values[WHATIF_ROWS]; /* of whatever type */
    uint32_t starts[WHATIF_ROWS + 1];
    uint32_t *items; /* of a list */
};

struct whatif {
    struct classing c; /* bound to the small table */
    struct block b;
    struct cells *cells; /* as many as there are used facts */
    struct tr_arena scratch;
    size_t site; /* whose values the table holds, SIZE_MAX: none yet */
    const struct used_fact *asked; /* but for those of this one */
    bool fits;                     /* no list is too long */
};

static void point_at(struct tr_column *c, struct cells *cells)
{
    const void *values = cells->items ? (void *)cells->items : cells->values;

    c->present = cells->present;
    if (c->type == TR_LIST)
        c->list_starts = cells->starts;
    switch (c->type) {
    case TR_BOOLEAN: c->values.booleans = values; break;
    case TR_INTEGER:
    case TR_INSTANT: c->values.integers = values; break;
    case TR_NUMBER: c->values.numbers = values; break;
    case TR_DATE: c->values.dates = values; break;
    case TR_TEXT:
    case TR_LIST: c->values.codes = values; break;
    case TR_GEOMETRY: c->values.geometries = values; break;
    }
}

static enum tr_status make_table(struct flipper *f, struct whatif *w,
                                 struct tr_table *out, struct tr_error *err)
{
    const struct tr_table *t = &f->c->facts.tables[FACTS_GIVEN];
    struct tr_column *columns =
        tr_arena_array(f->arena, t->n_columns + 1, sizeof *columns);

    w->cells = tr_arena_array(f->arena, f->n_facts + 1, sizeof *w->cells);
    if (!columns || !w->cells)
        return tr_fail(err, TR_ENOMEM, no_memory);
    memcpy(columns, t->columns, t->n_columns * sizeof *columns);
    for (size_t k = 0; k < f->n_facts; k++) {
        struct cells *cells = &w->cells[k];
        const struct tr_column *from = f->facts[k].column;

        cells->from = from;
        if (from->type == TR_LIST)
            cells->items =
                tr_arena_array(f->arena, (size_t)WHATIF_ROWS * WHATIF_ITEMS,
                               sizeof *cells->items);
        if (from->type == TR_LIST && !cells->items)
            return tr_fail(err, TR_ENOMEM, no_memory);
        point_at(&columns[from - t->columns], cells);
    }
    *out = (struct tr_table){ WHATIF_ROWS, t->n_columns, columns };
    return TR_OK;
}

static enum tr_status bind_all(struct flipper *f, struct whatif *w,
                               const struct tr_table *t, struct tr_error *err)
{
    const struct tr_rules *r = f->c->rules;
    struct tr_cql2_env env = { .as_of = f->c->options->as_of };
    enum tr_status st = TR_OK;

    w->c = *f->c;
    w->c.gates = tr_arena_array(f->arena, r->n_gates + 1, sizeof *w->c.gates);
    w->c.criteria =
        tr_arena_array(f->arena, r->n_criteria + 1, sizeof *w->c.criteria);
    if (!w->c.gates || !w->c.criteria)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t g = 0; g < r->n_gates && !st; g++)
        st = rule_bind(r, &r->gates[g].when, t, &env, f->arena, &w->c.gates[g],
                       err);
    for (size_t k = 0; k < r->n_criteria && !st; k++)
        st = rule_bind(r, &r->criteria[k].value, t, &env, f->arena,
                       &w->c.criteria[k].at[FACTS_GIVEN], err);
    return st;
}

static void drop_scratch(void *p)
{
    tr_arena_clear(&((struct whatif *)p)->scratch);
}

static enum tr_status get_whatif(struct flipper *f, struct tr_error *err)
{
    struct whatif *w = tr_arena_alloc(f->arena, sizeof *w);
    struct tr_table table = { 0 };
    enum tr_status st;

    if (!w)
        return tr_fail(err, TR_ENOMEM, no_memory);
    tr_arena_init(&w->scratch, ASK_BYTES);
    w->site = SIZE_MAX;
    if (tr_arena_defer(f->arena, drop_scratch, w))
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = make_table(f, w, &table, err);
    if (!st)
        st = bind_all(f, w, &table, err);
    if (!st)
        st = block_make(&w->c, 0, WHATIF_ROWS, f->arena, &w->b, err);
    if (!st)
        f->whatif = w;
    return st;
}

/* ---- filling it ---- */

static void put(struct cells *c, size_t row, const void *value, size_t size)
{
    memcpy((unsigned char *)c->values + row * size, value, size);
}

static void put_site_value(struct cells *c, size_t site, size_t row)
{
    const struct tr_column *v = c->from;

    switch (v->type) {
    case TR_BOOLEAN: put(c, row, &v->values.booleans[site], 1); break;
    case TR_INTEGER:
    case TR_INSTANT: put(c, row, &v->values.integers[site], 8); break;
    case TR_NUMBER: put(c, row, &v->values.numbers[site], 8); break;
    case TR_DATE: put(c, row, &v->values.dates[site], 4); break;
    case TR_TEXT: put(c, row, &v->values.codes[site], 4); break;
    case TR_GEOMETRY:
        put(c, row, &v->values.geometries[site], sizeof(void *));
        break;
    case TR_LIST: break;
    }
}

/* False when a list is too long. */
static bool load_site(struct cells *c, size_t site)
{
    bool has = tr_has(c->from, site);

    memset(c->present, has ? 0xFF : 0, sizeof c->present);
    if (c->from->type != TR_LIST) {
        for (size_t row = 0; has && row < WHATIF_ROWS; row++)
            put_site_value(c, site, row);
        return true;
    }
    uint32_t first = has ? c->from->list_starts[site] : 0;
    uint32_t n = has ? c->from->list_starts[site + 1] - first : 0;

    if (n > WHATIF_ITEMS)
        return false;
    for (uint32_t row = 0; row <= WHATIF_ROWS; row++) {
        c->starts[row] = row * n;
        if (n && row < WHATIF_ROWS)
            memcpy(c->items + (size_t)row * n, c->from->values.codes + first,
                   n * sizeof *c->items);
    }
    return true;
}

static void put_values(struct cells *c, const struct whatif_value *values,
                       size_t n)
{
    for (uint32_t row = 0; row < WHATIF_ROWS; row++) {
        const struct whatif_value *v = &values[row < n ? row : 0];
        int64_t whole = (int64_t)v->number;
        int32_t date = (int32_t)whole;
        uint8_t truth = v->number != 0;

        switch (c->from->type) {
        case TR_BOOLEAN: put(c, row, &truth, 1); break;
        case TR_INTEGER:
        case TR_INSTANT: put(c, row, &whole, 8); break;
        case TR_NUMBER: put(c, row, &v->number, 8); break;
        case TR_DATE: put(c, row, &date, 4); break;
        case TR_TEXT: put(c, row, &v->code, 4); break;
        case TR_LIST:
            c->starts[row] = row;
            c->starts[row + 1] = row + 1;
            c->items[row] = v->code;
            break;
        case TR_GEOMETRY: break;
        }
    }
}

/* ---- asking ---- */

static void fill_gate(struct whatif *w, const struct flip_site *s, size_t g)
{
    bool hit = bit_at(s->b->gate_yes + g * s->b->words, s->i);

    memset(w->b.gate_yes + g * w->b.words, hit ? 0xFF : 0,
           w->b.words * sizeof *w->b.gate_yes);
}

static void fill_criterion(struct whatif *w, const struct flip_site *s,
                           size_t k)
{
    int32_t *scores = w->b.scores[FACTS_GIVEN] + k * w->b.n;
    int32_t score = s->scores.scores[k * s->scores.stride];

    for (size_t row = 0; row < w->b.n; row++)
        scores[row] = score;
}

/* Everything as the site has it: all of it, or what the last question changed.
 */
static void fill(struct flipper *f, const struct flip_site *s)
{
    struct whatif *w = f->whatif;
    const struct tr_rules *r = w->c.rules;
    size_t site = s->b->first + s->i;
    const struct used_fact *only = w->site == site ? w->asked : NULL;

    if (!only)
        w->fits = true;
    for (size_t k = 0; k < f->n_facts; k++) {
        if (!only || only == &f->facts[k])
            w->fits = load_site(&w->cells[k], site) && w->fits;
    }
    for (size_t g = 0; g < r->n_gates; g++) {
        if (!only || only->gates[g])
            fill_gate(w, s, g);
    }
    for (size_t k = 0; k < r->n_criteria; k++) {
        if (!only || only->criteria[k])
            fill_criterion(w, s, k);
    }
    w->site = site;
}

static enum tr_status evaluate(struct whatif *w, const struct used_fact *fact,
                               struct tr_error *err)
{
    const struct tr_rules *r = w->c.rules;
    enum tr_status st = TR_OK;

    w->b.arena = &w->scratch;
    for (size_t g = 0; g < r->n_gates && !st; g++) {
        if (fact->gates[g])
            st = block_gate(&w->c, &w->b, g, err);
    }
    for (size_t k = 0; k < r->n_criteria && !st; k++) {
        if (fact->criteria[k])
            st = block_criterion(&w->c, &w->b, k, err);
    }
    return st;
}

enum tr_status whatif_ask(struct flipper *f, const struct flip_site *s,
                          const struct used_fact *fact,
                          const struct whatif_value *values, size_t n,
                          struct whatif_answer *out, struct tr_error *err)
{
    enum tr_status st = f->whatif ? TR_OK : get_whatif(f, err);
    struct whatif *w = f->whatif;

    if (st)
        return st;
    fill(f, s);
    w->asked = fact;
    put_values(&w->cells[fact - f->facts], values, n);
    st = evaluate(w, fact, err);
    for (size_t row = 0; row < n && !st; row++) {
        struct axis_sum axis[TR_AXES];
        struct verdict v = { 0 };

        block_pass_gates(&w->c, &w->b, row, &v);
        out[row].class_ = verdict_class(
            w->c.rules, block_scores(&w->b, FACTS_GIVEN, row), v.floor, axis);
        if (v.gate)
            out[row].class_ = v.gate->class_;
        if (!w->fits)
            out[row].class_ = s->class_;
        out[row].moved = axes_moved(s->v->axis, axis);
        out[row].gate = v.gate != NULL;
    }
    tr_arena_reset(&w->scratch);
    return st;
}
