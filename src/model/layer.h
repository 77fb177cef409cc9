#ifndef ENC_MODEL_LAYER_H
#define ENC_MODEL_LAYER_H

/*
 * The layers of a sandbox: each is a mechanism that a program has to get
 * through. A set of layers is a sum of flags.
 */

#include <stddef.h>

enum ENC_LAYER_flags {
	ENC_LAYER_NAMESPACES = 1 << 0, /* user pid net ipc uts mnt cgroup */
	ENC_LAYER_SECCOMP = 1 << 1,
	ENC_LAYER_LANDLOCK = 1 << 2,
	ENC_LAYER_CGROUP_V1 = 1 << 3,
	ENC_LAYER_CGROUP_V2 = 1 << 4,
	ENC_LAYER_CAPABILITIES = 1 << 5, /* none, no_new_privs */
	ENC_LAYER_GATE = 1 << 6,
	ENC_LAYER_GVISOR = 1 << 7, /* a kernel of its own */
};

/* enc_layer_name() - of the flag 1 << @index; NULL behind the last one */
const char *enc_layer_name(size_t index);

#endif
