#ifndef ENC_SESSION_FIRSTS_H
#define ENC_SESSION_FIRSTS_H

/*
 * What a session's log has a line about already. A program that repeats itself
 * could fill the log, and what it does for the first time after that would
 * have no line. So the second half of the log is for first times only
 * (record.c), and this is the set that tells them from repetitions.
 *
 * Members are digests (SHA-256, cut to 64 bits): a program can't find another
 * thing that is taken for the one that it wants to hide.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "def.h"

enum { ENC_FIRSTS_MAX = 4096 };

/* All zero is an empty one. */
struct enc_firsts {
	uint64_t *slots; /* 0: free */
	size_t room;	 /* a power of two, or 0 */
	size_t count;
};

/*
 * enc_firsts_add() - whether @bytes are new, and put them in; false also when
 * ENC_FIRSTS_MAX are in it, more than a log has lines
 */
bool enc_firsts_add(struct enc_firsts *firsts, const void *bytes,
		    size_t length);

/* enc_firsts_clear() - release what it holds; it is empty then */
void enc_firsts_clear(struct enc_firsts *firsts);

#endif
