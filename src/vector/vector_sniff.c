/* vector_sniff.c - see vector_sniff.h */
#include "vector/vector_sniff.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD      4096u
#define CHUNK     65536u
#define MAX_DEPTH 64
#define OVERLAP   16u /* longer than any word that is searched for */

struct probe {
    int fd;
    const struct vector_source *source;
    unsigned char head[HEAD];
    size_t head_len;
    uint64_t size;
};

struct magic {
    size_t at;
    const char *bytes;
    size_t len;
    const char *name;
};

#define MAGIC(at, bytes, name)                                                 \
    {                                                                          \
        (at), (bytes), sizeof(bytes) - 1, (name)                               \
    }

static const struct magic magics[] = {
    MAGIC(0, "PK\3\4", "a zip archive"),
    MAGIC(0, "PK\5\6", "an empty zip archive"),
    MAGIC(0, "SQLite format 3\0", "an SQLite database"),
    MAGIC(0, "\x00\x00\x27\x0a", "a shapefile"),
    MAGIC(0, "fgb\x03", "a FlatGeobuf"),
    MAGIC(0, "\xd0\xcf\x11\xe0",
          "an old workbook (.xls), or one with a password"),
    MAGIC(0, "%PDF", "a PDF"),
    MAGIC(0, "\x1f\x8b", "a gzip archive"),
    MAGIC(0, "7z\xbc\xaf", "a 7z archive"),
    MAGIC(0, "Rar!", "a RAR archive"),
    MAGIC(0,
          "\x7f"
          "ELF",
          "a program"),
    MAGIC(0, "MZ", "a program"),
    MAGIC(0, "\x89PNG", "a PNG picture"),
    MAGIC(0, "\xff\xd8\xff", "a JPEG picture"),
    MAGIC(0, "version https://git-lfs", "a Git LFS pointer, not the file"),
};

static const char *const format_names[] = {
    [VECTOR_NONE] = "nothing",
    [VECTOR_XLSX] = "an Excel workbook (.xlsx)",
    [VECTOR_GPKG] = "a GeoPackage",
    [VECTOR_SHAPEFILE] = "a shapefile",
    [VECTOR_GEOJSON] = "a GeoJSON file",
    [VECTOR_KML] = "a KML file",
    [VECTOR_FLATGEOBUF] = "a FlatGeobuf",
};

const char *vector_format_name(enum vector_format format)
{
    return format_names[format];
}

static bool find(const unsigned char *p, size_t len, const char *word)
{
    size_t n = strlen(word);

    for (; len >= n; p++, len--) {
        if (!strncasecmp((const char *)p, word, n))
            return true;
    }
    return false;
}

static bool is_space(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without the byte order mark and the white space before the first character.
 */
static const unsigned char *skip_space(const unsigned char *p, size_t *len)
{
    if (*len >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3)) {
        p += 3;
        *len -= 3;
    }
    while (*len && is_space(*p)) {
        p++;
        --*len;
    }
    return p;
}

static const char *looks_like_xml(const unsigned char *p, size_t len)
{
    if (find(p, len, "<OGRVRT") || find(p, len, "<VRTDataset"))
        return "a GDAL virtual file (VRT), which points at other files";
    if (find(p, len, "<!doctype html") || find(p, len, "<html"))
        return "a web page (HTML)";
    if (find(p, len, "<kml") || find(p, len, ":kml"))
        return "a KML file";
    return "an XML file";
}

const char *vector_looks_like(const unsigned char *head, size_t len)
{
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        const struct magic *m = &magics[i];

        if (len >= m->at + m->len && !memcmp(head + m->at, m->bytes, m->len))
            return m->name;
    }

    const unsigned char *p = skip_space(head, &len);

    if (!len)
        return "an empty file";
    if (memchr(p, '\0', len))
        return "binary data";
    if (*p == '<')
        return looks_like_xml(p, len);
    if (*p == '{' || *p == '[')
        return find(p, len, "\"Topology\"") ? "a TopoJSON file" : "a JSON file";
    for (size_t i = 0; i < len; i++) {
        if (p[i] < ' ' && !is_space(p[i]) && p[i] != '\f')
            return "binary data";
    }
    return "a text file";
}

static enum tr_status not_so(const struct probe *p, struct tr_error *err)
{
    return tr_fail(err, TR_EDATA, "'%s' is not %s: it looks like %s",
                   p->source->name, vector_format_name(p->source->format),
                   vector_looks_like(p->head, p->head_len));
}

static enum tr_status cut_short(const struct probe *p, struct tr_error *err)
{
    return tr_fail(err, TR_EDATA,
                   "'%s' ends before its data does: it was cut short",
                   p->source->name);
}

/* Give every byte to `see`, chunk by chunk, each with the end of the one before
 * it in front (`overlap` bytes), until it fails. */
typedef enum tr_status (*see_fn)(void *state, const unsigned char *p,
                                 size_t len, size_t overlap,
                                 struct tr_error *err);

static enum tr_status scan(const struct probe *p, see_fn see, void *state,
                           struct tr_error *err)
{
    unsigned char bytes[OVERLAP + CHUNK];
    size_t overlap = 0;
    off_t at = 0;

    for (;;) {
        ssize_t n = pread(p->fd, bytes + overlap, CHUNK, at);

        if (n < 0)
            return tr_fail(err, TR_EIO, "cannot read '%s'", p->source->name);
        if (!n)
            return TR_OK;

        size_t len = overlap + (size_t)n;
        enum tr_status st = see(state, bytes, len, overlap, err);

        if (st)
            return st;
        at += n;
        overlap = len < OVERLAP ? len : OVERLAP;
        memmove(bytes, bytes + len - overlap, overlap);
    }
}

/* ---- GeoJSON ---- */

struct json_scan {
    const struct probe *probe;
    int depth;
    bool in_text, escaped;
    size_t points; /* lists since the last brace: those of one geometry */
};

static enum tr_status bad_json(const struct json_scan *s, const char *why,
                               struct tr_error *err)
{
    return tr_fail(err, TR_EDATA, "'%s' is not valid JSON%s",
                   s->probe->source->name, why);
}

/* One character outside quotes. */
static enum tr_status see_mark(struct json_scan *s, unsigned char c,
                               struct tr_error *err)
{
    const struct vector_source *source = s->probe->source;
    size_t most = source->limits.max_points;

    if (c == '{' || c == '[')
        s->depth++;
    else if (c == '}' || c == ']')
        s->depth--;
    else if (c == 'N' || c == 'I') /* json-c would take them, JSON does not */
        return bad_json(s, ": it holds NaN or Infinity for a number", err);
    else if (!c)
        return bad_json(s, "", err);
    s->points = c == '{' || c == '}' ? 0 : s->points + (c == '[');
    if (s->depth > MAX_DEPTH)
        return tr_fail(err, TR_EDATA, "'%s' is nested more than %d levels deep",
                       source->name, MAX_DEPTH);
    if (most && s->points > most)
        return tr_fail(err, TR_ELIMIT,
                       "'%s' has a geometry of over %zu points, the limit "
                       "(max_points); simplify it",
                       source->name, most);
    return s->depth < 0 ? bad_json(s, "", err) : TR_OK;
}

static enum tr_status see_json(void *state, const unsigned char *p, size_t len,
                               size_t overlap, struct tr_error *err)
{
    struct json_scan *s = state;
    enum tr_status st = TR_OK;

    for (size_t i = overlap; i < len && !st; i++) {
        unsigned char c = p[i];

        if (s->escaped)
            s->escaped = false;
        else if (s->in_text && c == '\\')
            s->escaped = true;
        else if (c == '"')
            s->in_text = !s->in_text;
        else if (!s->in_text)
            st = see_mark(s, c, err);
    }
    return st;
}

static enum tr_status check_geojson(const struct probe *p, struct tr_error *err)
{
    struct json_scan s = { .probe = p };
    size_t len = p->head_len;
    const unsigned char *first = skip_space(p->head, &len);

    if (!len || *first != '{' || find(first, len, "\"Topology\""))
        return not_so(p, err);

    enum tr_status st = scan(p, see_json, &s, err);

    if (!st && (s.depth || s.in_text))
        return cut_short(p, err);
    return st;
}

/* ---- KML ---- */

/* Each names something outside the file, which is never followed: to leave it
 * out in silence would lose data. */
static enum tr_status see_kml(void *state, const unsigned char *p, size_t len,
                              size_t overlap, struct tr_error *err)
{
    const struct probe *probe = *(struct probe *const *)state;
    const char *name = probe->source->name;

    (void)overlap;
    if (memchr(p, '\0', len))
        return tr_fail(err, TR_EDATA, "'%s' is not UTF-8 text", name);
    for (const unsigned char *s = p, *end = p + len;; s++) {
        s = memchr(s, 'N', (size_t)(end - s));
        if (!s)
            break;
        if ((size_t)(end - s) >= 11 && !memcmp(s, "NetworkLink", 11) && s > p &&
            (s[-1] == '<' || s[-1] == ':'))
            return tr_fail(err, TR_EDATA,
                           "'%s' points at another file (NetworkLink), which "
                           "is not followed; save the places themselves",
                           name);
    }
    for (const unsigned char *s = p, *end = p + len;; s++) {
        s = memchr(s, '!', (size_t)(end - s));
        if (!s)
            break;
        if ((size_t)(end - s) >= 8 && s > p && s[-1] == '<' &&
            (!memcmp(s, "!DOCTYPE", 8) || !memcmp(s, "!ENTITY", 7)))
            return tr_fail(err, TR_EDATA,
                           "'%s' defines its own XML entities (DOCTYPE), which "
                           "are not read",
                           name);
    }
    return TR_OK;
}

static enum tr_status check_kml(const struct probe *p, struct tr_error *err)
{
    size_t len = p->head_len;
    const unsigned char *first = skip_space(p->head, &len);

    if (!len || *first != '<' ||
        strcmp(looks_like_xml(first, len), "a KML file") != 0)
        return not_so(p, err);
    return scan(p, see_kml, &p, err);
}

/* ---- the binary ones ---- */

static uint32_t big_u32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           (uint32_t)p[3];
}

static enum tr_status check_gpkg(const struct probe *p, struct tr_error *err)
{
    if (p->head_len < 100 || memcmp(p->head, "SQLite format 3", 16) != 0)
        return not_so(p, err);
    /* The application id: GPKG since 1.2, GP10 and GP11 before. */
    if (memcmp(p->head + 68, "GP", 2) != 0)
        return tr_fail(err, TR_EDATA,
                       "'%s' is an SQLite database, but not a GeoPackage",
                       p->source->name);

    uint32_t page = (uint32_t)p->head[16] << 8 | p->head[17];

    if (page == 1)
        page = 65536;
    if ((uint64_t)page * big_u32(p->head + 28) > p->size)
        return cut_short(p, err);
    return TR_OK;
}

static enum tr_status check_shp(const struct probe *p, struct tr_error *err)
{
    if (p->head_len >= 4 && p->head_len < 100 && big_u32(p->head) == 9994)
        return cut_short(p, err);
    if (p->head_len < 100 || big_u32(p->head) != 9994 ||
        memcmp(p->head + 28, "\xe8\x03\0\0", 4) != 0)
        return not_so(p, err);
    if ((uint64_t)big_u32(p->head + 24) * 2 > p->size)
        return cut_short(p, err);
    return TR_OK;
}

static enum tr_status check_fgb(const struct probe *p, struct tr_error *err)
{
    if (p->head_len < 12 || memcmp(p->head,
                                   "fgb\x03"
                                   "fgb",
                                   7) != 0)
        return not_so(p, err);
    return TR_OK;
}

static enum tr_status check_xlsx(const struct probe *p,
                                 const struct vector_zip *zip,
                                 struct tr_error *err)
{
    const char *name = p->source->name;

    if (vector_zip_find(zip, "xl/workbook.xml") &&
        vector_zip_find(zip, "[Content_Types].xml"))
        return TR_OK;
    if (vector_zip_find(zip, "xl/workbook.bin"))
        return tr_fail(err, TR_EDATA,
                       "'%s' is a binary workbook (.xlsb); save it as .xlsx",
                       name);
    if (vector_zip_find(zip, "content.xml"))
        return tr_fail(err, TR_EDATA,
                       "'%s' is an OpenDocument file; save it as .xlsx", name);
    return tr_fail(err, TR_EDATA,
                   "'%s' is not %s: it is a zip archive without a workbook",
                   name, vector_format_name(VECTOR_XLSX));
}

static enum tr_status check_zip(const struct probe *p, struct tr_arena *a,
                                struct vector_zip *zip, struct tr_error *err)
{
    const struct vector_source *s = p->source;

    if (s->format != VECTOR_XLSX && s->format != VECTOR_SHAPEFILE &&
        s->format != VECTOR_KML)
        return not_so(p, err);

    enum tr_status st =
        vector_zip_check(p->fd, s->name, s->limits.max_file_bytes, a, zip, err);

    if (!st && s->format == VECTOR_XLSX)
        st = check_xlsx(p, zip, err);
    return st;
}

static enum tr_status check_plain(const struct probe *p, struct tr_error *err)
{
    switch (p->source->format) {
    case VECTOR_GPKG: return check_gpkg(p, err);
    case VECTOR_SHAPEFILE: return check_shp(p, err);
    case VECTOR_GEOJSON: return check_geojson(p, err);
    case VECTOR_KML: return check_kml(p, err);
    case VECTOR_FLATGEOBUF: return check_fgb(p, err);
    case VECTOR_NONE:
    case VECTOR_XLSX: break;
    }
    return not_so(p, err);
}

enum tr_status vector_sniff(int fd, const struct vector_source *source,
                            struct tr_arena *a, struct vector_zip *zip,
                            struct tr_error *err)
{
    struct probe p = { .fd = fd, .source = source };
    struct stat info;

    *zip = (struct vector_zip){ 0 };

    ssize_t n = pread(fd, p.head, sizeof p.head, 0);

    if (n < 0 || fstat(fd, &info))
        return tr_fail(err, TR_EIO, "cannot read '%s'", source->name);
    if (!n)
        return tr_fail(err, TR_EDATA, "'%s' is empty", source->name);
    p.head_len = (size_t)n;
    p.size = (uint64_t)info.st_size;
    if (n >= 4 && !memcmp(p.head, "PK\3\4", 4))
        return check_zip(&p, a, zip, err);
    return check_plain(&p, err);
}
