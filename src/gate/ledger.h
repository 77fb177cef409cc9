#ifndef ENC_GATE_LEDGER_H
#define ENC_GATE_LEDGER_H

/*
 * Theory of operation
 *
 * The ledger counts the attempts of a program by kind. It is told of each
 * attempt and how it was decided; it never decides itself. A kind is the way,
 * protocol, destination, name and decision of an attempt. The first attempt of
 * a kind is reported at once. Repetitions are summed up and reported at most
 * once a second. The sums are exact. The number of kinds is limited. Denied
 * attempts beyond the limit belong to the kind "(more)" of their family: TCP,
 * UDP, DNS queries, or all others. An allowed one beyond it is refused, since
 * none may go out without a line of its own.
 *
 * The sender of a report numbers it. An allowed attempt gets the number of the
 * first report of its kind, and waits until that is on record.
 *
 * The kernel counts, too, also attempts that the gate was too busy to see. At
 * the end the kernel's counters are decisive. First the counts by destination
 * are merged into the known kinds: what is missing was never let through, so it
 * is denied. Then the totals are compared, and "(more)" gets what is missing.
 * Attempts before LAUNCH came from the self-check; they are only counted to be
 * subtracted.
 *
 * This module is pure: the caller passes the time, and frames go to a function.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "egress.h"
#include "message.h"

enum { ENC_LEDGER_KINDS_MAX = 512, ENC_LEDGER_PAUSE_MS = 1000 };

/*
 * enc_ledger_tell_fn - report @message->count more attempts of a kind;
 * @message is borrowed for the call. Return: the number of the report
 */
typedef uint64_t enc_ledger_tell_fn(void *context,
				    const struct enc_message_egress *message);

struct enc_attempt {
	enum enc_via via;
	/*
	 * The gate itself connects to the upstream of a binding. The kernel's
	 * counters for the program don't have this attempt.
	 */
	bool own;
	uint8_t protocol;
	uint8_t addr[16]; /* the destination that the program named */
	/* The address behind a name that is allowed; zero: none was found. */
	uint8_t reached[16];
	uint16_t port;
	/* Canonical name; NULL: an address. A DNS query has a name. */
	const char *host;
};

struct enc_ledger;

struct enc_ledger *enc_ledger_new(enc_ledger_tell_fn *tell, void *context);
void enc_ledger_free(struct enc_ledger *ledger);

/* enc_ledger_launched() - count attempts as the program's from now on */
void enc_ledger_launched(struct enc_ledger *ledger);

/**
 * enc_ledger_note() - count one attempt
 * @ret_report: number of the first report of its kind, from 1; 0: "(more)", or
 *              before LAUNCH
 *
 * Return: 0; -ENOSPC for an allowed attempt that has no place, and that isn't
 * counted: note it again as denied
 */
ENC_NODISCARD int enc_ledger_note(struct enc_ledger *ledger,
				  const struct enc_attempt *attempt,
				  const struct enc_decision *decision,
				  int64_t now_ms, uint64_t *ret_report);

/*
 * enc_ledger_flush() - report what is due. Return: when to call this again;
 * -1: nothing waits
 */
int64_t enc_ledger_flush(struct enc_ledger *ledger, int64_t now_ms);

/*
 * enc_ledger_counted() - merge the kernel's count of one destination, at the
 * end; not for DNS
 * @denied: how an attempt there is refused that the gate never saw
 */
void enc_ledger_counted(struct enc_ledger *ledger,
			const struct enc_attempt *attempt,
			const struct enc_decision *denied, uint64_t count);

/**
 * enc_ledger_total() - merge the kernel's count of a family, after every
 * enc_ledger_counted()
 * @like: its via and protocol name the family: DNS, TCP, UDP without DNS, all
 *        others
 */
void enc_ledger_total(struct enc_ledger *ledger, const struct enc_attempt *like,
		      uint64_t count);

/* enc_ledger_finish() - report all that is left, and sum up all reports */
void enc_ledger_finish(struct enc_ledger *ledger, uint64_t *ret_denied,
		       uint64_t *ret_allowed);

#endif
