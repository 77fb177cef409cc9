#include <errno.h>

#include "claim.h"

/*
 * Limits of an inert sandbox. An interpreter that starts must fit in, with the
 * self-check beside it, and nothing else; node has a dozen threads and takes 60
 * MB. The clocks never run for an inert sandbox, as it isn't started.
 */
const struct enc_limits enc_claim_inert = {
	.value = { [ENC_LIMIT_CPU] = 1000,
		   [ENC_LIMIT_CPU_TIME] = 30000,
		   [ENC_LIMIT_MEMORY] = UINT64_C(256) << 20,
		   [ENC_LIMIT_PIDS] = 64,
		   [ENC_LIMIT_WALL_CLOCK] = 30000,
		   [ENC_LIMIT_DISK] = UINT64_C(1) << 20 },
};

struct enc_cgroup_limits enc_claim_group_limits(const struct enc_limits *limits)
{
	return (struct enc_cgroup_limits){
		.cpu_millis = limits->value[ENC_LIMIT_CPU],
		/* Written files are memory and are charged as memory. */
		.memory_bytes = limits->value[ENC_LIMIT_MEMORY] +
				limits->value[ENC_LIMIT_DISK],
		.pids = limits->value[ENC_LIMIT_PIDS] + ENC_CLAIM_INIT_TASKS,
	};
}

int enc_claim_apply(const struct enc_claim_cell *cell, struct enc_meter *meter,
		    const struct enc_limits *wanted,
		    struct enc_meter_verdict *ret_over, const char **ret_step)
{
	const struct enc_way *way = cell->way;
	struct enc_meter_verdict over = { .counter_name = "" };
	struct enc_cgroup_limits group = way->limits(wanted);
	struct enc_cgroup_failure failure;
	struct enc_cgroup_counters counters = { 0 };
	uint64_t used_bytes = 0;
	int r;

	*ret_step = "what it was made with";
	if (!enc_limits_agree(cell->made_for, wanted, cell->fixed)) {
		return -EINVAL;
	}
	r = enc_cgroup_limit(cell->cgroup, &group, &used_bytes, &failure);
	*ret_step = "limits of the cgroup";
	if (r == -EBUSY) {
		over = (struct enc_meter_verdict){
			ENC_CAUSE_MEMORY, used_bytes,
			wanted->value[ENC_LIMIT_MEMORY], "memory usage bytes"
		};
		r = 0;
	}
	if (r == 0 && way->claim != NULL) {
		r = way->claim(cell, wanted, ret_step);
	}
	if (r == 0) {
		*ret_step = "reading the cgroup";
		r = enc_cgroup_read(cell->cgroup, &counters);
	}
	if (r < 0) {
		return r;
	}
	meter->held = *wanted;
	meter->cpu_before_us = counters.cpu_us;
	*ret_over = over;
	return 0;
}
