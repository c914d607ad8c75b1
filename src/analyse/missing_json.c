/* missing_json.c - the facts that are wanted, as JSON: what 'terrier missing
 * --json' prints and /api/missing answers. */
#include "terrier/json.h"
#include "terrier/missing.h"

static void classes_json(struct tr_json *j, const char *key, uint8_t classes)
{
    tr_json_key(j, key);
    tr_json_open_list(j);
    for (int c = 0; c < TR_CLASSES; c++) {
        if (classes & 1u << c)
            tr_json_text(j, tr_class_name((enum tr_class)c));
    }
    tr_json_close_list(j);
}

void tr_missing_json(const struct tr_snapshot *s, const struct tr_missing *m,
                     struct tr_buf *out)
{
    struct tr_json j;

    tr_json_init(&j, out);
    tr_json_open_map(&j);
    tr_json_key(&j, "facts");
    tr_json_open_list(&j);
    for (size_t i = 0; i < m->n_facts; i++) {
        const struct tr_missing_fact *f = &m->facts[i];

        tr_json_open_map(&j);
        if (f->organisation >= 0)
            tr_json_put_text(
                &j, "organisation",
                s->places[f->place]->organisations[f->organisation].code);
        tr_json_put_text(&j, "field", f->field->name);
        tr_json_put_text(&j, "title", f->field->title);
        tr_json_put_int(&j, "sites", (int64_t)f->sites);
        tr_json_put_int(&j, "alone", (int64_t)f->alone);
        tr_json_put_number(&j, "floor_area_m2", f->floor_area_m2);
        classes_json(&j, "could", f->could);
        tr_json_close_map(&j);
    }
    tr_json_close_list(&j);
    tr_json_key(&j, "sites");
    tr_json_open_list(&j);
    for (size_t i = 0; i < m->n_sites; i++) {
        const struct tr_missing_site *site = &m->sites[i];

        tr_json_open_map(&j);
        tr_json_put_text(&j, "site_id", s->site_ids[site->site]);
        tr_json_put_bool(&j, "thin", site->thin);
        classes_json(&j, "possible", site->possible);
        tr_json_key(&j, "facts");
        tr_json_open_list(&j);
        for (size_t f = 0; f < site->n_fields; f++)
            tr_json_text(&j, site->fields[f]->name);
        tr_json_close_list(&j);
        tr_json_close_map(&j);
    }
    tr_json_close_list(&j);
    tr_json_close_map(&j);
    tr_buf_byte(out, '\n');
}
