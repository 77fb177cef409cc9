#include <limits.h>

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

int enc_framing_read(struct enc_framing *framing, const uint8_t *bytes,
		     size_t length, struct enc_buf *scratch,
		     struct enc_text *ret_content)
{
	int used;

	ENC_ASSERT(length <= INT_MAX && !enc_framing_done(framing));
	if (framing->kind != ENC_FRAMING_CHUNKED) {
		if (framing->kind == ENC_FRAMING_LENGTH) {
			length = (size_t)ENC_MIN((uint64_t)length,
						 framing->left);
			framing->left -= length;
		}
		*ret_content = (struct enc_text){ (const char *)bytes, length };
		return (int)length;
	}
	enc_buf_clear(scratch);
	used = enc_http1_chunks_read(&framing->chunks, bytes, length, scratch);
	if (used >= 0) {
		*ret_content =
			(struct enc_text){ (const char *)enc_buf_bytes(scratch),
					   scratch->length };
	}
	return used;
}
