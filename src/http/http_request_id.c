#include <assert.h>
#include <string.h>

#include "hex.h"
#include "http_request_id.h"
#include "random.h"

enum { RANDOM_BYTES = 11 };
static_assert(2 + 2 * RANDOM_BYTES < ENC_HTTP_ID_BYTES, "an id has room");

/* is_name() - whether a client's name of its request is safe in logs */
static bool is_name(struct enc_text text)
{
	for (size_t i = 0; i < text.length; i++) {
		char c = text.bytes[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		      (c >= 'A' && c <= 'Z') ||
		      (c != '\0' && strchr("-_.", c) != NULL))) {
			return false;
		}
	}
	return text.length > 0 && text.length < ENC_HTTP_ID_BYTES;
}

void enc_http_request_id_take(const struct enc_http1_head *head,
			      char id[ENC_HTTP_ID_BYTES])
{
	const struct enc_text *given = enc_http1_find(head, "x-request-id");

	if (given != NULL && is_name(*given)) {
		memcpy(id, given->bytes, given->length);
		id[given->length] = '\0';
	}
}

void enc_http_request_id_make(char ret_id[ENC_HTTP_ID_BYTES])
{
	uint8_t bytes[RANDOM_BYTES];

	enc_random_bytes(bytes, sizeof(bytes));
	ret_id[0] = 'r';
	ret_id[1] = '-';
	enc_hex_encode(bytes, sizeof(bytes), ret_id + 2);
}
