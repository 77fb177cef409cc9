#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "birth.h"
#include "seccomp.h"

int enc_birth_limit(const char *program, const struct enc_birth_rlimit *limits,
		    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct rlimit both = { limits[i].most, limits[i].most };

		if (setrlimit((__rlimit_resource_t)limits[i].what, &both) < 0) {
			int r = -errno;

			(void)fprintf(stderr,
				      "enclaved: %s needs the limit %s of "
				      "%llu, which this machine or container "
				      "doesn't let enclaved have\n",
				      program, limits[i].name,
				      (unsigned long long)limits[i].most);
			return r;
		}
	}
	return 0;
}

int enc_birth_drop_root(uid_t uid)
{
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
	    setresuid(uid, uid, uid) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		return -errno;
	}
	return 0;
}

void enc_birth_log_variable(char ret_variable[ENC_BIRTH_LOG_BYTES])
{
	const char *level = getenv("ENCLAVE_LOG");

	(void)snprintf(ret_variable, ENC_BIRTH_LOG_BYTES, "ENCLAVE_LOG=%.32s",
		       level == NULL ? "info" : level);
}

int enc_birth_exec(const struct enc_birth_program *birth)
{
	int r;

	/* A change of ids clears it, so it comes after that. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) {
		return -errno;
	}
	if (birth->filter != NULL) {
		r = enc_seccomp_install(birth->filter, birth->filter_count,
					NULL);
		if (r < 0) {
			return r;
		}
	}
	(void)syscall(SYS_execveat, birth->fd, "", birth->argv, birth->envp,
		      AT_EMPTY_PATH);
	return -errno;
}

void enc_birth_fail(const char *program, int r)
{
	(void)fprintf(stderr, "enclaved: starting %s: %s%s\n", program,
		      strerror(-r),
		      r == -ENOENT ? "; it must be there, and be linked "
				     "statically"
				   : "");
	_exit(127);
}
