/* main.c - the terrier program: global options, then one command. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/version.h"
#include "terrier/hash.h"
#include "terrier/text.h"
#include "vector/vector.h"

static void print_help(void)
{
    size_t n;
    const struct cli_command *commands = cli_commands(&n);

    printf("terrier " TERRIER_VERSION
           " - the property register, map and classification of a "
           "partnership\n\n"
           "terrier COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n");
    for (size_t i = 0; i < n; i++)
        printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    printf(
        "\nOptions of every command:\n"
        "  --store PATH       the store (else TERRIER_STORE, the config "
        "file, ./terrier.db)\n"
        "  --config FILE      the configuration file\n"
        "  --audience A       public, partnership, partner:CODE or operator\n"
        "  --json             results as JSON\n"
        "  --quiet            no notes on stderr\n"
        "  --color WHEN       auto, always or never\n"
        "  --help             this page, or a command's own\n"
        "  --version          the version\n\n"
        "Results go to stdout, notes and errors to stderr. Exit codes, as in\n"
        "sysexits(3): 0 done, 64 wrong usage or no such thing, 65 wrong data,\n"
        "66 no such input, 69 something we depend on fails, 73 cannot create "
        "the\n"
        "output, 74 reading or writing failed, 75 locked or the port is in "
        "use:\n"
        "try again, 77 not permitted, 78 a profile, rule-set or configuration "
        "is\n"
        "wrong.\n\n"
        "A first look:\n"
        "  terrier load layers/sample\n"
        "  terrier classify --rules layers/rules/default.yaml --adopt\n"
        "  terrier serve --audience partnership\n");
}

static enum tr_status unknown_command(const char *name, struct tr_error *err)
{
    const char *names[64];
    size_t n;
    const struct cli_command *commands = cli_commands(&n);

    for (size_t i = 0; i < n; i++)
        names[i] = commands[i].name;

    const char *near = tr_text_nearest(name, names, n);

    return tr_fail(err, TR_EINVAL,
                   "unknown command '%.60s'%s%s%s; see 'terrier --help'", name,
                   near ? ", did you mean '" : "", near ? near : "",
                   near ? "'" : "");
}

/* ---- global options, which may stand anywhere ---- */

struct globals {
    const char *store, *config, *audience, *color;
};

static const char **global_text(struct globals *g, const char *name, size_t len)
{
    const struct {
        const char *name;
        const char **to;
    } list[] = { { "store", &g->store },
                 { "config", &g->config },
                 { "audience", &g->audience },
                 { "color", &g->color } };

    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (strlen(list[i].name) == len &&
            strncmp(list[i].name, name, len) == 0)
            return list[i].to;
    }
    return NULL;
}

/* Take the global options out of argv; the rest keeps its order. */
static enum tr_status take_globals(struct cli *cli, struct globals *g,
                                   int *argc, char **argv, struct tr_error *err)
{
    int kept = 0;

    for (int i = 0; i < *argc; i++) {
        char *arg = argv[i];

        if (strcmp(arg, "--") == 0) {
            while (i < *argc)
                argv[kept++] = argv[i++];
            break;
        }
        if (strncmp(arg, "--", 2) != 0) {
            argv[kept++] = arg;
            continue;
        }

        char *equals = strchr(arg, '=');
        size_t len = equals ? (size_t)(equals - arg - 2) : strlen(arg + 2);
        const char **text = global_text(g, arg + 2, len);

        if (strcmp(arg, "--json") == 0)
            cli->json = true;
        else if (strcmp(arg, "--quiet") == 0)
            cli->quiet = true;
        else if (!text)
            argv[kept++] = arg;
        else if (equals)
            *text = equals + 1;
        else if (i + 1 < *argc)
            *text = argv[++i];
        else
            return tr_fail(err, TR_EINVAL, "option '%s' needs a value", arg);
    }
    *argc = kept;
    return TR_OK;
}

static enum tr_status set_color(struct cli *cli, const char *when,
                                struct tr_error *err)
{
    const char *term = getenv("TERM");
    const char *no_color = getenv("NO_COLOR");

    if (!when || strcmp(when, "auto") == 0)
        cli->color = isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
                     term && strcmp(term, "dumb") != 0;
    else if (strcmp(when, "always") == 0)
        cli->color = true;
    else if (strcmp(when, "never") != 0)
        return tr_fail(err, TR_EINVAL,
                       "--color is auto, always or never, not '%.60s'", when);
    return TR_OK;
}

static enum tr_status run(struct cli *cli, int argc, char **argv,
                          struct tr_error *err)
{
    struct globals g = { 0 };
    const struct cli_command *command;
    enum tr_status st = take_globals(cli, &g, &argc, argv, err);

    if (!st)
        st = set_color(cli, g.color, err);
    if (st)
        return st;
    if (argc < 1 || strcmp(argv[0], "--help") == 0 ||
        strcmp(argv[0], "-h") == 0 || strcmp(argv[0], "help") == 0) {
        print_help();
        return TR_OK;
    }
    if (strcmp(argv[0], "--version") == 0) {
        puts("terrier " TERRIER_VERSION);
        return TR_OK;
    }
    command = cli_command_named(argv[0]);
    if (!command)
        return unknown_command(argv[0], err);
    cli->config_file = g.config;
    st = config_read(&cli->config, g.config, cli->arena, err);
    if (st)
        return st;
    if (g.store)
        config_set(&cli->config, SETTING_STORE, g.store, "--store");
    cli->audience = g.audience;
    return command->run(cli, argc, argv, err);
}

int main(int argc, char **argv)
{
    struct tr_arena arena;
    struct tr_error err = TR_ERROR_INIT;
    struct cli cli = { .arena = &arena, .program = argv[0] };
    enum tr_status st;

    if (argc > 1 && strcmp(argv[1], VECTOR_CHILD_ARGUMENT) == 0)
        return vector_child_main(argc, argv);
    /* A reader that has seen enough (`terrier query | head`) is an error of
     * writing, not a reason to die. */
    signal(SIGPIPE, SIG_IGN);
    tr_hash_start();
    tr_arena_init(&arena, SIZE_MAX);
    st = run(&cli, argc - 1, argv + 1, &err);
    /* What was printed may still wait in the buffer: a full disk shows now. */
    if (!st && (ferror(stdout) || fflush(stdout)))
        st = tr_fail(&err, TR_EIO, "writing to stdout failed: %s",
                     strerror(errno));
    if (st)
        fprintf(stderr, "terrier: %s\n",
                *err.msg ? err.msg : tr_status_name(st));
    tr_arena_clear(&arena);
    return cli_exit_code(st);
}
