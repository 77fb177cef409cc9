#ifndef ENC_OS_CGROUP_MOUNTS_H
#define ENC_OS_CGROUP_MOUNTS_H

/*
 * Finds the cgroup hierarchies that a process sees, and its own group in each,
 * from /proc/self/mountinfo and /proc/self/cgroup. These functions are pure:
 * they open no directory.
 *
 *	one row per hierarchy	cpu and cpuacct share a mount on systemd's
 *				hybrid and v1 layouts, and so a row
 *	only the first mount	further mounts show the same directories
 *	the own group		known only if the mount shows it: a
 *				container may see a part of the tree
 */

#include <stdbool.h>
#include <stdio.h>

#include "def.h"

enum enc_cgroup_kind {
	ENC_CGROUP_MEMORY,
	ENC_CGROUP_PIDS,
	ENC_CGROUP_CPU,
	ENC_CGROUP_CPUACCT,
	ENC_CGROUP_UNIFIED, /* the hierarchy of cgroup v2 */
	ENC_CGROUP_SYSTEMD, /* v1 without a controller: units of systemd */
	ENC_CGROUP_KIND_MAX,
};

enum { ENC_CGROUP_PATH_BYTES = 4096 };

struct enc_cgroup_mount {
	unsigned int kinds; /* set of kinds: 1 << enum enc_cgroup_kind */
	char top[ENC_CGROUP_PATH_BYTES]; /* the mount point */
	/* Path in the hierarchy that is mounted at `top`. */
	char root[ENC_CGROUP_PATH_BYTES];
	bool shows_own;
	/* Own group below `top`: "" or "/a/b". */
	char own[ENC_CGROUP_PATH_BYTES];
};

struct enc_cgroup_mounts {
	size_t count;
	struct enc_cgroup_mount rows[ENC_CGROUP_KIND_MAX];
};

/*
 * enc_cgroup_kind_name() - return the kernel's name of a kind, such as
 * "memory"; static
 */
const char *enc_cgroup_kind_name(enum enc_cgroup_kind kind);

/**
 * enc_cgroup_mounts_read() - read both files to their ends
 * @mountinfo: lines in the format of /proc/self/mountinfo
 * @groups:    lines in the format of /proc/self/cgroup; NULL: no own group is
 *             known
 */
void enc_cgroup_mounts_read(FILE *mountinfo, FILE *groups,
			    struct enc_cgroup_mounts *ret_mounts);

/* enc_cgroup_mounts_find() - find the row with a kind; NULL if there is none */
const struct enc_cgroup_mount *
enc_cgroup_mounts_find(const struct enc_cgroup_mounts *mounts,
		       enum enc_cgroup_kind kind);

#endif
