/* small_world.h - two invented places as the input of a snapshot, from a seed.
 *
 * "north" has the sites layers alpha and beta, four square areas (A southwest,
 * B southeast, C northwest, D northeast) and postcodes; "south" has the sites
 * layer gamma. Of north's outward codes, all of AA1's 40 postcodes but one lie
 * in A, AA2's 40 lie in A and B, AA3's lie in A but go on beyond the file.
 */
#ifndef SMALL_WORLD_H
#define SMALL_WORLD_H

#include "terrier/snapshot_input.h"

enum { WORLD_ALPHA = 120, WORLD_BETA = 80, WORLD_GAMMA = 40 };

struct small_world {
    uint64_t seed;
    uint64_t order;         /* of the rows; 0: as made */
    const char *audience;   /* NULL: operator */
    const char *links;      /* north's links.yaml, or NULL */
    const char *purpose;    /* north's; NULL: a sentence of no weight */
    int32_t north_edge_e7;  /* added to the northern border of C */
    int32_t footprint_e7;   /* the side of an outline for alpha's first 30 rows
                               that have a position; 0: none has one */
    bool classes;           /* some sites have one, by their number */
    bool south_has_squares; /* the same set again, of the other place */
    bool partners;          /* alpha and beta are two's */
    bool doubled;           /* alpha has one key twice */
    unsigned threads;
};

/* What row i of a layer says of itself, for naive doubles to compare with. */
struct world_row {
    char key[8], name[24];
    bool has_name, has_position, withheld;
    const char *outward; /* NULL: none */
    enum tr_tier tier;
    uint16_t precision_m;
    struct tr_position position;
};

void small_world_row(uint64_t seed, const char *layer, size_t i,
                     struct world_row *out);

/* The class that a site of that number is given: key, core, surplus or none. */
enum tr_class small_world_class(uint64_t number);

/* Free with tr_snapshot_free(). */
enum tr_status small_world_snapshot(const struct small_world *w,
                                    struct tr_snapshot **out,
                                    struct tr_error *err);

#endif
