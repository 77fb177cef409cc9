#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"

int enc_descriptors_place(const struct enc_descriptor *rows, size_t count)
{
	int copies[ENC_DESCRIPTORS_MAX];

	ENC_ASSERT(count <= ENC_DESCRIPTORS_MAX);
	/*
	 * Copy all first: a number may be the source of one row and the target
	 * of another.
	 */
	for (size_t i = 0; i < count; i++) {
		copies[i] = rows[i].fd < 0 ? -1
					   : fcntl(rows[i].fd, F_DUPFD_CLOEXEC,
						   (int)count);
		if (rows[i].fd >= 0 && copies[i] < 0) {
			return -errno;
		}
	}
	for (int i = 0; i < (int)count; i++) {
		if (copies[i] < 0) {
			(void)close(i); /* descriptor i may be closed already */
		} else if (dup3(copies[i], i,
				rows[i].until_exec ? O_CLOEXEC : 0) < 0) {
			return -errno;
		}
	}
	return syscall(SYS_close_range, (unsigned int)count, ~0U, 0) < 0
		       ? -errno
		       : 0;
}
