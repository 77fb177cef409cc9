#ifndef ENC_CLI_WRITER_H
#define ENC_CLI_WRITER_H

/*
 * A file that is written to until a write fails. A stdio stream that fails
 * tries to write its buffer again with each call; after a signal interrupted a
 * write to a full pipe, it would block again.
 */

#include <stdio.h>

#include "def.h"

struct enc_writer {
	int fd;
	int error; /* errno of the write that failed; 0: none has failed */
};

/*
 * enc_writer_write() - write bytes, unless an earlier write has failed
 *
 * A signal that comes while it waits is a failure, EINTR. A pipe takes PIPE_BUF
 * bytes at once or none, so it is never just a short write.
 *
 * Return: 0 or -errno
 */
ENC_NODISCARD int enc_writer_write(struct enc_writer *writer, const void *bytes,
				   size_t length);

/**
 * enc_writer_open() - make a stdio stream that writes to @writer->fd
 * @writer:    must outlive the stream
 * @buffering: as for setvbuf()
 *
 * fclose() doesn't close the descriptor.
 *
 * Return: never NULL; the process is aborted without memory
 */
FILE *enc_writer_open(struct enc_writer *writer, int buffering);

#endif
