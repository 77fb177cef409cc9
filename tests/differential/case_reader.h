#ifndef ENC_TESTS_CASE_READER_H
#define ENC_TESTS_CASE_READER_H

/*
 * Cases on standard input, each with its length before it (u32 big endian),
 * so that a test in another language can have a pure function of ours judge
 * hundreds of thousands of them without a process for each.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "def.h"

enum { CASE_MAX_BYTES = 1 << 20 };

/* case_read() - the next one, in memory of its exact size; false at the end */
static inline bool case_read(uint8_t **ret_bytes, size_t *ret_length)
{
	uint8_t head[4];
	size_t length;

	if (fread(head, 1, sizeof(head), stdin) != sizeof(head)) {
		return false;
	}
	length = (size_t)head[0] << 24 | (size_t)head[1] << 16 |
		 (size_t)head[2] << 8 | head[3];
	ENC_ASSERT(length <= CASE_MAX_BYTES);
	*ret_bytes = enc_xalloc(length);
	ENC_ASSERT(fread(*ret_bytes, 1, length, stdin) == length);
	*ret_length = length;
	return true;
}

#endif
