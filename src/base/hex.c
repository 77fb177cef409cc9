#include <errno.h>

#include "hex.h"

static const char digits[] = "0123456789abcdef";

void enc_hex_encode(const uint8_t *bytes, size_t length, char *ret_text)
{
	for (size_t i = 0; i < length; i++) {
		*ret_text++ = digits[bytes[i] >> 4];
		*ret_text++ = digits[bytes[i] & 0xf];
	}
	*ret_text = '\0';
}

/* value_of() - return the value of a hex digit, 0 to 15, or -1 */
static int value_of(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int enc_hex_decode(const char *text, size_t text_length, uint8_t *ret_bytes)
{
	if (text_length % 2 != 0) {
		return -EINVAL;
	}
	for (size_t i = 0; i < text_length / 2; i++) {
		int high = value_of(text[2 * i]);
		int low = value_of(text[2 * i + 1]);

		if (high < 0 || low < 0) {
			return -EINVAL;
		}
		ret_bytes[i] = (uint8_t)(high * 16 + low);
	}
	return 0;
}
