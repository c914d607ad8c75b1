/* cmd_report.c - the papers that people take into a meeting. */
#include <string.h>

#include "cli/moved.h"
#include "cli/report_inputs.h"
#include "cli/report_picture.h"

#define MOST_BYTES  ((size_t)256 * 1024 * 1024)
#define PLAIN_WIDTH 78

struct asked {               /* the command line */
    const char *kind, *what; /* "site", "Town Hall" */
    const char *format, *out, *since;
    long long run;
    int32_t as_of;
};

struct report { /* what a paper is made from */
    struct cli *cli;
    const struct asked *asked;
    struct store *store;
    struct report_input in;
};

static enum tr_status site_paper(struct report *r, struct tr_paper **out,
                                 struct tr_error *err)
{
    const struct report_decision *history = NULL;
    size_t site, n = 0;
    enum tr_status st = cli_site(r->in.s, r->asked->what, &site, err);

    if (!st)
        st = report_history(r->cli, r->store, r->in.s, site, &history, &n, err);
    if (!st)
        st = report_picture_site(r->cli, &r->in, site, err);
    return st ? st : report_site(&r->in, site, history, n, out, err);
}

static enum tr_status gap_paper(struct report *r, struct tr_paper **out,
                                struct tr_error *err)
{
    size_t site;
    enum tr_status st = cli_site(r->in.s, r->asked->what, &site, err);

    return st ? st : report_gap(&r->in, site, out, err);
}

static enum tr_status equality_paper(struct report *r, struct tr_paper **out,
                                     struct tr_error *err)
{
    size_t site;
    enum tr_status st = cli_site(r->in.s, r->asked->what, &site, err);

    return st ? st : report_equality(&r->in, site, out, err);
}

/* "localities=North", or one of another vintage: "localities-2017=North". */
static enum tr_status area_paper(struct report *r, struct tr_paper **out,
                                 struct tr_error *err)
{
    const struct tr_area_set *set;
    struct tr_query q = { .limit = 0 };
    int32_t area;
    enum tr_status st = tr_query_area(r->asked->what, r->cli->arena, &q, err);

    if (st)
        return st;
    set = tr_snapshot_area_set(r->in.s, q.area_set);
    if (!set)
        return tr_fail(err, TR_ENOTFOUND,
                       "no area set '%.60s': 'terrier areas' lists them",
                       q.area_set);
    area = tr_area_named(set, q.area);
    if (area == TR_NO_AREA)
        return tr_fail(
            err, TR_ENOTFOUND,
            "'%s' has no area '%.60s': 'terrier areas %s' lists them", set->id,
            q.area, set->set);
    st = report_picture_area(r->cli, &r->in, set, area, err);
    return st ? st : report_area(&r->in, set, area, out, err);
}

/* The classes of the earlier run as this audience may read them. */
static void count_then(const struct report *r, const struct moved_run *run,
                       long counts[TR_CLASSES])
{
    const struct tr_audience *who = &r->in.s->audience;
    enum tr_class k;

    for (size_t i = 0; i < run->n; i++) {
        if (tr_class_parse(run->list[i].class_name, &k) &&
            tr_snapshot_site(r->in.s, run->list[i].site_id) != SIZE_MAX)
            counts[tr_class_shown(who, k)]++;
    }
}

static enum tr_status list_moves(struct report *r, const struct moved_run *from,
                                 const struct moved_run *to,
                                 struct report_since *since,
                                 struct tr_error *err)
{
    const struct moved_site *moved;
    struct report_move *list;
    size_t n;
    enum tr_status st = moved_list(from, to, &moved, &n, err);

    if (st)
        return st;
    list = tr_arena_array(r->cli->arena, n + 1, sizeof *list);
    if (!list)
        return tr_fail(err, TR_ENOMEM, "no memory left for the paper");
    for (size_t i = 0; i < n; i++)
        list[i] = (struct report_move){ moved[i].site_id, moved[i].from,
                                        moved[i].to, moved[i].cause };
    since->moves = list;
    since->n_moves = n;
    return TR_OK;
}

static enum tr_status board_paper(struct report *r, struct tr_paper **out,
                                  struct tr_error *err)
{
    struct report_since since = { .n_moves = 0 };
    struct moved_run from, to;
    char now[32];
    enum tr_status st = TR_OK;

    if (!r->asked->since)
        return tr_fail(err, TR_EINVAL, "say since which run: --since RUN");
    if (!r->in.run.id)
        st = tr_fail(err, TR_ENOTFOUND,
                     "no run is adopted for '%s': terrier classify --adopt",
                     r->in.s->audience.name);
    snprintf(now, sizeof now, "%lld", (long long)r->in.run.id);
    if (!st)
        st = moved_read(r->cli, r->store, &r->in.s->audience, r->asked->since,
                        &from, err);
    if (!st)
        st = report_run_read(r->cli, r->store, r->in.s, from.id, &since.before,
                             err);
    if (!st)
        st = moved_read(r->cli, r->store, &r->in.s->audience, now, &to, err);
    if (!st)
        st = list_moves(r, &from, &to, &since, err);
    if (!st)
        st = report_dues(r->cli, r->store, r->in.s, &since.due, &since.n_due,
                         err);
    if (st)
        return st;
    count_then(r, &from, since.counts);
    return report_board(&r->in, &since, out, err);
}

static enum tr_status partner_paper(struct report *r, struct tr_paper **out,
                                    struct tr_error *err)
{
    for (uint32_t i = 0; i < r->in.s->n_places; i++) {
        const struct tr_place *place = r->in.s->places[i];
        const struct tr_organisation *o =
            tr_place_organisation(place, r->asked->what);

        if (o)
            return report_partner(
                &r->in, i, (int32_t)(o - place->organisations), out, err);
    }
    return tr_fail(err, TR_ENOTFOUND, "no organisation '%.60s'",
                   r->asked->what);
}

/* ---- writing ---- */

static enum tr_status write_paper(struct cli *cli, const struct asked *o,
                                  const struct tr_paper *p,
                                  struct tr_error *err)
{
    enum tr_status st = TR_OK;
    struct tr_buf b;

    tr_buf_init(&b, MOST_BYTES);
    if (strcmp(o->format, "html") == 0)
        tr_paper_html(p, &b);
    else if (strcmp(o->format, "text") == 0)
        tr_paper_plain(p, PLAIN_WIDTH, &b);
    else
        st = tr_paper_pdf(p, &b, err);
    if (!st)
        st = cli_write(o->out, &b, "the paper", err);
    tr_buf_clear(&b);
    if (!st && o->out)
        cli_note(cli, "%s: %s, %s", o->out, p->kind, p->audience);
    return st;
}

static const struct {
    const char *name;
    bool what; /* it is about something that the words name */
    enum tr_status (*make)(struct report *r, struct tr_paper **out,
                           struct tr_error *err);
} kinds[] = {
    { "site", true, site_paper },         { "gap", true, gap_paper },
    { "equality", true, equality_paper }, { "area", true, area_paper },
    { "board", false, board_paper },      { "partner", true, partner_paper },
};

static enum tr_status make(struct cli *cli, const struct asked *o,
                           struct tr_error *err)
{
    struct report r = { .cli = cli, .asked = o };
    struct tr_paper *p;
    size_t i = 0, n = sizeof kinds / sizeof *kinds;
    enum tr_status st;

    while (i < n && strcmp(kinds[i].name, o->kind) != 0)
        i++;
    if (i == n)
        return tr_fail(err, TR_EINVAL,
                       "a paper is one of site, gap, equality, area, board and "
                       "partner, not '%.40s'",
                       o->kind);
    if (kinds[i].what != (o->what != NULL))
        return tr_fail(err, TR_EINVAL,
                       o->what ? "report %s takes options only"
                               : "report %s needs to know which",
                       o->kind);
    st = report_open(cli, o->run, o->as_of, &r.in, &r.store, err);
    if (!st)
        st = kinds[i].make(&r, &p, err);
    return st ? st : write_paper(cli, o, p, err);
}

enum tr_status cmd_report(struct cli *cli, int argc, char **argv,
                          struct tr_error *err)
{
    struct asked o = { .format = "html", .as_of = TR_NO_DATE };
    const char *run = NULL, *as_of = NULL;
    const struct cli_option options[] = {
        { "format", "NAME", "html (the default), pdf or text", &o.format,
          NULL },
        { "out", "FILE", "write to a file", &o.out, NULL },
        { "run", "N", "its classes (default: the adopted run's)", &run, NULL },
        { "since", "RUN", "of the board: what moved since that run", &o.since,
          NULL },
        { "as-of", "DATE", "the paper's date: ages and what is due", &as_of,
          NULL },
    };
    struct cli_arguments rest;
    enum tr_status st =
        cli_parse(cli_command_named("report"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);

    if (!st && (rest.n < 1 || rest.n > 2))
        st = tr_fail(err, TR_EINVAL,
                     "say which paper: report site SITE, gap SITE, equality "
                     "SITE, area SET=AREA, board --since RUN or partner "
                     "ORGANISATION");
    if (!st && strcmp(o.format, "html") != 0 && strcmp(o.format, "pdf") != 0 &&
        strcmp(o.format, "text") != 0)
        st = tr_fail(err, TR_EINVAL,
                     "--format is html, pdf or text, not '%.20s'", o.format);
    if (!st)
        st = cli_number("run", run, 1, INT64_MAX, &o.run, err);
    if (!st)
        st = cli_date("as-of", as_of, &o.as_of, err);
    if (st)
        return st;
    o.kind = rest.list[0];
    o.what = rest.n == 2 ? rest.list[1] : NULL;
    return make(cli, &o, err);
}
