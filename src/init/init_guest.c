#include <errno.h>
#include <unistd.h>

#include "gen_seccomp_guest.h"
#include "init_guest.h"
#include "seccomp.h"

int enc_init_guest_settle(void)
{
	/* gVisor's /dev always has these devices; ours must not. */
	static const char *const devices[] = { "/dev/fuse", "/dev/net/tun" };

	for (size_t i = 0; i < ENC_COUNT(devices); i++) {
		if (unlink(devices[i]) < 0 && errno != ENOENT) {
			return -errno;
		}
	}
	return enc_seccomp_install(enc_seccomp_guest, ENC_SECCOMP_GUEST_STEPS,
				   /* ret_listener= */ NULL);
}
