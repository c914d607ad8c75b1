/* feed_withdrawn.c - the notices that withdrawn sites leave. See feed.h. */
#include <string.h>

#include "feed/feed_check.h"
#include "feed/feed_text.h"
#include "terrier/csv.h"
#include "terrier/date.h"

static const char *const header[] = { "withdrawn_on", "notice" };
static const char notice[] =
    "A site was withdrawn. Delete the releases of before that day.";

void feed_withdrawn(const struct feed_options *o, struct tr_buf *out)
{
    char date[TR_DATE_TEXT];

    tr_buf_printf(out, "%s,%s", header[0], header[1]);
    tr_csv_end_row(out);
    for (size_t i = 0; i < o->n_withdrawn; i++) {
        tr_date_text(o->withdrawn[i], date);
        tr_csv_write(out, date, true, false);
        tr_csv_write(out, notice, false, false);
        tr_csv_end_row(out);
    }
}

/* A day and that sentence, and nothing else: a notice names no site. */
static bool is_notice(const struct tr_csv_row *row)
{
    int32_t date;

    return row->n == 2 && strlen(row->values[0]) == 10 &&
           tr_date_parse(row->values[0], "yyyy-mm-dd", &date) &&
           strcmp(row->values[1], notice) == 0;
}

enum tr_status feed_check_withdrawn(struct feed_check *g,
                                    const struct tr_buf *b)
{
    const char *file = feed_part_name(FEED_WITHDRAWN);
    struct tr_csv *csv;
    struct tr_csv_row row;
    enum tr_status st = tr_csv_open_bytes((const char *)b->data, b->len, file,
                                          NULL, &csv, g->err);

    if (st)
        return st;
    st = tr_csv_next(csv, &row, g->err);
    if (!st && (row.n != 2 || strcmp(row.values[0], header[0]) != 0 ||
                strcmp(row.values[1], header[1]) != 0))
        st = feed_refuse(g, file, "(header)", header[0], "not its header");
    while (!st) {
        st = tr_csv_next(csv, &row, g->err);
        if (st || !row.n)
            break;
        if (!is_notice(&row))
            st = feed_refuse(g, file, row.values[0], header[1],
                             "more than a notice says");
    }
    tr_csv_close(csv);
    return st;
}
