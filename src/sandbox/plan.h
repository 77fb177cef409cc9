#ifndef ENC_SANDBOX_PLAN_H
#define ENC_SANDBOX_PLAN_H

/*
 * Theory of operation
 *
 * Deciding and doing are two passes. The plan turns checked numbers into a list
 * of steps and touches nothing, so a test can read it. The executor carries out
 * the steps in order, in the new mount namespace. It stops at the first
 * failure, which it reports by step and object.
 *
 * No path here comes from a request: targets are literals below the new root,
 * and the root is a descriptor of a directory that root owns. The executor
 * works by descriptors (open_tree, fsmount, move_mount; openat2 without
 * symlinks). So an environment with a link in place of a directory makes the
 * plan fail; the link is never followed.
 *
 * runsc also gets a root of its own: a tmpfs with the environment in it. A
 * process that is root of a user namespace makes it, and such a process can't
 * make devices. So the host's devices are shown in it.
 *
 * The order matters: /dev is filled before it becomes read-only, a bind comes
 * after the directory that it shows, a mask after /proc.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "def.h"

enum {
	ENC_PLAN_STEPS_MAX = 80,
	ENC_PLAN_WORK_INODES = 16384,
	ENC_PLAN_WORKLOAD_INODES = 4096,
	ENC_PLAN_BASE_INODES = 1024,
	/*
	 * enclave-init needs this many descriptors: its hard limit is at least
	 * that. Its soft limit is that of the program.
	 */
	ENC_PLAN_INIT_FILES = 64,
};
/* The host has 3,072 for all its sessions, and 1,024 for itself. */
enum { ENC_PLAN_PTYS = 16 };
/*
 * Address space of a process. An allocation far beyond any limit fails in the
 * program; elsewhere it would be granted, and the session killed once the
 * memory is touched. Five instances of WebAssembly fit, for each of which an
 * engine reserves up to 10 GiB, and an interpreter beside them.
 */
#define ENC_PLAN_ADDRESS_BYTES (UINT64_C(63) << 30)
#define ENC_PLAN_WORKLOAD_BYTES (UINT64_C(16) << 20)
#define ENC_PLAN_DEV_BYTES (UINT64_C(64) << 10)
#define ENC_PLAN_BASE_BYTES (UINT64_C(4) << 20)
#define ENC_PLAN_SHOWN_BYTES (UINT64_C(4) << 20)

enum enc_step_kind {
	ENC_STEP_INVALID,
	ENC_STEP_TMPFS,	    /* mount at @target; size, inodes, mode */
	ENC_STEP_DIRECTORY, /* new, in a tmpfs; mode, owner */
	ENC_STEP_DEVICE,    /* new character device in a tmpfs, mode 0666 */
	ENC_STEP_SYMLINK,   /* new, in a tmpfs; points to @source */
	ENC_STEP_PROC,
	ENC_STEP_PTYS, /* terminals of the session's own, at @target */
	ENC_STEP_BIND, /* show directory @source at @target, writable */
	ENC_STEP_SEAL, /* make the mount at @target read-only */
	/*
	 * Mount a tmpfs at @target with the files of shown.h, still empty.
	 * A later mount at @target hides it.
	 */
	ENC_STEP_SHOWN,
	/*
	 * Cover @target with the file of the same name of SHOWN, or else with
	 * the fact of that name (facts.h); @source below it stays visible.
	 */
	ENC_STEP_FACT,
	/*
	 * Cover everything that enc_plan_shows() doesn't name: a file with
	 * /dev/null, a directory with an empty one.
	 */
	ENC_STEP_MASK_REST,
	ENC_STEP_FILE,	      /* new, in a tmpfs; has the text @source */
	ENC_STEP_HOST_DEVICE, /* show the host's device @source at @target */
	ENC_STEP_ENVIRONMENT, /* mount the environment at @target, read-only */
	ENC_STEP_KIND_MAX,
};

enum enc_step_owner {
	ENC_OWNER_INIT, /* id 0 inside, so the program isn't owner by default */
	ENC_OWNER_PROGRAM,
};

enum ENC_STEP_flags {
	ENC_STEP_F_NODEV = 1 << 0,
	ENC_STEP_F_NOEXEC = 1 << 1,
};

struct enc_step {
	enum enc_step_kind kind;
	const char *target; /* path below the new root, static */
	const char *source;
	unsigned int flags; /* ENC_STEP_flags; nosuid is always set */
	unsigned int mode;
	enum enc_step_owner owner;
	/* TMPFS, SHOWN: never 0, which would mean no limit */
	uint64_t size_bytes;
	uint64_t inodes;
	unsigned int major;
	unsigned int minor;
};

enum enc_plan_base {
	/* "/" is the environment with the facts, read-only */
	ENC_PLAN_BASE_ENVIRONMENT,
	ENC_PLAN_BASE_TMPFS, /* "/" is an empty tmpfs */
};

struct enc_plan {
	enum enc_plan_base base;
	/* ENVIRONMENT: path of the tree of facts.h, borrowed. */
	const char *facts;
	struct enc_step steps[ENC_PLAN_STEPS_MAX];
	size_t step_count;
};

/* The step that failed and its object; strings are static. */
struct enc_plan_failure {
	const char *step;   /* kind of the failed step, such as "tmpfs" */
	const char *object; /* target of the failed step */
};

/* Host ids of the owners of files. */
struct enc_plan_ids {
	uid_t init;
	uid_t program;
	uid_t sentry; /* uid of gVisor's kernel; 0: there is none */
};

/*
 * enc_plan_make() - plan a native sandbox. This function is pure and can't
 * fail.
 * @facts: absolute path of the tree of facts.h, borrowed
 */
void enc_plan_make(struct enc_plan *plan, uint64_t disk_bytes,
		   const char *facts);

/* enc_plan_shows() - whether a program sees the entry @name of /proc */
bool enc_plan_shows(const char *name);

/*
 * enc_plan_make_gvisor() - plan the root of runsc: the environment in /rootfs,
 * the bundle, and what runsc needs to start
 * @config:  the bundle's config.json, borrowed
 * @meminfo: text of the /proc/meminfo that runsc reads, borrowed
 */
void enc_plan_make_gvisor(struct enc_plan *plan, const char *config,
			  const char *meminfo);

/* enc_step_name() - return the name of a kind, static */
const char *enc_step_name(enum enc_step_kind kind);

/**
 * enc_plan_execute() - build the new root and make it the root directory; runs
 * in the new mount namespace
 * @root:      the environment's root directory, an absolute path that root owns
 * @ret_shown: the directory of SHOWN, which may be opened by descriptor only;
 *             the caller closes it; -1 if the plan has no such step
 * @failure:   filled in on failure only
 *
 * Afterwards "/" is the new root, the working directory is "/", and the host's
 * mounts are gone. Nothing is undone on failure: the namespace ends with the
 * process. Return: 0, or the negative errno of the failing step
 */
ENC_NODISCARD int enc_plan_execute(const struct enc_plan *plan,
				   const char *root,
				   const struct enc_plan_ids *ids,
				   int *ret_shown,
				   struct enc_plan_failure *failure);

#endif
