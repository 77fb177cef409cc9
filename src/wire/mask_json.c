#include <string.h>

#include "mask_internal.h"
#include "utf8.h"

enum { ESCAPE_BYTES = 6 /* \u00xx */, HIGH = 0xd800, LOW = 0xdc00 };

/* What a string has as one: a byte, an escape, or two of them for a point. */
struct unit {
	size_t length;
	uint8_t bytes[ENC_UTF8_MAX_BYTES]; /* what it stands for */
	size_t count;
};

static unsigned int hex_digit(uint8_t c)
{
	return c <= '9' ? c - (unsigned int)'0'
			: (c | 0x20) - (unsigned int)'a' + 10;
}

/* read_code() - the number of an escape like \u00xx */
static uint32_t read_code(const uint8_t *escape)
{
	uint32_t code = 0;

	for (size_t i = 2; i < ESCAPE_BYTES; i++) {
		code = code << 4 | hex_digit(escape[i]);
	}
	return code;
}

static uint8_t short_escape(uint8_t letter)
{
	static const char letters[] = "bfnrt";
	static const char bytes[] = "\b\f\n\r\t";
	const char *at = strchr(letters, letter);

	return at == NULL ? letter : (uint8_t)bytes[at - letters];
}

/* read_unit() - read what is next in a string that has been checked */
static struct unit read_unit(const uint8_t *at)
{
	struct unit unit = { .length = 1, .bytes = { at[0] }, .count = 1 };
	uint32_t code;

	if (at[0] != '\\') {
		return unit;
	}
	if (at[1] != 'u') {
		unit.length = 2;
		unit.bytes[0] = short_escape(at[1]);
		return unit;
	}
	unit.length = ESCAPE_BYTES;
	code = read_code(at);
	if (code >= HIGH && code < LOW) {
		unit.length += ESCAPE_BYTES;
		code = 0x10000 + ((code - HIGH) << 10) +
		       (read_code(at + ESCAPE_BYTES) - LOW);
	}
	unit.count = enc_utf8_encode(code, unit.bytes);
	return unit;
}

/* mask_escaped() - mask a string that has escapes */
static void mask_escaped(struct enc_mask *mask, uint8_t *text, size_t length,
			 enc_mask_matched_fn *matched, void *context)
{
	uint8_t *plain = enc_xalloc(length);
	size_t count = 0;
	struct unit unit;

	for (size_t i = 0; i < length; i += unit.length) {
		unit = read_unit(text + i);
		memcpy(plain + count, unit.bytes, unit.count);
		count += unit.count;
	}
	enc_mask_in_place(mask, plain, count, matched, context);
	count = 0;
	for (size_t i = 0; i < length; i += unit.length) {
		unit = read_unit(text + i);
		if (memcmp(plain + count, unit.bytes, unit.count) != 0) {
			memset(text + i, '*', unit.length);
		}
		count += unit.count;
	}
	explicit_bzero(plain, length);
	free(plain);
}

/* string_length() - count the bytes before the quote that ends a string */
static size_t string_length(const uint8_t *text, size_t left, bool *ret_escaped)
{
	size_t i = 0;

	*ret_escaped = false;
	while (i < left && text[i] != '"') {
		*ret_escaped |= text[i] == '\\';
		i += text[i] == '\\' ? 2 : 1;
	}
	return ENC_MIN(i, left);
}

void enc_mask_json(struct enc_mask *mask, uint8_t *text, size_t length,
		   enc_mask_matched_fn *matched, void *context)
{
	size_t i = 0;

	while (mask != NULL && i < length) {
		bool escaped;
		size_t string;

		if (text[i++] != '"') {
			continue;
		}
		string = string_length(text + i, length - i, &escaped);
		if (escaped) {
			mask_escaped(mask, text + i, string, matched, context);
		} else {
			enc_mask_in_place(mask, text + i, string, matched,
					  context);
		}
		i += string + 1;
	}
}
