#ifndef ENC_GATE_GATE_CALLS_H
#define ENC_GATE_GATE_CALLS_H

/*
 * Theory of operation
 *
 * Counts a session's calls of its service bindings for the audit log. A kind is
 * a binding, a method and a path without query.
 *
 * The first call of a kind is reported with count 0 before it leaves, and waits
 * until the report is on record. Calls that are over are summed by status, and
 * reported once a second, or earlier if there are many of them. At most
 * ENC_CALLS_UNRECORDED_MAX calls have begun and aren't on record; further ones
 * wait.
 *
 * Refused calls are kinds of their own, with their reason. The first one of a
 * kind is reported at once.
 *
 * A kind with nothing left to report is forgotten after a second if its place
 * is needed. So ENC_CALLS_KINDS_MAX new ones have room in a second. Further calls
 * wait. Further refusals are counted by the kind "(more)" of their reason.
 *
 * The log has room for some 1,800 kinds of calls, and a call without a line isn't
 * made. So after ENC_CALLS_NAMED_MAX new kinds the method and path of a further
 * one are "(more)", of its own binding.
 *
 * This module is pure: the caller passes the time, and frames go to a function.
 */

#include <stdint.h>

#include "message.h"

enum {
	ENC_CALLS_KINDS_MAX = 256,
	ENC_CALLS_NAMED_MAX = 512,
	ENC_CALLS_UNRECORDED_MAX = 256,
	ENC_CALLS_PAUSE_MS = 1000,
};

struct enc_calls;
struct enc_call_kind;

/*
 * enc_calls_tell_fn - send a CALL; @message is borrowed for the call. Return:
 * the number of the report
 */
typedef uint64_t enc_calls_tell_fn(void *context,
				   const struct enc_message_call *message);

/* The description of a call; each text is cut to its limit in a CALL. */
struct enc_call_what {
	struct enc_text binding;
	struct enc_text method;
	struct enc_text path;
};

struct enc_calls *enc_calls_new(enc_calls_tell_fn *tell, void *context);
void enc_calls_free(struct enc_calls *calls);

/**
 * enc_calls_begin() - note a call that is about to leave
 * @ret_kind:   for enc_calls_end() or enc_calls_drop(), exactly one of which
 *              has to follow
 * @ret_report: the call has to wait until this report is on record; 0: no need
 *
 * Return: 0; -EAGAIN: there is no room for its kind yet; try again later
 */
ENC_NODISCARD int enc_calls_begin(struct enc_calls *calls,
				  const struct enc_call_what *what,
				  int64_t now_ms,
				  struct enc_call_kind **ret_kind,
				  uint64_t *ret_report);

/*
 * enc_calls_end() - note the end of a call
 * @status: of the response; 0: there was no whole response
 * @bytes:  of the response's body
 */
void enc_calls_end(struct enc_calls *calls, struct enc_call_kind *kind,
		   uint16_t status, uint64_t bytes, int64_t now_ms);

/* enc_calls_drop() - forget a call of which nothing has left */
void enc_calls_drop(struct enc_calls *calls, struct enc_call_kind *kind);

/* enc_calls_refuse() - count a call that is refused; @reason isn't GRANTED */
void enc_calls_refuse(struct enc_calls *calls, const struct enc_call_what *what,
		      enum enc_call_reason reason, int64_t now_ms);

/* enc_calls_recorded() - note how many of the gate's reports are on record */
void enc_calls_recorded(struct enc_calls *calls, uint64_t reports);

/*
 * enc_calls_flush() - report what is due. Return: when to call this again; -1:
 * nothing waits
 */
int64_t enc_calls_flush(struct enc_calls *calls, int64_t now_ms);

/*
 * enc_calls_finish() - report everything that is left. Calls under way count as
 * ended without a response
 */
void enc_calls_finish(struct enc_calls *calls);

#endif
