/*
 * ledger.h - who decided what, when and on which evidence: entries that are
 * only ever added, each naming the digest of the one before.
 *
 * An entry is made in the transaction of what it records, while the end of the
 * chain is held: a load that becomes visible, a run that is saved or adopted, a
 * decision, a match confirmed, an erasure, a site taken back, a tip given out. What was answered
 * as recorded outlives a crash.
 *
 * The form. An entry's content is one JSON object as RFC 8785 writes it, with
 * every value a text; its digest is that of those bytes. "previous" in it is
 * the digest of the entry before, 64 zeros in the first. Names of people and
 * free text are not in it but their digests, each salted with 16 random bytes;
 * the texts lie beside the chain, so that they can be erased and the chain
 * still verifies. Erasing is an entry too.
 *
 * What a decision comes to. A *cycle* begins with a draft (of a run's class) or
 * an override (of a person's), and goes on with the owner's agreement, the
 * board's signature and the publication. A signed class holds until the next is
 * signed, a published one until the next is published; an override holds from
 * its own entry on. When an override's review date has passed, all that rests
 * on it is void, and the computed class is back.
 */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include "store/store.h"
#include "terrier/node.h"
#include "terrier/sign.h"
#include "terrier/snapshot.h"

#define LEDGER_MAX_NAME 200  /* bytes: a name, a minute's reference */
#define LEDGER_MAX_NOTE 4000 /* bytes: a reason */

enum ledger_kind {
    LEDGER_LOAD,
    LEDGER_RUN,
    LEDGER_ADOPT,
    LEDGER_DECISION,
    LEDGER_ERASE,
    LEDGER_WITHDRAW,
    LEDGER_TIP,
    LEDGER_MATCH,
    LEDGER_KINDS
};
const char *ledger_kind_name(enum ledger_kind kind);

/* ---- reading ---- */

struct ledger_entry {
    int64_t sequence; /* 1, 2, 3 ... without gaps */
    const char *kind; /* ledger_kind_name(), as it stands in the content */
    const char *at;   /* instant, RFC 3339 */
    const char *role; /* in which the person acted: "owner" */
    const char *site; /* "" when it is not about a site */
    bool has_name, has_note; /* one was given; it may be erased since */
    const char *name, *note; /* NULL: none, or erased */
    struct tr_digest previous, digest;
    const char *content;         /* the hashed bytes */
    const struct tr_node *facts; /* the same, parsed */
};

/* A value of the content, "" when there is none. */
const char *ledger_fact(const struct ledger_entry *e, const char *key);

struct ledger_wanted { /* which entries; all zero: all */
    const char *site;  /* NULL: of any */
    bool sites_only;   /* entries about a site, by site and then sequence */
    int64_t until;     /* 0: to the end */
};

typedef enum tr_status (*ledger_fn)(void *context,
                                    const struct ledger_entry *entry,
                                    struct tr_error *err);
/* Strings live until the callback returns. TR_EDATA: an entry is damaged. */
enum tr_status ledger_read(struct store *s, const struct ledger_wanted *wanted,
                           ledger_fn fn, void *context, struct tr_error *err);

/* The last entry: 0 and a zero digest when there is none. */
enum tr_status ledger_end(struct store *s, int64_t *sequence,
                          struct tr_digest *digest, struct tr_error *err);

/* ---- deciding ---- */

enum ledger_step {
    LEDGER_DRAFT,
    LEDGER_DISPUTED,
    LEDGER_OWNER_AGREED,
    LEDGER_SIGNED,
    LEDGER_PUBLISHED,
    LEDGER_OVERRIDE,
    LEDGER_WITHDRAW_OVERRIDE,
    LEDGER_STEPS
};
const char *ledger_step_name(enum ledger_step step);
bool ledger_step_parse(const char *name, enum ledger_step *out);

/* operator, planner, owner, operations or board; else TR_EINVAL. */
enum tr_status ledger_check_role(const char *role, struct tr_error *err);

/* A paper that a signature needs: kept among the store's documents, by digest,
 * in the transaction of the decision. */
#define LEDGER_MAX_PAPER ((size_t)16 * 1024 * 1024)
struct ledger_paper {
    const char *name; /* of its file */
    const char *bytes;
    size_t len;
};

struct ledger_decision {
    const char *site; /* its id, as in the run's results */
    enum ledger_step step;
    const char *role;       /* operator, planner, owner, operations, board */
    const char *name;       /* of the person */
    const char *class_name; /* override: the class; else NULL, or a check */
    const char *reason, *minute; /* NULL: none */
    int32_t review;              /* override; TR_NO_DATE: none */
    int32_t today;               /* there */
    int64_t run;                 /* 0: the one that operators see */
    const char *key; /* of a client that may ask twice: the same one again is
                        answered with the entry that there is; NULL: none */
    const char *organisation;  /* an owner's: its code, see ledger_check_owner()
                               */
    const char *public_reason; /* published: the reasons chosen for publication;
                                  the entry's note, so that they can be erased */
    const struct ledger_paper *gap;      /* the gap-if-closed table; NULL */
    const struct ledger_paper *equality; /* the equality screen; NULL */
};

/* Record one step, or say in a sentence why it cannot be: TR_EDENIED when the
 * role may not, TR_EDATA when something has to come first, TR_EINVAL when
 * something was not said, TR_ENOTFOUND when the run knows no such site. */
enum tr_status ledger_decide(struct store *s, const struct ledger_decision *d,
                             int64_t *sequence, struct tr_error *err);

/* The code of the organisation that owns a site of a snapshot (the operator's:
 * of another, as far as that one knows): that of its first freehold occupation,
 * else that of the one it is named after; of a body that has merged, its
 * successor's. NULL: nobody is known to. */
const char *ledger_owner(const struct tr_snapshot *s, size_t site);
/* Is it the organisation of this code or name? `*code` is today's. TR_EDENIED
 * names the owner; TR_EINVAL: there is no such organisation; TR_ENOTFOUND. */
enum tr_status ledger_check_owner(const struct tr_snapshot *s, const char *site,
                                  const char *organisation, const char **code,
                                  struct tr_error *err);

/* ---- what the decisions come to ---- */

struct ledger_cycle {
    const char *class_name; /* NULL: there is no such cycle */
    enum ledger_step step;  /* draft, disputed, owner-agreed, signed, published
                             */
    const char *audience;   /* of the run that it rests on */
    int64_t run;
    int64_t first, last;       /* entries */
    const char *last_at;       /* instant of the last */
    int32_t review;            /* of an override; else TR_NO_DATE */
    bool gap, equality;        /* attached */
    const char *public_reason; /* published: "" erased, or of before */
};

struct ledger_standing {
    const char *site;
    struct ledger_cycle current, signed_, published;
    bool withdrawn;
    bool was_public;      /* withdrawn: the public saw it until then */
    int32_t withdrawn_on; /* the day, in UTC */
    const char *members;  /* withdrawn: ids of its occupations, by spaces */
};

/* Void at `as_of`: an override's review date has passed. */
bool ledger_expired(const struct ledger_cycle *c, int32_t as_of);

/* Every site that has entries, by id; up to entry `until`, 0: all. */
enum tr_status ledger_standings(struct store *s, int64_t until,
                                struct tr_arena *a,
                                const struct ledger_standing **out, size_t *n,
                                struct tr_error *err);

enum ledger_waits {                    /* for whom, or for what */
                    LEDGER_FOR_REVIEW, /* an override whose date comes, or has passed */
                    LEDGER_FOR_OWNER,
                    LEDGER_FOR_OPERATIONS, /* disputed: the operations group, then the board */
                    LEDGER_FOR_BOARD,
                    LEDGER_FOR_PUBLICATION
};
const char *ledger_waits_name(enum ledger_waits waits); /* "owner" */

struct ledger_due {
    const char *site, *class_name;
    enum ledger_waits waits;
    enum ledger_step step; /* the last one */
    const char *since;     /* its instant */
    int64_t entry;
    int32_t by;        /* an override's review date; else TR_NO_DATE */
    const char *lacks; /* papers that a surplus needs before it is signed */
};
/* Every decision that waits, withdrawn sites apart; of overrides those that end
 * within so many days or have ended. Reviews first, by their date; then by who
 * it waits for, the longest first. A site may stand in it twice. */
enum tr_status ledger_due(struct store *s, int32_t today, int days,
                          struct tr_arena *a, const struct ledger_due **out,
                          size_t *n, struct tr_error *err);

/* ---- rows that are one site ---- */

enum ledger_match_act { LEDGER_CONFIRM, LEDGER_REJECT, LEDGER_UNDO };
const char *ledger_match_act_name(enum ledger_match_act act); /* "confirm" */

struct ledger_match {
    const char *place, *id; /* of the proposal: "m-0123456789ab" */
    enum ledger_match_act act;
    const char *text;    /* the act as the place's document "matches" keeps it:
                            a JSON object, see terrier/place.h */
    const char *rows[2]; /* for the entry: "layer key"; NULL: undo */
    const char *role, *name, *reason;
};
/* Record what a person says of a proposal, and add it to the place's matches,
 * in one transaction. TR_EDATA when somebody was first: who, and when. */
enum tr_status ledger_match(struct store *s, const struct ledger_match *m,
                            int64_t *sequence, struct tr_error *err);

/* ---- taking back ---- */

struct ledger_withdrawal {
    const char *site;
    const char *members; /* ids of its occupations, its own among them */
    const char *role, *name, *reason;
    bool undo;
    bool
        was_public; /* the public sees it now: it leaves a notice in the feed */
};
/* The days on which sites that the public saw were taken back and stayed so,
 * earliest first. */
enum tr_status ledger_notices(struct store *s, struct tr_arena *a,
                              const int32_t **out, size_t *n,
                              struct tr_error *err);
/* From this entry on the site is in no audience's snapshot but the operator's;
 * `undo` brings it back. TR_EDATA when it is so already. */
enum tr_status ledger_withdraw(struct store *s,
                               const struct ledger_withdrawal *w,
                               int64_t *sequence, struct tr_error *err);

struct ledger_erasure {
    int64_t entry;
    const char *role, *name, *reason;
};
/* Erase the name and the note of an entry. TR_ENOTFOUND: no such entry, or
 * nothing left to erase. Copies in older backups are not reached. */
enum tr_status ledger_erase(struct store *s, const struct ledger_erasure *e,
                            int64_t *sequence, struct tr_error *err);

/* ---- proving ---- */

struct ledger_tip { /* what a partner keeps */
    int64_t sequence;
    struct tr_digest digest, first; /* of that entry and of entry 1 */
    char at[21];
    unsigned char key[TR_PUBLIC_KEY_BYTES];
};

/* Record that a tip is given out, and sign that entry: a JSON object on one
 * line, in `a`. */
enum tr_status ledger_make_tip(struct store *s, const struct tr_sign_key *key,
                               struct tr_arena *a, const char **text,
                               struct ledger_tip *out, struct tr_error *err);
/* Read one and check its signature with the key that it names itself: compare
 * `out->key` with a key that you trust. TR_EDATA. */
enum tr_status ledger_read_tip(const char *text, size_t len,
                               struct ledger_tip *out, struct tr_error *err);

struct ledger_proof {
    int64_t entries, erased; /* how many, and how many lost name or note */
    struct tr_digest digest; /* of the last */
};
/* Is every entry as it was made, in its place, with none missing; and, with a
 * tip, are all there that were when it was signed? The first fault is the
 * error: TR_EDATA. */
enum tr_status ledger_verify(struct store *s, const struct ledger_tip *tip,
                             struct ledger_proof *out, struct tr_error *err);

#endif
