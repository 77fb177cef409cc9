/*
 * GET /metrics, in the text format of Prometheus. Names have their unit, and
 * counters end in _total. Each metric is a row or a loop over rows.
 */

#include <string.h>
#include <time.h>

#include "api_internal.h"
#include "gen_operations.h"

enum { US_PER_S = 1000000, MS_PER_S = 1000 };

/* Room for a row of 200 bytes for each shelf and each bucket that can be. */
enum {
	METRICS_MAX_BYTES =
		8192 +
		200 * (ENC_LAUNCH_ENVIRONMENTS_MAX * (int)ENC_LANGUAGE_MAX *
			       (int)ENC_LAUNCH_PLACES_MAX * 4 +
		       (int)ENC_LAUNCH_PLACES_MAX *
			       ((int)ENC_CAUSE_MAX + 3 +
				(int)ENC_SESSION_TIME_MAX *
					(ENC_HISTOGRAM_BOUNDS_MAX + 3)))
};

/* begin() - print what precedes the values of a metric */
static void begin(struct enc_buf *text, const char *name, const char *type,
		  const char *help)
{
	ENC_API_PRINT(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
		      type);
}

/* print_one() - print a metric that has one value */
static void print_one(struct enc_buf *text, const char *name, const char *type,
		      const char *help, uint64_t value)
{
	begin(text, name, type, help);
	ENC_API_PRINT(text, "%s %llu\n", name, (unsigned long long)value);
}

/* print_server() - print the metrics of the server and its process */
static void print_server(const struct enc_api *api, struct enc_buf *text)
{
	const struct enc_orchestrator_counts counts =
		enc_orchestrator_count_sessions(api->options.orchestrator);
	struct timespec cpu = { 0 };

	begin(text, "enclave_build_info", "gauge", "Version of the server");
	ENC_API_PRINT(text, "enclave_build_info{version=\"%s\"} 1\n",
		      ENC_RELEASE);
	print_one(text, "enclave_backend_healthy", "gauge",
		  "1 if sandboxes can be made",
		  enc_backend_healthy(api->options.backend) ? 1 : 0);
	print_one(text, "enclave_requests_total", "counter",
		  "HTTP requests that were read", api->requests);
	print_one(text, "enclave_sessions_live", "gauge",
		  "Sessions whose log isn't sealed", counts.live);
	print_one(text, "enclave_sessions_running", "gauge",
		  "Sessions that have a sandbox", counts.running);
	print_one(text, "enclave_sessions_waiting", "gauge",
		  "Sessions that wait for a sandbox", counts.waiting);
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) == 0) {
		begin(text, "process_cpu_seconds_total", "counter",
		      "CPU time of enclave-api");
		ENC_API_PRINT(text, "process_cpu_seconds_total %lld.%06ld\n",
			      (long long)cpu.tv_sec, cpu.tv_nsec / 1000);
	}
	begin(text, "process_start_time_seconds", "gauge",
	      "Start of enclave-api, since 1970");
	ENC_API_PRINT(text, "process_start_time_seconds %lld.%03lld\n",
		      (long long)(api->begun_wall_ms / MS_PER_S),
		      (long long)(api->begun_wall_ms % MS_PER_S));
}

/* print_ended() - print how many sessions of a place ended, and how */
static void print_ended(const char *place,
			const struct enc_session_metrics *metrics,
			struct enc_buf *text)
{
	static const char row[] = "enclave_sessions_ended_total{backend=\"%s\","
				  "outcome=\"%s\",kill_reason=\"%s\"} %llu\n";

	ENC_API_PRINT(text, row, place, "succeeded", "",
		      (unsigned long long)metrics->succeeded);
	ENC_API_PRINT(text, row, place, "failed", "",
		      (unsigned long long)metrics->failed);
	for (int i = 0; i < ENC_CAUSE_MAX; i++) {
		const char *reason = enc_cause_kill_reason((enum enc_cause)i);

		if (reason != NULL) {
			ENC_API_PRINT(text, row, place, "killed", reason,
				      (unsigned long long)metrics->killed[i]);
		}
	}
}

/* print_histogram() - print a time of the sessions of a place */
static void print_histogram(const char *place, enum enc_session_time time,
			    const struct enc_histogram *histogram,
			    struct enc_buf *text)
{
	const char *help;
	const char *name = enc_session_time_name(time, &help);
	size_t count;
	const uint32_t *bounds = enc_session_time_bounds(time, &count);
	uint64_t below = 0;

	for (size_t i = 0; i < count; i++) {
		below += histogram->bucket[i];
		ENC_API_PRINT(text,
			      "enclave_session_%s_seconds_bucket{backend="
			      "\"%s\",le=\"%g\"} %llu\n",
			      name, place, bounds[i] / (double)MS_PER_S,
			      (unsigned long long)below);
	}
	ENC_API_PRINT(
		text,
		"enclave_session_%s_seconds_bucket{backend=\"%s\",le=\"+Inf\"} "
		"%llu\n"
		"enclave_session_%s_seconds_sum{backend=\"%s\"} %llu.%06llu\n"
		"enclave_session_%s_seconds_count{backend=\"%s\"} %llu\n",
		name, place, (unsigned long long)histogram->count, name, place,
		(unsigned long long)(histogram->sum_us / US_PER_S),
		(unsigned long long)(histogram->sum_us % US_PER_S), name, place,
		(unsigned long long)histogram->count);
}

/* print_sessions() - print the metrics of ended sessions, per place */
static void print_sessions(const struct enc_api *api, struct enc_buf *text)
{
	const struct enc_places *places =
		&enc_backend_facts_of(api->options.backend)->places;
	const struct enc_session_metrics *metrics =
		enc_orchestrator_metrics(api->options.orchestrator);
	const char *help;

	begin(text, "enclave_sessions_ended_total", "counter",
	      "Sessions by outcome");
	for (size_t i = 0; i < places->count; i++) {
		print_ended(places->row[i].name,
			    &metrics[places->row[i].number], text);
	}
	begin(text, "enclave_session_faults_total", "counter",
	      "Sessions that failed for another reason than their program");
	for (size_t i = 0; i < places->count; i++) {
		ENC_API_PRINT(text,
			      "enclave_session_faults_total{backend=\"%s\"} "
			      "%llu\n",
			      places->row[i].name,
			      (unsigned long long)metrics[places->row[i].number]
				      .faults);
	}
	for (int time = 0; time < ENC_SESSION_TIME_MAX; time++) {
		const char *name =
			enc_session_time_name((enum enc_session_time)time,
					      &help);
		char whole[64];

		(void)snprintf(whole, sizeof(whole),
			       "enclave_session_%s_seconds", name);
		begin(text, whole, "histogram", help);
		for (size_t i = 0; i < places->count; i++) {
			print_histogram(
				places->row[i].name,
				(enum enc_session_time)time,
				&metrics[places->row[i].number].times[time],
				text);
		}
	}
}

/* print_pool() - print the metrics of the pool */
static void print_pool(const struct enc_pool *pool, struct enc_buf *text)
{
	static const struct row {
		const char *name;
		const char *type;
		const char *help;
		size_t offset;
	} rows[] = {
#define AT(field) offsetof(struct enc_pool_shelf_state, field)
		{ "enclave_pool_size", "gauge", "Wanted waiting sandboxes",
		  AT(size) },
		{ "enclave_pool_waiting", "gauge", "Waiting sandboxes",
		  AT(waiting) },
		{ "enclave_pool_taken_total", "counter",
		  "Sessions that got a waiting sandbox", AT(taken) },
		{ "enclave_pool_missed_total", "counter",
		  "Sessions that found no waiting sandbox", AT(missed) },
#undef AT
	};

	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		struct enc_pool_shelf_state shelf;

		begin(text, rows[i].name, rows[i].type, rows[i].help);
		for (size_t j = 0; enc_pool_shelf(pool, j, &shelf); j++) {
			uint64_t value;

			memcpy(&value, (char *)&shelf + rows[i].offset,
			       sizeof(value));
			ENC_API_PRINT(text,
				      "%s{environment=\"%s\",language=\"%s\","
				      "backend=\"%s\"} %llu\n",
				      rows[i].name, shelf.environment,
				      shelf.language, shelf.backend,
				      (unsigned long long)value);
		}
	}
}

enum enc_code op_getMetrics(struct enc_api_call *call, struct enc_error *err)
{
	ENC_AUTO(buf) text = ENC_BUF(METRICS_MAX_BYTES);

	(void)err;
	print_server(call->api, &text);
	print_sessions(call->api, &text);
	print_pool(enc_orchestrator_pool(call->api->options.orchestrator),
		   &text);
	enc_http_reply(call->exchange, 200, "text/plain; version=0.0.4", "",
		       enc_buf_bytes(&text), text.length);
	return ENC_OK;
}
