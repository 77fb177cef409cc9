#ifndef ENC_SANDBOX_MACHINE_CHECK_H
#define ENC_SANDBOX_MACHINE_CHECK_H

/*
 * What this machine can enforce: one row per feature, each really tried, with
 * a remedy. `enclaved --check` prints them, `enclave doctor` shows them, and a
 * server that misses a required one doesn't start.
 */

#include <stdbool.h>

#include "err.h"

/* enc_machine_check_print() - JSON array to stdout; true if all required ok */
bool enc_machine_check_print(const char *environments);

/* enc_machine_check_require() - ENC_OK; ENC_UNAVAILABLE: what, and remedy */
ENC_NODISCARD enum enc_code enc_machine_check_require(const char *environments,
						      struct enc_error *err);

#endif
