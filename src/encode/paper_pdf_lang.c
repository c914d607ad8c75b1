/* paper_pdf_lang.c - the language of a PDF, which cairo 1.16 cannot say.
 *
 * The file's catalogue is written a second time at its end, with /Lang, the mark
 * that says that it is tagged, and the wish that viewers show the title: an incremental update (PDF 1.7, 7.5.6),
 * which leaves every byte before it as it was. */
#include "encode/paper_pdf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The last place of a word in the file. */
static const char *last(const struct tr_buf *b, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = b->len >= n ? b->len - n + 1 : 0; i-- > 0;) {
        if (memcmp(b->data + i, word, n) == 0)
            return (const char *)b->data + i;
    }
    return NULL;
}

static long number_after(const char *at, const char *word)
{
    const char *found = at ? strstr(at, word) : NULL;

    return found ? strtol(found + strlen(word), NULL, 10) : -1;
}

enum tr_status pdf_say_lang(const char *lang, struct tr_buf *out,
                            struct tr_error *err)
{
    const char *text = tr_buf_text(out);
    const char *trailer = text ? last(out, "trailer") : NULL;
    long root = number_after(trailer, "/Root ");
    long size = number_after(trailer, "/Size ");
    long info = number_after(trailer, "/Info ");
    long before =
        number_after(text ? last(out, "startxref") : NULL, "startxref");
    char name[48], rest[1024];
    const char *object, *end;
    size_t at, table;

    if (!text)
        return tr_buf_status(out, "the PDF", err);
    snprintf(name, sizeof name, "\n%ld 0 obj\n<<", root);
    object = root > 0 && before > 0 ? last(out, name) : NULL;
    end = object ? strstr(object, ">>\nendobj") : NULL;
    if (!end || (size_t)(end - object) - strlen(name) >= sizeof rest)
        return tr_fail(err, TR_EIO, "the PDF's catalogue is not where it was");
    object += strlen(name);
    memcpy(rest, object, (size_t)(end - object));
    rest[end - object] = '\0';
    at = out->len;
    tr_buf_printf(
        out,
        "%ld 0 obj\n<<%s   /Lang (%s)\n   /MarkInfo << /Marked true >>\n"
        "   /ViewerPreferences << /DisplayDocTitle true "
        ">>\n>>\nendobj\n",
        root, rest, lang);
    table = out->len;
    tr_buf_printf(out, "xref\n%ld 1\n%010zu 00000 n \n", root, at);
    tr_buf_printf(out,
                  "trailer\n<< /Size %ld\n   /Root %ld 0 R\n   /Info %ld 0 "
                  "R\n   /Prev %ld\n>>\nstartxref\n%zu\n%%%%EOF\n",
                  size, root, info, before, table);
    return tr_buf_status(out, "the PDF", err);
}
