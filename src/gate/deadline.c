#include "deadline.h"
#include "clock.h"

static void on_timer(uv_timer_t *timer);

static void plan(struct enc_deadlines *deadlines)
{
	struct enc_deadline *first;
	int64_t wait_ms;

	if (enc_list_empty(&deadlines->list) ||
	    uv_is_active((uv_handle_t *)&deadlines->timer) != 0) {
		return; /* a timer that fires early only plans again */
	}
	first = ENC_HOLDER(deadlines->list.next, struct enc_deadline, link);
	wait_ms = first->at_ms - enc_clock_mono_ms();
	ENC_MUST(uv_timer_start(&deadlines->timer, on_timer,
				wait_ms > 0 ? (uint64_t)wait_ms : 0, 0));
}

static void on_timer(uv_timer_t *timer)
{
	struct enc_deadlines *deadlines =
		ENC_HOLDER(timer, struct enc_deadlines, timer);
	int64_t now_ms = enc_clock_mono_ms();

	/* A step may clear any of them, so each one begins at the head. */
	while (!enc_list_empty(&deadlines->list)) {
		struct enc_deadline *first =
			ENC_HOLDER(deadlines->list.next, struct enc_deadline,
				   link);

		if (first->at_ms > now_ms) {
			break;
		}
		enc_deadline_clear(first);
		deadlines->passed(deadlines, first);
	}
	plan(deadlines);
}

void enc_deadlines_init(struct enc_deadlines *deadlines, uv_loop_t *loop,
			int64_t span_ms, enc_deadline_fn *passed, void *context)
{
	ENC_MUST(uv_timer_init(loop, &deadlines->timer));
	enc_list_init(&deadlines->list);
	deadlines->span_ms = span_ms;
	deadlines->passed = passed;
	deadlines->context = context;
}

void enc_deadline_init(struct enc_deadline *deadline)
{
	enc_list_init(&deadline->link);
}

void enc_deadline_set(struct enc_deadlines *deadlines,
		      struct enc_deadline *deadline)
{
	enc_list_remove(&deadline->link);
	deadline->at_ms = enc_clock_mono_ms() + deadlines->span_ms;
	enc_list_append(&deadlines->list, &deadline->link);
	plan(deadlines);
}

void enc_deadline_clear(struct enc_deadline *deadline)
{
	enc_list_remove(&deadline->link);
}
