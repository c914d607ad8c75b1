/* report_inputs.c - see report_inputs.h */
#include "cli/report_inputs.h"

#include <string.h>

#include "store/ledger.h"
#include "store/snapshot_standing.h"
#include "terrier/date.h"
#include "terrier/text.h"

static const char no_memory[] = "no memory left for the paper";

static bool is_public(const struct tr_audience *audience)
{
    return strcmp(audience->name, "public") == 0;
}

/* ---- the run ---- */

static const char *copy(struct cli *cli, const char *text)
{
    return text ? tr_arena_text(cli->arena, text, strlen(text)) : NULL;
}

static int32_t date_of(const struct tr_snapshot *s, int64_t instant)
{
    const char *zone = s->n_places ? s->places[0]->time_zone : "UTC";
    int32_t date;

    return tr_date_in_zone(zone, instant, &date, NULL)
               ? (int32_t)(instant / 86400)
               : date;
}

static enum tr_status read_outdated(struct cli *cli, struct store *store,
                                    const struct store_run *run,
                                    struct report_run *out,
                                    struct tr_error *err)
{
    const struct store_layer *layers;
    struct snapshot_inputs inputs;
    size_t n;
    enum tr_status st =
        snapshot_inputs_read(run->inputs, cli->arena, &inputs, err);

    if (!st)
        st = store_layers(store, cli->arena, &layers, &n, err);
    if (!st)
        out->outdated = snapshot_inputs_outdated(&inputs, layers, n);
    return st;
}

enum tr_status report_run_read(struct cli *cli, struct store *store,
                               const struct tr_snapshot *s, int64_t id,
                               struct report_run *out, struct tr_error *err)
{
    const struct store_run *run;
    enum tr_status st = cli_run(cli, store, &s->audience, id, &run, err);

    if (st)
        return st;
    *out = (struct report_run){ .id = id,
                                .audience = run->audience,
                                .rules_name = run->rules_name,
                                .scope = run->scope,
                                .made = date_of(s, run->created),
                                .as_of = run->as_of,
                                .draws = run->draws };
    tr_digest_text(&run->rules, out->rules_digest);
    tr_digest_text(&run->snapshot, out->snapshot);
    return read_outdated(cli, store, run, out, err);
}

static enum tr_status read_rules(struct cli *cli, struct store *store,
                                 int64_t id, const struct tr_rules **out,
                                 struct tr_error *err)
{
    const struct store_run *run;
    const char *text;
    size_t len;
    enum tr_status st = store_run(store, id, cli->arena, &run, err);

    if (!st)
        st = store_get_document(store, &run->rules, cli->arena, &text, &len,
                                err);
    return st ? st
              : tr_rules_parse(text, len, run->rules_name, cli->arena, out,
                               err);
}

static void free_snapshot(void *p)
{
    tr_snapshot_free(p);
}

enum tr_status report_open(struct cli *cli, int64_t run, int32_t as_of,
                           struct report_input *out, struct store **store,
                           struct tr_error *err)
{
    struct snapshot_options options = {
        .as_of = as_of,
        .run = run,
        .threads = (unsigned)config_number(&cli->config, SETTING_THREADS),
    };
    const struct store_run *wanted;
    struct tr_snapshot *s = NULL;
    enum tr_status st =
        cli_audience(cli, "partnership", &options.audience, err);

    *out = (struct report_input){ .arena = cli->arena };
    if (!st)
        st = cli_store(cli, STORE_READ, store, err);
    if (!st && run)
        st = cli_run(cli, *store, &options.audience, run, &wanted, err);
    if (!st)
        st = snapshot_build(*store, &options, &s, err);
    if (st)
        return st;
    if (tr_arena_defer(cli->arena, free_snapshot, s))
        return tr_fail(err, TR_ENOMEM, no_memory);
    out->s = s;
    out->date = s->as_of;
    out->program = cli_build(cli);
    if (!s->run)
        return TR_OK;
    st = report_run_read(cli, *store, s, s->run, &out->run, err);
    return st ? st : read_rules(cli, *store, s->run, &out->rules, err);
}

/* ---- the ledger ---- */

struct history {
    struct cli *cli;
    const struct tr_snapshot *s;
    size_t n, size;
    struct report_decision *list;
};

static bool may_know(const struct history *h, const struct ledger_entry *e)
{
    const char *run = ledger_fact(e, "audience");

    if (strcmp(e->kind, ledger_kind_name(LEDGER_DECISION)) != 0)
        return false;
    if (strcmp(ledger_fact(e, "step"), ledger_step_name(LEDGER_PUBLISHED)) == 0)
        return true;
    if (is_public(&h->s->audience))
        return false;
    return !*run || snapshot_may_see(&h->s->audience, run);
}

static int32_t day_of(const struct tr_snapshot *s, const char *at)
{
    int64_t instant;

    return tr_instant_parse(at, &instant) ? date_of(s, instant) : TR_NO_DATE;
}

/* "owner for ex-council" */
static const char *role_of(struct cli *cli, const struct ledger_entry *e)
{
    const char *of = ledger_fact(e, "organisation");

    return *of ? tr_arena_printf(cli->arena, "%s for %s", e->role, of)
               : copy(cli, e->role);
}

static enum tr_status add_decision(void *context, const struct ledger_entry *e,
                                   struct tr_error *err)
{
    struct history *h = context;
    bool names = !is_public(&h->s->audience);
    struct report_decision *d;
    long long run;

    if (!may_know(h, e))
        return TR_OK;
    if (h->n == h->size) {
        size_t size = h->size ? h->size * 2 : 16;
        struct report_decision *list =
            tr_arena_array(h->cli->arena, size, sizeof *list);

        if (!list)
            return tr_fail(err, TR_ENOMEM, no_memory);
        if (h->n)
            memcpy(list, h->list, h->n * sizeof *list);
        h->list = list;
        h->size = size;
    }
    d = &h->list[h->n++];
    *d = (struct report_decision){
        .entry = e->sequence,
        .run = tr_text_to_int(ledger_fact(e, "run"), &run) ? run : 0,
        .date = day_of(h->s, e->at),
        .review = TR_NO_DATE,
        .step = copy(h->cli, ledger_fact(e, "step")),
        .class_name = copy(h->cli, ledger_fact(e, "class")),
        .role = role_of(h->cli, e),
        .minute = copy(h->cli, ledger_fact(e, "minute")),
        .name = names ? copy(h->cli, e->name) : NULL,
        .note = names ? copy(h->cli, e->note) : NULL,
        .erased = names && e->has_name && !e->name,
    };
    tr_date_parse(ledger_fact(e, "review"), "yyyy-mm-dd", &d->review);
    return d->step && d->class_name && d->role && d->minute
               ? TR_OK
               : tr_fail(err, TR_ENOMEM, no_memory);
}

static enum tr_status read_of(struct history *h, struct store *store,
                              const char *id, struct tr_error *err)
{
    const struct ledger_wanted wanted = { .site = id };

    return ledger_read(store, &wanted, add_decision, h, err);
}

static bool in_order(const struct report_decision *a,
                     const struct report_decision *b)
{
    return a->entry <= b->entry;
}

/* Few, and nearly in order. */
static void sort(struct report_decision *list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct report_decision d = list[i];
        size_t k = i;

        for (; k && !in_order(&list[k - 1], &d); k--)
            list[k] = list[k - 1];
        list[k] = d;
    }
}

enum tr_status report_history(struct cli *cli, struct store *store,
                              const struct tr_snapshot *s, size_t site,
                              const struct report_decision **out, size_t *n,
                              struct tr_error *err)
{
    struct history h = { .cli = cli, .s = s };
    enum tr_status st = read_of(&h, store, s->site_ids[site], err);

    for (uint32_t o = s->first_occupation[site];
         o < s->first_occupation[site + 1] && !st; o++) {
        const char *id = s->occupations[o].site_id;

        if (strcmp(id, s->site_ids[site]) != 0)
            st = read_of(&h, store, id, err);
    }
    if (st)
        return st;
    sort(h.list, h.n);
    *out = h.list;
    *n = h.n;
    return TR_OK;
}

/* ---- what waits ---- */

static bool waits(const struct tr_snapshot *s, const struct ledger_standing *l)
{
    const struct ledger_cycle *c = &l->current;

    if (!c->class_name || !snapshot_may_see(&s->audience, c->audience) ||
        is_public(&s->audience) || l->withdrawn ||
        tr_snapshot_site(s, l->site) == SIZE_MAX)
        return false;
    return c->review != TR_NO_DATE || c->step == LEDGER_DRAFT ||
           c->step == LEDGER_DISPUTED || c->step == LEDGER_OWNER_AGREED;
}

enum tr_status report_dues(struct cli *cli, struct store *store,
                           const struct tr_snapshot *s,
                           const struct report_due **out, size_t *n,
                           struct tr_error *err)
{
    const struct ledger_standing *list;
    struct report_due *due;
    size_t count, found = 0;
    enum tr_status st =
        ledger_standings(store, 0, cli->arena, &list, &count, err);

    if (st)
        return st;
    due = tr_arena_array(cli->arena, count + 1, sizeof *due);
    if (!due)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < count; i++) {
        const struct ledger_cycle *c = &list[i].current;

        if (waits(s, &list[i]))
            due[found++] = (struct report_due){
                .site_id = list[i].site,
                .class_name = c->class_name,
                .step = ledger_step_name(c->step),
                .since = c->last_at ? day_of(s, c->last_at) : TR_NO_DATE,
                .review = c->review,
            };
    }
    *out = due;
    *n = found;
    return TR_OK;
}
