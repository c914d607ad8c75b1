/* load_report.c - a load's report as JSON, and its issues as CSV. See load.h.
 */
#include "ingest/load.h"
#include "terrier/json.h"

static const char *severity_name(enum store_severity severity)
{
    switch (severity) {
    case STORE_ERROR: return "error";
    case STORE_WARNING: return "warning";
    case STORE_NOTE: return "note";
    }
    return "error";
}

static void located(struct tr_json *j, const struct load_layer_report *r)
{
    static const char *const names[] = { "coordinate", "uprn", "postcode",
                                         "outward", "none" };

    tr_json_key(j, "located");
    tr_json_open_map(j);
    for (size_t i = 0; i < 5; i++)
        tr_json_put_int(j, names[i], r->located[i]);
    tr_json_close_map(j);
}

static void counts(struct tr_json *j, const struct load_layer_report *r)
{
    tr_json_put_int(j, "excluded", r->excluded);
    tr_json_put_int(j, "merged", r->merged);
    tr_json_put_int(j, "added", r->added);
    tr_json_put_int(j, "changed", r->changed);
    tr_json_put_int(j, "unchanged", r->unchanged);
    tr_json_put_int(j, "vanished", r->vanished);
    tr_json_put_bool(j, "barred_from_measures", r->barred_from_measures);
}

static void issue(struct tr_json *j, const struct store_issue *i)
{
    tr_json_open_map(j);
    tr_json_put_text(j, "file", i->file);
    tr_json_put_int(j, "row", i->row);
    tr_json_put_text(j, "column", i->column);
    tr_json_put_text(j, "value", i->value);
    tr_json_put_text(j, "type", i->type);
    tr_json_put_text(j, "severity", severity_name(i->severity));
    tr_json_put_text(j, "message", i->message);
    tr_json_close_map(j);
}

static void lists(struct tr_json *j, const struct load_layer_report *r)
{
    tr_json_key(j, "issues");
    tr_json_open_list(j);
    for (size_t i = 0; i < r->n_issues; i++)
        issue(j, &r->issues[i]);
    tr_json_close_list(j);
    tr_json_put_int(j, "issues_left_out", (int64_t)r->n_issues_left_out);
    tr_json_key(j, "held");
    tr_json_open_list(j);
    for (size_t i = 0; i < r->n_held; i++) {
        tr_json_open_map(j);
        tr_json_put_text(j, "key", r->held[i].key);
        tr_json_put_text(j, "reason", r->held[i].reason);
        tr_json_close_map(j);
    }
    tr_json_close_list(j);
    tr_json_key(j, "warnings");
    tr_json_open_list(j);
    for (size_t i = 0; i < r->n_warnings; i++)
        tr_json_text(j, r->warnings[i]);
    tr_json_close_list(j);
}

static void layer(struct tr_json *j, const struct load_layer_report *r)
{
    tr_json_open_map(j);
    tr_json_put_text(j, "layer", r->layer);
    tr_json_put_int(j, "read", r->read);
    tr_json_put_int(j, "accepted", r->accepted);
    tr_json_put_int(j, "rejected", r->rejected);
    tr_json_put_int(j, "duplicate", r->duplicate);
    located(j, r);
    lists(j, r);
    counts(j, r);
    if (r->crs_operation && *r->crs_operation) {
        tr_json_put_text(j, "crs_operation", r->crs_operation);
        tr_json_put_number(j, "crs_accuracy_m", r->crs_accuracy_m);
    }
    tr_json_put_text(j, "status", r->status ? tr_status_name(r->status) : "ok");
    if (r->error)
        tr_json_put_text(j, "error", r->error);
    tr_json_close_map(j);
}

void load_report_json(const struct load_report *report, struct tr_buf *out)
{
    struct tr_json j;

    tr_json_init(&j, out);
    tr_json_open_map(&j);
    tr_json_key(&j, "layers");
    tr_json_open_list(&j);
    for (size_t i = 0; i < report->n; i++)
        layer(&j, &report->layers[i]);
    tr_json_close_list(&j);
    tr_json_close_map(&j);
}

static void csv_issue(struct tr_buf *out, const char *layer_name,
                      const struct store_issue *i)
{
    tr_csv_write(out, layer_name, true, true);
    tr_csv_write(out, i->file, false, true);
    tr_buf_byte(out, ',');
    if (i->row)
        tr_buf_int(out, i->row);
    tr_csv_write(out, i->column, false, true);
    tr_csv_write(out, i->value, false, true);
    tr_csv_write(out, i->type, false, true);
    tr_csv_write(out, severity_name(i->severity), false, true);
    tr_csv_write(out, i->message, false, true);
    tr_csv_end_row(out);
}

void load_report_issues_csv(const struct load_report *report,
                            struct tr_buf *out)
{
    tr_buf_str(out, "layer,file,row,column,value,type,severity,message");
    tr_csv_end_row(out);
    for (size_t k = 0; k < report->n; k++) {
        for (size_t i = 0; i < report->layers[k].n_issues; i++)
            csv_issue(out, report->layers[k].layer,
                      &report->layers[k].issues[i]);
    }
}
