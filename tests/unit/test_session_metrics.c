#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session_metrics.h"

enum { MS = 1000 };

static struct enc_session ended(enum enc_phase outcome, const char *kill_reason)
{
	return (struct enc_session){
		.outcome = outcome,
		.kill_reason = kill_reason,
		.times = { .begun_us = 1,
			   .admitted_us = 1 + 5 * MS,
			   .launched_us = 1 + 11 * MS,
			   .ended_us = 1 + 4000000 * (int64_t)MS },
	};
}

static void test_outcomes(void **state)
{
	struct enc_session_metrics metrics = { 0 };
	struct enc_session session = ended(ENC_PHASE_SUCCEEDED, NULL);

	(void)state;
	enc_session_metrics_count(&metrics, &session);
	session.outcome = ENC_PHASE_FAILED;
	enc_session_metrics_count(&metrics, &session);
	session.reason_code = "backend_error";
	enc_session_metrics_count(&metrics, &session);
	for (int i = 0; i < ENC_CAUSE_MAX; i++) {
		const char *reason = enc_cause_kill_reason((enum enc_cause)i);

		if (reason != NULL) {
			session = ended(ENC_PHASE_KILLED, reason);
			enc_session_metrics_count(&metrics, &session);
			assert_int_equal(metrics.killed[i], 1);
		}
	}
	assert_int_equal(metrics.succeeded, 1);
	assert_int_equal(metrics.failed, 2);
	assert_int_equal(metrics.faults, 1);
}

/* A time on a bound is within it; one above all bounds is in no bucket. */
static void test_buckets(void **state)
{
	struct enc_session_metrics metrics = { 0 };
	const struct enc_session session = ended(ENC_PHASE_SUCCEEDED, NULL);

	(void)state;
	enc_session_metrics_count(&metrics, &session);
	for (int time = 0; time < ENC_SESSION_TIME_MAX; time++) {
		const struct enc_histogram *histogram = &metrics.times[time];
		size_t count;
		const uint32_t *bounds =
			enc_session_time_bounds((enum enc_session_time)time,
						&count);
		int64_t ms = (int64_t[]){ 5, 6, 3999989 }[time];

		assert_true(count <= ENC_HISTOGRAM_BOUNDS_MAX);
		assert_int_equal(histogram->count, 1);
		assert_int_equal(histogram->sum_us, ms * MS);
		for (size_t i = 0; i < count; i++) {
			bool here = ms <= bounds[i] &&
				    (i == 0 || ms > bounds[i - 1]);

			assert_true(i == 0 || bounds[i] > bounds[i - 1]);
			assert_int_equal(histogram->bucket[i], here ? 1 : 0);
		}
	}
}

/* A session that never started has no such times. */
static void test_times_that_never_were(void **state)
{
	struct enc_session_metrics metrics = { 0 };
	struct enc_session session = ended(ENC_PHASE_KILLED, "cancelled");

	(void)state;
	session.times.admitted_us = 0;
	session.times.launched_us = 0;
	enc_session_metrics_count(&metrics, &session);
	for (int time = 0; time < ENC_SESSION_TIME_MAX; time++) {
		assert_int_equal(metrics.times[time].count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_times_that_never_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
