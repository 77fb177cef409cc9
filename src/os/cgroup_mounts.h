#ifndef ENC_OS_CGROUP_MOUNTS_H
#define ENC_OS_CGROUP_MOUNTS_H

/*
 * Which hierarchies of cgroups a process sees, and where its own group is in
 * each: /proc/self/mountinfo and /proc/self/cgroup, read together. Pure: it
 * looks at no directory.
 *
 *	one row per hierarchy	cpu and cpuacct share one mount on systemd's
 *				hybrid and v1 layouts, and then one row
 *	the first mount counts	the others show the same directories
 *	the own group		is known only if the mount shows it: a
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
	ENC_CGROUP_UNIFIED, /* v2 */
	ENC_CGROUP_SYSTEMD, /* v1 without a controller: units of systemd */
	ENC_CGROUP_KIND_MAX,
};

enum { ENC_CGROUP_PATH_BYTES = 4096 };

struct enc_cgroup_mount {
	unsigned int kinds;		  /* 1 << enum enc_cgroup_kind */
	char top[ENC_CGROUP_PATH_BYTES];  /* the mount point */
	char root[ENC_CGROUP_PATH_BYTES]; /* what of the tree is at @top */
	bool shows_own;
	char own[ENC_CGROUP_PATH_BYTES]; /* below @top: "" or "/a/b" */
};

struct enc_cgroup_mounts {
	size_t count;
	struct enc_cgroup_mount rows[ENC_CGROUP_KIND_MAX];
};

/* enc_cgroup_kind_name() - "memory" ..., as the kernel writes it; static */
const char *enc_cgroup_kind_name(enum enc_cgroup_kind kind);

/**
 * enc_cgroup_mounts_read() - read both files to their ends
 * @mountinfo: lines as of /proc/self/mountinfo
 * @groups:    lines as of /proc/self/cgroup; NULL: no own group is known
 */
void enc_cgroup_mounts_read(FILE *mountinfo, FILE *groups,
			    struct enc_cgroup_mounts *ret_mounts);

/* enc_cgroup_mounts_find() - the row of that kind, or NULL */
const struct enc_cgroup_mount *
enc_cgroup_mounts_find(const struct enc_cgroup_mounts *mounts,
		       enum enc_cgroup_kind kind);

#endif
