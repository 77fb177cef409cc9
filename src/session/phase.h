#ifndef ENC_SESSION_PHASE_H
#define ENC_SESSION_PHASE_H

#include <stdbool.h>

/* The phases of a session. One table in phase.c has the legal moves. */
enum enc_phase {
	ENC_PHASE_PENDING,   /* stored; the program isn't started yet */
	ENC_PHASE_RUNNING,   /* the program may run */
	ENC_PHASE_SUCCEEDED, /* the program exited with code 0 */
	ENC_PHASE_FAILED, /* the program exited otherwise, or Enclave failed */
	ENC_PHASE_KILLED, /* Enclave ended it; the kill reason is set */
	ENC_PHASE_TORN_DOWN, /* the sandbox is gone and the log sealed; final */
	ENC_PHASE_MAX,
};

/*
 * enc_phase_name() - return the phase's name in the API and the store, never
 * NULL
 */
const char *enc_phase_name(enum enc_phase phase);

/* enc_phase_parse() - find a phase by name; false if no phase has this name */
bool enc_phase_parse(const char *name, enum enc_phase *ret_phase);

/*
 * enc_phase_may_move() - whether a session may move from phase @from to phase
 * @to
 */
bool enc_phase_may_move(enum enc_phase from, enum enc_phase to);

/*
 * enc_phase_ended() - whether the phase is succeeded, failed, killed or
 * torn_down
 */
bool enc_phase_ended(enum enc_phase phase);

#endif
