#ifndef ENC_MODEL_CAUSE_H
#define ENC_MODEL_CAUSE_H

/*
 * Why a sandbox ended. The cause is what a counter or a clock of the kernel
 * shows, or what was asked for, never what an exit code looks like.
 */

#include "limit.h"

enum enc_cause {
	ENC_CAUSE_INVALID, /* none: it hasn't ended, or there never was one */
	ENC_CAUSE_EXITED,  /* the program ended by itself */
	ENC_CAUSE_KILLED,  /* somebody asked for the end */
	ENC_CAUSE_CPU,
	ENC_CAUSE_MEMORY,
	ENC_CAUSE_WALL_CLOCK,
	ENC_CAUSE_PIDS,
	ENC_CAUSE_GATE_LOST, /* its gate died, or its rules were changed */
	ENC_CAUSE_MAX,
};

/* enc_cause_kill_reason() - as users see it; NULL: it wasn't killed */
const char *enc_cause_kill_reason(enum enc_cause cause);

/* enc_cause_limit() - the limit that it reached; ENC_LIMIT_MAX: none */
enum enc_limit enc_cause_limit(enum enc_cause cause);

#endif
