#ifndef ENC_BACKEND_VAULT_CLIENT_H
#define ENC_BACKEND_VAULT_CLIENT_H

/*
 * Theory of operation
 *
 * enclave-api's end of its link to the vault (launch/vault.h). The launcher
 * sends a link when the vault has started, and another one after each restart.
 * Meanwhile there is none: requests are refused.
 *
 *	attach  -> requests are sent, in order; answers come in any order
 *	detach, the end of the link, a message that breaks the protocol
 *	        -> every pending request ends with ENC_UNAVAILABLE
 *
 * A request that isn't answered in time ends with ENC_UNAVAILABLE, too. Its late
 * answer is dropped. A request that ended so may have been carried out; the
 * vault allows each request to be repeated.
 *
 * Answers are reported on the loop, never from inside a request. The bytes of
 * requests are wiped once they are sent.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "err.h"
#include "list.h"
#include "vault.h"

enum {
	/* Requests that are waiting for an answer. */
	ENC_VAULT_CLIENT_REQUESTS_MAX = 4096,
	/* Bytes that the vault hasn't read yet. */
	ENC_VAULT_CLIENT_QUEUE_MAX_BYTES = 8 << 20,
};

struct enc_vault_client;

/**
 * enc_vault_answer_fn - the answer to a request, called exactly once
 * @code: ENC_OK; the vault's refusal; ENC_UNAVAILABLE: try again
 * @err:  the failure, borrowed; NULL with ENC_OK
 * @body: borrowed: the blob of SEAL, the signature of SIGN, the key of KEY;
 *        empty otherwise
 */
typedef void enc_vault_answer_fn(void *context, enum enc_code code,
				 const struct enc_error *err,
				 const uint8_t *body, size_t length);

/* Embedded by a user who must be told about every new link. */
struct enc_vault_watcher {
	struct enc_list link;
	/* A link was attached; requests may be made from inside. */
	void (*attached)(struct enc_vault_watcher *watcher);
};

struct enc_vault_client *enc_vault_client_new(uv_loop_t *loop);

/*
 * enc_vault_client_free() - end the pending requests and free the client; NULL
 * is fine. No watcher may be left. The loop must run once more before it is
 * closed.
 */
void enc_vault_client_free(struct enc_vault_client *client);

/*
 * enc_vault_client_watch() - add a watcher, which is told about later links.
 * enc_vault_client_unwatch() removes it; fine if it wasn't added.
 */
void enc_vault_client_watch(struct enc_vault_client *client,
			    struct enc_vault_watcher *watcher);
void enc_vault_client_unwatch(struct enc_vault_watcher *watcher);

/*
 * enc_vault_client_attach() - use a new link; takes @fd, a SOCK_SEQPACKET. It
 * takes the place of an older link, which is detached.
 */
void enc_vault_client_attach(struct enc_vault_client *client, int fd);

/* enc_vault_client_detach() - close the link; fine if there is none */
void enc_vault_client_detach(struct enc_vault_client *client);

/* enc_vault_client_attached() - whether there is a link */
bool enc_vault_client_attached(const struct enc_vault_client *client);

/*
 * Requests. All of them return ENC_OK, and @answer will be called; or
 * ENC_UNAVAILABLE without a link and if too much is pending, ENC_LIMIT for a
 * body that is too long, and @answer won't be called. Bodies are copied.
 */
ENC_NODISCARD enum enc_code enc_vault_seal(struct enc_vault_client *client,
					   const void *record, size_t length,
					   enc_vault_answer_fn *answer,
					   void *context,
					   struct enc_error *err);
ENC_NODISCARD enum enc_code
enc_vault_grant(struct enc_vault_client *client, uint64_t tag, const void *blob,
		size_t length, enc_vault_answer_fn *answer, void *context,
		struct enc_error *err);
ENC_NODISCARD enum enc_code enc_vault_retire(struct enc_vault_client *client,
					     const void *blob, size_t length,
					     enc_vault_answer_fn *answer,
					     void *context,
					     struct enc_error *err);
ENC_NODISCARD enum enc_code enc_vault_revoke(struct enc_vault_client *client,
					     const char *org, const char *id,
					     enc_vault_answer_fn *answer,
					     void *context,
					     struct enc_error *err);
ENC_NODISCARD enum enc_code
enc_vault_sign(struct enc_vault_client *client,
	       const struct enc_vault_statement *statement,
	       enc_vault_answer_fn *answer, void *context,
	       struct enc_error *err);
ENC_NODISCARD enum enc_code
enc_vault_public_key(struct enc_vault_client *client,
		     enc_vault_answer_fn *answer, void *context,
		     struct enc_error *err);

#endif
