/*
 * vector_stage.h - putting the input into the child's scratch folder.
 *
 * The child never sees the caller's file, only a copy under a fixed name that
 * nobody else can change between our checks and GDAL's reading: "input.gpkg",
 * "input.shp" with its "input.dbf" and so on, "input.zip".
 */
#ifndef VECTOR_STAGE_H
#define VECTOR_STAGE_H

#include "vector/vector_job.h"

/* Copy and check `source`, and fill what `job` says of the input. */
enum tr_status vector_stage(const struct vector_source *source,
                            struct tr_arena *a, struct vector_job *job,
                            struct tr_error *err);

#endif
