/* store_names.c - the words for the store's enums. See store/store.h */
#include "store/store.h"

#include <assert.h>
#include <string.h>

static const char *const kinds[] = {
    [STORE_SITES] = "sites",         [STORE_AREAS] = "areas",
    [STORE_POINTS] = "points",       [STORE_LINES] = "lines",
    [STORE_CONTEXT] = "context",     [STORE_STATISTICS] = "statistics",
    [STORE_POSTCODES] = "postcodes", [STORE_UPRNS] = "uprns",
};

static const char *const coord_sources[] = {
    [STORE_GIVEN] = "coordinate",
    [STORE_POSTCODE_AS_GIVEN] = "postcode-as-given",
    [STORE_UPRN] = "uprn",
    [STORE_POSTCODE] = "postcode",
    [STORE_OUTWARD] = "outward",
    [STORE_NOWHERE] = "none",
};

const char *store_kind_name(enum store_kind kind)
{
    assert((size_t)kind < sizeof kinds / sizeof *kinds);
    return kinds[kind];
}

bool store_kind_parse(const char *name, enum store_kind *out)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!strcmp(name, kinds[i])) {
            *out = (enum store_kind)i;
            return true;
        }
    }
    return false;
}

const char *store_coord_source_name(enum store_coord_source c)
{
    assert((size_t)c < sizeof coord_sources / sizeof *coord_sources);
    return coord_sources[c];
}
