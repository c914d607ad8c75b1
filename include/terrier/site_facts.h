/*
 * site_facts.h - all that a snapshot knows of one site, as JSON: what
 * `terrier explain SITE --json` prints and /api/sites/{id}/explanation answers.
 *
 *   {"site_id", "name", "class", "class_status", "class_reason" (as
 *    published, or null), "possible"..., "position":
 *    {"lon","lat","precision_m","source"} | null,
 *    "areas": [{"set","label","vintage","name","code","certainty"}],
 *    "facts": [{"name","title","value","unit"}],   present ones, shown order
 *    "occupations": [{"site_id","organisation","partner","layer","title","key",
 *                     "source_row" (not to the public),"as_of",
 *                     "missing_since","facts":[...]}],
 *    "explanation": the classification's own JSON, or null}
 */
#ifndef TR_SITE_FACTS_H
#define TR_SITE_FACTS_H

#include "terrier/buf.h"
#include "terrier/snapshot.h"

void tr_site_facts_json(const struct tr_snapshot *s, size_t site,
                        struct tr_buf *out);

#endif
