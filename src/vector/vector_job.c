/* vector_job.c - see vector_job.h */
#include "vector/vector_job.h"

#include <string.h>

void vector_put_job(struct tr_buf *b, const struct vector_job *job)
{
    const struct vector_limits *limits = &job->limits;
    size_t start = vector_frame_begin(b, VECTOR_FRAME_JOB);

    vector_put_u8(b, job->writes);
    vector_put_u8(b, (unsigned)job->format);
    vector_put_text(b, job->name);
    vector_put_text(b, job->scratch);
    vector_put_text(b, job->file);
    vector_put_text(b, job->layer);
    vector_put_text(b, job->encoding);
    vector_put_u32(b, (uint32_t)job->header_row);
    vector_put_u64(b, limits->max_file_bytes);
    vector_put_u64(b, limits->max_rows);
    vector_put_u64(b, limits->max_row_bytes);
    vector_put_u64(b, limits->max_memory);
    vector_put_u32(b, (uint32_t)limits->max_seconds);
    vector_put_u32(b, (uint32_t)job->n_unpack);
    for (size_t i = 0; i < job->n_unpack; i++) {
        const struct vector_zip_member *m = &job->unpack[i].member;

        vector_put_text(b, job->unpack[i].target);
        vector_put_u64(b, m->data);
        vector_put_u64(b, m->packed);
        vector_put_u64(b, m->size);
        vector_put_u32(b, m->method);
    }
    vector_frame_end(b, start);
}

static const char *copy(struct vector_cursor *c, struct tr_arena *a)
{
    const char *s = vector_take_text(c);
    const char *own = s ? tr_arena_text(a, s, strlen(s)) : NULL;

    if (s && !own)
        c->bad = true;
    return own;
}

static void take_limits(struct vector_cursor *c, struct vector_limits *out)
{
    out->max_file_bytes = (size_t)vector_take_u64(c);
    out->max_rows = (size_t)vector_take_u64(c);
    out->max_row_bytes = (size_t)vector_take_u64(c);
    out->max_memory = (size_t)vector_take_u64(c);
    out->max_seconds = (int)vector_take_u32(c);
}

enum tr_status vector_parse_job(const struct vector_frame *f,
                                struct tr_arena *a, struct vector_job *out,
                                struct tr_error *err)
{
    struct vector_cursor c = { .p = f->payload, .left = f->len };
    struct vector_job job = { .writes = vector_take_u8(&c) };

    job.format = (enum vector_format)vector_take_u8(&c);
    job.name = copy(&c, a);
    job.scratch = copy(&c, a);
    job.file = copy(&c, a);
    job.layer = copy(&c, a);
    job.encoding = copy(&c, a);
    job.header_row = (int)vector_take_u32(&c);
    take_limits(&c, &job.limits);
    job.n_unpack = vector_take_u32(&c);
    if (job.n_unpack > VECTOR_MAX_UNPACK)
        return tr_fail(err, TR_EBACKEND, "the reader was given a damaged job");
    for (size_t i = 0; i < job.n_unpack; i++) {
        struct vector_zip_member *m = &job.unpack[i].member;

        job.unpack[i].target = copy(&c, a);
        m->data = vector_take_u64(&c);
        m->packed = vector_take_u64(&c);
        m->size = vector_take_u64(&c);
        m->method = vector_take_u32(&c);
    }
    if (c.bad || c.left || !job.name || !job.scratch || !job.file ||
        job.format > VECTOR_FLATGEOBUF)
        return tr_fail(err, TR_EBACKEND, "the reader was given a damaged job");
    *out = job;
    return TR_OK;
}

char *vector_scratch_path(const struct vector_job *job, const char *file,
                          struct tr_arena *a)
{
    return tr_arena_printf(a, "%s/%s", job->scratch, file);
}
