/* class_shown.c - the class that an audience reads, and the words for it. */
#include <string.h>

#include "terrier/buf.h"
#include "terrier/snapshot.h"

#define MOST_TEXT ((size_t)64 * 1024 * 1024)

enum tr_class tr_class_shown(const struct tr_audience *audience,
                             enum tr_class computed)
{
    bool is_public = strcmp(audience->name, "public") == 0;

    return computed == TR_SURPLUS && is_public ? TR_IN_REVIEW : computed;
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* The length of `word` where `s` begins with it in any case; else 0. */
static size_t begins(const char *s, const char *word)
{
    size_t n = 0;

    for (; word[n]; n++) {
        if (small(s[n]) != word[n])
            return 0;
    }
    return n;
}

/* Is it a name, and not a word of a sentence: "surplus", surplus.1.need */
static bool is_name(char before, char after)
{
    return (before && strchr("\"-_.:", before)) &&
           (after && strchr("\"-_.:", after));
}

static size_t put_shown(const char *text, size_t at, struct tr_buf *out)
{
    const char *name = tr_class_name(TR_SURPLUS), *s = text + at;
    size_t len = begins(s, "surplus candidate");

    if (!len)
        len = strlen(name);
    if (*s == name[0] && is_name(at ? s[-1] : '"', s[len] ? s[len] : '"'))
        tr_buf_str(out, tr_class_name(TR_IN_REVIEW));
    else
        tr_buf_str(out, *s == name[0] ? "in review" : "In review");
    return len;
}

const char *tr_text_shown(const struct tr_audience *audience, const char *text,
                          struct tr_arena *a)
{
    const char *name = tr_class_name(TR_SURPLUS), *shown = text;
    struct tr_buf b;
    size_t from = 0, at = 0;

    if (!text || tr_class_shown(audience, TR_SURPLUS) == TR_SURPLUS)
        return text;
    tr_buf_init(&b, MOST_TEXT);
    while (text[at]) {
        if (!begins(text + at, name)) {
            at++;
            continue;
        }
        tr_buf_add(&b, text + from, at - from);
        at += put_shown(text, at, &b);
        from = at;
    }
    if (from) {
        tr_buf_add(&b, text + from, at - from);
        shown = b.failed ? NULL : tr_arena_text(a, (const char *)b.data, b.len);
    }
    tr_buf_clear(&b);
    return shown;
}

const char *tr_class_reason(const struct tr_snapshot *s, size_t site)
{
    const struct tr_column *c = tr_table_column(&s->sites, "class_reason");

    return c && c->type == TR_TEXT && tr_has(c, site) ? tr_text_at(c, site)
                                                      : "";
}
