#include <errno.h>
#include <string.h>

#include "inert.h"

enum { LINE_BYTES_MAX = 512, ESCAPED_MAX = 8 };

/* One decoded UTF-8 character, or one byte that is not UTF-8. */
struct character {
	uint32_t point;
	size_t length; /* in bytes; 0 if the character is incomplete */
	bool well_formed;
};

/* Ranges of characters that are invisible or change how text reads. */
static const uint32_t deceptive[][2] = {
	{ 0x00ad, 0x00ad },   { 0x061c, 0x061c },   { 0x115f, 0x1160 },
	{ 0x17b4, 0x17b5 },   { 0x180e, 0x180e },   { 0x200b, 0x200f },
	{ 0x2028, 0x202e },   { 0x2060, 0x206f },   { 0x3164, 0x3164 },
	{ 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },   { 0xfff9, 0xfffb },
	{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

/* expected() - length of a UTF-8 character by its first byte; 0 if invalid */
static size_t expected(uint8_t first)
{
	if (first < 0x80) {
		return 1;
	}
	if (first >= 0xc2 && first <= 0xdf) {
		return 2;
	}
	if (first >= 0xe0 && first <= 0xef) {
		return 3;
	}
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/*
 * second_fits() - whether a second byte is valid after a first one in UTF-8
 *
 * Overlong forms, surrogates and code points above U+10FFFF are invalid.
 */
static bool second_fits(uint8_t first, uint8_t second)
{
	uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

	return second >= low && second <= high;
}

/*
 * character_at() - decode the first character of @bytes as strict UTF-8
 *
 * On an invalid sequence its first byte alone is the character.
 */
static struct character character_at(const uint8_t *bytes, size_t length)
{
	size_t wanted = expected(bytes[0]);
	uint32_t point = bytes[0];

	if (wanted == 0) {
		return (struct character){ point, 1, false };
	}
	if (wanted > 1) {
		point = bytes[0] & (0x7fU >> wanted);
	}
	for (size_t i = 1; i < wanted; i++) {
		if (i == length) {
			return (struct character){ 0, 0, false };
		}
		if (i == 1 ? !second_fits(bytes[0], bytes[1])
			   : (bytes[i] & 0xc0) != 0x80) {
			return (struct character){ bytes[0], 1, false };
		}
		point = point << 6 | (bytes[i] & 0x3f);
	}
	return (struct character){ point, wanted, true };
}

/* deceives() - whether a character is invisible or changes how text reads */
static bool deceives(uint32_t point)
{
	for (size_t i = 0; i < ENC_COUNT(deceptive); i++) {
		if (point >= deceptive[i][0] && point <= deceptive[i][1]) {
			return true;
		}
	}
	return false;
}

/* put() - append one character to @out, escaped if it is unsafe to print */
static int put(const struct character *character, const uint8_t *bytes,
	       struct enc_buf *out)
{
	uint32_t point = character->point;

	if (!character->well_formed) {
		return enc_buf_printf(out, "\\x%02x", (unsigned int)bytes[0]);
	}
	if ((point < 0x20 && point != '\t' && point != '\n') ||
	    (point >= 0x7f && point < 0xa0)) {
		return enc_buf_printf(out, "\\x%02x", (unsigned int)point);
	}
	if (deceives(point)) {
		return enc_buf_printf(out, "\\u{%x}", (unsigned int)point);
	}
	return enc_buf_append(out, bytes, character->length);
}

/*
 * step() - append the inert form of the first character of @bytes to @out
 * @ret_used: bytes consumed; 0 if the character is incomplete
 */
static int step(const uint8_t *bytes, size_t length, struct enc_buf *out,
		size_t *ret_used)
{
	struct character character;

	*ret_used = 0;
	if (bytes[0] == '\r') {
		if (length == 1) {
			return 0;
		}
		*ret_used = 1;
		return bytes[1] == '\n' ? enc_buf_append(out, "\r", 1)
					: enc_buf_append(out, "\\x0d", 4);
	}
	character = character_at(bytes, length);
	*ret_used = character.length;
	return character.length == 0 ? 0 : put(&character, bytes, out);
}

int enc_inert_feed(struct enc_inert *inert, const void *bytes, size_t length,
		   struct enc_buf *out)
{
	const uint8_t *at = bytes;
	const uint8_t *end = at + length;
	size_t used;
	int r;

	/* Complete the held character: add one byte at a time. */
	while (inert->held_length > 0 && at < end) {
		inert->held[inert->held_length++] = *at++;
		do {
			r = step(inert->held, inert->held_length, out, &used);
			if (r < 0) {
				return r;
			}
			inert->held_length -= used;
			memmove(inert->held, inert->held + used,
				inert->held_length);
		} while (used > 0 && inert->held_length > 0);
	}
	while (at < end) {
		r = step(at, (size_t)(end - at), out, &used);
		if (r < 0) {
			return r;
		}
		if (used == 0) {
			inert->held_length = (size_t)(end - at);
			memcpy(inert->held, at, inert->held_length);
			return 0;
		}
		at += used;
	}
	return 0;
}

int enc_inert_finish(struct enc_inert *inert, struct enc_buf *out)
{
	int r = 0;

	for (size_t i = 0; i < inert->held_length && r == 0; i++) {
		r = enc_buf_printf(out, "\\x%02x",
				   (unsigned int)inert->held[i]);
	}
	inert->held_length = 0;
	return r;
}

char *enc_inert_line(const char *text)
{
	ENC_AUTO(buf) out = ENC_BUF((size_t)(LINE_BYTES_MAX + 4) * ESCAPED_MAX);
	struct enc_inert inert = { 0 };
	size_t length;
	char *line;

	if (text == NULL) {
		return enc_xstrdup("-");
	}
	length = strnlen(text, LINE_BYTES_MAX);
	for (size_t i = 0; i < length; i++) {
		const char *escape = text[i] == '\n'   ? "\\n"
				     : text[i] == '\t' ? "\\t"
						       : NULL;
		int r = escape == NULL
				? enc_inert_feed(&inert, text + i, 1, &out)
				: enc_inert_finish(&inert, &out);

		if (r == 0 && escape != NULL) {
			r = enc_buf_append(&out, escape, 2);
		}
		ENC_ASSERT(r == 0);
	}
	ENC_MUST(enc_inert_finish(&inert, &out));
	line = enc_xalloc(out.length + 1);
	memcpy(line, enc_buf_bytes(&out), out.length);
	return line;
}
