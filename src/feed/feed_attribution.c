/* feed_attribution.c - whose data it is. See feed_text.h. */
#include <stdio.h>
#include <string.h>

#include "feed/feed_text.h"
#include "terrier/date.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

bool feed_uses_layer(const struct tr_snapshot *s, uint32_t place,
                     const struct tr_layer *l)
{
    (void)s;
    return l->place == place && l->tier == TR_PUBLIC &&
           strcmp(l->kind, "context") != 0;
}

/* Wordings that a licence prescribes, wherever a layer's attribution says that
 * such data is in it. The year is that of the newest such layer. */
static const struct {
    const char *says, *or_says, *before, *after;
} prescribed[] = {
    { "OS data", "Ordnance Survey",
      "Contains OS data \xC2\xA9 Crown copyright and database right ", "." },
    { "Royal Mail", NULL,
      "Contains Royal Mail data \xC2\xA9 Royal Mail copyright and database "
      "right ",
      "." },
    { "National Statistics", NULL,
      "Contains National Statistics data \xC2\xA9 Crown copyright and database "
      "right ",
      ".\nSource: Office for National Statistics licensed under the Open "
      "Government Licence v3.0." },
    { "Historic England", NULL, "\xC2\xA9 Historic England ", "." },
};

static const struct {
    const char *licence, *line;
} licences[] = {
    { "OGL-UK-3.0",
      "Contains public sector information licensed under the Open Government "
      "Licence v3.0:\n"
      "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/"
      "3/" },
    { "ODbL-1.0", "Open Database License: "
                  "https://opendatacommons.org/licenses/odbl/1-0/" },
    { "CC-BY-4.0", "Creative Commons Attribution 4.0: "
                   "https://creativecommons.org/licenses/by/4.0/" },
};

static bool says(const struct tr_layer *l, size_t i)
{
    const char *text = l->attribution;

    return text &&
           (strstr(text, prescribed[i].says) ||
            (prescribed[i].or_says && strstr(text, prescribed[i].or_says)));
}

static int year_of(int32_t date)
{
    int year, month, day;

    tr_date_split(date, &year, &month, &day);
    return year;
}

static void put_prescribed(const struct tr_snapshot *s, uint32_t place,
                           size_t i, struct tr_buf *out)
{
    int32_t newest = TR_NO_DATE;
    bool used = false;

    for (size_t k = 0; k < s->n_layers; k++) {
        const struct tr_layer *l = &s->layers[k];

        if (!feed_uses_layer(s, place, l) || !says(l, i))
            continue;
        used = true;
        if (l->as_of > newest)
            newest = l->as_of;
    }
    if (used)
        tr_buf_printf(out, "%s%d%s\n", prescribed[i].before,
                      year_of(newest == TR_NO_DATE ? s->as_of : newest),
                      prescribed[i].after);
}

static bool has_licence(const struct tr_snapshot *s, uint32_t place,
                        const char *licence)
{
    for (size_t k = 0; k < s->n_layers; k++) {
        const struct tr_layer *l = &s->layers[k];

        if (feed_uses_layer(s, place, l) && l->licence &&
            strcmp(l->licence, licence) == 0)
            return true;
    }
    return false;
}

static void put_line(struct tr_buf *out, const char *label, const char *text)
{
    if (text && *text)
        tr_buf_printf(out, "  %s: %s\n", label, text);
}

static void put_layer(const struct tr_layer *l, struct tr_buf *out)
{
    char date[TR_DATE_TEXT] = "";

    if (l->as_of != TR_NO_DATE)
        tr_date_text(l->as_of, date);
    tr_buf_printf(out, "\n%s (%s)\n", l->title, l->name);
    put_line(out, "Attribution", l->attribution);
    put_line(out, "Licence", l->licence);
    put_line(out, "Vintage", l->vintage);
    put_line(out, "As of", date);
    if (l->illustrative)
        put_line(out, "Note", "illustrative: drawn or invented, not surveyed");
}

void feed_attribution(const struct tr_snapshot *s, uint32_t place,
                      struct tr_buf *out)
{
    tr_buf_printf(out, "%s: whose data this is\n\n", s->places[place]->title);
    for (size_t i = 0; i < LENGTH(prescribed); i++)
        put_prescribed(s, place, i, out);
    for (size_t i = 0; i < LENGTH(licences); i++) {
        if (has_licence(s, place, licences[i].licence))
            tr_buf_printf(out, "%s\n", licences[i].line);
    }
    tr_buf_str(out, "\nWhoever passes this data on names these sources with "
                    "it.\n\nLayers used\n");
    for (size_t k = 0; k < s->n_layers; k++) {
        if (feed_uses_layer(s, place, &s->layers[k]))
            put_layer(&s->layers[k], out);
    }
}
