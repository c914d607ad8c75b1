/* cql2_fold.c - computing while binding what does not need the rows. */
#include <string.h>

#include "cql2_program.h"

/* A dictionary much larger than the table is not worth a table of results. */
static bool worth_a_map(const struct cql2_binder *b, const struct tr_column *c)
{
    return c->dict->n <= 2 * b->bound->table->n_rows + 64;
}

static void constant_from(struct cql2_expr *e, const struct cql2_vec *v)
{
    e->is_missing = !cql2_bit(v->present, 0);
    e->is_constant = true;
    e->eval = cql2_eval_constant;
    e->n = 0;
    if (e->is_missing) {
        e->text = "";
        return;
    }
    if (e->type == TR_BOOLEAN)
        e->truth = cql2_bit(v->truth, 0);
    else if (e->type == TR_NUMBER)
        e->number = v->numbers[0];
    else if (e->type == TR_TEXT)
        e->text = v->texts[0];
    else
        e->integer = v->integers[0];
}

#define SCRATCH ((size_t)256 * 1024 * 1024)

/* The texts stay in the binding's arena; the slots are ours alone. */
static bool compute_constant(struct cql2_binder *b, struct cql2_expr *e)
{
    struct tr_arena scratch;
    struct cql2_run run;
    const struct cql2_vec *v = NULL;

    tr_arena_init(&scratch, SCRATCH);
    if (cql2_run_start(&run, b->bound, 1, &scratch, b->arena)) {
        cql2_run_block(&run, 0, 1);
        v = cql2_value(e, &run);
        if (v)
            constant_from(e, v);
    }
    tr_arena_clear(&scratch);
    return v;
}

const struct cql2_expr *cql2_fold(struct cql2_binder *b, struct cql2_expr *e)
{
    bool constant = !e->varies && !e->column;

    if (constant && !e->is_constant && !compute_constant(b, e))
        return cql2_bind_no_memory(b);
    return e;
}

static uint8_t state_of(enum tr_type type, const struct cql2_vec *v, size_t i)
{
    bool has = cql2_bit(v->present, i);

    return has && type == TR_BOOLEAN && cql2_bit(v->truth, i) ? 3 : has;
}

static void fill_map(struct cql2_map *map, size_t at, enum tr_type type,
                     const struct cql2_run *run, const struct cql2_vec *v)
{
    int64_t *integers = map->values;
    double *numbers = map->values;
    const char **texts = map->values;

    for (size_t i = 0; i < run->n; i++) {
        map->state[at + i] = state_of(type, v, i);
        if (!map->state[at + i] || type == TR_BOOLEAN)
            continue;
        if (type == TR_NUMBER)
            numbers[at + i] = v->numbers[i];
        else if (type == TR_TEXT)
            texts[at + i] = v->texts[i];
        else
            integers[at + i] = v->integers[i];
    }
    for (size_t i = 0; type == TR_TEXT && i < run->n; i++) {
        if (!map->state[at + i])
            texts[at + i] = "";
    }
}

static bool compute_map(struct cql2_binder *b, const struct cql2_expr *e,
                        struct cql2_map *map)
{
    size_t n = (size_t)e->column->dict->n + 1;
    struct tr_arena scratch;
    struct cql2_run run;
    bool ok = false;

    map->state = tr_arena_array(b->arena, n, 1);
    if (e->type != TR_BOOLEAN)
        map->values = tr_arena_array(b->arena, n, sizeof(int64_t));
    if (!map->state || (e->type != TR_BOOLEAN && !map->values))
        return false;
    tr_arena_init(&scratch, SCRATCH);
    if (cql2_run_start(&run, b->bound, n, &scratch, b->arena)) {
        run.dict_rows = e->column;
        ok = true;
    }
    for (size_t at = 0; ok && at < n; at += CQL2_BLOCK) {
        cql2_run_block(&run, at, n - at < CQL2_BLOCK ? n - at : CQL2_BLOCK);

        const struct cql2_vec *v = cql2_value(e, &run);

        ok = v;
        if (ok)
            fill_map(map, at, e->type, &run, v);
    }
    tr_arena_clear(&scratch);
    return ok;
}

const struct cql2_expr *cql2_as_map(struct cql2_binder *b,
                                    const struct cql2_expr *e)
{
    if (e->varies || !e->column || e->is_column || !worth_a_map(b, e->column))
        return e;

    struct cql2_map *map = tr_arena_alloc(b->arena, sizeof *map);
    struct cql2_expr *m = tr_arena_alloc(b->arena, sizeof *m);

    if (!map || !m || !compute_map(b, e, map))
        return cql2_bind_no_memory(b);
    *m = *e;
    m->eval = cql2_eval_map;
    m->slot = b->bound->n_slots++;
    m->n = 0;
    m->more.map = map;
    return m;
}
