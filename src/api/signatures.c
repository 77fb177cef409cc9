/* Signatures of sealed audit logs, and the key that they are checked with. */

#include "api_internal.h"
#include "gen_answers.h"
#include "gen_operations.h"
#include "hex.h"

static const char algorithm[] = "Ed25519";

/* An answer that waits for the vault. */
struct asked {
	struct enc_api_later later;
	struct enc_http_exchange *exchange; /* NULL: the client is gone */
	struct enc_sealed_log log;
};

static void on_gone(struct enc_api_later *later)
{
	ENC_HOLDER(later, struct asked, later)->exchange = NULL;
	enc_api_later_end(later);
}

static struct asked *asked_new(struct enc_api_call *call)
{
	struct asked *asked = enc_xalloc(sizeof(*asked));

	asked->later.gone = on_gone;
	asked->exchange = call->exchange;
	return asked;
}

/* end_asked() - the answer is known. Return: whom to tell; NULL: nobody */
static struct enc_http_exchange *end_asked(struct asked *asked)
{
	if (asked->exchange != NULL) {
		enc_api_later_end(&asked->later);
	}
	return asked->exchange;
}

/* drop_asked() - it wasn't asked after all; the call fails by itself */
static void drop_asked(struct asked *asked)
{
	(void)end_asked(asked);
	free(asked);
}

/* signatures_of() - the server's signatures, or why there are none */
static enum enc_code signatures_of(const struct enc_api_call *call,
				   struct enc_signatures **ret_signatures,
				   struct enc_error *err)
{
	*ret_signatures = call->api->options.signatures;
	return *ret_signatures != NULL
		       ? ENC_OK
		       : enc_fail(err, ENC_NOT_AVAILABLE,
				  "logs are signed by a vault, which the "
				  "simulator hasn't: start the server with the "
				  "backend native or gvisor");
}

/* ---- a signature ---- */

static void on_signature(void *context, enum enc_code code,
			 const struct enc_error *err, const char *hex)
{
	struct asked *asked = context;
	struct enc_http_exchange *exchange = end_asked(asked);
	const struct enc_sealed_log *log = &asked->log;
	const struct enc_answer_audit_signature answer = {
		.org_id = log->org,
		.sid = log->session,
		.count = (int64_t)log->count,
		.head = log->head,
		.sealed_at_ms = log->time_ms,
		.algorithm = algorithm,
		.signature = hex,
	};

	if (exchange != NULL && code == ENC_OK) {
		enc_api_reply_answer(exchange, 200,
				     enc_answer_audit_signature_fields,
				     &answer);
	} else if (exchange != NULL) {
		enc_http_reply_error(exchange, err);
	}
	free(asked);
}

/* find_log() - find the sealed log of the session that the path names */
static enum enc_code find_log(const struct enc_api_call *call,
			      struct enc_sealed_log *ret_log,
			      struct enc_error *err)
{
	struct enc_session *session = NULL;
	enum enc_code code =
		enc_session_load(call->api->options.store, call->caller.org,
				 call->ids[0], &session, err);

	if (code == ENC_NOT_FOUND) {
		return enc_fail(err, code, "there is no session %s",
				call->ids[0]);
	}
	if (code == ENC_OK && !session->sealed) {
		code = enc_fail(err, ENC_NOT_FINISHED,
				"the log of %s isn't sealed yet", call->ids[0]);
	}
	if (code == ENC_OK) {
		enc_sealed_log_of(session, ret_log);
	}
	enc_session_free(session);
	return code;
}

enum enc_code op_getSignature(struct enc_api_call *call, struct enc_error *err)
{
	struct enc_signatures *signatures = NULL;
	struct enc_sealed_log log;
	struct asked *asked;
	enum enc_code code = find_log(call, &log, err);

	if (code == ENC_OK) {
		code = signatures_of(call, &signatures, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	asked = asked_new(call);
	asked->log = log;
	enc_api_later_begin(&asked->later, call);
	code = enc_signatures_get(signatures, &log, on_signature, asked, err);
	if (code != ENC_OK) {
		drop_asked(asked);
	}
	return code;
}

/* ---- the key ---- */

static void on_key(void *context, enum enc_code code,
		   const struct enc_error *err, const uint8_t *body,
		   size_t length)
{
	struct asked *asked = context;
	struct enc_http_exchange *exchange = end_asked(asked);
	char key[2 * ENC_SIGNED_HEAD_KEY_BYTES + 1] = "";
	const struct enc_answer_audit_key answer = { .algorithm = algorithm,
						     .key = key };

	if (exchange != NULL && code == ENC_OK) {
		enc_hex_encode(body, length, key);
		enc_api_reply_answer(exchange, 200, enc_answer_audit_key_fields,
				     &answer);
	} else if (exchange != NULL) {
		enc_http_reply_error(exchange, err);
	}
	free(asked);
}

enum enc_code op_getAuditKey(struct enc_api_call *call, struct enc_error *err)
{
	struct enc_signatures *signatures = NULL;
	struct asked *asked;
	enum enc_code code = signatures_of(call, &signatures, err);

	if (code != ENC_OK) {
		return code;
	}
	asked = asked_new(call);
	enc_api_later_begin(&asked->later, call);
	code = enc_vault_public_key(enc_signatures_vault(signatures), on_key,
				    asked, err);
	if (code != ENC_OK) {
		drop_asked(asked);
	}
	return code;
}
