/* ledger_due.c - which decisions wait, and for whom. See store/ledger.h. */
#include <stdlib.h>
#include <string.h>

#include "store/ledger.h"
#include "terrier/date.h"
#include "terrier/place.h"

struct listing {
    struct ledger_due *list;
    size_t n;
    int32_t today, until;
};

/* The papers that a surplus still lacks before the board can sign it. */
static const char *lacking(const struct ledger_cycle *c)
{
    if (strcmp(c->class_name, tr_class_name(TR_SURPLUS)) != 0 ||
        (c->gap && c->equality))
        return "";
    return c->gap        ? "equality screen"
           : c->equality ? "gap-if-closed table"
                         : "gap-if-closed table, equality screen";
}

static void put(struct listing *l, const struct ledger_standing *s,
                const struct ledger_cycle *c, enum ledger_waits waits)
{
    struct ledger_due *d = &l->list[l->n++];

    *d = (struct ledger_due){ .site = s->site,
                              .waits = waits,
                              .class_name = c->class_name,
                              .step = c->step,
                              .since = c->last_at,
                              .entry = c->last,
                              .by = c->review,
                              .lacks = "" };
    if (waits == LEDGER_FOR_BOARD || waits == LEDGER_FOR_OWNER)
        d->lacks = lacking(c);
}

/* An override ends with its review date; one that has ended waits until
 * somebody decides anew. */
static bool put_override(struct listing *l, const struct ledger_standing *s,
                         const struct ledger_cycle *c)
{
    if (!c->class_name || c->review == TR_NO_DATE || c->review > l->until)
        return false;
    put(l, s, c, LEDGER_FOR_REVIEW);
    return true;
}

static void put_site(struct listing *l, const struct ledger_standing *s)
{
    const struct ledger_cycle *c = &s->current;
    bool listed = put_override(l, s, c);

    if (!listed && s->signed_.first != c->first)
        put_override(l, s, &s->signed_);
    if (!c->class_name || ledger_expired(c, l->today))
        return;
    if (c->step == LEDGER_DRAFT)
        put(l, s, c, LEDGER_FOR_OWNER);
    else if (c->step == LEDGER_DISPUTED)
        put(l, s, c, LEDGER_FOR_OPERATIONS);
    else if (c->step == LEDGER_OWNER_AGREED)
        put(l, s, c, LEDGER_FOR_BOARD);
    else if (c->step == LEDGER_SIGNED)
        put(l, s, c, LEDGER_FOR_PUBLICATION);
}

static int in_order(const void *a, const void *b)
{
    const struct ledger_due *x = a, *y = b;

    if (x->waits != y->waits)
        return x->waits < y->waits ? -1 : 1;
    if (x->waits == LEDGER_FOR_REVIEW && x->by != y->by)
        return x->by < y->by ? -1 : 1;
    if (x->entry != y->entry)
        return x->entry < y->entry ? -1 : 1;
    return strcmp(x->site, y->site);
}

const char *ledger_waits_name(enum ledger_waits waits)
{
    static const char *const names[] = { "review", "owner", "operations",
                                         "board", "publication" };

    return names[waits];
}

enum tr_status ledger_due(struct store *s, int32_t today, int days,
                          struct tr_arena *a, const struct ledger_due **out,
                          size_t *n, struct tr_error *err)
{
    struct listing l = { .today = today, .until = today + days };
    const struct ledger_standing *all;
    size_t n_all;
    enum tr_status st = ledger_standings(s, 0, a, &all, &n_all, err);

    if (st)
        return st;
    l.list = tr_arena_array(a, n_all * 2 + 1, sizeof *l.list);
    if (!l.list)
        return tr_fail(err, TR_ENOMEM, "no memory left for the ledger");
    for (size_t i = 0; i < n_all; i++) {
        if (!all[i].withdrawn)
            put_site(&l, &all[i]);
    }
    qsort(l.list, l.n, sizeof *l.list, in_order);
    *out = l.list;
    *n = l.n;
    return TR_OK;
}
