/* Tile addresses: what is accepted is in range and is the number that the
 * digits say; what is not leaves the tile alone and gives a reason. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "terrier/mercator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_number(const char *s, uint32_t v)
{
    assert(strspn(s, "0123456789") == strlen(s) && *s);
    while (*s == '0' && s[1])
        s++;
    assert(strlen(s) <= 10 && strtoull(s, NULL, 10) == v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tr_tile t = { 99, 99, 99 };
    struct tr_error err = TR_ERROR_INIT;
    char text[256];
    char *x, *y;

    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    x = strchr(text, '/');
    y = x ? strchr(x + 1, '/') : NULL;
    if (!y)
        return 0;
    *x++ = *y++ = '\0';
    if (tr_tile_parse(text, x, y, &t, &err) == TR_OK) {
        struct tr_morton_range r = tr_tile_range(t);

        assert(t.z <= TR_MAX_ZOOM && t.x >> t.z == 0 && t.y >> t.z == 0);
        check_number(text, t.z);
        check_number(x, t.x);
        check_number(y, t.y);
        assert(r.first <= r.last);
    } else {
        assert(t.z == 99 && err.code == TR_EINVAL && err.msg[0]);
    }
    return 0;
}
