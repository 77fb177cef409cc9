#ifndef ENC_GATE_SENDING_H
#define ENC_GATE_SENDING_H

/*
 * Sends to a socket in one call what lies in several places. What the kernel
 * doesn't take is copied to a buffer, and sent later.
 */

#include <sys/uio.h>

#include "buf.h"

enum { ENC_SENDING_PARTS_MAX = 4 };

/**
 * enc_sending_parts() - send parts, one after the other
 * @rest: what waits from before, and afterwards also what wasn't taken
 *
 * Return: 0, or a negative errno, also of the buffer
 */
ENC_NODISCARD int enc_sending_parts(int fd, struct enc_buf *rest,
				    const struct iovec *parts, size_t count);

/* enc_sending_rest() - send what waits. Return: 0 or a negative errno */
ENC_NODISCARD int enc_sending_rest(int fd, struct enc_buf *rest);

#endif
