#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "signals.h"
#include "writer.h"

int enc_writer_write(struct enc_writer *writer, const void *bytes,
		     size_t length)
{
	const char *at = bytes;

	while (length > 0 && writer->error == 0) {
		size_t part = ENC_MIN(length, (size_t)PIPE_BUF);
		ssize_t written = 0;

		/* There is room for PIPE_BUF bytes of a pipe then. */
		writer->error = -enc_signals_wait(writer->fd, POLLOUT);
		if (writer->error == 0) {
			written = write(writer->fd, at, part);
		}
		if (written > 0) {
			at += written;
			length -= (size_t)written;
			/* A terminal without room may say that it has some. */
			if ((size_t)written < part && enc_signals_came()) {
				writer->error = EINTR;
			}
		} else if (written < 0 && errno != EAGAIN) {
			writer->error = errno;
		}
	}
	return -writer->error;
}

/* on_write() - write a stream's buffer; called by stdio */
static ssize_t on_write(void *cookie, const char *bytes, size_t length)
{
	int r = enc_writer_write(cookie, bytes, length);

	errno = -r;
	return r == 0 ? (ssize_t)length : 0;
}

FILE *enc_writer_open(struct enc_writer *writer, int buffering)
{
	FILE *file = fopencookie(writer, "w",
				 (cookie_io_functions_t){ .write = on_write });

	ENC_ASSERT(file != NULL);
	(void)setvbuf(file, NULL, buffering, BUFSIZ);
	return file;
}
