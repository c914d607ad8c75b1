/* cmd_layers.c - what is loaded, how fresh, how complete; the partners' table;
 * suspending a layer. */
#include <string.h>

#include "cli/cli.h"
#include "terrier/date.h"
#include "terrier/json.h"

static const char *or_dash(const char *text)
{
    return text && *text ? text : "-";
}

static void date_text(int32_t date, char out[TR_DATE_TEXT])
{
    if (date == TR_NO_DATE)
        memcpy(out, "-", 2);
    else
        tr_date_text(date, out);
}

/* Share of the sites of a layer that have a position, in percent. */
static long located_pct(const struct tr_layer *l)
{
    long all = 0;

    for (int i = 0; i < 5; i++)
        all += l->located[i];
    return all ? (all - l->located[4] - l->located[3]) * 100 / all : 0;
}

static void print_layers(const struct tr_snapshot *s)
{
    printf("%-26s %-10s %8s %8s %-11s %-11s %-14s %-12s %s\n", "layer", "kind",
           "rows", "placed %", "as of", "vintage", "licence", "tier",
           "agreement");
    for (size_t i = 0; i < s->n_layers; i++) {
        const struct tr_layer *l = &s->layers[i];
        char as_of[TR_DATE_TEXT], expires[TR_DATE_TEXT];

        date_text(l->as_of, as_of);
        date_text(l->agreement_expires, expires);
        printf("%-26.26s %-10s %8zu %8ld %-11s %-11s %-14.14s %-12s %s%s%s%s\n",
               l->name, l->kind, l->n_rows, located_pct(l), as_of,
               or_dash(l->vintage), or_dash(l->licence), tr_tier_name(l->tier),
               or_dash(l->agreement),
               l->agreement_expires == TR_NO_DATE ? "" : " until ",
               l->agreement_expires == TR_NO_DATE ? "" : expires,
               l->barred ? " (barred from measures)" : "");
    }
}

static enum tr_status print_json(const struct tr_snapshot *s,
                                 struct tr_error *err)
{
    struct tr_buf b;
    struct tr_json j;
    enum tr_status st;

    tr_buf_init(&b, (size_t)64 * 1024 * 1024);
    tr_json_init(&j, &b);
    tr_json_open_list(&j);
    for (size_t i = 0; i < s->n_layers; i++) {
        const struct tr_layer *l = &s->layers[i];
        char date[TR_DATE_TEXT];

        tr_json_open_map(&j);
        tr_json_put_text(&j, "layer", l->name);
        tr_json_put_text(&j, "title", l->title);
        tr_json_put_text(&j, "kind", l->kind);
        tr_json_put_text(&j, "partner", l->partner);
        tr_json_put_int(&j, "rows", (int64_t)l->n_rows);
        tr_json_put_text(&j, "licence", l->licence);
        tr_json_put_text(&j, "vintage", l->vintage);
        tr_json_put_text(&j, "tier", tr_tier_name(l->tier));
        tr_json_put_text(&j, "agreement", l->agreement);
        tr_json_put_bool(&j, "barred_from_measures", l->barred);
        date_text(l->as_of, date);
        tr_json_put_text(&j, "as_of", l->as_of == TR_NO_DATE ? NULL : date);
        tr_json_close_map(&j);
    }
    tr_json_close_list(&j);
    tr_buf_byte(&b, '\n');
    st = cli_write(NULL, &b, "the layers", err);
    tr_buf_clear(&b);
    return st;
}

/* ---- the partners' table, as Markdown: partners.md ---- */

struct partner { /* one entry of the legend */
    const char *legend;
    size_t sites, located, layers;
    int32_t asked, newest;
};

static void count_partner(const struct tr_snapshot *s, const struct tr_place *p,
                          uint32_t place, struct partner *partner)
{
    for (size_t i = 0; i < p->n_organisations; i++) {
        const struct tr_organisation *o = &p->organisations[i];

        if (o->legend && strcmp(o->legend, partner->legend) == 0 &&
            o->asked > partner->asked)
            partner->asked = o->asked;
    }
    for (size_t i = 0; i < s->n_sites; i++) {
        const struct tr_occupation *o = &s->occupations[s->first_occupation[i]];

        if (s->site_places[i] != place || o->organisation < 0)
            continue;

        const char *legend = p->organisations[o->organisation].legend;

        if (!legend || strcmp(legend, partner->legend) != 0)
            continue;
        partner->sites++;
        partner->located += i < s->n_located;
    }
    for (size_t i = 0; i < s->n_layers; i++) {
        const struct tr_layer *l = &s->layers[i];
        const struct tr_organisation *o =
            l->partner && l->place == place
                ? tr_place_organisation(p, l->partner)
                : NULL;

        if (!o || !o->legend || strcmp(o->legend, partner->legend) != 0)
            continue;
        partner->layers++;
        if (l->as_of > partner->newest)
            partner->newest = l->as_of;
    }
}

static void put_names(const struct tr_place *p, const char *legend)
{
    bool first = true;

    for (size_t i = 0; i < p->n_organisations; i++) {
        const struct tr_organisation *o = &p->organisations[i];
        const struct tr_organisation *today = tr_place_successor(p, o);

        if (!o->legend || strcmp(o->legend, legend) != 0)
            continue;
        printf("%s%s", first ? "" : "; ", today->name);
        if (today != o)
            printf(" (formerly %s)", o->name);
        first = false;
    }
}

static bool legend_before(const struct tr_place *p, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (p->organisations[k].legend &&
            strcmp(p->organisations[k].legend, p->organisations[i].legend) == 0)
            return true;
    }
    return false;
}

static void print_partners(const struct tr_snapshot *s)
{
    for (uint32_t k = 0; k < s->n_places; k++) {
        const struct tr_place *p = s->places[k];

        printf("# Partners of %s\n\n"
               "Made by `terrier layers --partners` from the store, as the "
               "audience %s sees it.\n\n"
               "| partner | today | sites | on the map | layers | state |\n"
               "|---|---|---:|---:|---:|---|\n",
               p->title, s->audience.name);
        for (size_t i = 0; i < p->n_organisations; i++) {
            struct partner partner = { .legend = p->organisations[i].legend,
                                       .asked = TR_NO_DATE,
                                       .newest = TR_NO_DATE };
            char date[TR_DATE_TEXT];

            if (!partner.legend || legend_before(p, i))
                continue;
            count_partner(s, p, k, &partner);
            printf("| %s | ", partner.legend);
            put_names(p, partner.legend);
            printf(" | %zu | %zu | %zu | ", partner.sites, partner.located,
                   partner.layers);
            date_text(partner.sites ? partner.newest : partner.asked, date);
            if (partner.sites)
                printf("supplied%s%s |\n",
                       partner.newest == TR_NO_DATE ? "" : ", as of ",
                       partner.newest == TR_NO_DATE ? "" : date);
            else if (partner.asked != TR_NO_DATE)
                printf("not yet supplied, asked on %s |\n", date);
            else
                printf("not yet supplied |\n");
        }
        putchar('\n');
    }
}

static enum tr_status suspend(struct cli *cli, const char *name, bool suspended,
                              struct tr_error *err)
{
    struct store *store;
    enum tr_status st = cli_store(cli, STORE_WRITE, &store, err);

    if (!st)
        st = store_suspend_layer(store, name, suspended, err);
    if (!st)
        cli_note(cli, "layer '%s' is %s", name,
                 suspended ? "suspended: servers drop it within seconds"
                           : "shown again");
    return st;
}

enum tr_status cmd_layers(struct cli *cli, int argc, char **argv,
                          struct tr_error *err)
{
    bool partners = false;
    const struct cli_option options[] = {
        { "partners", NULL, "the partners and what they supplied, as Markdown",
          NULL, &partners },
    };
    const struct tr_snapshot *s;
    struct cli_arguments rest;
    enum tr_status st = cli_parse(cli_command_named("layers"), options, 1, argc,
                                  argv, &rest, err);

    if (st)
        return st;
    if (rest.n == 2 && strcmp(rest.list[0], "suspend") == 0)
        return suspend(cli, rest.list[1], true, err);
    if (rest.n == 2 && strcmp(rest.list[0], "resume") == 0)
        return suspend(cli, rest.list[1], false, err);
    if (rest.n)
        return tr_fail(err, TR_EINVAL,
                       "say 'layers', 'layers suspend NAME' or 'layers resume "
                       "NAME'");
    /* The partners' table is made to be given away: it is public unless the
     * command itself says who it is for. What the public sees less of than
     * another audience is what it may not see. */
    if (partners && !cli->audience)
        cli->audience = "public";
    st = cli_snapshot(cli, "operator", TR_NO_DATE, &s, err);
    if (st)
        return st;
    if (partners)
        print_partners(s);
    else if (cli->json)
        return print_json(s, err);
    else
        print_layers(s);
    return TR_OK;
}
