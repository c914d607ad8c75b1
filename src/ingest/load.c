/* load.c - from paths to layers, in the right order. See load.h. */
#include "ingest/load.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ingest/layer_load.h"
#include "ingest/load_place.h"
#include "ingest/load_sets.h"
#include "ingest/locate.h"
#include "ingest/lookup.h"
#include "terrier/text.h"

#define MOST_JOBS  10000
#define MOST_BLOCK ((size_t)1024 * 1024 * 1024)

struct job { /* one profile to be loaded */
    const char *path;
    const struct tr_place *place;
    const struct profile *p; /* NULL: it could not be read */
    struct tr_error why;
};

struct session {
    struct store *store;
    const struct load_options *options;
    struct tr_arena *a;
    struct tr_crs *crs[LOAD_WORKERS]; /* the first is always open */
    struct load_gazetteer *gazetteer;
    struct job *jobs;
    size_t n;
};

struct load_options load_default_options(void)
{
    return (struct load_options){
        .limits = { .max_file_bytes = (size_t)512 * 1024 * 1024,
                    .max_row_bytes = (size_t)64 * 1024 * 1024,
                    .max_rows = (size_t)50 * 1000 * 1000,
                    .max_points = (size_t)1000 * 1000,
                    .max_memory = (size_t)2 * 1024 * 1024 * 1024,
                    .max_seconds = 600 },
        .max_issues = 100000,
        .max_memory = (size_t)8 * 1024 * 1024 * 1024,
    };
}

/* ---- what there is to load ---- */

static enum tr_status add_job(struct session *s, const char *path,
                              const struct tr_place *place,
                              struct tr_error *err)
{
    struct job *j = &s->jobs[s->n];
    const char *text;
    size_t len;

    if (s->n == MOST_JOBS)
        return tr_fail(err, TR_ELIMIT, "more than %d profiles", MOST_JOBS);
    *j = (struct job){ .path = path, .place = place };
    if (!load_text(path, s->a, &text, &len, &j->why))
        profile_parse(text, len, path, s->a, &j->p, &j->why);
    s->n++;
    return TR_OK;
}

static const char *folder_of(struct session *s, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? tr_arena_text(s->a, path, (size_t)(slash - path)) : ".";
}

static enum tr_status add_path(struct session *s, const char *path,
                               struct tr_error *err)
{
    const char *const *profiles = &path;
    const struct tr_place *place;
    struct stat info;
    size_t n = 1;
    enum tr_status st = TR_OK;

    if (stat(path, &info))
        return tr_fail(err, TR_ENOINPUT, "'%s' is not there", path);

    bool is_folder = S_ISDIR(info.st_mode);
    const char *folder = is_folder ? path : folder_of(s, path);

    if (!folder)
        return tr_fail(err, TR_ENOMEM, "no memory left for a path");
    st = load_place(s->store, folder, s->options->dry_run, s->a, &place, err);
    if (!st && is_folder)
        st = load_list_profiles(folder, s->a, &profiles, &n, err);
    for (size_t i = 0; i < n && !st; i++)
        st = add_job(s, profiles[i], place, err);
    return st;
}

/* What others look things up in comes first. */
static int rank(const struct job *j)
{
    static const int ranks[] = {
        [STORE_POSTCODES] = 0,  [STORE_UPRNS] = 1,  [STORE_AREAS] = 2,
        [STORE_STATISTICS] = 3, [STORE_POINTS] = 4, [STORE_LINES] = 5,
        [STORE_CONTEXT] = 6,    [STORE_SITES] = 7,
    };

    if (!j->p)
        return 9;
    return j->p->answers_for ? 8 : ranks[j->p->kind];
}

static int by_rank(const void *a, const void *b)
{
    const struct job *x = a, *y = b;
    int d = rank(x) - rank(y);

    if (!d && x->p && y->p)
        d = strcmp(x->p->layer, y->p->layer);
    return d ? d : strcmp(x->path, y->path);
}

/* What is wrong with a profile only beside others is found before any of them
 * is loaded. */
static enum tr_status check_sets(struct session *s, struct tr_error *err)
{
    struct load_sets *sets;
    enum tr_status st = load_sets_read(s->store, s->a, &sets, err);

    for (size_t i = 0; i < s->n && !st; i++) {
        if (s->jobs[i].p)
            st = load_sets_add(sets, s->jobs[i].p, err);
    }
    for (size_t i = 0; i < s->n && !st; i++) {
        struct job *j = &s->jobs[i];

        if (j->p && load_sets_check(sets, j->p, &j->why))
            j->p = NULL;
    }
    return st;
}

static void refuse_doubled_layers(struct session *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct job *j = &s->jobs[i];

        for (size_t k = 0; k < i && j->p; k++) {
            const struct job *first = &s->jobs[k];

            if (first->p && strcmp(first->p->layer, j->p->layer) == 0) {
                tr_fail(&j->why, TR_ECONFIG,
                        "%s: layer '%s' is the name of '%s', too", j->path,
                        j->p->layer, first->path);
                j->p = NULL;
            }
        }
    }
}

/* ---- one layer ---- */

static enum tr_status find_files(struct layer_load *l, struct tr_hasher *h,
                                 struct tr_error *err)
{
    const struct profile *p = l->p;
    size_t n = p->rows ? 1 : p->n_sources;
    const char **files = tr_arena_array(l->report_arena, n, sizeof *files);
    const char **paths = tr_arena_array(&l->keep, n, sizeof *paths);
    enum tr_status st = TR_OK;

    if (!files || !paths)
        return layer_no_memory(l, err);
    l->files = files;
    l->paths = paths;
    l->n_files = n;
    if (p->rows) {
        const char *slash = strrchr(p->file, '/');

        files[0] = slash ? slash + 1 : p->file;
        tr_hash_text(h, p->rows);
        return TR_OK;
    }
    for (size_t i = 0; i < n && !st; i++) {
        struct tr_digest d;

        files[i] = p->sources[i].file;
        st = load_source_path(p, &p->sources[i], l->options, &l->keep,
                              &paths[i], err);
        if (!st)
            st =
                source_check_file(paths[i], files[i], &l->options->limits, err);
        if (!st)
            st = tr_hash_file(paths[i], &d, err);
        if (!st)
            tr_hash_add(h, d.bytes, sizeof d.bytes);
    }
    return st;
}

static enum tr_status check_partner(struct layer_load *l, struct tr_error *err)
{
    const struct tr_place *place = l->place;
    const char *partner = l->p->partner;

    if (!partner || !place->n_organisations ||
        tr_place_organisation(place, partner))
        return TR_OK;

    const char **codes =
        tr_arena_array(&l->keep, place->n_organisations, sizeof *codes);

    if (!codes)
        return layer_no_memory(l, err);
    for (size_t i = 0; i < place->n_organisations; i++)
        codes[i] = place->organisations[i].code;

    const char *near = tr_text_nearest(partner, codes, place->n_organisations);

    return tr_node_fail(tr_node_get(l->p->root, "partner"), l->p->file, err,
                        "partner '%s' is no organisation of place '%s'%s%s%s",
                        partner, place->id,
                        near ? ", did you mean '" : "; add it to ",
                        near ? near : "organisations.yaml", near ? "'" : "");
}

static enum tr_status run_stages(struct layer_load *l, struct store *s,
                                 struct tr_error *err)
{
    struct tr_hasher h;
    enum tr_status st = check_partner(l, err);

    tr_hash_init(&h);
    if (!st && l->p->answers_for && !l->options->dry_run)
        st = layer_check_answers(l, s, err);
    if (!st)
        st = find_files(l, &h, err);
    if (!st)
        st =
            load_lookups_read(l->p, l->options, &l->keep, &h, &l->lookups, err);
    if (!st)
        st = layer_read(l, err);
    if (!st)
        st = layer_locate(l, err);
    if (!st)
        st = layer_hold(l, err); /* by the names of the parts ... */
    if (!st)
        st = layer_dissolve(l, err);
    if (!st && l->report->merged)
        st = layer_hold(l, err); /* ... and by the key of the whole */
    if (!st)
        st = layer_drop_duplicates(l, err);
    if (!st)
        st = layer_detect(l, err);
    if (!st && l->p->answers_for && !l->options->dry_run)
        st = layer_say_strangers(l, s, err);
    if (l->report->n_issues)
        layer_sort_issues(l);
    if (st)
        return st;

    struct tr_digest source = tr_hash_end(&h);

    st = layer_write(l, s, &source, err);
    return st || !l->options->dry_run
               ? st
               : load_gazetteer_remember(l->gazetteer, l, err);
}

static void load_layer(struct session *s, const struct job *j,
                       struct load_layer_report *r, struct tr_error *err)
{
    struct layer_load l = {
        .p = j->p,
        .place = j->place,
        .options = s->options,
        .crs = s->crs[0],
        .worker_crs = s->crs,
        .gazetteer = s->gazetteer,
        .report_arena = s->a,
        .report = r,
    };

    tr_arena_init(&l.keep, s->options->max_memory);
    tr_arena_init(&l.block, MOST_BLOCK);
    tr_buf_init(&l.buf, s->options->limits.max_row_bytes * 4);
    r->status = run_stages(&l, s->store, err);
    free(l.rows);
    tr_buf_clear(&l.buf);
    tr_arena_clear(&l.block);
    tr_arena_clear(&l.keep);
}

static enum tr_status run_job(struct session *s, const struct job *j,
                              struct load_layer_report *r)
{
    struct tr_error err = j->why;

    *r = (struct load_layer_report){ .profile = j->path,
                                     .layer = j->path,
                                     .crs_operation = "",
                                     .place = j->place->id,
                                     .status = j->why.code };
    if (j->p) {
        r->layer = j->p->layer;
        r->title = j->p->title;
        r->kind = j->p->kind;
        load_layer(s, j, r, &err);
    }
    if (r->status)
        r->error = tr_arena_text(s->a, err.msg, strlen(err.msg));
    return r->status;
}

static enum tr_status run_jobs(struct session *s, struct load_report *report,
                               struct tr_error *err)
{
    struct load_layer_report *layers =
        tr_arena_array(s->a, s->n, sizeof *layers);
    enum tr_status first = TR_OK;

    if (!layers)
        return tr_fail(err, TR_ENOMEM, "no memory left for the report");
    qsort(s->jobs, s->n, sizeof *s->jobs, by_rank);
    refuse_doubled_layers(s);
    first = check_sets(s, err);
    if (first)
        return first;
    report->layers = layers;
    for (; report->n < s->n; report->n++) {
        struct load_layer_report *r = &layers[report->n];
        enum tr_status st = run_job(s, &s->jobs[report->n], r);

        if (st && !first)
            first = tr_fail(err, st, "%s",
                            r->error ? r->error : tr_status_name(st));
    }
    return first;
}

enum tr_status load_files(struct store *s, const char *const *paths, size_t n,
                          const struct load_options *options,
                          struct tr_arena *a, const struct load_report **report,
                          struct tr_error *err)
{
    struct session session = {
        .store = s,
        .options = options,
        .a = a,
        .jobs = tr_arena_array(a, MOST_JOBS, sizeof *session.jobs),
    };
    struct load_report *made = tr_arena_alloc(a, sizeof *made);
    enum tr_status st = TR_OK;

    session.gazetteer = load_gazetteer_new(s, a);
    if (!session.jobs || !made || !session.gazetteer)
        return tr_fail(err, TR_ENOMEM, "no memory left for a load");
    *report = made;
    st = tr_crs_open(options->grid_dir, &session.crs[0], err);
    for (size_t i = 0; i < n && !st; i++)
        st = add_path(&session, paths[i], err);
    if (!st)
        st = run_jobs(&session, made, err);
    for (size_t i = 0; i < LOAD_WORKERS; i++)
        tr_crs_close(session.crs[i]);
    return st;
}
