#ifndef ENC_SESSION_PRUNE_H
#define ENC_SESSION_PRUNE_H

/*
 * Removes the records of old sessions. The admin log gets a line for each, with
 * the head of its audit log: whoever kept the bundle can still show that it is
 * the one that was here.
 */

#include "store.h"

enum { ENC_PRUNE_MAX = 64 }; /* sessions of one change set */

/**
 * enc_prune_count() - count finished sessions that were created before a time,
 * up to @limit
 */
ENC_NODISCARD enum enc_code
enc_prune_count(struct enc_store *store, int64_t before_ms, unsigned int limit,
		size_t *ret_count, struct enc_error *err);

/**
 * enc_prune_compose() - add the removal of the oldest such sessions, at most
 * ENC_PRUNE_MAX, to a change set
 * @by: who asked for it, for the admin log
 *
 * If one of them is removed otherwise meanwhile, the change set fails with
 * ENC_CONFLICT; compose another one then.
 */
ENC_NODISCARD enum enc_code enc_prune_compose(struct enc_store *store,
					      int64_t before_ms, const char *by,
					      struct enc_store_change *change,
					      size_t *ret_count,
					      struct enc_error *err);

#endif
