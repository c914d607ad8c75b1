/* clang-format off */
/*
 * rules.h - rule-sets: how facts become classes, as data that planners edit.
 *
 * A rule-set is a strict YAML file. Its conditions and values are CQL2 over the
 * sites table (snapshot.h) plus its own measures, by name.
 *
 *   rules: example
 *   version: "1"
 *   title: one line
 *   note: Illustrative default; planners edit it; not policy.
 *   definitions:                   # shown beside every result
 *     key: ...                     # also core surplus unclassified
 *                                  # not-applicable
 *   measures:                      # numbers about a site's surroundings
 *     buses_300m:
 *       title: Bus services within 300 m
 *       unit: services
 *       over: bus_routes           # a layer, or `sites`
 *       within_m: 300              # the circle; required but for nearest
 *       where: "..."               # CQL2 over that layer's columns: only these
 *       among: any                 # over sites: any (other than itself) |
 *                                  #   same-service | other-partners |
 *                                  #   same-service-other-partners
 *       count: true                # exactly one of: how many;
 *       count_distinct: "ServiceID"       # distinct values (a list counts each);
 *       sum: "lsoas.people"               # their sum;
 *       share: {of: "lsoas.people", where: "lsoas.decile <= 3"}   # percent;
 *       nearest: true                     # metres to the nearest;
 *       spread: lsoas              # sum, share: a value is the area's, spread
 *                                  #   evenly over the layer's rows in that area
 *     gap:
 *       gap: {people: "lsoas.people", spread: lsoas, over: postcodes,
 *             within_m: 800, alternative_m: 1200}   # percent of the people
 *             # within 800 m who have no other site of a same service in 1200 m
 *     peer_cost:
 *       median: {of: "running_cost_gbp / floor_area_m2", by: use}  # of the peers
 *   gates:                         # in order; exactly one of decides, floor, flag
 *     - id: land
 *       when: "holding_type = 'land'"
 *       decides: not-applicable    # a class: stops here; `basis: declared` when
 *                                  #   it is the owner's own declaration
 *       reason: Bare land is not a building.
 *       source: where the rule comes from
 *     - {id: school, when: "...", floor: core, reason: ..., source: ...}
 *     - {id: listed, when: "...", flag: listed, reason: ...}
 *     - {id: locked, when: "...", flag: locked, until: "lease_break", reason: ...}
 *   criteria:                      # axes need, fitness, hub; each in points
 *     need:
 *       - id: service
 *         title: What the service is
 *         weight: 35               # whole numbers, 100 per axis
 *         value: services          # CQL2; of a list, the best-scoring item counts
 *         unit: GBP/m2             # of a value that is not just one property
 *         scale: {table: {library: 75, school: 100}}  # not in it: missing,
 *                                  #   unless `other: 0` stands beside table
 *         source: ...
 *         reason: why it counts
 *       - id: distance
 *         weight: 25
 *         value: next_same_m
 *         scale: {points: [[300, 0], [1000, 50], [2000, 100]]}  # linear between
 *         illustrative: true       # the scale is ours, not the source's
 *   shown:                         # facts listed but not deciding
 *     - {id: energy, axis: fitness, value: energy_band, title: Energy band}
 *   classes:
 *     key: {need: 65, hub: 60, fitness: 40, hub_coverage: 60}  # at least; an
 *                                  #   absent one is no condition
 *     surplus:                     # all below, in any one line; absent: only a
 *       below: [{need: 35, fitness: 60}, {need: 20}]       #  gate gives surplus
 *       needs: [service, gap]      # criteria without which it is unknown (and
 *                                  #   the fitness axis, when it has criteria)
 *   evidence: {overall: 60, need: 50}   # least coverage, percent
 *   margin: 3
 *   flags:                         # of a core site
 *     invest: "fitness < 40"       # CQL2; need, fitness, hub are columns here
 *     flex: "need >= 35 and need < 50"
 *   ageing:                        # a fact older than this is missing
 *     - {field: condition, date: condition_date, years: 5}
 *   robustness: {concentration: 50, draws: 10000}
 *
 * Arithmetic is in integers: criterion scores in 1/100 point (0..10000), weights
 * in basis points, axis scores compared by cross-multiplying. Same input, same
 * bytes, on any number of threads.
 */
/* clang-format on */
#ifndef TR_RULES_H
#define TR_RULES_H

#include "terrier/cql2.h"
#include "terrier/snapshot.h"

struct tr_rules; /* parsed; lives in its arena; immutable */

enum tr_axis { TR_NEED, TR_FITNESS, TR_HUB, TR_AXES };
const char *tr_axis_name(enum tr_axis axis);

/* Parse and check all that can be checked without data: keys, weights that sum
 * to 100 per axis, scales ascending, names used once, expressions that parse.
 * TR_ECONFIG with file, line, column. */
enum tr_status tr_rules_parse(const char *text, size_t len, const char *file,
                              struct tr_arena *a, const struct tr_rules **out,
                              struct tr_error *err);

const char *tr_rules_name(const struct tr_rules *r);    /* "open-data" */
const char *tr_rules_version(const struct tr_rules *r); /* "1" */
const char *tr_rules_definition(const struct tr_rules *r, enum tr_class c);

/* The rule-set as a page that a board can read: Markdown. */
void tr_rules_print(const struct tr_rules *r, struct tr_buf *out);

#endif
