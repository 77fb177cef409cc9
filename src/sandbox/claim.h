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
#include "launch.h"
#include "meter.h"

/* What every sandbox is held to before it is claimed. */
extern const struct enc_limits enc_claim_inert;

/*
 * enc_claim_group_limits() - as the cgroup is told: init and disk come on top,
 * and with gVisor its kernel, and that a process of the guest is two of the
 * host's (systrap)
 */
struct enc_cgroup_limits
enc_claim_group_limits(enum enc_launch_backend backend,
		       const struct enc_limits *limits);

/* Whose limits they become; all borrowed. */
struct enc_claim_cell {
	enum enc_launch_backend backend;
	struct enc_cgroup *cgroup;
	int work; /* NATIVE: the mount whose filesystem is resized */
};

/**
 * enc_claim_apply() - put a session's limits on
 * @meter:     held and cpu_before_us are set on success
 * @ret_over:  MEMORY if what waits already uses more than it may, else
 *             INVALID; then it must be ended instead of started
 * @ret_step:  on failure only; static
 *
 * Return: 0; -EINVAL if a gVisor sandbox was made for another disk or number
 * of pids; another negative errno
 */
ENC_NODISCARD int enc_claim_apply(const struct enc_claim_cell *cell,
				  struct enc_meter *meter,
				  const struct enc_limits *wanted,
				  struct enc_meter_verdict *ret_over,
				  const char **ret_step);

#endif
