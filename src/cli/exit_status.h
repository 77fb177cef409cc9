#ifndef ENC_CLI_EXIT_STATUS_H
#define ENC_CLI_EXIT_STATUS_H

/*
 * The exit status of `enclave`. When `enclave` itself fails, the status comes
 * from the table in base/err.h (sysexits, 64..78). `enclave run` exits with
 * the exit code of the program, or 128 + n if signal n ended the program. If
 * the session was killed, the status comes from the table of kill reasons here.
 */

#include <stddef.h>

#include "err.h"

struct enc_kill_reason {
	const char *name; /* name of the kill reason in the API */
	int exit_status;
	/*
	 * Message for the user: the reason of the kill, and which limit to
	 * raise.
	 */
	const char *sentence;
};

extern const struct enc_kill_reason enc_kill_reasons[];
extern const size_t enc_kill_reason_count;

/* enc_kill_reason_find() - find a kill reason by name; NULL if unknown */
const struct enc_kill_reason *enc_kill_reason_find(const char *name);

/* enc_exit_status_of() - exit status of `enclave` for an error; never 0 */
int enc_exit_status_of(enum enc_code code);

#endif
