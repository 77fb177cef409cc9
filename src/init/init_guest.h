#ifndef ENC_INIT_INIT_GUEST_H
#define ENC_INIT_INIT_GUEST_H

/*
 * Steps for gVisor only. There the launcher can't install the exact seccomp
 * filter. runsc installs the same allow-list, but it refuses with EPERM only,
 * and libc falls back only on ENOSYS. So enclave-init installs the exact filter
 * on top.
 */

#include "def.h"

/*
 * enc_init_guest_settle() - remove devices that a program must not have, and
 * install the filter for init and all its children. Return: 0 or a negative
 * errno
 */
ENC_NODISCARD int enc_init_guest_settle(void);

#endif
