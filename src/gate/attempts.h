#ifndef ENC_GATE_ATTEMPTS_H
#define ENC_GATE_ATTEMPTS_H

/*
 * Theory of operation
 *
 * What a program tried, by kind: how, protocol, destination, name. The first
 * attempt of a kind is told at once, repetitions are summed and told at most
 * once a second, and the sums are exact. The number of kinds is bounded: what
 * comes after the last one is "(more)", one kind each for TCP, UDP, questions
 * for names, and all others.
 *
 * The kernel counts too, also what the gate was too busy to see. At the end
 * its counters are the truth: first by destination, where this table has a
 * place for it, then in all; what no kind accounts for is "(more)". What
 * happened before LAUNCH was the self-check; it is remembered only to be
 * subtracted.
 *
 * Pure: time comes in, frames go out through a function.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

enum { ENC_ATTEMPTS_KINDS_MAX = 512, ENC_ATTEMPTS_PAUSE_MS = 1000 };

/* enc_attempts_tell_fn - @count more of a kind; borrowed for the call */
typedef void enc_attempts_tell_fn(void *context,
				  const struct enc_message_egress *message);

struct enc_attempt {
	enum enc_via via;
	uint8_t protocol;
	uint8_t addr[16];
	uint16_t port;
	const char *host; /* canonical name, or NULL for an address */
};

struct enc_attempts;

struct enc_attempts *enc_attempts_new(enc_attempts_tell_fn *tell,
				      void *context);
void enc_attempts_free(struct enc_attempts *attempts);

/* enc_attempts_launched() - from now on it is the program */
void enc_attempts_launched(struct enc_attempts *attempts);

/* enc_attempts_note() - one attempt; @ret_rule: what denies it, static */
void enc_attempts_note(struct enc_attempts *attempts,
		       const struct enc_attempt *attempt, int64_t now_ms,
		       const char **ret_rule);

/* enc_attempts_flush() - tell what is due; when to come back, -1: nothing */
int64_t enc_attempts_flush(struct enc_attempts *attempts, int64_t now_ms);

/*
 * enc_attempts_counted() - the kernel's count of one destination, at the end;
 * never of a question for a name
 */
void enc_attempts_counted(struct enc_attempts *attempts,
			  const struct enc_attempt *attempt, uint64_t count);

/**
 * enc_attempts_total() - the kernel's count of all destinations, after every
 *                        enc_attempts_counted()
 * @like: via and protocol say which: DNS, TCP, UDP without DNS, all others
 */
void enc_attempts_total(struct enc_attempts *attempts,
			const struct enc_attempt *like, uint64_t count);

/* enc_attempts_finish() - tell all that is left; the sum of everything told */
uint64_t enc_attempts_finish(struct enc_attempts *attempts);

#endif
