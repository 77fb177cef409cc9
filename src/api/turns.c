#include "turns.h"
#include "clock.h"

enum { LOOP_US = 500 }; /* time for turns in one iteration of the loop */

static void take_turns(uv_idle_t *idle)
{
	struct enc_api_turns *turns = idle->data;
	int64_t until_us = enc_clock_mono_us() + LOOP_US;

	/* The list may be empty: all waiting turns may have left. */
	while (!enc_list_empty(&turns->waiting)) {
		struct enc_api_turn *turn =
			ENC_HOLDER(turns->waiting.next, struct enc_api_turn,
				   link);

		enc_list_remove(&turn->link);
		turn->take(turn);
		if (enc_clock_mono_us() >= until_us) {
			break;
		}
	}
	if (enc_list_empty(&turns->waiting)) {
		(void)uv_idle_stop(idle);
	}
}

void enc_api_turns_init(struct enc_api_turns *turns, uv_loop_t *loop)
{
	enc_list_init(&turns->waiting);
	ENC_MUST(uv_idle_init(loop, &turns->idle));
	turns->idle.data = turns;
}

void enc_api_turn_init(struct enc_api_turn *turn,
		       void (*take)(struct enc_api_turn *turn))
{
	enc_list_init(&turn->link);
	turn->take = take;
}

void enc_api_turn_ask(struct enc_api_turns *turns, struct enc_api_turn *turn)
{
	if (enc_list_empty(&turn->link)) {
		enc_list_append(&turns->waiting, &turn->link);
		(void)uv_idle_start(&turns->idle, take_turns);
	}
}

void enc_api_turn_leave(struct enc_api_turn *turn)
{
	enc_list_remove(&turn->link);
}
