/* xlsx.c - see xlsx.h */
#include "encode/xlsx.h"

#include <stdio.h>
#include <string.h>
#include <xlsxwriter.h>

#include "terrier/text.h"

#define MOST_ROWS  1048575
#define MOST_CODES 32
#define NOTE_TEXT  256
#define LIST_TEXT  255 /* what a list of allowed values may hold */

struct book { /* one workbook and its looks */
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *head, *text, *number, *open_text, *open_number;
};

static void make_looks(struct book *b)
{
    lxw_format **const plain[] = { &b->text, &b->number, &b->open_text,
                                   &b->open_number };

    b->head = workbook_add_format(b->book);
    format_set_bold(b->head);
    format_set_text_wrap(b->head);
    format_set_align(b->head, LXW_ALIGN_VERTICAL_TOP);
    format_set_bottom(b->head, LXW_BORDER_THIN);
    for (size_t i = 0; i < 4; i++)
        *plain[i] = workbook_add_format(b->book);
    format_set_num_format_index(b->text, 49); /* "@" */
    format_set_num_format_index(b->open_text, 49);
    format_set_bg_color(b->open_text, 0xfff4cc);
    format_set_bg_color(b->open_number, 0xfff4cc);
}

/* The codes that a cell may hold, as a list to choose from where Excel can
 * carry one. */
static void offer_codes(const struct book *b, const struct xlsx_sheet *s,
                        lxw_col_t column)
{
    char texts[LIST_TEXT + 1];
    char *list[MOST_CODES + 1];
    const char *codes = s->columns[column].codes;
    lxw_data_validation v = { 0 };
    size_t n = 0;

    if (!codes || strlen(codes) > LIST_TEXT || !s->n_rows)
        return;
    memcpy(texts, codes, strlen(codes) + 1);
    for (char *at = texts; *at && n < MOST_CODES;) {
        size_t len = strcspn(at, " ");

        list[n++] = at;
        at += len;
        if (*at)
            *at++ = '\0';
    }
    list[n] = NULL;
    v.validate = LXW_VALIDATION_TYPE_LIST;
    v.value_list = list;
    v.error_type = LXW_VALIDATION_ERROR_TYPE_WARNING;
    worksheet_data_validation_range(b->sheet, 1, column, (lxw_row_t)s->n_rows,
                                    column, &v);
}

static void write_cell(const struct book *b, const struct xlsx_column *c,
                       lxw_row_t row, lxw_col_t column, const char *text)
{
    bool open = c->wanted && (!text || !*text);
    lxw_format *look = c->number ? open ? b->open_number : b->number
                       : open    ? b->open_text
                                 : b->text;
    double v;

    if (!text || !*text)
        worksheet_write_blank(b->sheet, row, column, look);
    else if (c->number && tr_text_to_number(text, &v))
        worksheet_write_number(b->sheet, row, column, v, look);
    else
        worksheet_write_string(b->sheet, row, column, text, look);
}

static void fill(struct book *b, const struct xlsx_sheet *s)
{
    for (size_t c = 0; c < s->n_columns; c++) {
        const struct xlsx_column *column = &s->columns[c];

        worksheet_set_column(b->sheet, (lxw_col_t)c, (lxw_col_t)c,
                             column->width,
                             column->number ? b->number : b->text);
        worksheet_write_string(b->sheet, 0, (lxw_col_t)c, column->title,
                               b->head);
        offer_codes(b, s, (lxw_col_t)c);
    }
    for (size_t r = 0; r < s->n_rows; r++) {
        for (size_t c = 0; c < s->n_columns; c++)
            write_cell(b, &s->columns[c], (lxw_row_t)r + 1, (lxw_col_t)c,
                       s->cells[r * s->n_columns + c]);
    }
    worksheet_freeze_panes(b->sheet, 1, 1);
}

enum tr_status xlsx_write(const char *path, const struct xlsx_sheet *s,
                          struct tr_error *err)
{
    struct book b = { 0 };
    lxw_doc_properties about = { 0 };
    char note[NOTE_TEXT];
    lxw_error failed;

    if (s->n_rows > MOST_ROWS)
        return tr_fail(err, TR_ELIMIT,
                       "a sheet holds %d rows, not %zu: write CSV", MOST_ROWS,
                       s->n_rows);
    b.book = workbook_new(path);
    b.sheet = b.book ? workbook_add_worksheet(b.book, s->name) : NULL;
    if (!b.sheet) {
        if (b.book)
            workbook_close(b.book);
        return tr_fail(err, TR_ECREATE, "cannot begin '%s'", path);
    }
    if (s->note) {
        snprintf(note, sizeof note, "%s", s->note);
        about.comments = note;
        workbook_set_properties(b.book, &about);
    }
    make_looks(&b);
    fill(&b, s);
    failed = workbook_close(b.book);
    if (failed)
        return tr_fail(err, TR_ECREATE, "cannot write '%s': %s", path,
                       lxw_strerror(failed));
    return TR_OK;
}
