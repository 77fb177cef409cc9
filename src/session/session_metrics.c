#include <assert.h>
#include <string.h>

#include "session_metrics.h"

enum { US_PER_MS = 1000 };

static const uint32_t short_bounds[] = { 1,   2,   5,	 10,   25,   50,   100,
					 250, 500, 1000, 2500, 5000, 10000 };
static const uint32_t long_bounds[] = { 10,    50,     100,    250,    500,
					1000,  2500,   5000,   10000,  30000,
					60000, 300000, 900000, 3600000 };
static_assert(ENC_COUNT(short_bounds) <= ENC_HISTOGRAM_BOUNDS_MAX &&
		      ENC_COUNT(long_bounds) <= ENC_HISTOGRAM_BOUNDS_MAX,
	      "a histogram with too many buckets");

static const struct row {
	const char *name;
	const char *help;
	const uint32_t *bounds;
	size_t count;
} rows[] = {
	[ENC_SESSION_TIME_QUEUE] = { "queue",
				     "Time from a request until its sandbox "
				     "was made or taken from the pool",
				     short_bounds, ENC_COUNT(short_bounds) },
	[ENC_SESSION_TIME_START] = { "start",
				     "Time from there until the program was "
				     "started",
				     short_bounds, ENC_COUNT(short_bounds) },
	[ENC_SESSION_TIME_RUN] = { "run", "Time that the program ran",
				   long_bounds, ENC_COUNT(long_bounds) },
};
static_assert(ENC_COUNT(rows) == ENC_SESSION_TIME_MAX, "a time without row");

const uint32_t *enc_session_time_bounds(enum enc_session_time time,
					size_t *ret_count)
{
	*ret_count = rows[time].count;
	return rows[time].bounds;
}

const char *enc_session_time_name(enum enc_session_time time,
				  const char **ret_help)
{
	*ret_help = rows[time].help;
	return rows[time].name;
}

/* observe() - count a time, unless it never began or never ended */
static void observe(struct enc_session_metrics *metrics,
		    enum enc_session_time time, int64_t from_us, int64_t to_us)
{
	struct enc_histogram *histogram = &metrics->times[time];
	uint64_t us;

	if (from_us == 0 || to_us < from_us) {
		return;
	}
	us = (uint64_t)(to_us - from_us);
	histogram->count++;
	histogram->sum_us += us;
	for (size_t i = 0; i < rows[time].count; i++) {
		if (us <= (uint64_t)rows[time].bounds[i] * US_PER_MS) {
			histogram->bucket[i]++;
			return;
		}
	}
}

/* cause_of() - the cause that has a kill reason */
static enum enc_cause cause_of(const char *kill_reason)
{
	for (int i = 0; i < ENC_CAUSE_MAX; i++) {
		const char *reason = enc_cause_kill_reason((enum enc_cause)i);

		if (reason != NULL && strcmp(reason, kill_reason) == 0) {
			return (enum enc_cause)i;
		}
	}
	return ENC_CAUSE_INVALID;
}

void enc_session_metrics_count(struct enc_session_metrics *metrics,
			       const struct enc_session *session)
{
	const struct enc_session_times *times = &session->times;

	if (session->kill_reason != NULL) {
		metrics->killed[cause_of(session->kill_reason)]++;
	} else if (session->outcome == ENC_PHASE_SUCCEEDED) {
		metrics->succeeded++;
	} else {
		metrics->failed++;
		metrics->faults += session->reason_code != NULL;
	}
	observe(metrics, ENC_SESSION_TIME_QUEUE, times->begun_us,
		times->admitted_us);
	observe(metrics, ENC_SESSION_TIME_START, times->admitted_us,
		times->launched_us);
	observe(metrics, ENC_SESSION_TIME_RUN, times->launched_us,
		times->ended_us);
}
