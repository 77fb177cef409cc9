#ifndef ENC_MODEL_CAUSE_H
#define ENC_MODEL_CAUSE_H

/*
 * Why a sandbox ended. The cause follows from a counter or a clock of the
 * kernel, or from a request, never from an exit code.
 */

#include "limit.h"

enum enc_cause {
	ENC_CAUSE_INVALID, /* no cause: no end yet, or no sandbox */
	ENC_CAUSE_EXITED,  /* the program ended by itself */
	ENC_CAUSE_KILLED,  /* a user or Enclave requested the end */
	ENC_CAUSE_CPU,
	ENC_CAUSE_MEMORY,
	ENC_CAUSE_WALL_CLOCK,
	ENC_CAUSE_PIDS,
	/* The gate died, or its network rules were changed. */
	ENC_CAUSE_GATE_LOST,
	ENC_CAUSE_MAX,
};

/*
 * enc_cause_kill_reason() - return the kill reason that users see; NULL: the
 * session wasn't killed
 */
const char *enc_cause_kill_reason(enum enc_cause cause);

/* enc_cause_limit() - return the limit that was reached; ENC_LIMIT_MAX: none */
enum enc_limit enc_cause_limit(enum enc_cause cause);

#endif
