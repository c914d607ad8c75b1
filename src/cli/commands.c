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
      "  terrier layers --partners > partners.md   # a table of the partners for the public, as Markdown\n"
      "  terrier layers suspend council    # leaves every audience's snapshot but the operator's\n", cmd_layers },
    { "areas", "the area sets and their vintages", "[SET]",
      "A set is a kind of area, such as wards; a vintage is the set as it was drawn at\n"
      "one time. Without a SET: the sets. With one: its areas and how many sites each has.\n\n"
      "  terrier areas\n"
      "  terrier areas localities --moved 2017   # sites that changed area since that vintage\n"
      "  terrier areas localities --edges > edges.csv   # sites whose precision leaves their area open\n", cmd_areas },
    { "rules", "check a rule-set, or show it as a page", "check FILE | show FILE",
      "  terrier rules check layers/rules/default.yaml\n"
      "  terrier rules show layers/rules/open-data.yaml > rules.md\n", cmd_rules },
    { "classify", "classify the sites and save the run", "--rules FILE",
      "  terrier classify --rules layers/rules/open-data.yaml --audience partnership --adopt\n"
      "  terrier classify --rules my.yaml --scope \"localities = 'North'\" --dry-run --format csv\n", cmd_classify },
    { "runs", "past runs of the classification", "[show N | diff A B | adopt N]",
      "A run is one classification, kept as it was; the adopted one is what its audience\n"
      "sees on the map.\n\n"
      "  terrier runs\n"
      "  terrier runs diff 3 4      # which sites changed class, and why\n"
      "  terrier runs adopt 4       # its audience sees its classes from now on\n", cmd_runs },
    { "replay", "make a past run again and compare every byte", "N",
      "Takes the rules, the places' documents and the rows that the run read. Says\n"
      "'same', or what differs (exit code 65), and what has changed since.\n\n"
      "  terrier replay 3\n"
      "  terrier replay --as-known 2026-03-31   # the loads, runs and decisions of that day\n", cmd_replay },
    { "decide", "record a decision about a site's class", "SITE",
      "Steps: draft (of the computed class), owner-agreed or disputed, signed (by the\n"
      "board), published; override (holds until its review date), withdraw-override.\n"
      "The ledger keeps each step for ever; names and reasons can be erased. An owner\n"
      "speaks for the organisation that owns the site: that of its freehold occupation,\n"
      "else the one it is named after. What is published has reasons of its own, which\n"
      "everybody reads.\n\n"
      "  terrier decide sam-0123456789ab --step draft --as planner --name 'A. Planner'\n"
      "  terrier decide sam-0123456789ab --step owner-agreed --as owner --name 'B. Owner' \\\n"
      "      --organisation ex-council\n"
      "  terrier decide sam-0123456789ab --step signed --as board --name 'C. Chair' \\\n"
      "      --minute 2026/07-4 --attach gap=gap.csv,equality=screen.pdf\n"
      "  terrier decide sam-0123456789ab --step published --as planner --name 'A. Planner' \\\n"
      "      --public-reason 'The service moved to the new hub in 2026.'\n"
      "  terrier decide sam-0123456789ab --step override --class core --as operations \\\n"
      "      --name 'D. Lead' --reason 'flood works' --review 2027-04-01\n", cmd_decide },
    { "ledger", "who decided what; is it all there", "[due | verify | tip | paper ENTRY KIND | erase ENTRY]",
      "Entries are chained: none can be changed, taken out or put in unseen. Partners\n"
      "keep signed tips; with one, 'verify' also finds entries cut off or made anew.\n\n"
      "  terrier ledger --site sam-0123456789ab\n"
      "  terrier ledger due --within 90    # what waits for whom; overrides that end in 90 days\n"
      "  terrier ledger paper 12 gap --out gap.csv   # as it was attached to entry 12\n"
      "  terrier ledger tip --out tip-2026-03-31.json   # makes STORE.key the first time\n"
      "  terrier ledger verify --tip tip-2026-03-31.json --key terrier.db.key.pub\n"
      "  terrier ledger erase 12 --reason 'asked by the person'\n", cmd_ledger },
    { "withdraw", "take a site out of every snapshot", "SITE",
      "From now on no audience but the operator sees it. It can be brought back.\n\n"
      "  terrier withdraw sam-0123456789ab --reason 'a refuge since May'\n"
      "  terrier withdraw sam-0123456789ab --undo --reason 'listed by mistake'\n", cmd_withdraw },
    { "explain", "a site's class with its reasons", "SITE",
      "SITE is a site id, or a name that only one site has.\n\n"
      "  terrier explain sam-0123456789ab\n"
      "  terrier explain \"Town Hall\" --audience public --json\n", cmd_explain },
    { "match", "rows of different layers that may be one site", "[confirm ID | reject ID | undo ID]",
      "Each proposal comes with its evidence and waits for a person. Confirmed, its rows\n"
      "are one site; undo takes either word back. Each act is an entry of the ledger; of two\n"
      "people who say something of one proposal, the second is told who was first.\n\n"
      "  terrier match\n"
      "  terrier match --format csv > proposals.csv\n"
      "  terrier match confirm m-0123456789ab --because \"seen on the ground\" \\\n"
      "      --as planner --name 'A. Planner'\n"
      "  terrier match --uprns    # one UPRN on several rows of a layer, and why\n", cmd_match },
    { "missing", "the facts wanted of the partners", "",
      "What the classes of unclassified and thinly evidenced sites lack, by partner: most\n"
      "sites first. As csv or xlsx, a sheet for one partner to fill in, and the profile\n"
      "beside it that loads the answers back.\n\n"
      "  terrier missing\n"
      "  terrier missing --partner ex-council --format xlsx --out wanted.xlsx\n"
      "  terrier load wanted.yaml   # when it has come back\n", cmd_missing },
    { "report", "the papers that people take into a meeting",
      "site SITE | gap SITE | equality SITE | area SET=AREA | board --since RUN | partner ORGANISATION",
      "For the partnership unless --audience says otherwise. As HTML (one file that prints\n"
      "on A4), PDF or plain text; the same words in each.\n\n"
      "  terrier report site \"Town Hall\" --format pdf --out town-hall.pdf   # decision pack\n"
      "  terrier report gap SITE --out gap.html ; terrier report equality SITE --out screen.html\n"
      "      # what 'decide --attach gap=gap.html,equality=screen.html' wants of a surplus\n"
      "  terrier report area localities=North --out north.html   # decision pack of an area\n"
      "  terrier report board --since 3 --format pdf --out board.pdf\n"
      "  terrier report partner ex-council --out meeting.html\n"
      "  terrier report site exa-0123456789ab --audience public\n", cmd_report },
    { "query", "ask a collection: which sites, areas, stops", "",
      "All conditions must hold. Results are in the order of their ids.\n\n"
      "  terrier query --area localities=North --filter \"class = 'key'\"\n"
      "  terrier query --near \"M32 0TH\" --within 800 --format geojson\n"
      "  terrier query --collection wards --format csv\n", cmd_query },
    { "summary", "counts and floor area by area, partner and class", "",
      "A site counts once; floor area leaves out figures that several rows share.\n\n"
      "  terrier summary\n"
      "  terrier summary --set wards --format csv\n", cmd_summary },
    { "export", "write a feed, or a GeoPackage for QGIS", "FEED | gpkg",
      "  terrier export portal --out feed   # a feed that place.yaml names\n"
      "  terrier export gpkg --out estate.gpkg --audience partnership\n", cmd_export },
    { "tiles", "write a pyramid of vector tiles to one file", "",
      "A .pmtiles file for any web server, an .mbtiles file for QGIS and GDAL. For the public\n"
      "unless --audience says otherwise. Begun and not ended, by whatever cause, the same\n"
      "command goes on from FILE.partial. Exit codes: 73 FILE is there already or cannot be\n"
      "made, 74 the disk is full, 75 another process writes it.\n\n"
      "  terrier tiles --out estate.pmtiles\n"
      "  terrier tiles --out north.mbtiles --collection sites --filter \"localities = 'North'\" --maxzoom 16\n"
      "  terrier tiles --out partnership.pmtiles --audience partnership --collection sites,localities\n", cmd_tiles },
    { "serve", "serve the map, the tiles and the queries", "",
      "The audience is public unless --audience says otherwise; any other is served on\n"
      "a loopback address only, and the operator's not at all. Follows the store: what is\n"
      "loaded or adopted shows within seconds, at once on SIGHUP. SIGTERM or Ctrl-C ends\n"
      "it when the requests under way are answered. Exit code 75: the port is in use.\n\n"
      "  terrier serve\n"
      "  terrier serve --audience partnership --listen 127.0.0.1:8081\n", cmd_serve },
    { "user", "who may sign in at the server", "[add NAME | password NAME | remove NAME]",
      "Accounts lie beside the store, in a file of their own that nobody else can read.\n"
      "A backup of the store does not hold them. The password is asked for, or is the\n"
      "first line of the input. Who signs in as an owner may agree to a class, or dispute\n"
      "it, over HTTP.\n\n"
      "  terrier user add b.owner --organisation ex-council --role owner\n"
      "  terrier user\n"
      "  terrier user password b.owner < new-password\n", cmd_user },
    { "backup", "copy the store, online and verified", "FILE", "Others may read and write meanwhile.\n\n  terrier backup terrier-2026-03-31.db\n", cmd_backup },
    { "restore", "put a backup in the store's place", "FILE", "What was there is kept beside it.\n\n  terrier restore terrier-2026-03-31.db\n", cmd_restore },
    { "migrate", "bring an older store up to date", "",
      "For a store of an earlier version of the program; a backup is made beside it first.\n\n"
      "  terrier migrate\n", cmd_migrate },
    { "grid", "build the OSTN15 grid that makes positions right to the metre", "[DIR]", "Needs the package libgeo-coordinates-osgb-perl, whose tables are OSTN15. Without a\n"
      "grid, positions from British National Grid are up to 5 m off.\n\n"
      "  terrier grid\n", cmd_grid },
    { "config", "the settings, and where each comes from", "show",
      "A setting comes from an option, else from TERRIER_NAME in the environment, else from\n"
      "the configuration file, else it is the default.\n\n"
      "  terrier config show\n"
      "  TERRIER_LISTEN=127.0.0.1:9000 terrier config show --json\n", cmd_config },
    { "doctor", "is everything as it should be", "",
      "Looks at the grid, the fences for reading partners' files, the store and its layers.\n"
      "Exit code 65 when there is something to look at.\n\n"
      "  terrier doctor\n", cmd_doctor },
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
