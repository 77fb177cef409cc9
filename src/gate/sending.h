#ifndef ENC_GATE_SENDING_H
#define ENC_GATE_SENDING_H

/*
 * Sends parts from several places to a socket by one call. The rest that the
 * kernel doesn't take is copied to a buffer, and sent later.
 */

#include <sys/uio.h>

#include "buf.h"

enum { ENC_SENDING_PARTS_MAX = 4 };

/**
 * enc_sending_parts() - send parts, one after the other
 * @rest: bytes that wait from before; the rest of the parts is added
 *
 * Return: 0, or a negative errno, also of the buffer
 */
ENC_NODISCARD int enc_sending_parts(int fd, struct enc_buf *rest,
				    const struct iovec *parts, size_t count);

/* enc_sending_rest() - send the waiting bytes. Return: 0 or a negative errno */
ENC_NODISCARD int enc_sending_rest(int fd, struct enc_buf *rest);

#endif
