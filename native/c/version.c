/* What the library says about itself. */
#include "q2_internal.h"

const char *q2_version(void) { return Q2_VERSION; }

uint32_t q2_abi_version(void) { return Q2_ABI_VERSION; }

const char *q2_status_text(q2_status status) {
    switch (status) {
    case Q2_OK: return "ok";
    case Q2_ERR_ARGUMENT: return "argument out of range";
    case Q2_ERR_UNSUPPORTED: return "instruction set not available";
    case Q2_ERR_NOT_FINITE: return "sum of squares is not finite";
    default: return "unknown status";
    }
}
