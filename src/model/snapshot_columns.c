/* snapshot_columns.c - growing a table of columns, and records as columns. */
#include <string.h>

#include "model/snapshot_values.h"
#include "terrier/thread.h"

static const char no_memory[] = "no memory left for a layer";

void columns_init(struct columns *c, struct tr_arena *a, struct tr_error *err)
{
    *c = (struct columns){ .a = a, .err = err };
}

struct tr_column *columns_next(struct columns *c)
{
    if (c->st)
        return NULL;
    if (c->n == c->size) {
        size_t size = c->size ? c->size * 2 : 64;
        struct tr_column *list = tr_arena_array(c->a, size, sizeof *list);

        if (!list) {
            c->st = tr_fail(c->err, TR_ENOMEM, "no memory left for columns");
            return NULL;
        }
        if (c->n)
            memcpy(list, c->list, c->n * sizeof *list);
        c->list = list;
        c->size = size;
    }
    return &c->list[c->n++];
}

void columns_add(struct columns *c, const struct tr_column *column)
{
    struct tr_column *to = columns_next(c);

    if (to)
        *to = *column;
}

/* From the texts' numbers to their codes; what is missing holds code 0. */
static bool code_texts(struct tr_column *to, size_t n, uint32_t *codes,
                       const uint32_t *code_of, struct tr_arena *a)
{
    uint64_t *bits = tr_arena_array(a, n / 64 + 1, sizeof *bits);
    size_t n_present = 0;

    for (size_t i = 0; bits && i < n; i++) {
        uint32_t code = codes[i] == NO_TEXT ? NO_TEXT : code_of[codes[i]];

        bits[i / 64] |= (uint64_t)(code != NO_TEXT) << (i % 64);
        n_present += code != NO_TEXT;
        codes[i] = code == NO_TEXT ? 0 : code;
    }
    to->present = n_present == n ? NULL : bits;
    to->values.codes = codes;
    return bits != NULL;
}

/* The dictionary of the texts that some row has, and each text's code in it. */
static bool used_texts(const uint32_t *codes, size_t n,
                       const char *const *texts, size_t n_texts,
                       struct text_set *set, uint32_t *code_of)
{
    for (size_t i = 0; i < n_texts; i++)
        code_of[i] = NO_TEXT;
    for (size_t i = 0; i < n; i++) {
        if (codes[i] != NO_TEXT && texts[codes[i]])
            code_of[codes[i]] = 0;
    }
    for (size_t i = 0; i < n_texts; i++) {
        if (code_of[i] != NO_TEXT && !text_set_add(set, texts[i], &code_of[i]))
            return false;
    }
    return true;
}

void columns_add_lookup(struct columns *c, const struct tr_column *about,
                        size_t n_rows, uint32_t *codes,
                        const char *const *texts, size_t n_texts)
{
    struct tr_column to = *about;
    struct tr_arena draft;
    struct text_set set;
    const uint32_t *place = NULL;
    uint32_t *code_of;
    bool ok;

    tr_arena_init(&draft, SIZE_MAX);
    text_set_init(&set, &draft, NULL);
    to.type = TR_TEXT;
    code_of = tr_arena_array(&draft, n_texts, sizeof *code_of);
    ok = codes && code_of &&
         used_texts(codes, n_rows, texts, n_texts, &set, code_of) &&
         text_set_dict(&set, c->a, &to.dict, &place) &&
         texts_pack(to.dict, c->a);
    for (size_t i = 0; ok && place && i < n_texts; i++) {
        if (code_of[i] != NO_TEXT)
            code_of[i] = place[code_of[i]];
    }
    ok = ok && code_texts(&to, n_rows, codes, code_of, c->a);
    tr_arena_clear(&draft);
    if (ok)
        columns_add(c, &to);
    else if (!c->st)
        c->st = tr_fail(c->err, TR_ENOMEM, "no memory left for columns");
}

void columns_finish(struct columns *c, struct tr_column_builder *b, size_t n,
                    const char *title, enum tr_tier tier)
{
    struct tr_column *to = columns_next(c);

    if (!to)
        return;
    c->st = tr_column_finish(b, n, to, c->err);
    if (c->st) {
        c->n--;
        return;
    }
    to->title = title;
    to->tier = tier;
}

bool tr_field_visible(const struct tr_schema_field *f,
                      const struct tr_snapshot_input *in,
                      const struct tr_input_layer *l)
{
    return l->sees_all_fields || f->tier <= in->audience.tier;
}

/* ---- filling ---- */

struct finishing {
    const struct column_fill *fill;
    struct tr_column *out;
    struct hands hands;
};

enum tr_status tr_finish_column(const struct column_fill *f, size_t column,
                                struct tr_arena *keep, struct tr_column *out,
                                struct tr_error *err)
{
    struct tr_arena scratch;
    enum tr_status st;

    tr_arena_init(&scratch, SIZE_MAX);
    st = fill_finish(f, column, keep, &scratch, out, err);
    tr_arena_clear(&scratch);
    return st;
}

static enum tr_status finish_some(void *context, size_t first, size_t last,
                                  unsigned worker, struct tr_error *err)
{
    struct finishing *f = context;
    enum tr_status st = TR_OK;

    for (size_t k = first; !st && k < last; k++)
        st = tr_finish_column(f->fill, k, &f->hands.keep[worker], &f->out[k],
                              err);
    return st;
}

enum tr_status tr_finish_fill(const struct column_fill *fill, unsigned threads,
                              struct columns *c, struct tr_arena *scratch,
                              struct tr_error *err)
{
    struct finishing f = { .fill = fill };
    size_t first = c->n;
    enum tr_status st;

    for (size_t k = 0; k < fill->n_columns; k++)
        columns_next(c);
    if (c->st)
        return c->st;
    if (!hands_begin(&f.hands, threads, scratch))
        return tr_fail(err, TR_ENOMEM, no_memory);
    f.out = c->list + first;
    st = tr_thread_run(fill->n_columns, 1, threads, finish_some, &f, err);
    hands_end(&f.hands, c->a, scratch);
    c->st = st;
    return st;
}

/* ---- records as columns ---- */

/* Where the fields of one schema stand among a layer's columns. */
struct schema_map {
    struct schema_map *next;
    const struct tr_schema *schema;
    size_t *of; /* NO_FIELD: not shown */
};

/* The visible fields of all the schemas that the layer's rows have, by name. */
struct layer_fields {
    const struct tr_input_layer *layer;
    size_t n, most; /* most: fields of one schema */
    const struct tr_schema_field **fields;
    struct schema_map *maps;
    struct column_fill fill;
    struct hands hands;
    struct fill_hand *fillers;
};

#define MAX_LAYER_FIELDS 4096

static size_t find_field(const struct layer_fields *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++) {
        if (strcmp(f->fields[i]->name, name) == 0)
            return i;
    }
    return NO_FIELD;
}

static enum tr_status add_schema(struct layer_fields *f,
                                 const struct tr_schema *schema,
                                 const struct tr_snapshot_input *in,
                                 struct tr_arena *scratch, struct tr_error *err)
{
    struct schema_map *m = tr_arena_alloc(scratch, sizeof *m);

    if (m)
        m->of = tr_arena_array(scratch, schema->n, sizeof *m->of);
    if (!m || !m->of)
        return tr_fail(err, TR_ENOMEM, no_memory);
    m->schema = schema;
    m->next = f->maps;
    f->maps = m;
    f->most = schema->n > f->most ? schema->n : f->most;
    for (size_t i = 0; i < schema->n; i++) {
        const struct tr_schema_field *field = &schema->fields[i];

        m->of[i] = NO_FIELD;
        if (!tr_field_visible(field, in, f->layer))
            continue;
        m->of[i] = find_field(f, field->name);
        if (m->of[i] == NO_FIELD) {
            if (f->n == MAX_LAYER_FIELDS)
                return tr_fail(err, TR_ELIMIT,
                               "layer '%s' has more than %d fields",
                               f->layer->about.name, MAX_LAYER_FIELDS);
            f->fields[f->n] = field;
            m->of[i] = f->n++;
        } else if (f->fields[m->of[i]]->type != field->type) {
            m->of[i] = NO_FIELD;
        }
    }
    return TR_OK;
}

static enum tr_status add_schemas(struct layer_fields *f,
                                  const struct tr_snapshot_input *in,
                                  struct tr_arena *scratch,
                                  struct tr_error *err)
{
    const struct tr_schema *seen = NULL;
    enum tr_status st = TR_OK;

    for (size_t r = 0; !st && r < f->layer->n_rows; r++) {
        const struct schema_map *m = f->maps;

        if (f->layer->rows[r].schema == seen)
            continue;
        seen = f->layer->rows[r].schema;
        while (m && m->schema != seen)
            m = m->next;
        if (!m)
            st = add_schema(f, seen, in, scratch, err);
    }
    return st;
}

static enum tr_status put_row(const struct layer_fields *f, size_t r,
                              struct fill_hand *h, struct tr_arena *lists,
                              struct tr_value *read, struct tr_error *err)
{
    const struct tr_input_row *row = &f->layer->rows[r];
    const struct schema_map *m = f->maps;
    enum tr_status st = tr_record_read(row->schema, row->record,
                                       row->record_len, lists, read, err);

    while (m->schema != row->schema)
        m = m->next;
    for (size_t i = 0; !st && i < row->schema->n; i++) {
        if (m->of[i] != NO_FIELD && read[i].present &&
            !fill_put(h, m->of[i], r, &read[i]))
            st = tr_fail(err, TR_ENOMEM, no_memory);
    }
    return st;
}

#define LIST_BYTES 65536 /* that were read, before they are forgotten */

static enum tr_status put_rows(void *context, size_t first, size_t last,
                               unsigned worker, struct tr_error *err)
{
    struct layer_fields *f = context;
    struct tr_arena *scratch = &f->hands.scratch[worker];
    struct fill_hand *h = &f->fillers[worker];
    struct tr_value *read = tr_arena_array(scratch, f->most + 1, sizeof *read);
    struct tr_arena lists;
    enum tr_status st = TR_OK;

    if (!read || (!h->fill && !fill_hand_init(h, &f->fill, worker, scratch)))
        return tr_fail(err, TR_ENOMEM, no_memory);
    tr_arena_init(&lists, SIZE_MAX);
    for (size_t r = first; !st && r < last; r++) {
        st = put_row(f, r, h, &lists, read, err);
        if (lists.used > LIST_BYTES)
            tr_arena_reset(&lists);
    }
    tr_arena_clear(&lists);
    if (!st && !fill_end_piece(h, first / ROWS_A_PIECE, first, last))
        st = tr_fail(err, TR_ENOMEM, no_memory);
    return st;
}

static bool start_fill(struct layer_fields *f, unsigned threads,
                       struct tr_arena *keep, struct tr_arena *scratch)
{
    size_t n = f->layer->n_rows;

    if (!fill_init(&f->fill, f->n, n, pieces_of(n), scratch))
        return false;
    for (size_t i = 0; i < f->n; i++) {
        const struct tr_schema_field *from = f->fields[i];
        const char *name = tr_arena_text(keep, from->name, strlen(from->name));

        if (!name)
            return false;
        f->fill.columns[i] = (struct fill_column){ .name = name,
                                                   .title = from->title,
                                                   .unit = from->unit,
                                                   .type = from->type,
                                                   .tier = from->tier };
    }
    if (!hands_begin(&f->hands, threads, scratch) ||
        !fill_start(&f->fill, f->hands.n, keep, scratch))
        return false;
    f->fillers = tr_arena_array(scratch, f->hands.n, sizeof *f->fillers);
    return f->fillers != NULL;
}

enum tr_status tr_record_columns(const struct tr_input_layer *l,
                                 const struct tr_snapshot_input *in,
                                 struct columns *c, struct tr_arena *scratch,
                                 struct tr_error *err)
{
    struct layer_fields f = { .layer = l };
    enum tr_status st;

    f.fields = tr_arena_array(scratch, MAX_LAYER_FIELDS, sizeof *f.fields);
    if (!f.fields)
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = add_schemas(&f, in, scratch, err);
    if (!st && !start_fill(&f, in->threads, c->a, scratch))
        st = tr_fail(err, TR_ENOMEM, no_memory);
    if (st)
        return st;
    st = tr_thread_run(l->n_rows, ROWS_A_PIECE, in->threads, put_rows, &f, err);
    hands_end(&f.hands, c->a, scratch);
    return st ? st : tr_finish_fill(&f.fill, in->threads, c, scratch, err);
}
