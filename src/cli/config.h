/*
 * config.h - the service's settings, each with a value and where it came from.
 *
 * Order: a command-line option, the environment (TERRIER_STORE for `store`,
 * upper case, dots as underscores), the file given by --config or
 * TERRIER_CONFIG, else ./terrier.yaml, $XDG_CONFIG_HOME/terrier/terrier.yaml,
 * /etc/terrier/terrier.yaml, else the default. Only the first file found is
 * read. An unknown key is an error that names the nearest.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdbool.h>

#include "terrier/arena.h"

enum setting {
    SETTING_STORE,
    SETTING_AUDIENCE,
    SETTING_LISTEN,
    SETTING_THREADS,
    SETTING_GRID_DIR,
    SETTING_PUBLIC_URL,
    SETTING_MAX_FILE_MIB,
    SETTING_MAX_ROWS,
    SETTING_MAX_FILE_SECONDS,
    SETTING_MAX_IMPORT_MEMORY_MIB,
    SETTING_MAX_POINTS,
    SETTING_TILE_BUDGET_KIB,
    SETTING_TILE_CACHE_MIB,
    SETTING_TILE_CACHE_FILES,
    SETTING_MAX_ANSWER_MIB,
    SETTING_MAX_CONNECTIONS,
    SETTING_REQUEST_SECONDS,
    SETTING_MAX_WAITING,
    SETTING_OLD_VERSION_SECONDS,
    SETTINGS
};

struct config {
    const char *values[SETTINGS];  /* as text; never NULL */
    const char *origins[SETTINGS]; /* "default", "TERRIER_STORE", a file name */
};

struct setting_info {
    const char *name; /* "max_file_mib" */
    const char *fallback;
    const char *help;
    bool is_number;
};
const struct setting_info *config_info(enum setting s);

/* Read file and environment. `file` NULL: look in the usual places. */
enum tr_status config_read(struct config *c, const char *file,
                           struct tr_arena *a, struct tr_error *err);
void config_set(struct config *c, enum setting s, const char *value,
                const char *origin);
/* A number setting; checked when it was read. */
long long config_number(const struct config *c, enum setting s);

#endif
