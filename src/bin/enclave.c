#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "command.h"

int main(int argc, char **argv)
{
	struct enc_cli cli = {
		.out = stdout,
		.notes = stderr,
		.out_is_tty = isatty(STDOUT_FILENO) == 1,
		.notes_is_tty = isatty(STDERR_FILENO) == 1,
	};
	const char *no_colour = getenv("NO_COLOR");

	/* A pipe that nobody reads any more is an error of fwrite(). */
	(void)signal(SIGPIPE, SIG_IGN);
	cli.colour =
		cli.out_is_tty && (no_colour == NULL || no_colour[0] == '\0');
	return enc_commands_main(&cli, argc > 0 ? (const char *const *)argv + 1
						: (const char *const *)argv);
}
