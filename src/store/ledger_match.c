/* ledger_match.c - what a person says of a proposed match: the place's document
 * and the entry, in one transaction; and who came first. */
#include <string.h>

#include "store/ledger.h"
#include "store/ledger_append.h"
#include "terrier/place.h"
#include "terrier/text.h"

#define MOST_BYTES ((size_t)512 * 1024 * 1024)

static const char no_memory[] = "no memory left for the matches";

/* ---- who said something of it last ---- */

struct last_word {
    const char *id;
    char what[16], at[24], role[24], name[LEDGER_MAX_NAME + 1];
    int64_t sequence;
};

static void keep(char *to, size_t size, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    if (len >= size)
        len = size - 1;
    if (len)
        memcpy(to, text, len);
    to[len] = '\0';
}

static enum tr_status look(void *context, const struct ledger_entry *e,
                           struct tr_error *err)
{
    struct last_word *w = context;

    (void)err;
    if (strcmp(e->kind, ledger_kind_name(LEDGER_MATCH)) != 0 ||
        strcmp(ledger_fact(e, "match"), w->id) != 0)
        return TR_OK;
    keep(w->what, sizeof w->what, ledger_fact(e, "do"));
    keep(w->at, sizeof w->at, e->at);
    keep(w->role, sizeof w->role, e->role);
    keep(w->name, sizeof w->name, e->name);
    w->sequence = e->sequence;
    return TR_OK;
}

/* "'m-1' was confirmed by 'A. Person' as planner at ...: ..." */
static enum tr_status too_late(struct store *s, const char *id,
                               const char *state, const char *advice,
                               struct tr_error *err)
{
    const struct ledger_wanted all = { .site = NULL };
    struct last_word w = { .id = id };
    enum tr_status st = ledger_read(s, &all, look, &w, err);

    if (st)
        return st;
    if (!w.sequence) /* said before acts were entries, or never */
        return tr_fail(err, TR_EDATA, "'%.30s' is %s%s", id, state, advice);
    return tr_fail(err, TR_EDATA, "'%.30s' was %s by %s%s%s%s at %s%s", id,
                   strcmp(w.what, "undo") == 0     ? "undone"
                   : strcmp(w.what, "reject") == 0 ? "rejected"
                                                   : "confirmed",
                   *w.name ? "'" : "the ", *w.name ? w.name : w.role,
                   *w.name ? "' as " : "", *w.name ? w.role : "", w.at, advice);
}

/* ---- may it follow what was said before ---- */

static const struct tr_match *said(const struct tr_place *p, const char *id)
{
    for (size_t i = 0; i < p->n_matches; i++) {
        if (strcmp(p->matches[i].id, id) == 0)
            return &p->matches[i];
    }
    return NULL;
}

static enum tr_status check(struct store *s, const struct tr_place *p,
                            const struct ledger_match *m, struct tr_error *err)
{
    const struct tr_match *before = said(p, m->id);

    if (m->act == LEDGER_UNDO && !before)
        return too_late(s, m->id, "neither confirmed nor rejected",
                        ": there is nothing to undo", err);
    if (m->act == LEDGER_UNDO || !before)
        return TR_OK;
    return too_late(s, m->id, before->confirmed ? "confirmed" : "rejected",
                    ": 'terrier match undo' takes that back", err);
}

/* ---- the place's document ---- */

static enum tr_status read_place(struct store *s, const char *place,
                                 struct tr_place_files *files,
                                 struct tr_arena *a, const struct tr_place **p,
                                 struct tr_error *err)
{
    size_t len;
    enum tr_status st =
        store_place_document(s, place, "place", a, &files->place, &len, err);

    if (!st)
        st = store_place_document(s, place, "matches", a, &files->matches, &len,
                                  NULL);
    if (st && !(st == TR_ENOTFOUND && files->place))
        return st;
    return tr_place_parse(files, a, p, err);
}

/* One more act at the end; the ones before it stay. */
static enum tr_status write_act(struct store *s, const struct ledger_match *m,
                                struct tr_place_files *files,
                                struct tr_arena *a, struct tr_digest *digest,
                                struct tr_error *err)
{
    const struct tr_place *parsed;
    enum tr_status st;

    files->matches = tr_arena_printf(
        a, "%s  - %s\n", files->matches ? files->matches : "acts:\n", m->text);
    if (!files->matches)
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = tr_place_parse(files, a, &parsed, err);
    if (!st)
        st = store_keep_document(s, "matches", m->place, files->matches,
                                 strlen(files->matches), digest, err);
    return st ? st
              : store_keep_place_document(s, m->place, "matches", digest, err);
}

const char *ledger_match_act_name(enum ledger_match_act act)
{
    static const char *const names[] = { "confirm", "reject", "undo" };

    return names[act];
}

static enum tr_status append(struct store *s, const struct ledger_match *m,
                             const struct tr_digest *digest, struct tr_arena *a,
                             int64_t *sequence, struct tr_error *err)
{
    struct ledger_draft e = { .kind = LEDGER_MATCH,
                              .role = m->role,
                              .name = m->name,
                              .note = m->reason };

    ledger_put(&e, "do", ledger_match_act_name(m->act));
    ledger_put(&e, "match", m->id);
    ledger_put(&e, "place", m->place);
    ledger_put(&e, "first", m->rows[0]);
    ledger_put(&e, "second", m->rows[1]);
    ledger_put_digest(&e, "matches", digest, a);
    return ledger_append(s, &e, sequence, err);
}

enum tr_status ledger_match(struct store *s, const struct ledger_match *m,
                            int64_t *sequence, struct tr_error *err)
{
    struct tr_place_files files = { .place = NULL };
    const struct tr_place *place;
    struct tr_digest digest;
    struct tr_arena a;
    enum tr_status st = ledger_check_role(m->role, err);

    if (!st && (strcmp(m->role, "owner") == 0 || strcmp(m->role, "board") == 0))
        st = tr_fail(err, TR_EDENIED,
                     "matches are the operator's, planners' or operations', "
                     "not the %s's",
                     m->role);
    if (!st)
        st = ledger_begin(s, err);
    if (st)
        return st;
    tr_arena_init(&a, MOST_BYTES);
    st = read_place(s, m->place, &files, &a, &place, err);
    if (!st)
        st = check(s, place, m, err);
    if (!st)
        st = write_act(s, m, &files, &a, &digest, err);
    if (!st)
        st = append(s, m, &digest, &a, sequence, err);
    st = ledger_finish(s, st, err);
    tr_arena_clear(&a);
    return st;
}
