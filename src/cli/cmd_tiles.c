/* cmd_tiles.c - an audience's pyramid of vector tiles in one file. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "terrier/archive.h"
#include "terrier/json.h"

#define MOST 256 /* names in a list */

struct arguments {
    const char *out, *collections, *min_zoom, *max_zoom, *filter, *properties;
    const char *day;
    bool replace;
};

struct shown { /* on the terminal */
    struct timespec last;
    bool any;
};

/* ---- options ---- */

static enum tr_status split(struct cli *cli, const char *option,
                            const char *text, const char *const **out,
                            size_t *n, struct tr_error *err)
{
    const char **list = tr_arena_array(cli->arena, MOST, sizeof *list);
    size_t count = 0;

    if (!list)
        return tr_fail(err, TR_ENOMEM, "no memory left");
    while (*text) {
        size_t len = strcspn(text, ",");

        if (count == MOST)
            return tr_fail(err, TR_ELIMIT, "--%s takes at most %d names",
                           option, MOST);
        if (len) {
            list[count] = tr_arena_text(cli->arena, text, len);
            if (!list[count++])
                return tr_fail(err, TR_ENOMEM, "no memory left");
        }
        text += len + (text[len] == ',');
    }
    if (!count)
        return tr_fail(err, TR_EINVAL, "--%s names nothing", option);
    *out = list;
    *n = count;
    return TR_OK;
}

static enum tr_status choose_collections(struct cli *cli,
                                         const struct tr_snapshot *s,
                                         const char *names,
                                         struct tr_archive_options *o,
                                         struct tr_error *err)
{
    const char *const *ids;
    struct tr_collection *list;
    enum tr_status st;
    size_t n;

    if (!names)
        return tr_collections(s, cli->arena, &o->collections, &o->n_collections,
                              err);
    st = split(cli, "collection", names, &ids, &n, err);
    list = st ? NULL : tr_arena_array(cli->arena, n, sizeof *list);
    if (!st && !list)
        st = tr_fail(err, TR_ENOMEM, "no memory left");
    for (size_t i = 0; !st && i < n; i++) {
        st = tr_collection_open(s, ids[i], &list[i], err);
        for (size_t k = 0; !st && k < i; k++) {
            if (strcmp(list[k].id, list[i].id) == 0)
                st = tr_fail(err, TR_EINVAL, "--collection names '%.60s' twice",
                             list[i].id);
        }
    }
    o->collections = list;
    o->n_collections = n;
    return st;
}

static enum tr_status read_zooms(const struct arguments *args,
                                 struct tr_archive_options *o,
                                 struct tr_error *err)
{
    long long low = 0, high = 14;
    enum tr_status st =
        cli_number("minzoom", args->min_zoom, 0, TR_MAX_ZOOM, &low, err);

    if (!st)
        st = cli_number("maxzoom", args->max_zoom, 0, TR_MAX_ZOOM, &high, err);
    if (!st && low > high)
        st = tr_fail(err, TR_EINVAL, "--minzoom %lld is above --maxzoom %lld",
                     low, high);
    o->min_zoom = (uint32_t)low;
    o->max_zoom = (uint32_t)high;
    return st;
}

static enum tr_status read_options(struct cli *cli,
                                   const struct arguments *args,
                                   const struct tr_snapshot *s,
                                   struct tr_archive_options *o,
                                   struct tr_error *err)
{
    enum tr_status st = choose_collections(cli, s, args->collections, o, err);

    if (!st && args->properties)
        st = split(cli, "properties", args->properties, &o->tile.properties,
                   &o->tile.n_properties, err);
    if (!st)
        st = cli_filter("filter", args->filter, cli->arena, &o->tile.filter,
                        err);
    if (!st && o->n_collections != 1 && (o->tile.filter || args->properties))
        st = tr_fail(err, TR_EINVAL,
                     "--filter and --properties are about one collection: say "
                     "which, such as --collection sites");
    o->filter = args->filter;
    o->replace = args->replace;
    o->threads = (unsigned)config_number(&cli->config, SETTING_THREADS);
    o->build = cli_build(cli);
    o->name = s->n_places == 1        ? s->places[0]->title
              : o->n_collections == 1 ? o->collections[0].title
                                      : "Terrier";
    if (!st && !o->build)
        st = tr_fail(err, TR_ENOMEM, "no memory left");
    return st;
}

/* ---- progress ---- */

static void show(void *context, const struct tr_archive_progress *p)
{
    struct shown *shown = context;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (shown->any && p->done < p->total &&
        (now.tv_sec - shown->last.tv_sec) * 1000 +
                (now.tv_nsec - shown->last.tv_nsec) / 1000000 <
            200)
        return;
    shown->last = now;
    shown->any = true;
    fprintf(stderr, "\r%3zu %%  zoom %-2u  %zu of %zu tiles  %llu MB   ",
            p->total ? p->done * 100 / p->total : 100, p->zoom, p->done,
            p->total, (unsigned long long)(p->bytes / 1000000));
    fflush(stderr);
}

static void say(const struct cli *cli, const char *path,
                const struct tr_snapshot *s, const struct tr_archive_report *r)
{
    if (r->start == TR_ARCHIVE_CONTINUED)
        cli_note(cli,
                 "went on from '%s.partial', which had %zu of %zu addresses",
                 path, r->continued, r->total);
    if (r->start == TR_ARCHIVE_RESTARTED)
        cli_note(cli,
                 "began again: '%s.partial' was of other data, options or "
                 "another build, or damaged",
                 path);
    cli_note(cli,
             "wrote '%s': %zu tiles (%zu different ones), %llu bytes, for the "
             "audience '%s'",
             path, r->tiles, r->contents, (unsigned long long)r->bytes,
             s->audience.name);
}

static enum tr_status print_json(const char *path, const struct tr_snapshot *s,
                                 const struct tr_archive_options *o,
                                 const struct tr_archive_report *r,
                                 struct tr_error *err)
{
    struct tr_buf b;
    struct tr_json j;
    enum tr_status st;

    tr_buf_init(&b, (size_t)1024 * 1024);
    tr_json_init(&j, &b);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "file", path);
    tr_json_put_text(&j, "audience", s->audience.name);
    tr_json_put_text(&j, "version", s->version);
    tr_json_key(&j, "collections");
    tr_json_open_list(&j);
    for (size_t i = 0; i < o->n_collections; i++)
        tr_json_text(&j, o->collections[i].id);
    tr_json_close_list(&j);
    tr_json_put_int(&j, "minzoom", o->min_zoom);
    tr_json_put_int(&j, "maxzoom", o->max_zoom);
    tr_json_put_int(&j, "tiles", (int64_t)r->tiles);
    tr_json_put_int(&j, "contents", (int64_t)r->contents);
    tr_json_put_int(&j, "bytes", (int64_t)r->bytes);
    tr_json_put_int(&j, "continued", (int64_t)r->continued);
    tr_json_close_map(&j);
    tr_buf_byte(&b, '\n');
    st = cli_write(NULL, &b, "the report", err);
    tr_buf_clear(&b);
    return st;
}

/* ---- the command ---- */

static enum tr_status run_tiles(struct cli *cli, const struct arguments *args,
                                int32_t as_of, struct tr_error *err)
{
    struct tr_archive_options o = { 0 };
    struct tr_archive_report report;
    struct shown shown = { 0 };
    const struct tr_snapshot *s;
    enum tr_status st = read_zooms(args, &o, err);

    if (!st)
        st = cli_snapshot(cli, "public", as_of, &s, err);
    if (!st && !s->n_places && !s->n_layers)
        st = tr_fail(err, TR_ENOINPUT,
                     "nothing is loaded in the store '%s': load a folder of "
                     "profiles first, see 'terrier load --help'",
                     cli->config.values[SETTING_STORE]);
    if (!st)
        st = read_options(cli, args, s, &o, err);
    if (st)
        return st;
    if (!cli->quiet && isatty(STDERR_FILENO)) {
        o.progress = show;
        o.context = &shown;
    }
    st = tr_archive_write(&o, args->out, &report, err);
    if (shown.any)
        fputc('\n', stderr);
    if (st)
        return st;
    say(cli, args->out, s, &report);
    return cli->json ? print_json(args->out, s, &o, &report, err) : TR_OK;
}

enum tr_status cmd_tiles(struct cli *cli, int argc, char **argv,
                         struct tr_error *err)
{
    struct arguments a = { 0 };
    const struct cli_option options[] = {
        { "out", "FILE", "FILE.pmtiles or FILE.mbtiles", &a.out, NULL },
        { "collection", "C,C,...",
          "sites, area sets, other layers (default all)", &a.collections,
          NULL },
        { "minzoom", "Z", "from this zoom (default 0)", &a.min_zoom, NULL },
        { "maxzoom", "Z", "to this zoom (default 14, at most 22)", &a.max_zoom,
          NULL },
        { "filter", "CQL2", "only features for which this is true", &a.filter,
          NULL },
        { "properties", "P,P,...", "what features carry", &a.properties, NULL },
        { "as-of", "DATE", "as it was to be seen that day (default today)",
          &a.day, NULL },
        { "replace", NULL, "take the place of a file that is there", NULL,
          &a.replace },
    };
    struct cli_arguments rest;
    int32_t as_of = TR_NO_DATE;
    enum tr_status st =
        cli_parse(cli_command_named("tiles"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);

    if (!st && rest.n)
        st = tr_fail(err, TR_EINVAL, "'%.60s' is one argument too many",
                     rest.list[0]);
    if (!st && !a.out)
        st = tr_fail(err, TR_EINVAL,
                     "say where: --out FILE.pmtiles or --out FILE.mbtiles");
    if (!st && a.day)
        st = cli_date("as-of", a.day, &as_of, err);
    /* What leaves the house is public unless the command itself says who it is
     * for: a configured audience does not count. */
    if (!cli->audience)
        cli->audience = "public";
    if (!st && strcmp(cli->audience, "operator") == 0)
        st =
            tr_fail(err, TR_EDENIED,
                    "tiles are for an audience of the map, and the operator is "
                    "none: say --audience public, partnership or partner:CODE");
    return st ? st : run_tiles(cli, &a, as_of, err);
}
