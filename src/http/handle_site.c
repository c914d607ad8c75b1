/* handle_site.c - one site: its explanation as JSON, and its page, which works
 * without script. */
#include <string.h>

#include "http/http.h"
#include "terrier/classify.h"
#include "terrier/site_facts.h"

enum { ID };

/* A site that is not there and a site that this audience may not see give the
 * same answer. */
static enum tr_status find_site(const struct http_request *req, size_t *site,
                                struct tr_error *err)
{
    *site = tr_snapshot_site(req->snapshot, req->param[ID]);
    if (*site == SIZE_MAX)
        return tr_fail(err, TR_ENOTFOUND, "no site '%.60s'", req->param[ID]);
    return TR_OK;
}

enum tr_status handle_explanation(const struct http_request *req,
                                  struct http_response *res,
                                  struct tr_error *err)
{
    size_t site;
    enum tr_status st = find_site(req, &site, err);

    if (st)
        return st;
    tr_site_facts_json(req->snapshot, site, &res->body);
    res->content_type = "application/json";
    return TR_OK;
}

static const char *text_of(const struct tr_snapshot *s, size_t site,
                           const char *column)
{
    const struct tr_column *c = tr_table_column(&s->sites, column);

    return c && c->type == TR_TEXT && tr_has(c, site) ? tr_text_at(c, site)
                                                      : "";
}

static void put_row(struct tr_buf *b, const char *title, const char *value)
{
    if (!*value)
        return;
    tr_buf_str(b, "<tr><th scope=\"row\">");
    http_escape(b, title);
    tr_buf_str(b, "</th><td>");
    http_escape(b, value);
    tr_buf_str(b, "</td></tr>\n");
}

enum tr_status handle_site_page(const struct http_request *req,
                                struct http_response *res, struct tr_error *err)
{
    const struct tr_snapshot *s = req->snapshot;
    struct tr_buf *b = &res->body;
    struct tr_buf text;
    size_t site;
    enum tr_status st = find_site(req, &site, err);

    if (st)
        return st;
    res->content_type = "text/html; charset=utf-8";
    http_page_begin(b, text_of(s, site, "name"));
    tr_buf_str(b, "<p>");
    http_page_link(b,
                   tr_arena_printf(req->arena, "/#site=%s", s->site_ids[site]),
                   "On the map");
    tr_buf_str(b, "</p>\n<table>\n");
    put_row(b, "Site", s->site_ids[site]);
    put_row(b, "Partner", text_of(s, site, "partner"));
    put_row(b, "Address", text_of(s, site, "address"));
    put_row(b, "Postcode", text_of(s, site, "postcode"));
    for (size_t i = 0; i < s->n_area_sets; i++) {
        const struct tr_area_set *set = &s->area_sets[i];

        if (set->latest && set->place == s->site_places[site])
            put_row(b, set->label,
                    set->site_area[site] == TR_NO_AREA
                        ? tr_certainty_name(
                              (enum tr_certainty)set->site_certainty[site])
                        : set->names[set->site_area[site]]);
    }
    tr_buf_str(b, "</table>\n<h2>Class and reasons</h2>\n<pre>");
    tr_buf_init(&text, req->service->max_answer);
    if (s->class_data[site] || *tr_class_reason(s, site))
        st = tr_explain_text(s, site, s->class_data[site], &text, err);
    else
        tr_buf_str(&text, s->classes[site] == TR_IN_REVIEW
                              ? "In review by its owner."
                          : s->classes[site] == TR_NO_CLASS
                              ? "Not classified yet."
                              : "Decided and published by the partnership.");
    if (!st && tr_buf_text(&text))
        http_escape(b, tr_buf_text(&text));
    tr_buf_clear(&text);
    tr_buf_str(b, "</pre>\n");
    http_page_end(b);
    return st;
}
