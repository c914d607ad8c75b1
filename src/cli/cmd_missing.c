/* cmd_missing.c - the facts wanted of the partners, and a sheet for one of them
 * to fill in, with the profile that loads it back. */
#include <string.h>

#include "cli/cli.h"
#include "encode/xlsx.h"
#include "terrier/csv.h"
#include "terrier/date.h"
#include "terrier/json.h"
#include "terrier/missing.h"

#define KNOWN      "(known)" /* stands where nothing is wanted */
#define MOST_BYTES ((size_t)1024 * 1024 * 1024)
#define MOST_KEY   8 /* columns of a key */

/* ---- the list ---- */

static const char *organisation_name(const struct tr_snapshot *s,
                                     const struct tr_missing_fact *f)
{
    return f->organisation < 0
               ? "nobody's"
               : s->places[f->place]->organisations[f->organisation].code;
}

static const char *text_of(const struct tr_snapshot *s, const char *column,
                           size_t site)
{
    const struct tr_column *c = tr_table_column(&s->sites, column);

    return c && tr_has(c, site) ? tr_text_at(c, site) : "";
}

static void put_classes(struct tr_buf *b, uint8_t classes)
{
    tr_missing_classes(classes, b);
    tr_buf_byte(b, '\n');
}

static void list_as_table(const struct tr_snapshot *s,
                          const struct tr_missing *m, struct tr_buf *b)
{
    tr_buf_printf(b, "%-24s %-30s %6s %6s %10s  %s\n", "partner", "wanted",
                  "sites", "alone", "floor m2", "classes it could give");
    for (size_t i = 0; i < m->n_facts; i++) {
        const struct tr_missing_fact *f = &m->facts[i];

        tr_buf_printf(b, "%-24.24s %-30.30s %6zu %6zu %10.0f  ",
                      organisation_name(s, f), f->field->title, f->sites,
                      f->alone, f->floor_area_m2);
        put_classes(b, f->could);
    }
    tr_buf_printf(b, "\n%-18s %-40s %6s  %s\n", "unclassified", "name",
                  "wanted", "possible classes");
    for (size_t i = 0; i < m->n_sites; i++) {
        const struct tr_missing_site *site = &m->sites[i];

        if (site->thin)
            continue;
        tr_buf_printf(b, "%-18s %-40.40s %6zu  ", s->site_ids[site->site],
                      text_of(s, "name", site->site), site->n_fields);
        put_classes(b, site->possible);
    }
}

static enum tr_status write_text(const char *path, struct tr_buf *b,
                                 struct tr_error *err)
{
    enum tr_status st = cli_write(path, b, "what is missing", err);

    tr_buf_clear(b);
    return st;
}

static enum tr_status write_list(const struct cli *cli,
                                 const struct tr_snapshot *s,
                                 const struct tr_missing *m, const char *out,
                                 struct tr_error *err)
{
    struct tr_buf b;

    tr_buf_init(&b, MOST_BYTES);
    if (cli->json)
        tr_missing_json(s, m, &b);
    else
        list_as_table(s, m, &b);
    return write_text(out, &b, err);
}

/* ---- a sheet to fill in ---- */

struct sheet { /* of one partner's one layer */
    struct cli *cli;
    const struct tr_snapshot *s;
    const struct tr_missing *m;
    uint32_t layer;
    const char *keys[MOST_KEY]; /* their own names of the key's columns */
    size_t n_keys;
    size_t n_facts; /* wanted of any of its sites */
    const struct tr_field **facts;
    struct xlsx_column *columns;
    struct xlsx_sheet x;
    const char *title; /* of the layer of answers */
};

static enum tr_status no_memory(struct tr_error *err)
{
    return tr_fail(err, TR_ENOMEM, "no memory left for the sheet");
}

static const struct tr_occupation *kept(const struct sheet *h,
                                        const struct tr_missing_site *site)
{
    return &h->s->occupations[site->occupation];
}

/* The names of the key's columns, from the profile of the layer's last load. */
static enum tr_status read_keys(struct sheet *h, struct tr_error *err)
{
    struct tr_arena *a = h->cli->arena;
    const char *name = h->s->layers[h->layer].name, *text;
    const struct store_layer *layer;
    const struct tr_node *root, *key;
    struct store *store;
    size_t len;
    enum tr_status st = cli_store(h->cli, STORE_READ, &store, err);

    if (!st)
        st = store_layer_named(store, name, a, &layer, err);
    if (!st)
        st = store_get_document(store, &layer->profile, a, &text, &len, err);
    if (!st)
        st = tr_yaml_parse(text, len, name, a, &root, err);
    if (st)
        return st;
    key = tr_node_get(root, "key");
    h->n_keys = key && key->kind == TR_NODE_LIST ? key->n : 1;
    if (!key || h->n_keys > MOST_KEY)
        return tr_fail(err, TR_EDATA,
                       "layer '%s' has no key, or one of too many columns",
                       name);
    for (size_t i = 0; i < h->n_keys; i++)
        h->keys[i] =
            key->kind == TR_NODE_LIST ? key->items[i]->text : key->text;
    return TR_OK;
}

/* Is it a row of this sheet: of its layer, and lacking what can be given? */
static bool is_row(const struct sheet *h, const struct tr_missing_site *site)
{
    return kept(h, site)->layer == h->layer && site->n_fields > 0;
}

static bool wants(const struct tr_missing_site *site, const struct tr_field *f)
{
    for (size_t i = 0; i < site->n_fields; i++) {
        if (site->fields[i] == f)
            return true;
    }
    return false;
}

/* In the order of their worth: the partner's list has it. */
static enum tr_status choose_facts(struct sheet *h, struct tr_error *err)
{
    const struct tr_missing *m = h->m;

    h->facts = tr_arena_array(h->cli->arena, m->n_facts + 1, sizeof(void *));
    if (!h->facts)
        return no_memory(err);
    for (size_t i = 0; i < m->n_facts; i++) {
        bool any = false, listed = false;

        for (size_t k = 0; k < h->n_facts; k++)
            listed = listed || h->facts[k] == m->facts[i].field;
        for (size_t k = 0; k < m->n_sites && !any; k++)
            any = is_row(h, &m->sites[k]) &&
                  wants(&m->sites[k], m->facts[i].field);
        if (any && !listed)
            h->facts[h->n_facts++] = m->facts[i].field;
    }
    return TR_OK;
}

enum { NAME, STREET, POSTCODE, UPRN, CLASS, POSSIBLE, N_ABOUT };

static const struct {
    const char *title, *column;
    double width;
} about[N_ABOUT] = {
    [NAME] = { "Name on record", "name", 36 },
    [STREET] = { "Street on record", "street", 24 },
    [POSTCODE] = { "Postcode on record", "postcode", 12 },
    [UPRN] = { "UPRN on record", "uprn", 15 },
    [CLASS] = { "Class now", NULL, 14 },
    [POSSIBLE] = { "Classes possible", NULL, 24 },
};

static bool is_number(const struct tr_field *f)
{
    return f->type == TR_NUMBER || f->type == TR_INTEGER;
}

static enum tr_status make_columns(struct sheet *h, struct tr_error *err)
{
    struct tr_arena *a = h->cli->arena;
    size_t n = h->n_keys + N_ABOUT + h->n_facts, at = 0;

    h->columns = tr_arena_array(a, n, sizeof *h->columns);
    if (!h->columns)
        return no_memory(err);
    for (size_t i = 0; i < h->n_keys; i++)
        h->columns[at++] =
            (struct xlsx_column){ .title = h->keys[i], .width = 20 };
    for (size_t i = 0; i < N_ABOUT; i++)
        h->columns[at++] = (struct xlsx_column){ .title = about[i].title,
                                                 .width = about[i].width };
    for (size_t i = 0; i < h->n_facts; i++) {
        const struct tr_field *f = h->facts[i];

        h->columns[at].title =
            f->unit ? tr_arena_printf(a, "%s (%s)", f->title, f->unit)
            : f->type == TR_DATE
                ? tr_arena_printf(a, "%s (yyyy-mm-dd)", f->title)
                : f->title;
        h->columns[at].number = is_number(f);
        h->columns[at].wanted = true;
        h->columns[at].width = 18;
        h->columns[at].codes = f->type == TR_BOOLEAN ? "yes no" : f->codes;
        if (!h->columns[at++].title)
            return no_memory(err);
    }
    h->x.columns = h->columns;
    h->x.n_columns = n;
    return TR_OK;
}

static bool fill_row(const struct sheet *h, const struct tr_missing_site *site,
                     const char **cells)
{
    struct tr_arena *a = h->cli->arena;
    const char *key = kept(h, site)->key;
    struct tr_buf b;

    for (size_t i = 0; i < h->n_keys; i++) {
        size_t len = strcspn(key, "\x1F");

        *cells = tr_arena_text(a, key, len);
        if (!*cells++)
            return false;
        key += len + (key[len] != '\0');
    }
    for (size_t i = 0; i < CLASS; i++)
        *cells++ = text_of(h->s, about[i].column, site->site);
    *cells++ = tr_class_name((enum tr_class)h->s->classes[site->site]);
    tr_buf_init(&b, 4096);
    tr_missing_classes(site->possible, &b);
    *cells = tr_buf_text(&b) ? tr_arena_text(a, tr_buf_text(&b), b.len) : NULL;
    tr_buf_clear(&b);
    if (!*cells++)
        return false;
    for (size_t i = 0; i < h->n_facts; i++)
        *cells++ = wants(site, h->facts[i]) ? "" : KNOWN;
    return true;
}

static enum tr_status make_rows(struct sheet *h, struct tr_error *err)
{
    const char **cells;

    for (size_t i = 0; i < h->m->n_sites; i++)
        h->x.n_rows += is_row(h, &h->m->sites[i]);
    cells = tr_arena_array(h->cli->arena, h->x.n_rows * h->x.n_columns + 1,
                           sizeof *cells);
    if (!cells)
        return no_memory(err);
    h->x.cells = cells;
    for (size_t i = 0; i < h->m->n_sites; i++) {
        if (!is_row(h, &h->m->sites[i]))
            continue;
        if (!fill_row(h, &h->m->sites[i], cells))
            return no_memory(err);
        cells += h->x.n_columns;
    }
    return TR_OK;
}

/* A key is written as it is, whatever a spreadsheet makes of it: it must come
 * back the same. */
static void sheet_csv(const struct sheet *h, struct tr_buf *b)
{
    for (size_t c = 0; c < h->x.n_columns; c++)
        tr_csv_write(b, h->columns[c].title, c == 0, false);
    tr_csv_end_row(b);
    for (size_t r = 0; r < h->x.n_rows; r++) {
        for (size_t c = 0; c < h->x.n_columns; c++)
            tr_csv_write(b, h->x.cells[r * h->x.n_columns + c], c == 0,
                         c >= h->n_keys);
        tr_csv_end_row(b);
    }
}

/* ---- the profile that takes it back ---- */

static void put_quoted(struct tr_buf *b, const char *before, const char *text,
                       const char *after)
{
    tr_buf_str(b, before);
    tr_json_quote(b, text, strlen(text));
    tr_buf_str(b, after);
}

static void sheet_profile(const struct sheet *h, const char *file, bool xlsx,
                          struct tr_buf *b)
{
    const struct tr_layer *layer = &h->s->layers[h->layer];
    char date[TR_DATE_TEXT];
    int y, m, d;

    tr_date_text(h->s->as_of, date);
    tr_date_split(h->s->as_of, &y, &m, &d);
    tr_buf_printf(b,
                  "# Loads the answers back: what stands in an empty cell "
                  "counts, %s and\n# blanks say nothing. Who may see them is "
                  "for the partner to say: tier.\n",
                  KNOWN);
    /* Named by what is known now, too: a sheet of later the same day must not
     * take back the answers to this one. */
    tr_buf_printf(b, "layer: %s-answers-%04d%02d%02d-%.6s\nkind: sites\n",
                  layer->name, y, m, d, h->s->version);
    put_quoted(b, "title: ", h->title, "\n");
    put_quoted(b, "partner: ", layer->partner ? layer->partner : "", "\n");
    tr_buf_printf(b, "answers_for: %s\n", layer->name);
    put_quoted(b, "source: [", file, "]\n");
    tr_buf_printf(b, "format: %s\nkey: [", xlsx ? "xlsx" : "csv");
    for (size_t i = 0; i < h->n_keys; i++)
        put_quoted(b, i ? ", " : "", h->keys[i], "");
    tr_buf_printf(b, "]\nmissing: [\"%s\"]\nfields:\n", KNOWN);
    for (size_t i = 0; i < h->n_facts; i++) {
        tr_buf_printf(b, "  %s: ", h->facts[i]->name);
        put_quoted(b, "", h->columns[h->n_keys + N_ABOUT + i].title, "\n");
    }
    tr_buf_printf(b, "tier: partnership\nas_of: %s\n", date);
}

/* ---- files ---- */

/* "DIR/NAME.xlsx": "DIR/NAME", with "-LAYER" where there are several. */
static const char *stem_of(const struct sheet *h, const char *out, bool several)
{
    const char *slash = strrchr(out, '/'), *dot = strrchr(out, '.');
    size_t len = dot && dot != out && (!slash || dot > slash + 1)
                     ? (size_t)(dot - out)
                     : strlen(out);

    return several ? tr_arena_printf(h->cli->arena, "%.*s-%s", (int)len, out,
                                     h->s->layers[h->layer].name)
                   : tr_arena_printf(h->cli->arena, "%.*s", (int)len, out);
}

static enum tr_status write_files(const struct sheet *h, const char *out,
                                  bool several, bool xlsx, struct tr_error *err)
{
    const char *stem = stem_of(h, out, several);
    const char *file = stem ? tr_arena_printf(h->cli->arena, "%s.%s", stem,
                                              xlsx ? "xlsx" : "csv")
                            : NULL;
    const char *profile =
        stem ? tr_arena_printf(h->cli->arena, "%s.yaml", stem) : NULL;
    const char *slash = file ? strrchr(file, '/') : NULL;
    struct tr_buf b;
    enum tr_status st;

    if (!file || !profile)
        return no_memory(err);
    tr_buf_init(&b, MOST_BYTES);
    if (xlsx) {
        st = xlsx_write(file, &h->x, err);
    } else {
        sheet_csv(h, &b);
        st = write_text(file, &b, err);
    }
    if (st)
        return st;
    sheet_profile(h, slash ? slash + 1 : file, xlsx, &b);
    st = write_text(profile, &b, err);
    if (!st)
        cli_note(h->cli, "%s: %zu sites, %zu facts wanted; %s loads it back",
                 file, h->x.n_rows, h->n_facts, profile);
    return st;
}

static enum tr_status make_sheet(struct sheet *h, struct tr_error *err)
{
    enum tr_status st = read_keys(h, err);

    if (!st)
        st = choose_facts(h, err);
    if (!st)
        st = make_columns(h, err);
    h->title = tr_arena_printf(h->cli->arena, "%s: answers",
                               h->s->layers[h->layer].title);
    if (!st && !h->title)
        st = no_memory(err);
    h->x.name = "Facts wanted";
    h->x.note = "Please fill in the empty cells of the coloured columns and "
                "leave the others as they are.";
    return st ? st : make_rows(h, err);
}

static enum tr_status write_sheets(struct cli *cli, const struct tr_snapshot *s,
                                   const struct tr_missing *m, const char *out,
                                   bool xlsx, struct tr_error *err)
{
    bool *has = tr_arena_array(cli->arena, s->n_layers + 1, sizeof *has);
    enum tr_status st = TR_OK;
    size_t n = 0;

    if (!has)
        return no_memory(err);
    for (size_t i = 0; i < m->n_sites; i++)
        has[s->occupations[m->sites[i].occupation].layer] |=
            m->sites[i].n_fields > 0;
    for (size_t i = 0; i < s->n_layers; i++)
        n += has[i];
    if (!n) {
        cli_note(cli, "nothing is wanted");
        return TR_OK;
    }
    if (!out && n > 1)
        return tr_fail(err, TR_EINVAL,
                       "the sites are of %zu layers, a sheet each: give --out "
                       "FILE",
                       n);
    for (size_t i = 0; i < s->n_layers && !st; i++) {
        struct sheet h = { .cli = cli, .s = s, .m = m, .layer = (uint32_t)i };
        struct tr_buf b;

        if (!has[i])
            continue;
        st = make_sheet(&h, err);
        if (!st && out) {
            st = write_files(&h, out, n > 1, xlsx, err);
        } else if (!st) {
            tr_buf_init(&b, MOST_BYTES);
            sheet_csv(&h, &b);
            st = write_text(NULL, &b, err);
        }
    }
    return st;
}

static enum tr_status find_partner(const struct tr_snapshot *s,
                                   const char **partner, struct tr_error *err)
{
    for (size_t i = 0; *partner && i < s->n_places; i++) {
        const struct tr_organisation *o =
            tr_place_organisation(s->places[i], *partner);

        if (o) {
            *partner = o->code;
            return TR_OK;
        }
    }
    return *partner
               ? tr_fail(err, TR_ENOTFOUND, "no organisation '%.60s'", *partner)
               : TR_OK;
}

enum tr_status cmd_missing(struct cli *cli, int argc, char **argv,
                           struct tr_error *err)
{
    const char *partner = NULL, *format = "table", *out = NULL;
    const struct cli_option options[] = {
        { "partner", "CODE", "only what is wanted of this organisation",
          &partner, NULL },
        { "format", "NAME",
          "table (the default), or a sheet to fill in: csv or xlsx", &format,
          NULL },
        { "out", "FILE", "write to a file; beside a sheet its profile, too",
          &out, NULL },
    };
    const struct tr_snapshot *s;
    const struct tr_missing *m;
    struct cli_arguments rest;
    enum tr_status st =
        cli_parse(cli_command_named("missing"), options,
                  sizeof options / sizeof *options, argc, argv, &rest, err);
    bool xlsx = !st && strcmp(format, "xlsx") == 0;
    bool sheet = !st && (xlsx || strcmp(format, "csv") == 0);

    if (!st && rest.n)
        st = tr_fail(err, TR_EINVAL, "missing takes options only");
    if (!st && !sheet && strcmp(format, "table") != 0)
        st = tr_fail(err, TR_EINVAL,
                     "--format is table, csv or xlsx, not '%.20s'", format);
    if (!st && sheet && !partner)
        st = tr_fail(err, TR_EINVAL,
                     "a sheet is for one partner: give --partner CODE");
    if (!st && xlsx && !out)
        st = tr_fail(err, TR_EINVAL, "a workbook needs --out FILE.xlsx");
    if (!st)
        st = cli_snapshot(cli, "operator", TR_NO_DATE, &s, err);
    if (!st)
        st = find_partner(s, &partner, err);
    if (!st && !s->run)
        st = tr_fail(err, TR_ENOTFOUND,
                     "no run is adopted: terrier classify --adopt");
    if (!st)
        st = tr_missing_list(s, partner, cli->arena, &m, err);
    if (st)
        return st;
    return sheet && !cli->json ? write_sheets(cli, s, m, out, xlsx, err)
                               : write_list(cli, s, m, out, err);
}
