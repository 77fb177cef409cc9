#include <stdbool.h>
#include <string.h>

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
 * enclave-init LANGUAGE [guest]: pid 1 of a sandbox; which interpreter shall
 * wait, and that the kernel is gVisor's, is all that it is told, and it takes
 * no environment.
 */
int main(int argc, char **argv)
{
	bool guest = argc == 3 && strcmp(argv[2], "guest") == 0;

	if (argc != (guest ? 3 : 2) || (guest && enc_init_guest_settle() < 0)) {
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
