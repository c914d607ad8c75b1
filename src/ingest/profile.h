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
 *     name,postcode                #   CSV, for a dozen typed-in facts
 *     Example House,M1 1AA
 *   format: csv                    # csv xlsx gpkg shapefile geojson kml
 *                                  # flatgeobuf; guessed from the name
 *   separator: ","                 # csv: , ; or "\t"
 *   encoding: utf-8                # csv, shapefile: utf-8 windows-1252
 *   sheet: Sheet1                  # xlsx, gpkg: which sheet or table
 *   header_row: 1                  # xlsx: the row with the column names
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
 * the text: numbers (decimal comma, thousands separators refused), dates,
 * booleans (yes/no, true/false, y/n, 1/0 in any case), lists (split at ';' and
 * '|').
 */
#ifndef INGEST_PROFILE_H
#define INGEST_PROFILE_H

#include "store/store.h"
#include "terrier/cql2.h"
#include "terrier/csv.h"
#include "terrier/node.h"
#include "vector/vector.h"

/* The parsed form is laid out by whoever writes profile.c. */
struct profile;

#endif
