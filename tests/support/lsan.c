/* lsan.c - what the leak sanitizer shall not call a leak: fontconfig keeps what
 * it learned of the fonts for the life of the process, and says so nowhere. */

const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig";
}
