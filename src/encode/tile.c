/* tile.c - a vector tile of one collection: which rows, which properties. See
 * terrier/encode.h. */
#include <stdlib.h>
#include <string.h>

#include "encode/features.h"
#include "encode/tile_parts.h"

size_t tile_usual_names(const struct tr_collection *c, const char **names)
{
    static const char *const of_sites[] = { "site_id", "name", "partner",
                                            "class", "class_status" };
    static const char *const of_areas[] = { "code", "name" };
    bool are_sites = tr_collection_is_of_sites(c);
    const char *const *list = are_sites ? of_sites : of_areas;
    size_t count = are_sites ? 5 : 2, n = 0;

    if (c->kind == TR_OF_LAYER) {
        for (size_t i = 0; i < c->table->n_columns && n < TILE_MAX_NAMES; i++) {
            /* A layer's own columns come before those of its areas. */
            if (c->table->columns[i].type != TR_GEOMETRY &&
                !strchr(c->table->columns[i].name, '.'))
                names[n++] = c->table->columns[i].name;
        }
        return n;
    }
    for (size_t i = 0; i < count; i++) {
        if (tr_table_column(c->table, list[i]))
            names[n++] = list[i];
    }
    return n;
}

const struct tr_column *tile_locality(const struct tr_collection *c)
{
    const struct tr_snapshot *s = c->snapshot;

    return tr_collection_is_of_sites(c) && s->n_places && s->places[0]->n_sets
               ? tr_table_column(c->table, s->places[0]->sets[0])
               : NULL;
}

static enum tr_status choose_columns(struct tile_job *job,
                                     const struct tr_tile_options *o,
                                     struct tr_error *err)
{
    const char *usual[TILE_MAX_NAMES];
    bool chosen = o->properties != NULL;
    size_t n = chosen ? o->n_properties : tile_usual_names(job->c, usual);
    const char *const *wanted = chosen ? o->properties : usual;
    const struct tr_column **found;
    enum tr_status st =
        features_columns(job->c->table, wanted, n, &found, &n, err);

    if (st)
        return st;

    const char **names = tr_arena_array(job->scratch, n + 1, sizeof *names);
    const struct tr_column **columns =
        tr_arena_array(job->scratch, n + 1, sizeof *columns);

    if (names && columns) {
        for (size_t i = 0; i < n; i++) {
            names[i] = wanted[i];
            columns[i] = found[i];
        }
        if (!chosen && tile_locality(job->c)) {
            names[n] = "locality";
            columns[n++] = tile_locality(job->c);
        }
    }
    free(found);
    if (!names || !columns)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    job->names = names;
    job->columns = columns;
    job->n_columns = n;
    return TR_OK;
}

/* The column of partners to count by when `properties` asks for it; else NULL,
 * as for anything but sites. */
static const struct tr_column *partner_column(const struct tr_collection *c,
                                              const struct tr_tile_options *o)
{
    const struct tr_column *column = NULL;

    for (size_t i = 0; o->properties && i < o->n_properties; i++) {
        if (strcmp(o->properties[i], "partner") == 0)
            column = tr_table_column(c->table, "partner");
    }
    return c->kind == TR_OF_SITES && column && column->type == TR_TEXT ? column
                                                                       : NULL;
}

static enum tr_status choose_partners(struct tile_job *job,
                                      const struct tr_tile_options *o,
                                      struct tr_error *err)
{
    const struct tr_column *column = partner_column(job->c, o);
    struct tile_partners *p;

    if (!column)
        return TR_OK;
    p = tr_arena_alloc(job->scratch, sizeof *p);
    if (p) {
        p->column = column;
        p->keys =
            tr_arena_array(job->scratch, column->dict->n, sizeof *p->keys);
        p->counts =
            tr_arena_array(job->scratch, column->dict->n, sizeof *p->counts);
    }
    if (!p || !p->keys || !p->counts)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    job->partners = p;
    return TR_OK;
}

enum tr_status tr_tile_check(const struct tr_collection *c,
                             const struct tr_tile_options *o,
                             struct tr_arena *scratch, struct tr_error *err)
{
    struct tile_job job = { .c = c, .scratch = scratch };
    enum tr_status st = choose_columns(&job, o, err);

    if (!st && o->filter)
        st = tile_filter_check(c, o->filter, scratch, err);
    return st;
}

enum tr_status tr_encode_tile(const struct tr_collection *c, struct tr_tile t,
                              const struct tr_tile_options *o,
                              struct tr_arena *scratch, struct tr_buf *out,
                              struct tr_error *err)
{
    struct tile_job job = {
        .c = c,
        .tile = t,
        .last = c->n,
        .budget = o->budget ? o->budget : TR_TILE_BUDGET,
        .cache = o->cache,
        .scratch = scratch,
    };
    const struct tile_item *filter = NULL;
    enum tr_status st = choose_columns(&job, o, err);

    if (!st)
        st = choose_partners(&job, o, err);
    if (!st && o->cache && tile_cache_snapshot(o->cache) != c->snapshot)
        st = tr_fail(err, TR_EINVAL, "the tile cache is another snapshot's");
    if (c->kind == TR_OF_SITES)
        tr_snapshot_tile(c->snapshot, t, &job.first, &job.last);
    if (!st && o->filter)
        st = tile_filter(&job, o->filter, &filter, err);
    if (!st)
        st = c->kind == TR_OF_SITES ? tile_sites(&job, out, err)
                                    : tile_shapes(&job, out, err);
    tile_cache_put(o->cache, filter);
    return st;
}
