#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp.h"

int enc_seccomp_install(const struct sock_filter *filter, unsigned short length,
			int *ret_listener)
{
	struct sock_fprog program = {
		.len = length,
		.filter = (struct sock_filter *)(uintptr_t)filter,
	};
	unsigned int flags =
		ret_listener == NULL ? 0 : SECCOMP_FILTER_FLAG_NEW_LISTENER;
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);

	if (r < 0) {
		return -errno;
	}
	if (ret_listener != NULL) {
		*ret_listener = (int)r;
	}
	return 0;
}
