/* build_places.c - the places of a snapshot: their documents, today's or those
 * that an earlier snapshot read. */
#include <string.h>

#include "store/build_parts.h"
#include "terrier/date.h"

static const char no_memory[] = "no memory left for the snapshot";

#define DOCUMENTS_A_PLACE 8

/* A document of a place: today's, or the one that was read then. */
static enum tr_status find_text(struct build *b, const char *place,
                                const char *kind, const char **out, size_t *len,
                                struct tr_error *err)
{
    const struct snapshot_inputs *again = b->options->again;
    const struct tr_digest *digest;

    if (!again || !again->whole)
        return store_place_document(b->store, place, kind, b->keep, out, len,
                                    err);
    digest = snapshot_inputs_document(again, place, kind);
    return digest ? store_get_document(b->store, digest, b->keep, out, len, err)
                  : TR_ENOTFOUND;
}

static enum tr_status place_text(struct build *b, const char *place,
                                 const char *kind, const char **out,
                                 struct tr_error *err)
{
    size_t len;
    enum tr_status st = find_text(b, place, kind, out, &len, err);

    if (st == TR_ENOTFOUND) {
        *out = NULL;
        return TR_OK;
    }
    if (!st)
        b->documents[b->n_documents++] =
            (struct snapshot_document){ place, kind, tr_hash_bytes(*out, len) };
    return st;
}

static enum tr_status read_place(struct build *b, const char *id,
                                 const struct tr_place **out,
                                 struct tr_error *err)
{
    struct tr_place_files f = { 0 };
    enum tr_status st = place_text(b, id, "place", &f.place, err);

    if (!st)
        st = place_text(b, id, "organisations", &f.organisations, err);
    if (!st)
        st = place_text(b, id, "sensitive", &f.sensitive, err);
    if (!st)
        st = place_text(b, id, "links", &f.links, err);
    if (!st)
        st = place_text(b, id, "matches", &f.matches, err);
    return st ? st : tr_place_parse(&f, b->keep, out, err);
}

/* A place that was loaded since was not read then. */
static bool was_there(const struct build *b, const char *place)
{
    const struct snapshot_inputs *again = b->options->again;

    return !again || !again->whole ||
           snapshot_inputs_document(again, place, "place");
}

enum tr_status build_places(struct build *b, struct tr_error *err)
{
    const char *const *ids;
    size_t n;
    enum tr_status st = store_places(b->store, b->scratch, &ids, &n, err);

    if (st)
        return st;

    const struct tr_place **places =
        tr_arena_array(b->keep, n + 1, sizeof *places);

    b->documents = tr_arena_array(b->scratch, n * DOCUMENTS_A_PLACE + 1,
                                  sizeof *b->documents);
    if (!places || !b->documents)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n; i++) {
        if (!was_there(b, ids[i]))
            continue;
        st = read_place(b, ids[i], &places[b->in.n_places++], err);
        if (st)
            return st;
    }
    b->in.places = places;
    return TR_OK;
}

enum tr_status build_as_of(struct build *b, struct tr_error *err)
{
    if (b->options->as_of != TR_NO_DATE) {
        b->as_of = b->options->as_of;
        return TR_OK;
    }
    return tr_date_today(b->in.n_places ? b->in.places[0]->time_zone : "UTC",
                         &b->as_of, err);
}
