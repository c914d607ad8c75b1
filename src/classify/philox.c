/* philox.c - see philox.h */
#include "classify/philox.h"

#include <stddef.h>

#define ROUNDS 10
#define MUL_0  UINT32_C(0xD2511F53)
#define MUL_1  UINT32_C(0xCD9E8D57)
#define WEYL_0 UINT32_C(0x9E3779B9)
#define WEYL_1 UINT32_C(0xBB67AE85)

static inline void one_round(uint32_t *c0, uint32_t *c1, uint32_t *c2,
                             uint32_t *c3, const uint32_t k[2])
{
    uint64_t a = (uint64_t)MUL_0 * *c0, b = (uint64_t)MUL_1 * *c2;

    *c0 = (uint32_t)(b >> 32) ^ *c1 ^ k[0];
    *c2 = (uint32_t)(a >> 32) ^ *c3 ^ k[1];
    *c1 = (uint32_t)b;
    *c3 = (uint32_t)a;
}

void philox_lanes(struct philox *x, uint64_t key)
{
    uint32_t k[2] = { (uint32_t)key, (uint32_t)(key >> 32) };

    for (int r = 0; r < ROUNDS; r++) {
        for (size_t i = 0; i < PHILOX_LANES; i++)
            one_round(&x->word[0][i], &x->word[1][i], &x->word[2][i],
                      &x->word[3][i], k);
        k[0] += WEYL_0;
        k[1] += WEYL_1;
    }
}

void philox_one(uint32_t word[4], uint64_t key)
{
    uint32_t k[2] = { (uint32_t)key, (uint32_t)(key >> 32) };

    for (int r = 0; r < ROUNDS; r++) {
        one_round(&word[0], &word[1], &word[2], &word[3], k);
        k[0] += WEYL_0;
        k[1] += WEYL_1;
    }
}
