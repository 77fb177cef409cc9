#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

#include "def.h"
#include "random.h"

void enc_random_bytes(void *ret_bytes, size_t length)
{
	uint8_t *at = ret_bytes;

	while (length > 0) {
		ssize_t got = getrandom(at, length, 0);

		/*
		 * Abort on failure: an id or key without randomness is unsafe.
		 */
		ENC_ASSERT(got > 0 || errno == EINTR);
		if (got > 0) {
			at += got;
			length -= (size_t)got;
		}
	}
}
