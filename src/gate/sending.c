#include <errno.h>
#include <sys/socket.h>

#include "sending.h"

int enc_sending_rest(int fd, struct enc_buf *rest)
{
	while (rest->length > 0) {
		ssize_t n = send(fd, enc_buf_bytes(rest), rest->length,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0) {
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		}
		enc_buf_consume(rest, (size_t)n);
	}
	if (rest->memory != NULL) {
		enc_buf_done(rest);
	}
	return 0;
}

int enc_sending_parts(int fd, struct enc_buf *rest, const struct iovec *parts,
		      size_t count)
{
	struct iovec given[ENC_SENDING_PARTS_MAX];
	struct msghdr message = { .msg_iov = given, .msg_iovlen = count };
	ssize_t n = 0;
	int r = 0;

	ENC_ASSERT(count <= ENC_SENDING_PARTS_MAX);
	memcpy(given, parts, count * sizeof(*parts));
	if (rest->length == 0) {
		n = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			return -errno;
		}
		n = ENC_MAX(n, 0);
	}
	for (size_t i = 0; i < count && r == 0; i++) {
		size_t taken = ENC_MIN((size_t)n, parts[i].iov_len);

		n -= (ssize_t)taken;
		r = enc_buf_append(rest,
				   (const uint8_t *)parts[i].iov_base + taken,
				   parts[i].iov_len - taken);
	}
	return r;
}
