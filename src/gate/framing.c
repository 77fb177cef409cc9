#include <limits.h>
#include <string.h>

#include "framing.h"

enum { NO_CONTENT = 204, NOT_MODIFIED = 304 };

static void begin(struct enc_framing *framing,
		  const struct enc_http1_head *head,
		  enum enc_framing_kind otherwise)
{
	*framing = (struct enc_framing){ .kind = otherwise };
	if (head->chunked) {
		framing->kind = ENC_FRAMING_CHUNKED;
	} else if (head->has_length) {
		framing->kind = ENC_FRAMING_LENGTH;
		framing->left = head->length;
	}
}

void enc_framing_of_request(struct enc_framing *framing,
			    const struct enc_http1_head *head)
{
	begin(framing, head, ENC_FRAMING_NONE);
}

void enc_framing_of_response(struct enc_framing *framing,
			     const struct enc_http1_head *head, bool to_head)
{
	if (to_head || head->status == NO_CONTENT ||
	    head->status == NOT_MODIFIED) {
		*framing = (struct enc_framing){ .kind = ENC_FRAMING_NONE };
	} else {
		begin(framing, head, ENC_FRAMING_CLOSE);
	}
}

bool enc_framing_done(const struct enc_framing *framing)
{
	switch (framing->kind) {
	case ENC_FRAMING_LENGTH:
		return framing->left == 0;
	case ENC_FRAMING_CHUNKED:
		return framing->chunks.done;
	case ENC_FRAMING_CLOSE:
		return false;
	case ENC_FRAMING_NONE:
		break;
	}
	return true;
}

/* join_chunks() - read chunks, and move their content together */
static int join_chunks(struct enc_http1_chunks *chunks, uint8_t *bytes,
		       size_t length, uint8_t **ret_content, size_t *ret_length)
{
	size_t count = 0;
	size_t at = 0;

	while (at < length && !chunks->done) {
		struct enc_text content;
		int used = enc_http1_chunks_next(chunks, bytes + at,
						 length - at, &content);

		if (used < 0) {
			return used;
		}
		at += (size_t)used;
		if (count == 0) {
			*ret_content = bytes + at - content.length;
		} else {
			memmove(*ret_content + count, content.bytes,
				content.length);
		}
		count += content.length;
	}
	*ret_length = count;
	return (int)at;
}

int enc_framing_read(struct enc_framing *framing, uint8_t *bytes, size_t length,
		     uint8_t **ret_content, size_t *ret_length)
{
	ENC_ASSERT(length <= INT_MAX && !enc_framing_done(framing));
	*ret_content = bytes;
	*ret_length = 0;
	if (framing->kind == ENC_FRAMING_CHUNKED) {
		return join_chunks(&framing->chunks, bytes, length, ret_content,
				   ret_length);
	}
	if (framing->kind == ENC_FRAMING_LENGTH) {
		length = (size_t)ENC_MIN((uint64_t)length, framing->left);
		framing->left -= length;
	}
	*ret_length = length;
	return (int)length;
}
