/* match.c - see match.h */
#include "ingest/match.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/text_map.h"
#include "terrier/text.h"

#define NEVER_MM     250000
#define NEAR_MM      100000
#define VERY_NEAR_MM 25000
#define PRECISE_M    20
#define MOST_WORDS   24
#define MOST_ALIKE   60 /* sites with one postcode or UPRN: more say nothing */
#define LEAST_SCORE  45
#define LEAST_NEAR   30 /* of those within 25 m without a word in common */
#define BEHIND       40 /* this much below the best of a site: not proposed */

static const char no_memory[] = "no memory left for the proposals";

/* What a building is, not which: alone such a word tells nothing. */
static const char *const plain_words[] = {
    "academy",  "adj",       "aided",      "and",        "block",    "building",
    "catholic", "ce",        "centre",     "children",   "church",   "clinic",
    "club",     "college",   "community",  "county",     "day",      "fire",
    "former",   "formerly",  "girl",       "boy",        "grammar",  "ground",
    "hall",     "health",    "high",       "home",       "hospital", "house",
    "hub",      "in",        "infant",     "integrated", "junior",   "land",
    "leisure",  "library",   "medical",    "mes",        "nursery",  "of",
    "office",   "park",      "part",       "play",       "police",   "primary",
    "rear",     "road",      "saint",      "school",     "site",     "sport",
    "station",  "street",    "technology", "the",        "to",       "town",
    "unit",     "voluntary", "with",       "youth",
};

struct words { /* of one name, each once */
    size_t n;
    uint32_t at[MOST_WORDS]; /* into the entries of `seen` */
};

struct matching { /* what the steps share */
    const struct tr_snapshot *s;
    struct tr_arena *a;
    struct text_map seen;   /* words; value: how many sites use it */
    bool *plain;            /* by word */
    double *weight;         /* by word */
    struct words *words;    /* by site */
    const char **postcodes; /* by site, without spaces; NULL: no full one */
    const struct tr_column *name, *postcode, *uprn, *services, *holding,
        *source;
    struct match_proposal *list;
    size_t n, room;
};

static const char *text_at(const struct tr_column *c, size_t row)
{
    return c && tr_has(c, row) ? tr_text_at(c, row) : NULL;
}

/* ---- the words of a name ---- */

/* One spelling for what is written in several ways. */
static const char *one_spelling(char *word)
{
    size_t n = strlen(word);

    if (strcmp(word, "rc") == 0 || strcmp(word, "roman") == 0)
        return "catholic";
    if (strcmp(word, "cofe") == 0)
        return "ce";
    if (strcmp(word, "st") == 0)
        return "saint";
    if (strcmp(word, "rd") == 0)
        return "road";
    if (n > 3 && word[n - 1] == 's' && word[n - 2] != 's')
        word[n - 1] = '\0';
    return word;
}

static bool add_word(struct matching *m, char *text, struct words *w)
{
    const char *word = one_spelling(text);
    struct text_map_entry *e;
    const char *kept;
    uint32_t at;

    if (!word[0] || !word[1] || w->n == MOST_WORDS)
        return true;
    kept = tr_arena_text(m->a, word, strlen(word));
    e = kept ? text_map_put(&m->seen, kept, 0, NULL) : NULL;
    if (!e)
        return false;
    at = (uint32_t)(e - m->seen.entries);
    for (size_t i = 0; i < w->n; i++) {
        if (w->at[i] == at)
            return true;
    }
    e->value++;
    w->at[w->n++] = at;
    return true;
}

/* Letters and digits make words; an apostrophe stands within one. */
static bool split(struct matching *m, const char *name, struct words *w)
{
    char *s = tr_text_fold_case(m->a, name);
    char word[64];
    size_t n = 0;

    if (!s)
        return false;
    for (;; s++) {
        unsigned char c = (unsigned char)*s;

        if (c == '\'' || (c == 0xE2 && (unsigned char)s[1] == 0x80 &&
                          (unsigned char)s[2] == 0x99)) {
            s += c == '\'' ? 0 : 2;
            continue;
        }
        if (c >= 0x80 || isalnum(c)) {
            if (n + 1 < sizeof word)
                word[n++] = (char)c;
            continue;
        }
        word[n] = '\0';
        if (!add_word(m, word, w))
            return false;
        n = 0;
        if (!c)
            return true;
    }
}

static bool weigh_words(struct matching *m)
{
    double sites = (double)m->s->n_sites + 1;

    m->weight = tr_arena_array(m->a, m->seen.n + 1, sizeof *m->weight);
    m->plain = tr_arena_array(m->a, m->seen.n + 1, sizeof *m->plain);
    if (!m->weight || !m->plain)
        return false;
    for (size_t i = 0; i < m->seen.n; i++) {
        const struct text_map_entry *e = &m->seen.entries[i];

        for (size_t k = 0; k < sizeof plain_words / sizeof *plain_words; k++)
            m->plain[i] = m->plain[i] || strcmp(e->text, plain_words[k]) == 0;
        m->weight[i] = log(sites / e->value) * (m->plain[i] ? 0.3 : 1);
    }
    return true;
}

/* M32 9AB and m329ab are one postcode; "M32" is none. */
static bool keep_postcode(struct matching *m, size_t site)
{
    const char *text = text_at(m->postcode, site);
    char out[16];
    size_t n = 0;

    for (; text && *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == ' ')
            continue;
        if (n + 1 == sizeof out)
            return true;
        out[n++] = (char)toupper(c);
    }
    if (n < 5)
        return true;
    m->postcodes[site] = tr_arena_text(m->a, out, n);
    return m->postcodes[site] != NULL;
}

static enum tr_status read_sites(struct matching *m, struct tr_error *err)
{
    const struct tr_table *t = &m->s->sites;
    size_t n = m->s->n_sites;

    m->name = tr_table_column(t, "name");
    m->postcode = tr_table_column(t, "postcode");
    m->uprn = tr_table_column(t, "uprn");
    m->services = tr_table_column(t, "services");
    m->holding = tr_table_column(t, "holding_type");
    m->source = tr_table_column(t, "coord_source");
    m->words = tr_arena_array(m->a, n + 1, sizeof *m->words);
    m->postcodes = tr_arena_array(m->a, n + 1, sizeof *m->postcodes);
    if (!m->words || !m->postcodes)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n; i++) {
        const char *name = text_at(m->name, i);

        if ((name && !split(m, name, &m->words[i])) || !keep_postcode(m, i))
            return tr_fail(err, TR_ENOMEM, no_memory);
    }
    return weigh_words(m) ? TR_OK : tr_fail(err, TR_ENOMEM, no_memory);
}

/* ---- the evidence on two sites ---- */

static bool share_a_layer(const struct tr_snapshot *s, uint32_t a, uint32_t b)
{
    for (uint32_t i = s->first_occupation[a]; i < s->first_occupation[a + 1];
         i++) {
        for (uint32_t k = s->first_occupation[b];
             k < s->first_occupation[b + 1]; k++) {
            if (s->occupations[i].layer == s->occupations[k].layer)
                return true;
        }
    }
    return false;
}

static bool is_precise(const struct matching *m, uint32_t site)
{
    const char *source = text_at(m->source, site);

    return site < m->s->n_located && m->s->precision_m[site] <= PRECISE_M &&
           source && strncmp(source, "postcode", 8) != 0;
}

static int64_t distance_mm(const struct tr_snapshot *s, uint32_t a, uint32_t b)
{
    if (a >= s->n_located || b >= s->n_located)
        return -1;

    double e = (double)s->positions[a].e_mm - s->positions[b].e_mm;
    double n = (double)s->positions[a].n_mm - s->positions[b].n_mm;

    return (int64_t)floor(hypot(e, n));
}

static double weight_of(const struct matching *m, const struct words *w)
{
    double sum = 0;

    for (size_t i = 0; i < w->n; i++)
        sum += m->weight[w->at[i]];
    return sum;
}

/* How much of the shorter name is in the other, 0..1; the words that tell. */
static double names_alike(const struct matching *m, uint32_t a, uint32_t b,
                          struct tr_buf *telling)
{
    const struct words *x = &m->words[a], *y = &m->words[b];
    double shared = 0, less = fmin(weight_of(m, x), weight_of(m, y));

    for (size_t i = 0; i < x->n; i++) {
        for (size_t k = 0; k < y->n; k++) {
            if (x->at[i] != y->at[k])
                continue;
            shared += m->weight[x->at[i]];
            if (m->plain[x->at[i]])
                continue;
            if (telling->len)
                tr_buf_byte(telling, ' ');
            tr_buf_str(telling, m->seen.entries[x->at[i]].text);
        }
    }
    return telling->len && less > 0 ? shared / less : 0;
}

static int differing(const char *a, const char *b)
{
    int n = 0;

    if (strlen(a) != strlen(b))
        return 9;
    for (; *a; a++, b++)
        n += *a != *b;
    return n;
}

/* 1: some service is of both; -1: both say, and none is; 0: not known. */
static int services_agree(const struct matching *m, uint32_t a, uint32_t b)
{
    const struct tr_column *c = m->services;

    if (!c || !tr_has(c, a) || !tr_has(c, b))
        return 0;
    for (uint32_t i = c->list_starts[a]; i < c->list_starts[a + 1]; i++) {
        for (uint32_t k = c->list_starts[b]; k < c->list_starts[b + 1]; k++) {
            if (c->values.codes[i] == c->values.codes[k])
                return 1;
        }
    }
    return -1;
}

static bool is_land(const struct matching *m, uint32_t site)
{
    const char *holding = text_at(m->holding, site);

    return holding && strcmp(holding, "land") == 0;
}

static int score_places(const struct matching *m, struct match_proposal *p)
{
    const char *x = m->postcodes[p->a], *y = m->postcodes[p->b];
    int score = 0;

    if (p->precise)
        score += p->distance_mm <= VERY_NEAR_MM ? 35
                 : p->distance_mm <= NEAR_MM    ? 25
                                                : 0;
    if (x && y) {
        int d = differing(x, y);

        p->same_postcode = d == 0;
        p->postcode_differs = d > 0;
        score += d == 0 ? 20 : d == 1 ? 10 : -10;
    }
    return score;
}

static int score_uses(const struct matching *m, const struct match_proposal *p)
{
    int agree = services_agree(m, p->a, p->b);
    int score = agree > 0 ? 10 : agree < 0 ? -60 : 0;

    return is_land(m, p->a) != is_land(m, p->b) ? score - 60 : score;
}

/* The rules that let two sites be proposed at all; see match.h. */
static bool may_be(const struct match_proposal *p, bool telling)
{
    int64_t d = p->distance_mm;

    if (d > NEVER_MM)
        return false;
    if (p->same_uprn || (p->precise && d <= VERY_NEAR_MM))
        return true;
    if (!telling)
        return false;
    return p->same_postcode || (p->precise ? d <= NEAR_MM : d >= 0);
}

static void say_why(const struct matching *m, const struct match_proposal *p,
                    struct tr_buf *b)
{
    if (p->same_uprn)
        tr_buf_str(b, "same UPRN; ");
    if (p->precise)
        tr_buf_printf(b, "%lld m apart; ", (long long)(p->distance_mm / 1000));
    else if (p->distance_mm >= 0)
        tr_buf_str(b, "near by postcode only; ");
    else
        tr_buf_str(b, "one has no point; ");
    if (p->same_postcode)
        tr_buf_str(b, "same postcode; ");
    else if (p->postcode_differs)
        tr_buf_str(b, "postcodes differ; ");
    if (*p->words)
        tr_buf_printf(b, "names share: %s; ", p->words);
    switch (services_agree(m, p->a, p->b)) {
    case 1: tr_buf_str(b, "a service is of both; "); break;
    case -1: tr_buf_str(b, "their services differ; "); break;
    default: break;
    }
    if (is_land(m, p->a) != is_land(m, p->b))
        tr_buf_str(b, "one is bare land; ");
    b->len -= b->len >= 2 ? 2 : 0;
}

static const char *keep_text(struct matching *m, struct tr_buf *b)
{
    const char *text = tr_buf_text(b);

    text = text ? tr_arena_text(m->a, text, b->len) : NULL;
    tr_buf_clear(b);
    return text;
}

static bool make_room(struct matching *m)
{
    struct match_proposal *list;
    size_t room = m->room ? m->room * 2 : 64;

    if (m->n < m->room)
        return true;
    list = tr_arena_array(m->a, room, sizeof *list);
    if (!list)
        return false;
    if (m->n)
        memcpy(list, m->list, m->n * sizeof *list);
    m->list = list;
    m->room = room;
    return true;
}

/* The kept row of each names the pair: its id is the same in every run. */
static void name_pair(const struct tr_snapshot *s, struct match_proposal *p)
{
    if (strcmp(s->site_ids[p->a], s->site_ids[p->b]) > 0) {
        uint32_t a = p->a;

        p->a = p->b;
        p->b = a;
    }
    tr_site_id("m", s->site_ids[p->a], s->site_ids[p->b], p->id);
}

static enum tr_status consider(struct matching *m, uint32_t a, uint32_t b,
                               struct tr_error *err)
{
    const struct tr_snapshot *s = m->s;
    struct match_proposal p = { .a = a, .b = b, .words = "" };
    const char *x = text_at(m->uprn, a), *y = text_at(m->uprn, b);
    struct tr_buf text;
    double alike;

    if (a == b || s->site_places[a] != s->site_places[b] ||
        share_a_layer(s, a, b))
        return TR_OK;
    p.distance_mm = distance_mm(s, a, b);
    p.precise = is_precise(m, a) && is_precise(m, b);
    p.same_uprn = x && y && strcmp(x, y) == 0;
    tr_buf_init(&text, 4096);
    alike = names_alike(m, a, b, &text);
    p.words = keep_text(m, &text);
    if (!p.words)
        return tr_fail(err, TR_ENOMEM, no_memory);
    p.score = score_places(m, &p) + score_uses(m, &p) +
              (int)lround(50 * alike) + (p.same_uprn ? 50 : 0);
    if (!may_be(&p, *p.words != '\0') ||
        p.score < (*p.words || p.same_uprn ? LEAST_SCORE : LEAST_NEAR))
        return TR_OK;
    name_pair(s, &p);
    say_why(m, &p, &text);
    p.why = keep_text(m, &text);
    if (!p.why || !make_room(m))
        return tr_fail(err, TR_ENOMEM, no_memory);
    m->list[m->n++] = p;
    return TR_OK;
}

/* ---- which two to look at ---- */

struct labelled { /* a site by its postcode or its UPRN */
    const char *text;
    uint32_t site;
};

static int by_label(const void *a, const void *b)
{
    const struct labelled *x = a, *y = b;
    int d = strcmp(x->text, y->text);

    return d ? d : x->site < y->site ? -1 : x->site > y->site;
}

static enum tr_status look_nearby(struct matching *m, struct tr_error *err)
{
    const struct tr_snapshot *s = m->s;
    struct tr_arena scratch;
    enum tr_status st = TR_OK;

    tr_arena_init(&scratch, SIZE_MAX);
    for (uint32_t i = 0; i < s->n_located && !st; i++) {
        const uint32_t *near;
        size_t n = 0;

        st = tr_near_within(s->near, s->positions[i].e_mm, s->positions[i].n_mm,
                            NEVER_MM, &scratch, &near, &n, err);
        for (size_t k = 0; k < n && !st; k++) {
            if (near[k] > i)
                st = consider(m, i, near[k], err);
        }
        tr_arena_reset(&scratch);
    }
    tr_arena_clear(&scratch);
    return st;
}

/* Those that share a label and are not both located: nearness has the rest. */
static enum tr_status look_alike(struct matching *m, struct labelled *list,
                                 size_t n, struct tr_error *err)
{
    enum tr_status st = TR_OK;

    qsort(list, n, sizeof *list, by_label);
    for (size_t i = 0, end; i < n && !st; i = end) {
        for (end = i + 1; end < n && !strcmp(list[end].text, list[i].text);)
            end++;
        for (size_t a = i; a < end && end - i <= MOST_ALIKE; a++) {
            for (size_t b = a + 1; b < end && !st; b++) {
                if (list[b].site >= m->s->n_located ||
                    list[a].site >= m->s->n_located)
                    st = consider(m, list[a].site, list[b].site, err);
            }
        }
    }
    return st;
}

static enum tr_status look_by_label(struct matching *m, bool uprn,
                                    struct tr_error *err)
{
    struct labelled *list =
        tr_arena_array(m->a, m->s->n_sites + 1, sizeof *list);
    size_t n = 0;

    if (!list)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (uint32_t i = 0; i < m->s->n_sites; i++) {
        const char *text = uprn ? text_at(m->uprn, i) : m->postcodes[i];

        if (text)
            list[n++] = (struct labelled){ text, i };
    }
    return look_alike(m, list, n, err);
}

/* ---- the best of them ---- */

static int by_score(const void *a, const void *b)
{
    const struct match_proposal *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return strcmp(x->id, y->id);
}

static uint32_t kept_layer(const struct tr_snapshot *s, uint32_t site)
{
    return s->occupations[s->first_occupation[site]].layer;
}

/* Has one of the two a much better candidate in the other's layer? The list is
 * sorted, so better ones come before. */
static bool is_outdone(const struct matching *m, size_t i)
{
    const struct match_proposal *p = &m->list[i];

    for (size_t k = 0; k < i && m->list[k].score > p->score + BEHIND; k++) {
        const struct match_proposal *q = &m->list[k];
        uint32_t one = p->a == q->a || p->b == q->a ? q->a : q->b;
        uint32_t rival = one == q->a ? q->b : q->a;
        uint32_t ours = one == p->a ? p->b : p->a;

        if ((one == p->a || one == p->b) &&
            kept_layer(m->s, rival) == kept_layer(m->s, ours))
            return true;
    }
    return false;
}

static size_t keep_best(struct matching *m)
{
    size_t kept = 0;
    bool *outdone = tr_arena_array(m->a, m->n + 1, sizeof *outdone);

    if (m->n)
        qsort(m->list, m->n, sizeof *m->list, by_score);
    for (size_t i = 0; outdone && i < m->n; i++)
        outdone[i] = (i > 0 && !strcmp(m->list[i].id, m->list[i - 1].id)) ||
                     is_outdone(m, i);
    for (size_t i = 0; i < m->n; i++) {
        if (!outdone || !outdone[i])
            m->list[kept++] = m->list[i];
    }
    return kept;
}

enum tr_status match_propose(const struct tr_snapshot *s, struct tr_arena *a,
                             const struct match_proposal **out, size_t *n,
                             struct tr_error *err)
{
    struct matching m = { .s = s, .a = a };
    enum tr_status st = read_sites(&m, err);

    if (!st)
        st = look_nearby(&m, err);
    if (!st)
        st = look_by_label(&m, false, err);
    if (!st)
        st = look_by_label(&m, true, err);
    if (!st) {
        *n = keep_best(&m);
        *out = m.list;
    }
    text_map_free(&m.seen);
    return st;
}
