/* load_fixture.h - a store, a folder for files, and loads into it. */
#ifndef LOAD_FIXTURE_H
#define LOAD_FIXTURE_H

#include "ingest/load.h"
#include "support/store_fixture.h"
#include "terrier/record.h"

struct load_fixture {
    struct store_fixture files;
    struct store *store;
    struct tr_arena arena;
    struct load_options options;
    struct tr_error err;
    const struct load_report *report; /* of the last load */
};

/* cmocka's set-up and tear-down: *state is a struct load_fixture. Its folder
 * holds a place.yaml of a place called "example". */
int load_fixture_setup(void **state);
int load_fixture_teardown(void **state);

/* Write FOLDER/name. */
void load_fixture_write(struct load_fixture *f, const char *name,
                        const char *text);

/* Load a path as given, or a file of the folder. */
enum tr_status load_fixture_load(struct load_fixture *f, const char *path);
enum tr_status load_fixture_load_file(struct load_fixture *f, const char *name);

/* The report on a layer; fails the test when there is none. */
const struct load_layer_report *load_fixture_layer(struct load_fixture *f,
                                                   const char *layer);

/* The issues of one type in the layer's report. */
size_t load_fixture_issues(const struct load_layer_report *r, const char *type);

/* A row as the store has it, and one value of it; NULL when there is none.
 * Everything lives in the fixture's arena. */
const struct store_row *load_fixture_row(struct load_fixture *f,
                                         const char *layer, const char *key);
const struct tr_value *load_fixture_value(struct load_fixture *f,
                                          const char *layer, const char *key,
                                          const char *field);

#endif
