#ifndef ENC_GATE_DEADLINE_H
#define ENC_GATE_DEADLINE_H

/*
 * Deadlines of things that all have the same time. The one that was set last is
 * due last, so one list and one timer serve any number of them.
 */

#include <stdint.h>
#include <uv.h>

#include "list.h"

struct enc_deadline {
	struct enc_list link;
	int64_t at_ms;
};

struct enc_deadlines;

/*
 * enc_deadline_fn - a deadline has passed, and isn't set any more; may set and
 * clear this and others
 */
typedef void enc_deadline_fn(struct enc_deadlines *deadlines,
			     struct enc_deadline *deadline);

struct enc_deadlines {
	uv_timer_t timer;
	struct enc_list list; /* the earliest first */
	int64_t span_ms;
	enc_deadline_fn *passed;
	void *context;
};

void enc_deadlines_init(struct enc_deadlines *deadlines, uv_loop_t *loop,
			int64_t span_ms, enc_deadline_fn *passed,
			void *context);

/* enc_deadline_init() - not set yet; clearing it is fine from now on */
void enc_deadline_init(struct enc_deadline *deadline);

/* enc_deadline_set() - let it pass span_ms from now; it may be set already */
void enc_deadline_set(struct enc_deadlines *deadlines,
		      struct enc_deadline *deadline);

/* enc_deadline_clear() - let it never pass, of whichever deadlines it is */
void enc_deadline_clear(struct enc_deadline *deadline);

#endif
