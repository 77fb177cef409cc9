#ifndef ENC_SANDBOX_MACHINE_CHECK_H
#define ENC_SANDBOX_MACHINE_CHECK_H

/*
 * What this machine can enforce: one row per feature, each really tried, with
 * a remedy. `enclaved --check` prints them, `enclave doctor` shows them, and a
 * server that misses a required one doesn't start. gVisor is the one that a
 * machine can do without.
 */

#include <stdbool.h>

#include "err.h"

/* What is looked at; texts are borrowed. */
struct enc_machine {
	const char *environments;
	const char *runsc;	  /* the one that was named, or NULL */
	const char *runsc_beside; /* as of enc_runsc_find() */
};

/* enc_machine_check_print() - JSON array to stdout; true if all required ok */
bool enc_machine_check_print(const struct enc_machine *machine);

/* enc_machine_check_require() - ENC_OK; ENC_UNAVAILABLE: what, and remedy */
ENC_NODISCARD enum enc_code
enc_machine_check_require(const struct enc_machine *machine,
			  struct enc_error *err);

#endif
