#ifndef ENC_INIT_INIT_GUEST_H
#define ENC_INIT_INIT_GUEST_H

/*
 * Where the kernel is gVisor's, the launcher can't put the filter on: runsc
 * puts on the same allow-list, but knows no other error than EPERM, and libc
 * falls back on ENOSYS only. enclave-init puts the exact one over it.
 */

#include "def.h"

/*
 * enc_init_guest_settle() - devices that nobody should have are removed, the
 * filter is put on init and all that it starts; 0 or a negative errno
 */
ENC_NODISCARD int enc_init_guest_settle(void);

#endif
