/* features.c - see features.h */
#include "encode/features.h"

#include <stdlib.h>
#include <string.h>

#include "terrier/date.h"
#include "terrier/text.h"

static enum tr_status unknown_property(const struct tr_table *t,
                                       const char *name, struct tr_error *err)
{
    const char *names[512];
    size_t n = 0;

    for (; n < t->n_columns && n < sizeof names / sizeof *names; n++)
        names[n] = t->columns[n].name;

    const char *near = tr_text_nearest(name, names, n);

    return tr_fail(err, TR_EINVAL, "no property '%.60s'%s%s%s", name,
                   near ? ", did you mean '" : "", near ? near : "",
                   near ? "'" : "");
}

enum tr_status features_columns(const struct tr_table *t,
                                const char *const *names, size_t n_names,
                                const struct tr_column ***out, size_t *n,
                                struct tr_error *err)
{
    size_t count = names ? n_names : t->n_columns;
    const struct tr_column **list = calloc(count + 1, sizeof(void *));

    if (!list)
        return tr_fail(err, TR_ENOMEM, "no memory left for the answer");
    for (size_t i = 0; i < count; i++) {
        list[i] = names ? tr_table_column(t, names[i]) : &t->columns[i];
        if (!list[i]) {
            free(list);
            return unknown_property(t, names[i], err);
        }
        for (size_t k = 0; names && k < i; k++) {
            if (list[k] == list[i]) {
                free(list);
                return tr_fail(err, TR_EINVAL,
                               "the property '%.60s' is named twice", names[i]);
            }
        }
    }
    *out = list;
    *n = count;
    return TR_OK;
}

void features_json_value(struct tr_json *j, const struct tr_column *c,
                         size_t row)
{
    char date[TR_DATE_TEXT], instant[TR_INSTANT_TEXT];

    switch (c->type) {
    case TR_BOOLEAN: tr_json_bool(j, c->values.booleans[row]); break;
    case TR_INTEGER: tr_json_int(j, c->values.integers[row]); break;
    case TR_INSTANT:
        tr_instant_text(c->values.integers[row], instant);
        tr_json_text(j, instant);
        break;
    case TR_NUMBER: tr_json_number(j, c->values.numbers[row]); break;
    case TR_DATE:
        tr_date_text(c->values.dates[row], date);
        tr_json_text(j, date);
        break;
    case TR_TEXT: tr_json_text(j, tr_text_at(c, row)); break;
    case TR_LIST:
        tr_json_open_list(j);
        for (uint32_t i = c->list_starts[row]; i < c->list_starts[row + 1]; i++)
            tr_json_text(j, c->dict->texts[c->values.codes[i]]);
        tr_json_close_list(j);
        break;
    case TR_GEOMETRY: tr_json_null(j); break;
    }
}

void features_text_value(struct tr_buf *b, const struct tr_column *c,
                         size_t row)
{
    char date[TR_DATE_TEXT], instant[TR_INSTANT_TEXT];

    switch (c->type) {
    case TR_BOOLEAN:
        tr_buf_str(b, c->values.booleans[row] ? "true" : "false");
        break;
    case TR_INTEGER: tr_buf_int(b, c->values.integers[row]); break;
    case TR_INSTANT:
        tr_instant_text(c->values.integers[row], instant);
        tr_buf_str(b, instant);
        break;
    case TR_NUMBER: tr_buf_number(b, c->values.numbers[row]); break;
    case TR_DATE:
        tr_date_text(c->values.dates[row], date);
        tr_buf_str(b, date);
        break;
    case TR_TEXT: tr_buf_str(b, tr_text_at(c, row)); break;
    case TR_LIST:
        for (uint32_t i = c->list_starts[row]; i < c->list_starts[row + 1];
             i++) {
            if (i > c->list_starts[row])
                tr_buf_byte(b, ';');
            tr_buf_str(b, c->dict->texts[c->values.codes[i]]);
        }
        break;
    case TR_GEOMETRY: break;
    }
}
