#ifndef ENC_OS_DESCRIPTORS_H
#define ENC_OS_DESCRIPTORS_H

/*
 * The descriptors that a program is started with. A child calls this between
 * its clone and its exec. Then it has exactly the descriptors of a table, each
 * at the number of its row.
 */

#include <stdbool.h>

#include "def.h"

/* A limit that is enough for each of Enclave's programs. */
enum { ENC_DESCRIPTORS_MAX = 32 };

struct enc_descriptor {
	int fd;		 /* descriptor to copy; -1: the number is closed */
	bool until_exec; /* close-on-exec: for use before the exec */
};

/**
 * enc_descriptors_place() - move descriptors to the numbers of their rows
 * @rows:  row n becomes descriptor n; a descriptor may be in several rows
 * @count: ENC_DESCRIPTORS_MAX at most; every number from @count on is closed
 *
 * RLIMIT_NOFILE must allow a copy of each row above all open descriptors. So a
 * child lowers that limit after this call. If a copy fails, no descriptor has
 * moved.
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_descriptors_place(const struct enc_descriptor *rows,
					size_t count);

#endif
