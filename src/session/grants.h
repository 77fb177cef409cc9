#ifndef ENC_SESSION_GRANTS_H
#define ENC_SESSION_GRANTS_H

/*
 * Theory of operation
 *
 * Keeps which live sessions have which service bindings. To give a binding to a
 * session, enclave-api sends the sealed record from the store to the vault,
 * with the tag of the session's gate.
 *
 *	begin    the session is claimed  -> GRANT of each binding; told once
 *	         all are granted, before the program starts
 *	replace  a binding has a new     -> GRANT to the sessions that have it,
 *	         version in the store       then RETIRE, then told
 *	end      the session is over     -> nothing is told any more
 *
 * A vault that was started again has no grants. When its link is attached, all
 * sessions are granted their bindings again, in the store's present version.
 *
 * A binding is found by its id. A binding that was deleted, or has another
 * name, since the session was created isn't granted.
 */

#include "store.h"
#include "vault_client.h"

struct enc_grants;

/* A binding that a session has. */
struct enc_grant {
	const char *id;
	const char *name;
};

/* A session that gets bindings; copied. */
struct enc_grants_session {
	uint64_t tag; /* the launcher's; no live session has the same one */
	const char *org;
	const struct enc_grant *grants; /* at most ENC_BINDINGS_MAX */
	size_t count;
};

/*
 * enc_grants_fn - called once, on the loop
 * @err: why not, for the session's record; NULL with ENC_OK
 */
typedef void enc_grants_fn(void *context, enum enc_code code,
			   const struct enc_error *err);

/* enc_grants_new() - both are borrowed; must be freed before the client */
struct enc_grants *enc_grants_new(struct enc_store *store,
				  struct enc_vault_client *vault);

/*
 * enc_grants_free() - no session may be left. Doesn't wait for answers; pending
 * functions aren't called. NULL is fine.
 */
void enc_grants_free(struct enc_grants *grants);

/* enc_grants_vault() - the client that was given to enc_grants_new() */
struct enc_vault_client *enc_grants_vault(struct enc_grants *grants);

/**
 * enc_grants_begin() - give a session its bindings; it then has them until
 * enc_grants_end(), also if this fails later
 * @told: called unless the session ends before. Not ENC_OK: the program must
 *        not start.
 *
 * Return: ENC_OK; ENC_UNAVAILABLE without a vault; ENC_NOT_FOUND if a binding
 * was deleted; an error of the store. On failure nothing has begun: neither
 * call @told nor end it.
 */
ENC_NODISCARD enum enc_code
enc_grants_begin(struct enc_grants *grants,
		 const struct enc_grants_session *session, enc_grants_fn *told,
		 void *context, struct enc_error *err);

/* enc_grants_end() - the session is over; fine if it never began */
void enc_grants_end(struct enc_grants *grants, uint64_t tag);

/* A version of a binding that is durable in the store; borrowed for a call. */
struct enc_grants_version {
	const char *org;
	const char *id;
	const void *blob; /* the sealed record */
	size_t length;
};

/**
 * enc_grants_replace() - put a new version of a binding in force: the next
 * request of each session that has it uses this one, and no older one opens any
 * more
 * @told: called once. Not ENC_OK: some session may use the older version.
 *
 * Return: ENC_OK; an error, and @told won't be called
 */
ENC_NODISCARD enum enc_code
enc_grants_replace(struct enc_grants *grants,
		   const struct enc_grants_version *version,
		   enc_grants_fn *told, void *context, struct enc_error *err);

#endif
