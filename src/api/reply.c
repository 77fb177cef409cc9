#include <string.h>

#include "api_internal.h"

void enc_api_reply(struct enc_http_exchange *exchange, int status,
		   const struct enc_buf *json)
{
	enc_http_reply(exchange, status, "application/json", "",
		       enc_buf_bytes(json), json->length);
}

void enc_api_reply_answer(struct enc_http_exchange *exchange, int status,
			  const struct enc_answer_field *fields,
			  const void *values)
{
	ENC_AUTO(buf) json = ENC_BUF(ENC_API_BODY_MAX_BYTES);

	enc_answer_write(&json, fields, values);
	enc_api_reply(exchange, status, &json);
}

/* An answer that waits until its change set is durable. */
struct pending {
	struct enc_api_later later;
	struct enc_api *api;
	/* The exchange to answer; NULL: the client is gone. */
	struct enc_http_exchange *exchange;
	struct enc_buf json;
	int status;
	char revoked[ENC_STORE_ID_MAX_BYTES + 1]; /* id of a key, or "" */
};

static void on_gone(struct enc_api_later *later)
{
	ENC_HOLDER(later, struct pending, later)->exchange = NULL;
	enc_api_later_end(later);
}

static void on_durable(void *context, enum enc_code code,
		       const struct enc_error *err)
{
	struct pending *pending = context;

	if (code == ENC_OK && pending->revoked[0] != '\0') {
		enc_api_later_revoke(pending->api, pending->revoked);
	}
	if (pending->exchange != NULL) {
		enc_api_later_end(&pending->later);
		if (code == ENC_OK) {
			enc_api_reply(pending->exchange, pending->status,
				      &pending->json);
		} else {
			enc_http_reply_error(pending->exchange, err);
		}
	}
	enc_buf_done(&pending->json);
	free(pending);
}

void enc_api_reply_durable(struct enc_api_call *call,
			   struct enc_store_change *change,
			   const struct enc_api_durable *durable)
{
	struct pending *pending = enc_xalloc(sizeof(*pending));

	pending->later.gone = on_gone;
	pending->api = call->api;
	pending->exchange = call->exchange;
	pending->status = durable->status;
	pending->json = ENC_BUF(ENC_API_BODY_MAX_BYTES);
	ENC_MUST(enc_buf_append(&pending->json, enc_buf_bytes(durable->json),
				durable->json->length));
	if (durable->revoked != NULL) {
		(void)snprintf(pending->revoked, sizeof(pending->revoked), "%s",
			       durable->revoked);
	}
	enc_api_later_begin(&pending->later, call);
	enc_store_submit(call->api->options.store, change, on_durable, pending);
}
