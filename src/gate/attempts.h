#ifndef ENC_GATE_ATTEMPTS_H
#define ENC_GATE_ATTEMPTS_H

/*
 * Theory of operation
 *
 * This module counts the attempts of a program by kind. A kind is the way,
 * protocol, destination and name of an attempt. The first attempt of a kind is
 * reported at once. Repetitions are summed up and reported at most once a
 * second. The sums are exact. The number of kinds is limited. Attempts beyond
 * the limit belong to the kind "(more)" of their family: TCP, UDP, DNS queries,
 * or all others.
 *
 * The kernel counts, too, also attempts that the gate was too busy to see. At
 * the end the kernel's counters are decisive. First the counts by destination
 * are merged into the known kinds. Then the totals are compared, and "(more)"
 * gets what is missing. Attempts before LAUNCH came from the self-check; they
 * are only counted to be subtracted.
 *
 * This module is pure: the caller passes the time, and frames go to a function.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

enum { ENC_ATTEMPTS_KINDS_MAX = 512, ENC_ATTEMPTS_PAUSE_MS = 1000 };

/*
 * enc_attempts_tell_fn - report @message->count more attempts of a kind;
 * @message is borrowed for the call
 */
typedef void enc_attempts_tell_fn(void *context,
				  const struct enc_message_egress *message);

struct enc_attempt {
	enum enc_via via;
	uint8_t protocol;
	uint8_t addr[16];
	uint16_t port;
	/* Canonical name; NULL: an address. A DNS query has a name. */
	const char *host;
};

struct enc_attempts;

struct enc_attempts *enc_attempts_new(enc_attempts_tell_fn *tell,
				      void *context);
void enc_attempts_free(struct enc_attempts *attempts);

/* enc_attempts_launched() - count attempts as the program's from now on */
void enc_attempts_launched(struct enc_attempts *attempts);

/*
 * enc_attempts_note() - count one attempt
 * @ret_rule: the rule that denies it, static
 */
void enc_attempts_note(struct enc_attempts *attempts,
		       const struct enc_attempt *attempt, int64_t now_ms,
		       const char **ret_rule);

/*
 * enc_attempts_flush() - report what is due. Return: when to call this again;
 * -1: nothing waits
 */
int64_t enc_attempts_flush(struct enc_attempts *attempts, int64_t now_ms);

/*
 * enc_attempts_counted() - merge the kernel's count of one destination, at the
 * end; not for DNS
 */
void enc_attempts_counted(struct enc_attempts *attempts,
			  const struct enc_attempt *attempt, uint64_t count);

/**
 * enc_attempts_total() - merge the kernel's count of a family, after every
 * enc_attempts_counted()
 * @like: its via and protocol name the family: DNS, TCP, UDP without DNS, all
 *        others
 */
void enc_attempts_total(struct enc_attempts *attempts,
			const struct enc_attempt *like, uint64_t count);

/*
 * enc_attempts_finish() - report all that is left. Return: the sum of all
 * reports
 */
uint64_t enc_attempts_finish(struct enc_attempts *attempts);

#endif
