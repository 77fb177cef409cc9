#ifndef ENC_PARENT_MACHINE_CHECK_H
#define ENC_PARENT_MACHINE_CHECK_H

/*
 * What this machine has and lacks for sandboxes. `enclaved --check` prints
 * it, `enclave doctor` shows it with a real session of each backend, and a
 * server that misses a basic feature doesn't start.
 */

#include "machine_facts.h"

/* enc_machine_check_print() - JSON array to stdout; true if all required ok */
bool enc_machine_check_print(const struct enc_machine *machine);

/* enc_machine_check_require() - ENC_OK; ENC_UNAVAILABLE: what, and remedy */
ENC_NODISCARD enum enc_code
enc_machine_check_require(const struct enc_machine *machine,
			  struct enc_error *err);

#endif
