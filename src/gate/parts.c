#include <stdio.h>

#include "parts.h"

static const char tail[] = "\r\n";
static const char last_tail[] = "\r\n0\r\n\r\n";
static const char last_chunk[] = "0\r\n\r\n";

void enc_parts_add(struct enc_parts *parts, const void *bytes, size_t length)
{
	ENC_ASSERT(parts->count < ENC_SENDING_PARTS_MAX);
	parts->at[parts->count++] =
		(struct iovec){ (void *)(uintptr_t)bytes, length };
}

void enc_parts_add_content(struct enc_parts *parts, struct enc_text content,
			   bool chunked, bool last)
{
	if (chunked && content.length > 0) {
		int length =
			snprintf(parts->size_line, sizeof(parts->size_line),
				 "%zx\r\n", content.length);

		enc_parts_add(parts, parts->size_line, (size_t)length);
	}
	if (content.length > 0) {
		enc_parts_add(parts, content.bytes, content.length);
	}
	if (chunked && content.length > 0) {
		enc_parts_add(parts, last ? last_tail : tail,
			      last ? sizeof(last_tail) - 1 : sizeof(tail) - 1);
	} else if (chunked && last) {
		enc_parts_add(parts, last_chunk, sizeof(last_chunk) - 1);
	}
}
