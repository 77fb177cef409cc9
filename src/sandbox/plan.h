#ifndef ENC_SANDBOX_PLAN_H
#define ENC_SANDBOX_PLAN_H

/*
 * Theory of operation
 *
 * Deciding and doing are two passes. The plan turns checked numbers into a
 * list of steps and touches nothing; a test can read it. The executor carries
 * the steps out in order, in the new mount namespace, up to the first failure,
 * which is told by step and object.
 *
 * No path here comes from a request: targets are literals below the new root,
 * and the root itself is a descriptor from root's own store. The executor
 * works by descriptors (open_tree, fsmount, move_mount; openat2 without
 * symlinks), so an environment with a link where a directory should be fails
 * instead of leading somewhere else.
 *
 * runsc gets a root of its own too, a tmpfs with the environment in it, made by
 * a process that is root of a user namespace only: there the host's devices
 * are shown, since none can be made.
 *
 * Order matters: /dev is filled before it becomes read-only, binds come after
 * the directories they show, masks after /proc.
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
	 * Descriptors that enclave-init needs: its hard limit is at least that.
	 * Its soft limit is the program's.
	 */
	ENC_PLAN_INIT_FILES = 64,
};
#define ENC_PLAN_WORKLOAD_BYTES (UINT64_C(16) << 20)
#define ENC_PLAN_DEV_BYTES (UINT64_C(64) << 10)
#define ENC_PLAN_BASE_BYTES (UINT64_C(4) << 20)

enum enc_step_kind {
	ENC_STEP_INVALID,
	ENC_STEP_TMPFS,	    /* on @target; size, inodes, mode */
	ENC_STEP_DIRECTORY, /* made in a tmpfs; mode, owner */
	ENC_STEP_DEVICE,    /* character, made in a tmpfs, mode 0666 */
	ENC_STEP_SYMLINK,   /* made in a tmpfs; points to @source */
	ENC_STEP_PROC,
	ENC_STEP_BIND, /* directory @source shown at @target, writable */
	ENC_STEP_SEAL, /* the mount at @target becomes read-only */
	/* the one of facts.h over @target; @source below it stays as it is */
	ENC_STEP_FACT,
	/* /dev/null or an empty directory over what enc_plan_shows() not */
	ENC_STEP_MASK_REST,
	ENC_STEP_FILE,	      /* made in a tmpfs; holds the text @source */
	ENC_STEP_HOST_DEVICE, /* the host's @source shown at @target */
	ENC_STEP_ENVIRONMENT, /* the environment at @target, read-only */
	ENC_STEP_KIND_MAX,
};

enum enc_step_owner {
	ENC_OWNER_INIT, /* 0, so that the program owns nothing by chance */
	ENC_OWNER_PROGRAM,
};

enum ENC_STEP_flags {
	ENC_STEP_F_NODEV = 1 << 0,
	ENC_STEP_F_NOEXEC = 1 << 1,
};

struct enc_step {
	enum enc_step_kind kind;
	const char *target; /* below the new root, static */
	const char *source;
	unsigned int flags; /* ENC_STEP_flags; nosuid is always on */
	unsigned int mode;
	enum enc_step_owner owner;
	uint64_t size_bytes; /* TMPFS: never 0, which means no limit */
	uint64_t inodes;
	unsigned int major;
	unsigned int minor;
};

enum enc_plan_base {
	/* "/" is the environment, read-only, with facts below it */
	ENC_PLAN_BASE_ENVIRONMENT,
	ENC_PLAN_BASE_TMPFS, /* "/" is empty; rules as for a tmpfs */
};

struct enc_plan {
	enum enc_plan_base base;
	const char *facts; /* ENVIRONMENT: the tree of facts.h, borrowed */
	struct enc_step steps[ENC_PLAN_STEPS_MAX];
	size_t step_count;
};

/* What went wrong where; strings are static. */
struct enc_plan_failure {
	const char *step;   /* "tmpfs", "bind" ... */
	const char *object; /* the target */
};

/* Who owns what, as host ids. */
struct enc_plan_ids {
	uid_t init;
	uid_t program;
	uid_t sentry; /* of gVisor's kernel; 0: there is none */
};

/*
 * enc_plan_make() - the steps of one native sandbox; pure, can't fail
 * @facts: the tree of facts.h, an absolute path, borrowed
 */
void enc_plan_make(struct enc_plan *plan, uint64_t disk_bytes,
		   const char *facts);

/* enc_plan_shows() - whether a program finds this name below /proc */
bool enc_plan_shows(const char *name);

/*
 * enc_plan_make_gvisor() - what runsc sees as "/": the environment in /rootfs,
 * the bundle's @config, borrowed, and next to nothing else
 */
void enc_plan_make_gvisor(struct enc_plan *plan, const char *config);

/* enc_step_name() - of a kind, static */
const char *enc_step_name(enum enc_step_kind kind);

/**
 * enc_plan_execute() - in the new mount namespace: build, then become the root
 * @root:    the environment's root directory, an absolute path of root's own
 * @failure: filled in on failure only
 *
 * Afterwards "/" is the new root, the working directory is "/", and the host's
 * mounts are gone. Nothing is undone on failure: the namespace dies with the
 * process. Return: 0, or the negative errno of the failing step
 */
ENC_NODISCARD int enc_plan_execute(const struct enc_plan *plan,
				   const char *root,
				   const struct enc_plan_ids *ids,
				   struct enc_plan_failure *failure);

#endif
