#ifndef ENC_CLI_EXIT_STATUS_H
#define ENC_CLI_EXIT_STATUS_H

/*
 * How `enclave` ends. A failure of ours ends by the table of base/err.h
 * (sysexits, 64..78). `enclave run` passes the program's own end on: its exit
 * code, or 128 + n for signal n. A session that was killed has a row here.
 */

#include <stddef.h>

#include "err.h"

struct enc_kill_reason {
	const char *name; /* on the wire */
	int exit_status;
	const char *sentence; /* what happened, and what to raise */
};

extern const struct enc_kill_reason enc_kill_reasons[];
extern const size_t enc_kill_reason_count;

/* enc_kill_reason_find() - the row, NULL for a name that isn't known */
const struct enc_kill_reason *enc_kill_reason_find(const char *name);

/* enc_exit_status_of() - of a failure of ours; never 0 */
int enc_exit_status_of(enum enc_code code);

#endif
