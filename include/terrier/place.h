/*
 * place.h - what is particular to a place: its name, time zone and id prefix,
 * its organisations, its sensitive list, its reviewed links and names.
 *
 * All of it is data under layers/<place>/, read here from the documents that the
 * store keeps. Four files, each strict like a profile:
 *
 *   place.yaml
 *     place: example                  # letters, digits, -
 *     title: Example partnership
 *     prefix: exa                     # site ids: exa-xxxxxxxxxxxx
 *     time_zone: Europe/London
 *     purpose: one sentence for the page that explains the map
 *     focus: {set: localities, name: North}   # where the map opens
 *     default_sets: [localities, wards, lsoas]  # in this order in pickers
 *     vintages:                       # names for vintages of a set
 *       localities: {"2017": as piloted, "2023": today}
 *     contact: who answers questions about the register
 *     feeds: [example-feed]           # names of its public feed; absent: none
 *
 *   organisations.yaml
 *     organisations:
 *       - code: example-council
 *         name: Example Council
 *         legend: Council             # in the legend of partners; absent: not a
 *                                     #   partner (a provider, a predecessor).
 *                                     #   Several organisations may share one
 *                                     #   entry: it stands where the first does
 *         formerly: [{name: Example Borough, code: exb, until: 2022-06-30}]
 *         aliases: [EBC]
 *         successor: {code: other, since: 2022-07-01}  # it became that one
 *         asked: 2026-01-15           # when asked for data; legend says so
 *         contact: estates desk       # a role, never a person
 *
 *   sensitive.yaml
 *     hold:                           # restricted whatever the source says
 *       - {pattern: "%children's home%", reason: children's home}
 *       - {layer: council, key: AB12, reason: refuge}
 *     release:                        # reviewed: a pattern hit that is no such
 *       - {layer: council, key: AB13, reason: a street name}
 *
 *   A key of several columns is a list here: key: [A, "12"]. Patterns ignore
 *   letter case, the kind of apostrophe and runs of white space.
 *
 *   links.yaml
 *     links:                          # rows that are one site; reviewed
 *       - sites: [{layer: council, key: AB1}, {layer: schools, key: "123"}]
 *         keep: {layer: schools, key: "123"}   # whose id the site has
 *         because: same building, same postcode
 *     names:                          # names for nameless features; reviewed
 *       - {layer: fire, key: ABC, name: Example Fire Station, source: "https://..."}
 *     aliases:                        # a changed key: the old site is the new
 *       - {layer: council, from: AB1, to: AB1/2}
 *
 * A fifth document is kept by the store alone, as `terrier match` writes it: what
 * people said of proposed matches (ingest/match.h), one act after another. The
 * last act on an id is in force. The sites of the two rows of a confirmed match
 * are one; its id is that of a row that a link keeps, else of the row of the
 * most public tier, then of the smallest id.
 *
 *   matches
 *     acts:
 *       - {do: confirm, id: m-0123456789ab, on: 2026-01-15,
 *          rows: [{layer: council, key: AB1}, {layer: schools, key: "123"}],
 *          because: seen on the ground}
 *       - {do: reject, ...}
 *       - {do: undo, id: m-0123456789ab, on: 2026-01-16}
 */
#ifndef TR_PLACE_H
#define TR_PLACE_H

#include "terrier/arena.h"
#include "terrier/hash.h"
#include "terrier/node.h"
#include "terrier/table.h"

struct tr_former_name {
    const char *name, *code; /* code NULL: none */
    int32_t until;           /* TR_NO_DATE: not known */
};

#define TR_NO_DATE INT32_MIN

struct tr_organisation {
    const char *code, *name;
    const char *legend;             /* NULL: not shown as a partner */
    const char *successor;          /* code; NULL: it still exists */
    int32_t successor_since, asked; /* TR_NO_DATE: not given */
    const char *contact;            /* a role; NULL */
    size_t n_formerly, n_aliases;
    const struct tr_former_name *formerly;
    const char *const *aliases;
};

struct tr_row_name { /* one row of one layer */
    const char *layer, *key;
};

struct tr_hold {
    const char *pattern; /* LIKE, case folded, on names; NULL: by row */
    struct tr_row_name row;
    const char *reason;
};

struct tr_link {
    size_t n;
    const struct tr_row_name *rows;
    struct tr_row_name keep; /* one of them */
    const char *because;
};

struct tr_match { /* in force: what a person said of a proposal */
    const char *id;
    bool confirmed; /* else rejected */
    int32_t on;     /* TR_NO_DATE: not said */
    struct tr_row_name rows[2];
    const char *because; /* NULL: not said */
};

struct tr_given_name {
    struct tr_row_name row;
    const char *name, *source;
};

struct tr_vintage_name {
    const char *set, *vintage, *name;
};

struct tr_key_alias { /* the row's key was `from`, and is now `to` */
    struct tr_row_name from;
    const char *to;
};

struct tr_place {
    const char *id, *title, *prefix, *time_zone, *purpose, *contact;
    const char *focus_set, *focus_name; /* NULL: the whole extent */
    size_t n_sets, n_feeds, n_vintages, n_organisations, n_holds, n_releases,
        n_links, n_matches, n_names, n_aliases;
    const char *const *sets;
    const char *const *feeds; /* names of its public feed */
    const struct tr_vintage_name *vintages;
    const struct tr_organisation *organisations; /* in the file's order */
    const struct tr_hold *holds, *releases;
    const struct tr_link *links;
    const struct tr_match *matches; /* by their last act */
    const struct tr_given_name *names;
    const struct tr_key_alias *aliases;
};

/* The documents, as the store keeps them; any but place may be NULL. */
struct tr_place_files {
    const char *place, *organisations, *sensitive, *links;
    const char *matches;
};

/* Parse and check everything: codes unique, successors known, each link's keep
 * among its rows, no row in two links. TR_ECONFIG with file, line and column. */
enum tr_status tr_place_parse(const struct tr_place_files *files,
                              struct tr_arena *a, const struct tr_place **out,
                              struct tr_error *err);

/* The organisation of that code, or else name, former code or name, or alias;
 * the case of ASCII letters is ignored. NULL when there is none. */
const struct tr_organisation *tr_place_organisation(const struct tr_place *p,
                                                    const char *code_or_name);
/* Today's organisation: successors followed. */
const struct tr_organisation *
tr_place_successor(const struct tr_place *p, const struct tr_organisation *o);

/* Why a row is held restricted, or NULL: by row, or by pattern on any of the
 * texts (NULL ones are skipped), unless the row is released from its pattern.
 * When scratch is full the row is held, too. */
const char *tr_place_hold(const struct tr_place *p, const char *layer,
                          const char *key, const char *const *texts, size_t n,
                          struct tr_arena *scratch);

/* A site's id: prefix, hyphen, 12 base32 characters of the digest of layer and
 * key. `out` holds strlen(prefix) + 14 bytes. */
void tr_site_id(const char *prefix, const char *layer, const char *key,
                char *out);
/* The feature id of the same site, below 2^53, never 0. */
uint64_t tr_site_number(const char *layer, const char *key);
/* Both at once, for half the work. */
void tr_site_names(const char *prefix, const char *layer, const char *key,
                   char *id, uint64_t *number);

#endif
