/*
 * xlsx.h - one plain sheet as an Excel workbook: what is sent to a partner to
 * be filled in. The one door to libxlsxwriter.
 *
 * Every cell is text, or a number in a column of numbers; there are no
 * formulas. A column of text stays text when somebody types into it, so that a
 * UPRN keeps its digits and a date is not turned round. The header is frozen.
 */
#ifndef ENCODE_XLSX_H
#define ENCODE_XLSX_H

#include <stdbool.h>
#include <stddef.h>

#include "terrier/status.h"

struct xlsx_column {
    const char *title;
    bool number;       /* else text */
    bool wanted;       /* to be filled in: its empty cells are marked */
    double width;      /* in characters */
    const char *codes; /* the values allowed, separated by spaces; NULL: any */
};

struct xlsx_sheet {
    const char *name; /* at most 31 characters, none of []:*?/\ */
    size_t n_columns, n_rows;
    const struct xlsx_column *columns;
    const char *const *cells; /* row by row; NULL or "": empty */
    const char *note;         /* in the file's properties; NULL */
};

/* Write it to a new file at `path`. TR_ECREATE, TR_ELIMIT when it has more rows
 * than a sheet can have. */
enum tr_status xlsx_write(const char *path, const struct xlsx_sheet *sheet,
                          struct tr_error *err);

#endif
