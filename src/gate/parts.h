#ifndef ENC_GATE_PARTS_H
#define ENC_GATE_PARTS_H

/*
 * The parts of an HTTP message that go out with one call to the kernel: a head,
 * and content of the body with its chunk around it. Pure.
 */

#include "binding.h"
#include "sending.h"

enum { ENC_PARTS_SIZE_LINE_BYTES = 24 };

/* All zero: no parts. */
struct enc_parts {
	struct iovec at[ENC_SENDING_PARTS_MAX];
	size_t count;
	char size_line[ENC_PARTS_SIZE_LINE_BYTES];
};

/* enc_parts_add() - add bytes, which are borrowed until they are sent */
void enc_parts_add(struct enc_parts *parts, const void *bytes, size_t length);

/**
 * enc_parts_add_content() - add content of a body; once
 * @content: borrowed until it is sent; may be empty
 * @chunked: put it into a chunk of its own
 * @last:    it is the body's last
 */
void enc_parts_add_content(struct enc_parts *parts, struct enc_text content,
			   bool chunked, bool last);

#endif
