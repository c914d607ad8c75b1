/*
 * explain.h - saying why: the flags, the reason sentence and the whole
 * explanation of one site of a block. See README.md for the JSON.
 */
#ifndef CLASSIFY_EXPLAIN_H
#define CLASSIFY_EXPLAIN_H

#include "classify/counterfactual.h"
#include "terrier/json.h"

#define MOST_NAMES 8

void explain_flags(const struct classing *c, const struct block *b, size_t i,
                   struct tr_buf *out);
void explain_reason(const struct classing *c, const struct block *b, size_t i,
                    struct tr_buf *out);
void explain_json(const struct classing *c, const struct block *b, size_t i,
                  const char *reason, const struct flips *flips,
                  struct tr_buf *out);
/* explain_flips.c */
void flips_json(const struct flips *all, size_t site, struct tr_json *j);

/* The properties of an expression that a site lacks, the first MOST_NAMES. */
size_t missing_of(const struct properties *p, size_t site,
                  const struct property *out[MOST_NAMES]);
/* The unit of a criterion's value: its own, or that of the property which it
 * just is; NULL: none. */
const char *value_unit(const struct rule_criterion *c,
                       const struct properties *p);

/* The item of a list, or the text, that a criterion's table scores best; NULL
 * when the value is neither. */
const char *explain_item(const struct rule_criterion *c,
                         const struct tr_column *v, size_t i);
void number_words(double v, struct tr_buf *out);
void unit_words(double v, const char *unit, struct tr_buf *out);
void value_words(const struct tr_column *v, size_t i, const char *unit,
                 struct tr_buf *out);
const char *class_words(enum tr_class c);
/* "key, core or surplus candidate" of a set of classes. */
void classes_text(uint8_t set, struct tr_buf *out);

/* explain_facts.c: the facts that an expression used at a site, as a JSON
 * list: name, value, and the layer and date that it comes from. */
struct property_parts;
void facts_json(const struct classing *c, const struct properties *p,
                const struct property_parts *parts, size_t site,
                struct tr_json *j);
void value_json(const struct tr_column *v, size_t i, struct tr_json *j);
void classes_json(uint8_t set, struct tr_json *j);
void date_json(struct tr_json *j, const char *key, int32_t date);
/* explain_missing.c */
void missing_json(const struct classing *c, const struct block *b, size_t i,
                  struct tr_json *j);
void aged_json(const struct classing *c, const struct block *b, size_t i,
               struct tr_json *j);

#endif
