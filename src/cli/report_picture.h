/* report_picture.h - the map in a paper. */
#ifndef CLI_REPORT_PICTURE_H
#define CLI_REPORT_PICTURE_H

#include "cli/cli.h"
#include "report/report.h"

/* A site, ringed, in what is around it; its area of `set` (NULL: none) in full
 * tone. Without a point, or without fonts to draw with, words why there is no
 * picture. */
enum tr_status report_picture_site(struct cli *cli, struct report_input *in,
                                   size_t site, struct tr_error *err);
/* A whole area. */
enum tr_status report_picture_area(struct cli *cli, struct report_input *in,
                                   const struct tr_area_set *set, int32_t area,
                                   struct tr_error *err);

#endif
