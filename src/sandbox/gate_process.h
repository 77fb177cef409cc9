#ifndef ENC_SANDBOX_GATE_PROCESS_H
#define ENC_SANDBOX_GATE_PROCESS_H

/*
 * Starting a session's gate. The child lays the session's network, so that the
 * launcher doesn't wait for it. Then it gives up its rights and its files,
 * enters the gate's network namespace, and has the descriptors of
 * launch/gate_order.h.
 */

#include <sys/types.h>

#include "cgroup.h"

struct enc_gate_birth {
	int program; /* the static binary, opened once */
	int empty;   /* a directory without entries, its root */
	int control; /* its ends; all borrowed */
	int orders;
	int runner;
	int setup;     /* what it reports by: child.h */
	int netns;     /* the session's; -1: one is made ... */
	int netns_out; /* ... and sent here, as soon as it is there */
	uid_t uid;
	const struct enc_cgroup
		*cgroup; /* the session's, which pays for its CPU; NULL: none */
	const char *failpoint; /* failpoint.h; NULL: none */
};

/* enc_gate_start() - 0 or a negative errno; the caller closes the pidfd */
ENC_NODISCARD int enc_gate_start(const struct enc_gate_birth *birth,
				 int *ret_pidfd);

#endif
