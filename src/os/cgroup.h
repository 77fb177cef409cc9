#ifndef ENC_OS_CGROUP_H
#define ENC_OS_CGROUP_H

/*
 * Theory of operation
 *
 * A session has one group, whatever the kernel calls it: one directory on
 * cgroup v2, one per controller on v1, and on a hybrid machine a v2 directory
 * more, because only v2 can kill a group at once. What differs is behind an
 * ops table (cgroup_impl.h); users see limits, counters, kill and remove.
 *
 *	<unit>/<instance>/<slot>		where systemd delegated the own
 *						group, so that the unit's limits
 *						bound all sandboxes, and its end
 *						is theirs
 *	<mount>/enclave/<instance>/<slot>	everywhere else
 *
 * A session's gate works for it and is one process of the host's: its CPU is in
 * the group, in what is metered and in what is bounded, and nothing else of it
 * is. On v1 it joins those controllers alone; on v2 the group has two below it:
 *
 *	<slot>		cpu.max, cpu.stat
 *	<slot>/program	memory, pids, kill: all else is in here
 *	<slot>/gate	nothing
 *
 * On v2 a group either holds processes or passes controllers on: those of a
 * delegated group, enclaved among them, move to <unit>/enclaved first.
 *
 * Kill reasons come from these counters, so reading one that should be there
 * and isn't is an error, never a zero.
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

extern const struct enc_cgroup_ops enc_cgroup_v1; /* and hybrid */
extern const struct enc_cgroup_ops enc_cgroup_v2;

struct enc_cgroup_limits {
	uint64_t cpu_millis; /* of a core */
	uint64_t memory_bytes;
	uint64_t pids;
};

struct enc_cgroup_counters {
	uint64_t cpu_us; /* the gate's too */
	uint64_t memory_peak_bytes;
	uint64_t oom_kills;
	uint64_t pids_peak; /* 0 where the kernel doesn't count it */
	uint64_t pids_denied;
};

/* On what object a call failed, for the message. */
struct enc_cgroup_failure {
	char object[ENC_CGROUP_OBJECT_BYTES];
};

/**
 * enc_cgroup_tree_open() - find the mounts and make the instance's directory
 * @self:     a directory with "mountinfo" and "cgroup": /proc/self but in tests
 * @instance: 1..31 of [a-z0-9-]
 *
 * Return: 0; -ENOTSUP if a controller is missing (named in @failure); another
 * negative errno
 */
ENC_NODISCARD int enc_cgroup_tree_open(const char *self, const char *instance,
				       struct enc_cgroup_tree **ret_tree,
				       struct enc_cgroup_failure *failure);

/* enc_cgroup_tree_free() - removes the instance's directories if empty */
void enc_cgroup_tree_free(struct enc_cgroup_tree *tree);

/* enc_cgroup_tree_in_unit() - whether systemd delegated the place */
bool enc_cgroup_tree_in_unit(const struct enc_cgroup_tree *tree);

/* enc_cgroup_tree_version() - 1 or 2: where the limits are */
int enc_cgroup_tree_version(const struct enc_cgroup_tree *tree);

/* enc_cgroup_tree_sweep() - kill and remove what a former life left; count */
ENC_NODISCARD int enc_cgroup_tree_sweep(struct enc_cgroup_tree *tree);

/**
 * enc_cgroup_new() - an empty group with limits in force
 *
 * Return: 0; a negative errno with the file in @failure, nothing is left then
 */
ENC_NODISCARD int enc_cgroup_new(struct enc_cgroup_tree *tree, const char *name,
				 const struct enc_cgroup_limits *limits,
				 struct enc_cgroup **ret_group,
				 struct enc_cgroup_failure *failure);

/**
 * enc_cgroup_limit() - other limits for a group that may be in use
 *
 * Return: 0; -EBUSY with @ret_used_bytes if more memory is used than that,
 * which then stays limited as before, and all else is in force; another
 * negative errno with the file in @failure
 */
ENC_NODISCARD int enc_cgroup_limit(struct enc_cgroup *group,
				   const struct enc_cgroup_limits *limits,
				   uint64_t *ret_used_bytes,
				   struct enc_cgroup_failure *failure);

/*
 * enc_cgroup_clone_fd() - for CLONE_INTO_CGROUP of the program; -1 if there is
 * no v2 group
 */
int enc_cgroup_clone_fd(const struct enc_cgroup *group);

/*
 * enc_cgroup_join() - the calling process joins what clone didn't join; in
 * the new child. 0 or a negative errno.
 */
ENC_NODISCARD int enc_cgroup_join(const struct enc_cgroup *group);

/*
 * enc_cgroup_gate_fd() - for CLONE_INTO_CGROUP of the group's gate; -1 where it
 * joins by enc_cgroup_join_cpu() alone
 */
int enc_cgroup_gate_fd(const struct enc_cgroup *group);

/*
 * enc_cgroup_join_cpu() - the calling process, a gate, joins what meters and
 * bounds CPU, and nothing else. 0 or a negative errno.
 */
ENC_NODISCARD int enc_cgroup_join_cpu(const struct enc_cgroup *group);

/* enc_cgroup_set_cpu() - another rate, for what is left in the group */
ENC_NODISCARD int enc_cgroup_set_cpu(const struct enc_cgroup *group,
				     uint64_t cpu_millis);

/**
 * enc_cgroup_events() - descriptors to watch for a limit that was hit
 * @ret_fds:    borrowed; -1 at the end
 * @ret_events: of epoll: EPOLLIN or EPOLLPRI
 *
 * Return: true if they tell of pids too; else that counter must be looked at
 */
bool enc_cgroup_events(const struct enc_cgroup *group,
		       int ret_fds[ENC_CGROUP_EVENTS_MAX],
		       uint32_t *ret_events);

/* enc_cgroup_heard() - after an event: makes its descriptor silent again */
void enc_cgroup_heard(struct enc_cgroup *group, int fd);

ENC_NODISCARD int enc_cgroup_read(const struct enc_cgroup *group,
				  struct enc_cgroup_counters *ret_counters);

/*
 * enc_cgroup_kill() - every process in it but the gate, those being forked too;
 * 0; -EAGAIN on pure v1 while some are still ending: removing tells, and
 * calling again meets what was forked meanwhile; another negative errno
 */
ENC_NODISCARD int enc_cgroup_kill(const struct enc_cgroup *group);

/**
 * enc_cgroup_remove() - remove the directories
 *
 * Return: 0; -EBUSY while a process is still ending: call again
 */
ENC_NODISCARD int enc_cgroup_remove(struct enc_cgroup *group);

/* enc_cgroup_free() - closes; doesn't remove; NULL is fine */
void enc_cgroup_free(struct enc_cgroup *group);

#endif
