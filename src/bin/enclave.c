#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "command.h"

/*
 * fill_standard() - open /dev/null in place of each closed standard stream
 *
 * Otherwise the next file that is opened would become standard input, output or
 * error. Input is opened for writing, output and error for reading, so using
 * them still fails.
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
	struct enc_cli cli = { .out_writer = { .fd = STDOUT_FILENO },
			       .notes_writer = { .fd = STDERR_FILENO } };
	const char *no_colour = getenv("NO_COLOR");

	if (!fill_standard()) {
		return EX_OSERR;
	}
	cli.out_is_tty = isatty(STDOUT_FILENO) == 1;
	cli.notes_is_tty = isatty(STDERR_FILENO) == 1;
	cli.out = enc_writer_open(&cli.out_writer,
				  cli.out_is_tty ? _IOLBF : _IOFBF);
	cli.notes = enc_writer_open(&cli.notes_writer, _IONBF);
	/*
	 * Without these signals, writing to a closed pipe, or past the limit of
	 * a file's size, is an error of fwrite().
	 */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	cli.colour =
		cli.out_is_tty && (no_colour == NULL || no_colour[0] == '\0');
	return enc_commands_main(&cli, argc > 0 ? (const char *const *)argv + 1
						: (const char *const *)argv);
}
