/* cql2_lexer.c - the tokens of CQL2 text. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cql2_parse.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The standard lists ranges of Unicode letters; we take all beyond ASCII. */
static bool starts_word(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == ':' || (unsigned char)c >= 0x80;
}

static bool continues_word(char c)
{
    return starts_word(c) || is_digit(c) || c == '.';
}

bool cql2_is_function_name(const char *name)
{
    static const char *const taken[] = { "interval", "timestamp" };
    size_t len = strlen(name);
    enum cql2_shape_kind kind;

    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (strcasecmp(taken[i], name) == 0)
            return false;
    }
    if (!starts_word(*name) || cql2_is_reserved(name, len) ||
        cql2_shape_kind_find(name, len, &kind))
        return false;
    while (continues_word(*name))
        name++;
    return !*name;
}

static bool take_word(struct cql2_parser *p)
{
    while (continues_word(p->text[p->end]))
        p->end++;
    p->token = CQL2_TOKEN_WORD;
    return true;
}

/* In a text, '' and \' are a quote; a backslash elsewhere is itself, for LIKE.
 * So that every text can be written, backslashes right before a quote come in
 * pairs: '\\' is one backslash. In a name, "" is a quote and no more is
 * special.
 */
static size_t backslashes(const char *s, char quote)
{
    return quote == '\'' ? strspn(s, "\\") : 0;
}

/* The closing quote, or NULL. */
static const char *closing(const char *s, char quote)
{
    for (;;) {
        size_t slashes = backslashes(s, quote);

        s += slashes;
        if (!*s)
            return NULL;
        if (*s == quote && slashes % 2 == 0 && s[1] != quote)
            return s;
        s += *s == quote && slashes % 2 == 0 ? 2 : 1;
    }
}

static void resolve(const char *s, const char *end, char quote, char *to)
{
    while (s < end) {
        size_t slashes = backslashes(s, quote);
        bool halve = slashes && s[slashes] == quote;

        memset(to, '\\', halve ? slashes / 2 : slashes);
        to += halve ? slashes / 2 : slashes;
        s += slashes;
        if (s == end)
            break;
        if (*s == quote && slashes % 2 == 0)
            s++;
        *to++ = *s++;
    }
    *to = '\0';
}

static bool take_quoted(struct cql2_parser *p, char quote)
{
    const char *s = p->text + p->start + 1, *end = closing(s, quote);
    char *to;

    if (!end)
        return cql2_fail(&p->make, TR_EINVAL, "this %s is never closed",
                         quote == '"' ? "name" : "text");
    to = tr_arena_alloc(p->make.arena, (size_t)(end - s) + 1);
    if (!to)
        return cql2_fail(&p->make, TR_ENOMEM,
                         "no memory left for the expression");
    resolve(s, end, quote, to);
    p->value = to;
    p->end = (size_t)(end + 1 - p->text);
    p->token = quote == '"' ? CQL2_TOKEN_QUOTED : CQL2_TOKEN_TEXT;
    return true;
}

static size_t digits(const char *s)
{
    size_t n = 0;

    while (is_digit(s[n]))
        n++;
    return n;
}

static size_t number_length(const char *s, bool *whole)
{
    size_t n = digits(s);

    *whole = true;
    if (s[n] == '.') {
        *whole = false;
        n += 1 + digits(s + n + 1);
    }
    if (s[n] == 'e' || s[n] == 'E') {
        size_t sign = s[n + 1] == '+' || s[n + 1] == '-';

        *whole = false;
        n += 1 + sign + digits(s + n + 1 + sign);
    }
    return n;
}

static bool take_number(struct cql2_parser *p)
{
    const char *s = p->text + p->start;
    char *end;
    bool whole;
    size_t len = number_length(s, &whole);

    p->number = strtod(s, &end);
    if (end != s + len || continues_word(s[len]))
        return cql2_fail(&p->make, TR_EINVAL,
                         "a number is followed by '%.1s', if it is a text "
                         "put it in single quotes",
                         s + len);
    if (!isfinite(p->number))
        return cql2_fail(&p->make, TR_EINVAL, "the number is too large");
    p->end = p->start + len;
    errno = 0;
    p->integer = whole ? strtoll(s, NULL, 10) : 0;
    p->token = whole && !errno ? CQL2_TOKEN_INTEGER : CQL2_TOKEN_NUMBER;
    return true;
}

static bool take_sign(struct cql2_parser *p)
{
    const char *s = p->text + p->start;
    size_t len = strncmp(s, "<>", 2) == 0 || strncmp(s, "<=", 2) == 0 ||
                         strncmp(s, ">=", 2) == 0
                     ? 2
                     : 1;

    if (strncmp(s, "!=", 2) == 0)
        return cql2_fail(&p->make, TR_EINVAL, "write '<>' for not equal");
    if (strncmp(s, "==", 2) == 0)
        return cql2_fail(&p->make, TR_EINVAL, "write '=' for equal");
    if (!strchr("(),+-*/%^=<>", *s))
        return cql2_fail(&p->make, TR_EINVAL, "'%.1s' has no meaning here", s);
    p->end = p->start + len;
    p->token = CQL2_TOKEN_SIGN;
    return true;
}

bool cql2_next(struct cql2_parser *p)
{
    p->before = p->start;
    p->before_end = p->end;
    p->start = cql2_peek(p);
    p->end = p->start;
    p->make.at = p->start;

    char c = p->text[p->start];

    if (!c) {
        p->token = CQL2_TOKEN_END;
        return true;
    }
    if (starts_word(c))
        return take_word(p);
    if (c == '\'' || c == '"')
        return take_quoted(p, c);
    if (is_digit(c) || (c == '.' && is_digit(p->text[p->start + 1])))
        return take_number(p);
    return take_sign(p);
}

size_t cql2_peek(const struct cql2_parser *p)
{
    size_t at = p->end;

    while (is_space(p->text[at]))
        at++;
    return at;
}

bool cql2_at_sign(const struct cql2_parser *p, const char *sign)
{
    return p->token == CQL2_TOKEN_SIGN && strlen(sign) == p->end - p->start &&
           strncmp(p->text + p->start, sign, p->end - p->start) == 0;
}

bool cql2_at_word(const struct cql2_parser *p, const char *word)
{
    return p->token == CQL2_TOKEN_WORD && strlen(word) == p->end - p->start &&
           strncasecmp(p->text + p->start, word, p->end - p->start) == 0;
}

void *cql2_expected(struct cql2_parser *p, const char *what)
{
    int before = (int)(p->before_end - p->before);
    int now = (int)(p->end - p->start);

    p->make.at = p->start;
    if (before > 30)
        before = 30;
    if (now > 30)
        now = 30;
    if (p->token == CQL2_TOKEN_END && before)
        return cql2_fail(&p->make, TR_EINVAL, "expected %s after '%.*s'", what,
                         before, p->text + p->before);
    if (p->token == CQL2_TOKEN_END)
        return cql2_fail(&p->make, TR_EINVAL, "expected %s", what);
    if (before)
        return cql2_fail(&p->make, TR_EINVAL,
                         "expected %s after '%.*s', found '%.*s'", what, before,
                         p->text + p->before, now, p->text + p->start);
    return cql2_fail(&p->make, TR_EINVAL, "expected %s, found '%.*s'", what,
                     now, p->text + p->start);
}

bool cql2_expect(struct cql2_parser *p, const char *sign)
{
    char what[8] = "'?'";

    if (cql2_at_sign(p, sign))
        return cql2_next(p);
    what[1] = *sign;
    return cql2_expected(p, what);
}
