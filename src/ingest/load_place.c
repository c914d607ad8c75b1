/* load_place.c - see load_place.h */
#include "ingest/load_place.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "terrier/date.h"

#define MOST_TEXT     ((size_t)4 * 1024 * 1024)
#define MOST_PROFILES 10000

static const char *const kinds[] = { "place", "organisations", "sensitive",
                                     "links" };
#define N_KINDS (sizeof kinds / sizeof *kinds)

static enum tr_status no_memory(struct tr_error *err)
{
    return tr_fail(err, TR_ENOMEM, "no memory left for the files of a folder");
}

enum tr_status load_text(const char *path, struct tr_arena *a,
                         const char **text, size_t *len, struct tr_error *err)
{
    FILE *f = fopen(path, "rb");
    enum tr_status st = TR_OK;
    struct tr_buf buf;
    size_t got = 1;

    if (!f)
        return tr_fail(err, TR_ENOINPUT, "cannot read '%s': %s", path,
                       strerror(errno));
    tr_buf_init(&buf, MOST_TEXT);
    while (got && !buf.failed) {
        unsigned char *room = tr_buf_room(&buf, 16384);

        got = room ? fread(room, 1, 16384, f) : 0;
        buf.len += got;
    }
    if (ferror(f))
        st = tr_fail(err, TR_EIO, "reading '%s' failed", path);
    fclose(f);
    if (!st)
        st = tr_buf_status(&buf, path, err);
    if (!st) {
        *text = tr_arena_text(a, (const char *)buf.data, buf.len);
        if (len)
            *len = buf.len;
        if (!*text)
            st = no_memory(err);
        else if (strlen(*text) != buf.len)
            st = tr_fail(err, TR_ECONFIG, "'%s' is not a text file", path);
    }
    tr_buf_clear(&buf);
    return st;
}

/* ---- the place ---- */

/* The folder's text of a kind, or NULL when there is no such file. */
static enum tr_status folder_text(const char *folder, const char *kind,
                                  struct tr_arena *a, const char **out,
                                  struct tr_error *err)
{
    const char *path = tr_arena_printf(a, "%s/%s.yaml", folder, kind);
    struct stat info;

    *out = NULL;
    if (!path)
        return no_memory(err);
    if (stat(path, &info) && errno == ENOENT)
        return TR_OK;
    return load_text(path, a, out, NULL, err);
}

static enum tr_status stored_text(struct store *s, const char *place,
                                  const char *kind, struct tr_arena *a,
                                  const char **out, struct tr_error *err)
{
    const char *text;
    size_t len;
    enum tr_status st =
        store_place_document(s, place, kind, a, &text, &len, err);

    if (st)
        return st == TR_ENOTFOUND ? TR_OK : st;
    *out = tr_arena_text(a, text, len);
    return *out ? TR_OK : no_memory(err);
}

static enum tr_status only_place(struct store *s, const char *folder,
                                 struct tr_arena *a, const char **out,
                                 struct tr_error *err)
{
    const char *const *all;
    size_t n;
    enum tr_status st = store_places(s, a, &all, &n, err);

    if (st)
        return st;
    if (n != 1)
        return tr_fail(err, TR_ECONFIG,
                       "'%s' has no place.yaml, and the store has %zu places: "
                       "load a folder that says which place this is",
                       folder, n);
    *out = all[0];
    return TR_OK;
}

static enum tr_status keep(struct store *s, const char *place,
                           const char *const own[N_KINDS], struct tr_error *err)
{
    for (size_t i = 0; i < N_KINDS; i++) {
        struct tr_digest d;

        if (!own[i])
            continue;

        enum tr_status st = store_put_document(s, kinds[i], place, own[i],
                                               strlen(own[i]), &d, err);

        if (!st)
            st = store_set_place_document(s, place, kinds[i], &d, err);
        if (st)
            return st;
    }
    return TR_OK;
}

static enum tr_status parse(const char *const texts[N_KINDS],
                            struct tr_arena *a, const struct tr_place **out,
                            struct tr_error *err)
{
    const struct tr_place_files files = { .place = texts[0],
                                          .organisations = texts[1],
                                          .sensitive = texts[2],
                                          .links = texts[3] };
    int32_t today;
    const struct tr_place *place;
    enum tr_status st = tr_place_parse(&files, a, &place, err);

    if (!st)
        st = tr_date_today(place->time_zone, &today, err);
    if (!st)
        *out = place;
    return st;
}

enum tr_status load_place(struct store *s, const char *folder, bool keep_out,
                          struct tr_arena *a, const struct tr_place **out,
                          struct tr_error *err)
{
    const char *own[N_KINDS] = { NULL };
    const char *texts[N_KINDS];
    const struct tr_place *place = NULL;
    const char *id = NULL;
    enum tr_status st = TR_OK;

    for (size_t i = 0; i < N_KINDS && !st; i++)
        st = folder_text(folder, kinds[i], a, &own[i], err);
    memcpy(texts, own, sizeof texts);
    if (!st && own[0]) {
        /* To know the id before its other documents are asked for. */
        const struct tr_place_files files = { .place = own[0] };

        st = tr_place_parse(&files, a, &place, err);
        id = st ? NULL : place->id;
    } else if (!st) {
        st = only_place(s, folder, a, &id, err);
    }
    for (size_t i = 0; i < N_KINDS && !st; i++) {
        if (!own[i])
            st = stored_text(s, id, kinds[i], a, &texts[i], err);
    }
    if (!st && !texts[0])
        st = tr_fail(err, TR_EDATA, "the store has lost its place '%s'", id);
    if (!st)
        st = parse(texts, a, &place, err);
    if (!st && !keep_out && own[0])
        st = keep(s, id, own, err);
    if (!st)
        *out = place;
    return st == TR_ECONFIG ? tr_fail_at(err, st, "%s", folder) : st;
}

/* ---- profiles ---- */

static bool is_profile(const char *name)
{
    size_t n = strlen(name);

    if (name[0] == '.' || n < 6 || strcmp(name + n - 5, ".yaml") != 0)
        return false;
    for (size_t i = 0; i < N_KINDS; i++) {
        if (strlen(kinds[i]) == n - 5 && memcmp(name, kinds[i], n - 5) == 0)
            return false;
    }
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum tr_status load_list_profiles(const char *folder, struct tr_arena *a,
                                  const char *const **out, size_t *n,
                                  struct tr_error *err)
{
    const char **all = tr_arena_array(a, MOST_PROFILES, sizeof *all);
    DIR *d = opendir(folder);
    enum tr_status st = TR_OK;
    size_t count = 0;

    if (!d)
        return tr_fail(err, TR_ENOINPUT, "cannot read folder '%s': %s", folder,
                       strerror(errno));
    for (struct dirent *e = readdir(d); e && !st; e = readdir(d)) {
        if (!is_profile(e->d_name))
            continue;
        if (!all || count == MOST_PROFILES)
            st = no_memory(err);
        else
            all[count++] = tr_arena_printf(a, "%s/%s", folder, e->d_name);
        if (!st && !all[count - 1])
            st = no_memory(err);
    }
    closedir(d);
    if (!st && !count)
        st = tr_fail(err, TR_ENOINPUT, "folder '%s' holds no profile (.yaml)",
                     folder);
    if (st)
        return st;
    qsort(all, count, sizeof *all, by_name);
    *out = all;
    *n = count;
    return TR_OK;
}
