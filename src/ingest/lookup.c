/* lookup.c - see lookup.h */
#include "ingest/lookup.h"

#include <string.h>

#include "ingest/text_map.h"
#include "terrier/hash.h"
#include "terrier/text.h"

struct table {
    const struct profile_lookup *from;
    const char *name;
    struct text_map map; /* value: index into values */
    const char **values;
    size_t n, room;
};

struct load_lookups {
    size_t n;
    struct table *tables;
};

enum tr_status load_source_path(const struct profile *p,
                                const struct profile_source *source,
                                const struct load_options *options,
                                struct tr_arena *a, const char **out,
                                struct tr_error *err)
{
    const char *slash = strrchr(p->file, '/');
    const char *path;

    if (source->url && options->source_root)
        path = tr_arena_printf(a, "%s/%s", options->source_root, source->file);
    else if (source->url)
        return tr_fail(err, TR_ENOINPUT,
                       "'%s' is published at %s: fetch it, and name its folder "
                       "with --source-root",
                       source->file, source->url);
    else if (slash && source->file[0] != '/')
        path = tr_arena_printf(a, "%.*s/%s", (int)(slash - p->file), p->file,
                               source->file);
    else
        path = tr_arena_text(a, source->file, strlen(source->file));
    if (!path)
        return tr_fail(err, TR_ENOMEM, "no memory left for a path");
    *out = path;
    return TR_OK;
}

static enum tr_status add_pair(const struct profile *p, struct table *t,
                               const char *key, const char *value,
                               struct tr_arena *a, struct tr_error *err)
{
    size_t key_len, value_len;
    bool is_new;

    key = tr_text_trim(key, &key_len);
    value = tr_text_trim(value, &value_len);
    key = tr_arena_text(a, key, key_len);
    value = tr_arena_text(a, value, value_len);
    if (t->n == t->room) {
        size_t room = t->room ? t->room * 2 : 256;
        const char **values = tr_arena_array(a, room, sizeof *values);

        if (values && t->n)
            memcpy(values, t->values, t->n * sizeof *values);
        t->values = values;
        t->room = room;
    }

    struct text_map_entry *e =
        key && value && t->values
            ? text_map_put(&t->map, key, (uint32_t)t->n, &is_new)
            : NULL;

    if (!e)
        return tr_fail(err, TR_ENOMEM, "no memory left for lookup '%s'",
                       t->name);
    if (is_new)
        t->values[t->n++] = value;
    else if (strcmp(t->values[e->value], value) != 0)
        return tr_fail(err, TR_EDATA,
                       "%s: in lookup '%s' the key '%s' has two values, '%s' "
                       "and '%s'",
                       p->file, t->name, key, t->values[e->value], value);
    return TR_OK;
}

static enum tr_status need_column(const struct profile *p,
                                  const struct source *s, const char *file,
                                  const char *name, size_t *out,
                                  struct tr_error *err)
{
    *out = source_column(s, name);
    if (*out == SIZE_MAX)
        return tr_fail(err, TR_ECONFIG, "%s: '%s' has no column '%s'", p->file,
                       file, name);
    return TR_OK;
}

static enum tr_status read_pairs(const struct profile *p, struct source *s,
                                 const char *file, struct table *t,
                                 struct tr_arena *a, struct tr_error *err)
{
    const struct profile_lookup *lookup = t->from;
    size_t key, value;
    struct source_row row;
    enum tr_status st = need_column(p, s, file, lookup->key, &key, err);

    if (!st)
        st = need_column(p, s, file, lookup->value, &value, err);
    if (!st)
        st = source_next(s, &row, err);
    while (!st && row.n) {
        if (row.n != source_n_columns(s))
            return tr_fail(err, TR_EDATA,
                           "'%s': row %ld has %zu values, the header %zu", file,
                           row.number, row.n, source_n_columns(s));
        if (row.values[key] && row.values[value])
            st = add_pair(p, t, row.values[key], row.values[value], a, err);
        if (!st)
            st = source_next(s, &row, err);
    }
    return st;
}

static void free_table(void *table)
{
    text_map_free(&((struct table *)table)->map);
}

/* Lookups are plain CSV whatever the layer is. */
static enum tr_status read_table(const struct profile *p,
                                 const struct load_options *options,
                                 struct tr_arena *a, struct tr_hasher *h,
                                 struct table *t, struct tr_error *err)
{
    const struct profile_lookup *lookup = t->from;
    const struct profile plain = { .file = p->file,
                                   .separator = ',',
                                   .header_row = 1,
                                   .encoding = p->encoding };

    for (size_t i = 0; i < lookup->n_sources; i++) {
        const char *name = lookup->sources[i].file;
        const char *path;
        struct source *s = NULL;
        struct tr_digest d;
        enum tr_status st =
            load_source_path(p, &lookup->sources[i], options, a, &path, err);

        if (!st)
            st = source_open(&plain, path, name, &options->limits, &s, err);
        if (!st)
            st = read_pairs(p, s, name, t, a, err);
        source_close(s);
        if (!st)
            st = tr_hash_file(path, &d, err);
        if (st)
            return st;
        tr_hash_add(h, d.bytes, sizeof d.bytes);
    }
    return TR_OK;
}

enum tr_status load_lookups_read(const struct profile *p,
                                 const struct load_options *options,
                                 struct tr_arena *a, struct tr_hasher *h,
                                 struct load_lookups **out,
                                 struct tr_error *err)
{
    struct load_lookups *all = tr_arena_alloc(a, sizeof *all);

    if (all)
        all->tables = tr_arena_array(a, p->n_lookups, sizeof *all->tables);
    if (!all || !all->tables)
        return tr_fail(err, TR_ENOMEM, "no memory left for lookups");
    all->n = p->n_lookups;
    for (size_t i = 0; i < all->n; i++) {
        struct table *t = &all->tables[i];
        enum tr_status st = tr_arena_defer(a, free_table, t);

        t->from = &p->lookups[i];
        t->name = t->from->name;
        if (st)
            return tr_fail(err, st, "no memory left for lookups");
        st = read_table(p, options, a, h, t, err);
        if (st)
            return st;
    }
    *out = all;
    return TR_OK;
}

const char *load_lookup(const void *context, const char *name, const char *key)
{
    const struct load_lookups *all = context;

    for (size_t i = 0; i < all->n; i++) {
        const struct table *t = &all->tables[i];

        if (strcmp(t->name, name) == 0) {
            const struct text_map_entry *e = text_map_find(&t->map, key);

            return e ? t->values[e->value] : NULL;
        }
    }
    return NULL;
}
