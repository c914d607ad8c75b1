/* paper_pdf.c - see terrier/paper.h */
#include "terrier/paper.h"

enum tr_status tr_paper_pdf(const struct tr_paper *p, struct tr_buf *out,
                            struct tr_error *err)
{
    (void)p;
    (void)out;
    return tr_fail(err, TR_EINVAL, "--format pdf is not in this version");
}
