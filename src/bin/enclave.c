#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "command.h"

/*
 * fill_standard() - what is opened first would be taken for a closed standard
 * input, output or error. Using them stays the error that it is: /dev/null is
 * opened the other way round.
 */
static bool fill_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null",
			 fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) {
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	struct enc_cli cli = { .out = stdout, .notes = stderr };
	const char *no_colour = getenv("NO_COLOR");

	if (!fill_standard()) {
		return EX_OSERR;
	}
	cli.out_is_tty = isatty(STDOUT_FILENO) == 1;
	cli.notes_is_tty = isatty(STDERR_FILENO) == 1;
	/* A pipe that nobody reads any more is an error of fwrite(). */
	(void)signal(SIGPIPE, SIG_IGN);
	cli.colour =
		cli.out_is_tty && (no_colour == NULL || no_colour[0] == '\0');
	return enc_commands_main(&cli, argc > 0 ? (const char *const *)argv + 1
						: (const char *const *)argv);
}
