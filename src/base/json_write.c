/* json_write.c - JSON into a buffer. See terrier/json.h. */
#include <math.h>
#include <string.h>

#include "terrier/json.h"
#include "terrier/text.h"

void tr_json_init(struct tr_json *j, struct tr_buf *buf)
{
    *j = (struct tr_json){ .buf = buf };
}

/* Every item is begun here; after it a comma is due, but after a key. */
static void begin(struct tr_json *j)
{
    if (j->comma)
        tr_buf_byte(j->buf, ',');
    j->comma = true;
}

static void open_with(struct tr_json *j, unsigned char c)
{
    begin(j);
    tr_buf_byte(j->buf, c);
    j->comma = false;
}

static void close_with(struct tr_json *j, unsigned char c)
{
    tr_buf_byte(j->buf, c);
    j->comma = true;
}

void tr_json_open_map(struct tr_json *j)
{
    open_with(j, '{');
}
void tr_json_close_map(struct tr_json *j)
{
    close_with(j, '}');
}
void tr_json_open_list(struct tr_json *j)
{
    open_with(j, '[');
}
void tr_json_close_list(struct tr_json *j)
{
    close_with(j, ']');
}

void tr_json_key(struct tr_json *j, const char *key)
{
    begin(j);
    tr_json_quote(j->buf, key, strlen(key));
    tr_buf_byte(j->buf, ':');
    j->comma = false;
}

void tr_json_null(struct tr_json *j)
{
    tr_json_raw(j, "null", 4);
}

void tr_json_bool(struct tr_json *j, bool v)
{
    tr_json_raw(j, v ? "true" : "false", v ? 4 : 5);
}

void tr_json_int(struct tr_json *j, int64_t v)
{
    begin(j);
    tr_buf_int(j->buf, v);
}

void tr_json_number(struct tr_json *j, double v)
{
    if (!isfinite(v)) {
        tr_json_null(j);
        return;
    }
    begin(j);
    tr_buf_number(j->buf, v);
}

void tr_json_deg7(struct tr_json *j, int32_t deg_e7)
{
    begin(j);
    tr_buf_deg7(j->buf, deg_e7);
}

void tr_json_text(struct tr_json *j, const char *s)
{
    if (s)
        tr_json_text_n(j, s, strlen(s));
    else
        tr_json_null(j);
}

void tr_json_text_n(struct tr_json *j, const char *s, size_t len)
{
    begin(j);
    tr_json_quote(j->buf, s, len);
}

void tr_json_raw(struct tr_json *j, const char *json, size_t len)
{
    begin(j);
    tr_buf_add(j->buf, json, len);
}

void tr_json_put_text(struct tr_json *j, const char *key, const char *s)
{
    tr_json_key(j, key);
    tr_json_text(j, s);
}

void tr_json_put_int(struct tr_json *j, const char *key, int64_t v)
{
    tr_json_key(j, key);
    tr_json_int(j, v);
}

void tr_json_put_number(struct tr_json *j, const char *key, double v)
{
    tr_json_key(j, key);
    tr_json_number(j, v);
}

void tr_json_put_bool(struct tr_json *j, const char *key, bool v)
{
    tr_json_key(j, key);
    tr_json_bool(j, v);
}

static bool needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

static void escape(struct tr_buf *buf, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    char text[] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
    const char *p = strchr("\"\"\\\\\bb\ff\nn\rr\tt", c);

    /* Pairs of a character and its short name; a name alone never needs one. */
    if (c && p) {
        tr_buf_byte(buf, '\\');
        tr_buf_byte(buf, (unsigned char)p[1]);
        return;
    }
    tr_buf_add(buf, text, sizeof text);
}

/* Valid UTF-8 with or without characters that JSON escapes. */
static void add_escaped(struct tr_buf *buf, const char *s, size_t len)
{
    size_t from = 0;

    for (size_t i = 0; i < len; i++) {
        if (!needs_escape((unsigned char)s[i]))
            continue;
        tr_buf_add(buf, s + from, i - from);
        escape(buf, (unsigned char)s[i]);
        from = i + 1;
    }
    tr_buf_add(buf, s + from, len - from);
}

void tr_json_quote(struct tr_buf *buf, const char *s, size_t len)
{
    tr_buf_byte(buf, '"');
    for (;;) {
        size_t good = tr_text_valid(s, len);

        add_escaped(buf, s, good);
        if (good == len)
            break;
        /* tr_text_valid() stops at U+0000 too, which JSON can say. */
        if (s[good])
            tr_buf_str(buf, "\xEF\xBF\xBD"); /* U+FFFD for what is no text */
        else
            escape(buf, '\0');
        s += good + 1;
        len -= good + 1;
    }
    tr_buf_byte(buf, '"');
}
