/* snapshot_order.c - putting the sites in order: the located ones by Morton key
 * and, at one place, by id; then the others by id. Digit by digit, because a
 * key is a number and there are millions of them. */
#include <stdlib.h>
#include <string.h>

#include "model/snapshot_parts.h"
#include "model/texts.h"

#define DIGIT_BITS 11
#define DIGITS     6 /* 66 bits hold 64 */
#define BUCKETS    (1u << DIGIT_BITS)

static size_t digit_of(uint64_t key, unsigned digit)
{
    return (size_t)(key >> (digit * DIGIT_BITS)) & (BUCKETS - 1);
}

static void count_digits(const struct site_draft *k, size_t n,
                         uint32_t counts[DIGITS][BUCKETS])
{
    for (size_t i = 0; i < n; i++) {
        for (unsigned d = 0; d < DIGITS; d++)
            counts[d][digit_of(k[i].key, d)]++;
    }
}

/* By one digit, keeping the order of equal ones. */
static void sort_digit(const struct site_draft *from, struct site_draft *to,
                       size_t n, unsigned digit, uint32_t *counts)
{
    uint32_t at = 0;

    for (size_t b = 0; b < BUCKETS; b++) {
        uint32_t count = counts[b];

        counts[b] = at;
        at += count;
    }
    for (size_t i = 0; i < n; i++)
        to[counts[digit_of(from[i].key, digit)]++] = from[i];
}

/* Sorted by key, in `k` or in `other`: whichever is returned. */
static struct site_draft *sort_keys(struct site_draft *k,
                                    struct site_draft *other, size_t n,
                                    uint32_t counts[DIGITS][BUCKETS])
{
    count_digits(k, n, counts);
    for (unsigned d = 0; n && d < DIGITS; d++) {
        struct site_draft *was = k;

        if (counts[d][digit_of(k[0].key, d)] == n)
            continue; /* all have the same */
        sort_digit(k, other, n, d, counts[d]);
        k = other;
        other = was;
    }
    return k;
}

/* `n` sites of one place, or of none, by id. */
static bool sort_ids(const struct drafts *d, struct site_draft *k, size_t n)
{
    const char **ids = calloc(n + 1, sizeof *ids);
    uint32_t *order = malloc((n + 1) * sizeof *order);
    struct site_draft *sites = malloc((n + 1) * sizeof *sites);
    bool ok = ids && order && sites;

    for (uint32_t i = 0; ok && i < n; i++) {
        ids[i] = draft_id(d, &k[i]);
        sites[i] = k[i];
        order[i] = i;
    }
    ok = ok && texts_order(ids, order, n);
    for (size_t i = 0; ok && i < n; i++)
        k[i] = sites[order[i]];
    free(ids);
    free(order);
    free(sites);
    return ok;
}

static bool sort_ties(const struct drafts *d, struct site_draft *k, size_t n)
{
    size_t last;

    for (size_t first = 0; first < n; first = last) {
        last = first + 1;
        while (last < n && k[last].key == k[first].key)
            last++;
        if (last - first > 1 && !sort_ids(d, &k[first], last - first))
            return false;
    }
    return true;
}

static bool order_located(const struct drafts *d, struct site_draft *k,
                          size_t n)
{
    struct site_draft *other = malloc((n + 1) * sizeof *other);
    uint32_t(*counts)[BUCKETS] = calloc(DIGITS, sizeof *counts);
    bool ok = other && counts;

    if (ok) {
        if (sort_keys(k, other, n, counts) == other)
            memcpy(k, other, n * sizeof *k);
        ok = sort_ties(d, k, n);
    }
    free(other);
    free(counts);
    return ok;
}

/* Those without a point behind the others, in any order. */
static size_t split_located(const struct drafts *d)
{
    size_t located = 0, others = d->n_sites;

    while (located < others) {
        struct site_draft s = d->sites[located];

        if (s.key || draft_placed(d, &s)) {
            located++;
        } else {
            d->sites[located] = d->sites[--others];
            d->sites[others] = s;
        }
    }
    return located;
}

bool tr_order_sites(struct drafts *d)
{
    d->n_located = split_located(d);
    return order_located(d, d->sites, d->n_located) &&
           sort_ids(d, d->sites + d->n_located, d->n_sites - d->n_located);
}
