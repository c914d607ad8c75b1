/* ledger_standing.c - what a site's entries come to, one after the other. */
#include <stdlib.h>
#include <string.h>

#include "store/ledger.h"
#include "store/ledger_append.h"
#include "terrier/date.h"
#include "terrier/place.h"
#include "terrier/text.h"

static const char no_memory[] = "no memory left for the ledger";

static const char *const step_names[LEDGER_STEPS] = {
    "draft",     "disputed", "owner-agreed",     "signed",
    "published", "override", "withdraw-override"
};

const char *ledger_step_name(enum ledger_step step)
{
    return step_names[step];
}

bool ledger_step_parse(const char *name, enum ledger_step *out)
{
    for (int i = 0; i < LEDGER_STEPS; i++) {
        if (strcmp(step_names[i], name) == 0) {
            *out = (enum ledger_step)i;
            return true;
        }
    }
    return false;
}

bool ledger_expired(const struct ledger_cycle *c, int32_t as_of)
{
    return c->review != TR_NO_DATE && c->review < as_of;
}

/* ---- one entry after the other ---- */

static const char *kept(struct tr_arena *a, const char *text)
{
    return tr_arena_text(a, text, strlen(text));
}

static int64_t number(const struct ledger_entry *e, const char *key)
{
    long long v = 0;

    return tr_text_to_int(ledger_fact(e, key), &v) ? v : 0;
}

/* A draft or an override: a cycle begins. */
static bool begin(struct ledger_cycle *c, const struct ledger_entry *e,
                  struct tr_arena *a)
{
    *c = (struct ledger_cycle){
        .class_name = kept(a, ledger_fact(e, "class")),
        .audience = kept(a, ledger_fact(e, "audience")),
        .step = LEDGER_DRAFT,
        .run = number(e, "run"),
        .first = e->sequence,
        .review = TR_NO_DATE,
        .public_reason = "",
    };
    tr_date_parse(ledger_fact(e, "review"), "yyyy-mm-dd", &c->review);
    return c->class_name && c->audience;
}

static void end_override(struct ledger_standing *s)
{
    struct ledger_cycle *all[] = { &s->current, &s->signed_, &s->published };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i]->review != TR_NO_DATE)
            *all[i] = (struct ledger_cycle){ .review = TR_NO_DATE };
    }
}

static bool decide(struct ledger_standing *s, const struct ledger_entry *e,
                   struct tr_arena *a)
{
    enum ledger_step step = LEDGER_STEPS;

    if (!ledger_step_parse(ledger_fact(e, "step"), &step))
        return true; /* of a later program: it changes nothing here */
    if (step == LEDGER_WITHDRAW_OVERRIDE) {
        end_override(s);
        return true;
    }
    if (step == LEDGER_DRAFT || step == LEDGER_OVERRIDE) {
        if (!begin(&s->current, e, a))
            return false;
    } else {
        s->current.step = step;
    }
    s->current.last = e->sequence;
    s->current.last_at = kept(a, e->at);
    s->current.gap = s->current.gap || *ledger_fact(e, "gap");
    s->current.equality = s->current.equality || *ledger_fact(e, "equality");
    if (step == LEDGER_SIGNED || step == LEDGER_PUBLISHED)
        s->signed_ = s->current;
    if (step == LEDGER_PUBLISHED) {
        s->published = s->current;
        s->published.public_reason =
            strcmp(ledger_fact(e, "note-is"), "public") == 0 && e->note
                ? kept(a, e->note)
                : "";
    }
    return s->current.last_at &&
           (step != LEDGER_PUBLISHED || s->published.public_reason);
}

static bool apply(struct ledger_standing *s, const struct ledger_entry *e,
                  struct tr_arena *a)
{
    if (strcmp(e->kind, ledger_kind_name(LEDGER_DECISION)) == 0)
        return decide(s, e, a);
    if (strcmp(e->kind, ledger_kind_name(LEDGER_WITHDRAW)) != 0)
        return true;
    s->withdrawn = !*ledger_fact(e, "undo");
    s->was_public = s->withdrawn && *ledger_fact(e, "public");
    tr_date_parse(e->at, "yyyy-mm-dd", &s->withdrawn_on);
    if (s->withdrawn)
        s->members = kept(a, ledger_fact(e, "members"));
    return !s->withdrawn || s->members;
}

/* ---- all sites ---- */

struct folding {
    struct tr_arena *a;
    struct ledger_standing *list;
    size_t n, size;
};

static bool make_room(struct folding *f)
{
    size_t size = f->size ? f->size * 2 : 64;
    struct ledger_standing *list;

    if (f->n < f->size)
        return true;
    list = tr_arena_array(f->a, size, sizeof *list);
    if (!list)
        return false;
    if (f->n)
        memcpy(list, f->list, f->n * sizeof *list);
    f->list = list;
    f->size = size;
    return true;
}

/* Entries come by site. */
static enum tr_status fold(void *context, const struct ledger_entry *e,
                           struct tr_error *err)
{
    const struct ledger_cycle none = { .review = TR_NO_DATE };
    struct folding *f = context;

    if (!f->n || strcmp(f->list[f->n - 1].site, e->site) != 0) {
        if (!make_room(f))
            return tr_fail(err, TR_ENOMEM, no_memory);
        f->list[f->n] = (struct ledger_standing){ .site = kept(f->a, e->site),
                                                  .current = none,
                                                  .signed_ = none,
                                                  .published = none };
        if (!f->list[f->n++].site)
            return tr_fail(err, TR_ENOMEM, no_memory);
    }
    if (!apply(&f->list[f->n - 1], e, f->a))
        return tr_fail(err, TR_ENOMEM, no_memory);
    return TR_OK;
}

enum tr_status ledger_standings(struct store *s, int64_t until,
                                struct tr_arena *a,
                                const struct ledger_standing **out, size_t *n,
                                struct tr_error *err)
{
    const struct ledger_wanted wanted = { .sites_only = true, .until = until };
    struct folding f = { .a = a };
    enum tr_status st = ledger_read(s, &wanted, fold, &f, err);

    if (st)
        return st;
    *out = f.list;
    *n = f.n;
    return TR_OK;
}

enum tr_status ledger_standing_of(struct store *s, const char *site,
                                  struct tr_arena *a,
                                  struct ledger_standing *out,
                                  struct tr_error *err)
{
    const struct ledger_wanted wanted = { .site = site };
    const struct ledger_cycle none = { .review = TR_NO_DATE };
    struct folding f = { .a = a };
    enum tr_status st = ledger_read(s, &wanted, fold, &f, err);

    if (st)
        return st;
    if (f.n)
        *out = f.list[0];
    else
        *out = (struct ledger_standing){ .current = none,
                                         .signed_ = none,
                                         .published = none };
    return TR_OK;
}

/* ---- what the public is told of sites taken back ---- */

static int by_day(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return x < y ? -1 : x > y;
}

enum tr_status ledger_notices(struct store *s, struct tr_arena *a,
                              const int32_t **out, size_t *n,
                              struct tr_error *err)
{
    const struct ledger_standing *all;
    size_t n_all, found = 0;
    int32_t *days;
    enum tr_status st = ledger_standings(s, 0, a, &all, &n_all, err);

    if (st)
        return st;
    days = tr_arena_array(a, n_all + 1, sizeof *days);
    if (!days)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n_all; i++) {
        if (all[i].withdrawn && all[i].was_public)
            days[found++] = all[i].withdrawn_on;
    }
    qsort(days, found, sizeof *days, by_day);
    *out = days;
    *n = found;
    return TR_OK;
}
