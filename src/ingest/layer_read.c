/* layer_read.c - the files of a layer, read in blocks. See layer_block.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ingest/layer_batch.h"
#include "terrier/text.h"

/* A block is mapped when it holds this much, whatever its rows. */
#define BLOCK_BYTES ((size_t)16 * 1024 * 1024)

#define CONTENT_KEY 26 /* base32 characters: 130 bits */

/* ---- which columns are used ---- */

struct planning {
    struct layer_load *l;
    struct layer_plan *plan;
    size_t room;
};

static size_t use(struct planning *pl, const char *name)
{
    struct layer_plan *plan = pl->plan;

    if (!name)
        return SIZE_MAX;
    for (size_t i = 0; i < plan->n; i++) {
        if (strcmp(plan->names[i], name) == 0)
            return i;
    }
    plan->names[plan->n] = name;
    return plan->n++;
}

static enum tr_status use_expression(struct planning *pl,
                                     const struct profile_expression *e,
                                     struct tr_error *err)
{
    struct layer_load *l = pl->l;
    const char *const *names;
    size_t n;

    if (!e->tree)
        return TR_OK;

    enum tr_status st = tr_cql2_properties(e->tree, &l->keep, &names, &n, err);

    if (st)
        return st;
    for (size_t i = 0; i < n; i++) {
        if (pl->plan->n == pl->room)
            return tr_fail(err, TR_ELIMIT,
                           "%s: its expressions use more than %zu columns",
                           l->p->file, pl->room);
        pl->plan->in_expression[use(pl, names[i])] = true;
    }
    return TR_OK;
}

static size_t field_named(const struct profile *p, const char *name)
{
    for (size_t f = 0; f < p->n_fields; f++) {
        if (strcmp(p->fields[f].name, name) == 0)
            return f;
    }
    return SIZE_MAX;
}

static enum tr_status plan_columns(struct planning *pl, struct tr_error *err)
{
    const struct profile *p = pl->l->p;
    struct layer_plan *plan = pl->plan;
    enum tr_status st;

    /* Expressions last: they alone can be too many. */
    for (size_t i = 0; i < p->n_fields; i++)
        plan->field[i] = use(pl, p->fields[i].column);
    for (size_t i = 0; i < p->n_key; i++)
        plan->key[i] = use(pl, p->key[i]);
    plan->x = use(pl, p->x);
    plan->y = use(pl, p->y);
    plan->crs = use(pl, p->crs_column);
    plan->uprn = use(pl, p->uprn);
    plan->postcode = use(pl, p->postcode);
    plan->dissolve = use(pl, p->dissolve);
    plan->uprn_field = field_named(p, "uprn");
    plan->postcode_field = field_named(p, "postcode");
    plan->street_field = field_named(p, "street");
    plan->name_field = field_named(p, "name");
    st = use_expression(pl, &p->where, err);
    if (!st)
        st = use_expression(pl, &p->total_row, err);
    for (size_t i = 0; i < p->n_tiers && !st; i++)
        st = use_expression(pl, &p->tiers[i].when, err);
    for (size_t i = 0; i < p->n_fields && !st; i++)
        st = use_expression(pl, &p->fields[i].cql2, err);
    return st;
}

static enum tr_status make_plan(struct layer_load *l, struct layer_plan *plan,
                                struct tr_error *err)
{
    const struct profile *p = l->p;
    size_t room = p->n_fields + p->n_key + 8 + 2048;
    struct planning pl = { .l = l, .plan = plan, .room = room };

    *plan = (struct layer_plan){
        .names = tr_arena_array(&l->keep, room, sizeof *plan->names),
        .in_expression =
            tr_arena_array(&l->keep, room, sizeof *plan->in_expression),
        .field = tr_arena_array(&l->keep, p->n_fields, sizeof *plan->field),
        .key = tr_arena_array(&l->keep, p->n_key, sizeof *plan->key),
    };
    if (!plan->names || !plan->in_expression || !plan->field || !plan->key)
        return layer_no_memory(l, err);
    return plan_columns(&pl, err);
}

/* ---- one file ---- */

struct reading {
    struct layer_load *l;
    const struct layer_plan *plan;
    struct source *source;
    size_t *column; /* of the file, by plan column */
    struct layer_block_file file;
    struct layer_batch *batch;
    size_t n_file_columns;
};

/* What the file has instead: enough names to see what was taken for them. */
static void list_columns(const struct reading *r, char *out, size_t room)
{
    const char *const *names = source_columns(r->source);
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = 0, said = 0; i < r->n_file_columns && said < 5; i++) {
        if (!*names[i] || n + 40 > room)
            continue;
        n += (size_t)snprintf(out + n, room - n, "%s'%.24s'", said ? ", " : "",
                              names[i]);
        said++;
    }
}

static enum tr_status no_such_column(const struct reading *r, const char *name,
                                     struct tr_error *err)
{
    const char *file = r->l->files[r->file.number];
    const char *near =
        tr_text_nearest(name, source_columns(r->source), r->n_file_columns);
    char list[200];

    if (near) {
        tr_fail(err, TR_ECONFIG, "'%s' has no column '%s', did you mean '%s'",
                file, name, near);
    } else if (source_has_header_row(r->source)) {
        list_columns(r, list, sizeof list);
        tr_fail(err, TR_ECONFIG,
                "'%s' has no column '%s'; row %d has %s: if the names stand in "
                "another, say 'header_row:'",
                file, name, r->l->p->header_row, list);
    } else {
        list_columns(r, list, sizeof list);
        tr_fail(err, TR_ECONFIG, "'%s' has no column '%s'; it has %s", file,
                name, list);
    }
    return profile_column_fail(r->l->p, name, err);
}

static enum tr_status find_columns(struct reading *r, struct tr_error *err)
{
    r->column = tr_arena_array(&r->l->keep, r->plan->n, sizeof *r->column);
    if (!r->column)
        return layer_no_memory(r->l, err);
    for (size_t i = 0; i < r->plan->n; i++) {
        r->column[i] = source_column(r->source, r->plan->names[i]);
        if (r->column[i] == SIZE_MAX)
            return no_such_column(r, r->plan->names[i], err);
    }
    return TR_OK;
}

static enum tr_status find_srid(struct reading *r, struct tr_error *err)
{
    const struct profile *p = r->l->p;
    int declared = source_srid(r->source);

    r->file.has_geometry =
        !p->no_geometry && !p->x && source_has_geometry(r->source);
    r->file.srid = p->srid ? p->srid : declared;
    if (!p->srid && declared < 0)
        return tr_fail(err, TR_EDATA,
                       "'%s' is in a CRS without an EPSG code: say which with "
                       "'crs:'",
                       r->l->files[r->file.number]);
    if (r->file.srid == 0)
        r->file.srid = 4326;
    return TR_OK;
}

static bool says_total(const struct source_row *row)
{
    static const char *const words[] = { "total", "grand total", "sub-total",
                                         "subtotal", "sum" };

    for (size_t i = 0; i < row->n; i++) {
        size_t len;
        const char *s =
            row->values[i] ? tr_text_trim(row->values[i], &len) : "";

        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            size_t n = strlen(words[w]);

            if (strncasecmp(s, words[w], n) == 0 &&
                (!s[n] || strchr(" :\t", s[n])))
                return true;
        }
    }
    return false;
}

static const char *content_key(struct layer_load *l,
                               const struct source_row *row)
{
    struct tr_hasher h;
    char key[CONTENT_KEY + 1];

    tr_hash_init(&h);
    for (size_t i = 0; i < row->n; i++)
        tr_hash_text(&h, row->values[i] ? row->values[i] : "");
    tr_hash_int(&h, (int64_t)row->wkb_len);
    tr_hash_add(&h, row->wkb, row->wkb_len);

    struct tr_digest d = tr_hash_end(&h);

    tr_digest_base32(&d, CONTENT_KEY, key);
    return tr_arena_text(&l->block, key, CONTENT_KEY);
}

/* Bytes of a value with its NUL; 0: there is none. */
static size_t size_of(const struct source_row *row, size_t i)
{
    if (!row->values[i])
        return 0;
    return (row->lengths ? row->lengths[i] : strlen(row->values[i])) + 1;
}

/* The values in use, one after another, as they stand. */
static bool copy_values(struct reading *r, const struct source_row *row,
                        struct tr_arena *a, struct block_row *to)
{
    char **values = tr_arena_array(a, r->plan->n + 1, sizeof *values);
    size_t room = 0;
    char *text;

    for (size_t i = 0; i < r->plan->n; i++)
        room += size_of(row, r->column[i]);
    text = tr_arena_alloc(a, room);
    if (!values || !text)
        return false;
    for (size_t i = 0; i < r->plan->n; i++) {
        size_t len = size_of(row, r->column[i]);

        if (!len)
            continue;
        memcpy(text, row->values[r->column[i]], len);
        values[i] = text;
        text += len;
    }
    to->values = values;
    return true;
}

/* Has one of the key's columns a value? */
static bool has_key(struct reading *r, struct layer_block *b,
                    const struct source_row *row, bool *out)
{
    const struct profile *p = r->l->p;

    *out = p->n_key == 0;
    for (size_t i = 0; i < p->n_key && !*out; i++) {
        const char *v = row->values[r->column[r->plan->key[i]]];
        char *copy = v ? tr_arena_text(&b->l->block, v, strlen(v)) : NULL;

        if ((v && !copy) || !layer_clean(b->l, &copy))
            return false;
        *out = copy != NULL;
    }
    return true;
}

/* Copy what is used of a row into the block. */
static bool take_row(struct reading *r, struct layer_block *b,
                     const struct source_row *row)
{
    struct tr_arena *a = &b->l->block;
    struct block_row *to = &b->rows[b->n];
    bool keyed;

    *to = (struct block_row){ .number = row->number };
    if (!copy_values(r, row, a, to) || !has_key(r, b, row, &keyed))
        return false;
    to->total = !keyed && says_total(row);
    if (r->l->p->n_key == 0) {
        to->content_key = content_key(b->l, row);
        if (!to->content_key)
            return false;
    }
    if (row->wkb && b->file.has_geometry) {
        unsigned char *wkb = tr_arena_alloc(a, row->wkb_len);

        if (!wkb)
            return false;
        memcpy(wkb, row->wkb, row->wkb_len);
        to->wkb = wkb;
        to->wkb_len = row->wkb_len;
    }
    b->n++;
    return true;
}

static enum tr_status refuse_length(const struct reading *r,
                                    struct layer_block *b,
                                    const struct source_row *row)
{
    b->l->report->rejected++;
    return layer_issue(
        b->l, (struct load_at){ r->file.number, row->number, NULL, NULL },
        "wrong number of values", STORE_ERROR,
        "the row has %zu values, the header %zu columns", row->n,
        r->n_file_columns);
}

static enum tr_status fill_block(void *context, struct layer_block *b,
                                 bool *more, struct tr_error *err)
{
    struct reading *r = context;
    struct layer_load *l = r->l;

    while (b->n < BLOCK_ROWS && b->l->block.used <= BLOCK_BYTES) {
        struct source_row row;
        enum tr_status st = source_next(r->source, &row, err);

        if (st || !row.n) {
            *more = false;
            return st;
        }
        if ((size_t)++l->report->read > l->options->limits.max_rows)
            return tr_fail(err, TR_ELIMIT,
                           "layer '%s' has more rows than the limit of %zu "
                           "(max_rows)",
                           l->p->layer, l->options->limits.max_rows);
        if (row.n != r->n_file_columns ? refuse_length(r, b, &row) != TR_OK
                                       : !take_row(r, b, &row))
            return layer_no_memory(l, err);
    }
    return TR_OK;
}

static enum tr_status read_file(struct reading *r, size_t file,
                                struct tr_error *err)
{
    struct layer_load *l = r->l;
    enum tr_status st = source_open(l->p, l->paths[file], l->files[file],
                                    &l->options->limits, &r->source, err);

    if (st)
        return st;
    r->file = (struct layer_block_file){ .number = (uint32_t)file };
    r->n_file_columns = source_n_columns(r->source);
    st = find_columns(r, err);
    if (!st)
        st = find_srid(r, err);
    if (!st)
        st = layer_batch_run(r->batch, &r->file, fill_block, r, err);
    source_close(r->source);
    return st;
}

static enum tr_status say_what_is_left(struct layer_load *l,
                                       struct tr_error *err)
{
    const struct load_layer_report *r = l->report;

    if (r->excluded)
        layer_issue(l, (struct load_at){ 0 }, "left out", STORE_NOTE,
                    "the profile's 'where' leaves out %ld of %ld rows",
                    r->excluded, r->read);
    if (l->p->rows && !r->read)
        return TR_OK; /* nothing supplied yet, says the profile */
    if (!r->read)
        return tr_fail(err, TR_EDATA, "'%s' has column names, but no rows",
                       l->files[0]);
    if (!l->n_rows && r->excluded == r->rejected)
        return tr_fail(err, TR_EDATA,
                       "'where' of layer '%s' leaves none of its %ld rows",
                       l->p->layer, r->read);
    if (!l->n_rows)
        return tr_fail(err, TR_EDATA,
                       "not one of the %ld rows of layer '%s' could be "
                       "accepted: --issues FILE.csv says why of each",
                       r->read, l->p->layer);
    return TR_OK;
}

enum tr_status layer_read(struct layer_load *l, struct tr_error *err)
{
    struct layer_plan plan;
    struct reading r = { .l = l, .plan = &plan };
    enum tr_status st = make_plan(l, &plan, err);

    if (st)
        return st;
    st = layer_batch_new(l, &plan, &r.batch, err);
    if (st)
        return st;
    for (size_t i = 0; i < l->n_files && !st; i++)
        st = read_file(&r, i, err);
    layer_batch_end(r.batch);
    return st ? st : say_what_is_left(l, err);
}
