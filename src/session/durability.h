#ifndef ENC_SESSION_DURABILITY_H
#define ENC_SESSION_DURABILITY_H

/*
 * What the store has of a live session. durable.c moves it; where the session
 * is otherwise (live_state.h) doesn't matter here.
 *
 *	                                refused          again
 *	NEW -> SUBMITTED -> RECORDED ------------> BEHIND -----> FOLLOWING
 *	                       ^                     ^  refused    |  |
 *	                       |                     +-------------+  |
 *	                       +--------------------------------------+
 *
 * LOST may follow every state but NEW, which has told the store nothing.
 */

#include <stdbool.h>

enum enc_durability {
	ENC_DURABILITY_NEW,	  /* its creation is composed, no more */
	ENC_DURABILITY_SUBMITTED, /* the creation is on its way to the store */
	ENC_DURABILITY_RECORDED,  /* that is durable: it has to have an end */
	ENC_DURABILITY_BEHIND,	  /* refused; kept here until it is taken */
	ENC_DURABILITY_FOLLOWING, /* what was refused is on its way again */
	ENC_DURABILITY_LOST,	  /* it can't be recorded in this life */
	ENC_DURABILITY_MAX,
};

/* enc_durability_name() - "new", "submitted" ..., for the log; never NULL */
const char *enc_durability_name(enum enc_durability durability);

/* enc_durability_may_move() - whether the table has the move */
bool enc_durability_may_move(enum enc_durability from, enum enc_durability to);

#endif
