#ifndef ENC_SANDBOX_METER_H
#define ENC_SANDBOX_METER_H

/*
 * Decides why a sandbox is ended. The cause follows from a counter or a clock,
 * never from an exit code: a program that exits with 137 by itself has failed,
 * it was not killed.
 *
 * These functions are pure. They take counters and the time, and return a
 * verdict and the time of the next check. CPU needs no polling: on n cores, the
 * CPU time that is left can't be used up before left / n has passed.
 */

#include <stdbool.h>
#include <stdint.h>

#include "cause.h"
#include "cgroup.h"
#include "limit.h"

/* The interval of checks if the kernel has no event for pids. */
enum { ENC_METER_LOOK_MS = 100 };

struct enc_meter {
	struct enc_limits held;
	int64_t started_ms;	/* 0: not started; the clocks don't run */
	uint64_t cpu_before_us; /* CPU time before the claim; not counted */
	bool pids_silent;	/* no pids event: the counter is polled */
};

struct enc_meter_verdict {
	/* Cause of the session's end; INVALID: all limits are kept. */
	enum enc_cause cause;
	uint64_t counter;
	uint64_t limit;
	const char *counter_name; /* static name of the counter, never NULL */
};

/*
 * enc_meter_cpu_us() - CPU time of the session, without that before the claim
 */
uint64_t enc_meter_cpu_us(const struct enc_meter *meter,
			  const struct enc_cgroup_counters *counters);

/* enc_meter_judge() - find the first exceeded limit, if any */
struct enc_meter_verdict
enc_meter_judge(const struct enc_meter *meter,
		const struct enc_cgroup_counters *counters, int64_t now_ms);

/* enc_meter_next_ms() - time by which to check again; INT64_MAX: never */
int64_t enc_meter_next_ms(const struct enc_meter *meter,
			  const struct enc_cgroup_counters *counters,
			  int64_t now_ms);

#endif
