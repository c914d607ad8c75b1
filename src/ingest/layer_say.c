/* layer_say.c - issues, warnings and kept texts of a layer. See layer_load.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/layer_load.h"

#define MESSAGE_TEXT 512

enum tr_status layer_no_memory(const struct layer_load *l, struct tr_error *err)
{
    return tr_fail(err, TR_ELIMIT,
                   "layer '%s' needs more memory than its limit of %zu bytes",
                   l->p->layer, l->options->max_memory);
}

const char *layer_keep(struct layer_load *l, const char *text)
{
    return tr_arena_text(&l->keep, text, strlen(text));
}

const unsigned char *layer_keep_bytes(struct layer_load *l, const void *p,
                                      size_t len)
{
    unsigned char *copy = tr_arena_alloc(&l->keep, len);

    if (copy && len)
        memcpy(copy, p, len);
    return copy;
}

/* Keys of several columns are shown with a slash between them. */
static const char *reported(struct layer_load *l, const char *text)
{
    char *copy =
        text ? tr_arena_text(l->report_arena, text, strlen(text)) : NULL;

    if (!text)
        return "";
    for (char *s = copy; s && *s; s++)
        *s = *s == 0x1F ? '/' : *s;
    return copy;
}

/* The report's arrays live in an arena, so growing leaves the old one behind:
 * at most as much again. */
static void *grown(struct layer_load *l, const void *old, size_t n,
                   size_t *room, size_t size)
{
    if (n < *room)
        return (void *)old;

    size_t more = *room ? *room * 2 : 16;
    void *p = tr_arena_array(l->report_arena, more, size);

    if (p && n)
        memcpy(p, old, n * size);
    if (p)
        *room = more;
    return p;
}

enum tr_status layer_add_issue(struct layer_load *l,
                               const struct store_issue *said)
{
    struct load_layer_report *r = l->report;

    if (r->n_issues >= l->options->max_issues) {
        r->n_issues_left_out++;
        return TR_OK;
    }

    struct store_issue *all =
        grown(l, r->issues, r->n_issues, &l->issue_room, sizeof *all);

    if (!all)
        return TR_ENOMEM;

    struct store_issue *issue = &all[r->n_issues];

    *issue = *said;
    issue->column = reported(l, said->column);
    issue->value = reported(l, said->value);
    issue->message = reported(l, said->message);
    if (!issue->column || !issue->value || !issue->message)
        return TR_ENOMEM;
    r->issues = all;
    r->n_issues++;
    return TR_OK;
}

enum tr_status layer_issue(struct layer_load *l, struct load_at at,
                           const char *type, enum store_severity severity,
                           const char *fmt, ...)
{
    char message[MESSAGE_TEXT];
    va_list ap;
    const struct store_issue issue = { .file = l->files[at.file],
                                       .row = at.row,
                                       .column = at.column,
                                       .value = at.value,
                                       .type = type,
                                       .severity = severity,
                                       .message = message };

    if (l->report->n_issues < l->options->max_issues) {
        va_start(ap, fmt);
        vsnprintf(message, sizeof message, fmt, ap);
        va_end(ap);
    }
    return layer_add_issue(l, &issue);
}

enum tr_status layer_warning(struct layer_load *l, const char *fmt, ...)
{
    struct load_layer_report *r = l->report;
    char message[MESSAGE_TEXT];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);

    const char **all =
        grown(l, r->warnings, r->n_warnings, &l->warning_room, sizeof *all);

    if (!all)
        return TR_ENOMEM;
    all[r->n_warnings] = reported(l, message);
    if (!all[r->n_warnings])
        return TR_ENOMEM;
    r->warnings = all;
    r->n_warnings++;
    return TR_OK;
}

/* ---- in the order of the rows ---- */

struct ordered {
    const struct store_issue *issue;
    size_t file;
};

static size_t file_of(const struct layer_load *l, const char *name)
{
    size_t i = 0;

    while (i < l->n_files && l->files[i] != name)
        i++;
    return i;
}

/* As found where nothing else tells: issues lie in one array. */
static int by_row(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;

    if (x->issue->row == 0 || y->issue->row == 0) {
        if (x->issue->row != y->issue->row)
            return x->issue->row == 0 ? -1 : 1;
    }
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->issue->row != y->issue->row)
        return x->issue->row < y->issue->row ? -1 : 1;
    return x->issue < y->issue ? -1 : x->issue > y->issue;
}

void layer_sort_issues(struct layer_load *l)
{
    struct load_layer_report *r = l->report;
    struct ordered *order =
        tr_arena_array(&l->keep, r->n_issues, sizeof *order);
    struct store_issue *sorted =
        tr_arena_array(l->report_arena, r->n_issues, sizeof *sorted);

    if (!order || !sorted)
        return; /* unsorted is better than none */
    for (size_t i = 0; i < r->n_issues; i++)
        order[i] =
            (struct ordered){ &r->issues[i], file_of(l, r->issues[i].file) };
    qsort(order, r->n_issues, sizeof *order, by_row);
    for (size_t i = 0; i < r->n_issues; i++)
        sorted[i] = *order[i].issue;
    r->issues = sorted;
}
