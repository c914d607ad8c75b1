/* cmd_query.c - ask a collection; the same bytes as over HTTP. */
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "terrier/crs.h"
#include "terrier/encode.h"

#define MAX_ANSWER     ((size_t)4 * 1024 * 1024 * 1024)
#define TERMINAL_WIDTH 100
#define PIPE_WIDTH     200 /* whoever reads a pipe or a file has room */

struct asked { /* the options, as text */
    const char *collection, *filter, *bbox, *near, *within, *area, *sort,
        *limit, *offset, *datetime, *format, *properties, *crs, *out;
};

static enum tr_status read_near(struct cli *cli, const struct asked *a,
                                const struct tr_snapshot *s, struct tr_query *q,
                                struct tr_error *err)
{
    struct tr_crs *crs;
    double within_m = 800;
    enum tr_status st = cli_real("within", a->within, &within_m, err);

    if (st || !a->near)
        return st;
    st = tr_crs_open(cli_grid_dir(cli), &crs, err);
    if (st)
        return st;
    st = tr_query_near(s, crs, a->near, within_m, q, err);
    tr_crs_close(crs);
    return st;
}

static enum tr_status read_query(struct cli *cli, const struct asked *a,
                                 const struct tr_snapshot *s,
                                 struct tr_query *q, struct tr_error *err)
{
    long long limit = 0, offset = 0;
    enum tr_status st =
        cli_filter("filter", a->filter, cli->arena, &q->filter, err);

    q->collection = a->collection;
    q->sort = a->sort ? a->sort : a->near ? "distance" : NULL;
    if (!st)
        st = cli_number("limit", a->limit, 1, INT32_MAX, &limit, err);
    if (!st)
        st = cli_number("offset", a->offset, 0, INT32_MAX, &offset, err);
    if (!st && a->bbox)
        st = tr_query_bbox(a->bbox, q, err);
    if (!st && a->datetime)
        st = tr_query_datetime(a->datetime, q, err);
    if (!st && a->area)
        st = tr_query_area(a->area, cli->arena, q, err);
    q->limit = (size_t)limit;
    q->offset = (size_t)offset;
    return st ? st : read_near(cli, a, s, q, err);
}

static enum tr_status split_properties(struct cli *cli, const char *text,
                                       struct tr_feature_options *o,
                                       struct tr_error *err)
{
    const char **list = tr_arena_array(cli->arena, 256, sizeof *list);

    if (!text)
        return TR_OK;
    if (!list)
        return tr_fail(err, TR_ENOMEM, "no memory left");
    o->properties = list;
    while (*text) {
        size_t len = strcspn(text, ",");

        if (o->n_properties == 256)
            return tr_fail(err, TR_EINVAL, "at most 256 properties");
        if (len)
            list[o->n_properties++] = tr_arena_text(cli->arena, text, len);
        text += len + (text[len] == ',');
    }
    return TR_OK;
}

static enum tr_status encode(const char *format,
                             const struct tr_query_result *r,
                             struct tr_feature_options *o, bool to_terminal,
                             struct tr_buf *b, struct tr_error *err)
{
    o->has_envelope = true;
    if (strcmp(format, "csv") == 0)
        return tr_encode_csv(r, o, b, err);
    if (strcmp(format, "json") == 0 || strcmp(format, "geojson") == 0)
        return tr_encode_geojson(r, o, b, err);
    if (strcmp(format, "table") == 0)
        return tr_encode_table(r, o, to_terminal ? TERMINAL_WIDTH : PIPE_WIDTH,
                               b, err);
    return tr_fail(err, TR_EINVAL,
                   "--format is table, csv, json or geojson, not '%.60s'",
                   format);
}

enum tr_status cmd_query(struct cli *cli, int argc, char **argv,
                         struct tr_error *err)
{
    struct asked a = { .collection = "sites" };
    const struct cli_option options[] = {
        { "collection", "NAME",
          "sites, footprints, an area set or a layer (default "
          "sites)",
          &a.collection, NULL },
        { "filter", "CQL2", "only those for which it is true", &a.filter,
          NULL },
        { "bbox", "W,S,E,N", "only those within, in degrees", &a.bbox, NULL },
        { "near", "PLACE", "LON,LAT or a postcode; nearest first", &a.near,
          NULL },
        { "within", "M", "how near, in metres (default 800)", &a.within, NULL },
        { "area", "SET=AREA", "only those in an area: localities=North",
          &a.area, NULL },
        { "datetime", "WHEN",
          "only those in force then: 2024-03-31, or 2024-01-01/..", &a.datetime,
          NULL },
        { "sort", "PROPERTIES", "order: name,-floor_area_m2 (default: the id)",
          &a.sort, NULL },
        { "limit", "N", "at most N", &a.limit, NULL },
        { "offset", "N", "leave out the first N", &a.offset, NULL },
        { "properties", "LIST", "only these properties: name,class",
          &a.properties, NULL },
        { "crs", "CRS", "of the coordinates written: EPSG:4326 or EPSG:27700",
          &a.crs, NULL },
        { "format", "F", "table, csv, json or geojson", &a.format, NULL },
        { "out", "FILE", "write there instead of stdout", &a.out, NULL },
    };
    struct tr_feature_options o = { .srid = 4326 };
    const struct tr_snapshot *s;
    struct cli_arguments rest;
    struct tr_query q = { 0 };
    struct tr_query_result r;
    struct tr_buf b;
    enum tr_status st =
        cli_parse(cli_command_named("query"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);

    if (!st && rest.n)
        st = tr_fail(err, TR_EINVAL, "query takes options only, not '%.60s'",
                     rest.list[0]);
    if (!st && a.crs)
        st = tr_crs_parse(a.crs, &o.srid, err);
    if (!st)
        st = split_properties(cli, a.properties, &o, err);
    if (!st)
        st = cli_snapshot(cli, "operator", TR_NO_DATE, &s, err);
    if (!st)
        st = read_query(cli, &a, s, &q, err);
    if (!st)
        st = tr_query_run(s, &q, cli->arena, &r, err);
    if (st)
        return st;
    tr_buf_init(&b, MAX_ANSWER);
    st = encode(a.format    ? a.format
                : cli->json ? "json"
                            : "table",
                &r, &o, !a.out && isatty(STDOUT_FILENO), &b, err);
    if (!st)
        st = cli_write(a.out, &b, "the answer", err);
    tr_buf_clear(&b);
    return st;
}
