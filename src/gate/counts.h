#ifndef ENC_GATE_COUNTS_H
#define ENC_GATE_COUNTS_H

/*
 * Events that are only counted (counted.h). The first event of a kind is
 * reported at once. Repetitions are summed up and reported at most once a
 * second. The sums are exact.
 *
 * This module is pure: the caller passes the time, and numbers go to a
 * function.
 */

#include <stdint.h>

#include "counted.h"

/* enc_counts_tell_fn - report @count more events of kind @what */
typedef void enc_counts_tell_fn(void *context, enum enc_counted what,
				uint64_t count);

/* An all-zero struct has no counts. */
struct enc_counts {
	uint64_t untold[ENC_COUNTED_MAX];
	/* The earliest time of the next report, by kind of event. */
	int64_t due_ms[ENC_COUNTED_MAX];
};

/* enc_counts_add() - count one event of a kind */
void enc_counts_add(struct enc_counts *counts, enum enc_counted what);

/*
 * enc_counts_flush() - report what is due. Return: when to call this again; -1:
 * nothing waits
 */
int64_t enc_counts_flush(struct enc_counts *counts, int64_t now_ms,
			 enc_counts_tell_fn *tell, void *context);

/* enc_counts_finish() - report every count that wasn't reported yet */
void enc_counts_finish(struct enc_counts *counts, enc_counts_tell_fn *tell,
		       void *context);

#endif
