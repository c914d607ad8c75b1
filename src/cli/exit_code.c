/* exit_code.c - the one place where a failure becomes an exit code: those of
 * sysexits(3), so that scripts can tell what to do next. */
#include <sysexits.h>

#include "cli/cli.h"

int cli_exit_code(enum tr_status st)
{
    switch (st) {
    case TR_OK: return EX_OK;
    case TR_EINVAL:
    case TR_ENOTFOUND: return EX_USAGE;
    case TR_EDATA:
    case TR_ELIMIT: return EX_DATAERR;
    case TR_ENOINPUT: return EX_NOINPUT;
    case TR_EDENIED: return EX_NOPERM;
    case TR_EBUSY: return EX_TEMPFAIL;
    case TR_ECREATE: return EX_CANTCREAT;
    case TR_EIO: return EX_IOERR;
    case TR_ECONFIG: return EX_CONFIG;
    case TR_ENOMEM:
    case TR_EBACKEND: return EX_UNAVAILABLE;
    case TR_STATUS_COUNT: break;
    }
    return EX_SOFTWARE;
}
