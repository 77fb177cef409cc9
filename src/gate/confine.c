/*
 * The gate's own seccomp filter. Bytes that the gate reads come from untrusted
 * programs, so the gate gives up every system call that it doesn't need.
 */

#include <errno.h>
#include <sys/prctl.h>

#include "gate_internal.h"
#include "gen_gate_seccomp.h"
#include "seccomp.h"

int enc_gate_confine(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		return -errno;
	}
	return enc_seccomp_install(enc_seccomp_program,
				   ENC_COUNT(enc_seccomp_program), NULL);
}
