/* options.c - reading a command's options. See cli.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "terrier/date.h"
#include "terrier/text.h"

static void print_help(const struct cli_command *command,
                       const struct cli_option *options, size_t n)
{
    printf("terrier %s %s\n\n%s.\n", command->name, command->arguments,
           command->summary);
    if (n)
        printf("\nOptions:\n");
    for (size_t i = 0; i < n; i++) {
        char left[64];

        snprintf(left, sizeof left, "--%s%s%s", options[i].name,
                 options[i].value ? " " : "",
                 options[i].value ? options[i].value : "");
        printf("  %-24s %s\n", left, options[i].help);
    }
    if (*command->help)
        printf("\n%s", command->help);
    printf(
        "\nThe options of every command (--store, --audience, --json ...) are "
        "in\n'terrier --help'.\n");
    exit(0);
}

static const struct cli_option *find(const struct cli_option *options, size_t n,
                                     const char *name, size_t len)
{
    for (size_t i = 0; i < n; i++) {
        if (strlen(options[i].name) == len &&
            strncmp(options[i].name, name, len) == 0)
            return &options[i];
    }
    return NULL;
}

static enum tr_status unknown(const struct cli_command *command,
                              const struct cli_option *options, size_t n,
                              const char *arg, struct tr_error *err)
{
    const char *names[64];
    size_t count = n < 64 ? n : 64;

    for (size_t i = 0; i < count; i++)
        names[i] = options[i].name;

    const char *near = tr_text_nearest(arg + strspn(arg, "-"), names, count);

    return tr_fail(err, TR_EINVAL,
                   "unknown option '%.60s'%s%s%s; see 'terrier %s --help'", arg,
                   near ? ", did you mean '--" : "", near ? near : "",
                   near ? "'" : "", command->name);
}

/* One option at argv[*i]; moves *i past a value of its own. */
static enum tr_status read_option(const struct cli_command *command,
                                  const struct cli_option *options, size_t n,
                                  int argc, char **argv, int *i,
                                  struct tr_error *err)
{
    const char *arg = argv[*i] + 2;
    const char *equals = strchr(arg, '=');
    size_t len = equals ? (size_t)(equals - arg) : strlen(arg);
    const struct cli_option *o = find(options, n, arg, len);

    if (!o)
        return unknown(command, options, n, argv[*i], err);
    if (!o->value) {
        if (equals)
            return tr_fail(err, TR_EINVAL, "option '--%s' takes no value",
                           o->name);
        *o->flag = true;
        return TR_OK;
    }
    if (equals)
        *o->text = equals + 1;
    else if (*i + 1 < argc)
        *o->text = argv[++*i];
    else
        return tr_fail(err, TR_EINVAL, "option '--%s' needs a value: %s",
                       o->name, o->value);
    return TR_OK;
}

enum tr_status cli_parse(const struct cli_command *command,
                         const struct cli_option *options, size_t n_options,
                         int argc, char **argv, struct cli_arguments *rest,
                         struct tr_error *err)
{
    bool only_arguments = false;

    /* What is left is gathered at the front of argv itself, in order. */
    rest->list = argv + 1;
    rest->n = 0;
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];

        if (only_arguments || arg[0] != '-' || arg[1] == '\0') {
            rest->list[rest->n++] = argv[i];
        } else if (strcmp(arg, "--") == 0) {
            only_arguments = true;
        } else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            print_help(command, options, n_options);
        } else if (arg[1] != '-') {
            return unknown(command, options, n_options, arg, err);
        } else {
            enum tr_status st =
                read_option(command, options, n_options, argc, argv, &i, err);

            if (st)
                return st;
        }
    }
    return TR_OK;
}

enum tr_status cli_number(const char *option, const char *text, long long low,
                          long long high, long long *out, struct tr_error *err)
{
    long long v;

    if (!text)
        return TR_OK;
    if (!tr_text_to_int(text, &v) || v < low || v > high)
        return tr_fail(err, TR_EINVAL,
                       "--%s must be a whole number from %lld to %lld, not "
                       "'%.60s'",
                       option, low, high, text);
    *out = v;
    return TR_OK;
}

enum tr_status cli_real(const char *option, const char *text, double *out,
                        struct tr_error *err)
{
    double v;

    if (!text)
        return TR_OK;
    if (!tr_text_to_number(text, &v) || !isfinite(v))
        return tr_fail(err, TR_EINVAL, "--%s must be a number, not '%.60s'",
                       option, text);
    *out = v;
    return TR_OK;
}

enum tr_status cli_date(const char *option, const char *text, int32_t *out,
                        struct tr_error *err)
{
    if (!text)
        return TR_OK;
    if (!tr_date_parse(text, "yyyy-mm-dd", out))
        return tr_fail(err, TR_EINVAL,
                       "--%s must be a date such as 2026-03-31, not '%.60s'",
                       option, text);
    return TR_OK;
}

enum tr_status cli_filter(const char *option, const char *text,
                          struct tr_arena *a, const struct tr_cql2 **out,
                          struct tr_error *err)
{
    *out = NULL;
    if (!text || !*text)
        return TR_OK;

    enum tr_status st =
        tr_cql2_parse_text(text, TR_CQL2_QUERY, a, out, NULL, err);

    return st ? tr_fail_at(err, st, "--%s", option) : TR_OK;
}
