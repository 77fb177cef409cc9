#include <stdbool.h>
#include <string.h>

#include "failpoint.h"
#include "init.h"
#include "init_guest.h"

/*
 * enclave-init LANGUAGE [guest] [--failpoint NAME]: process 1 of a sandbox
 *
 * LANGUAGE says which interpreter to start and let wait. `guest` says that the
 * kernel is gVisor's. NAME says where to die, in tests. Environment variables
 * are ignored.
 */
int main(int argc, char **argv)
{
	bool guest = argc > 2 && strcmp(argv[2], "guest") == 0;
	int plain = guest ? 3 : 2;
	enum enc_language language = ENC_LANGUAGE_INVALID;
	bool armed = argc == plain + 2 &&
		     strcmp(argv[plain], ENC_FAILPOINT_OPTION) == 0;

	/* An unknown language means that the launcher is broken. */
	if (argc != plain + (armed ? 2 : 0) ||
	    !enc_language_parse(argv[1], &language) ||
	    enc_failpoint_arm(armed ? argv[plain + 1] : NULL, "enclave-init") <
		    0 ||
	    (guest && enc_init_guest_settle() < 0)) {
		return ENC_INIT_EXIT_BROKEN;
	}
	return enc_init_run(ENC_INIT_FD_RUNNER, language);
}
