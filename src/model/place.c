/* place.c - finding organisations, holding sensitive rows, naming sites. See
 * terrier/place.h; the reading is in place_read.c. */
#include "terrier/place.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "model/place_fold.h"
#include "terrier/text.h"

#define SITE_ID_CHARACTERS 12

static bool goes_by(const struct tr_organisation *o, const char *name)
{
    if (strcasecmp(o->name, name) == 0)
        return true;
    for (size_t i = 0; i < o->n_formerly; i++) {
        const struct tr_former_name *f = &o->formerly[i];

        if (strcasecmp(f->name, name) == 0 ||
            (f->code && strcasecmp(f->code, name) == 0))
            return true;
    }
    for (size_t i = 0; i < o->n_aliases; i++) {
        if (strcasecmp(o->aliases[i], name) == 0)
            return true;
    }
    return false;
}

const struct tr_organisation *tr_place_organisation(const struct tr_place *p,
                                                    const char *code_or_name)
{
    for (size_t i = 0; i < p->n_organisations; i++) {
        if (strcasecmp(p->organisations[i].code, code_or_name) == 0)
            return &p->organisations[i];
    }
    for (size_t i = 0; i < p->n_organisations; i++) {
        if (goes_by(&p->organisations[i], code_or_name))
            return &p->organisations[i];
    }
    return NULL;
}

const struct tr_organisation *
tr_place_successor(const struct tr_place *p, const struct tr_organisation *o)
{
    /* Reading has made sure that there is no circle. */
    for (size_t i = 0; o->successor && i < p->n_organisations; i++) {
        const struct tr_organisation *next =
            tr_place_organisation(p, o->successor);

        if (!next)
            break;
        o = next;
    }
    return o;
}

static bool same_row(const struct tr_row_name *row, const char *layer,
                     const char *key)
{
    return row->layer && strcmp(row->layer, layer) == 0 &&
           strcmp(row->key, key) == 0;
}

static bool released(const struct tr_place *p, const char *layer,
                     const char *key)
{
    for (size_t i = 0; i < p->n_releases; i++) {
        if (same_row(&p->releases[i].row, layer, key))
            return true;
    }
    return false;
}

static const char *hold_by_text(const struct tr_place *p, const char *text,
                                struct tr_arena *scratch)
{
    const char *folded = place_fold(scratch, text);

    if (!folded)
        return "its name could not be checked: no memory left";
    for (size_t i = 0; i < p->n_holds; i++) {
        if (p->holds[i].pattern && tr_text_like(folded, p->holds[i].pattern))
            return p->holds[i].reason;
    }
    return NULL;
}

const char *tr_place_hold(const struct tr_place *p, const char *layer,
                          const char *key, const char *const *texts, size_t n,
                          struct tr_arena *scratch)
{
    for (size_t i = 0; i < p->n_holds; i++) {
        if (same_row(&p->holds[i].row, layer, key))
            return p->holds[i].reason;
    }
    for (size_t i = 0; i < n; i++) {
        const char *why = texts[i] ? hold_by_text(p, texts[i], scratch) : NULL;

        if (why)
            return released(p, layer, key) ? NULL : why;
    }
    return NULL;
}

#define HASHED_AT_ONCE 512

static void put_length(unsigned char *to, size_t len)
{
    for (size_t i = 0; i < 8; i++)
        to[i] = (unsigned char)((uint64_t)len >> (8 * i));
}

/* Of both texts with their lengths before them, as tr_hash_text() adds them; in
 * one go where they are short, because every row of a snapshot has one. */
static struct tr_digest site_digest(const char *layer, const char *key)
{
    unsigned char bytes[HASHED_AT_ONCE];
    size_t n = strlen(layer), m = strlen(key);
    struct tr_hasher h;

    if (n + m + 16 <= sizeof bytes) {
        put_length(bytes, n);
        memcpy(bytes + 8, layer, n);
        put_length(bytes + 8 + n, m);
        memcpy(bytes + 16 + n, key, m);
        return tr_hash_bytes(bytes, n + m + 16);
    }
    tr_hash_init(&h);
    tr_hash_text(&h, layer);
    tr_hash_text(&h, key);
    return tr_hash_end(&h);
}

static void id_text(const struct tr_digest *d, const char *prefix, char *out)
{
    size_t n = strlen(prefix);

    memcpy(out, prefix, n);
    out[n] = '-';
    tr_digest_base32(d, SITE_ID_CHARACTERS, out + n + 1);
}

static uint64_t number_of(const struct tr_digest *d)
{
    uint64_t v = 0;

    for (size_t i = 0; i < 8; i++)
        v = v << 8 | d->bytes[i];
    v >>= 64 - 53; /* whole numbers up to 2^53 survive JavaScript */
    return v ? v : 1;
}

void tr_site_id(const char *prefix, const char *layer, const char *key,
                char *out)
{
    struct tr_digest d = site_digest(layer, key);

    id_text(&d, prefix, out);
}

uint64_t tr_site_number(const char *layer, const char *key)
{
    struct tr_digest d = site_digest(layer, key);

    return number_of(&d);
}

void tr_site_names(const char *prefix, const char *layer, const char *key,
                   char *id, uint64_t *number)
{
    struct tr_digest d = site_digest(layer, key);

    id_text(&d, prefix, id);
    *number = number_of(&d);
}
