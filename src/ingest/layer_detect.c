/* layer_detect.c - what only shows over a whole layer: sensitive rows, one
 * floor area repeated, one coordinate repeated. See layer_load.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/layer_load.h"
#include "terrier/hash.h"
#include "terrier/thread.h"

/* Fewer rows than this, or a share below it, is chance. */
#define SHARED_ROWS  3
#define SHARED_M2    100
#define SHARED_NEAR  ((int64_t)500 * 1000)
#define SHARED_MOST  2000 /* rows of one area that are compared */
#define SHARED_PIECE 8192 /* rows that a thread takes at a time */
#define SAME_ROWS    10
#define SAME_PERCENT 5

static enum tr_status read_record(const struct layer_load *l,
                                  const struct load_row *row,
                                  struct tr_arena *a, struct tr_value **out,
                                  struct tr_error *err)
{
    struct tr_value *values = tr_arena_array(a, l->p->n_fields, sizeof *values);

    if (!values)
        return layer_no_memory(l, err);
    *out = values;
    return tr_record_read(&l->p->schema, row->record, row->record_len, a,
                          values, err);
}

/* ---- held by the sensitive list ---- */

/* A field that may say what a place is: not where it is, and not a number. */
static bool is_telling(const struct profile *p, size_t field)
{
    static const char *const sites[] = {
        "name", "name_as_supplied",  "use", "services", "partner_category",
        "note", "statutory_function"
    };
    static const char *const others[] = { "address",  "street",  "town",
                                          "postcode", "website", "uprn" };
    const struct profile_field *f = &p->fields[field];
    bool is_site = p->kind == STORE_SITES;
    const char *const *names = is_site ? sites : others;
    size_t n =
        is_site ? sizeof sites / sizeof *sites : sizeof others / sizeof *others;

    if (f->type != TR_TEXT && f->type != TR_LIST)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(f->name, names[i]) == 0)
            return is_site;
    }
    return !is_site;
}

static size_t count_texts(const struct profile *p, const struct tr_value *v)
{
    size_t n = 0;

    for (size_t f = 0; f < p->n_fields; f++) {
        if (v[f].present && is_telling(p, f))
            n += v[f].type == TR_LIST ? v[f].is.list.n : 1;
    }
    return n;
}

static enum tr_status hold_row(struct layer_load *l, struct load_row *row,
                               struct tr_error *err)
{
    const struct profile *p = l->p;
    struct tr_value *v;
    enum tr_status st = read_record(l, row, &l->block, &v, err);
    size_t n = 0;

    if (st)
        return st;

    const char **texts =
        tr_arena_array(&l->block, count_texts(p, v), sizeof *texts);

    if (!texts)
        return layer_no_memory(l, err);
    for (size_t f = 0; f < p->n_fields; f++) {
        if (!v[f].present || !is_telling(p, f))
            continue;
        if (v[f].type == TR_TEXT)
            texts[n++] = v[f].is.text;
        for (size_t k = 0; v[f].type == TR_LIST && k < v[f].is.list.n; k++)
            texts[n++] = v[f].is.list.items[k];
    }
    row->held =
        tr_place_hold(l->place, p->layer, row->key, texts, n, &l->block);
    if (row->held)
        row->tier = row->position_tier = TR_RESTRICTED;
    return TR_OK;
}

enum tr_status layer_hold(struct layer_load *l, struct tr_error *err)
{
    enum store_kind kind = l->p->kind;

    if (!l->place->n_holds || kind == STORE_AREAS || kind == STORE_STATISTICS ||
        kind == STORE_POSTCODES || kind == STORE_UPRNS)
        return TR_OK;
    for (size_t i = 0; i < l->n_rows; i++) {
        if (l->rows[i].dropped || l->rows[i].held)
            continue;

        enum tr_status st = hold_row(l, &l->rows[i], err);

        /* What was put aside is small; clear it now and then. */
        if (l->block.used > (size_t)1024 * 1024)
            tr_arena_clear(&l->block);
        if (st)
            return st;
    }
    tr_arena_clear(&l->block);
    return TR_OK;
}

/* ---- one floor area on several rows ---- */

struct candidate { /* 32 bytes, which qsort() moves as they are */
    double area;
    uint32_t row;
    uint32_t street_hash, name_hash;
    int32_t e_mm, n_mm;
    uint16_t shared; /* rows that hang together with it */
    bool has_position;
};

static int by_area(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->area != y->area)
        return x->area < y->area ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* A total of hundreds is likely to be an estimate made more than once. */
static bool may_be_shared(const struct load_row *row)
{
    return !row->dropped && row->floor_area >= SHARED_M2 &&
           fmod(row->floor_area, 100) != 0;
}

static struct candidate candidate_of(const struct layer_load *l, size_t i)
{
    const struct load_row *row = &l->rows[i];

    return (struct candidate){ .area = row->floor_area,
                               .row = (uint32_t)i,
                               .street_hash = row->street_hash,
                               .name_hash = row->name_hash,
                               .e_mm = row->position.e_mm,
                               .n_mm = row->position.n_mm,
                               .has_position = row->has_position };
}

static enum tr_status collect(struct layer_load *l, struct candidate **out,
                              size_t *n, struct tr_error *err)
{
    size_t count = 0;

    for (size_t i = 0; i < l->n_rows; i++)
        count += may_be_shared(&l->rows[i]);
    *n = count;
    *out = tr_arena_array(&l->keep, count, sizeof **out);
    if (!*out)
        return layer_no_memory(l, err);
    count = 0;
    for (size_t i = 0; i < l->n_rows; i++) {
        if (may_be_shared(&l->rows[i]))
            (*out)[count++] = candidate_of(l, i);
    }
    if (count)
        qsort(*out, count, sizeof **out, by_area);
    return TR_OK;
}

/* The part of a name before the first mark, "Longford Park, bowls pavilion",
 * when it is long enough to say something; else 0. */
static size_t name_length(const char *name)
{
    size_t n = strcspn(name, ",-(");

    return n >= 6 ? n : 0;
}

uint32_t layer_name_hash(const char *name)
{
    size_t n = name_length(name);

    return n ? (uint32_t)tr_fast_hash(name, n) | 1 : 0;
}

static bool same_name(const char *a, const char *b)
{
    size_t n = name_length(a);

    return n && name_length(b) == n && memcmp(a, b, n) == 0;
}

uint32_t layer_street_hash(const char *street)
{
    return (uint32_t)tr_fast_hash(street, strlen(street)) | 1;
}

struct sharing {
    const struct layer_load *l;
    struct candidate *c;
    size_t n;
    size_t street, name; /* fields; SIZE_MAX */
};

/* Digests that are alike are looked behind; `field` is the street or the name.
 */
static enum tr_status same_texts(const struct sharing *s, size_t field,
                                 const struct candidate *a,
                                 const struct candidate *b,
                                 struct tr_arena *scratch, bool *out,
                                 struct tr_error *err)
{
    struct tr_value *x, *y;
    enum tr_status st =
        read_record(s->l, &s->l->rows[a->row], scratch, &x, err);

    if (!st)
        st = read_record(s->l, &s->l->rows[b->row], scratch, &y, err);
    if (!st)
        *out = x[field].present && y[field].present &&
               (field == s->name
                    ? same_name(x[field].is.text, y[field].is.text)
                    : strcmp(x[field].is.text, y[field].is.text) == 0);
    return st;
}

static enum tr_status belong(const struct sharing *s, const struct candidate *a,
                             const struct candidate *b,
                             struct tr_arena *scratch, bool *out,
                             struct tr_error *err)
{
    int64_t de = (int64_t)a->e_mm - b->e_mm, dn = (int64_t)a->n_mm - b->n_mm;
    enum tr_status st = TR_OK;

    *out = a->has_position && b->has_position &&
           de * de + dn * dn <= SHARED_NEAR * SHARED_NEAR;
    if (!*out && a->street_hash && a->street_hash == b->street_hash)
        st = same_texts(s, s->street, a, b, scratch, out, err);
    if (!st && !*out && a->name_hash && a->name_hash == b->name_hash)
        st = same_texts(s, s->name, a, b, scratch, out, err);
    return st;
}

static enum tr_status mark_shared(struct layer_load *l, struct load_row *row,
                                  size_t n, struct tr_error *err)
{
    struct tr_value *v;
    enum tr_status st = read_record(l, row, &l->block, &v, err);
    char value[32];

    if (st)
        return st;
    v[l->p->shared_field] = (struct tr_value){ .type = TR_BOOLEAN,
                                               .present = true,
                                               .is.boolean = true };
    tr_buf_reset(&l->buf);
    tr_record_write(&l->p->schema, v, &l->buf);
    row->record =
        l->buf.failed ? NULL : layer_keep_bytes(l, l->buf.data, l->buf.len);
    row->record_len = (uint32_t)l->buf.len;
    if (!row->record)
        return layer_no_memory(l, err);
    tr_buf_reset(&l->buf);
    tr_buf_number(&l->buf, row->floor_area);
    tr_buf_byte(&l->buf, '\0');
    if (l->buf.failed || l->buf.len > sizeof value)
        return TR_OK;
    memcpy(value, l->buf.data, l->buf.len);
    if (layer_issue(l,
                    (struct load_at){ row->file, row->number,
                                      l->p->fields[l->p->area_field].column,
                                      value },
                    "shared floor area", STORE_NOTE,
                    "%zu rows near each other have this floor area: taken as "
                    "one total for all of them",
                    n))
        return layer_no_memory(l, err);
    return TR_OK;
}

/* Number the candidates so that those that hang together have one number. */
static enum tr_status group_up(const struct sharing *s,
                               const struct candidate *c, size_t n,
                               size_t *group, struct tr_arena *scratch,
                               struct tr_error *err)
{
    for (size_t i = 0; i < n; i++) {
        group[i] = i;
        for (size_t k = 0; k < i; k++) {
            bool together = false;
            enum tr_status st = TR_OK;

            if (group[k] != group[i])
                st = belong(s, &c[i], &c[k], scratch, &together, err);
            if (st)
                return st;
            for (size_t j = 0, old = group[k]; together && j <= i; j++)
                group[j] = group[j] == old ? group[i] : group[j];
        }
    }
    return TR_OK;
}

/* Rows c[0..n-1] have one area: how many hang together with each? */
static enum tr_status shared_among(const struct sharing *s, struct candidate *c,
                                   size_t n, struct tr_arena *scratch,
                                   struct tr_error *err)
{
    size_t *group = tr_arena_array(scratch, 2 * n, sizeof *group);
    enum tr_status st = group ? group_up(s, c, n, group, scratch, err)
                              : layer_no_memory(s->l, err);

    for (size_t i = 0; i < n && !st; i++)
        group[n + group[i]]++;
    for (size_t i = 0; i < n && !st; i++)
        c[i].shared = (uint16_t)group[n + group[i]]; /* <= SHARED_MOST */
    return st;
}

/* The areas that begin in first..last-1. */
static enum tr_status find_shared(void *context, size_t first, size_t last,
                                  unsigned worker, struct tr_error *err)
{
    const struct sharing *s = context;
    struct candidate *c = s->c;
    struct tr_arena scratch;
    enum tr_status st = TR_OK;

    (void)worker;
    tr_arena_init(&scratch, s->l->options->max_memory);
    while (first > 0 && first < last && c[first].area == c[first - 1].area)
        first++;
    for (size_t i = first, end; i < last && !st; i = end) {
        for (end = i + 1; end < s->n && c[end].area == c[i].area;)
            end++;
        if (end - i < SHARED_ROWS || end - i > SHARED_MOST)
            continue;
        st = shared_among(s, c + i, end - i, &scratch, err);
        tr_arena_reset(&scratch);
    }
    tr_arena_clear(&scratch);
    return st;
}

static size_t field_named(const struct profile *p, const char *name)
{
    for (size_t f = 0; f < p->n_fields; f++) {
        if (strcmp(p->fields[f].name, name) == 0)
            return f;
    }
    return SIZE_MAX;
}

static enum tr_status detect_shared(struct layer_load *l, struct tr_error *err)
{
    struct sharing s = { .l = l,
                         .street = field_named(l->p, "street"),
                         .name = field_named(l->p, "name") };
    enum tr_status st;

    if (l->p->kind != STORE_SITES || l->p->shared_field == SIZE_MAX ||
        l->p->area_field == SIZE_MAX)
        return TR_OK;
    st = collect(l, &s.c, &s.n, err);
    if (!st)
        st = tr_thread_run(s.n, SHARED_PIECE, 0, find_shared, &s, err);
    for (size_t i = 0; i < s.n && !st; i++) {
        if (s.c[i].shared >= SHARED_ROWS)
            st = mark_shared(l, &l->rows[s.c[i].row], s.c[i].shared, err);
    }
    tr_arena_clear(&l->block);
    return st;
}

/* ---- one coordinate on many rows ---- */

/* Places that may be more than one in OFTEN of all are found in one pass: each
 * that differs from all in the list takes one off each (Misra and Gries). */
#define OFTEN (100 / SAME_PERCENT)

struct often {
    uint64_t place[OFTEN];
    size_t count[OFTEN]; /* 0: free */
};

static uint64_t place_of(const struct load_row *row)
{
    return (uint64_t)(uint32_t)row->position.lon_e7 << 32 |
           (uint32_t)row->position.lat_e7;
}

static bool has_own_place(const struct load_row *row)
{
    return !row->dropped && (row->coord_source == STORE_GIVEN ||
                             row->coord_source == STORE_POSTCODE_AS_GIVEN);
}

static void note_place(struct often *o, uint64_t place)
{
    size_t at = OFTEN;

    for (size_t i = 0; i < OFTEN; i++) {
        if (o->count[i] && o->place[i] == place) {
            o->count[i]++;
            return;
        }
        at = o->count[i] ? at : i;
    }
    if (at < OFTEN) {
        o->place[at] = place;
        o->count[at] = 1;
        return;
    }
    for (size_t i = 0; i < OFTEN; i++)
        o->count[i]--;
}

/* How many rows stand at the place where most do: right where they are more
 * than one in OFTEN, else less than that many. */
static size_t most_at_one_place(const struct layer_load *l)
{
    struct often o = { 0 };
    size_t count[OFTEN] = { 0 }, most = 0;

    for (size_t i = 0; i < l->n_rows; i++) {
        if (has_own_place(&l->rows[i]))
            note_place(&o, place_of(&l->rows[i]));
    }
    for (size_t i = 0; i < l->n_rows; i++) {
        uint64_t place = place_of(&l->rows[i]);

        for (size_t k = 0; k < OFTEN && has_own_place(&l->rows[i]); k++)
            count[k] += o.count[k] && o.place[k] == place;
    }
    for (size_t k = 0; k < OFTEN; k++)
        most = count[k] > most ? count[k] : most;
    return most;
}

static enum tr_status detect_one_place(struct layer_load *l,
                                       struct tr_error *err)
{
    size_t kept = 0, most = most_at_one_place(l);

    for (size_t i = 0; i < l->n_rows; i++)
        kept += !l->rows[i].dropped;
    if (most < SAME_ROWS || most * 100 <= kept * SAME_PERCENT)
        return TR_OK;
    l->report->barred_from_measures = l->p->kind == STORE_POINTS;
    return layer_warning(l,
                         l->report->barred_from_measures
                             ? "barred from measures: one coordinate stands "
                               "for %zu of %zu rows"
                             : "one coordinate stands for %zu of %zu rows",
                         most, kept)
               ? layer_no_memory(l, err)
               : TR_OK;
}

enum tr_status layer_detect(struct layer_load *l, struct tr_error *err)
{
    enum tr_status st = detect_shared(l, err);

    if (!st && (l->p->kind == STORE_POINTS || l->p->kind == STORE_SITES))
        st = detect_one_place(l, err);
    return st;
}
