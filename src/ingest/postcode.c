/* postcode.c - postcodes and UPRNs in their normal form. See convert.h. */
#include <string.h>

#include "ingest/convert.h"
#include "terrier/text.h"

static bool is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The outward codes of the six forms of a postcode: A a letter, 9 a digit. */
static const char *const outward_forms[] = { "A9",   "A99", "AA9",
                                             "AA99", "A9A", "AA9A" };

static bool has_form(const char *s, size_t n, const char *form)
{
    if (strlen(form) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (form[i] == 'A' ? !is_letter(s[i]) : !is_digit(s[i]))
            return false;
    }
    return true;
}

static bool is_outward(const char *s, size_t n)
{
    for (size_t i = 0; i < sizeof outward_forms / sizeof *outward_forms; i++) {
        if (has_form(s, n, outward_forms[i]))
            return true;
    }
    return false;
}

static char as_digit(char c)
{
    return c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
}

/* Never in the last two places of a postcode. */
static bool is_inward_letter(char c)
{
    return is_letter(c) && !strchr("CIKMOV", c);
}

/* The last three are 9AA. A letter is read as a digit only where nothing else
 * could stand: at the start of the inward half, or, when that alone does not
 * help, at the outward's end. */
static bool repair(char *s, size_t n, bool *repaired)
{
    char fixed[CONVERT_POSTCODE];

    memcpy(fixed, s, n + 1);
    fixed[n - 3] = as_digit(s[n - 3]);
    if (!is_outward(fixed, n - 3))
        fixed[n - 4] = as_digit(s[n - 4]);
    if (!is_outward(fixed, n - 3) || !is_digit(fixed[n - 3]) ||
        !is_inward_letter(fixed[n - 2]) || !is_inward_letter(fixed[n - 1]))
        return false;
    *repaired = memcmp(fixed, s, n) != 0;
    memcpy(s, fixed, n);
    return true;
}

/* Upper case and without white space: at most 8 characters, else 0. */
static size_t squeeze(const char *text, char out[CONVERT_POSTCODE])
{
    size_t n = 0;
    size_t len;
    const char *s = tr_text_trim(text, &len);

    for (const char *end = s + len; s < end; s++) {
        char c = *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s;

        if (c == ' ' || c == '\t')
            continue;
        if ((unsigned char)c == 0xC2 && (unsigned char)s[1] == 0xA0) {
            s++; /* a no-break space within */
            continue;
        }
        if (n == CONVERT_POSTCODE - 2 || (!is_letter(c) && !is_digit(c)))
            return 0;
        out[n++] = c;
    }
    out[n] = '\0';
    return n;
}

enum convert_postcode
convert_postcode(const char *text, char out[CONVERT_POSTCODE], bool *repaired)
{
    char s[CONVERT_POSTCODE];
    size_t n = squeeze(text, s);
    size_t len;
    const char *from = tr_text_trim(text, &len);
    bool one_word = !memchr(from, ' ', len);

    *repaired = false;
    if (n >= 2 && n <= 4 && one_word && is_outward(s, n)) {
        memcpy(out, s, n + 1);
        return CONVERT_OUTWARD;
    }
    if (n < 5 || !repair(s, n, repaired))
        return CONVERT_REFUSED;
    memcpy(out, s, n - 3);
    out[n - 3] = ' ';
    memcpy(out + n - 2, s + n - 3, 4);
    return CONVERT_FULL;
}

void convert_outward(const char *postcode, char out[CONVERT_POSTCODE])
{
    size_t n = strcspn(postcode, " ");

    memcpy(out, postcode, n);
    out[n] = '\0';
}

bool convert_uprn(const char *text, char out[CONVERT_UPRN])
{
    size_t len;
    const char *s = tr_text_trim(text, &len);

    while (len && *s == '0') {
        s++;
        len--;
    }
    if (!len || len >= CONVERT_UPRN)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(s[i]))
            return false;
    }
    memcpy(out, s, len);
    out[len] = '\0';
    return true;
}
