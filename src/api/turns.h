#ifndef ENC_API_TURNS_H
#define ENC_API_TURNS_H

/*
 * Turns of who has much to write. Each stream and each long answer writes one
 * piece per turn, then the next one has a turn. What all of them do in one turn
 * of the loop is bounded by time, so that a request that comes meanwhile waits
 * for no more than that.
 *
 * Who waits for its client, or for something to happen, has asked for no turn.
 */

#include <uv.h>

#include "list.h"

struct enc_api_turn {
	struct enc_list link; /* in the turns, or in no list */
	void (*take)(struct enc_api_turn *turn);
};

struct enc_api_turns {
	struct enc_list waiting;
	uv_idle_t idle;
};

/* enc_api_turns_init() - lives as long as the loop */
void enc_api_turns_init(struct enc_api_turns *turns, uv_loop_t *loop);

/* enc_api_turn_init() - before anything else is done with it */
void enc_api_turn_init(struct enc_api_turn *turn,
		       void (*take)(struct enc_api_turn *turn));

/*
 * enc_api_turn_ask() - take() is called from the loop, once; asking again
 * before that changes nothing
 */
void enc_api_turn_ask(struct enc_api_turns *turns, struct enc_api_turn *turn);

/* enc_api_turn_leave() - it may be freed then, also inside of take() */
void enc_api_turn_leave(struct enc_api_turn *turn);

#endif
