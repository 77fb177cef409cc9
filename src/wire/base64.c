#include <errno.h>
#include <string.h>

#include "base64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz0123456789+/";

enum { GROUP = 3 };

char *enc_base64_encode(const uint8_t *bytes, size_t length)
{
	char *text = enc_xalloc((length + 2) / GROUP * 4 + 1);
	size_t done = 0;

	for (size_t i = 0; i < length; i += GROUP) {
		size_t left = length - i;
		uint32_t group = (uint32_t)bytes[i] << 16;

		group |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
		group |= left > 2 ? bytes[i + 2] : 0;
		text[done++] = letters[group >> 18];
		text[done++] = letters[group >> 12 & 63];
		text[done++] =
			(char)(left > 1 ? letters[group >> 6 & 63] : '=');
		text[done++] = (char)(left > 2 ? letters[group & 63] : '=');
	}
	return text;
}

/* value_of() - the six bits that a base64 letter encodes, or -1 */
static int value_of(char letter)
{
	if (letter >= 'A' && letter <= 'Z') {
		return letter - 'A';
	}
	if (letter >= 'a' && letter <= 'z') {
		return letter - 'a' + 26;
	}
	if (letter >= '0' && letter <= '9') {
		return letter - '0' + 52;
	}
	return letter == '+' ? 62 : letter == '/' ? 63 : -1;
}

/* decode_group() - decode four letters; the last @padding of them are '=' */
static int decode_group(const char *text, size_t padding,
			struct enc_buf *ret_bytes)
{
	uint8_t bytes[GROUP];
	uint32_t group = 0;

	for (size_t i = 0; i < 4; i++) {
		int value = i >= 4 - padding ? 0 : value_of(text[i]);

		if (value < 0) {
			return -EINVAL;
		}
		group = group << 6 | (uint32_t)value;
	}
	if ((group & ((1U << padding * 8) - 1)) != 0) {
		return -EINVAL;
	}
	bytes[0] = (uint8_t)(group >> 16);
	bytes[1] = (uint8_t)(group >> 8);
	bytes[2] = (uint8_t)group;
	return enc_buf_append(ret_bytes, bytes, GROUP - padding);
}

int enc_base64_decode(const char *text, size_t length,
		      struct enc_buf *ret_bytes)
{
	int r = 0;

	if (length % 4 != 0) {
		return -EINVAL;
	}
	for (size_t i = 0; i < length && r == 0; i += 4) {
		size_t padding = 0;

		if (i + 4 == length && text[i + 3] == '=') {
			padding = text[i + 2] == '=' ? 2 : 1;
		}
		r = decode_group(text + i, padding, ret_bytes);
	}
	return r;
}
