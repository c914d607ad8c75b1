/* pmtiles_directory.c - see pmtiles_directory.h and the PMTiles specification,
 * version 3, "Directories". */
#include "encode/pmtiles_directory.h"

#include <stdlib.h>

#include "encode/gzip.h"

enum { FIRST_LEAF = 4096, ROOT_ALONE = 16384 /* entries */ };

struct packer {
    struct gzip *gzip;
    struct tr_buf plain;
};

static void put_varint(struct tr_buf *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        tr_buf_byte(b, (unsigned char)(v | 0x80));
    tr_buf_byte(b, (unsigned char)v);
}

/* Columns one after another: they compress better so. An offset of 0 says that
 * the content follows the one before. */
static enum tr_status put_directory(struct packer *p,
                                    const struct pmtiles_entry *e, size_t n,
                                    struct tr_buf *out, struct tr_error *err)
{
    struct tr_buf *b = &p->plain;
    enum tr_status st;

    tr_buf_reset(b);
    put_varint(b, n);
    for (size_t i = 0; i < n; i++)
        put_varint(b, e[i].id - (i ? e[i - 1].id : 0));
    for (size_t i = 0; i < n; i++)
        put_varint(b, e[i].run);
    for (size_t i = 0; i < n; i++)
        put_varint(b, e[i].length);
    for (size_t i = 0; i < n; i++) {
        if (i && e[i].offset == e[i - 1].offset + e[i - 1].length)
            put_varint(b, 0);
        else
            put_varint(b, e[i].offset + 1);
    }
    st = tr_buf_status(b, "a directory of tiles", err);
    return st ? st : gzip_add(p->gzip, b->data, b->len, out, err);
}

static enum tr_status put_leaves(struct packer *p,
                                 const struct pmtiles_entry *entries, size_t n,
                                 size_t size, struct pmtiles_entry *root,
                                 struct tr_buf *leaves, struct tr_error *err)
{
    enum tr_status st = TR_OK;

    tr_buf_reset(leaves);
    for (size_t first = 0, i = 0; !st && first < n; first += size, i++) {
        size_t before = leaves->len,
               count = n - first < size ? n - first : size;

        st = put_directory(p, entries + first, count, leaves, err);
        root[i] = (struct pmtiles_entry){
            .id = entries[first].id,
            .offset = before,
            .length = (uint32_t)(leaves->len - before),
        };
    }
    return st;
}

/* Larger leaves until the root is small enough. */
static enum tr_status put_both(struct packer *p,
                               const struct pmtiles_entry *entries, size_t n,
                               size_t limit, struct tr_buf *root,
                               struct tr_buf *leaves, struct tr_error *err)
{
    size_t most = n / FIRST_LEAF + 1;
    struct pmtiles_entry *list = calloc(most, sizeof *list);
    enum tr_status st = TR_OK;

    if (!list)
        return tr_fail(err, TR_ENOMEM, "no memory left for the directory");
    for (size_t size = FIRST_LEAF;; size += size / 4) {
        st = put_leaves(p, entries, n, size, list, leaves, err);
        tr_buf_reset(root);
        if (!st)
            st = put_directory(p, list, (n + size - 1) / size, root, err);
        if (st || root->len <= limit)
            break;
    }
    free(list);
    return st;
}

enum tr_status pmtiles_directories(const struct pmtiles_entry *entries,
                                   size_t n, size_t limit, struct tr_buf *root,
                                   struct tr_buf *leaves, struct tr_error *err)
{
    struct packer p = { .gzip = gzip_open() };
    enum tr_status st = TR_OK;

    if (!p.gzip)
        return tr_fail(err, TR_ENOMEM, "no memory left for the directory");
    tr_buf_init(&p.plain, SIZE_MAX);
    tr_buf_reset(leaves);
    if (n <= ROOT_ALONE)
        st = put_directory(&p, entries, n, root, err);
    if (!st && (n > ROOT_ALONE || root->len > limit))
        st = put_both(&p, entries, n, limit, root, leaves, err);
    tr_buf_clear(&p.plain);
    gzip_close(p.gzip);
    return st;
}
