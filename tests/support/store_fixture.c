/* store_fixture.c - see support/store_fixture.h */
#include "support/store_fixture.h"

#include "support/tr_test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct tr_error test_err;

int store_fixture_setup(void **state)
{
    struct store_fixture *f = calloc(1, sizeof *f);
    const char *tmp = getenv("TMPDIR");

    if (!f)
        return -1;
    snprintf(f->folder, sizeof f->folder, "%s/terrier-store-XXXXXX",
             tmp && strlen(tmp) < 32 ? tmp : "/tmp");
    if (!mkdtemp(f->folder))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/terrier.db", f->folder);
    *state = f;
    return 0;
}

int store_fixture_teardown(void **state)
{
    struct store_fixture *f = *state;
    DIR *d = opendir(f->folder);
    char path[512];

    for (struct dirent *e; d && (e = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s", f->folder, e->d_name);
        unlink(path);
    }
    if (d)
        closedir(d);
    rmdir(f->folder);
    free(f);
    return 0;
}

void store_fixture_path(const struct store_fixture *f, const char *name,
                        char *out, size_t size)
{
    snprintf(out, size, "%s/%s", f->folder, name);
}

struct store_load store_fixture_info(struct store *s, const char *layer)
{
    struct store_load info = { .layer_name = layer,
                               .source_name = "file.csv",
                               .schema = "[]",
                               .read = 7 };

    assert_ok(store_put_document(s, "profile", layer, "layer: x\n", 9,
                                 &info.profile, &test_err));
    return info;
}

static unsigned char record_bytes[120];

struct store_row store_fixture_row(const char *key, uint64_t content)
{
    struct store_row r = { .key = key,
                           .tier = TR_PARTNERSHIP,
                           .source_row = 2,
                           .has_position = content % 2 == 0,
                           .position = { -23520922, 534000000, 377000000,
                                         395000000 },
                           .position_tier = TR_RESTRICTED,
                           .coord_source = STORE_UPRN,
                           .record = record_bytes,
                           .record_len = 40 + content % 60 };

    memcpy(r.digest.bytes, &content, sizeof content);
    return r;
}

void store_fixture_load(struct store *s, const char *layer, long n,
                        uint64_t content)
{
    struct store_load info = store_fixture_info(s, layer);
    struct store_loading *l = NULL;
    enum store_outcome outcome;
    char key[32];
    bool changed;

    assert_ok(store_load_begin(s, "there", STORE_SITES, &info, &l, &test_err));
    for (long i = 0; i < n; i++) {
        snprintf(key, sizeof key, "K%ld", i);

        struct store_row r = store_fixture_row(key, content);

        assert_ok(store_load_row(l, &r, &outcome, &test_err));
    }
    assert_ok(store_load_commit(l, &info, &changed, &test_err));
}

struct tally {
    long n;
    uint64_t sum;
};

static enum tr_status count_row(void *context, const struct store_row *r,
                                struct tr_error *err)
{
    struct tally *t = context;

    (void)err;
    t->n++;
    for (const char *p = r->key; *p; p++)
        t->sum = t->sum * 31 + (unsigned char)*p;
    for (int i = 0; i < TR_DIGEST_BYTES; i++)
        t->sum = t->sum * 31 + r->digest.bytes[i];
    t->sum = t->sum * 31 + (uint64_t)r->load_from;
    t->sum = t->sum * 31 + (uint64_t)r->missing_from;
    return TR_OK;
}

static struct tally tally_rows(struct store *s, const char *layer)
{
    struct tally t = { 0, 0 };
    const struct store_layer *y;
    struct tr_arena a;

    tr_arena_init(&a, 1 << 20);
    if (store_layer_named(s, layer, &a, &y, NULL) == TR_OK)
        assert_ok(store_read_rows(s, y->id, 0, count_row, &t, &test_err));
    else
        t.n = -1;
    tr_arena_clear(&a);
    return t;
}

long store_fixture_count(struct store *s, const char *layer)
{
    return tally_rows(s, layer).n;
}

uint64_t store_fixture_sum(struct store *s, const char *layer)
{
    return tally_rows(s, layer).sum;
}

uint32_t store_fixture_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}
