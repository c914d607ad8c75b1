/* convert.c - see convert.h */
#include "ingest/convert.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "terrier/date.h"
#include "terrier/text.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* Numbers longer than this are refused rather than copied. */
#define NUMBER_TEXT 64

bool convert_in_codes(const char *codes, const char *code)
{
    size_t n = strlen(code);

    /* By hand: a list is short, and this is asked for every value. */
    for (const char *s = codes; n && *s;) {
        const char *end = s;

        while (*end && *end != ' ')
            end++;
        if ((size_t)(end - s) == n && memcmp(s, code, n) == 0)
            return true;
        for (s = end; *s == ' ';)
            s++;
    }
    return false;
}

/* ---- numbers ---- */

bool convert_number(const struct profile *p, const char *text, double *out)
{
    char copy[NUMBER_TEXT];
    size_t n = strlen(text);

    if (!p->decimal_comma)
        return tr_text_to_number(text, out);
    if (n >= sizeof copy || strchr(text, '.'))
        return false;
    memcpy(copy, text, n + 1);

    char *comma = strchr(copy, ',');

    if (comma)
        *comma = '.';
    return tr_text_to_number(copy, out);
}

int convert_decimals(const char *number)
{
    const char *mark = strpbrk(number, ".,");

    return mark ? (int)strspn(mark + 1, "0123456789") : 0;
}

static const char *to_number(const struct profile *p,
                             const struct profile_field *f, const char *text,
                             struct tr_value *out)
{
    double v;

    if (!convert_number(p, text, &v) || !isfinite(v * f->factor))
        return "invalid decimal";
    if (v < 0 && f->unit && p->kind == STORE_SITES)
        return "too small";
    out->is.number = v;
    if (f->factor != 1) /* to the square millimetre: no false digits */
        out->is.number = round(v * f->factor * 1e6) / 1e6;
    return NULL;
}

static const char *to_integer(const struct profile *p,
                              const struct profile_field *f, const char *text,
                              struct tr_value *out)
{
    long long v;
    double number;

    if (!tr_text_to_int(text, &v)) {
        /* A spreadsheet's "420.0" is a whole number, too. */
        if (!convert_number(p, text, &number) || floor(number) != number ||
            fabs(number) > 9e15)
            return "invalid integer";
        v = (long long)number;
    }
    if (v < 0 && f->unit && p->kind == STORE_SITES)
        return "too small";
    out->is.integer = v;
    return NULL;
}

/* ---- other types ---- */

static const char *to_boolean(const char *text, struct tr_value *out)
{
    static const char *const yes[] = { "yes", "true", "y", "1", "t" };
    static const char *const no[] = { "no", "false", "n", "0", "f" };

    for (size_t i = 0; i < LENGTH(yes); i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            out->is.boolean = strcasecmp(text, yes[i]) == 0;
            return NULL;
        }
    }
    return "invalid value";
}

static const char *to_date(const struct profile *p, const char *text,
                           struct tr_value *out)
{
    return tr_date_parse(text, p->dates, &out->is.date) ||
                   tr_date_parse(text, "yyyy-mm-dd", &out->is.date)
               ? NULL
               : "invalid date";
}

/* Ours for their value: as written, else without letter case. */
static const char *mapped(const struct profile_field *f, const char *theirs)
{
    for (size_t i = 0; i < f->n_values; i++) {
        if (strcmp(f->values[i].theirs, theirs) == 0)
            return f->values[i].ours;
    }
    for (size_t i = 0; i < f->n_values; i++) {
        if (strcasecmp(f->values[i].theirs, theirs) == 0)
            return f->values[i].ours;
    }
    return NULL;
}

/* One item in our words; "" when it stands for none. */
static const char *to_code(const struct profile_field *f, const char **item)
{
    if (f->mapped) {
        *item = mapped(f, *item);
        return *item ? NULL : "unknown value";
    }
    if (f->codes && !convert_in_codes(f->codes, *item))
        return "unknown value";
    return NULL;
}

static const char *to_list(const struct profile_field *f, const char *text,
                           struct tr_arena *a, struct tr_value *out)
{
    size_t room = 1;
    const char **items;
    size_t n = 0;

    for (const char *s = text; *s; s++)
        room += *s == ';' || *s == '|';
    items = tr_arena_array(a, room, sizeof *items);
    if (!items)
        return "no memory";
    for (const char *s = text; s; s = strpbrk(s, ";|")) {
        s += s != text;

        size_t len = strcspn(s, ";|");
        char *part = tr_arena_text(a, s, len);
        const char *item = part ? tr_text_trim(part, &len) : NULL;

        if (!item)
            return "no memory";
        part[(size_t)(item - part) + len] = '\0';
        if (!*item)
            continue;

        const char *why = to_code(f, &item);

        if (why)
            return why;
        if (*item)
            items[n++] = item;
    }
    out->is.list.items = items;
    out->is.list.n = n;
    out->present = n > 0;
    return NULL;
}

static const char *cut_before(const struct profile_field *f, const char *text,
                              struct tr_arena *a)
{
    const char *mark = f->before ? strstr(text, f->before) : NULL;

    return mark ? tr_arena_text(a, text, (size_t)(mark - text)) : text;
}

const char *convert_value(const struct profile *p,
                          const struct profile_field *f, const char *text,
                          struct tr_arena *a, struct tr_value *out)
{
    *out = (struct tr_value){ .type = f->type, .present = true };
    text = cut_before(f, text, a);
    if (!text)
        return "no memory";
    if (f->type == TR_LIST)
        return to_list(f, text, a, out);

    const char *why = to_code(f, &text);

    if (why)
        return why;
    out->present = *text != '\0';
    if (!out->present)
        return NULL;
    switch (f->type) {
    case TR_BOOLEAN: return to_boolean(text, out);
    case TR_INTEGER: return to_integer(p, f, text, out);
    case TR_NUMBER: return to_number(p, f, text, out);
    case TR_DATE: return to_date(p, text, out);
    case TR_TEXT: out->is.text = text; return NULL;
    case TR_INSTANT:
    case TR_LIST:
    case TR_GEOMETRY: break; /* refused when the profile was read */
    }
    return "invalid value";
}
