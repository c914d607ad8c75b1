/* cmd_replay.c - make a past run again from what it read, and compare every
 * byte; or say what was known on a day. */
#include <string.h>

#include "cli/cli.h"
#include "store/ledger.h"
#include "terrier/classify.h"
#include "terrier/date.h"
#include "terrier/json.h"
#include "terrier/text.h"

#define MAX_ANSWER ((size_t)64 * 1024 * 1024)

struct replay {
    struct cli *cli;
    struct store *store;
    const struct store_run *run;
    struct snapshot_inputs in;
    const char *build; /* of this program */
    bool other_build;  /* than made the run */
    const struct tr_snapshot *s;
    const struct tr_results *r;
    struct tr_buf since;  /* what has changed since then, a line each */
    struct tr_buf faults; /* what came out otherwise, a line each */
    /* While the kept results are read: */
    size_t next, n_other;
};

/* ---- once more ---- */

static void free_snapshot(void *p)
{
    tr_snapshot_free(p);
}

static enum tr_status make_snapshot(struct replay *p, struct tr_error *err)
{
    struct snapshot_options o = {
        .as_of = p->run->as_of,
        .threads = (unsigned)config_number(&p->cli->config, SETTING_THREADS),
        .again = &p->in,
    };
    struct tr_snapshot *s;
    enum tr_status st = tr_audience_parse(p->run->audience, &o.audience, err);

    if (!st)
        st = snapshot_build(p->store, &o, &s, err);
    if (st)
        return st;
    p->s = s;
    if (tr_arena_defer(p->cli->arena, free_snapshot, s))
        return tr_fail(err, TR_ENOMEM, "no memory left");
    return TR_OK;
}

static enum tr_status classify(struct replay *p, struct tr_error *err)
{
    struct tr_classify_options o = { .as_of = p->run->as_of,
                                     .seed = p->run->seed,
                                     .draws = p->run->draws };
    const struct tr_rules *rules;
    const char *text;
    size_t len;
    enum tr_status st = store_get_document(p->store, &p->run->rules,
                                           p->cli->arena, &text, &len, err);

    if (!st)
        st = tr_rules_parse(text, len, p->run->rules_name, p->cli->arena,
                            &rules, err);
    if (!st)
        st = cli_filter("scope", p->run->scope, p->cli->arena, &o.scope, err);
    if (!st)
        st = cli_signed(p->cli, p->s, &o.signed_, err);
    return st ? st : tr_classify(p->s, rules, &o, p->cli->arena, &p->r, err);
}

/* ---- compared ---- */

/* Kept results and new ones are both in the order of site_id. */
static enum tr_status compare_result(void *context,
                                     const struct store_result *kept,
                                     struct tr_error *err)
{
    struct replay *p = context;
    const struct tr_results *r = p->r;
    const char *id = NULL;
    int order = 1;

    (void)err;
    for (; p->next < r->n; p->next++) {
        id = p->s->site_ids[r->sites[p->next].site];
        order = strcmp(id, kept->site_id);
        if (order >= 0)
            break;
        p->n_other++;
    }
    if (p->next < r->n && order == 0) {
        const struct tr_site_result *now = &r->sites[p->next++];

        if (strcmp(tr_class_name(now->class_), kept->class_name) == 0 &&
            strcmp(now->json, kept->data) == 0)
            return TR_OK;
    }
    if (p->n_other++ < 10)
        tr_buf_printf(&p->faults, "  site %s comes out otherwise\n",
                      kept->site_id);
    return TR_OK;
}

static void compare_snapshot(struct replay *p)
{
    char was[TR_DIGEST_TEXT];

    tr_digest_text(&p->run->snapshot, was);
    if (strcmp(was, p->s->version) != 0)
        tr_buf_printf(&p->faults,
                      "  the facts that it read: %.16s, now %.16s\n", was,
                      p->s->version);
}

static enum tr_status compare_results(struct replay *p, struct tr_error *err)
{
    enum tr_status st =
        store_read_results(p->store, p->run->id, compare_result, p, err);

    if (st)
        return st;
    p->n_other += p->r->n - p->next;
    if (p->n_other > 10)
        tr_buf_printf(&p->faults, "  and %zu more sites\n", p->n_other - 10);
    if (!p->n_other &&
        memcmp(p->r->digest.bytes, p->run->results.bytes, TR_DIGEST_BYTES) != 0)
        tr_buf_str(&p->faults, "  the results' digest\n");
    return TR_OK;
}

/* ---- what has changed since ---- */

/* Was it first loaded after the run? Else its audience did not see it. */
static bool is_newer(struct replay *p, const struct store_layer *layer)
{
    const struct store_load *loads;
    size_t n;

    return !store_loads(p->store, layer->id, p->cli->arena, &loads, &n, NULL) &&
           n && loads[n - 1].finished > p->run->created;
}

static enum tr_status changed_layers(struct replay *p, struct tr_error *err)
{
    const struct store_layer *layers;
    size_t n;
    enum tr_status st = store_layers(p->store, p->cli->arena, &layers, &n, err);

    for (size_t i = 0; !st && i < n; i++) {
        int64_t then = snapshot_inputs_load(&p->in, layers[i].name);

        if (!then && is_newer(p, &layers[i]))
            tr_buf_printf(&p->since, "  layer %s: new\n", layers[i].name);
        else if (then && then != layers[i].current_load)
            tr_buf_printf(&p->since, "  layer %s: load %lld then, %lld now\n",
                          layers[i].name, (long long)then,
                          (long long)layers[i].current_load);
    }
    return st;
}

static enum tr_status changed_documents(struct replay *p, struct tr_error *err)
{
    for (size_t i = 0; i < p->in.n_documents; i++) {
        const struct snapshot_document *d = &p->in.documents[i];
        struct tr_digest now;
        const char *text;
        size_t len;
        enum tr_status st = store_place_document(
            p->store, d->place, d->kind, p->cli->arena, &text, &len, err);

        if (st && st != TR_ENOTFOUND)
            return st;
        if (!st)
            now = tr_hash_bytes(text, len);
        if (st || memcmp(now.bytes, d->digest.bytes, TR_DIGEST_BYTES) != 0)
            tr_buf_printf(&p->since, "  place %s: its %s changed\n", d->place,
                          d->kind);
    }
    return TR_OK;
}

static enum tr_status changed_since(struct replay *p, struct tr_error *err)
{
    enum tr_status st = changed_layers(p, err);

    if (!st)
        st = changed_documents(p, err);
    if (!p->in.whole)
        tr_buf_str(&p->since,
                   "  the documents that it read were not kept: today's were "
                   "taken\n");
    if (p->other_build)
        tr_buf_printf(&p->since, "  program: %s then, %s now\n", p->in.program,
                      p->build);
    return st;
}

/* ---- said ---- */

static const char *lines(struct tr_buf *b)
{
    const char *text = b->len ? tr_buf_text(b) : NULL;

    return text ? text : "";
}

static void put_lines(struct tr_json *j, const char *key, const char *text)
{
    tr_json_key(j, key);
    tr_json_open_list(j);
    while (*text) {
        size_t len = strcspn(text, "\n");

        tr_json_text_n(j, text + 2, len - 2); /* without their indent */
        text += len + 1;
    }
    tr_json_close_list(j);
}

static enum tr_status say_json(struct replay *p, struct tr_error *err)
{
    struct tr_buf b;
    struct tr_json j;
    enum tr_status st;

    tr_buf_init(&b, MAX_ANSWER);
    tr_json_init(&j, &b);
    tr_json_open_map(&j);
    tr_json_put_int(&j, "run", p->run->id);
    tr_json_put_bool(&j, "same", !p->faults.len);
    put_lines(&j, "differs", lines(&p->faults));
    put_lines(&j, "since", lines(&p->since));
    tr_json_close_map(&j);
    tr_buf_byte(&b, '\n');
    st = cli_write(NULL, &b, "the comparison", err);
    tr_buf_clear(&b);
    return st;
}

static enum tr_status say(struct replay *p, struct tr_error *err)
{
    char made[TR_INSTANT_TEXT];

    if (p->cli->json)
        return say_json(p, err);
    tr_instant_text(p->run->created, made);
    printf("run %lld of %s (%s, audience %s, %ld sites): %s\n%s",
           (long long)p->run->id, made, p->run->rules_name, p->run->audience,
           p->run->n_sites, p->faults.len ? "not the same" : "same",
           lines(&p->faults));
    if (p->since.len)
        printf("changed since:\n%s", lines(&p->since));
    return TR_OK;
}

static enum tr_status replay(struct replay *p, const char *text,
                             struct tr_error *err)
{
    long long id;
    enum tr_status st = TR_OK;

    if (!tr_text_to_int(text, &id) || id < 1)
        return tr_fail(err, TR_EINVAL, "'%.60s' is not the number of a run",
                       text);
    st = store_run(p->store, id, p->cli->arena, &p->run, err);
    if (!st)
        st = snapshot_inputs_read(p->run->inputs, p->cli->arena, &p->in, err);
    if (!st && !(p->build = cli_build(p->cli)))
        st = tr_fail(err, TR_ENOMEM, "no memory left");
    if (!st)
        p->other_build = *p->in.program && strcmp(p->in.program, p->build) != 0;
    if (!st)
        st = make_snapshot(p, err);
    if (!st)
        st = classify(p, err);
    if (st)
        return st;
    compare_snapshot(p);
    st = compare_results(p, err);
    if (!st)
        st = changed_since(p, err);
    if (!st)
        st = say(p, err);
    if (!st && p->faults.len)
        st = tr_fail(err, TR_EDATA, "run %lld does not come out the same%s", id,
                     p->other_build ? ": another build of the program made it"
                                    : "");
    return st;
}

/* ---- what was known on a day ---- */

struct known {
    struct tr_buf b;
    int64_t until; /* the first instant after that day, in UTC */
    long n;
};

/* Entries tell of runs, adoptions, decisions, erasures and withdrawals. */
static enum tr_status known_entry(void *context, const struct ledger_entry *e,
                                  struct tr_error *err)
{
    struct known *k = context;
    int64_t at = 0;

    (void)err;
    if (!tr_instant_parse(e->at, &at) || at >= k->until ||
        strcmp(e->kind, ledger_kind_name(LEDGER_LOAD)) == 0)
        return TR_OK;
    tr_buf_printf(&k->b, "entry %lld,%s,%s,%s,%s,%s\n", (long long)e->sequence,
                  e->at, e->kind, e->site,
                  *ledger_fact(e, "step") ? ledger_fact(e, "step")
                                          : ledger_fact(e, "run"),
                  *ledger_fact(e, "class") ? ledger_fact(e, "class")
                                           : ledger_fact(e, "audience"));
    k->n++;
    return TR_OK;
}

static enum tr_status count_row(void *context, const struct store_row *row,
                                struct tr_error *err)
{
    long *n = context;

    (void)row;
    (void)err;
    ++*n;
    return TR_OK;
}

static enum tr_status known_layer(struct cli *cli, struct store *store,
                                  const struct store_layer *layer,
                                  struct known *k, struct tr_error *err)
{
    const struct store_load *loads;
    char at[TR_INSTANT_TEXT];
    size_t n, i = 0;
    long rows = 0;
    enum tr_status st =
        store_loads(store, layer->id, cli->arena, &loads, &n, err);

    if (st)
        return st;
    while (i < n && loads[i].finished >= k->until) /* newest first */
        i++;
    if (i == n)
        return TR_OK;
    st = store_read_rows(store, layer->id, loads[i].id, count_row, &rows, err);
    if (st)
        return st;
    tr_instant_text(loads[i].finished, at);
    tr_buf_printf(&k->b, "layer %s,%s,load %lld,%ld rows,,\n", layer->name, at,
                  (long long)loads[i].id, rows);
    return TR_OK;
}

static enum tr_status as_known(struct cli *cli, struct store *store,
                               int32_t day, struct tr_error *err)
{
    const struct ledger_wanted all = { 0 };
    const struct store_layer *layers;
    struct known k = { .until = ((int64_t)day + 1) * 86400 };
    size_t n;
    enum tr_status st = store_layers(store, cli->arena, &layers, &n, err);

    if (st)
        return st;
    tr_buf_init(&k.b, MAX_ANSWER);
    tr_buf_str(&k.b, "what,at,kind,site,step or run,class or audience\n");
    for (size_t i = 0; !st && i < n; i++)
        st = known_layer(cli, store, &layers[i], &k, err);
    if (!st)
        st = ledger_read(store, &all, known_entry, &k, err);
    if (!st)
        st = cli_write(NULL, &k.b, "what was known", err);
    tr_buf_clear(&k.b);
    return st;
}

enum tr_status cmd_replay(struct cli *cli, int argc, char **argv,
                          struct tr_error *err)
{
    const char *day = NULL;
    const struct cli_option options[] = {
        { "as-known", "DATE",
          "instead: which loads, runs and decisions there were that day (UTC)",
          &day, NULL },
    };
    struct replay p = { .cli = cli };
    struct cli_arguments rest;
    int32_t date = TR_NO_DATE;
    enum tr_status st =
        cli_parse(cli_command_named("replay"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);

    if (!st && rest.n != (day ? 0 : 1))
        st = tr_fail(err, TR_EINVAL,
                     "say which run: 'replay N', or 'replay --as-known DATE'");
    if (!st)
        st = cli_operator_only(cli, "a replay", err);
    if (!st)
        st = cli_date("as-known", day, &date, err);
    if (!st)
        st = cli_store(cli, STORE_READ, &p.store, err);
    if (st)
        return st;
    if (day)
        return as_known(cli, p.store, date, err);
    tr_buf_init(&p.since, MAX_ANSWER);
    tr_buf_init(&p.faults, MAX_ANSWER);
    st = replay(&p, rest.list[0], err);
    tr_buf_clear(&p.since);
    tr_buf_clear(&p.faults);
    return st;
}
