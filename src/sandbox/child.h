#ifndef ENC_SANDBOX_CHILD_H
#define ENC_SANDBOX_CHILD_H

/*
 * The process that becomes a sandbox, from its clone to the exec of
 * enclave-init.
 *
 * The child, and the gate that is started with it, report to the launcher over
 * a SOCK_SEQPACKET pair. Their execs close the far end. If all reports have
 * come by then, the sandbox is complete.
 *
 *	gate -> launcher	NETWORK + fd	a part of the session's network
 *	child -> launcher	SHOWN + fd	the directory of shown.h's files
 *	child -> launcher	WORK + fd	the mount of /work
 *	child -> launcher	MAPS		the user namespace exists
 *	launcher -> child	(one byte)	its id maps are written
 *	launcher -> child	(one byte)	its network is complete
 *	child -> launcher	LISTENER + fd	seccomp is on; exec is next
 *	child -> launcher	LOG + fd	the log of runsc
 *	child -> launcher	FAILED		a step failed; the last report
 *
 * The way (way.h) decides which of these a child sends and waits for. A child
 * whose network namespace comes from the gate gets no byte about the network.
 */

#include <sched.h>
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
	ENC_CHILD_SHOWN,
	ENC_CHILD_WORK,
	ENC_CHILD_MAPS,
	ENC_CHILD_LISTENER,
	ENC_CHILD_LOG,
	ENC_CHILD_FAILED,
	ENC_CHILD_KIND_MAX,
};

struct enc_child_report {
	uint32_t kind;
	uint32_t part; /* NETWORK: part of the network, enum enc_net_part */
	int32_t error; /* error as a negative errno */
	char step[ENC_CHILD_STEP_BYTES];
	char object[ENC_CHILD_OBJECT_BYTES];
};

/* Arguments of a child. All are borrowed until the clone returns. */
struct enc_child_birth {
	/* Steps of the way: child_internal.h. */
	const struct enc_child_way *way;
	const struct enc_plan *plan;
	const struct enc_cgroup *cgroup;
	const char *root;      /* absolute path of the environment's root */
	const char *language;  /* argument of enclave-init, static */
	const char *failpoint; /* failpoint of enclave-init; NULL: none */
	/*
	 * A pair, over which the gate sends its network namespace to the child.
	 */
	int netns_in, netns_out;
	int runner;  /* init's end of the runner stream */
	int setup;   /* far end of the pair to the launcher */
	int program; /* binary of the way's program, or -1 */
	struct enc_plan_ids ids;
	uint64_t nofile;
	cpu_set_t cpus; /* those that it starts on, where that matters */
};

/**
 * enc_child_clone() - start a child
 * @ret_pid:   in the launcher's pid namespace
 * @ret_pidfd: close-on-exec; the caller closes it
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_child_clone(const struct enc_child_birth *birth,
				  pid_t *ret_pid, int *ret_pidfd);

/**
 * enc_child_write_maps() - map host ids into the child's user namespace
 *
 * Inside, 0 is init, 1000 is the program, and 65534 is gVisor's kernel if @ids
 * has an id for it. No other id exists. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_child_write_maps(pid_t pid,
				       const struct enc_plan_ids *ids);

/*
 * enc_child_fail() - send FAILED through @setup; a failure to send is ignored
 */
void enc_child_fail(int setup, const char *step, const char *object, int error);

/*
 * enc_child_reap() - reap a process; false while it lives. The status is that
 * of wait(2).
 */
bool enc_child_reap(int pidfd, int *ret_status);

#endif
