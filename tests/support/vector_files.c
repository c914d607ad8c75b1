/* vector_files.c - see vector_files.h */
#include "support/vector_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "terrier/buf.h"

static int run(const char *program, const char *folder)
{
    char command[512];

    snprintf(command, sizeof command, "%s %s", program, folder);
    return system(command); // NOLINT(cert-env33-c): our own script
}

int vector_files_make(void **state)
{
    char path[] = "/tmp/terrier-files-XXXXXX";
    char *folder = mkdtemp(path) ? strdup(path) : NULL;

    *state = NULL;
    if (!folder)
        return -1;
    if (run("tests/tools/make-formats", folder)) {
        run("rm -rf", folder);
        free(folder);
        return 0;
    }
    *state = folder;

    const char *scratch = vector_file(folder, "scratch", 0);

    return mkdir(scratch, 0700) || setenv("TMPDIR", scratch, 1) ? -1 : 0;
}

int vector_files_remove(void **state)
{
    unsetenv("TMPDIR");
    if (*state)
        run("rm -rf", *state);
    free(*state);
    return 0;
}

const char *vector_file(void *state, const char *name, int slot)
{
    static char paths[4][512];

    snprintf(paths[slot], sizeof paths[slot], "%s/%s", (const char *)state,
             name);
    return paths[slot];
}

struct vector_source vector_file_source(void *state, const char *name,
                                        enum vector_format format)
{
    const size_t mib = (size_t)1024 * 1024;

    return (struct vector_source){
        .path = vector_file(state, name, 0),
        .name = name,
        .format = format,
        .limits = { .max_file_bytes = 512 * mib,
                    .max_rows = 1000000,
                    .max_row_bytes = 16 * mib,
                    .max_memory = 512 * mib,
                    .max_seconds = 20 },
    };
}

static void put_geometry(struct tr_buf *b, const struct vector_row *row)
{
    double xy[2];

    if (!row->wkb)
        tr_buf_str(b, "-");
    else if (row->wkb_len == 21 && row->wkb[0] == 1 && row->wkb[1] == 1) {
        memcpy(xy, row->wkb + 5, sizeof xy);
        tr_buf_printf(b, "POINT(%.10g %.10g)", xy[0], xy[1]);
    } else {
        tr_buf_printf(b, "wkb of %zu", row->wkb_len);
    }
}

static void put_columns(struct tr_buf *b, const struct vector_reader *r)
{
    tr_buf_printf(b, "%d ", vector_srid(r));
    for (size_t i = 0; i < vector_n_columns(r); i++) {
        const struct vector_column *c = &vector_columns(r)[i];

        tr_buf_printf(b, "%s%s%s", i ? "," : "", c->name,
                      c->is_number ? "#" : "");
    }
    tr_buf_str(b, "\n");
}

static enum tr_status put_rows(struct tr_buf *b, struct vector_reader *r,
                               struct tr_error *err)
{
    const struct vector_row *row;

    for (;;) {
        enum tr_status st = vector_next(r, &row, err);

        if (st || !row)
            return st;
        tr_buf_printf(b, "%ld ", row->number);
        for (size_t i = 0; i < vector_n_columns(r); i++)
            tr_buf_printf(b, "%s,", row->values[i] ? row->values[i] : "-");
        put_geometry(b, row);
        tr_buf_str(b, "\n");
    }
}

char *vector_file_text(const struct vector_source *source)
{
    struct vector_reader *r = NULL;
    struct tr_error err = TR_ERROR_INIT;
    struct tr_buf b;

    tr_buf_init(&b, SIZE_MAX / 2);

    enum tr_status st = vector_open(source, &r, &err);

    if (!st) {
        put_columns(&b, r);
        st = put_rows(&b, r, &err);
    }
    if (st)
        tr_buf_printf(&b, "%s: %s\n", tr_status_name(st), err.msg);
    vector_close(r);
    tr_buf_byte(&b, '\0');
    return (char *)b.data;
}

bool vector_files_clean(void *state)
{
    DIR *d = opendir(vector_file(state, "scratch", 3));
    int n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n == 2 && waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}
