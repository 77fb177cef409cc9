#ifndef ENC_SESSION_SESSION_METRICS_H
#define ENC_SESSION_SESSION_METRICS_H

/*
 * Counts of ended sessions, for /metrics: per place, by outcome and kill
 * reason, and how long they waited, started and ran. The counts begin at 0 with
 * each enclave-api, as Prometheus expects of counters.
 */

#include "cause.h"
#include "session.h"

enum { ENC_HISTOGRAM_BOUNDS_MAX = 14 };

/* How often a time was observed, per bucket. Bounds are in milliseconds. */
struct enc_histogram {
	uint64_t bucket[ENC_HISTOGRAM_BOUNDS_MAX]; /* not cumulative */
	uint64_t count;
	uint64_t sum_us;
};

/* The times of a session that have a histogram. */
enum enc_session_time {
	ENC_SESSION_TIME_QUEUE, /* from the request to the start of its making */
	ENC_SESSION_TIME_START, /* from there to the start of the program */
	ENC_SESSION_TIME_RUN,	/* from there to the end of the program */
	ENC_SESSION_TIME_MAX,
};

struct enc_session_metrics {
	uint64_t succeeded;
	uint64_t failed;
	uint64_t killed[ENC_CAUSE_MAX]; /* by kill reason */
	/* Failures for another reason than the program's own exit. */
	uint64_t faults;
	struct enc_histogram times[ENC_SESSION_TIME_MAX];
};

/* enc_session_metrics_count() - count a session whose outcome is decided */
void enc_session_metrics_count(struct enc_session_metrics *metrics,
			       const struct enc_session *session);

/**
 * enc_session_time_bounds() - upper bounds of the buckets of a time
 * @ret_count: number of bounds; longer times are counted in `count` alone
 *
 * Return: bounds in milliseconds, ascending, static
 */
const uint32_t *enc_session_time_bounds(enum enc_session_time time,
					size_t *ret_count);

/*
 * enc_session_time_name() - name of a time in metrics, such as "queue", and
 * what it is
 */
const char *enc_session_time_name(enum enc_session_time time,
				  const char **ret_help);

#endif
