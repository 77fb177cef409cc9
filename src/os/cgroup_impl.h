#ifndef ENC_OS_CGROUP_IMPL_H
#define ENC_OS_CGROUP_IMPL_H

/*
 * For the two implementations. A group is a set of directories, one per
 * hierarchy; what a version adds is in its ops. Where they lie is decided in
 * cgroup_tree.c; directories and descriptors of a group are cgroup.c's.
 */

#include "cgroup.h"

enum {
	ENC_CGROUP_DIRS_MAX = 5,
	ENC_CGROUP_SHARED_MAX = 3, /* beside the first in one hierarchy */
};

/* One hierarchy that the machine has. */
struct enc_cgroup_root {
	const char *controller; /* "memory" ..., "unified"; static */
	int fd;			/* <base>/<instance> */
	int parent_fd;		/* <base>: <mount>/enclave, or the unit's */
	/* More of them in the same hierarchy: cpu and cpuacct. */
	const char *others[ENC_CGROUP_SHARED_MAX];
};

struct enc_cgroup_tree {
	const struct enc_cgroup_ops *ops;
	char instance[ENC_CGROUP_NAME_BYTES];
	size_t root_count;
	struct enc_cgroup_root roots[ENC_CGROUP_DIRS_MAX];
	int unified;  /* index of the v2 hierarchy, or -1 */
	bool in_unit; /* below a group that systemd delegated */
	/* Below a unit: where a life outside of it left something; or NULL. */
	struct enc_cgroup_tree *former;
};

struct enc_cgroup {
	struct enc_cgroup_tree *tree;
	char name[ENC_CGROUP_NAME_BYTES];
	int dirs[ENC_CGROUP_DIRS_MAX]; /* as tree->roots */
	/* v2: what is below dirs[0]; -1 on v1, and of what a former life left
	 */
	int program;
	int gate;
	int events[ENC_CGROUP_EVENTS_MAX];
};

/* One file that must be written before a process may join. */
struct enc_cgroup_setting {
	const char *controller;
	const char *file;
	uint64_t value;
	bool may_lack; /* the kernel may be built without it */
};

struct enc_cgroup_ops {
	int version;
	uint32_t poll_events;
	bool events_tell_pids;
	/* Opens @group->events; 0 or a negative errno. */
	int (*watch)(struct enc_cgroup *group,
		     struct enc_cgroup_failure *failure);
	/*
	 * Writes the limits, memory last: -EBUSY if more is used than that,
	 * and nothing may be killed for it.
	 */
	int (*limit)(struct enc_cgroup *group,
		     const struct enc_cgroup_limits *limits,
		     struct enc_cgroup_failure *failure);
	int (*used)(const struct enc_cgroup *group, uint64_t *ret_bytes);
	int (*join)(const struct enc_cgroup *group);
	int (*join_cpu)(const struct enc_cgroup *group);
	int (*set_cpu)(const struct enc_cgroup *group, uint64_t cpu_millis);
	int (*read)(const struct enc_cgroup *group,
		    struct enc_cgroup_counters *ret_counters);
	void (*heard)(struct enc_cgroup *group, int fd);
};

/*
 * enc_cgroup_dir() - the group's directory of that controller, or -1. On v2
 * "unified" is where the program is, and "cpu" where the gate is in it, too.
 */
int enc_cgroup_dir(const struct enc_cgroup *group, const char *controller);

/* enc_cgroup_left() - a group that may be there in part; never NULL */
struct enc_cgroup *enc_cgroup_left(struct enc_cgroup_tree *tree,
				   const char *name);

/* enc_cgroup_number() - a file that holds one number */
ENC_NODISCARD int enc_cgroup_number(const struct enc_cgroup *group,
				    const char *controller, const char *file,
				    uint64_t *ret_value);

/* enc_cgroup_field() - the number behind @key in a file of "key number" */
ENC_NODISCARD int enc_cgroup_field(const struct enc_cgroup *group,
				   const char *controller, const char *file,
				   const char *key, uint64_t *ret_value);

/* enc_cgroup_set() - write settings in order; the failing file is named */
ENC_NODISCARD int enc_cgroup_set(const struct enc_cgroup *group,
				 const struct enc_cgroup_setting *settings,
				 size_t count,
				 struct enc_cgroup_failure *failure);

/* enc_cgroup_list_fn - a new descriptor of a list of pids; or negative errno */
typedef int enc_cgroup_list_fn(void *context);

/**
 * enc_cgroup_kill_each() - SIGKILL to every process of a list (cgroup_kill.c)
 * @open_list: opened anew for each reading; closed here
 *
 * Signals go to the processes that are listed, never to a number, and never to
 * process 1 or the caller. Lists of any length are read to their end.
 *
 * Return: 0 once nobody is listed; -EAGAIN if all who are listed were
 * signalled, and some are still ending: call again; -EPERM if a listed process
 * belongs to a foreign pid namespace; -EBADMSG for what is no such list;
 * another negative errno
 */
ENC_NODISCARD int enc_cgroup_kill_each(enc_cgroup_list_fn *open_list,
				       void *context);

/* enc_cgroup_blame() - fill @failure; returns @error */
int enc_cgroup_blame(struct enc_cgroup_failure *failure, const char *controller,
		     const char *file, int error);

#endif
