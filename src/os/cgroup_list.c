#include <errno.h>
#include <unistd.h>

#include "cgroup_impl.h"

enum { DIGITS_MAX = 10 };

/* read_byte() - read a byte. Return: 1; 0 at the end; a negative errno */
static int read_byte(struct enc_cgroup_list *list, char *ret_byte)
{
	if (list->at == list->length) {
		ssize_t got;

		do {
			got = read(list->fd, list->piece, sizeof(list->piece));
		} while (got < 0 && errno == EINTR);
		if (got <= 0) {
			return got < 0 ? -errno : 0;
		}
		list->at = 0;
		list->length = (size_t)got;
	}
	*ret_byte = list->piece[list->at++];
	return 1;
}

int enc_cgroup_list_next(struct enc_cgroup_list *list, pid_t *ret_pid)
{
	int64_t pid = 0;
	char byte = 0;

	for (int digits = 0;; digits++) {
		int r = read_byte(list, &byte);

		if (r < 0 || (r == 0 && digits == 0)) {
			return r;
		}
		if (r == 1 && byte == '\n' && digits > 0 && pid <= INT32_MAX) {
			*ret_pid = (pid_t)pid;
			return 1;
		}
		if (r == 0 || byte < '0' || byte > '9' ||
		    digits == DIGITS_MAX) {
			return -EBADMSG;
		}
		pid = 10 * pid + (byte - '0');
	}
}
