/* fuzz_profile.c - a profile that is read has what the rest relies on: a good
 * name, fields that each come from one place, a schema of the same length, and
 * it reads the same again. What is refused says why. */
#include <assert.h>
#include <string.h>

#include "ingest/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct profile *p)
{
    assert(*p->layer && p->separator && p->dates);
    assert(!p->rows != !p->n_sources);
    assert(!p->x == !p->y);
    assert(p->schema.n == p->n_fields);
    for (size_t i = 0; i < p->n_fields; i++) {
        const struct profile_field *f = &p->fields[i];
        int from = !!f->column + !!f->constant + !!f->cql2.tree;

        assert(from == 1 || (from == 0 && i == p->shared_field));
        assert(strcmp(f->name, p->schema.fields[i].name) == 0);
        assert(f->factor > 0);
        for (size_t k = 0; k < i; k++)
            assert(strcmp(f->name, p->fields[k].name) != 0);
    }
    for (size_t i = 0; i < p->n_sources; i++)
        assert(*p->sources[i].file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct profile *p = NULL;
    const struct profile *again = NULL;
    struct tr_error err = TR_ERROR_INIT;
    struct tr_arena a;

    tr_arena_init(&a, (size_t)64 << 20);
    if (profile_parse((const char *)data, size, "f.yaml", &a, &p, &err)) {
        assert(!p && *err.msg);
    } else {
        check(p);
        assert(!profile_parse(p->text, p->len, "f.yaml", &a, &again, &err));
        assert(again->n_fields == p->n_fields && again->kind == p->kind);
    }
    tr_arena_clear(&a);
    return 0;
}
