/* cmd_classify.c - classify the sites, print the outcome, save it as a run. */
#include <string.h>

#include "cli/moved.h"
#include "terrier/classify.h"
#include "terrier/csv.h"
#include "terrier/date.h"
#include "terrier/json.h"

#define MAX_RULES  ((size_t)4 * 1024 * 1024)
#define MAX_ANSWER ((size_t)4 * 1024 * 1024 * 1024)

struct wanted { /* the options */
    const char *rules, *scope, *as_of, *seed, *draws, *threads, *format, *out;
    const char *compare, *held;
    bool adopt, dry_run;
};

static const char *column_text(const struct tr_snapshot *s, const char *name,
                               size_t site)
{
    const struct tr_column *c = tr_table_column(&s->sites, name);

    return c && c->type == TR_TEXT && tr_has(c, site) ? tr_text_at(c, site)
                                                      : "";
}

/* ---- what is printed ---- */

static void put_possible(struct tr_buf *b, uint8_t possible)
{
    bool first = true;

    for (int c = 0; c < TR_NO_CLASS; c++) {
        if (!(possible >> c & 1))
            continue;
        if (!first)
            tr_buf_byte(b, ';');
        tr_buf_str(b, tr_class_name((enum tr_class)c));
        first = false;
    }
}

/* The word, the class that it speaks of, and that class's share of the draws.
 */
static void put_robustness(struct tr_buf *b, const struct tr_robustness *r)
{
    bool drawn = r->word != TR_NOT_DRAWN;

    tr_csv_write(b, tr_robust_name(r->word), false, true);
    tr_csv_write(b, drawn ? tr_class_name(r->of) : "", false, true);
    tr_buf_byte(b, ',');
    if (drawn)
        tr_buf_number(b, (double)r->count[r->of] / r->draws);
}

static void put_csv(const struct tr_snapshot *s, const struct tr_results *r,
                    struct tr_buf *b)
{
    struct tr_buf text;

    tr_buf_init(&text, 65536);
    tr_buf_str(b, "site_id,name,partner,class,possible,need,fitness,hub,"
                  "coverage,robustness,drawn,share,basis,flags,reason");
    tr_csv_end_row(b);
    for (size_t i = 0; i < r->n; i++) {
        const struct tr_site_result *site = &r->sites[i];

        tr_csv_write(b, s->site_ids[site->site], true, true);
        tr_csv_write(b, column_text(s, "name", site->site), false, true);
        tr_csv_write(b, column_text(s, "partner", site->site), false, true);
        tr_csv_write(b, tr_class_name(site->class_), false, true);
        tr_buf_reset(&text);
        put_possible(&text, site->possible);
        tr_csv_write(b, tr_buf_text(&text) ? tr_buf_text(&text) : "", false,
                     true);
        for (int axis = 0; axis < TR_AXES; axis++) {
            tr_buf_byte(b, ',');
            if (site->axis[axis].points_100 != TR_NO_SCORE)
                tr_buf_number(b, site->axis[axis].points_100 / 100.0);
        }
        tr_buf_byte(b, ',');
        tr_buf_int(b, site->coverage_pct);
        put_robustness(b, &site->robustness);
        tr_csv_write(b, site->basis, false, true);
        tr_csv_write(b, site->flags, false, true);
        tr_csv_write(b, site->reason, false, true);
        tr_csv_end_row(b);
    }
    tr_buf_clear(&text);
}

static void put_json(const struct tr_snapshot *s, const struct tr_results *r,
                     struct tr_buf *b)
{
    struct tr_json j;

    (void)s;
    tr_json_init(&j, b);
    tr_json_open_map(&j);
    tr_json_key(&j, "sites");
    tr_json_open_list(&j);
    for (size_t i = 0; i < r->n; i++)
        tr_json_raw(&j, r->sites[i].json, strlen(r->sites[i].json));
    tr_json_close_list(&j);
    tr_json_close_map(&j);
    tr_buf_byte(b, '\n');
}

/* Counts by area of the place's first set and class: what a run came to. */
static void put_table(const struct tr_snapshot *s, const struct tr_results *r,
                      struct tr_buf *b)
{
    static const enum tr_class order[] = { TR_KEY, TR_CORE, TR_SURPLUS,
                                           TR_UNCLASSIFIED, TR_NOT_APPLICABLE };
    const struct tr_area_set *set =
        s->n_places && s->places[0]->n_sets
            ? tr_snapshot_area_set(s, s->places[0]->sets[0])
            : NULL;
    size_t n_areas = set ? set->n : 0;

    tr_buf_printf(b, "%-18s %7s %6s %6s %8s %13s %15s\n",
                  set ? set->label : "area", "sites", "key", "core", "surplus",
                  "unclassified", "not applicable");
    for (size_t a = 0; a <= n_areas; a++) {
        size_t n[TR_CLASSES] = { 0 }, total = 0;

        for (size_t i = 0; i < r->n; i++) {
            int32_t area = set ? set->site_area[r->sites[i].site] : TR_NO_AREA;
            size_t at = area == TR_NO_AREA ? n_areas : (size_t)area;

            if (at == a) {
                n[r->sites[i].class_]++;
                total++;
            }
        }
        tr_buf_printf(b, "%-18.18s %7zu",
                      a < n_areas ? set->names[a] : "elsewhere or no point",
                      total);
        for (size_t k = 0; k < 5; k++)
            tr_buf_printf(b, " %*zu", (int[]){ 6, 6, 8, 13, 15 }[k],
                          n[order[k]]);
        tr_buf_byte(b, '\n');
    }
    tr_buf_printf(b, "%-18s %7zu", "all", r->n);
    for (size_t k = 0; k < 5; k++)
        tr_buf_printf(b, " %*ld", (int[]){ 6, 6, 8, 13, 15 }[k],
                      r->counts[order[k]]);
    tr_buf_byte(b, '\n');
}

static enum tr_status print_results(const struct cli *cli,
                                    const struct wanted *w,
                                    const struct tr_snapshot *s,
                                    const struct tr_results *r,
                                    struct tr_error *err)
{
    const char *format = w->format ? w->format : cli->json ? "json" : "table";
    struct tr_buf b;
    enum tr_status st = TR_OK;

    tr_buf_init(&b, MAX_ANSWER);
    if (strcmp(format, "csv") == 0)
        put_csv(s, r, &b);
    else if (strcmp(format, "json") == 0)
        put_json(s, r, &b);
    else if (strcmp(format, "table") == 0)
        put_table(s, r, &b);
    else
        st = tr_fail(err, TR_EINVAL,
                     "--format is table, csv or json, not '%.60s'", format);
    if (!st)
        st = cli_write(w->out, &b, "the results", err);
    tr_buf_clear(&b);
    return st;
}

/* ---- what moved ---- */

static enum tr_status as_run(struct cli *cli, const struct tr_snapshot *s,
                             const struct tr_results *r, struct moved_run *out,
                             struct tr_error *err)
{
    out->n = r->n;
    out->list = tr_arena_array(cli->arena, r->n + 1, sizeof *out->list);
    if (!out->list)
        return tr_fail(err, TR_ENOMEM, "no memory left for the comparison");
    for (size_t i = 0; i < r->n; i++)
        out->list[i] = (struct moved_result){ s->site_ids[r->sites[i].site],
                                              tr_class_name(r->sites[i].class_),
                                              r->sites[i].json };
    return TR_OK;
}

/* Instead of the results: what differs from an earlier run. With a scope, the
 * sites outside it have not been looked at. A site that must not move fails
 * the command, so that nothing is saved. */
static enum tr_status compare(struct cli *cli, const struct wanted *w,
                              const struct tr_snapshot *s,
                              const struct tr_results *r, struct tr_error *err)
{
    struct moved_run before, after = { 0 };
    const char *held = NULL;
    struct store *store;
    struct tr_buf b;
    size_t len, moved = 0;
    enum tr_status st = cli_store(cli, STORE_READ, &store, err);

    tr_buf_init(&b, MAX_ANSWER);
    if (!st)
        st = moved_read(cli, store, &s->audience, w->compare, &before, err);
    if (!st)
        st = as_run(cli, s, r, &after, err);
    if (!st)
        st = moved_write(&before, &after, !w->scope, &b, &moved, err);
    if (!st)
        st = cli_write(w->out, &b, "what moved", err);
    if (!st)
        cli_note(cli, "%zu sites differ from run %lld", moved, before.id);
    if (!st && w->held)
        st = cli_read(w->held, MAX_RULES, cli->arena, &held, &len, err);
    if (!st && held)
        st = moved_held(&before, &after, held, w->held, err);
    tr_buf_clear(&b);
    return st;
}

/* ---- what is kept ---- */

/* What the run read, and with which program: replaying it needs both. */
static const char *inputs_of(struct cli *cli, const struct tr_snapshot *s)
{
    struct snapshot_inputs in;

    if (snapshot_inputs_read(s->inputs, cli->arena, &in, NULL))
        return NULL;
    in.program = cli_build(cli);
    return !in.program ? NULL : snapshot_inputs_write(&in, cli->arena);
}

static struct tr_digest version_digest(const struct tr_snapshot *s)
{
    struct tr_digest d = { { 0 } };

    for (size_t i = 0; i < TR_DIGEST_BYTES; i++) {
        unsigned high =
            (unsigned)(strchr("0123456789abcdef", s->version[2 * i]) -
                       "0123456789abcdef");
        unsigned low =
            (unsigned)(strchr("0123456789abcdef", s->version[2 * i + 1]) -
                       "0123456789abcdef");

        d.bytes[i] = (unsigned char)(high << 4 | low);
    }
    return d;
}

struct made { /* a run, with what it was made from */
    const struct tr_snapshot *snapshot;
    const struct tr_classify_options *options;
    const struct tr_rules *rules;
    const char *text; /* of the rule-set */
    size_t len;
    const struct tr_results *results;
};

static enum tr_status save_run(struct cli *cli, const struct wanted *w,
                               const struct made *made, struct tr_error *err)
{
    const struct tr_snapshot *s = made->snapshot;
    const struct tr_results *r = made->results;
    struct store_result *rows =
        tr_arena_array(cli->arena, r->n + 1, sizeof *rows);
    struct store_run run = {
        .created = tr_instant_now(),
        .audience = s->audience.name,
        .rules_name =
            tr_arena_printf(cli->arena, "%s %s", tr_rules_name(made->rules),
                            tr_rules_version(made->rules)),
        .scope = w->scope ? w->scope : "",
        .as_of = made->options->as_of,
        .seed = made->options->seed,
        .draws = (long)made->options->draws,
        .inputs = inputs_of(cli, s),
        .snapshot = version_digest(s),
        .results = r->digest,
        .n_sites = (long)r->n,
    };
    struct store *store;
    int64_t id = 0;
    enum tr_status st;

    if (!rows || !run.rules_name || !run.inputs)
        return tr_fail(err, TR_ENOMEM, "no memory left for the run");
    for (size_t i = 0; i < r->n; i++)
        rows[i] = (struct store_result){ s->site_ids[r->sites[i].site],
                                         tr_class_name(r->sites[i].class_),
                                         r->sites[i].json };
    st = cli_store(cli, STORE_WRITE, &store, err);
    if (!st)
        st = store_put_document(store, "rules", w->rules, made->text, made->len,
                                &run.rules, err);
    if (!st)
        st = store_save_run(store, &run, rows, r->n, &id, err);
    if (!st && w->adopt)
        st = store_adopt_run(store, id, err);
    if (st)
        return st;
    cli_note(cli, "saved as run %lld%s%s%s", (long long)id,
             w->adopt ? ", adopted: the audience '" : "",
             w->adopt ? s->audience.name : "",
             w->adopt ? "' sees its classes" : "");
    return TR_OK;
}

static enum tr_status read_options(struct cli *cli, const struct wanted *w,
                                   struct tr_classify_options *o,
                                   struct tr_error *err)
{
    long long seed = 1, threads = 0, draws = TR_RULE_DRAWS;
    enum tr_status st =
        cli_filter("scope", w->scope, cli->arena, &o->scope, err);

    if (!st)
        st = cli_number("seed", w->seed, 0, INT64_MAX, &seed, err);
    if (!st)
        st = cli_number("threads", w->threads, 0, 1024, &threads, err);
    if (!st)
        st = cli_number("draws", w->draws, 0, 1000000, &draws, err);
    o->as_of = TR_NO_DATE;
    if (!st)
        st = cli_date("as-of", w->as_of, &o->as_of, err);
    o->seed = seed;
    o->draws = draws;
    o->threads = (unsigned)threads;
    return st;
}

enum tr_status cmd_classify(struct cli *cli, int argc, char **argv,
                            struct tr_error *err)
{
    struct wanted w = { 0 };
    const struct cli_option options[] = {
        { "rules", "FILE", "the rule-set", &w.rules, NULL },
        { "scope", "CQL2",
          "only these sites; a part is not adopted in place of more", &w.scope,
          NULL },
        { "adopt", NULL, "make the run its audience's current one", NULL,
          &w.adopt },
        { "dry-run", NULL, "print, save nothing", NULL, &w.dry_run },
        { "as-of", "DATE", "ageing and today() (default: today there)",
          &w.as_of, NULL },
        { "seed", "N", "of what is drawn by chance (default 1)", &w.seed,
          NULL },
        { "draws", "N", "robustness draws; 0: none (default: the rules')",
          &w.draws, NULL },
        { "threads", "N", "never changes a byte of the result", &w.threads,
          NULL },
        { "compare", "RUN", "print the sites whose class moved since, and why",
          &w.compare, NULL },
        { "held", "FILE", "site ids whose class must not have moved since",
          &w.held, NULL },
        { "format", "F", "table, csv or json", &w.format, NULL },
        { "out", "FILE", "write there instead of stdout", &w.out, NULL },
    };
    struct tr_classify_options o = { 0 };
    const struct tr_rules *rules;
    const struct tr_results *r;
    const struct tr_snapshot *s;
    struct cli_arguments rest;
    const char *text;
    size_t len;
    enum tr_status st =
        cli_parse(cli_command_named("classify"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);

    if (!st && (!w.rules || rest.n))
        st = tr_fail(err, TR_EINVAL,
                     "say which rules: --rules layers/rules/open-data.yaml");
    if (!st && w.held && !w.compare)
        st = tr_fail(err, TR_EINVAL,
                     "--held needs the run to compare with: --compare RUN");
    if (!st && w.adopt && w.dry_run)
        st = tr_fail(err, TR_EINVAL,
                     "--adopt needs the run saved: leave out "
                     "--dry-run");
    if (!st)
        st = read_options(cli, &w, &o, err);
    if (!st)
        st = cli_read(w.rules, MAX_RULES, cli->arena, &text, &len, err);
    if (!st)
        st = tr_rules_parse(text, len, w.rules, cli->arena, &rules, err);
    if (!st)
        st = cli_snapshot(cli, "operator", o.as_of, &s, err);
    if (st)
        return st;
    o.as_of = s->as_of;
    if (s->n_sites > TR_MOST_FLIPPED)
        cli_note(cli,
                 "more than %d sites: what would change a class is left out",
                 TR_MOST_FLIPPED);
    st = cli_signed(cli, s, &o.signed_, err);
    if (!st)
        st = tr_classify(s, rules, &o, cli->arena, &r, err);
    if (!st)
        st = w.compare ? compare(cli, &w, s, r, err)
                       : print_results(cli, &w, s, r, err);
    if (!st && !w.dry_run)
        st = save_run(cli, &w, &(struct made){ s, &o, rules, text, len, r },
                      err);
    return st;
}
