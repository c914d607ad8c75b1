/* csv_write.c - rows of values as CSV. See terrier/csv.h. */
#include "terrier/csv.h"

#include <string.h>

void tr_csv_write(struct tr_buf *b, const char *s, bool first, bool guard)
{
    if (!first)
        tr_buf_byte(b, ',');

    /* The apostrophe goes inside the quotes: it is part of the value. */
    bool is_formula = guard && *s && strchr("=+-@\t\r", *s);

    if (!s[strcspn(s, ",\"\r\n")]) {
        if (is_formula)
            tr_buf_byte(b, '\'');
        tr_buf_str(b, s);
        return;
    }
    tr_buf_byte(b, '"');
    if (is_formula)
        tr_buf_byte(b, '\'');
    for (;;) {
        size_t n = strcspn(s, "\"");

        tr_buf_add(b, s, n);
        s += n;
        if (!*s++)
            break;
        tr_buf_add(b, "\"\"", 2);
    }
    tr_buf_byte(b, '"');
}

void tr_csv_end_row(struct tr_buf *b)
{
    /* One empty value alone would be a blank line, which a reader skips. */
    if (!b->len || b->data[b->len - 1] == '\n')
        tr_buf_add(b, "\"\"", 2);
    tr_buf_add(b, "\r\n", 2);
}
