/* cql2_parse.h - the text parser's parts: tokens, expressions, geometries. */
#ifndef CQL2_PARSE_H
#define CQL2_PARSE_H

#include "cql2_tree.h"

enum cql2_token {
    CQL2_TOKEN_END,
    CQL2_TOKEN_INTEGER,
    CQL2_TOKEN_NUMBER,
    CQL2_TOKEN_TEXT,   /* '...' */
    CQL2_TOKEN_WORD,   /* an identifier or a keyword */
    CQL2_TOKEN_QUOTED, /* "..." */
    CQL2_TOKEN_SIGN    /* one of ( ) , + - * / % ^ = <> < <= > >= */
};

struct cql2_parser {
    struct cql2_maker make;
    const char *text;
    int nesting;
    /* The token at hand, and the end of the one before it. */
    enum cql2_token token;
    size_t start, end; /* in text */
    size_t before, before_end;
    const char *value; /* TEXT, QUOTED: with escapes resolved */
    int64_t integer;   /* INTEGER */
    double number;     /* NUMBER, INTEGER */
};

/* Step to the next token; false (and the maker has failed) at bad input. */
bool cql2_next(struct cql2_parser *p);
bool cql2_at_sign(const struct cql2_parser *p, const char *sign);
bool cql2_at_word(const struct cql2_parser *p, const char *word);
/* The first byte after the token at hand that is not white space. */
size_t cql2_peek(const struct cql2_parser *p);
/* Step over that sign, or fail saying that it was expected. */
bool cql2_expect(struct cql2_parser *p, const char *sign);
/* "expected WHAT after 'x', found 'y'"; NULL. */
void *cql2_expected(struct cql2_parser *p, const char *what);

/* A geometry literal, standing at its first word. */
const struct cql2_shape *cql2_parse_shape(struct cql2_parser *p, int depth);

#endif
