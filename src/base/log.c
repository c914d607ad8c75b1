/* log.c - see terrier/log.h */
#include "terrier/log.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "terrier/date.h"
#include "terrier/json.h"

#define LINE_MAX_BYTES  ((size_t)8192)
#define VALUE_MAX_BYTES ((size_t)1024)

/* The one mutable global: main sets it once, every thread reads it. */
static atomic_int least = TR_LOG_INFO;

static const char *const names[] = {
    [TR_LOG_DEBUG] = "debug",
    [TR_LOG_INFO] = "info",
    [TR_LOG_WARN] = "warn",
    [TR_LOG_ERROR] = "error",
};

void tr_log_set_level(enum tr_log_level level)
{
    atomic_store(&least, (int)level);
}

/* The length of `s`, or less so that it is within the cap and ends with a whole
 * character. */
static size_t capped(const char *s)
{
    size_t n = strnlen(s, VALUE_MAX_BYTES);

    while (s[n] && n > 0 && ((unsigned char)s[n] & 0xC0) == 0x80)
        n--;
    return n;
}

static bool is_bare(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)s[i] <= ' ' || s[i] == '"' || s[i] == '=' ||
            s[i] == '\\' || s[i] == 0x7F)
            return false;
    }
    return len > 0;
}

/* JSON's escapes serve logfmt too, and keep control characters off terminals.
 */
static void add_logfmt(struct tr_buf *b, const char *key, const char *s)
{
    size_t len = capped(s);

    if (b->len)
        tr_buf_byte(b, ' ');
    tr_buf_str(b, key);
    tr_buf_byte(b, '=');
    if (is_bare(s, len))
        tr_buf_add(b, s, len);
    else
        tr_json_quote(b, s, len);
}

static void write_logfmt(struct tr_buf *b, const char *time, const char *level,
                         const char *message, const struct tr_log_field *f)
{
    add_logfmt(b, "time", time);
    add_logfmt(b, "level", level);
    add_logfmt(b, "msg", message);
    for (; f && f->key; f++) {
        if (f->text)
            add_logfmt(b, f->key, f->text);
        else
            tr_buf_printf(b, " %s=%lld", f->key, (long long)f->number);
    }
}

static void write_json(struct tr_buf *b, const char *time, const char *level,
                       const char *message, const struct tr_log_field *f)
{
    struct tr_json j;

    tr_json_init(&j, b);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "time", time);
    tr_json_put_text(&j, "level", level);
    tr_json_key(&j, "msg");
    tr_json_text_n(&j, message, capped(message));
    for (; f && f->key; f++) {
        tr_json_key(&j, f->key);
        if (f->text)
            tr_json_text_n(&j, f->text, capped(f->text));
        else
            tr_json_int(&j, f->number);
    }
    tr_json_close_map(&j);
}

void tr_log(enum tr_log_level level, const char *message,
            const struct tr_log_field *fields)
{
    char time[TR_INSTANT_TEXT];
    struct tr_buf b;

    if ((int)level < atomic_load(&least))
        return;
    tr_instant_text(tr_instant_now(), time);
    tr_buf_init(&b, LINE_MAX_BYTES);
    if (isatty(STDERR_FILENO))
        write_logfmt(&b, time, names[level], message, fields);
    else
        write_json(&b, time, names[level], message, fields);
    if (b.failed) {
        /* Too many fields: the message alone is better than nothing. */
        tr_buf_reset(&b);
        write_json(&b, time, names[level], message, NULL);
    }
    tr_buf_byte(&b, '\n');
    /* One write, so that lines of several threads never mix. Nobody is left to
     * tell when it fails. */
    ssize_t ignored = write(STDERR_FILENO, b.data, b.len);

    (void)ignored;
    tr_buf_clear(&b);
}
