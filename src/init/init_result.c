#include <endian.h>
#include <string.h>

#include "init_result.h"

void enc_init_result_init(struct enc_init_result *result)
{
	*result = (struct enc_init_result){
		.current = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES),
		.last = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES),
	};
}

void enc_init_result_done(struct enc_init_result *result)
{
	enc_buf_done(&result->current);
	enc_buf_done(&result->last);
}

/* finish_body() - the body is complete: keep it unless it was skipped */
static void finish_body(struct enc_init_result *result)
{
	if (result->skipping) {
		result->too_large = true;
	} else {
		struct enc_buf former = result->last;

		result->last = result->current;
		result->current = former;
		enc_buf_clear(&result->current);
		result->have = true;
	}
	result->header_length = 0;
}

/*
 * take_header() - read bytes of the header; begin the body when the header is
 * complete. Return: the number of bytes used
 */
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
		result->skipping = result->left > ENC_FRAME_PAYLOAD_MAX_BYTES;
		if (result->left == 0) {
			finish_body(result);
		}
	}
	return taken;
}

/* take_body() - read bytes of the body */
static int take_body(struct enc_init_result *result, const uint8_t *bytes,
		     size_t length, size_t *ret_taken)
{
	size_t taken = ENC_MIN(result->left, length);
	int r = result->skipping
			? 0
			: enc_buf_append(&result->current, bytes, taken);

	if (r < 0) {
		return r;
	}
	result->left -= (uint32_t)taken;
	if (result->left == 0) {
		finish_body(result);
	}
	*ret_taken = taken;
	return 0;
}

int enc_init_result_feed(struct enc_init_result *result, const uint8_t *bytes,
			 size_t length)
{
	while (length > 0) {
		size_t taken = 0;

		if (result->header_length < sizeof(result->header)) {
			taken = take_header(result, bytes, length);
		} else {
			int r = take_body(result, bytes, length, &taken);

			if (r < 0) {
				return r;
			}
		}
		bytes += taken;
		length -= taken;
	}
	return 0;
}

enum enc_reject_reason
enc_init_result_fault(const struct enc_init_result *result)
{
	if (result->header_length > 0) {
		return ENC_REJECT_FRAMING;
	}
	return result->too_large ? ENC_REJECT_TOO_LARGE : ENC_REJECT_INVALID;
}
