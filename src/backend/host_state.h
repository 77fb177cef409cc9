#ifndef ENC_BACKEND_HOST_STATE_H
#define ENC_BACKEND_HOST_STATE_H

/*
 * What is known of a sandbox of this machine from its two sources. What the
 * caller asked for is another state, the one of sandbox_state.h.
 *
 *	launcher	MAKING -> MADE -> STARTED -> ENDED -> GONE
 *	gate's link	NONE -> OPEN -> READY -> OVER -> CLOSED
 *
 * GONE may follow each other state of the launcher's: there was a failure, or
 * the channel broke and the launcher removes what it has. OVER and CLOSED may
 * follow each earlier state of the link: a gate may die, and a sandbox that
 * nobody wants any more never gets a link.
 */

#include <stdbool.h>

enum enc_host_state {
	ENC_HOST_MAKING,  /* CREATE was sent */
	ENC_HOST_MADE,	  /* CREATED has come */
	ENC_HOST_STARTED, /* START was sent: there may be something to kill */
	ENC_HOST_ENDED,	  /* ENDED has come: the launcher's half is known */
	ENC_HOST_GONE,	  /* the launcher has nothing left of it */
	ENC_HOST_STATE_MAX,
};

enum enc_host_link {
	ENC_HOST_LINK_NONE,
	ENC_HOST_LINK_OPEN,
	ENC_HOST_LINK_READY,  /* the gate has said READY */
	ENC_HOST_LINK_OVER,   /* it has said all; what else it says is lost */
	ENC_HOST_LINK_CLOSED, /* no handle is open; nothing can come */
	ENC_HOST_LINK_MAX,
};

/* The names are for the log; never NULL. */
const char *enc_host_state_name(enum enc_host_state state);
const char *enc_host_link_name(enum enc_host_link link);

/* Whether the table has the move. */
bool enc_host_state_may_move(enum enc_host_state from, enum enc_host_state to);
bool enc_host_link_may_move(enum enc_host_link from, enum enc_host_link to);

#endif
