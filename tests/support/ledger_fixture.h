/* ledger_fixture.h - a store with an adopted run, and decisions about it. */
#ifndef LEDGER_FIXTURE_H
#define LEDGER_FIXTURE_H

#include "store/ledger.h"
#include "support/store_fixture.h"
#include "terrier/place.h"

#define LEDGER_TODAY 20000 /* 2024-10-04 */

/* A store whose adopted run has sites S0..S(n-1): S0 surplus, S1 unclassified,
 * S2 core, the others key. */
struct store *ledger_fixture(const struct store_fixture *f,
                             const char *audience, size_t n);

/* A decision with everything that its step needs, but papers and agreement. */
struct ledger_decision ledger_fixture_step(const char *site,
                                           enum ledger_step step);
/* Record it; fails the test on any error. */
void ledger_fixture_decide(struct store *s, const char *site,
                           enum ledger_step step);

#endif
