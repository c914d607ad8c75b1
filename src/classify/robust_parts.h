/* robust_parts.h - what the files of robust.h share. */
#ifndef CLASSIFY_ROBUST_PARTS_H
#define CLASSIFY_ROBUST_PARTS_H

#include "classify/robust.h"
#include "terrier/thread.h"

/* Keeps the numbers for weights and for scores apart: the last counter word. A
 * score has its criterion and block of draws there. */
#define ROBUST_WEIGHTS UINT32_C(0xFFFFFFFF)

struct weights {
    const struct tr_rules *rules;
    uint64_t seed;
    size_t padded;
    int16_t *at; /* criterion k, draw d: [k * padded + d] */
};

enum tr_status robust_weights(struct weights *w, size_t draws, unsigned threads,
                              struct tr_error *err);

#endif
