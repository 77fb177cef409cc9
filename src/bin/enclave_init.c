#include <stdbool.h>
#include <string.h>

#include "failpoint.h"
#include "init.h"
#include "init_guest.h"

/* The words that the launcher may say; anything else is a broken launcher. */
static const struct word {
	const char *text;
	enum enc_language language;
} words[] = {
	{ "python", ENC_LANGUAGE_PYTHON },
	{ "node", ENC_LANGUAGE_NODE },
	{ "command", ENC_LANGUAGE_COMMAND },
};

/*
 * enclave-init LANGUAGE [guest] [--failpoint NAME]: pid 1 of a sandbox; which
 * interpreter shall wait, that the kernel is gVisor's, and in tests where to
 * die, is all that it is told, and it takes no environment.
 */
int main(int argc, char **argv)
{
	bool guest = argc > 2 && strcmp(argv[2], "guest") == 0;
	int plain = guest ? 3 : 2;
	bool armed = argc == plain + 2 &&
		     strcmp(argv[plain], ENC_FAILPOINT_OPTION) == 0;

	if (argc != plain + (armed ? 2 : 0) ||
	    enc_failpoint_arm(armed ? argv[plain + 1] : NULL, "enclave-init") <
		    0 ||
	    (guest && enc_init_guest_settle() < 0)) {
		return ENC_INIT_EXIT_BROKEN;
	}
	for (size_t i = 0; i < ENC_COUNT(words); i++) {
		if (strcmp(argv[1], words[i].text) == 0) {
			return enc_init_run(ENC_INIT_FD_RUNNER,
					    words[i].language);
		}
	}
	return ENC_INIT_EXIT_BROKEN;
}
