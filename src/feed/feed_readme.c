/* feed_readme.c - what the figures mean. See feed_text.h. */
#include <string.h>

#include "feed/feed_columns.h"
#include "feed/feed_text.h"
#include "terrier/date.h"
#include "terrier/field.h"

#define WIDTH 78

/* When no run says otherwise. */
static const char *const usual[TR_CLASSES] = {
    [TR_KEY] = "Needed for the long term and a place where partners can come "
               "together, or irreplaceable; invest here first.",
    [TR_CORE] = "Needed for current service; keep, adapt or re-house; not "
                "itself a hub.",
    [TR_UNCLASSIFIED] = "The facts that would decide are missing.",
    [TR_NOT_APPLICABLE] = "Not classed: bare land, outbuildings, let-out "
                          "property, infrastructure and the like.",
};

/* The same for every rule-set: the public reads no more of it than this. */
static const char in_review[] =
    "To be looked at again, by its owner. Nothing is decided, and nothing is "
    "declared surplus here: only an owner does that.";

static void wrap(struct tr_buf *out, const char *indent, const char *text)
{
    size_t at = 0; /* characters on the line; 0: none yet */

    while (*text) {
        size_t n = strcspn(text, " \n");

        if (n && at && at + 1 + n > WIDTH) {
            tr_buf_byte(out, '\n');
            at = 0;
        }
        if (n) {
            tr_buf_str(out, at ? " " : indent);
            at = (at ? at + 1 : strlen(indent)) + n;
            tr_buf_add(out, text, n);
        }
        text += n + (text[n] != '\0');
    }
    tr_buf_byte(out, '\n');
}

static void put_class(const struct feed_options *o, enum tr_class c,
                      struct tr_buf *out)
{
    const char *text = o->definitions[c] ? o->definitions[c] : usual[c];

    tr_buf_printf(out, "  %s\n", tr_class_name(c));
    wrap(out, "    ", c == TR_IN_REVIEW ? in_review : text);
}

static void put_classes(const struct feed_options *o, struct tr_buf *out)
{
    static const enum tr_class shown[] = { TR_KEY, TR_CORE, TR_IN_REVIEW,
                                           TR_UNCLASSIFIED, TR_NOT_APPLICABLE };

    tr_buf_str(out, "\nThe classes\n\n");
    wrap(out, "",
         "A class is worked out from facts by a published rule-set. It is "
         "provisional, not policy: no partner has decided anything by it, and "
         "it changes when the facts or the rules do - but where class_status "
         "says 'published', the owner agreed, the board signed and it was "
         "published. A site without a class has not been through the rules.");
    if (o->rules)
        tr_buf_printf(out, "Rule-set: %s\n", o->rules);
    tr_buf_byte(out, '\n');
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        put_class(o, shown[i], out);
}

static void put_column(const struct tr_snapshot *s, const struct tr_column *c,
                       struct tr_buf *out)
{
    const struct tr_field *field = tr_field_named(c->name);
    const char *title = feed_column_title(c->name);
    const struct tr_area_set *set = tr_snapshot_area_set(s, c->name);

    if (!title && field)
        title = field->title;
    if (!title && set)
        title = set->title;
    tr_buf_printf(out, "  %-26s %s", c->name, title ? title : "");
    if (field && field->unit)
        tr_buf_printf(out, ", %s", field->unit);
    tr_buf_printf(out, " (%s)\n", tr_type_name(c->type));
}

static void put_columns(const struct tr_snapshot *s,
                        const struct tr_table *table, struct tr_buf *out)
{
    tr_buf_str(out, "\nThe columns of sites.csv, the properties of "
                    "sites.geojson\n\n");
    wrap(out, "",
         "One row per site, by site_id. An empty value is a missing one, never "
         "zero. Lists are joined by a semicolon. A text that a spreadsheet "
         "would run as a formula has an apostrophe before it. Coordinates are "
         "WGS84: longitude, latitude.");
    tr_buf_byte(out, '\n');
    for (size_t i = 0; i < table->n_columns; i++)
        put_column(s, &table->columns[i], out);
    tr_buf_printf(out, "  %-26s %s\n  %-26s %s\n", "lon", "Longitude (number)",
                  "lat", "Latitude (number)");
}

static void put_missing(struct tr_buf *out)
{
    tr_buf_str(out, "\nWhat is not here\n\n");
    wrap(out, "",
         "Only what may be public is in these files. A position that its owner "
         "has not published is left out, and the site's areas with it ('not "
         "published'). A partner who has not supplied anything has no rows: "
         "that says nothing about its buildings. summary.csv counts a site "
         "once, and floor area once per building. A site that was withdrawn "
         "leaves a notice in withdrawn.csv: releases of before that day have "
         "to be deleted.");
}

void feed_readme(const struct tr_snapshot *s, const struct feed_options *o,
                 const struct tr_table *table, struct tr_buf *out)
{
    const struct tr_place *p = s->places[o->place];
    char date[TR_DATE_TEXT];

    tr_date_text(s->as_of, date);
    tr_buf_printf(out, "%s: register of land and buildings\n\n", p->title);
    if (p->purpose)
        wrap(out, "", p->purpose);
    tr_buf_printf(out, "\nAs of %s. Provisional, not policy.\n", date);
    if (p->contact)
        tr_buf_printf(out, "Questions: %s.\n", p->contact);
    put_classes(o, out);
    put_columns(s, table, out);
    put_missing(out);
    tr_buf_str(out, "\nSources and licences: attribution.txt. Check the files "
                    "with: sha256sum -c SHA256SUMS\n");
}
