/* ledger_decide.c - which step may follow which, by whom, and with what. */
#include <string.h>

#include "store/ledger.h"
#include "store/ledger_append.h"
#include "store/snapshot_build.h"
#include "terrier/date.h"
#include "terrier/paper.h"

struct deciding {
    struct store *store;
    const struct ledger_decision *d;
    struct ledger_standing standing;
    const struct store_run *run;
    const char *class_name; /* that the step is about */
    struct ledger_result result;
    struct tr_arena a;
};

/* ---- who ---- */

static const struct {
    const char *role;
    unsigned steps; /* a bit each */
} rights[] = {
    { "operator", 1u << LEDGER_DRAFT | 1u << LEDGER_PUBLISHED |
                      1u << LEDGER_OVERRIDE | 1u << LEDGER_WITHDRAW_OVERRIDE },
    { "planner", 1u << LEDGER_DRAFT | 1u << LEDGER_PUBLISHED |
                     1u << LEDGER_OVERRIDE | 1u << LEDGER_WITHDRAW_OVERRIDE },
    { "owner", 1u << LEDGER_OWNER_AGREED | 1u << LEDGER_DISPUTED },
    { "operations", 1u << LEDGER_OVERRIDE | 1u << LEDGER_WITHDRAW_OVERRIDE },
    { "board", 1u << LEDGER_SIGNED | 1u << LEDGER_OVERRIDE |
                   1u << LEDGER_WITHDRAW_OVERRIDE },
};

static size_t role_at(const char *role)
{
    size_t i = 0, n = sizeof rights / sizeof *rights;

    while (i < n && strcmp(rights[i].role, role) != 0)
        i++;
    return i;
}

enum tr_status ledger_check_role(const char *role, struct tr_error *err)
{
    if (role_at(role) < sizeof rights / sizeof *rights)
        return TR_OK;
    return tr_fail(err, TR_EINVAL,
                   "a role is operator, planner, owner, operations or board, "
                   "not '%.60s'",
                   role);
}

static enum tr_status check_role(const struct ledger_decision *d,
                                 struct tr_error *err)
{
    size_t i = role_at(d->role);
    enum tr_status st = ledger_check_role(d->role, err);

    if (st)
        return st;
    if (rights[i].steps >> d->step & 1)
        return TR_OK;
    if (d->step == LEDGER_SIGNED)
        return tr_fail(err, TR_EDENIED, "only the board signs");
    if (d->step == LEDGER_OWNER_AGREED || d->step == LEDGER_DISPUTED)
        return tr_fail(err, TR_EDENIED,
                       "only the owner agrees to a class or disputes it");
    return tr_fail(err, TR_EDENIED, "the role '%s' may not record '%s'",
                   d->role, ledger_step_name(d->step));
}

/* ---- with what ---- */

static bool given(const char *text)
{
    return text && *text;
}

/* What is published is read by everybody, and nothing else that was said is:
 * the two are given apart. */
static enum tr_status check_public_reason(const struct ledger_decision *d,
                                          struct tr_error *err)
{
    if (d->step != LEDGER_PUBLISHED)
        return given(d->public_reason)
                   ? tr_fail(err, TR_EINVAL,
                             "only 'published' has reasons for the public")
                   : TR_OK;
    if (given(d->reason))
        return tr_fail(err, TR_EINVAL,
                       "what is published has reasons that everybody reads: "
                       "--public-reason TEXT, not --reason");
    if (!given(d->public_reason))
        return tr_fail(err, TR_EINVAL,
                       "a class is published with the reasons chosen for it: "
                       "--public-reason TEXT");
    for (const char *p = d->public_reason; *p; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7F)
            return tr_fail(err, TR_EINVAL,
                           "the reasons for the public are one paragraph, "
                           "without line breaks");
    }
    return TR_OK;
}

static enum tr_status check_reasons(const struct ledger_decision *d,
                                    struct tr_error *err)
{
    bool owner = d->step == LEDGER_OWNER_AGREED || d->step == LEDGER_DISPUTED;

    if (owner && !given(d->organisation))
        return tr_fail(err, TR_EINVAL,
                       "say for which organisation the owner speaks: "
                       "--organisation CODE");
    if ((d->step == LEDGER_DISPUTED || d->step == LEDGER_OVERRIDE ||
         d->step == LEDGER_WITHDRAW_OVERRIDE) &&
        !given(d->reason))
        return tr_fail(err, TR_EINVAL, "'%s' needs a reason: --reason TEXT",
                       ledger_step_name(d->step));
    return check_public_reason(d, err);
}

static enum tr_status check_paper(const struct ledger_paper *p,
                                  const char *what, struct tr_error *err)
{
    if (p && !p->len)
        return tr_fail(err, TR_EINVAL, "the %s '%.80s' is empty", what,
                       p->name);
    if (p && p->len > LEDGER_MAX_PAPER)
        return tr_fail(err, TR_ELIMIT, "the %s '%.80s' has over %zu bytes",
                       what, p->name, LEDGER_MAX_PAPER);
    return TR_OK;
}

static bool holds(const struct ledger_paper *p, const char *text)
{
    size_t len = strlen(text);
    const char *at = p->bytes, *end = at + p->len;

    while (at && (size_t)(end - at) >= len) {
        at = memchr(at, *text, (size_t)(end - at));
        if (at && (size_t)(end - at) >= len && memcmp(at, text, len) == 0)
            return true;
        at = at ? at + 1 : NULL;
    }
    return false;
}

/* Our own papers say what they are and of which site, as HTML and as text; of
 * other files (PDF too) only a reader can tell. */
static enum tr_status check_own_paper(const struct ledger_paper *p,
                                      const char *is, const char *is_not,
                                      const char *site, struct tr_error *err)
{
    if (!p || (!holds(p, is) && !holds(p, is_not)))
        return TR_OK;
    if (!holds(p, is))
        return tr_fail(err, TR_EINVAL, "'%.80s' is not the one: %s", p->name,
                       "gap=FILE and equality=FILE are changed over");
    if (!holds(p, site))
        return tr_fail(err, TR_EINVAL, "'%.80s' is of another site than %s",
                       p->name, site);
    return TR_OK;
}

static enum tr_status check_papers(const struct ledger_decision *d,
                                   struct tr_error *err)
{
    const struct ledger_paper *a = d->gap, *b = d->equality;
    enum tr_status st = check_paper(a, "gap-if-closed table", err);

    if (!st)
        st = check_paper(b, "equality screen", err);
    if (!st && a && b && a->len == b->len &&
        memcmp(a->bytes, b->bytes, a->len) == 0)
        st = tr_fail(err, TR_EINVAL,
                     "the gap-if-closed table and the equality screen are the "
                     "same file");
    if (!st)
        st = check_own_paper(a, TR_PAPER_GAP_TABLE, TR_PAPER_EQUALITY_SCREEN,
                             d->site, err);
    return st ? st
              : check_own_paper(b, TR_PAPER_EQUALITY_SCREEN, TR_PAPER_GAP_TABLE,
                                d->site, err);
}

static enum tr_status check_words(const struct ledger_decision *d,
                                  struct tr_error *err)
{
    enum tr_class class_ = TR_NO_CLASS;
    enum tr_status st = check_reasons(d, err);

    if (st)
        return st;
    if (!given(d->name))
        return tr_fail(err, TR_EINVAL, "say who decides: --name NAME");
    if (given(d->minute) && strlen(d->minute) > LEDGER_MAX_NAME)
        return tr_fail(err, TR_ELIMIT, "a minute's reference may have %d bytes",
                       LEDGER_MAX_NAME);
    if (d->step == LEDGER_SIGNED && !given(d->minute))
        return tr_fail(err, TR_EINVAL,
                       "the board signs with its minute: --minute REFERENCE");
    if (d->class_name &&
        (!tr_class_parse(d->class_name, &class_) || class_ == TR_IN_REVIEW ||
         class_ == TR_NO_CLASS || class_ == TR_UNCLASSIFIED))
        return tr_fail(err, TR_EINVAL,
                       "a class to decide is key, core, surplus or "
                       "not-applicable, not '%.60s'",
                       d->class_name);
    if (d->step != LEDGER_OVERRIDE && d->review != TR_NO_DATE)
        return tr_fail(err, TR_EINVAL, "only an override has a review date");
    if (d->step != LEDGER_OVERRIDE)
        return TR_OK;
    if (!d->class_name)
        return tr_fail(err, TR_EINVAL, "an override needs its class: --class");
    if (d->review == TR_NO_DATE)
        return tr_fail(err, TR_EINVAL,
                       "an override needs a date to be reviewed: --review "
                       "DATE");
    if (d->review <= d->today)
        return tr_fail(err, TR_EINVAL, "the review date has to be to come");
    return TR_OK;
}

/* ---- after what ---- */

static enum tr_status begins(struct deciding *k, struct tr_error *err)
{
    const struct ledger_decision *d = k->d;
    const char *computed = k->result.class_name;

    if (d->step == LEDGER_OVERRIDE) {
        k->class_name = d->class_name;
        return TR_OK;
    }
    if (k->standing.current.review != TR_NO_DATE)
        return tr_fail(err, TR_EDATA,
                       "an override holds for this site: take it back first "
                       "with --step withdraw-override");
    if (strcmp(computed, tr_class_name(TR_UNCLASSIFIED)) == 0)
        return tr_fail(err, TR_EDATA,
                       "run %lld leaves this site unclassified: find the facts "
                       "that 'terrier explain' lists, or record an override",
                       (long long)k->run->id);
    if (d->class_name && strcmp(d->class_name, computed) != 0)
        return tr_fail(err, TR_EDATA,
                       "run %lld says '%s', not '%s': to decide otherwise "
                       "record an override",
                       (long long)k->run->id, computed, d->class_name);
    k->class_name = computed;
    return TR_OK;
}

static enum tr_status signs(const struct deciding *k, struct tr_error *err)
{
    const struct ledger_cycle *c = &k->standing.current;

    if (c->step != LEDGER_OWNER_AGREED)
        return tr_fail(err, TR_EDATA,
                       "the owner has not agreed yet: the board signs after "
                       "--step owner-agreed");
    if (strcmp(c->class_name, tr_class_name(TR_SURPLUS)) != 0)
        return TR_OK;
    if (!c->gap && !k->d->gap)
        return tr_fail(err, TR_EDATA,
                       "a surplus is not signed without its gap-if-closed "
                       "table: --attach gap=FILE, see 'terrier report gap'");
    if (!c->equality && !k->d->equality)
        return tr_fail(err, TR_EDATA,
                       "a surplus is not signed without its equality screen: "
                       "--attach equality=FILE, see 'terrier report "
                       "equality'");
    return TR_OK;
}

static enum tr_status goes_on(struct deciding *k, struct tr_error *err)
{
    const struct ledger_cycle *c = &k->standing.current;
    enum ledger_step step = k->d->step;

    if (!c->class_name)
        return tr_fail(err, TR_EDATA,
                       "nothing is drafted for this site: begin with --step "
                       "draft");
    if (k->d->class_name && strcmp(k->d->class_name, c->class_name) != 0)
        return tr_fail(err, TR_EDATA, "what is drafted is '%s', not '%s'",
                       c->class_name, k->d->class_name);
    if (k->d->run && k->d->run != c->run)
        return tr_fail(err, TR_EDATA,
                       "what is drafted rests on run %lld, not on run %lld",
                       (long long)c->run, (long long)k->d->run);
    k->class_name = c->class_name;
    if (step == LEDGER_PUBLISHED && c->step != LEDGER_SIGNED)
        return tr_fail(err, TR_EDATA,
                       "the board has not signed yet: publish after --step "
                       "signed");
    if (step == LEDGER_PUBLISHED)
        return TR_OK;
    if (c->step == LEDGER_SIGNED || c->step == LEDGER_PUBLISHED)
        return tr_fail(err, TR_EDATA,
                       "the class is %s already: begin again with --step draft",
                       ledger_step_name(c->step));
    return step == LEDGER_SIGNED ? signs(k, err) : TR_OK;
}

static enum tr_status takes_back(struct deciding *k, struct tr_error *err)
{
    if (k->standing.current.review == TR_NO_DATE &&
        k->standing.signed_.review == TR_NO_DATE)
        return tr_fail(err, TR_EDATA, "no override holds for this site");
    return TR_OK;
}

/* An override whose review date has passed is no more; neither is what came of
 * it. */
static void expire(struct ledger_cycle *c, int32_t today)
{
    if (ledger_expired(c, today))
        *c = (struct ledger_cycle){ .review = TR_NO_DATE };
}

static enum tr_status find_run(struct deciding *k, struct tr_error *err)
{
    static const struct tr_audience all = { .tier = TR_RESTRICTED,
                                            .name = "operator" };
    bool first = k->d->step == LEDGER_DRAFT || k->d->step == LEDGER_OVERRIDE;
    int64_t id = first ? k->d->run : k->standing.current.run;
    enum tr_status st = TR_OK;

    if (k->d->step == LEDGER_WITHDRAW_OVERRIDE)
        return TR_OK;
    if (!id && first)
        st = snapshot_adopted_run(k->store, &all, &id, err);
    if (!st && !id && first)
        st = tr_fail(err, TR_EDATA,
                     "no run is adopted yet: see 'terrier classify', or say "
                     "which: --run N");
    if (!st && id)
        st = store_run(k->store, id, &k->a, &k->run, err);
    return st || !id ? st
                     : ledger_run_result(k->store, id, k->d->site, &k->a,
                                         &k->result, err);
}

static enum tr_status check_order(struct deciding *k, struct tr_error *err)
{
    enum tr_status st =
        ledger_standing_of(k->store, k->d->site, &k->a, &k->standing, err);

    if (st)
        return st;
    expire(&k->standing.current, k->d->today);
    expire(&k->standing.signed_, k->d->today);
    st = find_run(k, err);
    if (st)
        return st;
    switch (k->d->step) {
    case LEDGER_DRAFT:
    case LEDGER_OVERRIDE: return begins(k, err);
    case LEDGER_WITHDRAW_OVERRIDE: return takes_back(k, err);
    case LEDGER_DISPUTED:
    case LEDGER_OWNER_AGREED:
    case LEDGER_SIGNED:
    case LEDGER_PUBLISHED: return goes_on(k, err);
    case LEDGER_STEPS: break;
    }
    return tr_fail(err, TR_EINVAL, "this is no step");
}

/* ---- the entry ---- */

static void put_run(struct ledger_draft *e, struct deciding *k)
{
    const struct store_run *run = k->run;

    if (!run)
        return;

    struct tr_digest inputs = tr_hash_bytes(run->inputs, strlen(run->inputs));

    ledger_put(e, "audience", run->audience);
    ledger_put_number(e, "run", run->id, &k->a);
    ledger_put_number(e, "seed", run->seed, &k->a);
    ledger_put_digest(e, "rules", &run->rules, &k->a);
    ledger_put_digest(e, "inputs", &inputs, &k->a);
    ledger_put_digest(e, "snapshot", &run->snapshot, &k->a);
    ledger_put_digest(e, "results", &run->results, &k->a);

    struct tr_digest explanation =
        tr_hash_bytes(k->result.data, strlen(k->result.data));

    ledger_put_digest(e, "explanation", &explanation, &k->a);
}

static enum tr_status put_paper(struct ledger_draft *e, struct deciding *k,
                                const char *key, const struct ledger_paper *p,
                                struct tr_error *err)
{
    struct tr_digest d;
    enum tr_status st;

    if (!p)
        return TR_OK;
    st = store_keep_document(k->store, "paper", p->name, p->bytes, p->len, &d,
                             err);
    if (!st)
        ledger_put_digest(e, key, &d, &k->a);
    return st;
}

static enum tr_status append(struct deciding *k, const char *key,
                             int64_t *sequence, struct tr_error *err)
{
    const struct ledger_decision *d = k->d;
    struct ledger_draft e = { .kind = LEDGER_DECISION,
                              .role = d->role,
                              .name = d->name,
                              .note = d->reason,
                              .site = d->site };
    char review[TR_DATE_TEXT];
    enum tr_status st;

    ledger_put(&e, "step", ledger_step_name(d->step));
    ledger_put(&e, "class", k->class_name);
    ledger_put(&e, "minute", d->minute);
    if (d->review != TR_NO_DATE) {
        tr_date_text(d->review, review);
        ledger_put(&e, "review", review);
    }
    ledger_put(&e, "organisation", d->organisation);
    ledger_put(&e, "key", key);
    if (d->step == LEDGER_PUBLISHED) {
        e.note = d->public_reason;
        ledger_put(&e, "note-is", "public");
    }
    put_run(&e, k);
    st = put_paper(&e, k, "gap", d->gap, err);
    if (!st)
        st = put_paper(&e, k, "equality", d->equality, err);
    return st ? st : ledger_append(k->store, &e, sequence, err);
}

/* ---- asked twice ---- */

struct asked_before {
    const struct ledger_decision *d;
    char key[TR_DIGEST_TEXT];
    int64_t sequence; /* 0: it was not */
    bool same;
};

static enum tr_status find_key(void *context, const struct ledger_entry *e,
                               struct tr_error *err)
{
    struct asked_before *k = context;
    const char *class_name = k->d->class_name, *reason = k->d->reason;

    (void)err;
    if (strcmp(ledger_fact(e, "key"), k->key) != 0)
        return TR_OK;
    k->sequence = e->sequence;
    k->same =
        strcmp(ledger_fact(e, "step"), ledger_step_name(k->d->step)) == 0 &&
        (!class_name || strcmp(ledger_fact(e, "class"), class_name) == 0) &&
        (!e->note || strcmp(e->note, reason ? reason : "") == 0);
    return TR_OK;
}

static enum tr_status find_asked(struct store *s, struct asked_before *k,
                                 struct tr_error *err)
{
    const struct ledger_wanted wanted = { .site = k->d->site };
    struct tr_digest d;
    enum tr_status st;

    if (!k->d->key)
        return TR_OK;
    d = tr_hash_bytes(k->d->key, strlen(k->d->key));
    tr_digest_text(&d, k->key);
    st = ledger_read(s, &wanted, find_key, k, err);
    if (!st && k->sequence && !k->same)
        st = tr_fail(err, TR_EDATA,
                     "this key was used for another decision: choose a new "
                     "one");
    return st;
}

enum tr_status ledger_decide(struct store *s, const struct ledger_decision *d,
                             int64_t *sequence, struct tr_error *err)
{
    struct deciding k = { .store = s, .d = d };
    struct asked_before before = { .d = d };
    enum tr_status st = check_role(d, err);

    if (!st)
        st = check_words(d, err);
    if (!st)
        st = check_papers(d, err);
    if (!st)
        st = ledger_begin(s, err);
    if (st)
        return st;
    tr_arena_init(&k.a, (size_t)64 * 1024 * 1024);
    st = find_asked(s, &before, err);
    if (!st && before.sequence)
        *sequence = before.sequence;
    if (!st && !before.sequence)
        st = check_order(&k, err);
    if (!st && !before.sequence)
        st = append(&k, before.key, sequence, err);
    st = ledger_finish(s, st, err);
    tr_arena_clear(&k.a);
    return st;
}

/* ---- taking a site back ---- */

enum tr_status ledger_withdraw(struct store *s,
                               const struct ledger_withdrawal *w,
                               int64_t *sequence, struct tr_error *err)
{
    struct ledger_draft e = { .kind = LEDGER_WITHDRAW,
                              .role = w->role,
                              .name = w->name,
                              .note = w->reason,
                              .site = w->site };
    struct ledger_standing standing;
    struct tr_arena a;
    enum tr_status st;

    if (!given(w->reason))
        return tr_fail(err, TR_EINVAL, "say why: --reason TEXT");
    st = ledger_check_role(w->role, err);
    if (!st)
        st = ledger_begin(s, err);
    if (st)
        return st;
    tr_arena_init(&a, (size_t)16 * 1024 * 1024);
    st = ledger_standing_of(s, w->site, &a, &standing, err);
    if (!st && standing.withdrawn != w->undo)
        st = tr_fail(err, TR_EDATA,
                     w->undo ? "site '%.60s' is not withdrawn"
                             : "site '%.60s' is withdrawn already",
                     w->site);
    if (w->undo)
        ledger_put(&e, "undo", "yes");
    else
        ledger_put(&e, "members", w->members);
    if (!w->undo && w->was_public)
        ledger_put(&e, "public", "yes");
    if (!st)
        st = ledger_append(s, &e, sequence, err);
    st = ledger_finish(s, st, err);
    tr_arena_clear(&a);
    return st;
}
