#ifndef ENC_GATE_FRAMING_H
#define ENC_GATE_FRAMING_H

/*
 * Where the body of an HTTP/1.1 message ends (RFC 9112, section 6). Pure: bytes
 * come in as they were read, their content goes out, and the end is known.
 */

#include "http1.h"

enum enc_framing_kind {
	ENC_FRAMING_NONE, /* there is no body */
	ENC_FRAMING_LENGTH,
	ENC_FRAMING_CHUNKED,
	ENC_FRAMING_CLOSE, /* of a response: it ends with the connection */
};

/* An all-zero struct is a body that is over. */
struct enc_framing {
	enum enc_framing_kind kind;
	uint64_t left; /* LENGTH */
	struct enc_http1_chunks chunks;
};

/* enc_framing_of_request() - begin to read the body of a request */
void enc_framing_of_request(struct enc_framing *framing,
			    const struct enc_http1_head *head);

/*
 * enc_framing_of_response() - begin to read the body of a response
 * @to_head: it answers a HEAD
 */
void enc_framing_of_response(struct enc_framing *framing,
			     const struct enc_http1_head *head, bool to_head);

/* enc_framing_done() - whether all of the body has come; never for CLOSE */
bool enc_framing_done(const struct enc_framing *framing);

/**
 * enc_framing_read() - read the next bytes of a body that isn't done
 * @scratch:     cleared first; the content of chunks is copied there. Has room
 *               for @length
 * @ret_content: what of @bytes is content; lies in @bytes or in @scratch
 *
 * Return: bytes that were used; those behind them aren't the body's; -EPROTO if
 * they are malformed
 */
ENC_NODISCARD int enc_framing_read(struct enc_framing *framing,
				   const uint8_t *bytes, size_t length,
				   struct enc_buf *scratch,
				   struct enc_text *ret_content);

#endif
