/* test_classify_cause.c - why a class moved, from two explanations. */
#include <string.h>

#include "support/tr_test.h"
#include "terrier/classify.h"

static struct tr_error test_err;

#define HEAD                                                                   \
    "{\"basis\":\"score\",\"rules\":{\"name\":\"r\",\"version\":\"1\"},"
#define NEED(weight, score, value)                                             \
    "\"axes\":{\"need\":{\"criteria\":[{\"id\":\"s\",\"title\":\"Service\","   \
    "\"weight\":" weight ",\"score\":" score ",\"facts\":[{\"name\":"          \
    "\"services\",\"title\":\"Services\",\"value\":[\"" value                  \
    "\"],\"layer\":\"council\",\"as_of\":\"2026-04-01\"}]}]}}"
#define GATES(result)                                                          \
    "\"gates\":[{\"id\":\"vacant\",\"result\":\"" result                       \
    "\",\"decides\":\"surplus\",\"facts\":[{\"name\":\"status\",\"title\":"    \
    "\"Status\",\"value\":\"vacant\"}]},{\"id\":\"f\",\"result\":\"" result    \
    "\",\"flag\":\"f\"}]"

static void a_cause_is_what_differs(void **state)
{
    static const struct {
        const char *what, *before, *after, *cause;
    } cases[] = {
        { "a score", HEAD NEED("30", "75", "library") "}",
          HEAD NEED("30", "20", "office") "}",
          "Service 75 -> 20 points: Services library -> office (council, "
          "2026-04-01)" },
        { "a weight", HEAD NEED("30", "75", "a") "}",
          HEAD NEED("40", "75", "a") "}",
          "Service weighs 40 % instead of 30 %" },
        { "gone", HEAD NEED("30", "75", "a") "}",
          HEAD NEED("30", "null", "a") "}", "Service is no longer known" },
        { "found", HEAD NEED("30", "null", "a") "}",
          HEAD NEED("30", "75", "a") "}", "Service is now known" },
        { "a gate met", HEAD GATES("not hit") "}", HEAD GATES("hit") "}",
          "now meets 'vacant' (Status vacant)" },
        { "a gate left", HEAD GATES("hit") "}", HEAD GATES("unknown") "}",
          "no longer meets 'vacant' (Status was vacant)" },
        { "too old, said once", HEAD "\"aged\":[]," NEED("30", "75", "a") "}",
          HEAD "\"aged\":[{\"field\":\"services\",\"title\":\"Services\","
               "\"date\":\"2019-01-31\"}]," NEED("30", "null", "a") "}",
          "Services of 2019-01-31 is too old to count" },
        { "other rules", HEAD NEED("30", "75", "a") "}",
          "{\"rules\":{\"name\":\"r\",\"version\":\"2\"}," NEED("30", "75",
                                                                "a") "}",
          "rule-set r 2 instead of r 1" },
        { "nothing to see", HEAD NEED("30", "75", "a") "}",
          HEAD NEED("30", "75", "a") "}", "a threshold of the rules" },
        { "a threshold, as the reasons say it",
          HEAD "\"reason\":\"Key: need 76 reaches 65; most: A\"," NEED(
              "30", "75", "a") "}",
          HEAD
          "\"reason\":\"Core: need 76 is below the 90 of key; most: A\"," NEED(
              "30", "75", "a") "}",
          "a threshold of the rules - before: Key: need 76 reaches 65; now: "
          "Core: need 76 is below the 90 of key" },
        { "held", HEAD NEED("30", "75", "a") "}",
          "{\"basis\":\"margin\",\"rules\":{\"name\":\"r\",\"version\":\"1\"}}",
          "held by the margin of the class signed last" },
        { "an older run without JSON", "", HEAD "\"gates\":[]}", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tr_buf out;

        tr_buf_init(&out, 65536);
        assert_ok(
            tr_explain_cause(cases[i].before, cases[i].after, &out, &test_err));
        if (strcmp(tr_buf_text(&out), cases[i].cause) != 0)
            fail_msg("%s: '%s'", cases[i].what, tr_buf_text(&out));
        tr_buf_clear(&out);
    }
}

static void what_is_not_json_is_refused(void **state)
{
    struct tr_buf out;

    (void)state;
    tr_buf_init(&out, 65536);
    assert_int_not_equal(tr_explain_cause("{", "{}", &out, &test_err), TR_OK);
    tr_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cause_is_what_differs),
        cmocka_unit_test(what_is_not_json_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
