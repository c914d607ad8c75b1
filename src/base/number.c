/* number.c - see number.h */
#include "base/number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double number_read(const char *s)
{
    /* "C" is built into libc: asking for it neither allocates nor fails. */
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = uselocale(c);
    double v = strtod(s, NULL);

    uselocale(before);
    freelocale(c);
    return v;
}

void number_write(double v, char out[NUMBER_TEXT])
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = uselocale(c);

    /* 15 digits always fit in a double, unless it is subnormal. */
    for (int digits = fabs(v) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        snprintf(out, NUMBER_TEXT, "%.*g", digits, v);
        if (strtod(out, NULL) == v)
            break;
    }
    uselocale(before);
    freelocale(c);
}
