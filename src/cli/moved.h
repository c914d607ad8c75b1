/* moved.h - the sites whose class differs between two runs, and why. */
#ifndef CLI_MOVED_H
#define CLI_MOVED_H

#include "cli/cli.h"

struct moved_result { /* of one site in one run */
    const char *site_id, *class_name, *data;
};

struct moved_run { /* in the order of site_id; in an arena */
    long long id;  /* 0: not saved */
    size_t n, size;
    struct moved_result *list;
    struct tr_arena *arena;
};

/* A run of the store by its number; TR_EINVAL when the text is none, TR_EDENIED
 * when the run is not for `audience` to see. */
enum tr_status moved_read(struct cli *cli, struct store *store,
                          const struct tr_audience *audience, const char *text,
                          struct moved_run *out, struct tr_error *err);

/* CSV: site_id, from, to, cause, reason. *moved: how many rows. `left`: also
 * the sites that only the earlier run has. */
enum tr_status moved_write(const struct moved_run *before,
                           const struct moved_run *after, bool left,
                           struct tr_buf *out, size_t *moved,
                           struct tr_error *err);

/* The same as a list, in the arena of `after`; without a reason. */
struct moved_site {
    const char *site_id, *from, *to, *cause; /* "" : not in that run */
};
enum tr_status moved_list(const struct moved_run *before,
                          const struct moved_run *after,
                          const struct moved_site **out, size_t *n,
                          struct tr_error *err);

/* TR_EDATA naming the first of the listed sites (a line each, # for a note)
 * whose class moved. */
enum tr_status moved_held(const struct moved_run *before,
                          const struct moved_run *after, const char *list,
                          const char *file, struct tr_error *err);

#endif
