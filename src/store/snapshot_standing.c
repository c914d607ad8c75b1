/* snapshot_standing.c - see store/snapshot_standing.h */
#include "store/snapshot_standing.h"

#include <string.h>

#include "store/ledger.h"

static const char no_memory[] = "no memory left for the snapshot";

/* A run's results are never shown below its audience. */
static bool may_see(const struct tr_audience *audience, const char *run)
{
    if (strcmp(audience->name, "operator") == 0 ||
        strcmp(audience->name, run) == 0 || strcmp(run, "public") == 0)
        return true;
    return strcmp(run, "partnership") == 0 &&
           strcmp(audience->name, "public") != 0;
}

static bool holds(const struct ledger_cycle *c, int32_t as_of)
{
    return c->class_name && !ledger_expired(c, as_of);
}

/* The cycle that this audience goes by; NULL: none. `*beats`: its class stands
 * before the computed one. */
static const struct ledger_cycle *choose(const struct ledger_standing *s,
                                         const struct tr_audience *audience,
                                         int32_t as_of, bool *beats)
{
    const struct ledger_cycle *now = &s->current;

    *beats = true;
    if (strcmp(audience->name, "public") == 0)
        return holds(&s->published, as_of) ? &s->published : NULL;
    if (holds(now, as_of) && now->review != TR_NO_DATE &&
        may_see(audience, now->audience))
        return now;
    if (holds(&s->signed_, as_of) && may_see(audience, s->signed_.audience))
        return &s->signed_;
    if (holds(&s->published, as_of))
        return &s->published;
    *beats = false;
    return holds(now, as_of) && may_see(audience, now->audience) ? now : NULL;
}

/* The site itself and its occupations, one id each. */
static bool add_withdrawn(struct tr_snapshot_input *in, const char **list,
                          const struct ledger_standing *s, struct tr_arena *a)
{
    const char *at = s->members;

    list[in->n_withdrawn++] = s->site;
    while (*at) {
        size_t len = strcspn(at, " ");
        const char *id = tr_arena_text(a, at, len);

        if (!id)
            return false;
        if (len)
            list[in->n_withdrawn++] = id;
        at += len + (at[len] == ' ');
    }
    return true;
}

static size_t count_words(const char *text)
{
    size_t n = 1;

    for (; *text; text++)
        n += *text == ' ';
    return n;
}

static enum tr_status take_back(const struct ledger_standing *list, size_t n,
                                struct tr_arena *a,
                                struct tr_snapshot_input *in,
                                struct tr_error *err)
{
    const char **ids;
    size_t most = 0;

    if (strcmp(in->audience.name, "operator") == 0)
        return TR_OK;
    for (size_t i = 0; i < n; i++)
        most += list[i].withdrawn ? 1 + count_words(list[i].members) : 0;
    ids = tr_arena_array(a, most + 1, sizeof *ids);
    if (!ids)
        return tr_fail(err, TR_ENOMEM, no_memory);
    in->withdrawn = ids;
    for (size_t i = 0; i < n; i++) {
        if (list[i].withdrawn && !add_withdrawn(in, ids, &list[i], a))
            return tr_fail(err, TR_ENOMEM, no_memory);
    }
    return TR_OK;
}

enum tr_status snapshot_standings(struct store *s, int32_t as_of, int64_t until,
                                  struct tr_arena *a,
                                  struct tr_snapshot_input *in,
                                  struct tr_error *err)
{
    const struct ledger_standing *list;
    struct tr_input_standing *to;
    size_t n;
    enum tr_status st = ledger_standings(s, until, a, &list, &n, err);

    if (st)
        return st;
    to = tr_arena_array(a, n + 1, sizeof *to);
    if (!to)
        return tr_fail(err, TR_ENOMEM, no_memory);
    in->standings = to;
    for (size_t i = 0; i < n; i++) {
        bool beats;
        const struct ledger_cycle *c =
            choose(&list[i], &in->audience, as_of, &beats);

        if (c)
            to[in->n_standings++] =
                (struct tr_input_standing){ list[i].site, c->class_name,
                                            ledger_step_name(c->step), beats };
    }
    return take_back(list, n, a, in, err);
}
