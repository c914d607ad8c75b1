/* ledger_owner.c - which organisation owns a site. See store/ledger.h. */
#include <string.h>

#include "store/ledger.h"
#include "terrier/snapshot.h"

/* Of an occupation: its organisation as it is called today; NULL: none. */
static const struct tr_organisation *
today(const struct tr_snapshot *s, size_t site, const struct tr_occupation *o)
{
    const struct tr_place *p = s->places[s->site_places[site]];

    return o->organisation < 0
               ? NULL
               : tr_place_successor(p, &p->organisations[o->organisation]);
}

static const char *tenure_of(const struct tr_snapshot *s, size_t site,
                             const struct tr_occupation *o)
{
    bool alone = o->joined_row == TR_NO_ROW;
    const struct tr_table *t = alone ? &s->sites : &s->joined;
    size_t row = alone ? site : o->joined_row;
    const struct tr_column *c = tr_table_column(t, "tenure");

    return c && c->type == TR_TEXT && tr_has(c, row) ? tr_text_at(c, row) : "";
}

/* The organisation of the first occupation that is freehold; where no register
 * says that of any, of the one that the site is named after. */
static const struct tr_organisation *owner_of(const struct tr_snapshot *s,
                                              size_t site)
{
    uint32_t first = s->first_occupation[site];

    for (uint32_t i = first; i < s->first_occupation[site + 1]; i++) {
        const struct tr_occupation *o = &s->occupations[i];

        if (strcmp(tenure_of(s, site, o), "freehold") == 0 && today(s, site, o))
            return today(s, site, o);
    }
    return today(s, site, &s->occupations[first]);
}

const char *ledger_owner(const struct tr_snapshot *s, size_t site)
{
    const struct tr_organisation *o = owner_of(s, site);

    return o ? o->code : NULL;
}

enum tr_status ledger_check_owner(const struct tr_snapshot *s, const char *site,
                                  const char *organisation, const char **code,
                                  struct tr_error *err)
{
    size_t at = tr_snapshot_site(s, site);
    const struct tr_organisation *owner, *given;
    const struct tr_place *p;

    if (at == SIZE_MAX)
        return tr_fail(err, TR_ENOTFOUND, "there is no site '%.60s'", site);
    p = s->places[s->site_places[at]];
    given = tr_place_organisation(p, organisation);
    if (!given)
        return tr_fail(err, TR_EINVAL, "no organisation is called '%.60s' here",
                       organisation);
    given = tr_place_successor(p, given);
    owner = owner_of(s, at);
    if (!owner)
        return tr_fail(err, TR_EDENIED,
                       "nobody is known to own site '%.60s': its register has "
                       "to say whose it is",
                       site);
    if (given != owner)
        return tr_fail(err, TR_EDENIED,
                       "site '%.60s' is owned by '%s' (%s), not by '%s': only "
                       "the owner agrees to a class or disputes it",
                       site, owner->name, owner->code, given->name);
    *code = owner->code;
    return TR_OK;
}
