/* ostn15.c - see terrier/ostn15.h */
#include "terrier/ostn15.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "geom/gtg.h"
#include "geom/tmerc.h"

#define DEBIAN_PACKAGE "libgeo-coordinates-osgb-perl"
#define DEBIAN_FOLDER  "/usr/share/perl5/auto/share/dist/Geo-Coordinates-OSGB"

/* A table holds, at every km node, the shift in mm less the number in its
 * file's name: 16-bit words, the least significant byte first, west to east and
 * then south to north. */
#define EAST_TABLE    "ostn_east_shift_82140"
#define EAST_BASE_MM  82140
#define NORTH_TABLE   "ostn_north_shift_-84180"
#define NORTH_BASE_MM (-84180)
#define COLUMNS       701
#define ROWS          1251
#define TABLE_BYTES   ((size_t)2 * COLUMNS * ROWS)

/* The nodes of the grid that is built: the area of use of EPSG:27700 and a
 * little more. */
#define STEP_DEG       0.005
#define WEST_DEG       (-9.1)
#define NORTH_DEG      61.1
#define GRID_COLUMNS   2241
#define GRID_ROWS      2281
#define MAX_FILE_BYTES ((size_t)64 * 1024 * 1024)

struct tables {
    unsigned char *east, *north;
    struct tmerc airy, grs80;
};

static void tables_close(struct tables *t)
{
    free(t->east);
    free(t->north);
}

static enum tr_status read_table(const char *dir, const char *name,
                                 unsigned char **out, struct tr_error *err)
{
    char path[4096];
    unsigned char *bytes = malloc(TABLE_BYTES + 1);
    size_t n = 0;

    snprintf(path, sizeof path, "%s/%s", dir, name);

    FILE *f = bytes ? fopen(path, "rb") : NULL;

    if (f) {
        n = fread(bytes, 1, TABLE_BYTES + 1, f);
        fclose(f);
    }
    if (f && n == TABLE_BYTES) {
        *out = bytes;
        return TR_OK;
    }
    free(bytes);
    if (!bytes)
        return tr_fail(err, TR_ENOMEM, "no memory left for OSTN15");
    if (!f)
        return tr_fail(err, TR_ENOINPUT,
                       "OSTN15 table '%s' cannot be read: install the "
                       "package " DEBIAN_PACKAGE,
                       path);
    return tr_fail(err, TR_EDATA, "OSTN15 table '%s' is not %zu bytes long",
                   path, TABLE_BYTES);
}

/* The shift in metres at a point of the ETRS89 grid: bilinear within its km
 * square. Beyond the tables the nearest edge holds. */
static void shift_at(const struct tables *t, double e_m, double n_m,
                     double shift[2])
{
    const unsigned char *table[2] = { t->east, t->north };
    const int base[2] = { EAST_BASE_MM, NORTH_BASE_MM };
    double x = fmin(fmax(e_m / 1000, 0), COLUMNS - 1);
    double y = fmin(fmax(n_m / 1000, 0), ROWS - 1);
    size_t column = (size_t)fmin(x, COLUMNS - 2);
    size_t row = (size_t)fmin(y, ROWS - 2);

    x -= (double)column;
    y -= (double)row;
    for (int k = 0; k < 2; k++) {
        const unsigned char *p = table[k] + 2 * (row * COLUMNS + column);
        const unsigned char *q = p + (size_t)2 * COLUMNS;
        double sw = p[0] | p[1] << 8, se = p[2] | p[3] << 8;
        double nw = q[0] | q[1] << 8, ne = q[2] | q[3] << 8;

        shift[k] = (base[k] + (1 - y) * ((1 - x) * sw + x * se) +
                    y * ((1 - x) * nw + x * ne)) /
                   1000;
    }
}

static void direct(const struct tables *t, double lon_deg, double lat_deg,
                   double *e_m, double *n_m)
{
    double shift[2];

    tmerc_forward(&t->grs80, lon_deg, lat_deg, e_m, n_m);
    shift_at(t, *e_m, *n_m, shift);
    *e_m += shift[0];
    *n_m += shift[1];
}

static enum tr_status tables_open(const char *dir, struct tables *t,
                                  struct tr_error *err)
{
    enum tr_status st;
    double e, n;

    *t = (struct tables){ .airy = tmerc_airy(), .grs80 = tmerc_grs80() };
    dir = dir ? dir : DEBIAN_FOLDER;
    st = read_table(dir, EAST_TABLE, &t->east, err);
    if (!st)
        st = read_table(dir, NORTH_TABLE, &t->north, err);
    if (st || !t->east || !t->north)
        return st;
    /* Older packages hold OSTN02 in files of the same size. TP20 of Ordnance
     * Survey's test points tells them apart. */
    direct(t, -1.66379168242, 53.80021519630, &e, &n);
    if (fabs(e - 422242.186) > 0.002 || fabs(n - 433818.701) > 0.002)
        st = tr_fail(err, TR_EDATA, "tables in '%s' are not OSTN15", dir);
    return st;
}

enum tr_status tr_ostn15_direct(const char *table_dir, double lon_deg,
                                double lat_deg, double *e_m, double *n_m,
                                struct tr_error *err)
{
    struct tables t;
    enum tr_status st = tables_open(table_dir, &t, err);

    if (!st)
        direct(&t, lon_deg, lat_deg, e_m, n_m);
    tables_close(&t);
    return st;
}

/* What to add to an OSGB36 latitude and longitude to get ETRS89's, arc-seconds.
 * The tables go the other way, so that the point whose shift leads here is
 * found by fixed-point iteration: a shift changes by less than 1 part in 1,000.
 */
static void node(const struct tables *t, double lon_deg, double lat_deg,
                 float out[2])
{
    double e, n, shift[2], lon, lat;

    tmerc_forward(&t->airy, lon_deg, lat_deg, &e, &n);
    shift_at(t, e, n, shift);
    for (int i = 0; i < 4; i++)
        shift_at(t, e - shift[0], n - shift[1], shift);
    tmerc_inverse(&t->grs80, e - shift[0], n - shift[1], &lon, &lat);
    out[0] = (float)((lat - lat_deg) * 3600);
    out[1] = (float)((lon - lon_deg) * 3600);
}

static enum tr_status build(const struct tables *t, struct tr_buf *out,
                            struct tr_error *err)
{
    float *shifts =
        malloc((size_t)GRID_ROWS * GRID_COLUMNS * 2 * sizeof *shifts);
    float *p = shifts;

    if (!shifts)
        return tr_fail(err, TR_ENOMEM, "no memory left for the OSTN15 grid");
    for (int row = 0; row < GRID_ROWS; row++)
        for (int column = 0; column < GRID_COLUMNS; column++, p += 2)
            node(t, WEST_DEG + column * STEP_DEG, NORTH_DEG - row * STEP_DEG,
                 p);

    const struct gtg g = {
        .west_deg = WEST_DEG,
        .north_deg = NORTH_DEG,
        .step_deg = STEP_DEG,
        .n_columns = GRID_COLUMNS,
        .n_rows = GRID_ROWS,
        .shifts = shifts,
        .source_srid = 4277,
        .target_srid = 4258,
        .description = "OSGB36 to ETRS89, resampled from the OSTN15 tables of "
                       "the Debian package " DEBIAN_PACKAGE,
        .copyright =
            "(c) Copyright and database rights Ordnance Survey Limited 2016, "
            "(c) Crown copyright and database rights Land & Property Services "
            "2016 and/or (c) Ordnance Survey Ireland, 2016. All rights "
            "reserved.",
    };
    enum tr_status st = gtg_write(&g, out, err);

    free(shifts);
    return st;
}

/* Make a folder and those above it. */
static enum tr_status make_folder(const char *dir, struct tr_error *err)
{
    char path[4096];

    if ((size_t)snprintf(path, sizeof path, "%s", dir) >= sizeof path)
        return tr_fail(err, TR_ECREATE, "folder name '%.40s...' is too long",
                       dir);
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        mkdir(path, 0755);
        *p = '/';
    }
    if (mkdir(path, 0755) && errno != EEXIST)
        return tr_fail(err, TR_ECREATE, "folder '%s' cannot be made: %s", dir,
                       strerror(errno));
    return TR_OK;
}

static bool write_all(int fd, const unsigned char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
    return fchmod(fd, 0644) == 0 && fsync(fd) == 0;
}

/* Aside first: PROJ must never meet half a grid. */
static enum tr_status write_file(const char *dir, const struct tr_buf *b,
                                 struct tr_error *err)
{
    char aside[4200], path[4200];

    snprintf(aside, sizeof aside, "%s/.ostn15-XXXXXX", dir);
    snprintf(path, sizeof path, "%s/" TR_OSTN15_FILE, dir);

    int fd = mkstemp(aside);

    if (fd < 0)
        return tr_fail(err, TR_ECREATE, "no file can be made in '%s': %s", dir,
                       strerror(errno));

    bool ok = write_all(fd, b->data, b->len);

    ok = close(fd) == 0 && ok;
    if (ok && rename(aside, path) == 0)
        return TR_OK;

    int reason = errno;

    unlink(aside);
    return tr_fail(err, TR_EIO, "'%s' cannot be written: %s", path,
                   strerror(reason));
}

enum tr_status tr_ostn15_build(const char *table_dir, const char *out_dir,
                               struct tr_error *err)
{
    struct tables t;
    struct tr_buf b;
    enum tr_status st = tables_open(table_dir, &t, err);

    tr_buf_init(&b, MAX_FILE_BYTES);
    if (!st)
        st = make_folder(out_dir, err);
    if (!st)
        st = build(&t, &b, err);
    if (!st)
        st = write_file(out_dir, &b, err);
    tr_buf_clear(&b);
    tables_close(&t);
    return st;
}
