/* test_log.c - one event, one line, whatever is in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/tr_test.h"
#include "terrier/log.h"
#include "terrier/node.h"

static struct tr_error test_err;

/* Log with stderr turned into a file; what was written, NUL-terminated. */
static void capture(enum tr_log_level level, const char *message,
                    const struct tr_log_field *fields, char *out, size_t size)
{
    FILE *file = tmpfile();
    int before = dup(STDERR_FILENO);

    dup2(fileno(file), STDERR_FILENO);
    tr_log(level, message, fields);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(file);
    out[fread(out, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void an_event_is_one_line_of_json(void **state)
{
    const struct tr_log_field fields[] = { { "path", "/a\nb\x1B", 0 },
                                           { "status", NULL, 404 },
                                           { NULL, NULL, 0 } };
    const struct tr_node *root;
    struct tr_arena a;
    char line[4096];

    (void)state;
    capture(TR_LOG_WARN, "no such \"page\"", fields, line, sizeof line);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    tr_arena_init(&a, 1 << 16);
    assert_ok(tr_json_parse(line, strlen(line), "line", &a, &root, &test_err));
    assert_string_equal(tr_node_get(root, "level")->text, "warn");
    assert_string_equal(tr_node_get(root, "msg")->text, "no such \"page\"");
    assert_string_equal(tr_node_get(root, "path")->text, "/a\nb\x1B");
    assert_int_equal(tr_node_get(root, "status")->integer, 404);
    tr_arena_clear(&a);
}

static void long_values_are_capped_at_a_whole_character(void **state)
{
    struct tr_log_field fields[31] = { { 0 } };
    char value[5000];
    char line[20000];

    (void)state;
    value[0] = 'x';
    for (size_t i = 1; i + 3 <= sizeof value; i += 2)
        memcpy(value + i, "\xC3\xA9", 3);
    fields[0] = (struct tr_log_field){ "v", value, 0 };
    capture(TR_LOG_ERROR, "m", fields, line, sizeof line);
    assert_in_range(strlen(line), 1000, 1200);
    for (size_t i = 0; i < 30; i++)
        fields[i] = fields[0];
    capture(TR_LOG_ERROR, "m", fields, line, sizeof line);
    assert_in_range(strlen(line), 20, 200);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void events_below_the_level_are_not_written(void **state)
{
    char line[1000];

    (void)state;
    capture(TR_LOG_DEBUG, "m", NULL, line, sizeof line);
    assert_string_equal(line, "");
    tr_log_set_level(TR_LOG_DEBUG);
    capture(TR_LOG_DEBUG, "m", NULL, line, sizeof line);
    assert_string_not_equal(line, "");
    tr_log_set_level(TR_LOG_ERROR);
    capture(TR_LOG_WARN, "m", NULL, line, sizeof line);
    assert_string_equal(line, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_one_line_of_json),
        cmocka_unit_test(long_values_are_capped_at_a_whole_character),
        cmocka_unit_test(events_below_the_level_are_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
