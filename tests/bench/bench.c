/* bench.c - see bench.h */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

struct tr_error err = TR_ERROR_INIT;

static double read_clock(clockid_t of)
{
    struct timespec t;

    clock_gettime(of, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double seconds(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double cpu_seconds(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

double peak_bytes(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_maxrss * 1024;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

double median(double *v, size_t n)
{
    qsort(v, n, sizeof *v, by_value);
    return v[n / 2];
}

void line(const char *row, const char *work, const char *data, double value,
          const char *unit)
{
    printf("%s\t%s\t%s\t%.*f\t%s\t-\t-\t-\n", row, work, data,
           value < 10 ? 3 : 0, value, unit);
    fflush(stdout);
}

void need(enum tr_status st)
{
    if (!st)
        return;
    fprintf(stderr, "bench: %s\n", err.msg);
    exit(1);
}

static void *must(void *p)
{
    if (p)
        return p;
    fputs("bench: no memory\n", stderr);
    exit(1);
}

void *room(size_t n, size_t size)
{
    return must(calloc(n + 1, size));
}

void *array(struct tr_arena *a, size_t n, size_t size)
{
    return must(tr_arena_array(a, n + 1, size));
}

uint64_t mix(uint64_t v)
{
    v += UINT64_C(0x9e3779b97f4a7c15);
    v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
    return v ^ v >> 31;
}

struct tr_snapshot *snapshot_for(struct store *s, const char *audience,
                                 int32_t as_of, const struct tr_snapshot *like)
{
    struct snapshot_options o = { .as_of = as_of, .like = like };
    struct tr_snapshot *out;

    need(tr_audience_parse(audience, &o.audience, &err));
    need(snapshot_build(s, &o, &out, &err));
    return out;
}
