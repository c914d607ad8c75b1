/* vector_child_srs.h - which CRS a layer says it is in. */
#ifndef VECTOR_CHILD_SRS_H
#define VECTOR_CHILD_SRS_H

#include <ogr_api.h>

/* Its EPSG code; 0 when it says none, -1 when it says one without a code. */
int vector_child_srid(OGRLayerH layer);

#endif
