/* summary_rows.c - summaries as JSON, CSV and a table. See terrier/encode.h. */
#include <math.h>
#include <string.h>

#include "encode/text_cell.h"
#include "terrier/csv.h"
#include "terrier/encode.h"
#include "terrier/json.h"

static const struct {
    enum tr_class class_;
    const char *name; /* as a column or key */
} shown[] = {
    { TR_KEY, "key" },
    { TR_CORE, "core" },
    { TR_SURPLUS, "surplus" },
    { TR_IN_REVIEW, "in_review" },
    { TR_UNCLASSIFIED, "unclassified" },
    { TR_NOT_APPLICABLE, "not_applicable" },
    { TR_NO_CLASS, "not_run" },
};
#define N_SHOWN (sizeof shown / sizeof *shown)

/* Sums of areas in tenths: what the sources give, without the dust of adding.
 */
static double tidy(double m2)
{
    return round(m2 * 10) / 10;
}

static void put_counts(struct tr_json *j, const struct tr_summary_row *r)
{
    tr_json_put_int(j, "sites", (int64_t)r->sites);
    tr_json_put_int(j, "located", (int64_t)r->located);
    for (size_t i = 0; i < N_SHOWN; i++)
        tr_json_put_int(j, shown[i].name,
                        (int64_t)r->by_class[shown[i].class_]);
    tr_json_put_number(j, "floor_area_m2", tidy(r->floor_area_m2));
    tr_json_put_int(j, "with_floor_area", (int64_t)r->with_floor_area);
    tr_json_put_int(j, "shared_floor_area", (int64_t)r->shared_floor_area);
}

void tr_encode_summary_json(const struct tr_snapshot *s,
                            const struct tr_summary *sum, struct tr_buf *out)
{
    struct tr_json j;

    tr_json_init(&j, out);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "set", sum->set);
    tr_json_put_text(&j, "audience", s->audience.name);
    tr_json_put_text(&j, "version", s->version);
    tr_json_key(&j, "rows");
    tr_json_open_list(&j);
    for (size_t i = 0; i < sum->n; i++) {
        tr_json_open_map(&j);
        tr_json_put_text(&j, "area", sum->rows[i].area);
        tr_json_put_text(&j, "area_code", sum->rows[i].area_code);
        tr_json_put_text(&j, "certainty", sum->rows[i].certainty);
        tr_json_put_text(&j, "partner", sum->rows[i].partner);
        put_counts(&j, &sum->rows[i]);
        tr_json_close_map(&j);
    }
    tr_json_close_list(&j);
    tr_json_key(&j, "partners");
    tr_json_open_list(&j);
    for (size_t i = 0; i < sum->n_totals; i++) {
        tr_json_open_map(&j);
        tr_json_put_text(&j, "partner", sum->totals[i].partner);
        put_counts(&j, &sum->totals[i]);
        tr_json_close_map(&j);
    }
    tr_json_close_list(&j);
    tr_json_key(&j, "all");
    tr_json_open_map(&j);
    put_counts(&j, &sum->all);
    tr_json_close_map(&j);
    tr_json_close_map(&j);
    tr_buf_byte(out, '\n');
}

static void put_number(struct tr_buf *out, double v)
{
    tr_buf_byte(out, ',');
    tr_buf_number(out, v);
}

void tr_encode_summary_csv(const struct tr_summary *sum, struct tr_buf *out)
{
    tr_buf_str(out, "set,area,area_code,certainty,partner,sites,located");
    for (size_t i = 0; i < N_SHOWN; i++)
        tr_csv_write(out, shown[i].name, false, false);
    tr_buf_str(out, ",floor_area_m2,with_floor_area,shared_floor_area");
    tr_csv_end_row(out);
    for (size_t i = 0; i < sum->n; i++) {
        const struct tr_summary_row *r = &sum->rows[i];

        tr_csv_write(out, sum->set, true, true);
        tr_csv_write(out, r->area, false, true);
        tr_csv_write(out, r->area_code, false, true);
        tr_csv_write(out, r->certainty, false, true);
        tr_csv_write(out, r->partner, false, true);
        put_number(out, (double)r->sites);
        put_number(out, (double)r->located);
        for (size_t k = 0; k < N_SHOWN; k++)
            put_number(out, (double)r->by_class[shown[k].class_]);
        put_number(out, tidy(r->floor_area_m2));
        put_number(out, (double)r->with_floor_area);
        put_number(out, (double)r->shared_floor_area);
        tr_csv_end_row(out);
    }
}

static void put_line(struct tr_buf *out, const char *area, const char *partner,
                     const struct tr_summary_row *r)
{
    text_cell(out, area, 15);
    text_cell(out, partner, 33);
    tr_buf_printf(out, "%6zu", r->sites);
    for (size_t k = 0; k < N_SHOWN; k++)
        tr_buf_printf(out, " %6zu", r->by_class[shown[k].class_]);
    tr_buf_printf(out, " %10.0f\n", r->floor_area_m2);
}

void tr_encode_summary_table(const struct tr_summary *sum, struct tr_buf *out)
{
    text_cell(out, *sum->set ? sum->set : "area", 15);
    text_cell(out, "partner", 33);
    tr_buf_printf(out, "%6s %6s %6s %6s %6s %6s %6s %6s %10s\n", "sites", "key",
                  "core", "surpl.", "review", "uncl.", "n/a", "no run",
                  "floor m2");
    for (size_t i = 0; i < sum->n; i++) {
        const struct tr_summary_row *r = &sum->rows[i];

        put_line(out, *r->area ? r->area : r->certainty, r->partner, r);
    }
    put_line(out, "all", "", &sum->all);
    if (sum->all.shared_floor_area)
        tr_buf_printf(
            out,
            "floor area leaves out %zu sites whose figure is a shared "
            "total\n",
            sum->all.shared_floor_area);
}
