/* cmd_match.c - proposals of rows that are one site, and what a person says of
 * them. */
#include <string.h>

#include "cli/cli.h"
#include "ingest/match.h"
#include "store/ledger.h"
#include "terrier/csv.h"
#include "terrier/date.h"
#include "terrier/json.h"

#define MOST_BYTES ((size_t)256 * 1024 * 1024)

struct match_words { /* the options */
    const char *format, *because, *role, *name;
    bool all, uprns;
};

/* ---- what was said before ---- */

static const struct tr_match *said(const struct tr_snapshot *s, const char *id,
                                   const struct tr_place **place)
{
    for (size_t p = 0; p < s->n_places; p++) {
        for (size_t i = 0; i < s->places[p]->n_matches; i++) {
            if (strcmp(s->places[p]->matches[i].id, id) != 0)
                continue;
            *place = s->places[p];
            return &s->places[p]->matches[i];
        }
    }
    return NULL;
}

/* ---- the list ---- */

static const char *name_of(const struct tr_snapshot *s, uint32_t site)
{
    const struct tr_column *c = tr_table_column(&s->sites, "name");

    return c && tr_has(c, site) ? tr_text_at(c, site) : "";
}

static const struct tr_occupation *row_of(const struct tr_snapshot *s,
                                          uint32_t site)
{
    return &s->occupations[s->first_occupation[site]];
}

static const char *layer_of(const struct tr_snapshot *s, uint32_t site)
{
    return s->layers[row_of(s, site)->layer].name;
}

static void as_table(const struct tr_snapshot *s,
                     const struct match_proposal *p, struct tr_buf *b)
{
    tr_buf_printf(b, "%-15s %5d  %-18.18s %-34.34s\n%-22s %-18.18s %-34.34s\n",
                  p->id, p->score, layer_of(s, p->a), name_of(s, p->a), "",
                  layer_of(s, p->b), name_of(s, p->b));
    tr_buf_printf(b, "%-22s %s\n", "", p->why);
}

static void as_csv(const struct tr_snapshot *s, const struct match_proposal *p,
                   struct tr_buf *b)
{
    const uint32_t sites[] = { p->a, p->b };

    tr_csv_write(b, p->id, true, false);
    tr_buf_printf(b, ",%d,", p->score);
    if (p->distance_mm >= 0)
        tr_buf_printf(b, "%.1f", (double)p->distance_mm / 1000);
    for (size_t i = 0; i < 2; i++) {
        tr_csv_write(b, s->site_ids[sites[i]], false, true);
        tr_csv_write(b, layer_of(s, sites[i]), false, true);
        tr_csv_write(b, row_of(s, sites[i])->key, false, true);
        tr_csv_write(b, name_of(s, sites[i]), false, true);
    }
    tr_csv_write(b, p->why, false, true);
    tr_csv_end_row(b);
}

static void as_json(const struct tr_snapshot *s, const struct match_proposal *p,
                    struct tr_json *j)
{
    const uint32_t sites[] = { p->a, p->b };

    tr_json_open_map(j);
    tr_json_put_text(j, "id", p->id);
    tr_json_put_int(j, "score", p->score);
    if (p->distance_mm >= 0)
        tr_json_put_number(j, "distance_m", (double)p->distance_mm / 1000);
    tr_json_put_bool(j, "precise", p->precise);
    tr_json_put_bool(j, "same_uprn", p->same_uprn);
    tr_json_put_bool(j, "same_postcode", p->same_postcode);
    tr_json_put_text(j, "why", p->why);
    tr_json_key(j, "sites");
    tr_json_open_list(j);
    for (size_t i = 0; i < 2; i++) {
        tr_json_open_map(j);
        tr_json_put_text(j, "site_id", s->site_ids[sites[i]]);
        tr_json_put_text(j, "layer", layer_of(s, sites[i]));
        tr_json_put_text(j, "key", row_of(s, sites[i])->key);
        tr_json_put_text(j, "name", name_of(s, sites[i]));
        tr_json_close_map(j);
    }
    tr_json_close_list(j);
    tr_json_close_map(j);
}

enum look { TABLE, CSV, JSON };

static enum tr_status look_of(const struct cli *cli, const char *format,
                              enum look *out, struct tr_error *err)
{
    static const char *const names[] = { "table", "csv", "json" };

    if (cli->json) {
        *out = JSON;
        return TR_OK;
    }
    for (int i = 0; i < 3; i++) {
        if (strcmp(format, names[i]) == 0) {
            *out = (enum look)i;
            return TR_OK;
        }
    }
    return tr_fail(err, TR_EINVAL,
                   "--format is table, csv or json, not '%.20s'", format);
}

static enum tr_status write_list(struct tr_buf *b, struct tr_error *err)
{
    enum tr_status st = cli_write(NULL, b, "the proposals", err);

    tr_buf_clear(b);
    return st;
}

static enum tr_status list(struct cli *cli, const struct tr_snapshot *s,
                           const struct match_words *w, struct tr_error *err)
{
    const struct match_proposal *p;
    enum look look = TABLE;
    struct tr_buf b;
    struct tr_json j;
    size_t n, shown = 0;
    enum tr_status st = look_of(cli, w->format, &look, err);

    if (!st)
        st = match_propose(s, cli->arena, &p, &n, err);
    if (st)
        return st;
    tr_buf_init(&b, MOST_BYTES);
    tr_json_init(&j, &b);
    if (look == JSON)
        tr_json_open_list(&j);
    if (look == CSV) {
        tr_buf_str(&b, "id,score,distance_m,site_id_a,layer_a,key_a,name_a,"
                       "site_id_b,layer_b,key_b,name_b,why");
        tr_csv_end_row(&b);
    }
    for (size_t i = 0; i < n; i++) {
        const struct tr_place *place;

        if (!w->all && said(s, p[i].id, &place)) /* rejected */
            continue;
        shown++;
        if (look == JSON)
            as_json(s, &p[i], &j);
        else if (look == CSV)
            as_csv(s, &p[i], &b);
        else
            as_table(s, &p[i], &b);
    }
    if (look == JSON) {
        tr_json_close_list(&j);
        tr_buf_byte(&b, '\n');
    }
    cli_note(cli,
             "proposals: %zu; each waits for 'terrier match confirm ID' or "
             "'reject ID'",
             shown);
    return write_list(&b, err);
}

static enum tr_status list_uprns(struct cli *cli, const struct tr_snapshot *s,
                                 struct tr_error *err)
{
    const struct match_double *d;
    struct tr_buf b;
    size_t n;
    enum tr_status st = match_doubles(s, cli->arena, &d, &n, err);

    if (st)
        return st;
    tr_buf_init(&b, MOST_BYTES);
    tr_buf_str(&b, "layer,uprn,rows,why,keys");
    tr_csv_end_row(&b);
    for (size_t i = 0; i < n; i++) {
        tr_csv_write(&b, s->layers[d[i].layer].name, true, true);
        tr_csv_write(&b, d[i].uprn, false, true);
        tr_buf_printf(&b, ",%zu", d[i].n);
        tr_csv_write(&b, d[i].why, false, true);
        tr_csv_write(&b, d[i].keys, false, true);
        tr_csv_end_row(&b);
    }
    return write_list(&b, err);
}

/* ---- acts ---- */

static void put_row(struct tr_json *j, const char *layer, const char *key)
{
    tr_json_open_map(j);
    tr_json_put_text(j, "layer", layer);
    tr_json_put_text(j, "key", key);
    tr_json_close_map(j);
}

static enum tr_status find_proposal(struct cli *cli,
                                    const struct tr_snapshot *s, const char *id,
                                    const struct match_proposal **out,
                                    struct tr_error *err)
{
    size_t n;
    enum tr_status st = match_propose(s, cli->arena, out, &n, err);

    for (size_t i = 0; i < n && !st; i++, ++*out) {
        if (strcmp((*out)->id, id) == 0)
            return TR_OK;
    }
    return st ? st
              : tr_fail(err, TR_ENOTFOUND,
                        "no proposal '%.30s'; 'terrier match' lists them", id);
}

static void begin_act(struct tr_json *j, struct tr_buf *b, const char *what,
                      const char *id, int32_t on)
{
    char date[TR_DATE_TEXT];

    tr_date_text(on, date);
    tr_buf_init(b, 65536);
    tr_json_init(j, b);
    tr_json_open_map(j);
    tr_json_put_text(j, "do", what);
    tr_json_put_text(j, "id", id);
    tr_json_put_text(j, "on", date);
}

static enum tr_status record(struct cli *cli, struct store *store,
                             struct ledger_match *m, struct tr_buf *act,
                             struct tr_error *err)
{
    int64_t sequence;
    enum tr_status st;

    m->text = tr_buf_text(act);
    st = m->text ? ledger_match(store, m, &sequence, err)
                 : tr_fail(err, TR_ENOMEM, "no memory left for the matches");
    tr_buf_clear(act);
    if (!st && cli->json)
        printf("{\"entry\":%lld,\"do\":\"%s\"}\n", (long long)sequence,
               ledger_match_act_name(m->act));
    return st;
}

static enum tr_status undo(struct cli *cli, const struct tr_snapshot *s,
                           struct store *store, struct ledger_match *m,
                           struct tr_error *err)
{
    const struct match_proposal *p = NULL;
    const struct tr_place *place;
    const struct tr_match *before = said(s, m->id, &place);
    struct tr_buf b;
    struct tr_json j;
    enum tr_status st = before ? TR_OK : find_proposal(cli, s, m->id, &p, err);

    if (st)
        return st;
    m->place = p ? s->places[s->site_places[p->a]]->id : place->id;
    begin_act(&j, &b, "undo", m->id, s->as_of);
    tr_json_close_map(&j);
    st = record(cli, store, m, &b, err);
    if (!st)
        cli_note(cli, "%s is as it was before it was %s", m->id,
                 before && before->confirmed ? "confirmed" : "rejected");
    return st;
}

static const char *row_text(struct cli *cli, const struct tr_snapshot *s,
                            uint32_t site)
{
    return tr_arena_printf(cli->arena, "%s %s", layer_of(s, site),
                           row_of(s, site)->key);
}

static enum tr_status decide(struct cli *cli, const struct tr_snapshot *s,
                             struct store *store, struct ledger_match *m,
                             struct tr_error *err)
{
    const char *what = ledger_match_act_name(m->act);
    const struct match_proposal *p;
    const struct tr_place *place;
    struct tr_buf b;
    struct tr_json j;
    enum tr_status st;

    if (said(s, m->id, &place)) { /* by whom, the ledger knows */
        m->place = place->id;
        return ledger_match(store, m, NULL, err);
    }
    st = find_proposal(cli, s, m->id, &p, err);
    if (st)
        return st;
    begin_act(&j, &b, what, m->id, s->as_of);
    tr_json_key(&j, "rows");
    tr_json_open_list(&j);
    put_row(&j, layer_of(s, p->a), row_of(s, p->a)->key);
    put_row(&j, layer_of(s, p->b), row_of(s, p->b)->key);
    tr_json_close_list(&j);
    tr_json_put_text(&j, "because", p->why);
    tr_json_close_map(&j);
    m->place = s->places[s->site_places[p->a]]->id;
    m->rows[0] = row_text(cli, s, p->a);
    m->rows[1] = row_text(cli, s, p->b);
    st = record(cli, store, m, &b, err);
    if (!st)
        cli_note(cli, "%sed: '%s' and '%s'", what, name_of(s, p->a),
                 name_of(s, p->b));
    return st;
}

static enum tr_status act(struct cli *cli, const struct tr_snapshot *s,
                          const struct cli_arguments *rest,
                          const struct match_words *w, struct tr_error *err)
{
    struct ledger_match m = { .id = rest->list[1],
                              .act = LEDGER_CONFIRM,
                              .role = w->role,
                              .name = w->name,
                              .reason = w->because,
                              .text = "" };
    struct store *store;
    enum tr_status st = cli_store(cli, STORE_WRITE, &store, err);

    while (strcmp(ledger_match_act_name(m.act), rest->list[0]) != 0)
        m.act++;
    if (st)
        return st;
    return m.act == LEDGER_UNDO ? undo(cli, s, store, &m, err)
                                : decide(cli, s, store, &m, err);
}

enum tr_status cmd_match(struct cli *cli, int argc, char **argv,
                         struct tr_error *err)
{
    struct match_words w = { .format = "table", .role = "operator" };
    const struct cli_option options[] = {
        { "format", "NAME", "table (the default), csv or json", &w.format,
          NULL },
        { "all", NULL, "those that were rejected, too", NULL, &w.all },
        { "uprns", NULL,
          "instead: UPRNs that several rows of a layer have, and why", NULL,
          &w.uprns },
        { "because", "TEXT", "why; it can be erased", &w.because, NULL },
        { "as", "ROLE", "operator (the default), planner or operations",
          &w.role, NULL },
        { "name", "NAME", "of the person; it can be erased", &w.name, NULL },
    };
    static const char *const acts[] = { "confirm", "reject", "undo" };
    const struct tr_snapshot *s;
    struct cli_arguments rest;
    bool known = false;
    enum tr_status st =
        cli_parse(cli_command_named("match"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);

    for (size_t i = 0; i < 3 && !st && rest.n; i++)
        known = known || strcmp(rest.list[0], acts[i]) == 0;
    if (!st && rest.n && (!known || rest.n != 2))
        st = tr_fail(err, TR_EINVAL,
                     "match takes nothing, or: confirm ID, reject ID, undo ID");
    if (!st)
        st = cli_snapshot(cli, "operator", TR_NO_DATE, &s, err);
    if (!st && strcmp(s->audience.name, "operator") != 0)
        st = tr_fail(err, TR_EINVAL, "match is the operator's alone");
    if (st)
        return st;
    if (rest.n)
        return act(cli, s, &rest, &w, err);
    return w.uprns ? list_uprns(cli, s, err) : list(cli, s, &w, err);
}
