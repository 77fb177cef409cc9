#ifndef ENC_OS_AFFINITY_H
#define ENC_OS_AFFINITY_H

/*
 * The CPUs that threads may run on. Programs that adapt to their number when
 * they start can be given fewer, and all of them again later.
 */

#include <sched.h>
#include <stdint.h>

#include "cgroup.h"

/*
 * enc_affinity_count() - how many CPUs the calling thread may run on; those of
 * the machine if they are more than a cpu_set_t has
 */
uint32_t enc_affinity_count(void);

/**
 * enc_affinity_choose() - choose @cpus of the CPUs that the calling thread may
 * run on
 * @from:    which of them comes first, any number: the load should be spread
 * @ret_set: empty if the thread may not run on more than that
 */
void enc_affinity_choose(uint32_t cpus, uint32_t from, cpu_set_t *ret_set);

/*
 * enc_affinity_narrow() - let the calling thread, and what it starts, run on
 * @set only, unless that is empty. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_affinity_narrow(const cpu_set_t *set);

/**
 * enc_affinity_widen() - let those of the group's threads that run on @set only
 * run on all CPUs that the caller may run on
 *
 * A thread that is being made meanwhile may keep its CPUs. Return: 0 or a
 * negative errno
 */
ENC_NODISCARD int enc_affinity_widen(const struct enc_cgroup *group,
				     const cpu_set_t *set);

#endif
