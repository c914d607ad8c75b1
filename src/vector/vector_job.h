/*
 * vector_job.h - what the child is asked to do: the first frame it is sent.
 */
#ifndef VECTOR_JOB_H
#define VECTOR_JOB_H

#include "vector/vector_stream.h"
#include "vector/vector_zip.h"

#define VECTOR_MAX_UNPACK 8u

/* A member of a zip that is to become a file of the scratch folder. */
struct vector_unpack {
    const char *target; /* "input.shp" */
    struct vector_zip_member member;
};

struct vector_job {
    bool writes;
    enum vector_format format;
    const char *name;    /* what messages call the file */
    const char *scratch; /* the one folder it may use */
    const char *file;    /* in it: what GDAL opens, or makes */
    const char *layer;
    const char *encoding;
    int header_row;
    struct vector_limits limits;
    size_t n_unpack; /* from the scratch folder's "input.zip" */
    struct vector_unpack unpack[VECTOR_MAX_UNPACK];
};

void vector_put_job(struct tr_buf *b, const struct vector_job *job);
/* Texts are copied into `a`. */
enum tr_status vector_parse_job(const struct vector_frame *f,
                                struct tr_arena *a, struct vector_job *out,
                                struct tr_error *err);

/* "scratch/file", in `a`; NULL when it is full. */
char *vector_scratch_path(const struct vector_job *job, const char *file,
                          struct tr_arena *a);

#endif
