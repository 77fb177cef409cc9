#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "fd.h"
#include "ipc.h"

/*
 * A hostile peer may send several descriptors. All of them are received, to be
 * closed.
 */
enum { FDS_SEEN_MAX = 16 };

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * FDS_SEEN_MAX)];
};

int enc_ipc_pair(int type, int ret_ends[2])
{
	return socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
			  ret_ends) < 0
		       ? -errno
		       : 0;
}

int enc_ipc_send(int channel, const void *bytes, size_t length, int fd_to_send)
{
	union control control = { .bytes = { 0 } };
	struct iovec part = { .iov_base = (void *)(uintptr_t)bytes,
			      .iov_len = length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *header;
	ssize_t sent;

	if (fd_to_send >= 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int));
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd_to_send, sizeof(int));
	}
	do {
		sent = sendmsg(channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

/* collect() - copy the descriptors of a message. Return: their number */
static size_t collect(struct msghdr *message, int ret_fds[FDS_SEEN_MAX])
{
	size_t count = 0;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
	     header = CMSG_NXTHDR(message, header)) {
		size_t bytes = header->cmsg_len - CMSG_LEN(0);

		if (header->cmsg_level == SOL_SOCKET &&
		    header->cmsg_type == SCM_RIGHTS) {
			memcpy(ret_fds + count, CMSG_DATA(header), bytes);
			count += bytes / sizeof(int);
		}
	}
	return count;
}

int enc_ipc_receive(int channel, void *ret_bytes, size_t room, int *ret_fd)
{
	union control control;
	struct iovec part = { .iov_base = ret_bytes, .iov_len = room };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fds[FDS_SEEN_MAX];
	size_t count;
	ssize_t got;

	do {
		got = recvmsg(channel, &message,
			      MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (got < 0 && errno == EINTR);
	if (got < 0) {
		return -errno;
	}
	count = collect(&message, fds);
	if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || count > 1) {
		for (size_t i = 0; i < count; i++) {
			enc_fd_close(&fds[i]);
		}
		return -EMSGSIZE;
	}
	*ret_fd = count == 1 ? fds[0] : -1;
	return (int)got;
}
