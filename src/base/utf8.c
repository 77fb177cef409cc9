#include <stdbool.h>

#include "def.h"
#include "utf8.h"

/*
 * The valid ranges of the first and second byte. The range of the second byte
 * excludes overlong forms, surrogates and code points above U+10FFFF.
 */
static const struct utf8_row {
	uint8_t first_low, first_high;
	uint8_t second_low, second_high;
	uint8_t length;
	uint8_t first_mask;
} rows[] = {
	{ 0x00, 0x7f, 0x00, 0x00, 1, 0x7f },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2, 0x1f },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3, 0x0f },
	{ 0xe1, 0xec, 0x80, 0xbf, 3, 0x0f },
	{ 0xed, 0xed, 0x80, 0x9f, 3, 0x0f },
	{ 0xee, 0xef, 0x80, 0xbf, 3, 0x0f },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4, 0x07 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4, 0x07 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4, 0x07 },
};

/* row_of() - find the row of a first byte; NULL for an invalid one */
static const struct utf8_row *row_of(uint8_t first)
{
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		if (first >= rows[i].first_low && first <= rows[i].first_high) {
			return &rows[i];
		}
	}
	return NULL;
}

/*
 * follows() - whether @byte is valid as byte @at of a character; the first byte
 * is number 0
 */
static bool follows(const struct utf8_row *row, size_t at, uint8_t byte)
{
	uint8_t low = at == 1 ? row->second_low : 0x80;
	uint8_t high = at == 1 ? row->second_high : 0xbf;

	return byte >= low && byte <= high;
}

size_t enc_utf8_decode(const uint8_t *bytes, size_t left, uint32_t *ret_point)
{
	const struct utf8_row *row = row_of(bytes[0]);
	uint32_t point;

	if (row == NULL || left < row->length) {
		return 0;
	}
	point = bytes[0] & row->first_mask;
	for (size_t i = 1; i < row->length; i++) {
		if (!follows(row, i, bytes[i])) {
			return 0;
		}
		point = point << 6 | (bytes[i] & 0x3f);
	}
	*ret_point = point;
	return row->length;
}

size_t enc_utf8_encode(uint32_t point, uint8_t ret_bytes[ENC_UTF8_MAX_BYTES])
{
	static const uint8_t marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t length = 1;

	if (point >= 0x80) {
		length = point < 0x800 ? 2 : 3;
	}
	if (point >= 0x10000) {
		length = 4;
	}
	for (size_t i = length; i-- > 1;) {
		ret_bytes[i] = (uint8_t)(0x80 | (point & 0x3f));
		point >>= 6;
	}
	ret_bytes[0] = (uint8_t)(marks[length] | point);
	return length;
}

/*
 * begins() - whether all @length bytes are the beginning of one incomplete
 * character
 */
static bool begins(const uint8_t *bytes, size_t length)
{
	const struct utf8_row *row = row_of(bytes[0]);

	if (row == NULL || length >= row->length) {
		return false;
	}
	for (size_t i = 1; i < length; i++) {
		if (!follows(row, i, bytes[i])) {
			return false;
		}
	}
	return true;
}

size_t enc_utf8_partial(const uint8_t *bytes, size_t length)
{
	size_t most = ENC_MIN(length, (size_t)ENC_UTF8_MAX_BYTES - 1);

	for (size_t tail = 1; tail <= most; tail++) {
		if (begins(bytes + length - tail, tail)) {
			return tail;
		}
	}
	return 0;
}
