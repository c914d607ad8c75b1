/* layer_map.c - a block of source rows becomes rows of the layer: left out,
 * refused, or mapped field by field. See layer_block.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/convert.h"
#include "ingest/layer_block.h"
#include "terrier/date.h"
#include "terrier/text.h"

struct mapping {
    struct layer_load *l;
    const struct layer_block *b;
    struct block_values expressions;
    struct tr_value *values; /* of the row in hand */
};

static struct load_at at(const struct mapping *m, size_t i, const char *column,
                         const char *value)
{
    return (struct load_at){ m->b->file.number, m->b->rows[i].number, column,
                             value };
}

/* ---- rows that are not records ---- */

static bool is_where(const struct mapping *m, size_t i)
{
    return !m->expressions.where.yes || block_bit(m->expressions.where.yes, i);
}

static bool has_key(const struct mapping *m, size_t i)
{
    const struct profile *p = m->l->p;

    if (p->kind == STORE_POSTCODES)
        return m->b->rows[i].values[m->b->plan->postcode] != NULL;
    if (p->kind == STORE_UPRNS)
        return m->b->rows[i].values[m->b->plan->uprn] != NULL;
    for (size_t k = 0; k < p->n_key; k++) {
        if (m->b->rows[i].values[m->b->plan->key[k]])
            return true;
    }
    return p->n_key == 0;
}

/* False when the row is refused or left out, which is then counted. */
static bool is_record(struct mapping *m, size_t i, enum tr_status *st)
{
    struct layer_load *l = m->l;

    if (!is_where(m, i)) {
        l->report->rejected++;
        l->report->excluded++;
        return false;
    }
    if (block_bit(m->expressions.total.yes, i)) {
        l->report->rejected++;
        *st = layer_issue(l, at(m, i, NULL, NULL), "total row", STORE_NOTE,
                          "not a record, says the profile's 'total_row'");
        return false;
    }
    if (has_key(m, i))
        return true;
    l->report->rejected++;
    *st = m->b->rows[i].total
              ? layer_issue(l, at(m, i, NULL, NULL), "total row", STORE_ERROR,
                            "no key, and a cell says 'total': a total row; "
                            "name such rows with 'total_row:'")
              : layer_issue(l, at(m, i, l->p->n_key ? l->p->key[0] : NULL, ""),
                            "missing value", STORE_ERROR, "the row has no key");
    return false;
}

/* ---- values ---- */

static const char *column_name(const struct profile_field *f)
{
    return f->column ? f->column : f->name;
}

static enum tr_status refuse_value(struct mapping *m, size_t i,
                                   const struct profile_field *f,
                                   const char *value, const char *type)
{
    const char *list = f->codes && !f->mapped ? f->codes : NULL;

    return layer_issue(m->l, at(m, i, column_name(f), value), type,
                       STORE_WARNING, "not a value of '%s'%s%s%s", f->name,
                       list ? "; known are: " : "", list ? list : "",
                       f->mapped ? "; 'values' does not list it" : "");
}

/* Postcodes and UPRNs are kept in their normal form. */
static enum tr_status normal_postcode(struct mapping *m, size_t i,
                                      const char *column, const char **text)
{
    char normal[CONVERT_POSTCODE];
    bool repaired;
    const char *given = *text;

    *text = NULL;
    if (convert_postcode(given, normal, &repaired) == CONVERT_REFUSED)
        return layer_issue(m->l, at(m, i, column, given), "invalid postcode",
                           STORE_WARNING,
                           "neither a postcode nor an outward code");
    *text = tr_arena_text(&m->l->block, normal, strlen(normal));
    if (!*text)
        return TR_ENOMEM;
    return repaired
               ? layer_issue(m->l, at(m, i, column, given), "invalid postcode",
                             STORE_NOTE,
                             "a letter stood for a digit; read as '%s'", normal)
               : TR_OK;
}

static enum tr_status normal_uprn(struct mapping *m, size_t i,
                                  const char *column, const char **text)
{
    char normal[CONVERT_UPRN];
    const char *given = *text;
    bool spoilt = strpbrk(given, "eE.") != NULL;

    *text = NULL;
    if (!convert_uprn(given, normal))
        return layer_issue(m->l, at(m, i, column, given), "invalid UPRN",
                           STORE_WARNING,
                           spoilt ? "a spreadsheet has made a number of it, "
                                    "and its last digits may be gone"
                                  : "a UPRN is 1 to 12 digits");
    *text = tr_arena_text(&m->l->block, normal, strlen(normal));
    return *text ? TR_OK : TR_ENOMEM;
}

static enum tr_status from_text(struct mapping *m, size_t i, size_t field,
                                const char *text)
{
    const struct profile_field *f = &m->l->p->fields[field];
    struct tr_value v;
    enum tr_status st = TR_OK;
    const char *why = convert_value(m->l->p, f, text, &m->l->block, &v);

    if (why)
        return refuse_value(m, i, f, text, why);
    if (f->type == TR_TEXT && v.present) {
        if (field == m->b->plan->postcode_field)
            st = normal_postcode(m, i, column_name(f), &v.is.text);
        else if (field == m->b->plan->uprn_field)
            st = normal_uprn(m, i, column_name(f), &v.is.text);
        v.present = v.is.text != NULL;
    }
    m->values[field] = v;
    return st;
}

/* ---- values of expressions ---- */

static enum tr_status from_list(struct mapping *m, size_t i, size_t field,
                                const struct tr_column *c)
{
    struct tr_buf *buf = &m->l->buf;

    tr_buf_reset(buf);
    for (uint32_t k = c->list_starts[i]; k < c->list_starts[i + 1]; k++) {
        if (buf->len)
            tr_buf_byte(buf, ';');
        tr_buf_str(buf, c->dict->texts[c->values.codes[k]]);
    }

    const char *joined = tr_buf_text(buf);
    const char *kept =
        joined ? tr_arena_text(&m->l->block, joined, strlen(joined)) : NULL;

    if (!kept)
        return TR_ENOMEM;
    return *kept ? from_text(m, i, field, kept) : TR_OK;
}

static const char *as_text(struct layer_load *l, const struct tr_column *c,
                           size_t i)
{
    char date[TR_DATE_TEXT];

    tr_buf_reset(&l->buf);
    switch (c->type) {
    case TR_BOOLEAN: return c->values.booleans[i] ? "true" : "false";
    case TR_INTEGER:
    case TR_INSTANT: tr_buf_int(&l->buf, c->values.integers[i]); break;
    case TR_NUMBER: tr_buf_number(&l->buf, c->values.numbers[i]); break;
    case TR_DATE:
        tr_date_text(c->values.dates[i], date);
        tr_buf_str(&l->buf, date);
        break;
    case TR_TEXT: return tr_text_at(c, i);
    case TR_LIST:
    case TR_GEOMETRY: break;
    }

    const char *text = tr_buf_text(&l->buf);

    return text ? tr_arena_text(&l->block, text, strlen(text)) : NULL;
}

static enum tr_status from_expression(struct mapping *m, size_t i, size_t field)
{
    const struct profile_field *f = &m->l->p->fields[field];
    const struct tr_column *c = &m->expressions.fields[field];
    struct tr_value *v = &m->values[field];

    if (!tr_has(c, i))
        return TR_OK;
    if (c->type == TR_LIST)
        return from_list(m, i, field, c);
    if (c->type == TR_NUMBER && f->type == TR_NUMBER) {
        /* As it is: a decimal comma is a matter of texts. */
        *v = (struct tr_value){ .type = TR_NUMBER,
                                .present = true,
                                .is.number = c->values.numbers[i] * f->factor };
        return TR_OK;
    }

    const char *text = as_text(m->l, c, i);

    if (!text)
        return TR_ENOMEM;
    return *text ? from_text(m, i, field, text) : TR_OK;
}

static bool maps_empty(const struct profile_field *f)
{
    for (size_t i = 0; i < f->n_values; i++) {
        if (!*f->values[i].theirs)
            return true;
    }
    return false;
}

static enum tr_status map_field(struct mapping *m, size_t i, size_t field)
{
    const struct profile_field *f = &m->l->p->fields[field];
    size_t column = m->b->plan->field[field];
    const char *text = f->constant;
    enum tr_status st = TR_OK;

    m->values[field] = (struct tr_value){ .type = f->type };
    if (f->cql2.tree)
        st = from_expression(m, i, field);
    else if (column != SIZE_MAX)
        text = m->b->rows[i].values[column];
    if (!st && text)
        st = from_text(m, i, field, text);
    if (!st && !text && !m->values[field].present && maps_empty(f) &&
        (column != SIZE_MAX || !tr_has(&m->expressions.fields[field], i)))
        st = from_text(m, i, field, "");
    return st;
}

/* ---- tier ---- */

/* The first rule that is true; an unknown one counts where it hides more. */
static enum tr_tier row_tier(const struct mapping *m, size_t i)
{
    const struct profile *p = m->l->p;
    enum tr_tier tier = TR_RESTRICTED;
    size_t k = 0;

    for (; k < p->n_tiers; k++) {
        if (!p->tiers[k].when.tree ||
            block_bit(m->expressions.tiers[k].yes, i)) {
            tier = p->tiers[k].tier;
            break;
        }
    }
    while (k-- > 0) {
        if (block_bit(m->expressions.tiers[k].unknown, i) &&
            p->tiers[k].tier > tier)
            tier = p->tiers[k].tier;
    }
    return tier;
}

/* ---- the key and the ladder's texts ---- */

static const char *joined_key(const struct mapping *m, size_t i)
{
    const struct profile *p = m->l->p;
    struct tr_buf *buf = &m->l->buf;

    if (m->b->rows[i].content_key)
        return m->b->rows[i].content_key;
    if (p->n_key == 1)
        return m->b->rows[i].values[m->b->plan->key[0]];
    tr_buf_reset(buf);
    for (size_t k = 0; k < p->n_key; k++) {
        const char *part = m->b->rows[i].values[m->b->plan->key[k]];

        if (k)
            tr_buf_byte(buf, 0x1F);
        tr_buf_str(buf, part ? part : "");
    }
    return tr_buf_text(buf);
}

static const char *field_text(const struct mapping *m, size_t field)
{
    const struct tr_value *v = field == SIZE_MAX ? NULL : &m->values[field];

    return v && v->type == TR_TEXT && v->present ? v->is.text : NULL;
}

/* A text for the ladder: a column named for it, else the field. */
static enum tr_status ladder_text(struct mapping *m, size_t i, bool postcode,
                                  const char **out)
{
    const struct layer_plan *plan = m->b->plan;
    size_t field = postcode ? plan->postcode_field : plan->uprn_field;
    size_t column = postcode ? plan->postcode : plan->uprn;
    const char *text;
    enum tr_status st = TR_OK;

    if (field != SIZE_MAX || column == SIZE_MAX) {
        text = field_text(m, field);
    } else {
        text = m->b->rows[i].values[column];
        if (text && postcode)
            st = normal_postcode(m, i, plan->names[column], &text);
        else if (text)
            st = normal_uprn(m, i, plan->names[column], &text);
    }
    if (!st && text) {
        text = layer_keep(m->l, text);
        if (!text)
            return TR_ENOMEM;
    }
    *out = text;
    return st;
}

static enum tr_status find_key(struct mapping *m, size_t i,
                               struct load_row *row)
{
    const struct profile *p = m->l->p;
    enum tr_status st = TR_OK;

    if (p->kind != STORE_AREAS && p->kind != STORE_STATISTICS) {
        st = ladder_text(m, i, true, &row->postcode);
        if (!st)
            st = ladder_text(m, i, false, &row->uprn);
    }
    if (st)
        return st;
    if (p->kind == STORE_POSTCODES && row->postcode &&
        !strchr(row->postcode, ' '))
        return layer_issue(m->l, at(m, i, p->postcode, row->postcode),
                           "invalid postcode", STORE_ERROR,
                           "only the first half of a postcode");
    if (p->kind == STORE_POSTCODES)
        row->key = row->postcode;
    else if (p->kind == STORE_UPRNS)
        row->key = row->uprn;
    else
        row->key = joined_key(m, i);
    if (row->key && p->kind != STORE_POSTCODES && p->kind != STORE_UPRNS)
        row->key = layer_keep(m->l, row->key);
    return TR_OK;
}

/* ---- one row ---- */

static struct load_row *next_row(struct layer_load *l)
{
    if (l->n_rows == l->room) {
        size_t room = l->room ? l->room * 2 : 4096;
        struct load_row *rows = realloc(l->rows, room * sizeof *rows);

        if (!rows)
            return NULL;
        l->rows = rows;
        l->room = room;
    }
    l->rows[l->n_rows] = (struct load_row){ .floor_area = (double)NAN };
    return &l->rows[l->n_rows];
}

static void derived_values(struct mapping *m, struct load_row *row)
{
    const struct profile *p = m->l->p;

    if (p->area_field == SIZE_MAX || !m->values[p->area_field].present)
        return;
    row->floor_area = m->values[p->area_field].is.number;

    const char *street = field_text(m, m->b->plan->street_field);
    const char *name = field_text(m, m->b->plan->name_field);

    row->street_hash = street ? layer_street_hash(street) : 0;
    row->name_hash = name ? layer_name_hash(name) : 0;
    if (p->shared_field != SIZE_MAX && !p->fields[p->shared_field].column &&
        !p->fields[p->shared_field].cql2.tree &&
        !p->fields[p->shared_field].constant)
        m->values[p->shared_field] =
            (struct tr_value){ .type = TR_BOOLEAN, .present = true };
}

static bool keep_record(struct mapping *m, struct load_row *row)
{
    struct layer_load *l = m->l;

    tr_buf_reset(&l->buf);
    tr_record_write(&l->p->schema, m->values, &l->buf);
    if (l->buf.failed)
        return false;
    row->record = layer_keep_bytes(l, l->buf.data, l->buf.len);
    row->record_len = (uint32_t)l->buf.len;
    return row->record != NULL;
}

static bool keep_position(struct mapping *m, struct load_row *row,
                          const struct block_position *given)
{
    struct layer_load *l = m->l;

    row->blank =
        given->place == BLOCK_BLANK && (l->p->x || m->b->file.has_geometry);
    row->coord_source = STORE_NOWHERE;
    if (given->place == BLOCK_GIVEN) {
        row->has_position = true;
        row->coord_source = STORE_GIVEN;
        row->position = given->position;
        row->precision_m = given->precision_m;
    }
    if (!given->geometry)
        return true;
    tr_buf_reset(&l->buf);
    tr_geometry_encode(given->geometry, &l->buf);
    if (l->buf.failed)
        return false;
    row->geometry = layer_keep_bytes(l, l->buf.data, l->buf.len);
    row->geometry_len = l->buf.len;
    return row->geometry != NULL;
}

static enum tr_status map_row(struct mapping *m, size_t i,
                              const struct block_position *given)
{
    struct layer_load *l = m->l;
    struct load_row *row = next_row(l);
    size_t dissolve = m->b->plan->dissolve;

    if (!row)
        return TR_ENOMEM;
    row->file = m->b->file.number;
    row->number = m->b->rows[i].number;
    for (size_t f = 0; f < l->p->n_fields; f++) {
        if (map_field(m, i, f))
            return TR_ENOMEM;
    }
    if (find_key(m, i, row))
        return TR_ENOMEM;
    if (given->no_shape || !row->key) { /* its issue has been said */
        l->report->rejected++;
        return TR_OK;
    }
    derived_values(m, row);
    row->tier = row->position_tier = (uint8_t)row_tier(m, i);
    if (dissolve != SIZE_MAX && m->b->rows[i].values[dissolve]) {
        row->dissolve = layer_keep(l, m->b->rows[i].values[dissolve]);
        if (!row->dissolve)
            return TR_ENOMEM;
    }
    if (!keep_position(m, row, given) || !keep_record(m, row))
        return TR_ENOMEM;
    l->n_rows++;
    return TR_OK;
}

static enum tr_status map_rows(struct mapping *m, struct tr_error *err)
{
    struct layer_load *l = m->l;
    size_t n = m->b->n;
    bool *wanted = tr_arena_array(&l->block, n, sizeof *wanted);
    struct block_position *given = tr_arena_array(&l->block, n, sizeof *given);

    m->values = tr_arena_array(&l->block, l->p->n_fields, sizeof *m->values);
    if (!wanted || !given || !m->values)
        return layer_no_memory(l, err);
    for (size_t i = 0; i < n; i++) {
        enum tr_status st = TR_OK;

        wanted[i] = is_record(m, i, &st);
        if (st)
            return layer_no_memory(l, err);
    }

    enum tr_status st = layer_given_positions(l, m->b, wanted, given, err);

    for (size_t i = 0; i < n && !st; i++) {
        if (wanted[i] && map_row(m, i, &given[i]))
            st = layer_no_memory(l, err);
    }
    return st;
}

/* ---- values as the rest sees them ---- */

/* Eight bytes at a time. */
static bool is_plain(const char *s, size_t len)
{
    uint64_t any = 0, w;

    for (; len >= sizeof w; len -= sizeof w, s += sizeof w) {
        memcpy(&w, s, sizeof w);
        any |= w;
    }
    for (; len; len--, s++)
        any |= (unsigned char)*s;
    return !(any & UINT64_C(0x8080808080808080));
}

bool layer_clean(struct layer_load *l, char **value)
{
    char *text = *value;
    size_t len;

    *value = NULL;
    if (!text)
        return true;
    text += tr_text_trim(text, &len) - text;
    if (!len)
        return true;
    text[len] = '\0';
    if (!is_plain(text, len))
        text = tr_text_nfc(&l->block, text);
    if (!text)
        return false;
    for (size_t i = 0; i < l->p->n_missing; i++) {
        if (strcmp(text, l->p->missing[i]) == 0)
            return true;
    }
    *value = text;
    return true;
}

static bool clean_rows(struct layer_block *b)
{
    for (size_t i = 0; i < b->n; i++) {
        for (size_t c = 0; c < b->plan->n; c++) {
            if (!layer_clean(b->l, &b->rows[i].values[c]))
                return false;
        }
    }
    return true;
}

enum tr_status layer_map_block(struct layer_block *b, struct tr_error *err)
{
    struct mapping m = { .l = b->l, .b = b };
    enum tr_status st = clean_rows(b) ? TR_OK : layer_no_memory(b->l, err);

    if (b->n && !st)
        st = layer_evaluate(b->l, b, &m.expressions, err);
    if (b->n && !st)
        st = map_rows(&m, err);
    b->n = 0;
    tr_arena_reset(&b->l->block);
    return st;
}
