#ifndef ENC_SESSION_SHARE_H
#define ENC_SESSION_SHARE_H

/*
 * Theory of operation
 *
 * A share counts the running and the waiting sessions of one organisation. Each
 * organisation has a queue of its own, so that its sessions can wait while
 * those of another organisation are admitted. All waiting sessions have a turn:
 * the lower the turn, the earlier the session came.
 *
 * An organisation has a share while it has a live session. This file doesn't
 * use any type of a session.
 */

#include <stddef.h>
#include <stdint.h>

#include "list.h"

struct enc_share {
	struct enc_list link; /* link in the list of all shares */
	char *org;
	/* Queue of struct enc_share_waiter, in order of turn. */
	struct enc_list queue;
	size_t waiting; /* length of the queue */
	size_t running; /* running sessions; the orchestrator counts them */
	size_t holders; /* number of live sessions that hold the share */
};

/* A live session embeds this struct, to be in a queue. */
struct enc_share_waiter {
	struct enc_list link;
	uint64_t turn;
};

/* enc_share_find() - find the share of an organisation; NULL if it has none */
struct enc_share *enc_share_find(const struct enc_list *shares,
				 const char *org);

/* enc_share_hold() - find or make a share; call enc_share_release() later */
struct enc_share *enc_share_hold(struct enc_list *shares, const char *org);

/*
 * enc_share_release() - drop one hold; the last one frees the share. NULL is
 * fine.
 */
void enc_share_release(struct enc_share *share);

/*
 * enc_share_wait() - append a session to the queue; @turn is above all earlier
 * turns
 */
void enc_share_wait(struct enc_share *share, struct enc_share_waiter *waiter,
		    uint64_t turn);

/* enc_share_stop_waiting() - remove a session from any position of the queue */
void enc_share_stop_waiting(struct enc_share *share,
			    struct enc_share_waiter *waiter);

/*
 * enc_share_first() - return the first session of the queue, NULL if it is
 * empty
 */
struct enc_share_waiter *enc_share_first(const struct enc_share *share);

#endif
