/* input_layer.h - layers of a snapshot's input, made without a store. */
#ifndef INPUT_LAYER_H
#define INPUT_LAYER_H

#include "terrier/snapshot_input.h"

/* n rows that say nothing but that none is missing; in the arena. */
struct tr_input_layer input_layer(const char *name, const char *kind, size_t n,
                                  struct tr_arena *a);

/* What a row says: as many values as the schema has fields. */
void input_row_write(struct tr_input_row *row, const struct tr_schema *s,
                     const struct tr_value *values, struct tr_arena *a);

/* A polygon of one ring: n points, the last of them the first again. */
const struct tr_geometry *input_polygon(const struct tr_position *ring,
                                        uint32_t n, struct tr_arena *a);

#endif
