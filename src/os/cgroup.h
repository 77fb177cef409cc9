#ifndef ENC_OS_CGROUP_H
#define ENC_OS_CGROUP_H

/*
 * Theory of operation
 *
 * A session has one group. On cgroup v2 that is one directory, on v1 one
 * directory per controller. A hybrid machine has a v2 directory in addition,
 * since only v2 can kill a group at once. The versions differ in an ops table
 * (cgroup_impl.h). Users of this header see limits, counters, kill and remove.
 *
 *	<unit>/<instance>/<slot>		if systemd delegated the own
 *						group. Then the unit's limits
 *						hold for all sandboxes, and they
 *						end with the unit
 *	<mount>/enclave/<instance>/<slot>	otherwise
 *
 * A session's gate works for the session, but is a process of the host. Only
 * its CPU time belongs to the group: it is metered and limited. On v1 the gate
 * joins only the CPU controllers. On v2 the group has two directories below it:
 *
 *	<slot>		cpu.max, cpu.stat
 *	<slot>/program	memory, pids, kill: the whole sandbox
 *	<slot>/gate	the gate, which is never swapped
 *
 * On v2 a group either has processes or passes controllers on. So the processes
 * of a delegated group, with enclaved, are moved to <unit>/enclaved first.
 *
 * Kill reasons follow from these counters. So a counter that should exist and
 * doesn't is an error, never 0.
 */

#include <stdbool.h>
#include <stdint.h>

#include "def.h"

enum {
	ENC_CGROUP_NAME_BYTES = 32,
	ENC_CGROUP_OBJECT_BYTES = 256,
	ENC_CGROUP_EVENTS_MAX = 2,
};

struct enc_cgroup_tree;
struct enc_cgroup;
struct enc_cgroup_ops;

/* The operations for cgroup v1, also on hybrid machines. */
extern const struct enc_cgroup_ops enc_cgroup_v1;
extern const struct enc_cgroup_ops enc_cgroup_v2;

struct enc_cgroup_limits {
	uint64_t cpu_millis; /* CPU limit in thousandths of a core */
	uint64_t memory_bytes;
	uint64_t pids;
};

struct enc_cgroup_counters {
	uint64_t cpu_us; /* CPU time, including the gate's */
	uint64_t memory_peak_bytes;
	uint64_t oom_kills;
	uint64_t pids_peak; /* 0 if the kernel doesn't count it */
	uint64_t pids_denied;
};

/* The file or directory at which a call failed, for the message. */
struct enc_cgroup_failure {
	char object[ENC_CGROUP_OBJECT_BYTES];
};

/**
 * enc_cgroup_tree_open() - find the mounts and make the instance's directory
 * @self:     a directory with "mountinfo" and "cgroup": /proc/self, except in
 *            tests
 * @instance: 1..31 characters of [a-z0-9-]
 *
 * Return: 0; -ENOTSUP if a controller is missing (named in @failure); another
 * negative errno
 */
ENC_NODISCARD int enc_cgroup_tree_open(const char *self, const char *instance,
				       struct enc_cgroup_tree **ret_tree,
				       struct enc_cgroup_failure *failure);

/*
 * enc_cgroup_tree_free() - free the tree; removes the instance's directories if
 * they are empty
 */
void enc_cgroup_tree_free(struct enc_cgroup_tree *tree);

/*
 * enc_cgroup_tree_in_unit() - whether the groups are below a unit that systemd
 * delegated
 */
bool enc_cgroup_tree_in_unit(const struct enc_cgroup_tree *tree);

/* enc_cgroup_tree_version() - the version of the limits: 1 or 2 */
int enc_cgroup_tree_version(const struct enc_cgroup_tree *tree);

/*
 * enc_cgroup_tree_memory() - how much memory all groups of the tree may use
 * together, by the limits of the groups that they are in; UINT64_MAX: no limit
 */
uint64_t enc_cgroup_tree_memory(const struct enc_cgroup_tree *tree);

/*
 * enc_cgroup_tree_sweep() - kill and remove the groups of an earlier server.
 * Return: their number or a negative errno
 */
ENC_NODISCARD int enc_cgroup_tree_sweep(struct enc_cgroup_tree *tree);

/**
 * enc_cgroup_new() - make an empty group whose limits are in force
 *
 * Return: 0; a negative errno with the file in @failure, and nothing is left
 */
ENC_NODISCARD int enc_cgroup_new(struct enc_cgroup_tree *tree, const char *name,
				 const struct enc_cgroup_limits *limits,
				 struct enc_cgroup **ret_group,
				 struct enc_cgroup_failure *failure);

/**
 * enc_cgroup_limit() - change the limits of a group that may be in use
 *
 * Return: 0; -EBUSY if more memory is in use than the new limit: the old memory
 * limit stays, all other limits are new, and @ret_used_bytes is set; another
 * negative errno with the file in @failure
 */
ENC_NODISCARD int enc_cgroup_limit(struct enc_cgroup *group,
				   const struct enc_cgroup_limits *limits,
				   uint64_t *ret_used_bytes,
				   struct enc_cgroup_failure *failure);

/*
 * enc_cgroup_clone_fd() - return the descriptor for CLONE_INTO_CGROUP of the
 * program; -1 without a v2 group
 */
int enc_cgroup_clone_fd(const struct enc_cgroup *group);

/*
 * enc_cgroup_join() - let the calling process join all directories that
 * CLONE_INTO_CGROUP doesn't cover; called in the child. Return: 0 or a negative
 * errno
 */
ENC_NODISCARD int enc_cgroup_join(const struct enc_cgroup *group);

/*
 * enc_cgroup_gate_fd() - return the descriptor for CLONE_INTO_CGROUP of the
 * gate; -1 if enc_cgroup_join_cpu() is enough
 */
int enc_cgroup_gate_fd(const struct enc_cgroup *group);

/*
 * enc_cgroup_join_cpu() - let the calling process, a gate, join the CPU
 * controllers only. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_cgroup_join_cpu(const struct enc_cgroup *group);

/* enc_cgroup_set_cpu() - change the CPU limit alone */
ENC_NODISCARD int enc_cgroup_set_cpu(const struct enc_cgroup *group,
				     uint64_t cpu_millis);

/**
 * enc_cgroup_events() - return descriptors that report a reached limit
 * @ret_fds:    borrowed; -1 after the last one
 * @ret_events: events for epoll: EPOLLIN or EPOLLPRI
 *
 * Return: true if they also report the pids limit; otherwise the caller must
 * poll that counter
 */
bool enc_cgroup_events(const struct enc_cgroup *group,
		       int ret_fds[ENC_CGROUP_EVENTS_MAX],
		       uint32_t *ret_events);

/* enc_cgroup_heard() - reset a descriptor of the events after an event */
void enc_cgroup_heard(struct enc_cgroup *group, int fd);

ENC_NODISCARD int enc_cgroup_read(const struct enc_cgroup *group,
				  struct enc_cgroup_counters *ret_counters);

/*
 * enc_cgroup_kill() - kill every process of the group except the gate, also
 * processes that are being forked
 *
 * Return: 0; -EAGAIN on pure v1 while some processes are still ending:
 * enc_cgroup_remove() shows when they have ended, and a further call kills what
 * was forked meanwhile; another negative errno
 */
ENC_NODISCARD int enc_cgroup_kill(const struct enc_cgroup *group);

/**
 * enc_cgroup_remove() - remove the directories
 *
 * Return: 0; -EBUSY while a process is still ending: call again
 */
ENC_NODISCARD int enc_cgroup_remove(struct enc_cgroup *group);

/*
 * enc_cgroup_free() - close and free a group without removing it; NULL is fine
 */
void enc_cgroup_free(struct enc_cgroup *group);

#endif
