#include <string.h>

#include "compose.h"
#include "fuzz.h"

#define TEXT(word)                       \
	{                                \
		(word), sizeof(word) - 1 \
	}

static const struct enc_binding binding = {
	.version = 1,
	.tls = true,
	.mask = true,
	.injection = ENC_INJECTION_BEARER,
	.port = 8443,
	.org = TEXT("o"),
	.id = TEXT("i"),
	.name = TEXT("api"),
	.host = TEXT("api.example.com"),
	.base = TEXT("/base"),
	.secret = TEXT("0123456789abcdef"),
};

static size_t count_headers(const struct enc_http1_head *head, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < head->header_count; i++) {
		count += enc_http1_is(head->headers[i].name, name) ? 1 : 0;
	}
	return count;
}

/*
 * A composed request parses again, is framed like the original, and has the
 * record's host and credential once.
 */
static void check_request(const uint8_t *bytes, size_t length)
{
	static struct enc_http1_head head;
	static struct enc_http1_head again;
	ENC_AUTO(buf) out = ENC_BUF_SECRET(ENC_COMPOSE_REQUEST_MAX_BYTES);
	size_t scanned = 0;
	int status;

	if (enc_http1_request(bytes, length, &scanned, &head, &status) <= 0 ||
	    enc_compose_fault(&head) != NULL) {
		return;
	}
	ENC_MUST(enc_compose_request(&out, &binding, &head));
	scanned = 0;
	status = enc_http1_request(enc_buf_bytes(&out), out.length, &scanned,
				   &again, &status);
	/* With a base the target may be too long for our own parser. */
	if (head.target.length + binding.base.length >
		    ENC_HTTP1_TARGET_MAX_BYTES ||
	    out.length > ENC_HTTP1_HEAD_MAX_BYTES ||
	    head.header_count > ENC_HTTP1_HEADERS_MAX - 4) {
		return;
	}
	ENC_ASSERT(status == (int)out.length);
	ENC_ASSERT(again.chunked == head.chunked);
	ENC_ASSERT(again.length == head.length);
	ENC_ASSERT(count_headers(&again, "host") == 1);
	ENC_ASSERT(count_headers(&again, "authorization") == 1);
	/* Only a request in chunks asks to close. */
	ENC_ASSERT(count_headers(&again, "connection") ==
		   (head.chunked ? 1 : 0));
	ENC_ASSERT(again.close == head.chunked);
	ENC_ASSERT(enc_http1_is(*enc_http1_find(&again, "authorization"),
				"Bearer 0123456789abcdef"));
	ENC_ASSERT(enc_http1_is(*enc_http1_find(&again, "host"),
				"api.example.com:8443"));
}

static void check_response(const uint8_t *bytes, size_t length)
{
	static struct enc_http1_head head;
	static struct enc_http1_head again;
	const struct enc_compose_answer answer = { .chunked = true,
						   .close = true };
	ENC_AUTO(buf) out = ENC_BUF(ENC_COMPOSE_RESPONSE_MAX_BYTES);
	size_t scanned = 0;

	if (enc_http1_response(bytes, length, &scanned, &head) <= 0 ||
	    enc_compose_response(&out, &binding, &head, &answer) < 0 ||
	    out.length > ENC_HTTP1_HEAD_MAX_BYTES ||
	    head.header_count > ENC_HTTP1_HEADERS_MAX - 2) {
		return;
	}
	scanned = 0;
	ENC_ASSERT(enc_http1_response(enc_buf_bytes(&out), out.length, &scanned,
				      &again) == (int)out.length);
	ENC_ASSERT(again.status == head.status && again.chunked && again.close);
	ENC_ASSERT(count_headers(&again, "connection") == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (length > 0) {
		/* Exactly as long, so that ASAN sees what is read behind it. */
		uint8_t *copy = enc_xalloc(length);

		memcpy(copy, bytes, length);
		check_request(copy, length);
		check_response(copy, length);
		free(copy);
	}
	return 0;
}
