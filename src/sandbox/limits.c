#include "limits.h"

enum { US_PER_MS = 1000, MILLIS = 1000 };

uint64_t enc_limits_cpu_us(const struct enc_limits *limits,
			   const struct enc_cgroup_counters *counters)
{
	return counters->cpu_us > limits->cpu_before_us
		       ? counters->cpu_us - limits->cpu_before_us
		       : 0;
}

struct enc_limits_verdict
enc_limits_judge(const struct enc_limits *limits,
		 const struct enc_cgroup_counters *counters, int64_t now_ms)
{
	const struct enc_launch_limits *held = &limits->held;
	uint64_t cpu_ms = enc_limits_cpu_us(limits, counters) / US_PER_MS;
	uint64_t ran_ms = limits->started_ms == 0
				  ? 0
				  : (uint64_t)(now_ms - limits->started_ms);

	if (counters->pids_denied > 0) {
		return (struct enc_limits_verdict){ ENC_LAUNCH_CAUSE_PIDS,
						    counters->pids_denied,
						    held->pids,
						    "pids.events max" };
	}
	if (counters->oom_kills > 0) {
		return (struct enc_limits_verdict){ ENC_LAUNCH_CAUSE_MEMORY,
						    counters->oom_kills,
						    held->memory_bytes,
						    "memory oom_kill" };
	}
	if (limits->started_ms != 0 && cpu_ms >= held->cpu_ms) {
		return (struct enc_limits_verdict){ ENC_LAUNCH_CAUSE_CPU,
						    cpu_ms, held->cpu_ms,
						    "cpu usage ms" };
	}
	if (limits->started_ms != 0 && ran_ms >= held->wall_ms) {
		return (struct enc_limits_verdict){ ENC_LAUNCH_CAUSE_WALL_CLOCK,
						    ran_ms, held->wall_ms,
						    "wall clock ms" };
	}
	return (struct enc_limits_verdict){ ENC_LAUNCH_CAUSE_INVALID, 0, 0,
					    "" };
}

int64_t enc_limits_next_ms(const struct enc_limits *limits,
			   const struct enc_cgroup_counters *counters,
			   int64_t now_ms)
{
	const struct enc_launch_limits *held = &limits->held;
	uint64_t used_ms = enc_limits_cpu_us(limits, counters) / US_PER_MS;
	uint64_t left_ms = used_ms < held->cpu_ms ? held->cpu_ms - used_ms : 0;
	int64_t next_ms;
	int64_t cpu_at_ms;

	if (limits->started_ms == 0) {
		return INT64_MAX;
	}
	next_ms = limits->started_ms + (int64_t)held->wall_ms;
	/* One more, since a period may be used up at its very beginning. */
	cpu_at_ms = now_ms + (int64_t)(left_ms * MILLIS / held->cpu_millis) + 1;
	next_ms = ENC_MIN(next_ms, cpu_at_ms);
	if (limits->pids_silent) {
		next_ms = ENC_MIN(next_ms, now_ms + ENC_LIMITS_LOOK_MS);
	}
	return next_ms;
}
