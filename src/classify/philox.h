/*
 * philox.h - random numbers that are a function of a key and a counter: the
 * same for any order of asking and any number of threads.
 *
 * Philox4x32-10 of J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011),
 * doi:10.1145/2063384.2063405, written from the paper.
 */
#ifndef CLASSIFY_PHILOX_H
#define CLASSIFY_PHILOX_H

#include <stdint.h>

#define PHILOX_LANES 16

struct philox { /* of PHILOX_LANES counters side by side */
    uint32_t word[4][PHILOX_LANES];
};

/* Turn the counters in `x` into as many random words. */
void philox_lanes(struct philox *x, uint64_t key);

/* One counter. */
void philox_one(uint32_t word[4], uint64_t key);

#endif
