#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "meter.h"

static struct enc_meter running(void)
{
	return (struct enc_meter){
		.held = { .value[ENC_LIMIT_CPU] = 1000,
			  .value[ENC_LIMIT_CPU_TIME] = 2000,
			  .value[ENC_LIMIT_WALL_CLOCK] = 5000,
			  .value[ENC_LIMIT_MEMORY] = 1 << 26,
			  .value[ENC_LIMIT_DISK] = 1 << 20,
			  .value[ENC_LIMIT_PIDS] = 64 },
		.started_ms = 10000,
	};
}

/* Each counter shows its own cause; what is within limits shows none. */
static void test_causes(void **state)
{
	static const struct {
		struct enc_cgroup_counters counters;
		int64_t now_ms;
		enum enc_cause cause;
		uint64_t counter;
		uint64_t limit;
	} rows[] = {
		{ { 0 }, 10000, ENC_CAUSE_INVALID, 0, 0 },
		{ { .cpu_us = 1999999 }, 14999, ENC_CAUSE_INVALID, 0, 0 },
		{ { .cpu_us = 2000000 }, 12000, ENC_CAUSE_CPU, 2000, 2000 },
		{ { 0 }, 15000, ENC_CAUSE_WALL_CLOCK, 5000, 5000 },
		{ { .oom_kills = 1 }, 10000, ENC_CAUSE_MEMORY, 1, 1 << 26 },
		{ { .pids_denied = 7 }, 10000, ENC_CAUSE_PIDS, 7, 64 },
		/* The first that a counter showed, not the last. */
		{ { .pids_denied = 1, .oom_kills = 1 },
		  99999,
		  ENC_CAUSE_PIDS,
		  1,
		  64 },
	};
	struct enc_meter meter = running();

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		struct enc_meter_verdict verdict =
			enc_meter_judge(&meter, &rows[i].counters,
					rows[i].now_ms);

		assert_int_equal(verdict.cause, rows[i].cause);
		assert_int_equal(verdict.counter, rows[i].counter);
		assert_int_equal(verdict.limit, rows[i].limit);
	}
}

/* Before START clocks don't run; the other counters do. */
static void test_before_start(void **state)
{
	struct enc_meter meter = running();
	struct enc_cgroup_counters counters = { .cpu_us = 9000000 };

	(void)state;
	meter.started_ms = 0;
	assert_int_equal(enc_meter_judge(&meter, &counters, 99999).cause,
			 ENC_CAUSE_INVALID);
	assert_true(enc_meter_next_ms(&meter, &counters, 99999) == INT64_MAX);
	counters.oom_kills = 1;
	assert_int_equal(enc_meter_judge(&meter, &counters, 99999).cause,
			 ENC_CAUSE_MEMORY);
}

/* What was used before it was claimed is neither charged nor counted. */
static void test_cpu_before_claim(void **state)
{
	struct enc_meter meter = running();
	struct enc_cgroup_counters counters = { .cpu_us = 2500000 };

	(void)state;
	meter.cpu_before_us = 600000;
	assert_int_equal(enc_meter_cpu_us(&meter, &counters), 1900000);
	assert_int_equal(enc_meter_judge(&meter, &counters, 12000).cause,
			 ENC_CAUSE_INVALID);
	assert_int_equal(enc_meter_next_ms(&meter, &counters, 12000), 12101);
	counters.cpu_us = 2600000;
	assert_int_equal(enc_meter_judge(&meter, &counters, 12000).counter,
			 2000);
	counters.cpu_us = 0;
	assert_int_equal(enc_meter_cpu_us(&meter, &counters), 0);
}

/* It looks again when the CPU could be used up at the earliest. */
static void test_next(void **state)
{
	struct enc_meter meter = running();
	struct enc_cgroup_counters counters = { .cpu_us = 500000 };

	(void)state;
	assert_int_equal(enc_meter_next_ms(&meter, &counters, 11000), 12501);
	meter.held.value[ENC_LIMIT_CPU] = 2000;
	assert_int_equal(enc_meter_next_ms(&meter, &counters, 11000), 11751);
	meter.held.value[ENC_LIMIT_CPU_TIME] = 100000;
	assert_int_equal(enc_meter_next_ms(&meter, &counters, 11000), 15000);
	meter.pids_silent = true;
	assert_int_equal(enc_meter_next_ms(&meter, &counters, 11000), 11100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_causes),
		cmocka_unit_test(test_before_start),
		cmocka_unit_test(test_cpu_before_claim),
		cmocka_unit_test(test_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
