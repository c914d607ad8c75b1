/*
 * load.h - loading layers through their profiles: read, map, check, locate,
 * and hand to the store.
 *
 * A layer loads whole or not at all. One bad layer does not stop the others;
 * the status at the end is that of the first bad one, and the report says why
 * for each. Rows read = accepted + rejected + duplicate, always; every row that
 * is not accepted has an issue that says why (rows left out by `where` share
 * one).
 *
 * The position ladder: given coordinates, UPRN, full postcode, outward code,
 * none. UPRNs and postcodes are looked up in the layers of those kinds that the
 * store has, or that the same dry run read before.
 */
#ifndef INGEST_LOAD_H
#define INGEST_LOAD_H

#include "ingest/source.h"
#include "store/store.h"

struct load_options {
    const char *source_root; /* where `{url, file}` is read; NULL: nowhere */
    const char *grid_dir;    /* of the OSTN15 grid; NULL: without */
    bool dry_run;            /* report as if loaded; write nothing */
    bool accept_vanished;    /* even if over a fifth of a layer vanished */
    int32_t today;           /* today() in profiles: a civil date */
    struct source_limits limits;
    size_t max_issues; /* kept per layer; more are only counted */
    size_t max_memory; /* of one layer's rows, in bytes */
};

/* 512 MiB files, 1 MiB rows (64 MiB for geometry), 50 million rows, 100,000
 * issues, 8 GiB. */
struct load_options load_default_options(void);

struct load_held { /* a row held restricted by the sensitive list */
    const char *key, *reason;
};

struct load_layer_report {
    const char *layer;   /* the profile's file name when it cannot be read */
    const char *profile; /* its file */
    const char *title, *place;
    enum store_kind kind;
    enum tr_status status;
    const char *error; /* NULL when all went well */
    long read, accepted, rejected, duplicate;
    long excluded;   /* of the rejected: left out by the profile's where */
    long merged;     /* of the accepted: dissolved into another row */
    long located[5]; /* coordinate, uprn, postcode, outward, none: of the rows
                        kept, which are accepted - merged */
    long added, changed, unchanged, vanished;
    bool changed_anything, barred_from_measures;
    const char *crs_operation; /* "" when nothing was transformed */
    double crs_accuracy_m;
    size_t n_issues, n_issues_left_out, n_held, n_warnings;
    const struct store_issue *issues; /* in the order of the rows */
    const struct load_held *held;
    const char *const *warnings;
};

struct load_report {
    size_t n;
    const struct load_layer_report *layers; /* in the order they were loaded */
};

/* Each path is a profile or a folder. A folder brings the documents of its
 * place (place.yaml, organisations.yaml, sensitive.yaml, links.yaml) and all
 * its profiles, in an order in which each finds what it needs; a single profile
 * takes those documents from its own folder, or, without a place.yaml there,
 * from the only place that the store has. The report is made whatever the
 * outcome and lives in the arena. */
enum tr_status load_files(struct store *s, const char *const *paths, size_t n,
                          const struct load_options *options,
                          struct tr_arena *a, const struct load_report **report,
                          struct tr_error *err);

/* {"layers": [...]} as the load command prints it. */
void load_report_json(const struct load_report *report, struct tr_buf *out);

/* All issues: layer,file,row,column,value,type,severity,message. */
void load_report_issues_csv(const struct load_report *report,
                            struct tr_buf *out);

#endif
