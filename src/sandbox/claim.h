#ifndef ENC_SANDBOX_CLAIM_H
#define ENC_SANDBOX_CLAIM_H

/*
 * Claiming: an inert sandbox becomes a session's. The limits of its cgroup and
 * the size of what it can write change; CPU time counts from here on.
 *
 * Should: put all limits in force before the session's first byte is let in.
 * Mustn't: kill a waiting sandbox, or go on after a part of it failed.
 */

#include <sched.h>

#include "cgroup.h"
#include "meter.h"
#include "way.h"

/* The limits of every sandbox before it is claimed. */
extern const struct enc_limits enc_claim_inert;

/* Tasks of the cgroup that belong to init, not to the program. */
enum { ENC_CLAIM_INIT_TASKS = 1 };

/*
 * enc_claim_group_limits() - make the limits of a cgroup, for every way. Init's
 * task is added to the pids, and the disk to the memory, since its pages are
 * memory.
 */
struct enc_cgroup_limits
enc_claim_group_limits(const struct enc_limits *limits);

/* The cell that is claimed. All members are borrowed. */
struct enc_claim_cell {
	const struct enc_way *way;
	struct enc_cgroup *cgroup;
	const struct enc_limits *made_for;
	uint32_t fixed; /* limits that must be repeated, by ENC_LIMIT_BIT() */
	int work;	/* mount of /work; -1 if the way has none */
	int shown;	/* directory of shown.h's files; -1: the way has none */
	struct enc_shown told;	/* what they say */
	struct enc_shown shows; /* what they have to say */
	const char *facts;	/* path of the tree of facts.h */
	const cpu_set_t *cpus;	/* as in struct enc_child_birth */
};

/**
 * enc_claim_apply() - put a session's limits in force
 * @meter:     held and cpu_before_us are set on success
 * @ret_over:  cause MEMORY if the sandbox already uses more than the new limit;
 *             the caller must end it at its start. Otherwise cause INVALID.
 * @ret_step:  on failure only; static
 *
 * Return: 0; -EINVAL if the sandbox was made with another value of a fixed
 * limit; another negative errno
 */
ENC_NODISCARD int enc_claim_apply(const struct enc_claim_cell *cell,
				  struct enc_meter *meter,
				  const struct enc_limits *wanted,
				  struct enc_meter_verdict *ret_over,
				  const char **ret_step);

#endif
