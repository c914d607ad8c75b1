/* qgis_style.c - see qgis_style.h. Colours are "red,green,blue,alpha", as QGIS
 * writes them; sizes are in millimetres. */
#include "feed/qgis_style.h"

#include <stdio.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

struct option {
    const char *name, *value;
};

static void put_options(const struct option *list, size_t n, struct tr_buf *out)
{
    tr_buf_str(out, "<Option type=\"Map\">");
    for (size_t i = 0; i < n; i++)
        tr_buf_printf(out,
                      "<Option type=\"QString\" name=\"%s\" value=\"%s\"/>",
                      list[i].name, list[i].value);
    tr_buf_str(out, "</Option>");
}

/* One symbol of one layer; QGIS knows it by its number as text. */
static void put_symbol(const char *type, size_t number, const char *class_,
                       const struct option *list, size_t n, struct tr_buf *out)
{
    tr_buf_printf(out,
                  "<symbol type=\"%s\" name=\"%zu\" alpha=\"1\" "
                  "clip_to_extent=\"1\" force_rhr=\"0\"><layer class=\"%s\" "
                  "enabled=\"1\" locked=\"0\" pass=\"0\">",
                  type, number, class_);
    put_options(list, n, out);
    tr_buf_str(out, "</layer></symbol>");
}

static void begin(const char *categories, bool labels, struct tr_buf *out)
{
    tr_buf_printf(out,
                  "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
                  "<qgis version=\"3.22.0\" styleCategories=\"%s\" "
                  "labelsEnabled=\"%d\">",
                  categories, labels);
}

static void end(struct tr_buf *out)
{
    tr_buf_str(out, "</qgis>\n");
}

/* ---- sites ---- */

struct sign {
    const char *class_, *label, *shape, *size, *fill, *line, *width;
};

static const struct sign signs[] = {
    { "key", "key", "star", "5", "11,60,111,255", "255,255,255,255", "0.2" },
    { "core", "core", "circle", "3", "43,140,131,255", "255,255,255,255",
      "0.2" },
    { "surplus", "candidate, for the owner to review", "triangle", "4",
      "207,85,20,255", "255,255,255,255", "0.2" },
    { "in-review", "in review", "triangle", "3.6", "255,255,255,255",
      "207,85,20,255", "0.6" },
    { "unclassified", "unclassified", "square", "2.8", "255,255,255,255",
      "90,95,102,255", "0.5" },
    { "not-applicable", "not applicable", "cross2", "2.4", "255,255,255,0",
      "123,128,134,255", "0.6" },
    { "", "no class", "circle", "2.6", "255,255,255,255", "90,95,102,255",
      "0.4" },
};

static void put_sign(const struct sign *s, size_t number, struct tr_buf *out)
{
    const struct option list[] = {
        { "name", s->shape },         { "size", s->size },
        { "size_unit", "MM" },        { "color", s->fill },
        { "outline_color", s->line }, { "outline_width", s->width },
        { "outline_style", "solid" }, { "outline_width_unit", "MM" },
        { "joinstyle", "round" },     { "scale_method", "diameter" },
    };

    put_symbol("marker", number, "SimpleMarker", list, LENGTH(list), out);
}

/* The same classes as outlines: the sign's fill, seen through. */
static void put_outline(const struct sign *s, size_t number, struct tr_buf *out)
{
    const char *line = strncmp(s->fill, "255", 3) == 0 ? s->line : s->fill;
    char fill[24];
    const struct option list[] = {
        { "style", "solid" },         { "color", fill },
        { "outline_style", "solid" }, { "outline_color", line },
        { "outline_width", "0.3" },   { "outline_width_unit", "MM" },
        { "joinstyle", "round" },
    };

    snprintf(fill, sizeof fill, "%.*s,70", (int)(strrchr(line, ',') - line),
             line);
    put_symbol("fill", number, "SimpleFill", list, LENGTH(list), out);
}

static void put_by_class(void (*put)(const struct sign *, size_t,
                                     struct tr_buf *),
                         struct tr_buf *out)
{
    begin("Symbology", false, out);
    tr_buf_str(out, "<renderer-v2 type=\"categorizedSymbol\" attr=\"class\" "
                    "forceraster=\"0\" symbollevels=\"0\" "
                    "enableorderby=\"0\"><categories>");
    for (size_t i = 0; i < LENGTH(signs); i++)
        tr_buf_printf(out,
                      "<category render=\"true\" symbol=\"%zu\" value=\"%s\" "
                      "label=\"%s\"/>",
                      i, signs[i].class_, signs[i].label);
    tr_buf_str(out, "</categories><symbols>");
    for (size_t i = 0; i < LENGTH(signs); i++)
        put(&signs[i], i, out);
    tr_buf_str(out, "</symbols></renderer-v2>");
    end(out);
}

void qgis_style_sites(struct tr_buf *out)
{
    put_by_class(put_sign, out);
}

void qgis_style_footprints(struct tr_buf *out)
{
    put_by_class(put_outline, out);
}

/* ---- one symbol for all ---- */

static void put_single(const char *type, const char *class_,
                       const struct option *list, size_t n, struct tr_buf *out)
{
    tr_buf_str(out, "<renderer-v2 type=\"singleSymbol\" forceraster=\"0\" "
                    "symbollevels=\"0\" enableorderby=\"0\"><symbols>");
    put_symbol(type, 0, class_, list, n, out);
    tr_buf_str(out, "</symbols></renderer-v2>");
}

static void put_labels(const char *field, const char *size, struct tr_buf *out)
{
    tr_buf_printf(out,
                  "<labeling type=\"simple\"><settings calloutType=\"simple\">"
                  "<text-style fieldName=\"%s\" isExpression=\"0\" "
                  "fontFamily=\"Open Sans\" fontSize=\"%s\" "
                  "fontSizeUnit=\"Point\" textColor=\"75,85,89,255\" "
                  "textOpacity=\"1\" multilineHeight=\"1\">"
                  "<text-buffer bufferDraw=\"1\" bufferSize=\"0.8\" "
                  "bufferSizeUnits=\"MM\" bufferColor=\"255,255,255,255\" "
                  "bufferOpacity=\"0.8\" bufferJoinStyle=\"128\"/>"
                  "</text-style>"
                  "<text-format wrapChar=\"\" multilineAlign=\"1\"/>"
                  "<placement placement=\"4\" priority=\"5\" "
                  "polygonPlacementFlags=\"2\"/>"
                  "<rendering drawLabels=\"1\" obstacle=\"0\" "
                  "scaleVisibility=\"0\" limitNumLabels=\"0\"/>"
                  "</settings></labeling>",
                  field, size);
}

void qgis_style_areas(unsigned rank, struct tr_buf *out)
{
    static const char *const widths[] = { "0.5", "0.35", "0.25", "0.18" };
    static const char *const sizes[] = { "11", "9", "8", "7" };
    size_t at = rank < LENGTH(widths) ? rank : LENGTH(widths) - 1;
    const struct option list[] = {
        { "style", "no" },
        { "color", "255,255,255,0" },
        { "outline_style", at < 2 ? "solid" : "dash" },
        { "outline_color", at < 2 ? "109,106,100,255" : "143,139,131,255" },
        { "outline_width", widths[at] },
        { "outline_width_unit", "MM" },
        { "joinstyle", "round" },
    };

    begin("Symbology|Labeling", true, out);
    put_single("fill", "SimpleFill", list, LENGTH(list), out);
    put_labels("name", sizes[at], out);
    end(out);
}

/* ---- context ---- */

static const struct {
    const char *draw, *fill, *line, *width;
} drawn[] = {
    { "park", "228,236,214,255", "205,219,186,255", "0.1" },
    { "wood", "211,224,195,255", "190,207,170,255", "0.1" },
    { "heritage", "201,165,111,50", "169,138,92,160", "0.2" },
    { "water", "188,213,226,255", "169,202,219,255", "0.6" },
    { "road", "220,216,207,255", "220,216,207,255", "0.5" },
    { "rail", "167,165,160,255", "167,165,160,255", "0.4" },
    { "stop", "179,176,168,255", "179,176,168,255", "0" },
    { "station", "255,255,255,255", "119,117,111,255", "0.4" },
    { NULL, "196,192,184,120", "150,147,140,255", "0.2" },
};

void qgis_style_context(enum tr_geometry_kind kind, const char *draw,
                        struct tr_buf *out)
{
    size_t i = 0;

    while (drawn[i].draw && (!draw || strcmp(drawn[i].draw, draw) != 0))
        i++;

    const struct option marker[] = {
        { "name", "circle" },
        { "size", draw && strcmp(draw, "station") == 0 ? "2.2" : "1.4" },
        { "size_unit", "MM" },
        { "color", drawn[i].fill },
        { "outline_color", drawn[i].line },
        { "outline_width", drawn[i].width },
        { "outline_width_unit", "MM" },
    };
    const struct option line[] = {
        { "line_color", drawn[i].line }, { "line_width", drawn[i].width },
        { "line_width_unit", "MM" },     { "line_style", "solid" },
        { "capstyle", "round" },         { "joinstyle", "round" },
    };
    const struct option fill[] = {
        { "style", "solid" },         { "color", drawn[i].fill },
        { "outline_style", "solid" }, { "outline_color", drawn[i].line },
        { "outline_width", "0.1" },   { "outline_width_unit", "MM" },
    };

    begin("Symbology", false, out);
    switch (kind) {
    case TR_POINT:
        put_single("marker", "SimpleMarker", marker, LENGTH(marker), out);
        break;
    case TR_LINE:
        put_single("line", "SimpleLine", line, LENGTH(line), out);
        break;
    case TR_POLYGON:
        put_single("fill", "SimpleFill", fill, LENGTH(fill), out);
        break;
    }
    end(out);
}
