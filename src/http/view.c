/* view.c - building and swapping views. See view.h. */
#include "http/view.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/asked.h"
#include "terrier/date.h"
#include "terrier/hash.h"
#include "terrier/log.h"

int64_t http_microseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

uint64_t view_state(uint64_t version, uint64_t salt)
{
    return version ^ salt;
}

/* Different for settings and audiences whose answers may differ. */
static uint64_t salt_of(const struct view_options *o)
{
    const uint64_t parts[] = {
        tr_fast_hash(o->audience.name, strlen(o->audience.name)),
        tr_fast_hash(o->service.public_url, strlen(o->service.public_url)),
        o->service.tile_budget,
        o->service.max_answer,
    };

    return tr_fast_hash(parts, sizeof parts);
}

static void free_view(const struct view *v)
{
    if (!v)
        return;
    tr_tile_cache_free(v->tiles);
    tr_snapshot_free((struct tr_snapshot *)v->snapshot);
    free((char *)v->rules);
    free((char *)v->service.public_url);
    free((struct view *)v);
}

/* The text of the rule-set that the snapshot's run was made with. */
static char *read_rules(struct store *store, int64_t run)
{
    struct tr_arena a;
    const struct store_run *r;
    const char *text;
    size_t len;
    char *copy = NULL;

    if (run <= 0)
        return NULL;
    tr_arena_init(&a, (size_t)64 * 1024 * 1024);
    if (!store_run(store, run, &a, &r, NULL) &&
        !store_get_document(store, &r->rules, &a, &text, &len, NULL))
        copy = strndup(text, len);
    tr_arena_clear(&a);
    return copy;
}

static enum tr_status build_view(struct views *views,
                                 const struct view_options *o,
                                 struct view **out, struct tr_error *err)
{
    /* Nobody else swaps: what is current stays so while this looks at it. */
    const struct view *shown = atomic_load(&views->current.current);
    struct snapshot_options options = {
        .audience = o->audience,
        .as_of = TR_NO_DATE,
        .threads = o->threads,
        .like = shown ? shown->snapshot : NULL,
    };
    struct view *v = calloc(1, sizeof *v);
    struct tr_snapshot *snapshot;
    int64_t began = http_microseconds();
    enum tr_status st;

    if (v) {
        v->service = o->service;
        v->service.public_url = strdup(o->service.public_url);
    }
    if (!v || !v->service.public_url) {
        free(v);
        return tr_fail(err, TR_ENOMEM, "no memory left for the snapshot");
    }
    st = snapshot_build(views->store, &options, &snapshot, err);
    if (st) {
        free_view(v);
        return st;
    }
    v->snapshot = snapshot;
    st = tr_tile_cache_new(snapshot, 0, &v->tiles, err);
    if (st) {
        free_view(v);
        return st;
    }
    v->rules = read_rules(views->store, snapshot->run);
    asked_version(snapshot->version, &v->version);
    v->state = view_state(v->version, salt_of(o));
    views->build_microseconds = http_microseconds() - began;
    *out = v;
    return TR_OK;
}

/* The view that goes is the one before first, and only then no longer the current
 * one: whoever asks for its version finds it at every moment. */
static void put(struct views *views, const struct view_options *o,
                const struct view *v)
{
    struct http_counters *c = o->service.counters;
    const struct view *old = atomic_load(&views->current.current);

    atomic_store(&views->state_before, atomic_load(&views->state));
    if (old)
        free_view(slots_swap(&views->before, old));
    slots_swap(&views->current, v);
    atomic_store(&views->salt, salt_of(o));
    atomic_store(&views->state, v->state);
    atomic_store(&c->build_microseconds, views->build_microseconds);
    views->swapped_at = http_microseconds();
    if (old)
        atomic_fetch_add(&c->swaps, 1);
}

enum tr_status views_open(struct views *v, const struct view_options *o,
                          struct tr_error *err)
{
    struct view *first;
    enum tr_status st = build_view(v, o, &first, err);

    if (st)
        return st;
    v->revision = first->snapshot->revision;
    v->built_on = first->snapshot->as_of;
    put(v, o, first);
    return TR_OK;
}

/* Is there something that may look different? */
static bool is_stale(struct views *v, const struct tr_snapshot *shown,
                     int32_t *today)
{
    struct tr_error err = TR_ERROR_INIT;
    int64_t revision;

    *today = v->built_on;
    if (store_revision(v->store, &revision, &err)) {
        tr_log(TR_LOG_WARN, err.msg, NULL);
        return false;
    }
    tr_date_today(shown->n_places ? shown->places[0]->time_zone : "UTC", today,
                  NULL);
    return revision != v->revision || *today != v->built_on;
}

bool views_refresh(struct views *v, const struct view_options *o, bool now)
{
    /* Nobody else swaps: what is current stays so while this looks at it. */
    const struct view *shown = atomic_load(&v->current.current);
    struct tr_error err = TR_ERROR_INIT;
    struct view *next;
    int32_t today;

    if (!is_stale(v, shown->snapshot, &today) && !now)
        return false;
    if (build_view(v, o, &next, &err)) {
        tr_log(TR_LOG_WARN, err.msg, NULL);
        return false;
    }
    v->revision = next->snapshot->revision;
    v->built_on = today;
    if (strcmp(next->snapshot->version, shown->snapshot->version) == 0 &&
        next->state == shown->state) {
        free_view(next);
        return false;
    }
    tr_log(TR_LOG_INFO, "snapshot swapped",
           (struct tr_log_field[]){
               { "version", next->snapshot->version, 0 },
               { "sites", NULL, (int64_t)next->snapshot->n_sites },
               { NULL, NULL, 0 } });
    put(v, o, next);
    return true;
}

bool views_forget(struct views *v)
{
    const struct view *old = slots_swap(&v->before, NULL);

    atomic_store(&v->state_before, 0);
    free_view(old);
    return old != NULL;
}

void views_close(struct views *v)
{
    views_forget(v);
    free_view(slots_swap(&v->current, NULL));
    if (v->store)
        store_close(v->store);
}

void views_acquire(struct views *v, uint64_t version, struct view_hold *out)
{
    out->slots = &v->current;
    out->view = slots_acquire(&v->current, &out->slot);
    if (!version || out->view->version == version)
        return;

    struct view_hold old = { .slots = &v->before };

    old.view = slots_acquire(&v->before, &old.slot);
    if (!old.view)
        return;
    if (old.view->version == version) {
        views_release(out);
        *out = old;
    } else {
        views_release(&old);
    }
}

void views_release(const struct view_hold *h)
{
    slots_release(h->slots, h->slot);
}
