#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "child.h"
#include "claim.h"
#include "way.h"

/* Each row is whole, and its name leads back to it. */
static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_WAYS_MAX; i++) {
		const struct enc_way *way = enc_ways[i];

		assert_non_null(way->plan);
		assert_non_null(way->limits);
		assert_non_null(way->pids_peak);
		assert_non_null(way->child);
		assert_int_not_equal(way->reports, 0);
		assert_ptr_equal(enc_way_named(way->name, strlen(way->name)),
				 way);
		assert_null(enc_way_named(way->name, strlen(way->name) - 1));
		assert_int_equal(way->complaint != NULL,
				 (way->reports & 1U << ENC_CHILD_LOG) != 0);
	}
	assert_null(enc_way_named("", 0));
}

/* What isn't said to change is fixed; who isn't the kernel holds it later. */
static void test_what_is_fixed(void **state)
{
	(void)state;
	assert_int_equal(enc_way_fixed(&enc_way_native),
			 ENC_LIMIT_BIT(ENC_LIMIT_OPEN_FILES));
	assert_int_equal(enc_way_fixed(&enc_way_gvisor),
			 ENC_LIMIT_BIT(ENC_LIMIT_CPU) |
				 ENC_LIMIT_BIT(ENC_LIMIT_MEMORY) |
				 ENC_LIMIT_BIT(ENC_LIMIT_DISK) |
				 ENC_LIMIT_BIT(ENC_LIMIT_PIDS) |
				 ENC_LIMIT_BIT(ENC_LIMIT_OPEN_FILES));
	assert_int_equal(enc_way_lasting(&enc_way_gvisor),
			 ENC_LIMIT_BIT(ENC_LIMIT_DISK) |
				 ENC_LIMIT_BIT(ENC_LIMIT_PIDS) |
				 ENC_LIMIT_BIT(ENC_LIMIT_OPEN_FILES));
}

/* The group of each way has room for all that its limits allow. */
static void test_groups(void **state)
{
	const struct enc_limits usual = enc_limits_usual();
	const struct enc_cgroup_limits native = enc_way_native.limits(&usual);
	const struct enc_cgroup_limits gvisor = enc_way_gvisor.limits(&usual);

	(void)state;
	assert_int_equal(native.pids, usual.value[ENC_LIMIT_PIDS] + 1);
	assert_int_equal(native.memory_bytes,
			 usual.value[ENC_LIMIT_MEMORY] +
				 usual.value[ENC_LIMIT_DISK]);
	assert_int_equal(gvisor.pids, 2 * native.pids + 96);
	assert_int_equal(gvisor.memory_bytes,
			 native.memory_bytes + (UINT64_C(192) << 20));
	assert_int_equal(native.cpu_millis, gvisor.cpu_millis);
}

/* Tasks of the host are the program's on one way only. */
static void test_counters(void **state)
{
	struct enc_cgroup_counters counters = { .pids_peak = 9 };

	(void)state;
	assert_int_equal(enc_way_native.pids_peak(&counters), 8);
	assert_int_equal(enc_way_gvisor.pids_peak(&counters), 0);
	counters.pids_peak = 0;
	assert_int_equal(enc_way_native.pids_peak(&counters), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_what_is_fixed),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_counters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
