/* clang-format off */
/*
 * profile.h - a layer profile: what one partner's file means.
 *
 * A profile is a strict YAML file, one per layer, in layers/<place>/. An unknown
 * or doubled key is an error that names its line and the nearest known key.
 *
 *   layer: council                 # unique name: letters, digits, _ and -
 *   kind: sites                    # sites areas points lines context
 *                                  # statistics postcodes uprns
 *   title: Council land and buildings
 *   partner: example-council       # an organisation code; sites need one
 *   source:                        # one or more files, read one after another
 *     - {url: "https://...", file: partners/register.csv}   # with --source-root
 *     - register.csv                                        # beside the profile
 *   rows: |                        # instead of source: the rows themselves, as
 *     name,postcode                #   CSV, for a dozen typed-in facts; a header
 *                                  #   alone: nothing has been supplied yet
 *     Example House,M1 1AA
 *   format: csv                    # csv xlsx gpkg shapefile geojson kml
 *                                  # flatgeobuf; guessed from the name
 *   separator: ","                 # csv: , ; or "\t"
 *   encoding: utf-8                # csv, shapefile: utf-8 windows-1252
 *   sheet: Sheet1                  # xlsx, gpkg: which sheet or table
 *   header_row: 1                  # xlsx, csv: the row or line of the names
 *   crs: EPSG:4326                 # of the coordinates; or by column:
 *   crs: {column: CRS, values: {WGS84: EPSG:4326, OSGB: EPSG:27700}}
 *   x: GeoX                        # columns of the coordinates (x = lon or
 *   y: GeoY                        #   easting); absent: the file's geometry
 *   geometry: none                 # ignore a file's geometry
 *   uprn: UPRN                     # columns for the location ladder, when they
 *   postcode: PostCode             #   are not the fields of the same name
 *   key: AssetCode                 # one column or several, unique in the layer
 *   fields:                        # ours: theirs, verbatim ...
 *     name: PropertyName
 *     floor_area_m2: {column: BuildingSize, unit: ft2}
 *     services: {cql2: "if(any_like(PropertyName, '%library%'), 'library')"}
 *     service: {column: ServiceID, before: "_"}  # text up to the first "_"; all
 *                                  #   of it without one
 *     provider: {value: state}     # the same for every row
 *   values:                        # their code: ours, per field. A value that
 *     tenure: {Freehold: freehold} #   is not listed is refused and said; "" maps
 *                                  #   the empty one; a field without `values`
 *                                  #   must hold our codes already
 *   types: {all_ages: integer}     # kinds other than sites: field types; text
 *                                  #   unless given
 *   missing: [NA, "-"]             # texts that mean "no value", beside ""
 *   where: "area_name = 'X'"       # CQL2 over their columns: the rows that are
 *                                  #   this layer's; others are left out
 *   total_row: "any_like(A, 'total%')"  # CQL2: rows that are not records
 *   dates: dd/mm/yyyy              # of date fields (date.h); ISO when absent
 *   decimal: ","                   # decimal comma
 *   lookups:                       # tables for lookup(name, key)
 *     lsoa_2011: {source: [...], key: lsoa21cd, value: lsoa11cd}
 *   vintage: "2023"                # areas, statistics: which edition
 *   set: localities                # areas: the area set it belongs to
 *   code: area_code                # areas: columns of code and name (a set
 *   area_name: area_name           #   without codes is ordered by name)
 *   label: Locality                # areas: what one of them is called
 *   areas: lsoas                   # statistics: the set its rows describe, and
 *   match: {code: area_code}       #   area field: their column
 *                                  #   (kept with each row as a field of that
 *                                  #   area field's name)
 *   partial: [ZZ9]                 # postcodes: outward codes that go on beyond
 *                                  #   this file; "ZZ9" alone then gives no area
 *   answers_for: council           # sites: what a partner filled in for rows of
 *                                  #   its layer `council`, by the same key
 *   covers: borough                # the area set its data ends at: measures
 *                                  #   whose circle leaves it are bounds
 *   dissolve: DISTNAME             # polygons of one site share this value;
 *                                  #   or {within_m: 60}: near ones belong together
 *   draw: park                     # context: park wood water rail road heritage
 *                                  #   station stop; how a base map draws it
 *   tier: public                   # public partnership restricted, or a list,
 *   tier:                          #   the first that is true:
 *     - {when: "type = 'AP'", tier: restricted}
 *     - {tier: public}
 *   field_tiers: {capacity: partnership}   # raise single fields
 *   agreement: {reference: ISA-7, expires: 2027-03-31}
 *   licence: OGL-UK-3.0
 *   attribution: Contains ...
 *   as_of: 2025-01-13              # what date the source speaks of; or a column
 *   as_of: {column: EffectiveDate}
 *   illustrative: true             # drawn or invented: labelled so everywhere
 *
 * Expressions (cql2, where, tier.when) see the source's columns by their own
 * names, as text, NULL where empty. Field values that are not text are read from
 * the text: numbers (decimal comma, thousands separators refused), dates (an ISO
 * date is read whatever `dates` says), booleans (yes/no, true/false, y/n, 1/0 in
 * any case), lists (split at ';' and '|'). A code in `values` that is not found
 * as it is written is looked for without letter case.
 *
 * Tier: without a `tier` a row is restricted, and so is one for which no rule is
 * true. A rule whose `when` is unknown counts as true where that hides more.
 *
 * Keys. Sites need `key`. Areas without one take `code`, else `area_name`;
 * statistics take their match columns; postcodes and uprns are their own keys,
 * in normal form; other kinds take the digest of the row as it stands, so that a
 * changed row is another row. Values of several columns are joined by U+001F.
 *
 * What is kept. Sites: the fields of the profile in the order of field.h;
 * `floor_area_shared` is added where there is a floor area. Areas: `code` and
 * `name` first. Statistics: the area fields that `match` names first. Postcodes
 * and uprns: `postcode` or `uprn` first, read from the column so called unless
 * `postcode:` or `uprn:` says otherwise. Then the fields in their order, and
 * `as_of`, a date, last when it comes from a column.
 *
 * Precision. A given coordinate: the size of its last digit, 1 m at best (in
 * degrees 0.00001 is 1 m, 0.001 is 112 m); within 5 m of its own postcode's
 * centroid it says no more than the postcode does: 100 m. A polygon's or line's
 * position: 5 m. By UPRN: 1 m, as OS Open UPRN gives it. By postcode: 100 m.
 *
 * Answers. A row of a layer with `answers_for` makes no site of its own: it
 * belongs to the site of the row that has its key in the layer named, which is
 * of the same place and partner. Its values fill what that row lacks; of a later
 * date (`as_of`, else the day of the load) they also take a value's place. So the
 * latest of several answers counts; of one day's the one that more may see, else
 * always the same one, in whatever order they were loaded. Where
 * an audience may not see that row, or no value of the answer, there is no
 * answer for it. Suspending the layer, or loading it without a value, takes the
 * answers back. A row whose key is not there is accepted, with a warning.
 * `terrier missing` writes such profiles.
 *
 * Dissolve. Rows whose column is empty stay alone. The joined row has the
 * attributes of the first; its key is the shared value, or, with within_m, the
 * lowest of the keys.
 */
/* clang-format on */
#ifndef INGEST_PROFILE_H
#define INGEST_PROFILE_H

#include "store/store.h"
#include "terrier/cql2.h"
#include "terrier/csv.h"
#include "terrier/node.h"
#include "terrier/record.h"
#include "vector/vector.h"

struct profile_source {
    const char *url;  /* NULL: beside the profile */
    const char *file; /* below the source root, or relative to the profile */
};

struct profile_pair { /* their value, ours */
    const char *theirs, *ours;
};

struct profile_expression {
    const struct tr_cql2 *tree; /* NULL: none */
    const struct tr_node *node; /* where it stands, for messages */
};

struct profile_field {
    const char *name;
    const char *title, *unit; /* NULL: none */
    const char *codes;        /* allowed values; NULL: any */
    enum tr_type type;
    enum tr_tier tier;
    const char *column;   /* one of these three is given */
    const char *constant; /* "value:" */
    struct profile_expression cql2;
    const char *before; /* text up to this mark; NULL: all of it */
    double factor;      /* from their unit to ours */
    bool mapped;        /* `values` lists what it may be */
    size_t n_values;
    const struct profile_pair *values;
    const struct tr_node *node;
};

struct profile_tier {
    struct profile_expression when; /* tree NULL: always */
    enum tr_tier tier;
};

struct profile_crs {
    const char *name;
    int srid;
};

struct profile_lookup {
    const char *name, *key, *value;
    size_t n_sources;
    const struct profile_source *sources;
};

struct profile {
    const char *file; /* for messages */
    const struct tr_node *root;
    const char *text;
    size_t len;
    const char *layer, *title, *partner, *rows, *sheet, *uprn, *postcode;
    const char *x, *y, *dates, *vintage, *set, *code, *area_name, *label;
    const char *areas, *covers, *draw, *licence, *attribution, *as_of_column;
    const char *agreement, *dissolve, *answers_for;
    double dissolve_m; /* 0: not by nearness */
    enum store_kind kind;
    enum vector_format format; /* VECTOR_NONE: csv, or by the file's name */
    bool format_given, no_geometry, decimal_comma, illustrative;
    char separator;
    enum tr_encoding encoding;
    bool encoding_given;
    int header_row;
    int srid; /* 0: what the file says, else EPSG:4326 */
    const char *crs_column;
    int32_t as_of, agreement_expires; /* INT32_MIN: none */
    size_t n_sources, n_key, n_fields, n_missing, n_lookups, n_tiers, n_crs;
    const struct profile_source *sources;
    const char *const *key;
    struct profile_field *fields; /* in the order of the schema */
    const char *const *missing;
    const struct profile_lookup *lookups;
    const struct profile_tier *tiers;
    const struct profile_crs *crs; /* of crs_column's values */
    struct profile_expression where, total_row;
    size_t shared_field;     /* index of floor_area_shared; SIZE_MAX: none */
    size_t area_field;       /* index of floor_area_m2; SIZE_MAX: none */
    size_t as_of_field;      /* index of as_of; SIZE_MAX: none */
    struct tr_schema schema; /* fields, as the store keeps them */
};

/* Parse and check a profile. `file` names it in messages; the text is copied.
 * Everything lives in the arena. TR_ECONFIG: "FILE:LINE:COLUMN: ...". */
enum tr_status profile_parse(const char *text, size_t len, const char *file,
                             struct tr_arena *a, const struct profile **out,
                             struct tr_error *err);

/* A complaint about an expression: places what `err` says at the byte `where`
 * of its text. Returns TR_ECONFIG. */
enum tr_status profile_expression_fail(const struct profile *p,
                                       const struct profile_expression *e,
                                       size_t where, struct tr_error *err);

/* A complaint about a column: places what `err` says where the profile names
 * it, be it within an expression. Returns TR_ECONFIG. */
enum tr_status profile_column_fail(const struct profile *p, const char *column,
                                   struct tr_error *err);

#endif
