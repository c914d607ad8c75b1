/* report_words.c - values in the words of people who do not know the register:
 * dates with the month's name, thousands with commas, rounded, with units. */
#include <math.h>
#include <string.h>

#include "classify/explain.h"
#include "classify/explain_text.h"
#include "report/report_parts.h"
#include "terrier/date.h"
#include "terrier/field.h"

#define MOST_VALUE 1200

/* ---- texts ---- */

/* "primary-school": a word of ours, not a text of theirs. */
static bool is_code(const char *text)
{
    if (*text < 'a' || *text > 'z')
        return false;
    for (const char *s = text; *s; s++) {
        if (!(*s >= 'a' && *s <= 'z') && *s != '-')
            return false;
    }
    return true;
}

const char *code_words(struct tr_paper *p, const char *code)
{
    char *text;

    if (!is_code(code))
        return tr_paper_words(p, code, MOST_VALUE);
    text = tr_arena_text(p->arena, code, strlen(code));
    for (char *s = text; s && *s; s++)
        *s = *s == '-' ? ' ' : *s;
    return text ? text : "";
}

const char *iso_date(struct tr_paper *p, const char *text)
{
    int32_t date;

    return tr_date_parse(text, "yyyy-mm-dd", &date) ? tr_paper_date(p, date)
                                                    : "";
}

const char *list_of(struct tr_paper *p, const char *before, const char *next,
                    const char *between)
{
    if (!*before)
        return next;
    return *next ? tr_paper_say(p, "%s%s%s", before, between, next) : before;
}

/* ---- numbers ---- */

static const char *unit_of(const char *unit)
{
    if (strcmp(unit, "m2") == 0)
        return "m\xC2\xB2";
    if (strcmp(unit, "GBP/m2") == 0 || strcmp(unit, "GBP a m2") == 0)
        return "pounds a m\xC2\xB2";
    return strcmp(unit, "GBP") == 0 ? "pounds" : unit;
}

const char *distance_of(struct tr_paper *p, double m)
{
    if (m < 950)
        return tr_paper_say(p, "%.0f m", m < 100 ? m : round(m / 10) * 10);
    if (m < 100000)
        return tr_paper_say(p, "%.1f km", m / 1000);
    return tr_paper_say(p, "%s km", tr_paper_count(p, m / 1000));
}

const char *people_of(struct tr_paper *p, double v)
{
    return tr_paper_count(p, v < 100 ? v : round(v / 10) * 10);
}

const char *percent_of(struct tr_paper *p, double part, double whole)
{
    if (!(whole > 0))
        return "";
    if (part > 0 && part / whole < 0.01)
        return "under 1 %";
    return tr_paper_say(p, "%.0f %%", 100 * part / whole);
}

const char *number_of(struct tr_paper *p, double v, const char *unit)
{
    const char *number;

    if (strcmp(unit, "m") == 0)
        return distance_of(p, v);
    if (strcmp(unit, "people") == 0)
        return tr_paper_say(p, "%s people", people_of(p, v));
    if (!*unit && v >= 1900 && v <= 2100 && v == floor(v))
        return tr_paper_say(p, "%.0f", v); /* a year */
    if (fabs(v - round(v)) < 1e-9 || fabs(v) >= 100)
        number = tr_paper_count(p, v);
    else
        number = tr_paper_say(p, fabs(v) < 10 ? "%.2f" : "%.1f", v);
    if (!*unit)
        return number;
    if (v == 1 && strlen(unit) > 2 && unit[strlen(unit) - 1] == 's')
        return tr_paper_say(p, "1 %.*s", (int)strlen(unit) - 1, unit);
    return tr_paper_say(p, "%s %s", number, unit_of(unit));
}

const char *value_of(struct tr_paper *p, const struct tr_node *v,
                     const char *unit)
{
    const char *all = "";

    if (!v)
        return "not known";
    switch (v->kind) {
    case TR_NODE_NULL:
    case TR_NODE_MAP: return "not known";
    case TR_NODE_BOOL: return v->truth ? "yes" : "no";
    case TR_NODE_INTEGER:
    case TR_NODE_NUMBER: return number_of(p, v->number, unit);
    case TR_NODE_LIST:
        for (size_t i = 0; i < v->n; i++)
            all = list_of(p, all, code_words(p, v->items[i]->text), ", ");
        return all;
    case TR_NODE_TEXT: break;
    }
    return *iso_date(p, v->text) ? iso_date(p, v->text)
                                 : code_words(p, v->text);
}

const char *age_of(struct tr_paper *p, int32_t from, int32_t to)
{
    int y1, m1, d1, y2, m2, d2, months;

    if (from == TR_NO_DATE || from > to)
        return "";
    tr_date_split(from, &y1, &m1, &d1);
    tr_date_split(to, &y2, &m2, &d2);
    months = (y2 - y1) * 12 + m2 - m1 - (d2 < d1);
    if (months < 1)
        return "under a month";
    if (months < 24)
        return months == 1 ? "1 month" : tr_paper_say(p, "%d months", months);
    return tr_paper_say(p, "%d years", months / 12);
}

/* ---- sites ---- */

static const char *field_unit(const struct tr_column *c)
{
    const struct tr_field *f = tr_field_named(c->name);

    return c->unit ? c->unit : f && f->unit ? f->unit : "";
}

static const char *column_words(struct tr_paper *p, const struct tr_column *c,
                                size_t row)
{
    const char *all = "";

    if (!c || !tr_has(c, row))
        return "";
    switch (c->type) {
    case TR_BOOLEAN: return c->values.booleans[row] ? "yes" : "no";
    case TR_INTEGER:
        return number_of(p, (double)c->values.integers[row], field_unit(c));
    case TR_NUMBER: return number_of(p, c->values.numbers[row], field_unit(c));
    case TR_DATE: return tr_paper_date(p, c->values.dates[row]);
    case TR_TEXT: return code_words(p, tr_text_at(c, row));
    case TR_LIST:
        for (uint32_t k = c->list_starts[row]; k < c->list_starts[row + 1]; k++)
            all = list_of(p, all,
                          code_words(p, c->dict->texts[c->values.codes[k]]),
                          ", ");
        return all;
    case TR_INSTANT:
    case TR_GEOMETRY: break;
    }
    return "";
}

const char *site_value(const struct composing *c, const char *column,
                       size_t site)
{
    return column_words(c->p, tr_table_column(&c->s->sites, column), site);
}

const char *site_text(const struct composing *c, const char *column,
                      size_t site)
{
    const struct tr_column *v = tr_table_column(&c->s->sites, column);

    return v && v->type == TR_TEXT && tr_has(v, site) ? tr_text_at(v, site)
                                                      : "";
}

const char *site_name(const struct composing *c, size_t site)
{
    const char *name = site_text(c, "name", site);

    return *name ? tr_paper_words(c->p, name, 300) : c->s->site_ids[site];
}

enum tr_class site_class(const struct composing *c, size_t site)
{
    return (enum tr_class)c->s->classes[site];
}

const char *class_label(const struct composing *c, enum tr_class k)
{
    (void)c;
    if (k == TR_NO_CLASS)
        return "not in the run";
    return class_words(k);
}

const char *class_heading(const struct composing *c, enum tr_class k)
{
    const char *label = class_label(c, k);
    char *copy = tr_arena_text(c->p->arena, label, strlen(label));

    if (copy && *copy >= 'a' && *copy <= 'z')
        *copy = (char)(*copy - 'a' + 'A');
    return copy ? copy : label;
}

enum tr_paper_tone class_tone(enum tr_class k)
{
    return k == TR_KEY                                ? TR_PAPER_KEY
           : k == TR_CORE                             ? TR_PAPER_CORE
           : k == TR_SURPLUS || k == TR_IN_REVIEW     ? TR_PAPER_SURPLUS
           : k == TR_UNCLASSIFIED || k == TR_NO_CLASS ? TR_PAPER_OPEN
                                                      : TR_PAPER_PLAIN;
}

const char *status_words(const char *status)
{
    static const char *const words[][2] = {
        { "", "computed by the rules; nobody has decided yet" },
        { "provisional", "computed by the rules; nobody has decided yet" },
        { "draft", "a draft; its owner has not yet said yes or no" },
        { "disputed", "disputed by its owner" },
        { "owner-agreed", "agreed by its owner; the board has not yet signed" },
        { "signed", "signed by the board; not yet published" },
        { "published", "signed by the board and published" },
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i][0], status) == 0)
            return words[i][1];
    }
    return status;
}

const struct tr_node *site_explanation(struct composing *c, size_t site)
{
    const char *json = c->s->class_data ? c->s->class_data[site] : NULL;
    const struct tr_node *root = NULL;

    if (json && !c->st)
        c->st = tr_json_parse(json, strlen(json), c->s->site_ids[site],
                              c->p->arena, &root, c->err);
    return root;
}

const struct tr_organisation *site_owner(const struct composing *c, size_t site)
{
    const struct tr_place *place = c->s->places[c->s->site_places[site]];
    int32_t o = c->s->occupations[c->s->first_occupation[site]].organisation;

    return o < 0 ? NULL : tr_place_successor(place, &place->organisations[o]);
}

double site_floor(const struct composing *c, size_t site)
{
    const struct tr_column *area =
        tr_table_column(&c->s->sites, "floor_area_m2");
    const struct tr_column *shared =
        tr_table_column(&c->s->sites, "floor_area_shared");

    if (!area || !tr_has(area, site) ||
        (shared && tr_has(shared, site) && shared->values.booleans[site]))
        return 0;
    return area->type == TR_INTEGER ? (double)area->values.integers[site]
                                    : area->values.numbers[site];
}
