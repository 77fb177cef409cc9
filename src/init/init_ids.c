#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"
#include "init_ids.h"

/* For setresuid(2): leave this id unchanged. */
#define KEEP ((uid_t)-1)

int enc_init_ids_harden(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) {
		return -errno;
	}
	return 0;
}

int enc_init_ids_borrow(void)
{
	if (setresgid(KEEP, ENC_INIT_PROGRAM_ID, KEEP) < 0 ||
	    setresuid(KEEP, ENC_INIT_PROGRAM_ID, KEEP) < 0) {
		return -errno;
	}
	return 0;
}

int enc_init_ids_return(void)
{
	if (setresuid(KEEP, 0, KEEP) < 0 || setresgid(KEEP, 0, KEEP) < 0) {
		return -errno;
	}
	return enc_init_ids_harden();
}

/*
 * has_capability() - whether a capability is left; true also if that can't be
 * found out
 */
static bool has_capability(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };
	bool any = syscall(SYS_capset, &header, sets) < 0 ||
		   syscall(SYS_capget, &header, sets) < 0;

	for (size_t i = 0; i < ENC_COUNT(sets); i++) {
		any |= (sets[i].effective | sets[i].permitted |
			sets[i].inheritable) != 0;
	}
	return any;
}

int enc_init_ids_drop(void)
{
	if (setgroups(0, NULL) < 0 ||
	    setresgid(ENC_INIT_PROGRAM_ID, ENC_INIT_PROGRAM_ID,
		      ENC_INIT_PROGRAM_ID) < 0 ||
	    setresuid(ENC_INIT_PROGRAM_ID, ENC_INIT_PROGRAM_ID,
		      ENC_INIT_PROGRAM_ID) < 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		return -errno;
	}
	return has_capability() ? -EPERM : 0;
}
