/* cmd_grid.c - the OSTN15 grid: build it, and where it is looked for. */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "terrier/ostn15.h"

/* Beside the program: build/grid in a working tree, ../share/terrier where it
 * is installed. */
const char *cli_grid_dir(struct cli *cli)
{
    const char *configured = cli->config.values[SETTING_GRID_DIR];
    const char *const beside[] = { "../grid", "../share/terrier", "grid" };
    char self[PATH_MAX];
    ssize_t n;
    char *slash;

    if (*configured)
        return configured;
    n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    slash = strrchr(self, '/');
    if (!slash)
        return NULL;
    *slash = '\0';
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        const char *dir = tr_arena_printf(cli->arena, "%s/%s", self, beside[i]);
        const char *file =
            dir ? tr_arena_printf(cli->arena, "%s/%s", dir, TR_OSTN15_FILE)
                : NULL;

        if (file && access(file, R_OK) == 0)
            return dir;
    }
    return tr_arena_printf(cli->arena, "%s/%s", self, beside[0]);
}

enum tr_status cmd_grid(struct cli *cli, int argc, char **argv,
                        struct tr_error *err)
{
    struct cli_arguments rest;
    const char *dir;
    enum tr_status st =
        cli_parse(cli_command_named("grid"), NULL, 0, argc, argv, &rest, err);

    if (!st && rest.n > 1)
        st = tr_fail(err, TR_EINVAL, "grid takes one DIR at most");
    if (st)
        return st;
    dir = rest.n ? rest.list[0] : cli_grid_dir(cli);
    if (!dir)
        return tr_fail(err, TR_EINVAL, "say where: terrier grid DIR");
    st = tr_ostn15_build(NULL, dir, err);
    if (!st)
        cli_note(cli, "built '%s/%s'", dir, TR_OSTN15_FILE);
    return st;
}
