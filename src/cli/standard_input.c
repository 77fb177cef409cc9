#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "standard_input.h"

enum { QUIET_MS = 500, WAIT_MS = 2500 };

/* is_readable() - whether input or its end comes within a time */
static bool is_readable(int timeout_ms)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&input, 1, timeout_ms) > 0;
}

bool enc_standard_input_comes(FILE *notes)
{
	struct stat status;

	if (fstat(STDIN_FILENO, &status) < 0) {
		return false;
	}
	if (S_ISREG(status.st_mode)) {
		return true;
	}
	if (!S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode)) {
		return false;
	}
	if (is_readable(QUIET_MS)) {
		return true;
	}
	(void)fprintf(notes, "enclave: waiting for standard input; say "
			     "< /dev/null if there is none\n");
	(void)fflush(notes);
	if (is_readable(WAIT_MS)) {
		return true;
	}
	(void)fprintf(notes,
		      "enclave: nothing came for %d seconds, so the program "
		      "gets no standard input; --stdin - waits for it\n",
		      (QUIET_MS + WAIT_MS) / 1000);
	return false;
}
