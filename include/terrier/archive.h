/*
 * archive.h - a pyramid of vector tiles in one file, for machines that have no
 * Terrier: PMTiles (version 3) for a browser that reads byte ranges of a plain
 * web server, MBTiles (1.3) for QGIS and GDAL.
 *
 * The tiles of one address of several collections are layers of one tile, each
 * named by its collection's id, as tr_encode_tile() makes them. Tiles with
 * nothing in them are left out. All cores work; at most a few hundred tiles are
 * in memory at a time, and 24 bytes for each in a PMTiles file. The same snapshot,
 * options and build give the same bytes.
 *
 * While it is being written the archive is PATH.partial (with PATH.partial-index
 * beside it, or SQLite's journal); it is renamed into place when it is whole. If
 * the process ends before, however it ends, the next call for the same path goes
 * on where it was - or begins again when the snapshot, the options or the build
 * are others, or what is there is damaged.
 */
#ifndef TR_ARCHIVE_H
#define TR_ARCHIVE_H

#include "terrier/encode.h"

#define TR_ARCHIVE_COLLECTIONS 256u /* at most, in one archive */

struct tr_archive_progress {
    size_t done, total; /* addresses looked at, of those that may have a tile */
    uint32_t zoom;      /* the one at work */
    uint64_t bytes;     /* of compressed tiles, so far */
};

struct tr_archive_options {
    const struct tr_collection *collections; /* all of one snapshot */
    size_t n_collections;
    struct tr_tile_options tile; /* as for each tile; a filter is of the one
                                    collection that there then is */
    const char *filter;          /* its text; NULL without one */
    const char *name;            /* of the archive, for people */
    const char *build; /* other builds do not continue this one's file */
    uint32_t min_zoom, max_zoom;
    unsigned threads; /* 0: as many as there are cores */
    bool replace;     /* a file that is already there */
    /* Called now and then, by the calling thread; NULL: not. */
    void (*progress)(void *context, const struct tr_archive_progress *p);
    void *context;
};

enum tr_archive_start {
    TR_ARCHIVE_NEW,       /* there was no partial file */
    TR_ARCHIVE_CONTINUED, /* what was there is part of the result */
    TR_ARCHIVE_RESTARTED, /* what was there was of something else */
};

struct tr_archive_report {
    enum tr_archive_start start;
    size_t continued; /* addresses that had been looked at before */
    size_t total, tiles, contents; /* addresses; with a tile; different ones */
    uint64_t bytes;                /* of the whole file */
};

/* PATH ends in .pmtiles or .mbtiles. TR_EINVAL for another name and for options
 * that do not go together; TR_ECREATE when PATH exists or cannot be made;
 * TR_EBUSY while another process writes it; TR_EIO when the disk is full: what
 * there is stays, to go on from; TR_ENOINPUT when no tile has anything in it.
 */
enum tr_status tr_archive_write(const struct tr_archive_options *o,
                                const char *path, struct tr_archive_report *out,
                                struct tr_error *err);

#endif
