#ifndef ENC_VAULT_MARKS_H
#define ENC_VAULT_MARKS_H

/*
 * A table of numbers by key; a number only rises. A key is a hash that nobody
 * outside can foresee, so its first bytes choose its place in the table.
 */

#include <stddef.h>
#include <stdint.h>

#include "def.h"

enum { ENC_MARK_KEY_BYTES = 32 };

struct enc_mark {
	uint8_t key[ENC_MARK_KEY_BYTES];
	uint64_t value; /* 0: a free row */
};

struct enc_marks {
	struct enc_mark *rows;
	size_t count;
	size_t room;	   /* a power of two, or 0 */
	size_t count_most; /* set by the owner; all else is zeroed at first */
};

void enc_marks_done(struct enc_marks *marks);

/* enc_marks_get() - return the number of a key; 0: it has none */
uint64_t enc_marks_get(const struct enc_marks *marks,
		       const uint8_t key[ENC_MARK_KEY_BYTES]);

/*
 * enc_marks_reserve() - make room for @more new keys. Return: 0; -E2BIG above
 * count_most; -ENOMEM
 */
ENC_NODISCARD int enc_marks_reserve(struct enc_marks *marks, size_t more);

/* enc_marks_put() - raise a number; a new key needs reserved room */
void enc_marks_put(struct enc_marks *marks,
		   const uint8_t key[ENC_MARK_KEY_BYTES], uint64_t value);

#endif
