/* moved.c - see moved.h */
#include "cli/moved.h"

#include <string.h>

#include "terrier/classify.h"
#include "terrier/csv.h"
#include "terrier/json.h"
#include "terrier/text.h"

#define CAUSE_BYTES ((size_t)1024 * 1024)

static const char no_memory[] = "no memory left for the run";

/* ---- reading ---- */

static enum tr_status gather(void *context, const struct store_result *r,
                             struct tr_error *err)
{
    struct moved_run *g = context;
    struct moved_result k = {
        tr_arena_text(g->arena, r->site_id, strlen(r->site_id)),
        tr_arena_text(g->arena, r->class_name, strlen(r->class_name)),
        tr_arena_text(g->arena, r->data, strlen(r->data))
    };

    if (g->n == g->size) {
        size_t size = g->size ? g->size * 2 : 1024;
        struct moved_result *list =
            tr_arena_array(g->arena, size, sizeof *list);

        if (!list)
            return tr_fail(err, TR_ENOMEM, no_memory);
        if (g->n)
            memcpy(list, g->list, g->n * sizeof *list);
        g->list = list;
        g->size = size;
    }
    if (!k.site_id || !k.class_name || !k.data)
        return tr_fail(err, TR_ENOMEM, no_memory);
    g->list[g->n++] = k;
    return TR_OK;
}

enum tr_status moved_read(struct cli *cli, struct store *store,
                          const struct tr_audience *audience, const char *text,
                          struct moved_run *out, struct tr_error *err)
{
    const struct store_run *run;
    enum tr_status st;
    long long id;

    if (!tr_text_to_int(text, &id) || id < 1)
        return tr_fail(err, TR_EINVAL, "'%.60s' is not the number of a run",
                       text);
    *out = (struct moved_run){ .id = id, .arena = cli->arena };
    st = cli_run(cli, store, audience, id, &run, err);
    return st ? st : store_read_results(store, id, gather, out, err);
}

/* ---- what moved ---- */

/* The reason sentence inside a result's JSON. */
static void add_reason(const char *json, struct tr_buf *out)
{
    const struct tr_node *root, *reason = NULL;
    struct tr_arena a;

    tr_arena_init(&a, CAUSE_BYTES * 64);
    if (!tr_json_parse(json, strlen(json), "result", &a, &root, NULL))
        reason = tr_node_get(root, "reason");
    if (reason && reason->kind == TR_NODE_TEXT)
        tr_buf_str(out, reason->text);
    tr_arena_clear(&a);
}

static void put(struct tr_buf *text, bool first, struct tr_buf *out)
{
    const char *s = tr_buf_text(text);

    tr_csv_write(out, s ? s : "", first, true);
    tr_buf_reset(text);
}

/* Either may be NULL: not in that run. */
static enum tr_status write_row(const struct moved_result *x,
                                const struct moved_result *y,
                                struct tr_buf *text, struct tr_buf *out,
                                struct tr_error *err)
{
    enum tr_status st = TR_OK;

    tr_csv_write(out, x ? x->site_id : y->site_id, true, true);
    tr_csv_write(out, x ? x->class_name : "", false, true);
    tr_csv_write(out, y ? y->class_name : "", false, true);
    if (x && y)
        st = tr_explain_cause(x->data, y->data, text, err);
    else
        tr_buf_str(text, x ? "not in the later run" : "not in the earlier run");
    put(text, false, out);
    if (y)
        add_reason(y->data, text);
    put(text, false, out);
    tr_csv_end_row(out);
    return st;
}

/* How the next sites of two runs stand: < 0 only in the first, > 0 only in the
 * second. */
static int order(const struct moved_run *x, size_t i, const struct moved_run *y,
                 size_t k)
{
    return i == x->n   ? 1
           : k == y->n ? -1
                       : strcmp(x->list[i].site_id, y->list[k].site_id);
}

enum tr_status moved_write(const struct moved_run *before,
                           const struct moved_run *after, bool left,
                           struct tr_buf *out, size_t *moved,
                           struct tr_error *err)
{
    struct tr_buf text;
    size_t i = 0, k = 0, n = 0;
    enum tr_status st = TR_OK;

    tr_buf_init(&text, CAUSE_BYTES);
    tr_buf_str(out, "site_id,from,to,cause,reason");
    tr_csv_end_row(out);
    while ((i < before->n || k < after->n) && !st) {
        int o = order(before, i, after, k);
        const struct moved_result *a = o <= 0 ? &before->list[i] : NULL;
        const struct moved_result *b = o >= 0 ? &after->list[k] : NULL;

        if ((a && b && strcmp(a->class_name, b->class_name) != 0) || !a ||
            (!b && left)) {
            st = write_row(a, b, &text, out, err);
            n++;
        }
        i += o <= 0;
        k += o >= 0;
    }
    tr_buf_clear(&text);
    *moved = n;
    return st;
}

static enum tr_status add_moved(const struct moved_result *x,
                                const struct moved_result *y,
                                struct tr_buf *text, struct moved_site *to,
                                struct tr_arena *a, struct tr_error *err)
{
    enum tr_status st = TR_OK;

    tr_buf_reset(text);
    if (x && y)
        st = tr_explain_cause(x->data, y->data, text, err);
    else
        tr_buf_str(text, x ? "not in the later run" : "not in the earlier run");
    *to = (struct moved_site){ x ? x->site_id : y->site_id,
                               x ? x->class_name : "", y ? y->class_name : "",
                               tr_buf_text(text) };
    to->cause = to->cause ? tr_arena_text(a, to->cause, text->len) : NULL;
    return st || to->cause ? st : tr_fail(err, TR_ENOMEM, no_memory);
}

enum tr_status moved_list(const struct moved_run *before,
                          const struct moved_run *after,
                          const struct moved_site **out, size_t *n,
                          struct tr_error *err)
{
    struct moved_site *list =
        tr_arena_array(after->arena, before->n + after->n + 1, sizeof *list);
    size_t i = 0, k = 0, found = 0;
    enum tr_status st = TR_OK;
    struct tr_buf text;

    if (!list)
        return tr_fail(err, TR_ENOMEM, no_memory);
    tr_buf_init(&text, CAUSE_BYTES);
    while ((i < before->n || k < after->n) && !st) {
        int o = order(before, i, after, k);
        const struct moved_result *a = o <= 0 ? &before->list[i] : NULL;
        const struct moved_result *b = o >= 0 ? &after->list[k] : NULL;

        if (!a || !b || strcmp(a->class_name, b->class_name) != 0)
            st = add_moved(a, b, &text, &list[found++], after->arena, err);
        i += o <= 0;
        k += o >= 0;
    }
    tr_buf_clear(&text);
    *out = list;
    *n = found;
    return st;
}

/* ---- what must not ---- */

static bool is_listed(const char *list, const char *site_id)
{
    size_t len = strlen(site_id);

    while (*list) {
        size_t line = strcspn(list, "\r\n");

        if (line == len && memcmp(list, site_id, len) == 0)
            return true;
        list += line;
        list += strspn(list, "\r\n");
    }
    return false;
}

static enum tr_status name_moved(const struct moved_result *x,
                                 const struct moved_result *y, const char *file,
                                 struct tr_error *err)
{
    struct tr_buf text;
    enum tr_status st;
    const char *cause;

    tr_buf_init(&text, CAUSE_BYTES);
    st = y ? tr_explain_cause(x->data, y->data, &text, err) : TR_OK;
    cause = tr_buf_text(&text);
    if (!st)
        st = tr_fail(err, TR_EDATA,
                     "'%s' is in %s, but its class moved from %s to %s: %s",
                     x->site_id, file, x->class_name,
                     y ? y->class_name : "none", cause ? cause : "");
    tr_buf_clear(&text);
    return st;
}

enum tr_status moved_held(const struct moved_run *before,
                          const struct moved_run *after, const char *list,
                          const char *file, struct tr_error *err)
{
    size_t i = 0, k = 0;

    while (i < before->n) {
        int o = order(before, i, after, k);
        const struct moved_result *b = o == 0 ? &after->list[k] : NULL;

        if (o <= 0 && is_listed(list, before->list[i].site_id) &&
            (!b || strcmp(before->list[i].class_name, b->class_name) != 0))
            return name_moved(&before->list[i], b, file, err);
        i += o <= 0;
        k += o >= 0;
    }
    return TR_OK;
}
