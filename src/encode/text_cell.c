/* text_cell.c - see text_cell.h */
#include "encode/text_cell.h"

static bool begins(unsigned char c)
{
    return (c & 0xC0) != 0x80;
}

size_t text_width(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += begins((unsigned char)*text);
    return n;
}

/* A control character of ASCII, or one of U+0080 to U+009F. */
static bool is_control(const unsigned char *s)
{
    return s[0] < 0x20 || s[0] == 0x7F ||
           (s[0] == 0xC2 && s[1] >= 0x80 && s[1] < 0xA0);
}

void text_cell(struct tr_buf *out, const char *text, size_t width)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t n = 0;

    for (; *s; s++) {
        if (begins(*s) && n == width)
            break;
        n += begins(*s);
        if (is_control(s)) {
            tr_buf_byte(out, ' ');
            s += s[0] == 0xC2;
        } else {
            tr_buf_byte(out, *s);
        }
    }
    for (; n < width; n++)
        tr_buf_byte(out, ' ');
    tr_buf_str(out, "  ");
}

void text_end_line(struct tr_buf *out)
{
    while (out->len && out->data[out->len - 1] == ' ')
        out->len--;
    tr_buf_byte(out, '\n');
}
