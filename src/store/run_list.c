/* run_list.c - see store/run_list.h */
#include "store/run_list.h"

#include <string.h>

#include "store/snapshot_standing.h"
#include "terrier/date.h"
#include "terrier/json.h"

struct runs {
    const struct store_run *list;
    size_t n;
};

static bool is_among(const int64_t *list, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] == id)
            return true;
    }
    return false;
}

static enum tr_status pick(struct store *s, const struct tr_audience *audience,
                           struct tr_arena *a, struct runs all,
                           struct store_run *list, size_t *n,
                           struct tr_error *err)
{
    const int64_t *adopted;
    size_t n_adopted;
    enum tr_status st = store_adoptions(s, a, &adopted, &n_adopted, err);

    for (size_t i = 0; !st && i < all.n; i++) {
        if (is_among(adopted, n_adopted, all.list[i].id) &&
            snapshot_may_see(audience, all.list[i].audience))
            list[(*n)++] = all.list[i];
    }
    for (size_t i = 0; i < *n; i++)
        list[i].id = (int64_t)(*n - i);
    return st;
}

enum tr_status store_runs_seen(struct store *s,
                               const struct tr_audience *audience,
                               struct tr_arena *a, const struct store_run **out,
                               size_t *n, struct tr_error *err)
{
    const struct store_run *all;
    struct store_run *list;
    size_t n_all, found = 0;
    enum tr_status st = store_runs(s, a, &all, &n_all, err);

    if (st)
        return st;
    if (strcmp(audience->name, "operator") == 0) {
        *out = all;
        *n = n_all;
        return TR_OK;
    }
    list = tr_arena_array(a, n_all + 1, sizeof *list);
    if (!list)
        return tr_fail(err, TR_ENOMEM, "no memory left for the runs");
    st = pick(s, audience, a, (struct runs){ all, n_all }, list, &found, err);
    if (st)
        return st;
    *out = list;
    *n = found;
    return TR_OK;
}

void store_runs_json(const struct store_run *runs, size_t n, struct tr_buf *out)
{
    char text[TR_INSTANT_TEXT], date[TR_DATE_TEXT];
    struct tr_json j;

    tr_json_init(&j, out);
    tr_json_open_list(&j);
    for (size_t i = 0; i < n; i++) {
        tr_instant_text(runs[i].created, text);
        tr_date_text(runs[i].as_of, date);
        tr_json_open_map(&j);
        tr_json_put_int(&j, "run", runs[i].id);
        tr_json_put_text(&j, "made", text);
        tr_json_put_text(&j, "audience", runs[i].audience);
        tr_json_put_text(&j, "rules", runs[i].rules_name);
        tr_json_put_text(&j, "scope", runs[i].scope);
        tr_json_put_text(&j, "as_of", date);
        tr_json_put_int(&j, "sites", runs[i].n_sites);
        tr_json_put_bool(&j, "adopted", runs[i].adopted);
        tr_json_close_map(&j);
    }
    tr_json_close_list(&j);
    tr_buf_byte(out, '\n');
}
