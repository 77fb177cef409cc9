#ifndef ENC_SANDBOX_GATE_PROCESS_H
#define ENC_SANDBOX_GATE_PROCESS_H

/*
 * Starts a session's gate. The child process makes the session's network, so
 * that the launcher doesn't wait for it. Then it gives up its rights and its
 * files, and enters the gate's network namespace. The gate gets the descriptors
 * of launch/gate_order.h.
 */

#include <sys/types.h>

#include "cgroup.h"

struct enc_gate_birth {
	int program; /* descriptor of the gate's static binary */
	int empty;   /* an empty directory, which becomes the gate's root */
	int control; /* control, orders and runner: the gate's ends; borrowed */
	int orders;
	int runner;
	int setup; /* socket for reports to the launcher (child.h) */
	int netns; /* the session's network namespace; -1: make one */
	/* Socket that sends the made namespace to the sandbox's child. */
	int netns_out;
	uid_t uid;
	/* The session's cgroup pays for the gate's CPU time; NULL: none. */
	const struct enc_cgroup *cgroup;
	/* Failpoint of the gate (failpoint.h); NULL: none. */
	const char *failpoint;
};

/*
 * enc_gate_start() - start a gate. Return: 0 or a negative errno; the caller
 * closes the pidfd
 */
ENC_NODISCARD int enc_gate_start(const struct enc_gate_birth *birth,
				 int *ret_pidfd);

#endif
