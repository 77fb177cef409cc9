#include <endian.h>
#include <errno.h>
#include <string.h>

#include "init_result.h"
#include "json.h"

void enc_init_result_init(struct enc_init_result *result)
{
	*result = (struct enc_init_result){
		.body = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES),
	};
}

void enc_init_result_done(struct enc_init_result *result)
{
	enc_buf_done(&result->body);
	enc_init_result_init(result);
}

bool enc_init_result_begun(const struct enc_init_result *result)
{
	return result->header_length > 0;
}

bool enc_init_result_whole(const struct enc_init_result *result)
{
	return result->header_length == sizeof(result->header) &&
	       result->left == 0;
}

/* take_header() - read bytes of the header. Return: the number of bytes used */
static size_t take_header(struct enc_init_result *result, const uint8_t *bytes,
			  size_t length)
{
	size_t missing = sizeof(result->header) - result->header_length;
	size_t taken = ENC_MIN(missing, length);
	uint32_t big_endian;

	memcpy(result->header + result->header_length, bytes, taken);
	result->header_length += taken;
	if (result->header_length == sizeof(result->header)) {
		memcpy(&big_endian, result->header, sizeof(big_endian));
		result->left = be32toh(big_endian);
		result->too_large = result->left > ENC_FRAME_PAYLOAD_MAX_BYTES;
	}
	return taken;
}

int enc_init_result_feed(struct enc_init_result *result, const uint8_t *bytes,
			 size_t length)
{
	size_t used = 0;
	size_t taken;

	if (result->header_length < sizeof(result->header)) {
		used = take_header(result, bytes, length);
	}
	taken = ENC_MIN(result->left, length - used);
	if (used + taken < length) {
		return -EPROTO;
	}
	result->left -= (uint32_t)taken;
	return result->too_large
		       ? 0
		       : enc_buf_append(&result->body, bytes + used, taken);
}

enum enc_reject_reason
enc_init_result_judge(const struct enc_init_result *result)
{
	if (result->too_large) {
		return ENC_REJECT_TOO_LARGE;
	}
	return enc_reject_of(
		enc_json_check((const char *)enc_buf_bytes(&result->body),
			       result->body.length, NULL));
}
