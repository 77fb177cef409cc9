#include <errno.h>

#include "fuzz.h"
#include "http1.h"
#include "http_host.h"

enum { BODY_MAX_BYTES = 4096 };

/* read_request() - fed in pieces of @piece bytes: what a server understands */
static int read_request(const uint8_t *bytes, size_t length, size_t piece,
			struct enc_http1_head *head, int *status,
			struct enc_buf *body)
{
	size_t scanned = 0;
	size_t have = 0;
	int end = 0;
	struct enc_http1_chunks chunks = { 0 };

	while (end == 0 && have < length) {
		have = ENC_MIN(have + piece, length);
		end = enc_http1_request(bytes, have, &scanned, head, status);
	}
	if (end <= 0 || !head->chunked) {
		return end;
	}
	for (size_t at = (size_t)end; at < length && !chunks.done;) {
		int taken = enc_http1_chunks_read(&chunks, bytes + at,
						  ENC_MIN(piece, length - at),
						  body);

		if (taken < 0) {
			return taken;
		}
		at += (size_t)taken;
	}
	return chunks.done ? end : 0;
}

/*
 * check_host() - a host is found in a canonical form, and enc_http1_request()
 * takes exactly the heads whose target has origin-form
 * @end: what enc_http1_request() returned
 */
static void check_host(const uint8_t *bytes, size_t length, int end)
{
	static struct enc_http1_head head;
	char name[ENC_HOST_NAME_BYTES];
	struct enc_http_host host;
	size_t scanned = 0;
	int status;
	int any =
		enc_http1_request_any(bytes, length, &scanned, &head, &status);

	ENC_ASSERT(end == any || (end == -EPROTO && any > 0));
	if (any <= 0 || enc_http_host_read(&head, &host) < 0) {
		return;
	}
	ENC_ASSERT((end > 0) == (host.form == ENC_HTTP_FORM_ORIGIN));
	ENC_ASSERT(host.port > 0);
	if (host.name[0] != '\0') {
		ENC_ASSERT(enc_host_name_read(host.name, strlen(host.name),
					      name) == 0);
		ENC_ASSERT(strcmp(host.name, name) == 0);
	}
}

/* The same bytes mean the same, whole or one at a time. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct enc_http1_head whole;
	static struct enc_http1_head pieces;
	ENC_AUTO(buf) whole_body = ENC_BUF(BODY_MAX_BYTES);
	ENC_AUTO(buf) pieces_body = ENC_BUF(BODY_MAX_BYTES);
	int whole_status = 0;
	int pieces_status = 0;
	size_t scanned = 0;
	int a = read_request(bytes, length, length + 1, &whole, &whole_status,
			     &whole_body);
	int b = read_request(bytes, length, 1, &pieces, &pieces_status,
			     &pieces_body);

	ENC_ASSERT(a == b);
	if (a > 0) {
		ENC_ASSERT(whole.header_count == pieces.header_count);
		ENC_ASSERT(whole.length == pieces.length);
		ENC_ASSERT(whole_body.length == pieces_body.length);
		ENC_ASSERT(enc_http1_find(&whole, "host") != NULL);
	}
	scanned = 0;
	check_host(bytes, length,
		   enc_http1_request(bytes, length, &scanned, &whole,
				     &whole_status));
	scanned = 0;
	if (enc_http1_response(bytes, length, &scanned, &whole) > 0) {
		ENC_ASSERT(whole.status >= 100 && whole.status <= 999);
		ENC_ASSERT(memcmp(bytes, "HTTP/1.0", 8) != 0 ||
			   (whole.close && !whole.chunked));
	}
	return 0;
}
