#ifndef ENC_OS_DESCRIPTORS_H
#define ENC_OS_DESCRIPTORS_H

/*
 * The descriptors that a program is born with. A child calls this between its
 * clone and its exec: afterwards it has the descriptors of one table, each at
 * the number of its row, and no other.
 */

#include <stdbool.h>

#include "def.h"

/* Enough for every program of ours. */
enum { ENC_DESCRIPTORS_MAX = 32 };

struct enc_descriptor {
	int fd;		 /* -1: the number stays closed */
	bool until_exec; /* close-on-exec: for a step before the exec */
};

/**
 * enc_descriptors_place() - move descriptors to the numbers of their rows
 * @rows:  row n becomes descriptor n; a descriptor may be in several rows
 * @count: ENC_DESCRIPTORS_MAX at most; every number from @count on is closed
 *
 * RLIMIT_NOFILE has to leave room for a copy of each row above all that the
 * process has open: a child lowers that limit after this call. Nothing has
 * moved when there is no room.
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_descriptors_place(const struct enc_descriptor *rows,
					size_t count);

#endif
