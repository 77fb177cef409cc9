#ifndef ENC_WIRE_HTTP1_H
#define ENC_WIRE_HTTP1_H

/*
 * A strict parser of HTTP/1.1 (RFC 9110, RFC 9112). A message that two parsers
 * could understand differently is refused. docs/protocol/http.md lists all
 * rules. The main ones:
 *
 *	Only CRLF ends a line. No folded lines, no space before a colon, no
 *	control character, no byte above 0x7e.
 *	Exactly one Host. No header twice whose value decides something.
 *	Targets have origin-form, except in enc_http1_request_any().
 *	Either one plain Content-Length or `Transfer-Encoding: chunked`. Chunks
 *	have no extensions and no trailers.
 *
 * The parser keeps no state, copies nothing and allocates nothing. Its results
 * point into the parsed bytes. Only the content of chunks is copied.
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
	struct enc_text value; /* value without white space around it */
};

struct enc_http1_head {
	/* Members that are set for requests only. */
	struct enc_text method;
	struct enc_text target;
	bool expects_continue;
	/* Members that are set for responses only. */
	int status;
	bool old; /* HTTP/1.0 */
	/* Members that are set for requests and responses. */
	size_t header_count;
	struct enc_http1_header headers[ENC_HTTP1_HEADERS_MAX];
	bool chunked;
	bool has_length;
	uint64_t length;
	bool close; /* the connection is closed after this message */
};

/**
 * enc_http1_request() - parse a request head at the beginning of some bytes
 * @scanned:    set it to 0 for a new head, and keep it between calls: the next
 *              call, with more bytes, continues there
 * @ret_status: set on failure: 400, 414, 417, 431 or 505
 *
 * Return: bytes of the head; 0 if more bytes are needed; -EPROTO
 */
ENC_NODISCARD int enc_http1_request(const uint8_t *bytes, size_t length,
				    size_t *scanned,
				    struct enc_http1_head *ret_head,
				    int *ret_status);

/*
 * enc_http1_request_any() - like enc_http1_request(), but the target may have
 * any form, and the method may be CONNECT
 *
 * The target has valid characters, and may be nonsense otherwise.
 * enc_http_host_read() checks it.
 */
ENC_NODISCARD int enc_http1_request_any(const uint8_t *bytes, size_t length,
					size_t *scanned,
					struct enc_http1_head *ret_head,
					int *ret_status);

/*
 * enc_http1_response() - parse a response head at the beginning of some bytes
 * @scanned: see enc_http1_request()
 *
 * A response of HTTP/1.0 always has @close, whatever its headers say, and can't
 * have chunks.
 *
 * Return: bytes of the head; 0 if more bytes are needed; -EPROTO
 */
ENC_NODISCARD int enc_http1_response(const uint8_t *bytes, size_t length,
				     size_t *scanned,
				     struct enc_http1_head *ret_head);

/*
 * enc_http1_find() - find the value of a header, or NULL
 * @name: compared without regard to case
 *
 * Returns the first value. A header whose value decides something can't come
 * twice.
 */
const struct enc_text *enc_http1_find(const struct enc_http1_head *head,
				      const char *name);

/* enc_http1_is() - whether a text equals a word, without regard to case */
bool enc_http1_is(struct enc_text text, const char *word);

/* The state of reading a chunked body. Begin with a zeroed struct. */
struct enc_http1_chunks {
	uint64_t left; /* bytes of the chunk that are still missing */
	unsigned int state;
	unsigned int digits;
	bool done;
};

/**
 * enc_http1_chunks_next() - read a chunked body up to the end of some content
 * @ret_content: lies in @bytes; empty if they have none
 *
 * Return: bytes that were used; -EPROTO if they are malformed
 */
ENC_NODISCARD int enc_http1_chunks_next(struct enc_http1_chunks *chunks,
					const uint8_t *bytes, size_t length,
					struct enc_text *ret_content);

/**
 * enc_http1_chunks_read() - read the next bytes of a chunked body
 * @body: the content is appended here
 *
 * Return: bytes that were used; -EPROTO if they are malformed; -E2BIG if the
 * content is above the buffer's maximum; -ENOMEM
 */
ENC_NODISCARD int enc_http1_chunks_read(struct enc_http1_chunks *chunks,
					const uint8_t *bytes, size_t length,
					struct enc_buf *body);

#endif
