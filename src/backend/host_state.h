#ifndef ENC_BACKEND_HOST_STATE_H
#define ENC_BACKEND_HOST_STATE_H

/*
 * The states of a sandbox of this machine as its two sources, the launcher and
 * the gate, have reported them. sandbox_state.h has the state that the caller
 * has asked for.
 *
 *	launcher	MAKING -> MADE -> STARTED -> ENDED -> GONE
 *	gate's link	NONE -> OPEN -> READY -> OVER -> CLOSED
 *
 * GONE may follow each other state of the launcher: after a failure, or when
 * the channel broke and the launcher removes everything. CLOSED may follow each
 * other state of the link, and OVER may follow OPEN: a gate may die, and a
 * sandbox that was destroyed early gets no link.
 */

#include <stdbool.h>

enum enc_host_state {
	ENC_HOST_MAKING,  /* CREATE was sent to the launcher */
	ENC_HOST_MADE,	  /* CREATED has come from the launcher */
	ENC_HOST_STARTED, /* START was sent; the sandbox may need a KILL */
	ENC_HOST_ENDED,	  /* ENDED has come from the launcher */
	ENC_HOST_GONE,	  /* the launcher has nothing left of the sandbox */
	ENC_HOST_STATE_MAX,
};

enum enc_host_link {
	ENC_HOST_LINK_NONE,
	ENC_HOST_LINK_OPEN,
	ENC_HOST_LINK_READY, /* the gate has sent READY */
	/* The gate has sent its tally, or the sandbox is destroyed: more is
	 * ignored. */
	ENC_HOST_LINK_OVER,
	ENC_HOST_LINK_CLOSED, /* no handle is open; no frame can come */
	ENC_HOST_LINK_MAX,
};

/* The names for the log, never NULL. */
const char *enc_host_state_name(enum enc_host_state state);
const char *enc_host_link_name(enum enc_host_link link);

/* These functions return true if a move from @from to @to is legal. */
bool enc_host_state_may_move(enum enc_host_state from, enum enc_host_state to);
bool enc_host_link_may_move(enum enc_host_link from, enum enc_host_link to);

#endif
