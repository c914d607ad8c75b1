/*
 * cli.h - what every command shares: options, the store, the audience, output.
 *
 * A command is one file, cmd_<name>.c, with one function. It returns a status
 * and a sentence; main.c prints the sentence and turns the status into an exit
 * code (exit_code.c). Results go to stdout, everything else to stderr.
 */
#ifndef CLI_H
#define CLI_H

#include <stdio.h>

#include "cli/config.h"
#include "store/snapshot_build.h"
#include "store/store.h"
#include "terrier/arena.h"
#include "terrier/buf.h"
#include "terrier/cql2.h"
#include "terrier/query.h"

struct cli {
    struct config config;    /* files, environment and global options merged */
    const char *config_file; /* --config, else NULL */
    const char *audience;    /* as given by --audience; NULL: the default */
    bool json, quiet;
    bool color;             /* stdout is a terminal that wants colour */
    struct tr_arena *arena; /* lives as long as the command */
    const char *program;    /* argv[0] */
};

struct cli_command {
    const char *name;
    const char *summary;   /* one line for `terrier --help` */
    const char *arguments; /* "PROFILE.yaml... | DIR" */
    const char *help;      /* more, with examples; ends with a newline */
    enum tr_status (*run)(struct cli *cli, int argc, char **argv,
                          struct tr_error *err);
};

const struct cli_command *cli_commands(size_t *n);
const struct cli_command *cli_command_named(const char *name); /* or NULL */

/* ---- options of one command ---- */

struct cli_option {
    const char *name;  /* without the dashes */
    const char *value; /* "FILE", or NULL for a switch */
    const char *help;
    const char **text; /* where the value goes; or */
    bool *flag;        /* where the switch goes */
};

struct cli_arguments { /* what is left after the options */
    int n;
    char **list;
};

/* Read the options of `command` from argv (its first item is the command's own
 * name). `--help` prints the command's page and exits the process with 0: the
 * one place that does. Unknown options name the nearest. TR_EINVAL. */
enum tr_status cli_parse(const struct cli_command *command,
                         const struct cli_option *options, size_t n_options,
                         int argc, char **argv, struct cli_arguments *rest,
                         struct tr_error *err);

/* The folder of the OSTN15 grid: configured, else beside the program. */
const char *cli_grid_dir(struct cli *cli);

/* Texts of options as values; each fails with TR_EINVAL naming the option. */
enum tr_status cli_number(const char *option, const char *text, long long low,
                          long long high, long long *out, struct tr_error *err);
enum tr_status cli_real(const char *option, const char *text, double *out,
                        struct tr_error *err);
enum tr_status cli_date(const char *option, const char *text, int32_t *out,
                        struct tr_error *err);
enum tr_status cli_filter(const char *option, const char *text,
                          struct tr_arena *a, const struct tr_cql2 **out,
                          struct tr_error *err); /* NULL text: NULL */

/* ---- the store and its snapshots ---- */

/* The configured store. It is closed when the command's arena is cleared. */
enum tr_status cli_store(struct cli *cli, enum store_mode mode,
                         struct store **out, struct tr_error *err);
/* The same, made empty first when there is none. */
enum tr_status cli_store_or_new(struct cli *cli, struct store **out,
                                struct tr_error *err);
/* A snapshot for the audience asked for, else for `fallback`. */
enum tr_status cli_snapshot(struct cli *cli, const char *fallback,
                            int32_t as_of, const struct tr_snapshot **out,
                            struct tr_error *err);
/* A site by its id, else by a name that only one site has. TR_ENOTFOUND,
 * TR_EINVAL. */
enum tr_status cli_site(const struct tr_snapshot *s, const char *text,
                        size_t *out, struct tr_error *err);
/* This very build: "0.1.0+" and the first digits of its own file's digest. The
 * same input gives the same bytes for one build. NULL when the arena is full. */
const char *cli_build(struct cli *cli);
/* The class signed last of each site, for the margin of tr_classify(). NULL
 * when no site has one. */
enum tr_status cli_signed(struct cli *cli, const struct tr_snapshot *s,
                          const enum tr_class **out, struct tr_error *err);
enum tr_status cli_audience(const struct cli *cli, const char *fallback,
                            struct tr_audience *out, struct tr_error *err);
/* A run of the store, before anything of it is shown to `audience`: TR_EDENIED
 * when it is of another that this one may not see. */
enum tr_status cli_run(const struct cli *cli, struct store *store,
                       const struct tr_audience *audience, int64_t id,
                       const struct store_run **out, struct tr_error *err);
/* TR_EDENIED when another audience than the operator is asked for: `what` shows
 * the store as it is. */
enum tr_status cli_operator_only(const struct cli *cli, const char *what,
                                 struct tr_error *err);

/* ---- output ---- */

/* All of `b` to `path` ("-" or NULL: stdout). A file is written aside and
 * renamed into place. TR_ECREATE, TR_EIO (disk full, closed pipe). */
enum tr_status cli_write(const char *path, struct tr_buf *b, const char *what,
                         struct tr_error *err);
/* A whole file, at most `limit` bytes; "-" is stdin. TR_ENOINPUT, TR_ELIMIT. */
enum tr_status cli_read(const char *path, size_t limit, struct tr_arena *a,
                        const char **text, size_t *len, struct tr_error *err);
/* A line to stderr unless --quiet. */
__attribute__((format(printf, 2, 3))) void cli_note(const struct cli *cli,
                                                    const char *fmt, ...);

int cli_exit_code(enum tr_status st); /* sysexits(3) */

/* ---- the commands ---- */

enum tr_status cmd_init(struct cli *cli, int argc, char **argv,
                        struct tr_error *err);
enum tr_status cmd_user(struct cli *cli, int argc, char **argv,
                        struct tr_error *err);
enum tr_status cmd_migrate(struct cli *cli, int argc, char **argv,
                           struct tr_error *err);
enum tr_status cmd_load(struct cli *cli, int argc, char **argv,
                        struct tr_error *err);
enum tr_status cmd_layers(struct cli *cli, int argc, char **argv,
                          struct tr_error *err);
enum tr_status cmd_areas(struct cli *cli, int argc, char **argv,
                         struct tr_error *err);
enum tr_status cmd_rules(struct cli *cli, int argc, char **argv,
                         struct tr_error *err);
enum tr_status cmd_classify(struct cli *cli, int argc, char **argv,
                            struct tr_error *err);
enum tr_status cmd_runs(struct cli *cli, int argc, char **argv,
                        struct tr_error *err);
enum tr_status cmd_decide(struct cli *cli, int argc, char **argv,
                          struct tr_error *err);
enum tr_status cmd_ledger(struct cli *cli, int argc, char **argv,
                          struct tr_error *err);
enum tr_status cmd_replay(struct cli *cli, int argc, char **argv,
                          struct tr_error *err);
enum tr_status cmd_withdraw(struct cli *cli, int argc, char **argv,
                            struct tr_error *err);
enum tr_status cmd_explain(struct cli *cli, int argc, char **argv,
                           struct tr_error *err);
enum tr_status cmd_match(struct cli *cli, int argc, char **argv,
                         struct tr_error *err);
enum tr_status cmd_report(struct cli *cli, int argc, char **argv,
                          struct tr_error *err);
enum tr_status cmd_missing(struct cli *cli, int argc, char **argv,
                           struct tr_error *err);
enum tr_status cmd_query(struct cli *cli, int argc, char **argv,
                         struct tr_error *err);
enum tr_status cmd_summary(struct cli *cli, int argc, char **argv,
                           struct tr_error *err);
enum tr_status cmd_export(struct cli *cli, int argc, char **argv,
                          struct tr_error *err);
enum tr_status cmd_tiles(struct cli *cli, int argc, char **argv,
                         struct tr_error *err);
enum tr_status cmd_serve(struct cli *cli, int argc, char **argv,
                         struct tr_error *err);
enum tr_status cmd_backup(struct cli *cli, int argc, char **argv,
                          struct tr_error *err);
enum tr_status cmd_restore(struct cli *cli, int argc, char **argv,
                           struct tr_error *err);
enum tr_status cmd_config(struct cli *cli, int argc, char **argv,
                          struct tr_error *err);
enum tr_status cmd_doctor(struct cli *cli, int argc, char **argv,
                          struct tr_error *err);
enum tr_status cmd_grid(struct cli *cli, int argc, char **argv,
                        struct tr_error *err);

#endif
