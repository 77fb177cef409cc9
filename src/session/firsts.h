#ifndef ENC_SESSION_FIRSTS_H
#define ENC_SESSION_FIRSTS_H

/*
 * The set of attempts that already have a line in a session's log. A program
 * that repeats itself could fill the log, and a later attempt of another kind
 * would get no line. So the second half of the log is only for attempts that
 * aren't in this set (record.c).
 *
 * Members are SHA-256 digests, cut to 64 bits, so that a program can't easily
 * craft an attempt which is mistaken for an earlier one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "def.h"

enum { ENC_FIRSTS_MAX = 4096 };

/* An all-zero struct is an empty set. */
struct enc_firsts {
	uint64_t *slots; /* hash table of numbers; 0: a free slot */
	size_t room;	 /* count of slots: a power of two, or 0 */
	size_t count;
};

/*
 * enc_firsts_add() - add @bytes to the set. Return: true if they are new; false
 * if the set has them, or has ENC_FIRSTS_MAX members already
 */
bool enc_firsts_add(struct enc_firsts *firsts, const void *bytes,
		    size_t length);

/* enc_firsts_clear() - free the slots and leave an empty set */
void enc_firsts_clear(struct enc_firsts *firsts);

#endif
