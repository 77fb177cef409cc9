#ifndef ENC_MODEL_LAYER_H
#define ENC_MODEL_LAYER_H

/*
 * The layers of a sandbox: mechanisms that a program would have to get through.
 * A set of layers is a sum of flags.
 */

#include <stddef.h>

enum ENC_LAYER_flags {
	/* Namespaces: user, pid, net, ipc, uts, mount, cgroup. */
	ENC_LAYER_NAMESPACES = 1 << 0,
	ENC_LAYER_SECCOMP = 1 << 1,
	ENC_LAYER_LANDLOCK = 1 << 2,
	ENC_LAYER_CGROUP_V1 = 1 << 3,
	ENC_LAYER_CGROUP_V2 = 1 << 4,
	ENC_LAYER_CAPABILITIES = 1 << 5, /* no capabilities, and no_new_privs */
	ENC_LAYER_GATE = 1 << 6,
	ENC_LAYER_GVISOR = 1 << 7, /* gVisor's kernel serves the program */
};

/*
 * enc_layer_name() - return the name of the flag 1 << @index; NULL after the
 * last one
 */
const char *enc_layer_name(size_t index);

#endif
