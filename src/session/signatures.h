#ifndef ENC_SESSION_SIGNATURES_H
#define ENC_SESSION_SIGNATURES_H

/*
 * Theory of operation
 *
 * Signatures of sealed logs (wire/signed_head.h). As soon as a log is sealed,
 * the vault signs its head and remembers that. An attacker who takes over
 * enclave-api afterwards gets no signature for another log of that session.
 *
 *	sealed -> SIGN -> the signature is stored
 *
 * If the vault or the store fails, the log waits. It is tried again with each new
 * link to the vault, and every few seconds. A log that still waits when the
 * server ends, or when ENC_SIGNATURES_WAITING_MAX others do, is signed when its
 * signature is asked for.
 */

#include <uv.h>

#include "session.h"
#include "signed_head.h"
#include "store.h"
#include "vault_client.h"

enum {
	ENC_SIGNATURES_WAITING_MAX = 4096,
	ENC_SIGNATURE_HEX_BYTES = 2 * ENC_SIGNED_HEAD_SIGNATURE_BYTES + 1,
};

struct enc_signatures;

/* The log of a session that is sealed. */
struct enc_sealed_log {
	char org[ENC_STORE_ID_MAX_BYTES + 1];
	char session[ENC_STORE_ID_MAX_BYTES + 1];
	uint64_t number; /* of the session */
	uint64_t count;	 /* lines */
	char head[ENC_SHA256_HEX_BYTES];
	int64_t time_ms; /* of the seal */
};

/* enc_sealed_log_of() - describe the log of a sealed session */
void enc_sealed_log_of(const struct enc_session *session,
		       struct enc_sealed_log *ret_log);

/* enc_signatures_new() - all are borrowed, and must outlive it */
struct enc_signatures *enc_signatures_new(uv_loop_t *loop,
					  struct enc_store *store,
					  struct enc_vault_client *vault);

/*
 * enc_signatures_free() - sign nothing more; who has asked isn't told. NULL is
 * fine. The loop must run once more; what is pending with vault and store is
 * freed when that ends.
 */
void enc_signatures_free(struct enc_signatures *signatures);

/* enc_signatures_vault() - the client that was given to enc_signatures_new() */
struct enc_vault_client *
enc_signatures_vault(struct enc_signatures *signatures);

/* enc_signatures_add() - sign a log, now or later; NULL: there is no vault */
void enc_signatures_add(struct enc_signatures *signatures,
			const struct enc_sealed_log *log);

/* enc_signatures_busy() - whether some log is being signed; false for NULL */
bool enc_signatures_busy(const struct enc_signatures *signatures);

/*
 * enc_signature_fn - called once, on the loop
 * @err: why there is none, borrowed; NULL with ENC_OK
 * @hex: the signature, borrowed; NULL without one
 */
typedef void enc_signature_fn(void *context, enum enc_code code,
			      const struct enc_error *err, const char *hex);

/**
 * enc_signatures_get() - get the signature of a log, which is signed if it isn't
 * yet
 * @told: may be called from inside; not called after a failure
 *
 * Return: ENC_OK; ENC_UNAVAILABLE: no vault now; an error of the store. @told
 * may get the vault's refusal: ENC_CONFLICT if it has signed another log of the
 * session, or too many other ones since
 */
ENC_NODISCARD enum enc_code
enc_signatures_get(struct enc_signatures *signatures,
		   const struct enc_sealed_log *log, enc_signature_fn *told,
		   void *context, struct enc_error *err);

#endif
