/* report_inputs.h - what papers need of the store: the run and its rules, what
 * the ledger says, as the paper's audience may know it. */
#ifndef CLI_REPORT_INPUTS_H
#define CLI_REPORT_INPUTS_H

#include "cli/cli.h"
#include "report/report.h"

/* The snapshot for the audience (partnership unless one is asked for), with the
 * classes of run `run` (0: the adopted one). TR_EDENIED when that run is above
 * the audience. */
enum tr_status report_open(struct cli *cli, int64_t run, int32_t as_of,
                           struct report_input *out, struct store **store,
                           struct tr_error *err);

enum tr_status report_run_read(struct cli *cli, struct store *store,
                               const struct tr_snapshot *s, int64_t id,
                               struct report_run *out, struct tr_error *err);

/* The decisions about a site, oldest first. To the public only what is
 * published, and no names. */
enum tr_status report_history(struct cli *cli, struct store *store,
                              const struct tr_snapshot *s, size_t site,
                              const struct report_decision **out, size_t *n,
                              struct tr_error *err);

/* What waits: overrides, drafts, what is agreed and not signed. */
enum tr_status report_dues(struct cli *cli, struct store *store,
                           const struct tr_snapshot *s,
                           const struct report_due **out, size_t *n,
                           struct tr_error *err);

#endif
