/*
 * feed.h - what leaves the house: a place's public feed as a folder of files,
 * and everything that an audience may see as one GeoPackage for QGIS.
 *
 * A feed is made in memory from the public snapshot, checked again on its
 * finished bytes (feed_gate), and only then written. The same snapshot and the
 * same options give the same bytes. Its files:
 *
 *   sites.csv        one row per site, by site_id; RFC 4180, UTF-8
 *   sites.geojson    the same sites in the same order; RFC 7946
 *   summary.csv      counts and floor area by area, partner and class
 *   withdrawn.csv    a notice without a name for each site that was taken back:
 *                    the day, so that earlier releases are deleted
 *   attribution.txt  each layer's title, licence, attribution and vintage
 *   README.txt       what the classes and columns mean; not policy
 *   SHA256SUMS       for `sha256sum -c`
 *
 * Names of feeds are data: `feeds:` in place.yaml (terrier/place.h).
 */
#ifndef FEED_H
#define FEED_H

#include "terrier/buf.h"
#include "terrier/collection.h"

/* ---- the public feed ---- */

enum feed_part {
    FEED_SITES_CSV,
    FEED_SITES_GEOJSON,
    FEED_SUMMARY,
    FEED_WITHDRAWN,
    FEED_ATTRIBUTION,
    FEED_README,
    FEED_SUMS,
    FEED_PARTS
};

const char *feed_part_name(enum feed_part part); /* "sites.csv" */

struct feed_options {
    uint32_t place;    /* whose feed; see feed_place() */
    const char *rules; /* "open-data 1": what the classes were worked out
                          with; NULL: not said */
    const char *definitions[TR_CLASSES]; /* by class; NULL: the usual one */
    const int32_t
        *withdrawn; /* the days on which sites that the public saw were
                                 taken back, earliest first */
    size_t n_withdrawn;
};

struct feed {
    uint32_t place;
    struct tr_buf parts[FEED_PARTS];
};

/* The place that publishes a feed of this name: an index into s->places.
 * TR_ENOTFOUND lists the names there are. */
enum tr_status feed_place(const struct tr_snapshot *s, const char *name,
                          uint32_t *out, struct tr_error *err);

/* Make the feed and pass it through the gate. On failure there is nothing to
 * clear. TR_EDATA: the gate refused; TR_ELIMIT, TR_ENOMEM. */
enum tr_status feed_make(const struct tr_snapshot *s,
                         const struct feed_options *o, struct feed *out,
                         struct tr_error *err);
void feed_clear(struct feed *f);

/* The gate. It trusts neither the snapshot nor what made the files: it reads
 * the finished bytes and asks of every row that the site is one of the place,
 * all of its occupations are public, no name is on the sensitive list, the
 * class is one that the public may read, and that a position which is not
 * published is nowhere in it; of every column that it is public; of all files
 * that they have the same sites in the same order. TR_EDATA names the row and
 * the field. */
enum tr_status feed_gate(const struct tr_snapshot *s, const struct feed *f,
                         struct tr_error *err);

/* Write it as the folder `dir`: aside as DIR.part, then exchanged for the old
 * one, which is removed. A folder that holds anything but a feed is refused.
 * TR_ECREATE, TR_EIO; the old feed then still stands. */
enum tr_status feed_write(const struct feed *f, const char *dir,
                          struct tr_error *err);

/* ---- a GeoPackage ---- */

/* All of a snapshot as a GeoPackage in EPSG:27700: the sites (those without a
 * point have a null geometry), every area set and vintage, every other layer
 * with geometry, and a table `attribution`; each with a QGIS style. It holds
 * what the snapshot's audience may see, and is not for others. `path` is
 * replaced when it is finished. TR_ECREATE, TR_EIO, TR_EBACKEND. */
enum tr_status feed_gpkg(const struct tr_snapshot *s, const char *path,
                         struct tr_error *err);

#endif
