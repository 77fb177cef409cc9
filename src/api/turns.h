#ifndef ENC_API_TURNS_H
#define ENC_API_TURNS_H

/*
 * Turns of streams and long answers. Each of them writes one piece in its turn,
 * then the next one has its turn. All turns in one iteration of the loop share
 * a short time, so that other requests don't wait longer than that.
 *
 * A stream that waits for its client or for a new entry asks for no turn.
 */

#include <uv.h>

#include "list.h"

struct enc_api_turn {
	struct enc_list link; /* link in the list `waiting`; or in no list */
	void (*take)(struct enc_api_turn *turn);
};

struct enc_api_turns {
	struct enc_list waiting;
	uv_idle_t idle;
};

/* enc_api_turns_init() - @turns must live as long as the loop */
void enc_api_turns_init(struct enc_api_turns *turns, uv_loop_t *loop);

/* enc_api_turn_init() - initialize a turn, before any other use */
void enc_api_turn_init(struct enc_api_turn *turn,
		       void (*take)(struct enc_api_turn *turn));

/*
 * enc_api_turn_ask() - have take() called once, from the loop
 *
 * Asking again before that call changes nothing.
 */
void enc_api_turn_ask(struct enc_api_turns *turns, struct enc_api_turn *turn);

/* enc_api_turn_leave() - stop asking; then it may be freed, even in take() */
void enc_api_turn_leave(struct enc_api_turn *turn);

#endif
