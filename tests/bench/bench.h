/* bench.h - what the benchmarks share: clocks, the median, the line of a row,
 * memory, snapshots. All of it ends the program with a message where it fails.
 */
#ifndef BENCH_H
#define BENCH_H

#include "store/snapshot_build.h"

enum { RUNS = 5 }; /* of each work, unless it says otherwise */

/* What a call says that need() looks at: need(f(..., &err)). */
extern struct tr_error err;
void need(enum tr_status st);

double seconds(void);     /* by the clock */
double cpu_seconds(void); /* of all threads of this process */
double peak_bytes(void);  /* the most memory that it has held */

/* Of n values, which it sorts. */
double median(double *v, size_t n);

/* One row, as README.md says. */
void line(const char *row, const char *work, const char *data, double value,
          const char *unit);

/* Room for n, and one more: zeroed, never NULL, freed with free(). */
void *room(size_t n, size_t size);

/* The same in an arena. */
void *array(struct tr_arena *a, size_t n, size_t size);

/* splitmix64's mixing: unlike numbers from v, v + 1 ... */
uint64_t mix(uint64_t v);

/* What an audience sees of a store on a day; `like` as snapshot_build() takes it.
 */
struct tr_snapshot *snapshot_for(struct store *s, const char *audience,
                                 int32_t as_of, const struct tr_snapshot *like);

#endif
