/* status_http.c - the one place where a failure becomes an HTTP status. */
#include "http/http.h"

unsigned http_status_for(enum tr_status st)
{
    switch (st) {
    case TR_OK: return 200;
    case TR_EINVAL:
    case TR_ELIMIT: /* the message says what to ask less of */
    case TR_EDATA: return 400;
    case TR_ENOTFOUND: return 404;
    case TR_EDENIED: return 403;
    case TR_EBUSY:
    case TR_ENOMEM: return 503;
    case TR_ECONFIG:
    case TR_ENOINPUT:
    case TR_ECREATE:
    case TR_EIO:
    case TR_EBACKEND:
    case TR_STATUS_COUNT: break;
    }
    return 500;
}
