#ifndef ENC_OS_CGROUP_IMPL_H
#define ENC_OS_CGROUP_IMPL_H

/*
 * For the two versions of cgroups. A group is a set of directories, one per
 * hierarchy. Everything in which the versions differ is in struct
 * enc_cgroup_ops. cgroup_tree.c decides where the directories are. cgroup.c
 * makes, opens and removes them.
 */

#include "cgroup.h"

enum {
	ENC_CGROUP_DIRS_MAX = 5,
	/* Controllers of a hierarchy after the first. */
	ENC_CGROUP_SHARED_MAX = 3,
};

/* A hierarchy of this machine. */
struct enc_cgroup_root {
	/*
	 * Static name of the first controller, such as "memory"; "unified" for
	 * v2.
	 */
	const char *controller;
	int fd;	       /* the directory <base>/<instance> */
	int parent_fd; /* <base>: <mount>/enclave or the unit */
	/* Further controllers of this hierarchy, such as cpuacct beside cpu. */
	const char *others[ENC_CGROUP_SHARED_MAX];
};

struct enc_cgroup_tree {
	const struct enc_cgroup_ops *ops;
	char instance[ENC_CGROUP_NAME_BYTES];
	size_t root_count;
	struct enc_cgroup_root roots[ENC_CGROUP_DIRS_MAX];
	int unified;  /* index of the v2 hierarchy, or -1 */
	bool in_unit; /* the groups are below a unit that systemd delegated */
	/*
	 * Set below a unit: where an earlier server outside of it may have left
	 * groups; or NULL.
	 */
	struct enc_cgroup_tree *former;
};

struct enc_cgroup {
	struct enc_cgroup_tree *tree;
	char name[ENC_CGROUP_NAME_BYTES];
	/* Directories of the group, one for each row of tree->roots. */
	int dirs[ENC_CGROUP_DIRS_MAX];
	/*
	 * v2: directories below dirs[0]. -1 on v1, and for a group of an
	 * earlier server.
	 */
	int program;
	int gate;
	int events[ENC_CGROUP_EVENTS_MAX];
};

/* A file to be written before a process may join. */
struct enc_cgroup_setting {
	const char *controller;
	const char *file;
	uint64_t value;
	bool may_lack; /* the file may be missing in some kernels */
};

struct enc_cgroup_ops {
	int version;
	uint32_t poll_events;
	bool events_tell_pids;
	/* Open @group->events. Return: 0 or a negative errno. */
	int (*watch)(struct enc_cgroup *group,
		     struct enc_cgroup_failure *failure);
	/*
	 * Write the limits, memory last. Return: -EBUSY if more memory is in
	 * use than the new limit; nothing may be killed because of that.
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
 * enc_cgroup_dir() - return the group's directory of a controller, or -1. On v2
 * "unified" is the program's directory, and "cpu" the one of program and gate.
 */
int enc_cgroup_dir(const struct enc_cgroup *group, const char *controller);

/* A list of processes or threads that is being read: cgroup.procs, tasks. */
struct enc_cgroup_list {
	int fd;
	size_t at;
	size_t length;
	char piece[4096];
};

/*
 * enc_cgroup_list_next() - read the next line. Return: 1; 0 at the end; -EBADMSG
 * for a line that is no number or is incomplete; another negative errno
 */
ENC_NODISCARD int enc_cgroup_list_next(struct enc_cgroup_list *list,
				       pid_t *ret_pid);

/* enc_cgroup_left() - open a group of which parts may be missing; never NULL */
struct enc_cgroup *enc_cgroup_left(struct enc_cgroup_tree *tree,
				   const char *name);

/* enc_cgroup_number() - read a file that has one number */
ENC_NODISCARD int enc_cgroup_number(const struct enc_cgroup *group,
				    const char *controller, const char *file,
				    uint64_t *ret_value);

/*
 * enc_cgroup_field() - read the number after @key from a file of "key number"
 * lines
 */
ENC_NODISCARD int enc_cgroup_field(const struct enc_cgroup *group,
				   const char *controller, const char *file,
				   const char *key, uint64_t *ret_value);

/*
 * enc_cgroup_set() - write settings in order; @failure names the failing file
 */
ENC_NODISCARD int enc_cgroup_set(const struct enc_cgroup *group,
				 const struct enc_cgroup_setting *settings,
				 size_t count,
				 struct enc_cgroup_failure *failure);

/*
 * enc_cgroup_list_fn - open a list of pids. Return: a new descriptor or a
 * negative errno
 */
typedef int enc_cgroup_list_fn(void *context);

/**
 * enc_cgroup_kill_each() - kill every process of a list with SIGKILL
 * (cgroup_kill.c)
 * @open_list: called for each reading; its descriptor is closed here
 *
 * A signal goes only to a listed process, never just to a number, and never to
 * process 1 or the caller. Lists may have any length.
 *
 * Return: 0 if the list is empty; -EAGAIN if every listed process has got the
 * signal but some are still ending: call again; -EPERM if a listed process
 * belongs to a foreign pid namespace; -EBADMSG if the list is malformed;
 * another negative errno
 */
ENC_NODISCARD int enc_cgroup_kill_each(enc_cgroup_list_fn *open_list,
				       void *context);

/* enc_cgroup_blame() - fill @failure. Return: @error */
int enc_cgroup_blame(struct enc_cgroup_failure *failure, const char *controller,
		     const char *file, int error);

#endif
