#ifndef ENC_OS_AFFINITY_H
#define ENC_OS_AFFINITY_H

/*
 * The CPUs that threads may run on. Programs that adapt to their number when
 * they start can be given fewer, and all of them again later.
 */

#include <stdint.h>

#include "cgroup.h"

/**
 * enc_affinity_narrow() - let the calling thread, and what it starts, run on
 * @cpus CPUs only; does nothing if it may not run on more
 * @from: which of the CPUs comes first, any number: the load should be spread
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_affinity_narrow(uint32_t cpus, uint32_t from);

/**
 * enc_affinity_widen() - let the group's threads run on all CPUs that the
 * caller may run on
 * @cpus, @from: as they were given to enc_affinity_narrow() by the caller's
 *               child; threads with other CPUs stay as they are
 *
 * A thread that is being made meanwhile may keep its CPUs. Return: 0 or a
 * negative errno
 */
ENC_NODISCARD int enc_affinity_widen(const struct enc_cgroup *group,
				     uint32_t cpus, uint32_t from);

#endif
