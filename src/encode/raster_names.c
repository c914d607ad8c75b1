/* raster_names.c - where names stand. See raster_parts.h.
 *
 * A name must stand at the same place in every tile that shows a part of it. So
 * what decides about it may only lie so far away, and all of that is looked at:
 * the entries of the style one after another, the uppermost first; within one
 * entry a name takes the first of its places that is clear of signs and of the
 * names above, then yields to every name of a higher rank that it would touch.
 * That is played ROUNDS times; what is still open then is left out. A rank is a
 * number that scatters, so that chains of names that wait are short. */
#include <math.h>
#include <string.h>

#include "encode/raster_parts.h"

#define LONG_RUN  16.0 /* ems of a name along a line */
#define ROUNDS    2
#define SQUARE    64.0 /* points: side of a square of the grid */
#define MAX_WAIT  3000.0
#define MAX_SPOTS (1 + 4 * STYLE_PLACES)

enum state { OPEN, PLACED, LEFT_OUT };

struct name {
    const struct style_entry *e;
    struct raster_text text;
    struct raster_run run;  /* instead of the text: along a line */
    struct raster_point at; /* what it names */
    double clear;           /* half the side of the sign there */
    struct raster_point middle;
    struct raster_box box; /* with its padding */
    int side;
    uint32_t rank;
    enum state state;
    bool wins;
};

struct square {
    uint32_t n, size;
    uint32_t *items;
};

struct boxes { /* and, by squares, which are where */
    struct tr_arena *a;
    struct raster_box around;
    size_t columns, rows;
    struct square *squares;
    struct raster_box *list;
    uint32_t n, size;
    bool failed;
};

struct raster_names {
    struct name *list;
    size_t n, size;
    struct boxes taken;
};

/* ---- boxes ---- */

static void open_boxes(struct boxes *b, const struct raster_box *around,
                       struct tr_arena *a)
{
    *b = (struct boxes){ .a = a, .around = *around };
    b->columns = (size_t)((around->east - around->west) / SQUARE) + 1;
    b->rows = (size_t)((around->south - around->north) / SQUARE) + 1;
    b->squares = tr_arena_array(a, b->columns * b->rows, sizeof *b->squares);
    b->failed = !b->squares;
}

static size_t square_at(double v, double from, size_t n)
{
    double i = floor((v - from) / SQUARE);

    return i < 0 ? 0 : i >= (double)n ? n - 1 : (size_t)i;
}

static void put_in_square(struct boxes *b, struct square *s, uint32_t item)
{
    if (s->n == s->size) {
        uint32_t size = s->size ? 2 * s->size : 8;
        uint32_t *items = tr_arena_array(b->a, size, sizeof *items);

        if (!items) {
            b->failed = true;
            return;
        }
        for (uint32_t i = 0; i < s->n; i++)
            items[i] = s->items[i];
        s->items = items;
        s->size = size;
    }
    s->items[s->n++] = item;
}

static bool grow_list(struct boxes *b)
{
    uint32_t size = b->size ? 2 * b->size : 256;
    struct raster_box *list = tr_arena_array(b->a, size, sizeof *list);

    if (!list)
        return false;
    for (uint32_t i = 0; i < b->n; i++)
        list[i] = b->list[i];
    b->list = list;
    b->size = size;
    return true;
}

static void add_box(struct boxes *b, const struct raster_box *box)
{
    if (b->failed || (b->n == b->size && !grow_list(b))) {
        b->failed = true;
        return;
    }
    for (size_t y = square_at(box->north, b->around.north, b->rows);
         y <= square_at(box->south, b->around.north, b->rows); y++) {
        for (size_t x = square_at(box->west, b->around.west, b->columns);
             x <= square_at(box->east, b->around.west, b->columns); x++)
            put_in_square(b, &b->squares[y * b->columns + x], b->n);
    }
    b->list[b->n++] = *box;
}

/* Call `see` with each box that a box meets until it says true. */
static bool any_met(const struct boxes *b, const struct raster_box *box,
                    bool (*see)(void *context, uint32_t item), void *context)
{
    if (b->failed)
        return false;
    for (size_t y = square_at(box->north, b->around.north, b->rows);
         y <= square_at(box->south, b->around.north, b->rows); y++) {
        for (size_t x = square_at(box->west, b->around.west, b->columns);
             x <= square_at(box->east, b->around.west, b->columns); x++) {
            const struct square *s = &b->squares[y * b->columns + x];

            for (uint32_t i = 0; i < s->n; i++) {
                if (raster_meets(&b->list[s->items[i]], box) &&
                    see(context, s->items[i]))
                    return true;
            }
        }
    }
    return false;
}

static bool yes(void *context, uint32_t item)
{
    (void)context;
    (void)item;
    return true;
}

/* ---- one name ---- */

static double reach_of(const struct raster_job *j, const struct style_entry *e)
{
    double size = style_at(&e->size, j->zoom);
    double wide = e->along > 0 ? LONG_RUN : e->lines;
    double far = fmax(e->around, e->below);

    for (int i = 0; i < e->n_away; i++)
        far = fmax(far, e->away[i]);
    return size * (wide * (1 + e->spacing) * 0.75 + far) + e->padding;
}

double raster_names_reach(const struct raster_job *j)
{
    const struct raster_style *s = &j->r->style;
    double all = 0;

    for (size_t i = 0; i < s->n; i++) {
        const struct style_entry *e = &s->entries[i];

        if (e->type == STYLE_NAME && raster_in_zoom(j, e))
            all += reach_of(j, e) * (e->always ? 1 : 1 + 2 * ROUNDS);
    }
    return fmin(all, MAX_WAIT);
}

static void stand(struct name *n, struct raster_point middle)
{
    double pad = n->e->padding;

    n->middle = middle;
    n->box = (struct raster_box){ middle.x - n->text.width / 2 - pad,
                                  middle.y - n->text.height / 2 - pad,
                                  middle.x + n->text.width / 2 + pad,
                                  middle.y + n->text.height / 2 + pad };
}

/* The places where it may stand, the best first. */
static int spots_of(const struct name *n, double size,
                    struct raster_point spots[MAX_SPOTS])
{
    const struct style_entry *e = n->e;
    double x = n->at.x, y = n->at.y;
    int k = 0;

    if (e->around > 0) {
        double off = fmax(e->around * size, n->clear + e->padding + 0.5);
        double w = n->text.width / 2 + off;
        double h = n->text.height / 2 + off;

        spots[k++] = (struct raster_point){ x + w, y };
        spots[k++] = (struct raster_point){ x - w, y };
        spots[k++] = (struct raster_point){ x, y + h };
        spots[k++] = (struct raster_point){ x, y - h };
        return k;
    }
    if (e->below > 0)
        y += e->below * size + n->text.height / 2;
    if (!e->n_away)
        spots[k++] = (struct raster_point){ x, y };
    for (int i = 0; i < e->n_away; i++) {
        double d = e->away[i] * size;

        spots[k++] = (struct raster_point){ x, y + d };
        if (d > 0) {
            spots[k++] = (struct raster_point){ x, y - d };
            spots[k++] = (struct raster_point){ x + d, y };
            spots[k++] = (struct raster_point){ x - d, y };
        }
    }
    return k;
}

/* Letter by letter: the box round a slanting run is mostly empty. */
static bool is_taken(const struct name *n, const struct boxes *taken)
{
    for (size_t i = 0; i < n->run.n; i++) {
        struct raster_point p = n->run.letters[i].at;
        struct raster_box one = { p.x - 5, p.y - 5, p.x + 5, p.y + 5 };

        if (any_met(taken, &one, yes, NULL))
            return true;
    }
    return false;
}

static void choose_spot(struct name *n, double size, const struct boxes *taken)
{
    struct raster_point spots[MAX_SPOTS];
    int k;

    if (n->run.n) { /* it has no choice */
        n->box = n->run.box;
        if (is_taken(n, taken))
            n->state = LEFT_OUT;
        return;
    }
    k = spots_of(n, size, spots);
    for (int i = 0; i < k; i++) {
        stand(n, spots[i]);
        n->side = n->e->around > 0 && i < 2 ? (i ? 1 : -1) : 0;
        if (!any_met(taken, &n->box, yes, NULL))
            return;
    }
    stand(n, spots[0]);
    n->side = n->e->around > 0 ? -1 : 0;
    if (!n->e->always)
        n->state = LEFT_OUT;
}

static struct name *new_name(const struct raster_job *j,
                             struct raster_names *names)
{
    if (names->n == names->size) {
        size_t size = names->size ? 2 * names->size : 128;
        struct name *list = tr_arena_array(j->a, size, sizeof *list);

        if (!list) {
            (void)tr_fail(j->err, TR_ENOMEM, "no memory left for the map");
            return NULL;
        }
        for (size_t i = 0; i < names->n; i++)
            list[i] = names->list[i];
        names->list = list;
        names->size = size;
    }
    return &names->list[names->n++];
}

static enum tr_status add_name(const struct raster_job *j,
                               struct raster_names *names,
                               const struct style_entry *e, const char *text,
                               struct raster_point at, uint32_t rank)
{
    struct raster_type t = raster_type_of(j, e);
    struct name *n = new_name(j, names);

    if (!n)
        return TR_ENOMEM;
    *n = (struct name){ .e = e, .at = at, .rank = rank };
    if (e->capitals) {
        char *capitals = g_utf8_strup(text, -1);

        text = tr_arena_text(j->a, capitals, strlen(capitals));
        g_free(capitals);
        if (!text)
            return tr_fail(j->err, TR_ENOMEM, "no memory left for the map");
    }
    return raster_set_text(j, text, &t, e->lines, &n->text);
}

/* ---- all names of one entry ---- */

static enum tr_status gather_rows(const struct raster_job *j,
                                  struct raster_names *names,
                                  const struct style_entry *e,
                                  const struct tr_collection *c)
{
    const struct tr_column *column = tr_table_column(c->table, "name");
    const uint64_t *pass;
    enum tr_status st = raster_filter(j, c, 0, c->n, &pass);

    for (size_t row = 0; row < c->n && !st; row++) {
        const char *text = NULL;
        struct raster_point at;
        struct tr_position p;

        if (!raster_passes(pass, row) || !tr_collection_position(c, row, &p))
            continue;
        if (c->kind == TR_OF_AREAS)
            text = c->set->names[row];
        else if (column && column->type == TR_TEXT && tr_has(column, row))
            text = tr_text_at(column, row);
        at = raster_place(j, p);
        if (!text || !*text || at.x < names->taken.around.west ||
            at.x > names->taken.around.east ||
            at.y < names->taken.around.north ||
            at.y > names->taken.around.south)
            continue;
        st = add_name(j, names, e, text, at,
                      raster_scatter(tr_collection_number(c, row)));
    }
    return st;
}

struct runs {
    const struct raster_job *j;
    struct raster_names *names;
    const struct style_entry *e;
    uint64_t number;
};

static enum tr_status put_run(void *to, const struct raster_run *run)
{
    struct runs *r = to;
    struct name *n = new_name(r->j, r->names);
    uint64_t place = (uint64_t)(int64_t)floor(run->letters[0].at.x) * 65599 +
                     (uint64_t)(int64_t)floor(run->letters[0].at.y);

    if (!n)
        return TR_ENOMEM;
    *n = (struct name){ .e = r->e,
                        .run = *run,
                        .rank = raster_scatter(r->number * 31 + place) };
    return TR_OK;
}

static enum tr_status gather_lines(const struct raster_job *j,
                                   struct raster_names *names,
                                   const struct style_entry *e,
                                   const struct tr_collection *c)
{
    const struct tr_column *column = tr_table_column(c->table, "name");
    enum tr_status st = TR_OK;

    for (size_t row = 0; row < c->n && !st && column; row++) {
        const struct tr_geometry *g = tr_collection_geometry(c, row);
        struct runs r = { j, names, e, tr_collection_number(c, row) };

        if (g && g->kind == TR_LINE && column->type == TR_TEXT &&
            tr_has(column, row))
            st = raster_along(j, e, tr_text_at(column, row), g,
                              &names->taken.around, put_run, &r);
    }
    return st;
}

static enum tr_status gather_sites(const struct raster_job *j,
                                   struct raster_names *names,
                                   const struct style_entry *e,
                                   const struct raster_group *groups, size_t n)
{
    const struct tr_column *c = tr_table_column(&j->s->sites, "name");
    enum tr_status st = TR_OK;

    for (size_t i = 0; i < n && !st && c; i++) {
        size_t site = groups[i].site;
        uint32_t rank;

        if (groups[i].n != 1 || c->type != TR_TEXT || !tr_has(c, site))
            continue;
        rank = (uint32_t)j->r->style
                       .signs[j->s->classes ? j->s->classes[site] : TR_NO_CLASS]
                       .rank
                   << 24 |
               raster_scatter(j->s->numbers[site]) >> 8;
        st = add_name(j, names, e, tr_text_at(c, site), groups[i].at, rank);
        names->list[names->n - 1].clear = raster_sign_reach(j, &groups[i]);
    }
    return st;
}

struct rivals {
    struct name *list;
    const struct name *me;
    bool waits, beaten;
};

static bool see_rival(void *context, uint32_t item)
{
    struct rivals *r = context;
    const struct name *other = &r->list[item];

    if (other == r->me || other->state == LEFT_OUT)
        return false;
    if (other->state == PLACED)
        r->beaten = true;
    else if (other->rank > r->me->rank ||
             (other->rank == r->me->rank && other > r->me))
        r->waits = true;
    return r->beaten;
}

static void play_round(struct name *list, size_t n, const struct boxes *boxes)
{
    for (size_t i = 0; i < n; i++) {
        struct rivals r = { .list = list, .me = &list[i] };

        if (list[i].state != OPEN)
            continue;
        (void)any_met(boxes, &list[i].box, see_rival, &r);
        list[i].wins = !r.waits && !r.beaten;
    }
    for (size_t i = 0; i < n; i++) {
        if (list[i].state == OPEN && list[i].wins)
            list[i].state = PLACED;
    }
    for (size_t i = 0; i < n; i++) {
        struct rivals r = { .list = list, .me = &list[i] };

        if (list[i].state != OPEN)
            continue;
        (void)any_met(boxes, &list[i].box, see_rival, &r);
        if (r.beaten)
            list[i].state = LEFT_OUT;
    }
}

static void settle(const struct raster_job *j, struct raster_names *names,
                   size_t first, const struct style_entry *e)
{
    struct name *list = names->list + first;
    size_t n = names->n - first;
    struct boxes boxes;

    open_boxes(&boxes, &names->taken.around, j->a);
    for (size_t i = 0; i < n; i++) {
        choose_spot(&list[i], style_at(&e->size, j->zoom), &names->taken);
        add_box(&boxes, &list[i].box);
    }
    for (int round = 0; round < ROUNDS && !e->always; round++)
        play_round(list, n, &boxes);
    for (size_t i = 0; i < n; i++) {
        if (list[i].state == OPEN)
            list[i].state = e->always ? PLACED : LEFT_OUT;
        if (list[i].state == PLACED)
            add_box(&names->taken, &list[i].box);
    }
    names->taken.failed = names->taken.failed || boxes.failed;
}

enum tr_status raster_place_names(const struct raster_job *j,
                                  const struct raster_group *groups, size_t n,
                                  struct raster_names **out)
{
    const struct raster_style *s = &j->r->style;
    struct raster_names *names = tr_arena_alloc(j->a, sizeof *names);
    struct raster_box around = raster_grown(&j->view, raster_names_reach(j));
    enum tr_status st = TR_OK;

    if (!names)
        return tr_fail(j->err, TR_ENOMEM, "no memory left for the map");
    open_boxes(&names->taken, &around, j->a);
    for (size_t i = 0; i < n; i++) {
        struct raster_box at = { groups[i].at.x, groups[i].at.y, groups[i].at.x,
                                 groups[i].at.y };
        struct raster_box box =
            raster_grown(&at, raster_sign_reach(j, &groups[i]));

        add_box(&names->taken, &box);
    }
    for (size_t i = s->n; i-- > 0 && !st;) {
        const struct style_entry *e = &s->entries[i];
        struct tr_collection c;
        size_t next = 0, first = names->n;

        if (e->type != STYLE_NAME || !raster_in_zoom(j, e))
            continue;
        while (!st && raster_source(j, e, &next, &c))
            st = c.kind == TR_OF_SITES ? gather_sites(j, names, e, groups, n)
                 : e->along > 0        ? gather_lines(j, names, e, &c)
                                       : gather_rows(j, names, e, &c);
        if (!st)
            settle(j, names, first, e);
    }
    if (!st && names->taken.failed)
        st = tr_fail(j->err, TR_ENOMEM, "no memory left for the map");
    *out = names;
    return st;
}

void raster_draw_names(const struct raster_job *j,
                       const struct raster_names *names,
                       const struct style_entry *e)
{
    struct raster_type t = raster_type_of(j, e);
    /* Boxes are as measured: letters and their halo may be a little wider. */
    struct raster_box seen = raster_grown(&j->view, 2 * t.size + t.halo_width);

    for (size_t i = 0; i < names->n; i++) {
        const struct name *n = &names->list[i];
        struct raster_point middle = { n->middle.x - j->view.west,
                                       n->middle.y - j->view.north };

        if (n->e != e || n->state != PLACED || !raster_meets(&n->box, &seen))
            continue;
        if (n->run.n)
            raster_draw_run(j, &n->run, &t);
        else
            raster_draw_text(j, &n->text, &t, middle, n->side);
    }
}
