#ifndef ENC_GATE_AWAIT_H
#define ENC_GATE_AWAIT_H

/*
 * Waits until a report of the gate is on record. flow.c does that for whole
 * flows; this is for parts of a flow.
 */

#include "deadline.h"
#include "list.h"

struct enc_await;
struct enc_gate;

/*
 * enc_await_fn - the report is on record; @r: 0 or -ETIMEDOUT
 */
typedef void enc_await_fn(struct enc_await *await, int r);

/* Embedded by the waiting part. All zero: it waits for nothing. */
struct enc_await {
	struct enc_list link;
	struct enc_deadline deadline;
	uint64_t report;
	enc_await_fn *done; /* NULL: waits for nothing */
};

/* All waits of a gate. */
struct enc_awaits {
	struct enc_gate *gate;
	struct enc_list list;
	struct enc_deadlines deadlines;
};

struct enc_awaits *enc_awaits_new(struct enc_gate *gate);

/*
 * enc_await_begin() - wait for a report by its number; 0 is always on record.
 * @done may be called at once
 */
void enc_await_begin(struct enc_awaits *awaits, struct enc_await *await,
		     uint64_t report, enc_await_fn *done);

/* enc_await_stop() - stop waiting; fine if it doesn't wait */
void enc_await_stop(struct enc_await *await);

/* enc_awaits_recorded() - gate->recorded has grown */
void enc_awaits_recorded(struct enc_awaits *awaits);

#endif
