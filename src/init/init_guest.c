#include "init_guest.h"
#include "gen_seccomp_guest.h"
#include "seccomp.h"

int enc_init_guest_filter(void)
{
	return enc_seccomp_install(enc_seccomp_guest, ENC_SECCOMP_GUEST_STEPS,
				   /* ret_listener= */ NULL);
}
