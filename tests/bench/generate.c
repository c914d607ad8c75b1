/* generate.c - an invented estate of any size, to measure with: the same bytes
 * for the same numbers and seed, on any machine.
 *
 *   generate sites N FOLDER [SEED]       N points, of six partners
 *   generate buildings N FOLDER [SEED]   N footprints of 5 or 7 points, mean 5.6
 *   generate shapes N FOLDER [SEED]      the same as a layer of shapes
 *   generate areas N FOLDER [SEED]       N areas that neither gap nor overlap
 *
 * Each writes its data and profiles, and the place they belong to, into FOLDER
 * (which must exist): `terrier load FOLDER` takes all of it. 70 % of what is
 * made lies in clusters (300 for a million, each normal with 800 m), 30 %
 * anywhere in 55 by 40 km for a million; both grow and shrink with N, so that a
 * site has as many neighbours at any size; 300,000 footprints lie where a
 * million sites do. Areas are as large at any N: 1,702 cover 60 % of the extent
 * of a million sites. Coordinates are EPSG:27700, to the centimetre. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTNERS = 6, EDGE = 11, MAX_CLUSTERS = 1 << 20 };

struct xy {
    double x, y;
};

static const struct xy centre = { 378500, 401000 };
static const struct xy half = { 27500, 20000 }; /* of a million's extent */

static const char *const partners[PARTNERS] = {
    "council", "health", "police", "fire", "housing", "college"
};
/* Of a hundred sites, how many are the partner's or an earlier one's. */
static const unsigned shares[PARTNERS] = { 40, 58, 66, 70, 92, 100 };

static const char *const streets[] = {
    "Albert",  "Barton", "Canal",   "Derby",    "Ellesmere", "Furness",
    "Grange",  "Hazel",  "Ivy",     "Jubilee",  "Kings",     "Linden",
    "Moss",    "Norris", "Orchard", "Park",     "Quarry",    "Regent",
    "Seymour", "Talbot", "Union",   "Victoria", "Warwick",   "Yew"
};
static const char *const uses[] = { "office",  "library", "school",
                                    "depot",   "clinic",  "housing",
                                    "station", "leisure", "land" };
static const char *const tenures[] = { "freehold",  "freehold",  "freehold",
                                       "leasehold", "leasehold", "licence" };

/* ---- random numbers: splitmix64, the same everywhere ---- */

static uint64_t state;

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t next(void)
{
    state += UINT64_C(0x9e3779b97f4a7c15);
    return mix(state);
}

static unsigned below(unsigned n)
{
    return (unsigned)((next() >> 32) * n >> 32);
}

static double unit(void)
{
    return (double)(next() >> 11) / 9007199254740992.0;
}

/* Near enough normal, and without a function that rounds as it likes. */
static double normal(void)
{
    double sum = 0;

    for (int i = 0; i < 12; i++)
        sum += unit();
    return sum - 6;
}

/* ---- where things are ---- */

static struct xy *clusters;
static unsigned n_clusters;
static double scale; /* of the extent, against a million's */

static struct xy anywhere(void)
{
    struct xy p = { centre.x + half.x * scale * (2 * unit() - 1), 0 };

    p.y = centre.y + half.y * scale * (2 * unit() - 1);
    return p;
}

static int place_clusters(size_t n)
{
    size_t want = (n * 3 + 9999) / 10000;

    scale = sqrt((double)n / 1e6);
    n_clusters = want > MAX_CLUSTERS ? MAX_CLUSTERS : (unsigned)want;
    clusters = malloc((n_clusters + 1) * sizeof *clusters);
    for (unsigned i = 0; clusters && i < n_clusters; i++)
        clusters[i] = anywhere();
    return clusters ? 0 : -1;
}

static struct xy somewhere(void)
{
    const struct xy *c;
    struct xy p;

    if (below(10) < 3)
        return anywhere();
    do {
        c = &clusters[below(n_clusters)];
        p.x = c->x + 800 * normal();
        p.y = c->y + 800 * normal();
    } while (fabs(p.x - centre.x) > half.x * scale ||
             fabs(p.y - centre.y) > half.y * scale);
    return p;
}

/* ---- writing ---- */

static const char *folder;

static FILE *open_file(const char *name)
{
    char path[4096];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "wb");
    if (!f) {
        fprintf(stderr, "generate: could not write '%s': %s\n", path,
                strerror(errno));
        exit(1);
    }
    return f;
}

static void close_file(FILE *f)
{
    if (ferror(f) | fclose(f)) {
        fprintf(stderr, "generate: could not write below '%s'\n", folder);
        exit(1);
    }
}

static void write_place(void)
{
    FILE *f = open_file("place.yaml");

    fputs("place: generated\ntitle: A generated estate\nprefix: gen\n"
          "time_zone: Europe/London\n"
          "purpose: Invented by tests/bench/generate.c, to measure with.\n",
          f);
    close_file(f);
    f = open_file("organisations.yaml");
    fputs("organisations:\n", f);
    for (int i = 0; i < PARTNERS; i++)
        fprintf(f, "  - {code: gen-%s, name: Generated %s, legend: %s}\n",
                partners[i], partners[i], partners[i]);
    close_file(f);
}

static void write_tail(FILE *f)
{
    fputs("tier: public\nlicence: Invented for Terrier\n"
          "attribution: \"Invented: no real place, body or building\"\n"
          "illustrative: true\nas_of: 2026-01-01\n",
          f);
    close_file(f);
}

static char *put_text(char *p, const char *text)
{
    size_t n = strlen(text);

    memcpy(p, text, n);
    return p + n;
}

static char *put_digits(char *p, uint64_t v, int at_least)
{
    char digits[24];
    int n = 0;

    do
        digits[n++] = (char)('0' + v % 10);
    while (v /= 10);
    while (n < at_least)
        digits[n++] = '0';
    while (n)
        *p++ = digits[--n];
    return p;
}

/* Metres, to the centimetre. */
static char *put_metres(char *p, double m)
{
    uint64_t cm = (uint64_t)(m * 100 + 0.5);

    p = put_digits(p, cm / 100, 1);
    *p++ = '.';
    return put_digits(p, cm % 100, 2);
}

static char *put_date(char *p, unsigned from, unsigned to)
{
    p = put_digits(p, from + below(to - from + 1), 4);
    *p++ = '-';
    p = put_digits(p, 1 + below(12), 2);
    *p++ = '-';
    return put_digits(p, 1 + below(28), 2);
}

static char *put_name(char *p, unsigned use, uint64_t id)
{
    static const char *const kinds[] = { " House",   " Library", " School",
                                         " Depot",   " Clinic",  " Court",
                                         " Station", " Centre",  " Yard" };

    p = put_text(p, streets[below(sizeof streets / sizeof *streets)]);
    p = put_text(p, kinds[use]);
    *p++ = ' ';
    return put_digits(p, id, 1);
}

/* Neighbours share a postcode: about forty in a million. */
static char *put_postcode(char *p, struct xy at)
{
    static const char letters[] = "ABDEFGHJLNPQRSTUWXYZ";
    unsigned x = (unsigned)(at.x / 250), y = (unsigned)(at.y / 250);

    *p++ = 'X';
    *p++ = letters[y / 100 % 20];
    p = put_digits(p, 1 + x / 100 % 99, 1);
    *p++ = ' ';
    *p++ = (char)('0' + x / 10 % 10);
    *p++ = letters[(x % 10 * 2 + y / 50) % 20];
    *p++ = letters[y % 20];
    return p;
}

static const char header[] =
    "id,name,partner,uprn,postcode,easting,northing,use,tenure,floor_area_m2,"
    "condition,condition_date,utilisation_pct,energy_band,status,updated\n";

static size_t write_site(char *line, uint64_t id, unsigned partner)
{
    static const char *const condition[] = { "A", "B", "B", "B",
                                             "C", "C", "D", "" };
    struct xy at = somewhere();
    unsigned use = below(9);
    char *p = put_text(line, "S");

    p = put_digits(p, id, 7);
    *p++ = ',';
    p = put_name(p, use, id);
    *p++ = ',';
    p = put_text(p, partners[partner]);
    *p++ = ',';
    p = put_digits(p, 990000000000 + id, 12);
    *p++ = ',';
    p = put_postcode(p, at);
    *p++ = ',';
    p = put_metres(p, at.x);
    *p++ = ',';
    p = put_metres(p, at.y);
    *p++ = ',';
    p = put_text(p, uses[use]);
    *p++ = ',';
    p = put_text(p, tenures[below(6)]);
    *p++ = ',';
    p = put_digits(p, 20 + below(100) * below(100), 1);
    *p++ = '.';
    p = put_digits(p, below(10), 1);
    *p++ = ',';
    p = put_text(p, condition[below(8)]);
    *p++ = ',';
    p = put_date(p, 2012, 2025);
    *p++ = ',';
    if (below(10)) {
        p = put_digits(p, below(100), 1);
        *p++ = '.';
        p = put_digits(p, below(10), 1);
    }
    *p++ = ',';
    *p++ = "ABCDEFG"[below(7)];
    *p++ = ',';
    p = put_text(p, below(12) ? "in-use" : "vacant");
    *p++ = ',';
    p = put_date(p, 2024, 2025);
    *p++ = '\n';
    return (size_t)(p - line);
}

static void write_site_profile(const char *partner)
{
    char name[64];
    FILE *f;

    snprintf(name, sizeof name, "sites_%s.yaml", partner);
    f = open_file(name);
    fprintf(f,
            "layer: sites_%s\nkind: sites\ntitle: Sites of the %s\n"
            "partner: gen-%s\nsource: [sites_%s.csv]\ncrs: EPSG:27700\n"
            "x: easting\ny: northing\nkey: id\nfields:\n",
            partner, partner, partner, partner);
    fputs("  name: name\n  uprn: uprn\n  local_ref: id\n"
          "  postcode: postcode\n  use: use\n  tenure: tenure\n"
          "  floor_area_m2: floor_area_m2\n  condition: condition\n"
          "  condition_date: condition_date\n"
          "  utilisation_pct: utilisation_pct\n"
          "  energy_band: energy_band\n  status: status\n"
          "  entry_date: updated\n",
          f);
    write_tail(f);
}

static void write_sites(size_t n)
{
    FILE *files[PARTNERS];
    char line[512], name[64];

    for (int i = 0; i < PARTNERS; i++) {
        write_site_profile(partners[i]);
        snprintf(name, sizeof name, "sites_%s.csv", partners[i]);
        files[i] = open_file(name);
        fputs(header, files[i]);
    }
    for (size_t id = 1; id <= n; id++) {
        unsigned of_100 = below(100), i = 0;

        while (of_100 >= shares[i])
            i++;
        fwrite(line, 1, write_site(line, id, i), files[i]);
    }
    for (int i = 0; i < PARTNERS; i++)
        close_file(files[i]);
}

/* ---- polygons: GeoJSON with the CRS that it names ---- */

static FILE *open_features(const char *name)
{
    FILE *f = open_file(name);

    fputs("{\"type\":\"FeatureCollection\",\"crs\":{\"type\":\"name\","
          "\"properties\":{\"name\":\"urn:ogc:def:crs:EPSG::27700\"}},"
          "\"features\":[\n",
          f);
    return f;
}

static void close_features(FILE *f)
{
    fputs("\n]}\n", f);
    close_file(f);
}

static char *put_point(char *p, struct xy at, char after)
{
    *p++ = '[';
    p = put_metres(p, at.x);
    *p++ = ',';
    p = put_metres(p, at.y);
    *p++ = ']';
    *p++ = after;
    return p;
}

/* A rectangle, or three times in ten an L, turned any way. */
static char *put_footprint(char *p)
{
    struct xy at = somewhere(), d = { unit() * 2 - 1, 0 };
    double w = 6 + 14 * unit(), l = 8 + 22 * unit(), len;
    double u = w * (0.3 + 0.4 * unit()), v = l * (0.3 + 0.4 * unit());
    struct xy ring[] = { { 0, 0 }, { w, 0 }, { w, l }, { 0, l } };
    struct xy corner[] = { { 0, 0 }, { w, 0 }, { w, v },
                           { u, v }, { u, l }, { 0, l } };
    const struct xy *q = below(10) < 3 ? corner : ring;
    int n = q == corner ? 6 : 4;

    d.y = unit() * 2 - 1;
    len = sqrt(d.x * d.x + d.y * d.y);
    if (len < 0.01) {
        d.x = len = 1;
        d.y = 0;
    }
    d.x /= len;
    d.y /= len;
    for (int i = 0; i <= n; i++) {
        struct xy c = q[i % n], e = { at.x + c.x * d.x - c.y * d.y,
                                      at.y + c.x * d.y + c.y * d.x };

        p = put_point(p, e, i < n ? ',' : ']');
    }
    return p;
}

static void write_building_profile(const char *name, int as_sites)
{
    char file[64];
    FILE *f;

    snprintf(file, sizeof file, "%s.yaml", name);
    f = open_file(file);
    fprintf(f,
            "layer: %s\nkind: %s\ntitle: Buildings\n%s"
            "source: [%s.geojson]\ncrs: EPSG:27700\n"
            "fields:\n  name: name\n  %s: id\n  use: use\n"
            "  floor_area_m2: floor_area_m2\n  energy_band: energy_band\n",
            name, as_sites ? "sites" : "context",
            as_sites ? "partner: gen-council\nkey: id\n"
                     : "types: {floor_area_m2: number}\n",
            name, as_sites ? "local_ref" : "id");
    write_tail(f);
}

static void write_buildings(size_t n, const char *name, int as_sites)
{
    char file[64];
    FILE *f;
    char line[1024], *p;

    snprintf(file, sizeof file, "%s.geojson", name);
    f = open_features(file);
    for (size_t id = 1; id <= n; id++) {
        unsigned use = below(9);

        p = put_text(line, id > 1 ? ",\n" : "");
        p = put_text(p, "{\"type\":\"Feature\",\"properties\":{\"id\":\"B");
        p = put_digits(p, id, 7);
        p = put_text(p, "\",\"name\":\"");
        p = put_name(p, use, id);
        p = put_text(p, "\",\"use\":\"");
        p = put_text(p, uses[use]);
        p = put_text(p, "\",\"floor_area_m2\":");
        p = put_digits(p, 20 + below(100) * below(100), 1);
        *p++ = '.';
        p = put_digits(p, below(10), 1);
        p = put_text(p, ",\"energy_band\":\"");
        *p++ = "ABCDEFG"[below(7)];
        p = put_text(p, "\"},\"geometry\":{\"type\":\"Polygon\","
                        "\"coordinates\":[[");
        p = put_footprint(p);
        p = put_text(p, "]}}");
        fwrite(line, 1, (size_t)(p - line), f);
    }
    close_features(f);
    write_building_profile(name, as_sites);
}

/* ---- areas: a grid whose corners and edges wander ---- */

struct grid {
    unsigned nx, ny;
    double w, h; /* of a cell */
    uint64_t seed;
};

/* -1 to 1, of a corner's or an edge's own number. */
static double wander(const struct grid *g, unsigned i, unsigned j, unsigned k)
{
    uint64_t v = mix(g->seed ^ ((uint64_t)i << 40 | (uint64_t)j << 16 | k));

    return (double)(v >> 11) / 4503599627370496.0 - 1;
}

static struct xy corner_of(const struct grid *g, unsigned i, unsigned j)
{
    struct xy p = { centre.x + ((double)i - g->nx / 2.0) * g->w, 0 };

    p.y = centre.y + ((double)j - g->ny / 2.0) * g->h;
    p.x += 0.2 * g->w * wander(g, i, j, 1);
    p.y += 0.2 * g->h * wander(g, i, j, 2);
    return p;
}

/* Point k of EDGE along the edge from a corner to the next, right or up. */
static struct xy edge_point(const struct grid *g, unsigned i, unsigned j,
                            int up, unsigned k)
{
    struct xy a = corner_of(g, i, j);
    struct xy b = corner_of(g, i + !up, j + (unsigned)up);
    double t = (double)k / EDGE;
    double off = k ? 0.08 * wander(g, i, j, 16 + 2 * k + (unsigned)up) : 0;
    struct xy p = { a.x + t * (b.x - a.x), a.y + t * (b.y - a.y) };

    if (up)
        p.x += off * g->w;
    else
        p.y += off * g->h;
    return p;
}

static void write_area(FILE *f, const struct grid *g, unsigned i, unsigned j)
{
    char line[8192], *p = line;

    for (unsigned k = 0; k < EDGE; k++)
        p = put_point(p, edge_point(g, i, j, 0, k), ',');
    for (unsigned k = 0; k < EDGE; k++)
        p = put_point(p, edge_point(g, i + 1, j, 1, k), ',');
    for (unsigned k = EDGE; k > 0; k--)
        p = put_point(p, edge_point(g, i, j + 1, 0, k), ',');
    for (unsigned k = EDGE; k > 0; k--)
        p = put_point(p, edge_point(g, i, j, 1, k), ',');
    p = put_point(p, edge_point(g, i, j, 0, 0), ']');
    fwrite(line, 1, (size_t)(p - line), f);
}

static void write_areas(size_t n, uint64_t seed)
{
    FILE *f = open_features("areas.geojson");
    struct grid g = { 0 };

    g.nx = (unsigned)(sqrt((double)n * half.x / half.y) + 0.5);
    while (g.nx > 1 && n % g.nx)
        g.nx--;
    g.ny = (unsigned)(n / g.nx);
    g.w = 2 * half.x * sqrt(0.6 * (double)n / 1702) / g.nx;
    g.h = 2 * half.y * sqrt(0.6 * (double)n / 1702) / g.ny;
    g.seed = mix(seed);
    for (unsigned j = 0; j < g.ny; j++) {
        for (unsigned i = 0; i < g.nx; i++) {
            unsigned id = j * g.nx + i + 1;

            fprintf(f,
                    "%s{\"type\":\"Feature\",\"properties\":{\"code\":"
                    "\"G%08u\",\"name\":\"Area %u\"},\"geometry\":{"
                    "\"type\":\"Polygon\",\"coordinates\":[[",
                    id > 1 ? ",\n" : "", id, id);
            write_area(f, &g, i, j);
            fputs("]}}", f);
        }
    }
    close_features(f);
    f = open_file("areas.yaml");
    fputs("layer: areas\nkind: areas\ntitle: Areas\nset: areas\n"
          "source: [areas.geojson]\ncrs: EPSG:27700\ncode: code\n"
          "area_name: name\nlabel: Area\nvintage: \"2026\"\n",
          f);
    write_tail(f);
}

int main(int argc, char **argv)
{
    size_t n = argc >= 4 ? strtoul(argv[2], NULL, 10) : 0;
    uint64_t seed = argc == 5 ? strtoull(argv[4], NULL, 10) : 20261122;

    if (n == 0 || argc > 5) {
        fputs("usage: generate sites|buildings|shapes|areas N FOLDER [SEED]\n",
              stderr);
        return 64;
    }
    folder = argv[3];
    state = mix(seed);
    if (place_clusters(strcmp(argv[1], "sites") == 0 ? n : n * 10 / 3)) {
        fputs("generate: no memory\n", stderr);
        return 71;
    }
    write_place();
    if (strcmp(argv[1], "sites") == 0)
        write_sites(n);
    else if (strcmp(argv[1], "buildings") == 0)
        write_buildings(n, "buildings", 1);
    else if (strcmp(argv[1], "shapes") == 0)
        write_buildings(n, "shapes", 0);
    else if (strcmp(argv[1], "areas") == 0)
        write_areas(n, seed);
    else
        return 64;
    free(clusters);
    return 0;
}
