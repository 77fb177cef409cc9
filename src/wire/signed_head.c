#include <endian.h>
#include <string.h>

#include "def.h"
#include "signed_head.h"

static const char domain[] = "enclave-head-v1\n";

size_t enc_signed_head_write(const struct enc_signed_head *head,
			     uint8_t ret_text[ENC_SIGNED_HEAD_MAX_BYTES])
{
	const uint64_t count = htobe64(head->count);
	const uint64_t time_ms = htobe64((uint64_t)head->time_ms);
	const struct {
		const void *bytes;
		size_t length;
	} parts[] = {
		{ domain, sizeof(domain) - 1 },
		{ head->org, strlen(head->org) + 1 },
		{ head->session, strlen(head->session) + 1 },
		{ &count, sizeof(count) },
		{ head->hash, sizeof(head->hash) },
		{ &time_ms, sizeof(time_ms) },
	};
	size_t length = 0;

	for (size_t i = 0; i < ENC_COUNT(parts); i++) {
		ENC_ASSERT(length + parts[i].length <=
			   ENC_SIGNED_HEAD_MAX_BYTES);
		memcpy(ret_text + length, parts[i].bytes, parts[i].length);
		length += parts[i].length;
	}
	return length;
}
