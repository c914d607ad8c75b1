/* config.c - see config.h */
#include "cli/config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terrier/node.h"
#include "terrier/text.h"

/* clang-format off */
static const struct setting_info infos[SETTINGS] = {
    [SETTING_STORE] = { "store", "./terrier.db", "path of the store", false },
    [SETTING_AUDIENCE] = { "audience", "", "who answers are for when --audience is not given", false },
    [SETTING_LISTEN] = { "listen", "127.0.0.1:8080", "address and port to serve on", false },
    [SETTING_THREADS] = { "threads", "0", "threads to work with; 0: all cores", true },
    [SETTING_GRID_DIR] = { "grid_dir", "", "folder of the OSTN15 grid; empty: beside the program", false },
    [SETTING_PUBLIC_URL] = { "public_url", "", "address by which others reach the server; empty: as asked", false },
    [SETTING_MAX_FILE_MIB] = { "max_file_mib", "1024", "largest source file, and what a zip may unpack to", true },
    [SETTING_MAX_ROWS] = { "max_rows", "50000000", "most rows in a source file", true },
    [SETTING_MAX_FILE_SECONDS] = { "max_file_seconds", "120", "longest time to read one XLSX, GeoPackage, Shapefile, GeoJSON or KML", true },
    [SETTING_MAX_IMPORT_MEMORY_MIB] = { "max_import_memory_mib", "2048", "most memory for reading one such file", true },
    [SETTING_MAX_POINTS] = { "max_points", "1000000", "most points in one geometry", true },
    [SETTING_TILE_BUDGET_KIB] = { "tile_budget_kib", "100", "largest tile before sites become counted cells", true },
    [SETTING_TILE_CACHE_MIB] = { "tile_cache_mib", "64", "memory for finished tiles; 0: keep none", true },
    [SETTING_TILE_CACHE_FILES] = { "tile_cache_files", "256", "most large tiles kept as files in memory, a descriptor each", true },
    [SETTING_MAX_ANSWER_MIB] = { "max_answer_mib", "64", "largest answer to one request", true },
    [SETTING_MAX_CONNECTIONS] = { "max_connections", "1000", "most connections at once", true },
    [SETTING_REQUEST_SECONDS] = { "request_seconds", "15", "longest time for one request, its headers included", true },
    [SETTING_MAX_WAITING] = { "max_waiting", "256", "most slow requests that wait or are at work; more are told to come back", true },
    [SETTING_OLD_VERSION_SECONDS] = { "old_version_seconds", "10", "how long after a change a page that is loading gets the rest of its tiles as they were", true },
};
/* clang-format on */

const struct setting_info *config_info(enum setting s)
{
    return &infos[s];
}

void config_set(struct config *c, enum setting s, const char *value,
                const char *origin)
{
    c->values[s] = value;
    c->origins[s] = origin;
}

long long config_number(const struct config *c, enum setting s)
{
    long long v = 0;

    tr_text_to_int(c->values[s], &v);
    return v;
}

static enum tr_status check_number(enum setting s, const char *value,
                                   const char *origin, struct tr_error *err)
{
    long long v;

    if (!infos[s].is_number ||
        (tr_text_to_int(value, &v) && v >= 0 && v <= INT32_MAX))
        return TR_OK;
    return tr_fail(err, TR_ECONFIG,
                   "%s: '%s' must be a whole number from 0, not '%.80s'",
                   origin, infos[s].name, value);
}

static enum tr_status read_whole(const char *path, struct tr_arena *a,
                                 const char **text, size_t *len,
                                 struct tr_error *err)
{
    FILE *f = fopen(path, "rb");
    char *bytes = tr_arena_alloc(a, 65536);

    if (!f)
        return tr_fail(err, TR_ECONFIG, "cannot read the configuration '%s'",
                       path);
    *len = bytes ? fread(bytes, 1, 65536, f) : 0;
    fclose(f);
    if (!bytes || *len == 65536)
        return tr_fail(err, TR_ECONFIG, "the configuration '%s' is too long",
                       path);
    *text = bytes;
    return TR_OK;
}

static enum tr_status read_file(struct config *c, const char *path,
                                struct tr_arena *a, struct tr_error *err)
{
    const char *names[SETTINGS];
    const struct tr_node *root = NULL;
    const char *text = NULL;
    size_t len = 0;
    enum tr_status st = read_whole(path, a, &text, &len, err);

    for (int s = 0; s < SETTINGS; s++)
        names[s] = infos[s].name;
    if (!st)
        st = tr_yaml_parse(text, len, path, a, &root, err);
    if (!st && root->kind == TR_NODE_NULL)
        return TR_OK; /* nothing but comments */
    if (!st)
        st = tr_node_known_keys(root, names, SETTINGS, path, err);
    for (int s = 0; !st && s < SETTINGS; s++) {
        const char *value = NULL;

        st = tr_node_text(root, names[s], path, &value, err);
        if (!st && value)
            st = check_number((enum setting)s, value, path, err);
        if (!st && value)
            config_set(c, (enum setting)s, value, path);
    }
    return st;
}

static const char *usual_file(struct tr_arena *a)
{
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    const char *candidates[3] = { "terrier.yaml", NULL,
                                  "/etc/terrier/terrier.yaml" };

    if (xdg && *xdg)
        candidates[1] = tr_arena_printf(a, "%s/terrier/terrier.yaml", xdg);
    else if (home && *home)
        candidates[1] =
            tr_arena_printf(a, "%s/.config/terrier/terrier.yaml", home);
    for (int i = 0; i < 3; i++) {
        if (candidates[i] && access(candidates[i], R_OK) == 0)
            return candidates[i];
    }
    return NULL;
}

static char upper(char ch)
{
    return ch >= 'a' && ch <= 'z' ? (char)(ch - 'a' + 'A') : ch;
}

static enum tr_status read_environment(struct config *c, struct tr_arena *a,
                                       struct tr_error *err)
{
    for (int s = 0; s < SETTINGS; s++) {
        char *name = tr_arena_printf(a, "TERRIER_%s", infos[s].name);

        if (!name)
            return tr_fail(err, TR_ENOMEM, "no memory left for settings");
        for (char *p = name; *p; p++)
            *p = upper(*p);

        const char *value = getenv(name);

        if (!value || !*value)
            continue;

        enum tr_status st = check_number((enum setting)s, value, name, err);

        if (st)
            return st;
        config_set(c, (enum setting)s, value, name);
    }
    return TR_OK;
}

enum tr_status config_read(struct config *c, const char *file,
                           struct tr_arena *a, struct tr_error *err)
{
    enum tr_status st = TR_OK;

    for (int s = 0; s < SETTINGS; s++)
        config_set(c, (enum setting)s, infos[s].fallback, "default");
    if (!file)
        file = getenv("TERRIER_CONFIG");
    if (!file || !*file)
        file = usual_file(a);
    if (file)
        st = read_file(c, file, a, err);
    return st ? st : read_environment(c, a, err);
}
