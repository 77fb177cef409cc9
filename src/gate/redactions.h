#ifndef ENC_GATE_REDACTIONS_H
#define ENC_GATE_REDACTIONS_H

/*
 * Counts how often values of each binding were masked, and where. The first
 * match is reported at once. Repetitions are summed up and reported at most
 * once a second. The sums are exact.
 *
 * Masks refer to a binding by an id in place of its name. A name keeps its id
 * as long as the gate lives. Names beyond the limit share the id of "(more)".
 *
 * This module is pure: the caller passes the time, and numbers go to a
 * function.
 */

#include "message.h"

enum { ENC_REDACTIONS_NAMES_MAX = 64 };

struct enc_redactions;

/* enc_redactions_tell_fn - report @message, which is borrowed for the call */
typedef void enc_redactions_tell_fn(void *context,
				    const struct enc_message_redacted *message);

struct enc_redactions *enc_redactions_new(enc_redactions_tell_fn *tell,
					  void *context);
void enc_redactions_free(struct enc_redactions *redactions);

/* enc_redactions_id() - the id of a binding's name */
uint32_t enc_redactions_id(struct enc_redactions *redactions,
			   struct enc_text name);

/* enc_redactions_add() - count that a value of @id was masked @count times */
void enc_redactions_add(struct enc_redactions *redactions, uint32_t id,
			enum enc_redacted where, uint64_t count);

/*
 * enc_redactions_flush() - report what is due. Return: when to call this again;
 * -1: nothing waits
 */
int64_t enc_redactions_flush(struct enc_redactions *redactions, int64_t now_ms);

/* enc_redactions_finish() - report all that is left */
void enc_redactions_finish(struct enc_redactions *redactions);

#endif
