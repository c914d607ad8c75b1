/* fuzz_rules.c - any bytes as a rule-set: read or refused with a place; what is
 * read prints, and every weight and scale keeps its promise. */
#include <assert.h>
#include <string.h>

#include "classify/ruleset.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check(const struct tr_rules *r)
{
    for (int a = 0; a < TR_AXES; a++)
        assert(r->weight[a] == 0 || r->weight[a] == 100);
    for (size_t k = 0; k < r->n_criteria; k++) {
        const struct rule_scale *s = &r->criteria[k].scale;

        for (double x = -2e9; s->n_points && x < 2e9; x += 4.1e8) {
            int32_t score = scale_score(s, x);

            assert(score >= 0 && score <= RULE_FULL);
        }
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct tr_arena a;
    struct tr_buf page;
    struct tr_error err = TR_ERROR_INIT;
    const struct tr_rules *r = NULL;
    enum tr_status st;

    tr_arena_init(&a, (size_t)1 << 26);
    tr_buf_init(&page, (size_t)1 << 24);
    st = tr_rules_parse((const char *)data, size, "f.yaml", &a, &r, &err);
    if (st == TR_OK) {
        check(r);
        tr_rules_print(r, &page);
    } else {
        assert(!r && err.msg[0]);
        assert(st != TR_ECONFIG || strncmp(err.msg, "f.yaml:", 7) == 0);
    }
    tr_buf_clear(&page);
    tr_arena_clear(&a);
    return 0;
}
