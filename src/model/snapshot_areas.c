/* snapshot_areas.c - area sets, the statistics joined to them, and which area
 * everything lies in. */
#include <stdlib.h>
#include <string.h>

#include "model/snapshot_parts.h"

static const char no_memory[] = "no memory left for areas";

/* ---- one set ---- */

static const struct tr_column *column_named(const struct columns *c,
                                            const char *name)
{
    struct tr_table t = { .n_columns = c->n, .columns = c->list };

    return tr_table_column(&t, name);
}

static const char *text_or_empty(const struct tr_column *c, size_t row)
{
    return c && c->type == TR_TEXT && tr_has(c, row) ? tr_text_at(c, row) : "";
}

struct area_order {
    const char *code, *name;
    struct tr_input_row row;
};

static int by_code(const void *a, const void *b)
{
    const struct area_order *x = a, *y = b;
    int c = strcmp(x->code, y->code);

    return c ? c : strcmp(x->name, y->name);
}

/* Ties between areas go to the lowest index, so areas stand by code, or by name
 * in a set without codes: the rows are put in that order first. */
static enum tr_status order_areas(struct tr_input_layer *l,
                                  const struct tr_snapshot_input *in,
                                  struct tr_arena *scratch,
                                  struct tr_error *err)
{
    struct columns c;

    columns_init(&c, scratch, err);

    enum tr_status st = tr_record_columns(l, in, &c, scratch, err);
    struct area_order *o = tr_arena_array(scratch, l->n_rows + 1, sizeof *o);

    if (st)
        return st;
    if (!o)
        return tr_fail(err, TR_ENOMEM, no_memory);

    const struct tr_column *code = column_named(&c, "code");
    const struct tr_column *name = column_named(&c, "name");

    for (size_t r = 0; r < l->n_rows; r++)
        o[r] = (struct area_order){ text_or_empty(code, r),
                                    text_or_empty(name, r), l->rows[r] };
    qsort(o, l->n_rows, sizeof *o, by_code);
    for (size_t r = 0; r < l->n_rows; r++)
        l->rows[r] = o[r].row;
    return TR_OK;
}

/* ---- statistics ---- */

static bool is_of_place(const struct tr_input_layer *l, uint32_t place,
                        const char *kind)
{
    return l->about.place == place && strcmp(l->about.kind, kind) == 0;
}

struct by_value { /* rows of the statistics, by the value they are matched on */
    const char *value;
    size_t row;
};

static int compare_values(const void *a, const void *b)
{
    return strcmp(((const struct by_value *)a)->value,
                  ((const struct by_value *)b)->value);
}

/* Row `row` of the column in the making takes `from`'s value at `at`, if any.
 */
static bool put_copy(struct tr_column_builder *b, size_t row,
                     const struct tr_column *from, size_t at)
{
    if (!tr_has(from, at))
        return true;
    switch (from->type) {
    case TR_BOOLEAN:
        return tr_column_put_bool(b, row, from->values.booleans[at]);
    case TR_INTEGER:
    case TR_INSTANT:
        return tr_column_put_int(b, row, from->values.integers[at]);
    case TR_DATE: return tr_column_put_int(b, row, from->values.dates[at]);
    case TR_NUMBER:
        return tr_column_put_number(b, row, from->values.numbers[at]);
    case TR_TEXT: return tr_column_put_text(b, row, tr_text_at(from, at));
    case TR_LIST:
    case TR_GEOMETRY: break; /* no area carries them into a row */
    }
    return true;
}

/* Column `from` of the statistics as a column of the areas: area i takes the
 * value of row rows[i] (SIZE_MAX: none). */
static bool copy_column(struct columns *c, const struct tr_column *from,
                        const size_t *rows, size_t n)
{
    struct tr_column_builder *b =
        tr_column_builder_new(c->a, from->name, from->type);
    bool ok = b != NULL;

    for (size_t i = 0; ok && i < n; i++) {
        if (rows[i] != SIZE_MAX)
            ok = put_copy(b, i, from, rows[i]);
    }
    if (ok) {
        columns_finish(c, b, n, from->title, from->tier);
        if (!c->st)
            c->list[c->n - 1].unit = from->unit;
    }
    return ok && !c->st;
}

static enum tr_status join_statistics(const struct tr_input_layer *l,
                                      const struct tr_snapshot_input *in,
                                      struct columns *areas, size_t n,
                                      struct tr_arena *scratch,
                                      struct tr_error *err)
{
    const struct tr_column *own =
        l->match ? column_named(areas, l->match) : NULL;
    struct columns c;

    columns_init(&c, scratch, err);

    enum tr_status st = tr_record_columns(l, in, &c, scratch, err);
    const struct tr_column *theirs =
        l->match ? column_named(&c, l->match) : NULL;
    struct by_value *v = tr_arena_array(scratch, l->n_rows + 1, sizeof *v);
    size_t *rows = tr_arena_array(scratch, n + 1, sizeof *rows);
    size_t n_values = 0;

    if (st)
        return st;
    if (!v || !rows)
        return tr_fail(err, TR_ENOMEM, no_memory);
    if (!own || !theirs || own->type != TR_TEXT || theirs->type != TR_TEXT)
        return TR_OK; /* nothing to match on: the figures read missing */

    for (size_t r = 0; r < l->n_rows; r++) {
        if (tr_has(theirs, r))
            v[n_values++] = (struct by_value){ tr_text_at(theirs, r), r };
    }
    qsort(v, n_values, sizeof *v, compare_values);
    for (size_t i = 0; i < n; i++) {
        struct by_value wanted = { .value = text_or_empty(own, i) };
        const struct by_value *found =
            bsearch(&wanted, v, n_values, sizeof wanted, compare_values);

        rows[i] = found ? found->row : SIZE_MAX;
    }
    for (size_t k = 0; k < c.n; k++) {
        if (column_named(areas, c.list[k].name))
            continue; /* the match column itself, or an older statistic */
        if (!copy_column(areas, &c.list[k], rows, n))
            return areas->st ? areas->st : tr_fail(err, TR_ENOMEM, no_memory);
    }
    return TR_OK;
}

static enum tr_status fill_set(const struct tr_snapshot_input *in, size_t layer,
                               struct tr_area_set *set, struct tr_snapshot *s,
                               struct tr_arena *scratch, struct tr_error *err)
{
    struct tr_input_layer *l = &in->layers[layer];
    enum tr_status st = order_areas(l, in, scratch, err);
    struct columns c;

    if (st)
        return st;
    columns_init(&c, s->arena, err);
    st = tr_record_columns(l, in, &c, scratch, err);
    for (size_t i = 0; !st && set->latest && i < in->n_layers; i++) {
        const struct tr_input_layer *f = &in->layers[i];

        if (is_of_place(f, l->about.place, "statistics") && f->about.set &&
            strcmp(f->about.set, set->set) == 0)
            st = join_statistics(f, in, &c, l->n_rows, scratch, err);
    }
    if (st)
        return st;

    const char **codes = tr_arena_array(s->arena, l->n_rows + 1, sizeof *codes);
    const char **names = tr_arena_array(s->arena, l->n_rows + 1, sizeof *names);
    const struct tr_geometry **g =
        tr_arena_array(s->arena, l->n_rows + 1, sizeof *g);

    if (!codes || !names || !g)
        return tr_fail(err, TR_ENOMEM, no_memory);

    const struct tr_column *code = column_named(&c, "code");
    const struct tr_column *name = column_named(&c, "name");

    for (size_t r = 0; r < l->n_rows; r++) {
        codes[r] = text_or_empty(code, r);
        names[r] = name ? text_or_empty(name, r) : codes[r];
        g[r] = l->rows[r].geometry;
    }
    set->n = l->n_rows;
    set->codes = codes;
    set->names = names;
    set->geometries = g;
    set->table = (struct tr_table){ l->n_rows, c.n, c.list };
    return TR_OK;
}

/* The deferred end of an index, whose type tr_arena_defer() does not know. */
static void free_index(void *p)
{
    tr_area_index_free(p);
}

static enum tr_status index_set(struct tr_area_set *set, struct tr_arena *a,
                                struct tr_error *err)
{
    struct tr_area_index *index;
    enum tr_status st = tr_area_index_new(set->geometries, set->n, &index, err);

    if (st)
        return tr_fail_at(err, st, "area set '%s'", set->id);
    set->index = index;
    if (tr_arena_defer(a, free_index, index))
        return tr_fail(err, TR_ENOMEM, no_memory);
    return TR_OK;
}

/* ---- all sets ---- */

static int by_set_and_vintage(const void *a, const void *b)
{
    const struct tr_area_set *x = a, *y = b;
    int c = strcmp(x->set, y->set);

    if (!c)
        c = x->place < y->place ? -1 : x->place > y->place;
    return c ? c : strcmp(y->vintage, x->vintage); /* the latest first */
}

static bool set_is_elsewhere(const struct tr_area_set *sets, size_t n,
                             const struct tr_area_set *set)
{
    for (size_t i = 0; i < n; i++) {
        if (sets[i].place != set->place && strcmp(sets[i].set, set->set) == 0)
            return true;
    }
    return false;
}

/* "localities-2017", with the place before it when two places have that set. */
static bool name_sets(struct tr_area_set *sets, size_t n,
                      const struct tr_snapshot_input *in, struct tr_arena *a)
{
    for (size_t i = 0; i < n; i++) {
        struct tr_area_set *set = &sets[i];
        bool shared = set_is_elsewhere(sets, n, set);
        const char *place = in->places[set->place]->id;

        set->latest = i == 0 || strcmp(sets[i - 1].set, set->set) != 0 ||
                      sets[i - 1].place != set->place;
        set->id = tr_arena_printf(a, "%s%s%s%s%s", shared ? place : "",
                                  shared ? "-" : "", set->set,
                                  *set->vintage ? "-" : "", set->vintage);
        if (!set->id)
            return false;
    }
    return true;
}

enum tr_status tr_make_areas(const struct tr_snapshot_input *in,
                             struct tr_snapshot *s, struct tr_arena *scratch,
                             struct tr_error *err)
{
    struct tr_area_set *sets =
        tr_arena_array(s->arena, in->n_layers + 1, sizeof *sets);
    size_t n = 0;

    if (!sets)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < in->n_layers; i++) {
        const struct tr_layer *about = &in->layers[i].about;

        if (strcmp(about->kind, "areas") != 0)
            continue;
        sets[n++] = (struct tr_area_set){
            .set = about->set ? about->set : about->name,
            .vintage = about->vintage ? about->vintage : "",
            .label = about->label ? about->label : "area",
            .title = about->title,
            .place = about->place,
            .layer = (uint32_t)i,
        };
    }
    qsort(sets, n, sizeof *sets, by_set_and_vintage);
    if (!name_sets(sets, n, in, s->arena))
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n; i++) {
        enum tr_status st =
            fill_set(in, sets[i].layer, &sets[i], s, scratch, err);

        if (!st)
            st = index_set(&sets[i], s->arena, err);
        if (st)
            return st;
    }
    s->area_sets = sets;
    s->n_area_sets = n;
    return TR_OK;
}

/* ---- which area ---- */

struct keyed {
    uint64_t key;
    size_t row;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

enum tr_status tr_join_positions(const struct tr_area_set *set,
                                 const struct tr_position *at,
                                 const uint8_t *has, size_t n, unsigned threads,
                                 int32_t *out, struct tr_error *err)
{
    enum tr_status st = TR_ENOMEM;
    struct keyed *k = malloc((n + 1) * sizeof *k);
    uint64_t *keys = malloc((n + 1) * sizeof *keys);
    int32_t *areas = malloc((n + 1) * sizeof *areas);
    size_t m = 0;
    bool sorted = true;

    if (!k || !keys || !areas) {
        tr_fail(err, st, no_memory);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = TR_NO_AREA;
        if (has && !has[i])
            continue;
        k[m] = (struct keyed){
            tr_morton(tr_mercator_cell(at[i].lon_e7, at[i].lat_e7)), i
        };
        sorted = sorted && (m == 0 || k[m - 1].key <= k[m].key);
        m++;
    }
    if (!sorted)
        qsort(k, m, sizeof *k, by_key);
    for (size_t i = 0; i < m; i++)
        keys[i] = k[i].key;
    st = tr_area_index_join(set->index, keys, m, areas, threads, err);
    for (size_t i = 0; !st && i < m; i++)
        out[k[i].row] = areas[i];
done:
    free(k);
    free(keys);
    free(areas);
    return st;
}

/* The column of `set` that is called `field`, when it is of that type. */
static const struct tr_column *field_of(const struct tr_area_set *set,
                                        const char *field, enum tr_type type)
{
    const struct tr_column *c = tr_table_column(&set->table, field);

    return c && c->type == type ? c : NULL;
}

/* What each row takes from its area. */
struct taking {
    const struct tr_snapshot *s;
    size_t n;
    const struct tr_area_set *const *set_of_row;
    const int32_t *area_of_row;
    const char *field;
};

static const struct tr_column *source_of(const struct taking *t, size_t row,
                                         enum tr_type type,
                                         const struct tr_column *of_set[])
{
    const struct tr_area_set *set = t->set_of_row[row];

    if (!set || t->area_of_row[row] == TR_NO_AREA)
        return NULL;

    size_t k = (size_t)(set - t->s->area_sets);

    if (!of_set[k])
        of_set[k] = field_of(set, t->field, type);
    return of_set[k] && tr_has(of_set[k], (size_t)t->area_of_row[row])
               ? of_set[k]
               : NULL;
}

static bool take_plain(struct columns *c, const struct taking *t,
                       struct tr_column *to, const struct tr_column *of_set[])
{
    size_t size = tr_type_size(to->type);
    unsigned char *v = tr_arena_array(c->a, t->n + 1, size);
    uint8_t *has = malloc(t->n + 1);
    bool ok = v && has;

    for (size_t i = 0; ok && i < t->n; i++) {
        const struct tr_column *from = source_of(t, i, to->type, of_set);

        has[i] = from != NULL;
        if (from)
            memcpy(v + i * size,
                   from->values.booleans + (size_t)t->area_of_row[i] * size,
                   size);
    }
    to->values.booleans = v;
    ok = ok && tr_present_bits(has, t->n, c->a, &to->present);
    free(has);
    if (ok)
        columns_add(c, to);
    return ok;
}

/* Texts by their codes in the sets' own dictionaries, one after another. */
static bool take_texts(struct columns *c, const struct taking *t,
                       struct tr_column *to, const struct tr_column *of_set[])
{
    uint32_t *codes = tr_arena_array(c->a, t->n + 1, sizeof *codes);
    uint32_t *start = calloc(t->s->n_area_sets + 1, sizeof *start);
    const char **texts = NULL;
    uint32_t n = 0;
    bool ok = codes && start;

    for (size_t i = 0; ok && i < t->n; i++)
        source_of(t, i, to->type, of_set);
    for (size_t k = 0; ok && k < t->s->n_area_sets; k++) {
        start[k] = n;
        n += of_set[k] ? of_set[k]->dict->n : 0;
    }
    texts = malloc(((size_t)n + 1) * sizeof *texts);
    ok = ok && texts;
    for (size_t k = 0; ok && k < t->s->n_area_sets; k++) {
        if (of_set[k] && of_set[k]->dict->n)
            memcpy(texts + start[k], of_set[k]->dict->texts,
                   of_set[k]->dict->n * sizeof *texts);
    }
    for (size_t i = 0; ok && i < t->n; i++) {
        const struct tr_column *from = source_of(t, i, to->type, of_set);

        codes[i] = from ? start[t->set_of_row[i] - t->s->area_sets] +
                              from->values.codes[t->area_of_row[i]]
                        : NO_TEXT;
    }
    if (ok)
        columns_add_lookup(c, to, t->n, codes, texts, n);
    free(start);
    free(texts);
    return ok;
}

static void area_column(struct columns *c, const char *name,
                        const struct tr_column *like, const struct taking *t)
{
    const struct tr_column **of_set =
        calloc(t->s->n_area_sets + 1, sizeof(void *));
    struct tr_column to = { .name = name,
                            .title = like->title,
                            .unit = like->unit,
                            .type = like->type,
                            .tier = like->tier };
    bool ok = of_set && (like->type == TR_TEXT ? take_texts(c, t, &to, of_set)
                                               : take_plain(c, t, &to, of_set));

    free(of_set);
    if (!ok && !c->st)
        c->st = tr_fail(c->err, TR_ENOMEM, no_memory);
}

void tr_area_columns(struct columns *c, const struct tr_snapshot *s,
                     const char *column_name, size_t n,
                     const struct tr_area_set *const *set_of_row,
                     const int32_t *area_of_row)
{
    const struct tr_area_set *model = NULL;

    for (size_t i = 0; i < n && !model; i++)
        model = set_of_row[i];
    if (!model)
        model = tr_snapshot_area_set(s, column_name);
    if (!model)
        return;
    for (size_t k = 0; k < model->table.n_columns && !c->st; k++) {
        const struct tr_column *like = &model->table.columns[k];
        bool is_name = strcmp(like->name, "name") == 0;
        const struct taking t = { s, n, set_of_row, area_of_row, like->name };
        const char *name =
            is_name ? column_name
                    : tr_arena_printf(c->a, "%s.%s", column_name, like->name);

        if (!name) {
            c->st = tr_fail(c->err, TR_ENOMEM, no_memory);
            return;
        }
        if (like->type != TR_LIST && like->type != TR_GEOMETRY)
            area_column(c, name, like, &t);
        if (is_name && !c->st)
            c->list[c->n - 1].title = model->label;
    }
}
