/* slots.c - see slots.h. The order matters: a reader shows the pointer first
 * and then looks whether it is still current; the builder changes the pointer
 * first and then looks at the slots. With sequentially consistent atomics, one
 * of the two sees the other. */
#include "http/slots.h"

#include <sched.h>
#include <stdint.h>
#include <time.h>

/* Where to look for an empty slot first: threads stand far apart, so that each
 * finds its own. */
static size_t usual_slot(const void *on_my_stack)
{
    uint64_t where = (uint64_t)(uintptr_t)on_my_stack >> 16;

    return (size_t)(where * UINT64_C(0x9E3779B97F4A7C15) >> 32) % SLOTS;
}

static size_t take_slot(struct slots *s, const struct view *v)
{
    size_t first = usual_slot(&v);

    for (;;) {
        for (size_t k = 0; k < SLOTS; k++) {
            size_t i = (first + k) % SLOTS;
            const struct view *empty = NULL;

            if (!atomic_load_explicit(&s->shown[i].shows,
                                      memory_order_relaxed) &&
                atomic_compare_exchange_strong(&s->shown[i].shows, &empty, v))
                return i;
        }
        sched_yield();
    }
}

const struct view *slots_acquire(struct slots *s, size_t *slot)
{
    const struct view *v = atomic_load(&s->current);

    if (!v)
        return NULL;
    *slot = take_slot(s, v);
    for (;;) {
        const struct view *now = atomic_load(&s->current);

        if (now == v)
            return v;
        if (!now) {
            slots_release(s, *slot);
            return NULL;
        }
        v = now;
        atomic_store(&s->shown[*slot].shows, v);
    }
}

void slots_release(struct slots *s, size_t slot)
{
    atomic_store(&s->shown[slot].shows, NULL);
}

const struct view *slots_swap(struct slots *s, const struct view *next)
{
    const struct view *old = atomic_exchange(&s->current, next);
    const struct timespec moment = { 0, 200000 };

    for (size_t i = 0; old && i < SLOTS; i++) {
        while (atomic_load(&s->shown[i].shows) == old)
            nanosleep(&moment, NULL);
    }
    return old;
}
