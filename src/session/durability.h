#ifndef ENC_SESSION_DURABILITY_H
#define ENC_SESSION_DURABILITY_H

/*
 * How much of a live session is in the store. Only durable.c changes it. The
 * session's state (live_state.h) is independent of it.
 *
 *	                                refused          again
 *	NEW -> SUBMITTED -> RECORDED ------------> BEHIND -----> FOLLOWING
 *	                       ^                     ^  refused    |  |
 *	                       |                     +-------------+  |
 *	                       +--------------------------------------+
 *
 * LOST may follow each state except NEW, in which nothing has been submitted
 * yet.
 */

#include <stdbool.h>

enum enc_durability {
	ENC_DURABILITY_NEW,	  /* the creation isn't submitted yet */
	ENC_DURABILITY_SUBMITTED, /* the creation is submitted to the store */
	ENC_DURABILITY_RECORDED,  /* creation is durable; an end must follow */
	ENC_DURABILITY_BEHIND,	  /* the store refused a later change set */
	ENC_DURABILITY_FOLLOWING, /* the refused changes are submitted again */
	ENC_DURABILITY_LOST,	  /* this process can't record the session */
	ENC_DURABILITY_MAX,
};

/* enc_durability_name() - return the name for the log, never NULL */
const char *enc_durability_name(enum enc_durability durability);

/*
 * enc_durability_may_move() - whether a session's durability may move from
 * @from to @to
 */
bool enc_durability_may_move(enum enc_durability from, enum enc_durability to);

#endif
