/* handle_decide.c - POST /api/sites/{id}/decisions: the owner agrees to a
 * site's class, or disputes it. */
#include <string.h>

#include "http/admit.h"
#include "store/ledger.h"
#include "store/snapshot_build.h"
#include "terrier/date.h"

#define MOST_KEY 64

static const char *text_of(const struct tr_node *map, const char *key)
{
    const struct tr_node *n = tr_node_get(map, key);

    return n ? n->text : NULL;
}

static enum tr_status problem(const struct http_request *req, unsigned status,
                              const char *why, struct http_response *res)
{
    http_problem(req, status, why, res);
    return TR_OK;
}

/* What the ledger will not take is not a broken request. */
static enum tr_status refused(const struct http_request *req, enum tr_status st,
                              const struct tr_error *err,
                              struct http_response *res)
{
    unsigned status = st == TR_EDATA ? 409
                      : st == TR_EINVAL || st == TR_ELIMIT
                          ? 422
                          : http_status_for(st);

    return problem(req, status, err->msg, res);
}

static enum tr_status record(const struct http_request *req,
                             struct ledger_decision *d,
                             struct http_response *res, struct tr_error *err)
{
    int64_t sequence = 0;
    struct store *store;
    struct tr_json j;
    enum tr_status st =
        ledger_check_owner(req->snapshot, d->site, req->account->organisation,
                           &d->organisation, err);

    if (!st)
        st = http_open_store(req, true, &store, err);
    if (!st)
        st = snapshot_today(store, &d->today, err);
    if (!st)
        st = ledger_decide(store, d, &sequence, err);
    if (st)
        return refused(req, st, err, res);
    tr_json_init(&j, &res->body);
    tr_json_open_map(&j);
    tr_json_put_int(&j, "entry", sequence);
    tr_json_put_text(&j, "site_id", d->site);
    tr_json_put_text(&j, "step", ledger_step_name(d->step));
    tr_json_close_map(&j);
    tr_buf_byte(&res->body, '\n');
    res->content_type = "application/json";
    res->is_private = true;
    return TR_OK;
}

/* The same key again is the same decision again. */
static bool is_key(const char *key)
{
    size_t n = key ? strlen(key) : 0;

    return n && n <= MOST_KEY &&
           strspn(key, "abcdefghijklmnopqrstuvwxyz"
                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "0123456789._-") == n;
}

enum tr_status handle_decide(const struct http_request *req,
                             struct http_response *res, struct tr_error *err)
{
    static const char *const known[] = { "step", "class", "reason", "key" };
    struct ledger_decision d = { .role = "owner",
                                 .name = req->account->name,
                                 .review = TR_NO_DATE };
    const struct tr_node *map;
    const char *step, *key;
    size_t site = tr_snapshot_site(req->snapshot, req->param[0]);
    enum tr_status st = http_read_object(req, known, 4, &map, err);

    if (st)
        return st;
    if (site == SIZE_MAX)
        return tr_fail(err, TR_ENOTFOUND, "there is no site '%.60s'",
                       req->param[0]);
    step = text_of(map, "step");
    key = text_of(map, "key");
    if (!step || !ledger_step_parse(step, &d.step) ||
        (d.step != LEDGER_OWNER_AGREED && d.step != LEDGER_DISPUTED))
        return problem(req, 422, "'step' is owner-agreed or disputed", res);
    if (!is_key(key))
        return problem(req, 422,
                       "'key' has 1 to 64 letters, digits, '.', '_' or '-', "
                       "chosen anew for each decision",
                       res);
    d.site = req->snapshot->site_ids[site];
    d.class_name = text_of(map, "class");
    d.reason = text_of(map, "reason");
    d.key = tr_arena_printf(req->arena, "%s %s", req->account->name, key);
    return record(req, &d, res, err);
}
