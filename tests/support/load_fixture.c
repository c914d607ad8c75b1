/* load_fixture.c - see load_fixture.h */
#include "support/load_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/tr_test.h"
#include "terrier/date.h"

int load_fixture_setup(void **state)
{
    struct load_fixture *f = calloc(1, sizeof *f);
    void *files;

    if (!f || store_fixture_setup(&files))
        return -1;
    f->files = *(struct store_fixture *)files;
    free(files);
    tr_arena_init(&f->arena, (size_t)1 << 30);
    f->options = load_default_options();
    f->options.today = tr_date_make(2026, 1, 15);
    *state = f;
    if (store_open(f->files.path, STORE_CREATE, &f->store, &f->err))
        return -1;
    load_fixture_write(f, "place.yaml",
                       "place: example\ntitle: Example\nprefix: exa\n"
                       "time_zone: Europe/London\n");
    return 0;
}

int load_fixture_teardown(void **state)
{
    struct load_fixture *f = *state;
    struct store_fixture *files = malloc(sizeof *files);
    void *as_state = files;

    if (!files)
        return -1;
    *files = f->files;
    store_close(f->store);
    tr_arena_clear(&f->arena);
    free(f);
    return store_fixture_teardown(&as_state);
}

void load_fixture_write(struct load_fixture *f, const char *name,
                        const char *text)
{
    char path[160];
    FILE *out;

    store_fixture_path(&f->files, name, path, sizeof path);
    out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
    fclose(out);
}

enum tr_status load_fixture_load(struct load_fixture *f, const char *path)
{
    return load_files(f->store, &path, 1, &f->options, &f->arena, &f->report,
                      &f->err);
}

enum tr_status load_fixture_load_file(struct load_fixture *f, const char *name)
{
    char path[160];
    char *kept;

    store_fixture_path(&f->files, name, path, sizeof path);
    kept = tr_arena_text(&f->arena, path, strlen(path));
    return load_fixture_load(f, kept);
}

const struct load_layer_report *load_fixture_layer(struct load_fixture *f,
                                                   const char *layer)
{
    for (size_t i = 0; i < f->report->n; i++) {
        if (strcmp(f->report->layers[i].layer, layer) == 0)
            return &f->report->layers[i];
    }
    fail_msg("no report on layer '%s'", layer);
    return NULL;
}

size_t load_fixture_issues(const struct load_layer_report *r, const char *type)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_issues; i++)
        n += strcmp(r->issues[i].type, type) == 0;
    return n;
}

struct finding {
    struct load_fixture *f;
    const char *key;
    struct store_row *row;
};

static enum tr_status take(void *context, const struct store_row *row,
                           struct tr_error *err)
{
    struct finding *want = context;
    struct tr_arena *a = &want->f->arena;
    unsigned char *record;

    (void)err;
    if (strcmp(row->key, want->key) != 0)
        return TR_OK;
    want->row = tr_arena_alloc(a, sizeof *want->row);
    record = tr_arena_alloc(a, row->record_len);
    assert_non_null(want->row);
    assert_non_null(record);
    memcpy(record, row->record, row->record_len);
    *want->row = *row;
    want->row->record = record;
    want->row->key = want->key;
    want->row->geometry = NULL; /* only its length is kept */
    if (row->outward)
        want->row->outward =
            tr_arena_text(a, row->outward, strlen(row->outward));
    return TR_OK;
}

static const struct store_layer *layer_of(struct load_fixture *f,
                                          const char *name)
{
    const struct store_layer *layer = NULL;

    if (store_layer_named(f->store, name, &f->arena, &layer, &f->err))
        fail_msg("%s", f->err.msg);
    return layer;
}

const struct store_row *load_fixture_row(struct load_fixture *f,
                                         const char *layer, const char *key)
{
    struct finding want = { .f = f, .key = key };

    if (store_read_rows(f->store, layer_of(f, layer)->id, 0, take, &want,
                        &f->err))
        fail_msg("%s", f->err.msg);
    return want.row;
}

const struct tr_value *load_fixture_value(struct load_fixture *f,
                                          const char *layer, const char *key,
                                          const char *field)
{
    const struct store_row *row = load_fixture_row(f, layer, key);
    const struct store_load *loads;
    const struct tr_schema *schema;
    size_t n;
    struct tr_value *values;

    if (!row)
        return NULL;
    if (store_loads(f->store, layer_of(f, layer)->id, &f->arena, &loads, &n,
                    &f->err) ||
        tr_schema_read(loads[0].schema, strlen(loads[0].schema), &f->arena,
                       &schema, &f->err))
        fail_msg("%s", f->err.msg);
    values = tr_arena_array(&f->arena, schema->n, sizeof *values);
    assert_non_null(values);
    if (tr_record_read(schema, row->record, row->record_len, &f->arena, values,
                       &f->err))
        fail_msg("%s", f->err.msg);
    for (size_t i = 0; i < schema->n; i++) {
        if (strcmp(schema->fields[i].name, field) == 0)
            return values[i].present ? &values[i] : NULL;
    }
    fail_msg("layer '%s' has no field '%s'", layer, field);
    return NULL;
}
