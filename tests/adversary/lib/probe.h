#ifndef ENC_ADVERSARY_PROBE_H
#define ENC_ADVERSARY_PROBE_H

/* What C cases share: HELD is a line that no case may print. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* held() - something went through that mustn't */
static inline void held(const char *what, long result)
{
	printf("HELD %s: %ld (%s)\n", what, result, strerror(errno));
}

/* refused() - by the filter, before the kernel looked at anything */
static inline void refused(const char *what, long result)
{
	if (result >= 0 || (errno != EPERM && errno != ENOSYS)) {
		held(what, result);
	}
}

/* fails() - in whichever way */
static inline void fails(const char *what, long result)
{
	if (result >= 0) {
		held(what, result);
	}
}

/* works() - what a well-behaved program needs */
static inline void works(const char *what, long result)
{
	if (result < 0) {
		held(what, result);
	}
}

#endif
