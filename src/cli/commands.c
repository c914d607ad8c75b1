/* commands.c - the one table of commands: help, dispatch, tests read it. */
#include <string.h>

#include "cli/cli.h"

/* clang-format off */
static const struct cli_command commands[] = {
    { "init", "make an empty store", "", "  terrier init --store register.db\n", cmd_init },
    { "load", "load layers through their profiles", "PROFILE.yaml... | DIR",
      "A folder brings its place and all its profiles, in the right order. A layer\n"
      "loads whole or not at all; loading the same files again changes nothing.\n\n"
      "  terrier load layers/sample\n"
      "  terrier load layers/PLACE --source-root downloads\n"
      "  terrier load layers/PLACE/council.yaml --dry-run --issues issues.csv\n", cmd_load },
    { "layers", "what is loaded, how fresh and how complete", "[suspend NAME | resume NAME]",
      "  terrier layers\n"
      "  terrier layers --partners > partners.md   # a table of the partners, as Markdown\n"
      "  terrier layers suspend council    # leaves every audience's snapshot but the operator's\n", cmd_layers },
    { "areas", "the area sets and their vintages", "[SET]",
      "  terrier areas\n"
      "  terrier areas localities --moved 2017   # sites that changed area since that vintage\n", cmd_areas },
    { "rules", "check a rule-set, or show it as a page", "check FILE | show FILE",
      "  terrier rules check layers/rules/default.yaml\n"
      "  terrier rules show layers/rules/open-data.yaml > rules.md\n", cmd_rules },
    { "classify", "classify the sites and save the run", "--rules FILE",
      "  terrier classify --rules layers/rules/open-data.yaml --audience partnership --adopt\n"
      "  terrier classify --rules my.yaml --scope \"localities = 'North'\" --dry-run --format csv\n", cmd_classify },
    { "runs", "past runs of the classification", "[show N | diff A B | adopt N]",
      "  terrier runs\n"
      "  terrier runs diff 3 4      # which sites changed class, and why\n"
      "  terrier runs adopt 4       # its audience sees its classes from now on\n", cmd_runs },
    { "explain", "a site's class with its reasons", "SITE",
      "SITE is a site id, or a name that only one site has.\n\n"
      "  terrier explain tra-0123456789ab\n", cmd_explain },
    { "query", "ask a collection: which sites, areas, stops", "",
      "  terrier query --area localities=North --filter \"class = 'key'\"\n"
      "  terrier query --near \"M32 0TH\" --within 800 --format geojson\n"
      "  terrier query --collection wards --format csv\n", cmd_query },
    { "summary", "counts and floor area by area, partner and class", "",
      "  terrier summary\n"
      "  terrier summary --set wards --format csv\n", cmd_summary },
    { "export", "write a feed, or a GeoPackage for QGIS", "FEED | gpkg",
      "  terrier export portal --out feed   # a feed that place.yaml names\n"
      "  terrier export gpkg --out estate.gpkg --audience partnership\n", cmd_export },
    { "serve", "serve the map, the tiles and the queries", "",
      "Reloads when the store moves and on SIGHUP; ends what is under way on SIGTERM.\n\n"
      "  terrier serve\n"
      "  terrier serve --audience partnership --listen 127.0.0.1:8081\n", cmd_serve },
    { "backup", "copy the store, online and verified", "FILE", "  terrier backup terrier-2026-03-31.db\n", cmd_backup },
    { "restore", "put a backup in the store's place", "FILE", "  terrier restore terrier-2026-03-31.db\n", cmd_restore },
    { "migrate", "bring an older store up to date", "", "", cmd_migrate },
    { "grid", "build the OSTN15 grid that makes positions right to the metre", "[DIR]", "  terrier grid\n", cmd_grid },
    { "config", "the settings, and where each comes from", "show", "", cmd_config },
    { "doctor", "is everything as it should be", "", "", cmd_doctor },
};
/* clang-format on */

const struct cli_command *cli_commands(size_t *n)
{
    *n = sizeof commands / sizeof *commands;
    return commands;
}

const struct cli_command *cli_command_named(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}
