#ifndef ENC_GATE_FRAMING_H
#define ENC_GATE_FRAMING_H

/*
 * Finds the end of an HTTP/1.1 message's body (RFC 9112, section 6), and takes
 * the content out of chunks. Pure.
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

/* enc_framing_of_request() - begin the body of a request */
void enc_framing_of_request(struct enc_framing *framing,
			    const struct enc_http1_head *head);

/*
 * enc_framing_of_response() - begin the body of a response
 * @to_head: the response is to a HEAD
 */
void enc_framing_of_response(struct enc_framing *framing,
			     const struct enc_http1_head *head, bool to_head);

/* enc_framing_done() - whether all of the body has come; never for CLOSE */
bool enc_framing_done(const struct enc_framing *framing);

/**
 * enc_framing_read() - read the next bytes of a body that isn't done
 * @bytes:       changed: the content of chunks is moved together
 * @ret_content: the content, which lies in @bytes
 *
 * Return: the number of bytes that belong to the body; -EPROTO if they are
 * malformed
 */
ENC_NODISCARD int enc_framing_read(struct enc_framing *framing, uint8_t *bytes,
				   size_t length, uint8_t **ret_content,
				   size_t *ret_length);

#endif
