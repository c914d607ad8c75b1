/* cmd_areas.c - the area sets, and the sites that a new vintage moved. */
#include <string.h>

#include "cli/cli.h"
#include "terrier/csv.h"
#include "terrier/edges.h"
#include "terrier/json.h"

static void print_sets(const struct tr_snapshot *s)
{
    printf("%-26s %-12s %8s %8s %8s %9s  %s\n", "set", "vintage", "areas",
           "inside", "probable", "elsewhere", "");
    for (size_t i = 0; i < s->n_area_sets; i++) {
        const struct tr_area_set *set = &s->area_sets[i];
        size_t n[TR_CERTAINTIES] = { 0 };

        for (size_t k = 0; k < s->n_sites; k++)
            n[set->site_certainty[k]]++;
        printf("%-26s %-12s %8zu %8zu %8zu %9zu  %s\n", set->id, set->vintage,
               set->n, n[TR_INSIDE], n[TR_PROBABLE],
               n[TR_OUTSIDE] + n[TR_NO_POINT] + n[TR_NOT_PUBLISHED],
               set->latest ? "latest" : "");
    }
}

static enum tr_status write_json(struct tr_buf *b, struct tr_error *err)
{
    enum tr_status st;

    tr_buf_byte(b, '\n');
    st = cli_write(NULL, b, "the areas", err);
    tr_buf_clear(b);
    return st;
}

static enum tr_status sets_json(const struct tr_snapshot *s,
                                struct tr_error *err)
{
    struct tr_buf b;
    struct tr_json j;

    tr_buf_init(&b, (size_t)64 * 1024 * 1024);
    tr_json_init(&j, &b);
    tr_json_open_list(&j);
    for (size_t i = 0; i < s->n_area_sets; i++) {
        const struct tr_area_set *set = &s->area_sets[i];
        size_t n[TR_CERTAINTIES] = { 0 };

        for (size_t k = 0; k < s->n_sites; k++)
            n[set->site_certainty[k]]++;
        tr_json_open_map(&j);
        tr_json_put_text(&j, "id", set->id);
        tr_json_put_text(&j, "set", set->set);
        tr_json_put_text(&j, "vintage", set->vintage);
        tr_json_put_text(&j, "title", set->title);
        tr_json_put_bool(&j, "latest", set->latest);
        tr_json_put_int(&j, "areas", (int64_t)set->n);
        tr_json_key(&j, "sites");
        tr_json_open_map(&j);
        for (int c = 0; c < TR_CERTAINTIES; c++)
            tr_json_put_int(&j, tr_certainty_name((enum tr_certainty)c),
                            (int64_t)n[c]);
        tr_json_close_map(&j);
        tr_json_close_map(&j);
    }
    tr_json_close_list(&j);
    return write_json(&b, err);
}

static size_t count_sites(const struct tr_snapshot *s,
                          const struct tr_area_set *set, size_t area)
{
    size_t n = 0;

    for (size_t k = 0; k < s->n_sites; k++)
        n += set->site_area[k] == (int32_t)area;
    return n;
}

static enum tr_status areas_json(const struct tr_snapshot *s,
                                 const struct tr_area_set *set,
                                 struct tr_error *err)
{
    struct tr_buf b;
    struct tr_json j;

    tr_buf_init(&b, (size_t)64 * 1024 * 1024);
    tr_json_init(&j, &b);
    tr_json_open_list(&j);
    for (size_t i = 0; i < set->n; i++) {
        tr_json_open_map(&j);
        tr_json_put_text(&j, "code", set->codes[i]);
        tr_json_put_text(&j, "name", set->names[i]);
        tr_json_put_int(&j, "sites", (int64_t)count_sites(s, set, i));
        tr_json_close_map(&j);
    }
    tr_json_close_list(&j);
    return write_json(&b, err);
}

static enum tr_status print_areas(const struct cli *cli,
                                  const struct tr_snapshot *s, const char *id,
                                  struct tr_error *err)
{
    const struct tr_area_set *set = tr_snapshot_area_set(s, id);

    if (!set)
        return tr_fail(err, TR_ENOTFOUND,
                       "no area set '%.60s'; 'terrier areas' lists them", id);
    if (cli->json)
        return areas_json(s, set, err);
    for (size_t i = 0; i < set->n; i++)
        printf("%-12s %-40s %6zu sites\n", set->codes[i], set->names[i],
               count_sites(s, set, i));
    return TR_OK;
}

static const char *area_name(const struct tr_area_set *set, size_t site)
{
    return set->site_area[site] == TR_NO_AREA
               ? tr_certainty_name((enum tr_certainty)set->site_certainty[site])
               : set->names[set->site_area[site]];
}

/* Another vintage of the same set. */
static const struct tr_area_set *vintage_of(const struct tr_snapshot *s,
                                            const struct tr_area_set *set,
                                            const char *vintage)
{
    for (size_t i = 0; i < s->n_area_sets; i++) {
        const struct tr_area_set *other = &s->area_sets[i];

        if (other->place == set->place && strcmp(other->set, set->set) == 0 &&
            strcmp(other->vintage, vintage) == 0)
            return other;
    }
    return NULL;
}

static enum tr_status print_moved(const struct cli *cli,
                                  const struct tr_snapshot *s, const char *id,
                                  const char *vintage, struct tr_error *err)
{
    const struct tr_area_set *now = tr_snapshot_area_set(s, id);
    const struct tr_area_set *then = now ? vintage_of(s, now, vintage) : NULL;
    const struct tr_column *name = tr_table_column(&s->sites, "name");
    struct tr_buf b;
    size_t moved = 0, unsure = 0;
    enum tr_status st;

    if (!then)
        return tr_fail(err, TR_ENOTFOUND,
                       "no vintage '%.30s' of '%.60s'; 'terrier areas' lists "
                       "them",
                       vintage, id);
    tr_buf_init(&b, (size_t)256 * 1024 * 1024);
    tr_buf_printf(&b, "site_id,name,%s,%s", then->id, now->id);
    tr_csv_end_row(&b);
    for (size_t i = 0; i < s->n_sites; i++) {
        const char *from = area_name(then, i), *to = area_name(now, i);

        if (strcmp(from, to) == 0)
            continue;
        if (i >= s->n_located) { /* only its outward code says where it is */
            unsure++;
            continue;
        }
        tr_csv_write(&b, s->site_ids[i], true, true);
        tr_csv_write(&b, name && tr_has(name, i) ? tr_text_at(name, i) : "",
                     false, true);
        tr_csv_write(&b, from, false, true);
        tr_csv_write(&b, to, false, true);
        tr_csv_end_row(&b);
        moved++;
    }
    cli_note(cli, "%zu sites are elsewhere in %s than in %s", moved, now->id,
             then->id);
    if (unsure)
        cli_note(
            cli,
            "%zu more have no point: what their outward code tells differs",
            unsure);
    st = cli_write(NULL, &b, "the moved sites", err);
    tr_buf_clear(&b);
    return st;
}

static const char *edge_name(const struct tr_area_set *set, int32_t area)
{
    return area == TR_NO_AREA ? "" : set->names[area];
}

static enum tr_status print_edges(struct cli *cli, const struct tr_snapshot *s,
                                  const char *id, struct tr_error *err)
{
    const struct tr_area_set *set = tr_snapshot_area_set(s, id);
    const struct tr_column *name = tr_table_column(&s->sites, "name");
    const struct tr_edge_site *edges;
    struct tr_buf b;
    size_t n;
    enum tr_status st;

    if (!set)
        return tr_fail(err, TR_ENOTFOUND,
                       "no area set '%.60s'; 'terrier areas' lists them", id);
    st = tr_edges(s, set, cli->arena, &edges, &n, err);
    if (st)
        return st;
    tr_buf_init(&b, (size_t)256 * 1024 * 1024);
    tr_buf_str(&b, "site_id,name,area,neighbour,distance_m,precision_m");
    tr_csv_end_row(&b);
    for (size_t i = 0; i < n; i++) {
        const struct tr_edge_site *e = &edges[i];

        tr_csv_write(&b, s->site_ids[e->site], true, true);
        tr_csv_write(
            &b, name && tr_has(name, e->site) ? tr_text_at(name, e->site) : "",
            false, true);
        tr_csv_write(&b, edge_name(set, e->area), false, true);
        tr_csv_write(&b, edge_name(set, e->neighbour), false, true);
        tr_buf_printf(&b, ",%.3f,%lld", (double)e->distance_mm / 1000,
                      (long long)(e->precision_mm / 1000));
        tr_csv_end_row(&b);
    }
    cli_note(cli,
             "%zu of %zu located sites are nearer to an edge of %s than "
             "they are precise",
             n, s->n_located, set->id);
    st = cli_write(NULL, &b, "the sites at edges", err);
    tr_buf_clear(&b);
    return st;
}

enum tr_status cmd_areas(struct cli *cli, int argc, char **argv,
                         struct tr_error *err)
{
    const char *moved = NULL;
    bool edges = false;
    const struct cli_option options[] = {
        { "moved", "VINTAGE", "sites in another area than in that vintage",
          &moved, NULL },
        { "edges", NULL,
          "sites nearer to their area's edge than they are precise", NULL,
          &edges },
    };
    const struct tr_snapshot *s;
    struct cli_arguments rest;
    enum tr_status st =
        cli_parse(cli_command_named("areas"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);

    if (!st && rest.n > 1)
        st = tr_fail(err, TR_EINVAL, "areas takes one SET at most");
    if (!st && moved && !rest.n)
        st = tr_fail(err, TR_EINVAL,
                     "say which set: areas localities --moved 2017");
    if (!st && edges && (moved || !rest.n))
        st = tr_fail(err, TR_EINVAL,
                     "say which set, and one thing: areas localities --edges");
    if (!st)
        st = cli_snapshot(cli, "operator", TR_NO_DATE, &s, err);
    if (st)
        return st;
    if (edges)
        return print_edges(cli, s, rest.list[0], err);
    if (moved)
        return print_moved(cli, s, rest.list[0], moved, err);
    if (rest.n)
        return print_areas(cli, s, rest.list[0], err);
    if (cli->json)
        return sets_json(s, err);
    print_sets(s);
    return TR_OK;
}
