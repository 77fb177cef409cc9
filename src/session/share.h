#ifndef ENC_SESSION_SHARE_H
#define ENC_SESSION_SHARE_H

/*
 * Theory of operation
 *
 * A share is what one organisation has of the running and the waiting sessions.
 * Each organisation has a queue of its own, so that one organisation's sessions
 * can wait while those of another one are admitted. Turns order all waiting
 * sessions: the one with the lowest turn came first.
 *
 * An organisation has a share while it has a live session. This file knows
 * nothing of sessions.
 */

#include <stddef.h>
#include <stdint.h>

#include "list.h"

struct enc_share {
	struct enc_list link; /* in the list of all shares */
	char *org;
	struct enc_list queue; /* struct enc_share_waiter, by turn */
	size_t waiting;	       /* in the queue */
	size_t running;	       /* counted by the orchestrator */
	size_t holders;	       /* live sessions */
};

/* A session in a queue. */
struct enc_share_waiter {
	struct enc_list link;
	uint64_t turn;
};

/* enc_share_find() - the share of an organisation, NULL if it has none */
struct enc_share *enc_share_find(const struct enc_list *shares,
				 const char *org);

/* enc_share_hold() - find or make a share; call enc_share_release() later */
struct enc_share *enc_share_hold(struct enc_list *shares, const char *org);

/* enc_share_release() - free the share behind its last holder; NULL is fine */
void enc_share_release(struct enc_share *share);

/* enc_share_wait() - the last one of the queue, with a turn above the others */
void enc_share_wait(struct enc_share *share, struct enc_share_waiter *waiter,
		    uint64_t turn);

/* enc_share_stop_waiting() - leave the queue, from any place in it */
void enc_share_stop_waiting(struct enc_share *share,
			    struct enc_share_waiter *waiter);

/* enc_share_first() - the first one of the queue, NULL if it is empty */
struct enc_share_waiter *enc_share_first(const struct enc_share *share);

#endif
