/* store_fixture.h - a store in a folder of its own, and small loads into it. */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "store/store.h"

#include <stdint.h>

struct store_fixture {
    char folder[64];
    char path[96]; /* of the store, which is not yet there */
};

/* cmocka's set-up and tear-down: *state is a struct store_fixture. */
int store_fixture_setup(void **state);
int store_fixture_teardown(void **state);

/* "FOLDER/name" into `out`. */
void store_fixture_path(const struct store_fixture *f, const char *name,
                        char *out, size_t size);

/* What a load needs: a profile that the store keeps, names, a schema. */
struct store_load store_fixture_info(struct store *s, const char *layer);

/* A row whose content follows from `content` alone. `key` is borrowed. */
struct store_row store_fixture_row(const char *key, uint64_t content);

/* Load keys K0..K(n-1), all with `content`. Fails the test on any error. */
void store_fixture_load(struct store *s, const char *layer, long n,
                        uint64_t content);

/* How many rows the layer shows now; -1 when there is no such layer. */
long store_fixture_count(struct store *s, const char *layer);
/* A number that depends on every row shown and its content, in order. */
uint64_t store_fixture_sum(struct store *s, const char *layer);

/* A small generator that gives the same numbers everywhere. */
uint32_t store_fixture_random(uint64_t *seed);

#endif
