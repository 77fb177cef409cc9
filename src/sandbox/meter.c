#include "meter.h"

enum { US_PER_MS = 1000, MILLIS = 1000 };

uint64_t enc_meter_cpu_us(const struct enc_meter *meter,
			  const struct enc_cgroup_counters *counters)
{
	return counters->cpu_us > meter->cpu_before_us
		       ? counters->cpu_us - meter->cpu_before_us
		       : 0;
}

struct enc_meter_verdict
enc_meter_judge(const struct enc_meter *meter,
		const struct enc_cgroup_counters *counters, int64_t now_ms)
{
	const struct enc_limits *held = &meter->held;
	uint64_t cpu_ms = enc_meter_cpu_us(meter, counters) / US_PER_MS;
	uint64_t ran_ms = meter->started_ms == 0
				  ? 0
				  : (uint64_t)(now_ms - meter->started_ms);

	if (counters->pids_denied > 0) {
		return (struct enc_meter_verdict){ ENC_CAUSE_PIDS,
						   counters->pids_denied,
						   held->value[ENC_LIMIT_PIDS],
						   "pids.events max" };
	}
	if (counters->oom_kills > 0) {
		return (struct enc_meter_verdict){
			ENC_CAUSE_MEMORY, counters->oom_kills,
			held->value[ENC_LIMIT_MEMORY], "memory oom_kill"
		};
	}
	if (meter->started_ms != 0 &&
	    cpu_ms >= held->value[ENC_LIMIT_CPU_TIME]) {
		return (struct enc_meter_verdict){
			ENC_CAUSE_CPU, cpu_ms, held->value[ENC_LIMIT_CPU_TIME],
			"cpu usage ms"
		};
	}
	if (meter->started_ms != 0 &&
	    ran_ms >= held->value[ENC_LIMIT_WALL_CLOCK]) {
		return (struct enc_meter_verdict){
			ENC_CAUSE_WALL_CLOCK, ran_ms,
			held->value[ENC_LIMIT_WALL_CLOCK], "wall clock ms"
		};
	}
	return (struct enc_meter_verdict){ ENC_CAUSE_INVALID, 0, 0, "" };
}

int64_t enc_meter_next_ms(const struct enc_meter *meter,
			  const struct enc_cgroup_counters *counters,
			  int64_t now_ms)
{
	const struct enc_limits *held = &meter->held;
	uint64_t used_ms = enc_meter_cpu_us(meter, counters) / US_PER_MS;
	uint64_t left_ms = used_ms < held->value[ENC_LIMIT_CPU_TIME]
				   ? held->value[ENC_LIMIT_CPU_TIME] - used_ms
				   : 0;
	int64_t next_ms;
	int64_t cpu_at_ms;

	if (meter->started_ms == 0) {
		return INT64_MAX;
	}
	next_ms =
		meter->started_ms + (int64_t)held->value[ENC_LIMIT_WALL_CLOCK];
	/*
	 * Add one millisecond, since the quota of a period may be used up at
	 * the beginning of the period.
	 */
	cpu_at_ms = now_ms +
		    (int64_t)(left_ms * MILLIS / held->value[ENC_LIMIT_CPU]) +
		    1;
	next_ms = ENC_MIN(next_ms, cpu_at_ms);
	if (meter->pids_silent) {
		next_ms = ENC_MIN(next_ms, now_ms + ENC_METER_LOOK_MS);
	}
	return next_ms;
}
