/* slots.c - see slots.h. The order matters: a reader shows the pointer first
 * and then looks whether it is still current; the builder changes the pointer
 * first and then looks at the slots. With sequentially consistent atomics, one
 * of the two sees the other. */
#include "http/slots.h"

#include <sched.h>
#include <time.h>

static size_t take_slot(struct slots *s, const struct view *v)
{
    for (;;) {
        for (size_t i = 0; i < SLOTS; i++) {
            const struct view *empty = NULL;

            if (!atomic_load_explicit(&s->shown[i], memory_order_relaxed) &&
                atomic_compare_exchange_strong(&s->shown[i], &empty, v))
                return i;
        }
        sched_yield();
    }
}

const struct view *slots_acquire(struct slots *s, size_t *slot)
{
    const struct view *v = atomic_load(&s->current);

    *slot = take_slot(s, v);
    for (;;) {
        const struct view *now = atomic_load(&s->current);

        if (now == v)
            return v;
        v = now;
        atomic_store(&s->shown[*slot], v);
    }
}

void slots_release(struct slots *s, size_t slot)
{
    atomic_store(&s->shown[slot], NULL);
}

const struct view *slots_swap(struct slots *s, const struct view *next)
{
    const struct view *old = atomic_exchange(&s->current, next);
    const struct timespec moment = { 0, 200000 };

    for (size_t i = 0; old && i < SLOTS; i++) {
        while (atomic_load(&s->shown[i]) == old)
            nanosleep(&moment, NULL);
    }
    return old;
}
