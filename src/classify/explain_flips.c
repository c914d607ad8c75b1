/* explain_flips.c - what would change the class, as JSON. */
#include <stdlib.h>

#include "classify/explain.h"
#include "terrier/date.h"

static void fact_values(const struct flip *flip, size_t site, struct tr_json *j)
{
    char date[TR_DATE_TEXT];

    tr_json_key(j, "from");
    value_json(flip->fact->column, site, j);
    tr_json_key(j, "to");
    if (flip->type == TR_BOOLEAN) {
        tr_json_bool(j, flip->to_text && flip->to_text[0] == 't');
    } else if (flip->to_text) {
        tr_json_text(j, flip->to_text);
    } else if (flip->type == TR_DATE) {
        tr_date_text((int32_t)flip->to, date);
        tr_json_text(j, date);
    } else {
        tr_json_number(j, flip->to);
    }
}

static void flip_json(const struct flip *flip, size_t site, struct tr_json *j)
{
    static const char *const kinds[] = { "threshold", "weight", "fact" };

    tr_json_open_map(j);
    tr_json_put_text(j, "kind", kinds[flip->kind]);
    tr_json_put_text(j, "what", flip->what);
    if (flip->title)
        tr_json_put_text(j, "title", flip->title);
    if (flip->axis != TR_AXES)
        tr_json_put_text(j, "axis", tr_axis_name(flip->axis));
    if (flip->kind == FLIP_FACT) {
        fact_values(flip, site, j);
    } else {
        tr_json_put_number(j, "from", flip->from);
        tr_json_put_number(j, "to", flip->to);
    }
    if (flip->unit)
        tr_json_put_text(j, "unit", flip->unit);
    tr_json_put_text(j, "class", tr_class_name(flip->class_));
    tr_json_put_number(j, "moved", flip->moved / 100.0);
    if (flip->searched)
        tr_json_put_bool(j, "searched", true);
    if (flip->fact && flip->fact->measure)
        tr_json_put_bool(j, "measure", true);
    tr_json_close_map(j);
}

void flips_json(const struct flips *all, size_t site, struct tr_json *j)
{
    tr_json_open_list(j);
    for (int k = 0; k < FLIP_KINDS; k++) {
        for (size_t n = 0; n < all->n[k]; n++)
            flip_json(&all->list[k][n], site, j);
    }
    tr_json_close_list(j);
}
