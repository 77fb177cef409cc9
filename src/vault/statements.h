#ifndef ENC_VAULT_STATEMENTS_H
#define ENC_VAULT_STATEMENTS_H

/*
 * The signed statements of the last sessions, in order, found by the session's
 * key. The number of rows is fixed: when all are used, the owner removes the
 * oldest one before it adds another.
 */

#include <stdbool.h>

#include "marks.h"

struct enc_signed {
	uint8_t key[ENC_MARK_KEY_BYTES]; /* of organisation and session */
	uint8_t org[ENC_MARK_KEY_BYTES]; /* of the organisation's mark */
	uint8_t digest[ENC_MARK_KEY_BYTES];
	uint64_t number; /* of the session, in its organisation */
};

struct enc_statements {
	struct enc_signed *rows; /* a ring */
	uint32_t *next;		 /* in the chain of the bucket, from 1 on */
	uint32_t *buckets;	 /* the first of each chain; 0: none */
	size_t room;		 /* a power of two */
	size_t first;
	size_t count;
};

void enc_statements_init(struct enc_statements *all, size_t room);
void enc_statements_done(struct enc_statements *all);

/* enc_statements_at() - return a statement, 0 being the oldest one */
const struct enc_signed *enc_statements_at(const struct enc_statements *all,
					   size_t at);

/* enc_statements_find() - return the statement of a session; NULL: none */
const struct enc_signed *
enc_statements_find(const struct enc_statements *all,
		    const uint8_t key[ENC_MARK_KEY_BYTES]);

/*
 * enc_statements_add() - add a statement; there must be room, and no other one
 * of the session
 */
void enc_statements_add(struct enc_statements *all,
			const struct enc_signed *one);

/* enc_statements_forget() - remove the oldest statement; there must be one */
void enc_statements_forget(struct enc_statements *all);

#endif
