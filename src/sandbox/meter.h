#ifndef ENC_SANDBOX_METER_H
#define ENC_SANDBOX_METER_H

/*
 * Why a sandbox is ended. The cause is what a counter or a clock shows, never
 * what an exit code looks like: a program that exits 137 by itself has failed,
 * it was not killed.
 *
 * Pure: counters and time come in, a verdict and the next time to look come
 * out. CPU needs no polling: at a quota of n cores, what is left can't be used
 * up before left/n has passed.
 */

#include <stdbool.h>
#include <stdint.h>

#include "cause.h"
#include "cgroup.h"
#include "limit.h"

enum { ENC_METER_LOOK_MS = 100 }; /* where the kernel has no event for pids */

struct enc_meter {
	struct enc_limits held;
	int64_t started_ms;	/* 0: not yet, clocks don't run */
	uint64_t cpu_before_us; /* used until it was claimed: nobody's */
	bool pids_silent;	/* the pids counter has to be looked at */
};

struct enc_meter_verdict {
	enum enc_cause cause; /* INVALID: within its limits */
	uint64_t counter;
	uint64_t limit;
	const char *counter_name; /* static, never NULL */
};

/* enc_meter_cpu_us() - of the session: what was used before isn't */
uint64_t enc_meter_cpu_us(const struct enc_meter *meter,
			  const struct enc_cgroup_counters *counters);

/* enc_meter_judge() - the first limit that is exceeded, if any */
struct enc_meter_verdict
enc_meter_judge(const struct enc_meter *meter,
		const struct enc_cgroup_counters *counters, int64_t now_ms);

/* enc_meter_next_ms() - when to look again at the latest; INT64_MAX: never */
int64_t enc_meter_next_ms(const struct enc_meter *meter,
			  const struct enc_cgroup_counters *counters,
			  int64_t now_ms);

#endif
