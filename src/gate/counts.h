#ifndef ENC_GATE_COUNTS_H
#define ENC_GATE_COUNTS_H

/*
 * What is told as a number alone (counted.h). As with attempts, the first of a
 * kind is told at once, repetitions are summed and told at most once a second,
 * and the sums are exact.
 *
 * Pure: time comes in, numbers go out through a function.
 */

#include <stdint.h>

#include "counted.h"

/* enc_counts_tell_fn - @count more of @what */
typedef void enc_counts_tell_fn(void *context, enum enc_counted what,
				uint64_t count);

/* All zero: nothing was counted. */
struct enc_counts {
	uint64_t untold[ENC_COUNTED_MAX];
	int64_t due_ms[ENC_COUNTED_MAX]; /* when the next sum may be told */
};

/* enc_counts_add() - one more */
void enc_counts_add(struct enc_counts *counts, enum enc_counted what);

/* enc_counts_flush() - tell what is due; when to come back, -1: nothing */
int64_t enc_counts_flush(struct enc_counts *counts, int64_t now_ms,
			 enc_counts_tell_fn *tell, void *context);

/* enc_counts_finish() - tell all that is left */
void enc_counts_finish(struct enc_counts *counts, enc_counts_tell_fn *tell,
		       void *context);

#endif
