#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "file.h"
#include "secret_input.h"
#include "signals.h"

/* Of a longer line a terminal drops the rest, and says nothing (N_TTY). */
enum { TERMINAL_LINE_MAX_BYTES = 4095 };

static const char more_lines[] = "the secret has more than one line; only a "
				 "line end at its end is left out";

/*
 * check_end() - whether a line was the last one: a key of several lines that
 * was pasted would become a secret of its first line
 *
 * Return: 0; -EMSGSIZE if text follows; another negative errno
 */
static int check_end(int terminal)
{
	struct pollfd more = { .fd = terminal, .events = POLLIN };

	while (poll(&more, 1, 0) == 1) {
		char c;
		ssize_t got = read(terminal, &c, 1);

		if (got <= 0) {
			return got < 0 ? -errno : 0;
		}
		if (c != '\n') { /* return may be pressed twice */
			return -EMSGSIZE;
		}
	}
	return 0;
}

/* read_line() - read up to the end of a line. Return: 0 or a negative errno */
static int read_line(int terminal, struct enc_buf *ret_line)
{
	for (;;) {
		char c = '\n';
		int r = enc_signals_wait(terminal, POLLIN);

		if (r == 0 && read(terminal, &c, 1) < 0) {
			r = -errno;
		}
		if (r < 0 || c == '\n') {
			return r < 0 ? r : check_end(terminal);
		}
		r = enc_buf_append(ret_line, &c, 1);
		if (r == 0 && ret_line->length == TERMINAL_LINE_MAX_BYTES) {
			r = -E2BIG;
		}
		if (r < 0) {
			/* Else the shell would get what is left of it. */
			ENC_IGNORE(tcflush(terminal, TCIFLUSH));
			return r;
		}
	}
}

/* ask_terminal() - ask for a line that the terminal doesn't show */
static int ask_terminal(int terminal, struct enc_buf *ret_line)
{
	static const char prompt[] = "Secret: ";
	struct termios before;
	struct termios quiet;
	int r;

	if (tcgetattr(terminal, &before) < 0) {
		return -errno;
	}
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	/* A quit or stop would leave the terminal without an echo. */
	quiet.c_cc[VQUIT] = _POSIX_VDISABLE;
	quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
	if (tcsetattr(terminal, TCSAFLUSH, &quiet) < 0) {
		return -errno;
	}
	ENC_IGNORE(write(terminal, prompt, sizeof(prompt) - 1));
	r = read_line(terminal, ret_line);
	ENC_IGNORE(tcsetattr(terminal, TCSAFLUSH, &before));
	ENC_IGNORE(write(terminal, "\n", 1));
	return r;
}

static enum enc_code read_terminal(struct enc_buf *ret_secret,
				   struct enc_error *err)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int r = terminal < 0 ? -errno : ask_terminal(terminal, ret_secret);

	if (terminal >= 0) {
		(void)close(terminal);
	}
	if (r == -EINTR) {
		return enc_fail(err, ENC_CANCELLED, "interrupted");
	}
	if (r == -E2BIG) {
		return enc_fail(err, ENC_LIMIT,
				"the secret is too long for a terminal, which "
				"takes less than %d bytes; give it with "
				"--secret-file FILE",
				TERMINAL_LINE_MAX_BYTES);
	}
	if (r == -EMSGSIZE) {
		return enc_fail(err, ENC_BAD_REQUEST, "%s", more_lines);
	}
	return r == 0 ? ENC_OK
		      : enc_fail(err, ENC_BAD_REQUEST,
				 "there is no terminal to ask for the secret; "
				 "give it with --secret-file FILE, or - for "
				 "standard input");
}

/* check_secret() - refuse a secret that the server would refuse */
static enum enc_code check_secret(const struct enc_buf *secret,
				  struct enc_error *err)
{
	const uint8_t *bytes = enc_buf_bytes(secret);

	if (secret->length == 0) {
		return enc_fail(err, ENC_BAD_REQUEST, "the secret is empty");
	}
	for (size_t i = 0; i < secret->length; i++) {
		if (bytes[i] == '\n') {
			return enc_fail(err, ENC_BAD_REQUEST, "%s", more_lines);
		}
		if (bytes[i] < ' ' || bytes[i] > '~') {
			return enc_fail(err, ENC_BAD_REQUEST,
					"the secret has a byte that isn't "
					"printable ASCII, at offset %zu",
					i);
		}
	}
	return ENC_OK;
}

enum enc_code enc_secret_input_read(const char *path,
				    struct enc_buf *ret_secret,
				    struct enc_error *err)
{
	/* A terminal would show what is typed. */
	bool ask = path == NULL ||
		   (strcmp(path, "-") == 0 && isatty(STDIN_FILENO) == 1);
	enum enc_code code = ask ? read_terminal(ret_secret, err)
				 : enc_file_read(path, ret_secret, err);
	const uint8_t *bytes = enc_buf_bytes(ret_secret);
	size_t length = ret_secret->length;

	if (code != ENC_OK) {
		return code;
	}
	if (length > 0 && bytes[length - 1] == '\n') {
		length--;
		length -= length > 0 && bytes[length - 1] == '\r';
	}
	enc_buf_truncate(ret_secret, length);
	return check_secret(ret_secret, err);
}
