#ifndef ENC_WIRE_HTTP1_H
#define ENC_WIRE_HTTP1_H

/*
 * HTTP/1.1 (RFC 9110, RFC 9112), read strictly: what two readers could
 * understand in two ways is refused, and the connection ends with it
 * (docs/protocol/http.md lists all of it).
 *
 *	CRLF alone ends a line; no folding, no space before a colon, no control
 *	character, no byte above 0x7e; exactly one Host, no other name twice that
 *	may come once; origin-form targets;
 *	either one plain Content-Length or `Transfer-Encoding: chunked`; chunks
 *	without extensions and trailers.
 *
 * Pure: bytes in, a view of them out; nothing is copied or allocated.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "message.h"

enum {
	ENC_HTTP1_HEAD_MAX_BYTES = 32 * 1024,
	ENC_HTTP1_TARGET_MAX_BYTES = 8 * 1024,
	ENC_HTTP1_HEADERS_MAX = 100,
};

struct enc_http1_header {
	struct enc_text name;
	struct enc_text value; /* without white space around it */
};

struct enc_http1_head {
	/* requests */
	struct enc_text method;
	struct enc_text target;
	bool expects_continue;
	/* responses */
	int status;
	/* both */
	size_t header_count;
	struct enc_http1_header headers[ENC_HTTP1_HEADERS_MAX];
	bool chunked;
	bool has_length;
	uint64_t length;
	bool close; /* the connection ends after this message */
};

/**
 * enc_http1_request() - a request head at the beginning of some bytes
 * @scanned:    0 for a new head; where to go on when more bytes have come
 * @ret_status: on failure: 400, 414, 417, 431 or 505
 *
 * Return: bytes of the head; 0 if more are needed; -EPROTO
 */
ENC_NODISCARD int enc_http1_request(const uint8_t *bytes, size_t length,
				    size_t *scanned,
				    struct enc_http1_head *ret_head,
				    int *ret_status);

/* enc_http1_response() - the same for a response head, by the same rules */
ENC_NODISCARD int enc_http1_response(const uint8_t *bytes, size_t length,
				     size_t *scanned,
				     struct enc_http1_head *ret_head);

/*
 * enc_http1_find() - the value of a header, or NULL; names fold case. The first
 * one counts: a name whose value decides something never comes twice.
 */
const struct enc_text *enc_http1_find(const struct enc_http1_head *head,
				      const char *name);

/* enc_http1_is() - whether a text is that word, letters folded */
bool enc_http1_is(struct enc_text text, const char *word);

/* Where a reader of chunks is. Begin zeroed. */
struct enc_http1_chunks {
	uint64_t left; /* of the chunk */
	unsigned int state;
	unsigned int digits;
	bool done;
};

/**
 * enc_http1_chunks_read() - take what there is of a chunked body
 * @body: gets the content; its maximum is the limit
 *
 * Return: bytes taken; -EPROTO; -E2BIG; -ENOMEM
 */
ENC_NODISCARD int enc_http1_chunks_read(struct enc_http1_chunks *chunks,
					const uint8_t *bytes, size_t length,
					struct enc_buf *body);

#endif
