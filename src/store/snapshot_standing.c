/* snapshot_standing.c - see store/snapshot_standing.h */
#include "store/snapshot_standing.h"

#include <stdlib.h>
#include <string.h>

#include "store/ledger.h"

static const char no_memory[] = "no memory left for the snapshot";

/* A run's results are never shown below its audience. */
bool snapshot_may_see(const struct tr_audience *audience, const char *run)
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
        snapshot_may_see(audience, now->audience))
        return now;
    if (holds(&s->signed_, as_of) &&
        snapshot_may_see(audience, s->signed_.audience))
        return &s->signed_;
    if (holds(&s->published, as_of))
        return &s->published;
    *beats = false;
    return holds(now, as_of) && snapshot_may_see(audience, now->audience)
               ? now
               : NULL;
}

/* ---- what was taken back ---- */

struct taking { /* a set of ids in the making */
    struct snapshot_withdrawn w;
    size_t size;
    struct tr_arena *a;
};

static bool add_id(struct taking *t, const char *id, size_t len)
{
    if (t->w.n == t->size) {
        size_t size = t->size ? t->size * 2 : 32;
        const char **ids = tr_arena_array(t->a, size, sizeof *ids);

        if (!ids)
            return false;
        if (t->w.n)
            memcpy(ids, t->w.ids, t->w.n * sizeof *ids);
        t->w.ids = ids;
        t->size = size;
    }
    t->w.ids[t->w.n] = tr_arena_text(t->a, id, len);
    return t->w.ids[t->w.n++];
}

/* The site itself and its occupations, one id each. */
static bool add_site(struct taking *t, const struct ledger_standing *s)
{
    if (!add_id(t, s->site, strlen(s->site)))
        return false;
    for (const char *at = s->members; *at;) {
        size_t len = strcspn(at, " ");

        if (len && !add_id(t, at, len))
            return false;
        at += len + (at[len] == ' ');
    }
    return true;
}

static bool has(const struct snapshot_withdrawn *w, size_t n, const char *id)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(w->ids[i], id) == 0)
            return true;
    }
    return false;
}

/* A key changed since: what was taken back has another id now. */
static bool add_alias(struct taking *t, const struct tr_place *p,
                      const struct tr_key_alias *alias)
{
    char *from = tr_arena_alloc(t->a, strlen(p->prefix) + 14);
    char *to = tr_arena_alloc(t->a, strlen(p->prefix) + 14);

    if (!from || !to)
        return false;
    tr_site_id(p->prefix, alias->from.layer, alias->from.key, from);
    tr_site_id(p->prefix, alias->from.layer, alias->to, to);
    return !has(&t->w, t->w.n, from) || add_id(t, to, strlen(to));
}

static bool add_link(struct taking *t, const struct tr_place *p,
                     const struct tr_link *link, size_t n)
{
    size_t size = strlen(p->prefix) + 14;
    char *ids = tr_arena_array(t->a, link->n + 1, size);
    bool taken = false;

    if (!ids)
        return false;
    for (size_t r = 0; r < link->n; r++) {
        tr_site_id(p->prefix, link->rows[r].layer, link->rows[r].key,
                   ids + r * size);
        taken = taken || has(&t->w, n, ids + r * size);
    }
    for (size_t r = 0; taken && r < link->n; r++) {
        if (!add_id(t, ids + r * size, strlen(ids + r * size)))
            return false;
    }
    return true;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool snapshot_is_withdrawn(const struct snapshot_withdrawn *w, const char *id)
{
    return w->n && bsearch(&id, w->ids, w->n, sizeof *w->ids, by_id);
}

static bool take_back(const struct ledger_standing *list, size_t n,
                      const struct tr_snapshot_input *in, struct tr_arena *a,
                      struct snapshot_withdrawn *out)
{
    struct taking t = { .a = a };

    if (strcmp(in->audience.name, "operator") == 0)
        return true;
    for (size_t i = 0; i < n; i++) {
        if (list[i].withdrawn && !add_site(&t, &list[i]))
            return false;
    }

    for (size_t p = 0; t.w.n && p < in->n_places; p++) {
        for (size_t i = 0; i < in->places[p]->n_aliases; i++) {
            if (!add_alias(&t, in->places[p], &in->places[p]->aliases[i]))
                return false;
        }
    }

    size_t own = t.w.n;

    /* A link may have been made since with a row that was taken back. */
    for (size_t p = 0; own && p < in->n_places; p++) {
        for (size_t i = 0; i < in->places[p]->n_links; i++) {
            if (!add_link(&t, in->places[p], &in->places[p]->links[i], own))
                return false;
        }
    }
    if (own)
        qsort(t.w.ids, t.w.n, sizeof *t.w.ids, by_id);
    *out = t.w;
    return true;
}

/* The id that a decided site has now, when its key changed since. */
static const char *id_now(const struct tr_snapshot_input *in, const char *site,
                          struct tr_arena *a)
{
    for (size_t p = 0; p < in->n_places; p++) {
        const struct tr_place *place = in->places[p];
        char *id = place->n_aliases
                       ? tr_arena_alloc(a, strlen(place->prefix) + 14)
                       : NULL;

        for (size_t i = 0; id && i < place->n_aliases; i++) {
            const struct tr_key_alias *alias = &place->aliases[i];

            tr_site_id(place->prefix, alias->from.layer, alias->from.key, id);
            if (strcmp(id, site) != 0)
                continue;
            tr_site_id(place->prefix, alias->from.layer, alias->to, id);
            return id;
        }
    }
    return site;
}

enum tr_status snapshot_standings(struct store *s, int32_t as_of, int64_t until,
                                  struct tr_arena *a,
                                  struct tr_snapshot_input *in,
                                  struct snapshot_withdrawn *out,
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
            to[in->n_standings++] = (struct tr_input_standing){
                .site_id = id_now(in, list[i].site, a),
                .class_name = c->class_name,
                .status = ledger_step_name(c->step),
                .reason = c->step == LEDGER_PUBLISHED ? c->public_reason : "",
                .rests_on_more = strcmp(c->audience, "public") != 0,
                .beats = beats
            };
    }
    if (!take_back(list, n, in, a, out))
        return tr_fail(err, TR_ENOMEM, no_memory);
    return TR_OK;
}
