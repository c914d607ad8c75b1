/* vector_child_srs.c - see vector_child_srs.h */
#include "vector/vector_child_srs.h"

#include <cpl_conv.h>
#include <ogr_srs_api.h>
#include <stdlib.h>
#include <string.h>

static int code_of(OGRSpatialReferenceH srs)
{
    const char *who = OSRGetAuthorityName(srs, NULL);
    const char *code = OSRGetAuthorityCode(srs, NULL);

    if (!who || !code)
        return -1;
    if (!strcmp(who, "OGC"))
        return !strcmp(code, "CRS84") ? 4326 : -1;
    if (strcmp(who, "EPSG") != 0)
        return -1;

    long v = strtol(code, NULL, 10);

    return v > 0 && v < 1000000 ? (int)v : -1;
}

/* A .prj spells a CRS out and gives no code: PROJ's list knows which it is. */
static int code_of_match(OGRSpatialReferenceH srs)
{
    int n = 0, *confidence = NULL, code = -1;
    OGRSpatialReferenceH *found = OSRFindMatches(srs, NULL, &n, &confidence);

    if (found && n > 0 && confidence[0] >= 90)
        code = code_of(found[0]);
    if (found)
        OSRFreeSRSArray(found);
    CPLFree(confidence);
    return code;
}

int vector_child_srid(OGRLayerH layer)
{
    OGRSpatialReferenceH srs = OGR_L_GetSpatialRef(layer);
    const char *name = srs ? OSRGetName(srs) : NULL;

    /* GeoPackage has two CRSs that mean "not known". */
    if (!srs || (name && !strncmp(name, "Undefined", 9)))
        return 0;

    int code = code_of(srs);

    return code > 0 ? code : code_of_match(srs);
}
