#ifndef ENC_SANDBOX_CLAIM_H
#define ENC_SANDBOX_CLAIM_H

/*
 * What changes when an inert sandbox becomes a session's: the limits of its
 * cgroup, the size of what it can write, and whose CPU it is from here on.
 *
 * Should: hold before the session's first byte is let in. Mustn't: kill what
 * waits, or go on after half of it failed.
 */

#include "cgroup.h"
#include "meter.h"
#include "way.h"

/* What every sandbox is held to before it is claimed. */
extern const struct enc_limits enc_claim_inert;

/* In the group, and none of the program's. */
enum { ENC_CLAIM_INIT_TASKS = 1 };

/*
 * enc_claim_group_limits() - what a cgroup is told on every way: init's task
 * and the disk, whose pages are memory, come on top
 */
struct enc_cgroup_limits
enc_claim_group_limits(const struct enc_limits *limits);

/* Whose limits they become; all borrowed. */
struct enc_claim_cell {
	const struct enc_way *way;
	struct enc_cgroup *cgroup;
	int work; /* the mount of /work, if the way has told it */
};

/**
 * enc_claim_apply() - put a session's limits on
 * @meter:     held and cpu_before_us are set on success
 * @ret_over:  MEMORY if what waits already uses more than it may, else
 *             INVALID; then it must be ended instead of started
 * @ret_step:  on failure only; static
 *
 * Return: 0; -EINVAL if it was made with another value of a limit that its way
 * can't change; another negative errno
 */
ENC_NODISCARD int enc_claim_apply(const struct enc_claim_cell *cell,
				  struct enc_meter *meter,
				  const struct enc_limits *wanted,
				  struct enc_meter_verdict *ret_over,
				  const char **ret_step);

#endif
