/*
 * explain_parts.h - the pieces of JSON that are the same at every site, written
 * once: an explanation is mostly these.
 *
 * A piece that opens something ends where a value is to follow.
 */
#ifndef CLASSIFY_EXPLAIN_PARTS_H
#define CLASSIFY_EXPLAIN_PARTS_H

#include "classify/classing.h"
#include "terrier/json.h"

struct json_part {
    const char *text;
    size_t len; /* 0: nothing to write */
};

struct gate_parts {
    struct json_part whole[2]; /* not hit, unknown */
    struct json_part hit;      /* {...,"source":... : then until, facts */
    struct json_part missing;  /* {"gate":...,"title":... */
    struct json_part could;    /* the flag, or the class */
};

struct criterion_parts {
    struct json_part head;    /* {"id":...,"value": */
    struct json_part unit;    /* "unit":... */
    struct json_part tail;    /* "source":...,"facts":[ */
    struct json_part missing; /* {"criterion":...,"weight":... */
};

struct property_parts {
    struct json_part head;        /* {"name":...,"value": */
    struct json_part unit;        /* "unit":... */
    struct json_part note;        /* "note":... */
    struct json_part name, title; /* quoted */
};

struct explain_parts {
    struct gate_parts *gates;
    struct criterion_parts *criteria;
    /* Of property p of gate g or criterion k, in their order. */
    struct property_parts **of_gates, **of_criteria;
    struct json_part *layers;                    /* "layer":... */
    struct json_part definitions[TR_CLASSES];    /* "definition":... */
    struct json_part rules;                      /* "rules":{...},"as_of":... */
    struct json_part classes[1u << TR_NO_CLASS]; /* [..] of each set */
};

enum tr_status explain_parts_make(const struct classing *c,
                                  const struct explain_parts **out,
                                  struct tr_error *err);

/* An item of its own. */
static inline void put_part(struct tr_json *j, const struct json_part *p)
{
    if (p->len)
        tr_json_raw(j, p->text, p->len);
}

/* One that a value follows. */
static inline void open_part(struct tr_json *j, const struct json_part *p)
{
    tr_json_raw(j, p->text, p->len);
    j->comma = false;
}

#define PUT_TEXT(j, text) tr_json_raw(j, text, sizeof(text) - 1)
/* A key that needs no escape. */
#define PUT_KEY(j, key)                                                        \
    do {                                                                       \
        PUT_TEXT(j, "\"" key "\":");                                           \
        (j)->comma = false;                                                    \
    } while (0)

#endif
