#ifndef ENC_SANDBOX_CHILD_H
#define ENC_SANDBOX_CHILD_H

/*
 * The process that becomes a sandbox: from clone to enclave-init.
 *
 * It and the gate that is made beside it speak to the launcher over a
 * SOCK_SEQPACKET pair until their execs have closed the far end, which is how
 * the launcher learns that all went well:
 *
 *	gate -> launcher	NETWORK + fd	a part of the session's network
 *	child -> launcher	WORK + fd	the mount of /work, of its size
 *	child -> launcher	MAPS		I have a user namespace
 *	launcher -> child	(one byte)	its maps are written
 *	launcher -> child	(one byte)	its network is laid
 *	child -> launcher	LISTENER + fd	seccomp is on; exec is next
 *	child -> launcher	LOG + fd	where runsc complains
 *	child -> launcher	FAILED		and why; it is gone then
 *
 * Which of these a child sends and waits for is told by its way (way.h). A
 * child whose network namespace comes from the gate isn't told of the network.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup.h"
#include "def.h"
#include "launch.h"
#include "plan.h"

enum { ENC_CHILD_OBJECT_BYTES = 96, ENC_CHILD_STEP_BYTES = 32 };

enum enc_child_kind {
	ENC_CHILD_INVALID,
	ENC_CHILD_NETWORK,
	ENC_CHILD_WORK,
	ENC_CHILD_MAPS,
	ENC_CHILD_LISTENER,
	ENC_CHILD_LOG,
	ENC_CHILD_FAILED,
	ENC_CHILD_KIND_MAX,
};

struct enc_child_report {
	uint32_t kind;
	uint32_t part; /* NETWORK: enum enc_net_part */
	int32_t error; /* negative errno */
	char step[ENC_CHILD_STEP_BYTES];
	char object[ENC_CHILD_OBJECT_BYTES];
};

/* What a child is born with; all borrowed until the clone returns. */
struct enc_child_birth {
	const struct enc_child_way *way; /* its steps: child_internal.h */
	const struct enc_plan *plan;
	const struct enc_cgroup *cgroup;
	const char *root;      /* of the environment, absolute */
	const char *language;  /* a word for enclave-init, static */
	const char *failpoint; /* of enclave-init's; NULL: none */
	/* Where the gate's network namespace comes from, and its other end. */
	int netns_in, netns_out;
	int runner;  /* its end of the runner stream */
	int setup;   /* its end of the pair above */
	int program; /* the one that the way needs, or -1 */
	struct enc_plan_ids ids;
	uint64_t nofile;
};

/**
 * enc_child_clone() - start it
 * @ret_pid:   in the launcher's pid namespace
 * @ret_pidfd: close-on-exec; the caller closes it
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_child_clone(const struct enc_child_birth *birth,
				  pid_t *ret_pid, int *ret_pidfd);

/**
 * enc_child_write_maps() - the ids that exist inside, and nothing else
 *
 * Inside 0 is init, 1000 is the program, and 65534, where @ids has one, is
 * gVisor's kernel. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_child_write_maps(pid_t pid,
				       const struct enc_plan_ids *ids);

/* enc_child_fail() - FAILED, through @setup; nothing is to be done about it */
void enc_child_fail(int setup, const char *step, const char *object, int error);

/* enc_child_reap() - its status, as wait(2) has it; false while it lives */
bool enc_child_reap(int pidfd, int *ret_status);

#endif
