/* raster_style.c - reading web/style.json. See raster_style.h. */
#include "encode/raster_style.h"

#include <stdlib.h>
#include <string.h>

#include "terrier/node.h"

#define LENGTH(list) (sizeof(list) / sizeof *(list))
#define FILE_NAME    "style.json"

struct reader {
    const struct tr_node *colors, *fonts;
    struct tr_error *err;
};

double style_at(const struct style_stops *s, double zoom)
{
    if (s->n == 0)
        return 0;
    for (int i = 0; i < s->n; i++) {
        double t;

        if (zoom > s->zoom[i])
            continue;
        if (i == 0)
            return s->value[0];
        t = (zoom - s->zoom[i - 1]) / (s->zoom[i] - s->zoom[i - 1]);
        return s->value[i - 1] + t * (s->value[i] - s->value[i - 1]);
    }
    return s->value[s->n - 1];
}

static enum tr_status bad(const struct reader *r, const char *what,
                          const char *value)
{
    return tr_fail(r->err, TR_ECONFIG, FILE_NAME ": %s '%s' is not known", what,
                   value);
}

/* One of a list of words, as its place in the list. */
static enum tr_status read_word(const struct reader *r,
                                const struct tr_node *map, const char *key,
                                const char *const *words, int n, int *out)
{
    const char *text = NULL;
    enum tr_status st = tr_node_text(map, key, FILE_NAME, &text, r->err);

    if (st || !text)
        return st;
    for (int i = 0; i < n; i++) {
        if (strcmp(words[i], text) == 0) {
            *out = i;
            return TR_OK;
        }
    }
    return bad(r, key, text);
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

static bool read_hex(const char *s, struct style_color *out)
{
    double part[3];

    if (strlen(s) != 7)
        return false;
    for (int i = 0; i < 3; i++) {
        int high = hex(s[1 + 2 * i]), low = hex(s[2 + 2 * i]);

        if (high < 0 || low < 0)
            return false;
        part[i] = (high * 16 + low) / 255.0;
    }
    *out = (struct style_color){ part[0], part[1], part[2], 1 };
    return true;
}

/* rgba(r,g,b,a), the first three from 0 to 255. */
static bool read_rgba(const char *s, struct style_color *out)
{
    double part[4];
    const char *p = s + strlen("rgba(");

    for (int i = 0; i < 4; i++) {
        char *end;

        part[i] = strtod(p, &end);
        if (end == p || *end != (i < 3 ? ',' : ')'))
            return false;
        p = end + 1;
    }
    *out = (struct style_color){ part[0] / 255, part[1] / 255, part[2] / 255,
                                 part[3] };
    return !*p;
}

static enum tr_status read_color(const struct reader *r,
                                 const struct tr_node *map, const char *key,
                                 struct style_color *out)
{
    const char *text = NULL;
    enum tr_status st = tr_node_text(map, key, FILE_NAME, &text, r->err);
    const struct tr_node *named;

    if (st || !text)
        return st;
    named = tr_node_get(r->colors, text);
    if (named)
        text = named->text;
    if (*text == '#' ? read_hex(text, out)
                     : strncmp(text, "rgba(", 5) == 0 && read_rgba(text, out))
        return TR_OK;
    return bad(r, key, text);
}

static bool is_number(const struct tr_node *n)
{
    return n->kind == TR_NODE_INTEGER || n->kind == TR_NODE_NUMBER;
}

/* A list of at most `most` numbers; *n stays as it is when it is absent. */
static enum tr_status read_numbers(const struct reader *r,
                                   const struct tr_node *map, const char *key,
                                   int most, double *out, int *n)
{
    const struct tr_node *list = NULL;
    enum tr_status st = tr_node_list(map, key, FILE_NAME, &list, r->err);

    if (st || !list)
        return st;
    if (list->n > (size_t)most)
        return bad(r, key, "a longer list");
    for (size_t i = 0; i < list->n; i++) {
        if (!is_number(list->items[i]))
            return bad(r, key, list->items[i]->text);
        out[i] = list->items[i]->number;
    }
    *n = (int)list->n;
    return TR_OK;
}

static enum tr_status read_stops(const struct reader *r,
                                 const struct tr_node *map, const char *key,
                                 struct style_stops *out)
{
    const struct tr_node *v = tr_node_get(map, key);

    if (!v)
        return TR_OK;
    if (is_number(v)) {
        out->n = 1;
        out->value[0] = v->number;
        return TR_OK;
    }
    if (v->kind != TR_NODE_LIST || !v->n || v->n > STYLE_STOPS)
        return bad(r, key, v->text);
    for (size_t i = 0; i < v->n; i++) {
        const struct tr_node *pair = v->items[i];

        if (pair->kind != TR_NODE_LIST || pair->n != 2 ||
            !is_number(pair->items[0]) || !is_number(pair->items[1]))
            return bad(r, key, "a stop");
        out->zoom[i] = pair->items[0]->number;
        out->value[i] = pair->items[1]->number;
    }
    out->n = (int)v->n;
    return TR_OK;
}

/* ---- entries ---- */

static enum tr_status read_kind(const struct reader *r,
                                const struct tr_node *map,
                                struct style_entry *e)
{
    static const char *const ofs[] = { "paper", "ground", "context",   "fine",
                                       "main",  "alone",  "footprint", "site",
                                       "sites", "other" };
    static const char *const types[] = { "background", "fill", "line", "circle",
                                         "name",       "sign", "ring" };
    static const char *const parts[] = { "", "focus", "rest" };
    int of = -1, type = -1, part = 0;
    enum tr_status st = read_word(r, map, "of", ofs, (int)LENGTH(ofs), &of);

    if (!st)
        st = read_word(r, map, "type", types, (int)LENGTH(types), &type);
    if (!st)
        st = read_word(r, map, "part", parts, (int)LENGTH(parts), &part);
    if (!st && (of < 0 || type < 0))
        st = bad(r, "an entry", "without of and type");
    if (st)
        return st;
    e->of = (enum style_of)of;
    e->type = (enum style_type)type;
    e->part = (enum style_part)part;
    st = tr_node_text(map, "draw", FILE_NAME, &e->draw, r->err);
    if (!st)
        st = tr_node_text(map, "geometry", FILE_NAME, &e->geometry, r->err);
    return st;
}

static enum tr_status read_numbers_of(const struct reader *r,
                                      const struct tr_node *map,
                                      struct style_entry *e)
{
    const struct {
        const char *key;
        double *out;
    } numbers[] = {
        { "minzoom", &e->minzoom },
        { "maxzoom", &e->maxzoom },
        { "halo-width", &e->halo_width },
        { "lines", &e->lines },
        { "padding", &e->padding },
        { "below", &e->below },
        { "around", &e->around },
        { "along", &e->along },
        { "bend", &e->bend },
        { "letter-spacing", &e->spacing },
    };
    const struct {
        const char *key;
        struct style_stops *out;
    } stops[] = {
        { "opacity", &e->opacity },       { "width", &e->width },
        { "radius", &e->radius },         { "size", &e->size },
        { "edge-width", &e->edge_width },
    };
    enum tr_status st = TR_OK;

    for (size_t i = 0; i < LENGTH(numbers) && !st; i++)
        st = tr_node_number(map, numbers[i].key, FILE_NAME, numbers[i].out,
                            r->err);
    for (size_t i = 0; i < LENGTH(stops) && !st; i++)
        st = read_stops(r, map, stops[i].key, stops[i].out);
    if (!st)
        st = read_numbers(r, map, "dash", 2, e->dash, &e->n_dash);
    if (!st)
        st = read_numbers(r, map, "away", STYLE_PLACES, e->away, &e->n_away);
    return st;
}

static enum tr_status read_flags(const struct reader *r,
                                 const struct tr_node *map,
                                 struct style_entry *e)
{
    const struct {
        const char *key;
        bool *out;
    } flags[] = {
        { "inside", &e->inside },
        { "crisp", &e->crisp },
        { "capitals", &e->capitals },
        { "always", &e->always },
    };
    const struct tr_node *round = tr_node_get(map, "round");
    enum tr_status st = TR_OK;

    e->round_join = round != NULL;
    e->round_cap = round && round->kind == TR_NODE_BOOL;
    for (size_t i = 0; i < LENGTH(flags) && !st; i++)
        st = tr_node_bool(map, flags[i].key, FILE_NAME, flags[i].out, r->err);
    return st;
}

static enum tr_status read_entry(const struct reader *r,
                                 const struct tr_node *map,
                                 struct style_entry *e)
{
    static const char *const known[] = {
        "of",       "id",         "type",           "draw",
        "geometry", "part",       "minzoom",        "maxzoom",
        "color",    "opacity",    "width",          "dash",
        "round",    "inside",     "crisp",          "radius",
        "edge",     "edge-width", "size",           "font",
        "halo",     "halo-width", "lines",          "padding",
        "away",     "below",      "around",         "along",
        "bend",     "capitals",   "letter-spacing", "always",
    };
    const char *names[STYLE_FONTS];
    enum tr_status st =
        tr_node_known_keys(map, known, LENGTH(known), FILE_NAME, r->err);

    *e = (struct style_entry){
        .maxzoom = 99, .lines = 8, .padding = 4, .opacity = { 1, { 0 }, { 1 } }
    };
    for (size_t i = 0; i < r->fonts->n && i < STYLE_FONTS; i++)
        names[i] = r->fonts->keys[i]->text;
    if (!st)
        st = read_kind(r, map, e);
    if (!st)
        st = read_numbers_of(r, map, e);
    if (!st)
        st = read_flags(r, map, e);
    if (!st)
        st = read_color(r, map, "color", &e->color);
    if (!st)
        st = read_color(r, map, "edge", &e->edge);
    if (!st)
        st = read_color(r, map, "halo", &e->halo);
    if (!st)
        st = read_word(r, map, "font", names, (int)r->fonts->n, &e->font);
    return st;
}

static enum tr_status read_entries(const struct reader *r,
                                   const struct tr_node *root,
                                   struct raster_style *out)
{
    const struct tr_node *list;
    enum tr_status st = tr_node_need(root, "layers", FILE_NAME, &list, r->err);

    if (!st && list->n > STYLE_ENTRIES)
        st = bad(r, "layers", "more than there is room for");
    for (size_t i = 0; !st && i < list->n; i++)
        st = read_entry(r, list->items[i], &out->entries[out->n++]);
    return st;
}

/* ---- fonts and signs ---- */

static enum tr_status read_fonts(const struct reader *r,
                                 struct raster_style *out)
{
    enum tr_status st = TR_OK;

    if (r->fonts->kind != TR_NODE_MAP || r->fonts->n > STYLE_FONTS)
        return bad(r, "fonts", "more than there is room for");
    for (size_t i = 0; i < r->fonts->n && !st; i++) {
        struct style_font *f = &out->fonts[out->n_fonts++];
        const struct tr_node *picture = NULL;

        *f = (struct style_font){ .narrow = 1 };
        st = tr_node_need(r->fonts->items[i], "picture", FILE_NAME, &picture,
                          r->err);
        if (!st)
            st = tr_node_text(picture, "family", FILE_NAME, &f->family, r->err);
        if (!st)
            st = tr_node_bool(picture, "bold", FILE_NAME, &f->bold, r->err);
        if (!st)
            st = tr_node_number(picture, "narrow", FILE_NAME, &f->narrow,
                                r->err);
        if (!st)
            st = tr_node_number(picture, "slant", FILE_NAME, &f->slant, r->err);
        if (!st && !f->family)
            st = bad(r, "a font", "without a family");
    }
    return st;
}

static enum tr_status read_shape(const struct reader *r,
                                 const struct tr_node *map,
                                 struct style_sign *s)
{
    static const char *const shapes[] = { "star", "disc", "corners",
                                          "strokes" };
    static const int need[] = { 4, 3, 6, 4 };

    for (size_t i = 0; i < LENGTH(shapes); i++) {
        if (!tr_node_get(map, shapes[i]))
            continue;
        s->shape = (enum style_shape)i;

        enum tr_status st =
            read_numbers(r, map, shapes[i], STYLE_NUMBERS, s->numbers, &s->n);

        return st || s->n >= need[i] ? st : bad(r, shapes[i], "too short");
    }
    return bad(r, "a sign", "without a shape");
}

static enum tr_status read_sign(const struct reader *r,
                                const struct tr_node *map, struct style_sign *s)
{
    static const char *const known[] = { "star",    "disc",  "corners",
                                         "strokes", "fill",  "line",
                                         "width",   "slice", "rank" };
    const struct tr_node *fill = tr_node_get(map, "fill");
    int64_t rank = 1;
    enum tr_status st =
        tr_node_known_keys(map, known, LENGTH(known), FILE_NAME, r->err);

    if (!st)
        st = read_shape(r, map, s);
    s->filled = fill && strcmp(fill->text, "none") != 0;
    if (!st && s->filled)
        st = read_color(r, map, "fill", &s->fill);
    if (!st)
        st = read_color(r, map, "line", &s->line);
    if (!st)
        st = read_color(r, map, "slice", &s->slice);
    if (!st)
        st = tr_node_number(map, "width", FILE_NAME, &s->width, r->err);
    if (!st)
        st = tr_node_integer(map, "rank", FILE_NAME, &rank, r->err);
    s->rank = (int)rank;
    return st;
}

static enum tr_status read_signs(const struct reader *r,
                                 const struct tr_node *root,
                                 struct raster_style *out)
{
    const struct tr_node *signs, *of;
    enum tr_status st = tr_node_need(root, "signs", FILE_NAME, &signs, r->err);

    if (!st)
        st = tr_node_need(signs, "of", FILE_NAME, &of, r->err);
    if (!st)
        st = tr_node_number(signs, "box", FILE_NAME, &out->sign_box, r->err);
    if (!st)
        st = tr_node_number(signs, "halo-width", FILE_NAME,
                            &out->sign_halo_width, r->err);
    if (!st)
        st = read_color(r, signs, "halo", &out->sign_halo);
    for (int c = 0; c < TR_CLASSES && !st; c++) {
        const struct tr_node *sign;

        st = tr_node_need(of, tr_class_name((enum tr_class)c), FILE_NAME, &sign,
                          r->err);
        if (!st)
            st = read_sign(r, sign, &out->signs[c]);
    }
    return st;
}

static enum tr_status read_marks(const struct reader *r,
                                 const struct tr_node *root,
                                 struct raster_style *out)
{
    const struct tr_node *ring = tr_node_get(root, "ring");
    const struct tr_node *mark =
        tr_node_get(tr_node_get(root, "marks"), "chosen");
    const struct {
        const struct tr_node *map;
        const char *key;
        double *out;
    } numbers[] = {
        { ring, "least", &out->ring_least },
        { ring, "more", &out->ring_more },
        { ring, "doubling", &out->ring_doubling },
        { ring, "band", &out->ring_band },
        { mark, "radius", &out->mark_radius },
        { mark, "edge-width", &out->mark_width },
    };
    enum tr_status st = read_color(r, ring, "face", &out->ring_face);

    if (!st)
        st = read_color(r, mark, "edge", &out->mark);
    for (size_t i = 0; i < LENGTH(numbers) && !st; i++)
        st = tr_node_number(numbers[i].map, numbers[i].key, FILE_NAME,
                            numbers[i].out, r->err);
    return st;
}

enum tr_status raster_style_parse(const char *json, size_t len,
                                  struct tr_arena *a, struct raster_style *out,
                                  struct tr_error *err)
{
    const struct tr_node *root;
    struct reader r = { .err = err };
    enum tr_status st = tr_json_parse(json, len, FILE_NAME, a, &root, err);

    *out = (struct raster_style){ 0 };
    if (!st)
        st = tr_node_need(root, "colors", FILE_NAME, &r.colors, err);
    if (!st)
        st = tr_node_need(root, "fonts", FILE_NAME, &r.fonts, err);
    if (!st)
        st = read_fonts(&r, out);
    if (!st)
        st = read_entries(&r, root, out);
    if (!st)
        st = read_signs(&r, root, out);
    if (!st)
        st = read_marks(&r, root, out);
    return st;
}
