/* report_parts.h - what the files of this folder share. Not for others. */
#ifndef REPORT_PARTS_H
#define REPORT_PARTS_H

#include "report/report.h"
#include "terrier/catchment.h"
#include "terrier/node.h"

struct composing {
    const struct report_input *in;
    const struct tr_snapshot *s;
    struct tr_paper *p;
    /* Layers that the paper rests on, for its list of sources, and the dates
     * that the rows used speak of. */
    struct cited {
        bool is;
        int32_t first, last; /* TR_NO_DATE: none is known */
    } * cited;
    /* The paper's filter, while it is off for a published site. */
    const char *(*filter)(const void *context, const char *text,
                          struct tr_arena *a);
    struct tr_error *err;
    enum tr_status st;
};

/* ---- report_head.c ---- */
enum tr_status report_begin(const struct report_input *in, const char *kind,
                            const char *title, struct composing *c,
                            struct tr_error *err);
enum tr_status report_end(struct composing *c, struct tr_paper **out);
bool is_public(const struct composing *c);

/* ---- report_words.c: facts in words ---- */
const char *code_words(struct tr_paper *p, const char *code);
const char *value_of(struct tr_paper *p, const struct tr_node *v,
                     const char *unit);
const char *number_of(struct tr_paper *p, double v, const char *unit);
const char *distance_of(struct tr_paper *p, double m); /* "740 m", "1.5 km" */
const char *people_of(struct tr_paper *p, double v);   /* to the next 10 */
const char *percent_of(struct tr_paper *p, double part, double whole);
const char *age_of(struct tr_paper *p, int32_t from, int32_t to);
const char *iso_date(struct tr_paper *p, const char *text);
const char *list_of(struct tr_paper *p, const char *before, const char *next,
                    const char *between); /* "a; b" */
/* A column of the sites as words; "" when it has no value there. */
const char *site_value(const struct composing *c, const char *column,
                       size_t site);
/* The same as the column has it, of a column of texts. */
const char *site_text(const struct composing *c, const char *column,
                      size_t site);
const char *site_name(const struct composing *c, size_t site);
enum tr_class site_class(const struct composing *c, size_t site);
const char *class_label(const struct composing *c, enum tr_class k);
/* With a capital: "Surplus candidate". */
const char *class_heading(const struct composing *c, enum tr_class k);
enum tr_paper_tone class_tone(enum tr_class k);
const char *status_words(const char *status);
/* The reason sentence of a site's explanation. */
const char *site_reason(const struct composing *c, size_t site);
const struct tr_node *site_explanation(struct composing *c, size_t site);
const struct tr_organisation *site_owner(const struct composing *c,
                                         size_t site);
double site_floor(const struct composing *c, size_t site); /* 0: not known */

/* ---- what packs are made of ---- */
void put_why(struct composing *c, size_t site, const struct tr_node *root);
void put_scores(struct composing *c, const struct tr_node *root);
void put_missing(struct composing *c, size_t site, const struct tr_node *root);
void put_place(struct composing *c, size_t site);
void put_picture(struct composing *c);
/* What closing it would mean, and the people it serves. */
void put_gap(struct composing *c, size_t site, const struct tr_catchment *k);
/* "the people within 800 m of the site"; k->why says why there are none. */
void put_equality(struct composing *c, const struct tr_catchment *k,
                  const char *whom);
void put_history(struct composing *c, const struct report_decision *h,
                 size_t n);
void put_sources(struct composing *c);
void put_words(struct composing *c);
/* `date` TR_NO_DATE: that of the layer, where it has one. */
void cite(struct composing *c, const char *layer, int32_t date);
/* The rows, the areas and the statistic that people come from; another
 * statistic of the areas. */
void cite_catchment(struct composing *c, const struct tr_catchment *k);
void cite_column(struct composing *c, const struct tr_catchment *k,
                 const char *column);
/* The statistics that gave a set's areas a column; NULL: none. */
const struct tr_layer *statistic_of(const struct composing *c, const char *set,
                                    const char *column);

/* ---- report_lists.c: papers about many sites ---- */
struct class_counts {
    long n[TR_CLASSES], unknown[TR_CLASSES]; /* without a floor area */
    double floor_m2[TR_CLASSES];
};
enum tr_class
class_in_order(size_t i); /* i < TR_CLASSES: as papers list them */
void count_classes(const struct composing *c, const uint32_t *sites, size_t n,
                   struct class_counts *out);
void put_class_bars(struct composing *c, const struct class_counts *n,
                    const char *caption);
void sort_by_name(const struct composing *c, uint32_t *sites, size_t n);
/* What is written until the next of these is about that site, or all. */
void about_site(struct composing *c, size_t site);
void about_class(struct composing *c, enum tr_class k);
void about_all(struct composing *c);
const char *short_reason(const struct composing *c, size_t site);
/* By class, with the column `beside` of the sites: "partner", "localities". */
void put_sites(struct composing *c, const uint32_t *sites, size_t n,
               const char *beside);
/* The facts wanted of these sites (NULL: of all) by partner, most sites first.
 */
void put_wanted(struct composing *c, const uint32_t *sites, size_t n,
                size_t most);

#endif
