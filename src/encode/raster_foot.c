/* raster_foot.c - whose data a map shows, and its scale. See terrier/raster.h. */
#include <math.h>
#include <string.h>

#include "encode/raster_parts.h"

#define SIZE       7.0 /* points */
#define PAD        4.0
#define LONGEST    0.22 /* of the width: the bar */
#define MOST_PARTS 64

static const struct style_color dark = { 0.24, 0.25, 0.27, 1 };
static const struct style_color veil = { 1, 1, 1, 0.82 };

/* ---- credits ---- */

struct credits {
    struct tr_arena *a;
    const char *list[MOST_PARTS];
    size_t n;
    bool failed;
};

/* "(c)" as printed. */
static const char *with_sign(struct tr_arena *a, const char *text, size_t len)
{
    struct tr_buf b;
    const char *out;

    tr_buf_init(&b, 4096);
    for (size_t i = 0; i < len; i++) {
        if (i + 3 <= len && g_ascii_strncasecmp(text + i, "(c)", 3) == 0) {
            tr_buf_str(&b, "\u00a9");
            i += 2;
        } else {
            tr_buf_byte(&b, (unsigned char)text[i]);
        }
    }
    out = tr_buf_text(&b);
    out = out ? tr_arena_text(a, out, b.len) : NULL;
    tr_buf_clear(&b);
    return out;
}

static void add_credit(struct credits *c, const char *text, size_t len)
{
    const char *credit;

    while (len && text[0] == ' ') {
        text++;
        len--;
    }
    if (len > 8 && g_ascii_strncasecmp(text, "Source: ", 8) == 0) {
        text += 8;
        len -= 8;
    }
    while (len && (text[len - 1] == '.' || text[len - 1] == ' '))
        len--;
    credit = with_sign(c->a, text, len);
    if (!credit) {
        c->failed = true;
        return;
    }
    for (size_t i = 0; i < c->n; i++) {
        if (strcmp(c->list[i], credit) == 0)
            return;
    }
    if (*credit && c->n < MOST_PARTS)
        c->list[c->n++] = credit;
}

/* A sentence, or a part between semicolons, is a credit. */
static void add_credits(struct credits *c, const char *text)
{
    const char *from = text;

    for (const char *p = text;; p++) {
        bool sentence =
            *p == '.' && p[1] == ' ' && (g_ascii_isupper(p[2]) || p[2] == '(');

        if (*p && *p != ';' && !sentence)
            continue;
        add_credit(c, from, (size_t)(p - from));
        if (!*p)
            return;
        from = p + 1;
    }
}

static bool is_shown(const struct tr_layer *l)
{
    return l->draw || strcmp(l->kind, "areas") == 0 ||
           (strcmp(l->kind, "sites") == 0 && l->n_rows);
}

const char *tr_raster_attribution(const struct tr_snapshot *s,
                                  struct tr_arena *a)
{
    struct credits c = { .a = a };
    const char *all = "";

    for (size_t i = 0; i < s->n_layers; i++) {
        if (s->layers[i].attribution && is_shown(&s->layers[i]))
            add_credits(&c, s->layers[i].attribution);
    }
    for (size_t i = 0; i < c.n && all; i++)
        all = tr_arena_printf(a, "%s%s%s", all, i ? ", " : "", c.list[i]);
    return c.failed ? NULL : all;
}

/* ---- drawing ---- */

static struct raster_type small_type(void)
{
    return (struct raster_type){ .size = SIZE, .color = dark, .opacity = 1 };
}

static void draw_veil(const struct raster_job *j, double x, double y, double w,
                      double h)
{
    raster_color(j, veil, 1);
    cairo_rectangle(j->cr, x, y, w, h);
    cairo_fill(j->cr);
}

/* As many lines as it takes, from the lower edge upwards; the top of them. */
static enum tr_status draw_credits(const struct raster_job *j,
                                   const struct tr_raster_view *v, double *top)
{
    struct raster_type t = small_type();
    const char *all = tr_raster_attribution(j->s, j->a);
    struct raster_text text;
    enum tr_status st;

    if (!all)
        return tr_fail(j->err, TR_ENOMEM, "no memory left for the map");
    if (!*all)
        return TR_OK;
    st = raster_set_text(j, all, &t, (v->width - 2 * PAD) / SIZE, &text);
    if (st)
        return st;
    *top = v->height - text.height - PAD;
    draw_veil(j, 0, *top, v->width, text.height + PAD);
    raster_draw_text(j, &text, &t,
                     (struct raster_point){ PAD + text.width / 2,
                                            *top + PAD / 2 + text.height / 2 },
                     -1);
    return TR_OK;
}

/* 1, 2 or 5 times a power of ten. */
static double round_length(double most)
{
    double ten = pow(10, floor(log10(most)));

    return most >= 5 * ten ? 5 * ten : most >= 2 * ten ? 2 * ten : ten;
}

static void draw_bar(const struct raster_job *j, const struct tr_raster_view *v,
                     double bottom)
{
    struct raster_type t = small_type();
    double per_point = tr_raster_ground_metres(v);
    double metres = round_length(per_point * v->width * LONGEST);
    double length = metres / per_point, y = bottom - 2 * PAD;
    char words[40];
    struct raster_text text = { .n = 1, .lines = { words } };

    if (metres >= 1000)
        (void)g_snprintf(words, sizeof words, "%.0f km", metres / 1000);
    else
        (void)g_snprintf(words, sizeof words, "%.0f m", metres);
    draw_veil(j, PAD, y - SIZE - PAD, length + 2 * PAD, SIZE + 2.5 * PAD);
    raster_color(j, dark, 1);
    cairo_set_line_width(j->cr, 1);
    cairo_move_to(j->cr, 2 * PAD, y - PAD);
    cairo_rel_line_to(j->cr, 0, PAD);
    cairo_rel_line_to(j->cr, length, 0);
    cairo_rel_line_to(j->cr, 0, -PAD);
    cairo_stroke(j->cr);
    raster_draw_text(
        j, &text, &t,
        (struct raster_point){ 2 * PAD + length / 2, y - SIZE / 2 - 1 }, 0);
}

enum tr_status raster_foot(const struct raster_job *j,
                           const struct tr_raster_view *v)
{
    double top = v->height;
    enum tr_status st = TR_OK;

    if (j->o->attribution)
        st = draw_credits(j, v, &top);
    if (!st && j->o->scale_bar)
        draw_bar(j, v, top);
    return st;
}
