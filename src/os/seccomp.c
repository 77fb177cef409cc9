#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp.h"

/*
 * ENOTSUPP: no memory for compiled filters. No header of user space defines it.
 */
enum { NO_ROOM = 524 };

const char *enc_seccomp_reason(int error)
{
	switch (-error) {
	case NO_ROOM:
		return "the host's room for compiled filters is used up: raise "
		       "the sysctl net.core.bpf_jit_limit, or end what fills "
		       "it";
	case EINVAL:
		return "the kernel takes no such filter: boot 5.19 or newer, "
		       "with CONFIG_SECCOMP_FILTER";
	default:
		return strerror(-error);
	}
}

int enc_seccomp_install(const struct sock_filter *filter, unsigned short length,
			int *ret_listener)
{
	struct sock_fprog program = {
		.len = length,
		.filter = (struct sock_filter *)(uintptr_t)filter,
	};
	long r;

	if (ret_listener == NULL) {
		/*
		 * prctl(2) also works where a filter already refuses
		 * seccomp(2).
		 */
		return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0
			       ? -errno
			       : 0;
	}
	/*
	 * The flag exists since 5.19: a signal doesn't withdraw a call that has
	 * been received.
	 */
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_NEW_LISTENER |
			    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		    &program);
	if (r < 0) {
		return -errno;
	}
	*ret_listener = (int)r;
	return 0;
}
