#ifndef ENC_SESSION_PHASE_H
#define ENC_SESSION_PHASE_H

#include <stdbool.h>

/*
 * Phases of a session. Legal moves are one table; a session can't reach a
 * phase by another way.
 */
enum enc_phase {
	ENC_PHASE_PENDING,   /* stored; no foreign byte runs */
	ENC_PHASE_RUNNING,   /* the program has been let in */
	ENC_PHASE_SUCCEEDED, /* it ended by itself with 0 */
	ENC_PHASE_FAILED,    /* by itself with another code, or we failed */
	ENC_PHASE_KILLED,    /* we ended it; the kill reason is set */
	ENC_PHASE_TORN_DOWN, /* nothing of it is left; final */
	ENC_PHASE_MAX,
};

/* enc_phase_name() - the wire and store spelling, never NULL */
const char *enc_phase_name(enum enc_phase phase);

/* enc_phase_parse() - false if there is no such phase */
bool enc_phase_parse(const char *name, enum enc_phase *ret_phase);

/* enc_phase_may_move() - whether the table has the move */
bool enc_phase_may_move(enum enc_phase from, enum enc_phase to);

/* enc_phase_ended() - succeeded, failed, killed or torn down */
bool enc_phase_ended(enum enc_phase phase);

#endif
