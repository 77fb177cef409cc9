/*
 * Live sessions on the simulator and a store in memory: which states they go
 * through, and what becomes of them when the store refuses their record.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "clock.h"
#include "number.h"
#include "orchestrator_internal.h"

/* Commits of the store: the first one makes the organisations. */
enum { COMMIT_STARTED = 2, COMMIT_ENDED, COMMIT_SEALED };

/* What an observer was told, and where the session was then. */
struct told {
	unsigned int count;
	enum enc_live_state state;
	enum enc_durability durability;
	enum enc_phase outcome;
};

struct watcher {
	struct enc_session_observer observer;
	struct told news[ENC_SESSION_LOST + 1];
};

enum { QUEUE_MAX = 8 };

struct bench {
	uv_loop_t loop;
	struct enc_store *store;
	struct enc_backend *backend;
	struct enc_orchestrator *orchestrator;
	bool durable;
	bool drained;
};

static struct enc_live *live_of(struct enc_session *session)
{
	return ENC_HOLDER(session, struct enc_live, session);
}

static void on_news(struct enc_session_observer *observer,
		    struct enc_session *session, enum enc_session_news news)
{
	struct watcher *watcher =
		ENC_HOLDER(observer, struct watcher, observer);
	const struct enc_live *live = live_of(session);

	watcher->news[news] = (struct told){
		.count = watcher->news[news].count + 1,
		.state = live->state,
		.durability = live->durability,
		.outcome = session->outcome,
	};
}

static void on_durable(void *context, enum enc_code code,
		       const struct enc_error *err)
{
	(void)err;
	assert_int_equal(code, ENC_OK);
	((struct bench *)context)->durable = true;
}

static void on_drained(void *context)
{
	((struct bench *)context)->drained = true;
}

/* add_orgs() - in one commit */
static void add_orgs(struct bench *bench)
{
	struct enc_store_org org = { .base.type = &enc_store_orgs,
				     .id = "o-1",
				     .number = 1,
				     .name = "one",
				     .created_ms = 1 };
	struct enc_store_change *change = enc_store_change_new();

	enc_store_insert(change, &org.base);
	org.id = "o-2";
	org.number = 2;
	enc_store_insert(change, &org.base);
	enc_store_submit(bench->store, change, on_durable, bench);
	while (!bench->durable) {
		(void)uv_run(&bench->loop, UV_RUN_ONCE);
	}
}

/* How much memory sessions may use in the next bench; 0: no limit. */
static uint64_t bench_memory_max;

/*
 * bench_open_failing() - @fail_at: the commit of the store that fails; 0: none;
 * @fail_more: how many after it fail, too
 */
static void bench_open_failing(struct bench *bench, size_t running_max,
			       unsigned int fail_at, unsigned int fail_more,
			       enum enc_code fail_code)
{
	const struct enc_store_options store = { .loop = &bench->loop,
						 .inner = &enc_store_memory,
						 .fail_at = fail_at,
						 .fail_more = fail_more,
						 .fail_code = fail_code };
	const struct enc_backend_options backend = { .loop = &bench->loop,
						     .channel = -1 };
	struct enc_orchestrator_options options = { .loop = &bench->loop,
						    .memory_max =
							    bench_memory_max,
						    .running_max = running_max,
						    .queue_max = QUEUE_MAX,
						    .queue_max_bytes = 1
								       << 20 };
	struct enc_error err = { 0 };

	*bench = (struct bench){ 0 };
	assert_int_equal(uv_loop_init(&bench->loop), 0);
	assert_int_equal(enc_store_open(&enc_store_fault, &store, &bench->store,
					&err),
			 ENC_OK);
	add_orgs(bench);
	bench->backend = enc_backend_new(&enc_backend_simulator, &backend);
	while (enc_backend_facts_of(bench->backend) == NULL) {
		(void)uv_run(&bench->loop, UV_RUN_ONCE);
	}
	options.store = bench->store;
	options.backend = bench->backend;
	bench->orchestrator = enc_orchestrator_new(&options);
}

static void bench_open(struct bench *bench, size_t running_max,
		       unsigned int fail_at, enum enc_code fail_code)
{
	bench_open_failing(bench, running_max, fail_at, 0, fail_code);
}

/* bench_close() - the loop closes only if nothing was left in it */
static void bench_close(struct bench *bench)
{
	enc_orchestrator_drain(bench->orchestrator, on_drained, bench);
	while (!bench->drained) {
		(void)uv_run(&bench->loop, UV_RUN_ONCE);
	}
	assert_int_equal(enc_orchestrator_live(bench->orchestrator), 0);
	enc_orchestrator_free(bench->orchestrator);
	enc_backend_free(bench->backend);
	enc_store_flush_and_free(bench->store);
	assert_int_equal(uv_run(&bench->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&bench->loop), 0);
}

static struct enc_session_spec *spec_of(const struct bench *bench,
					const char *code)
{
	struct enc_session_spec *spec = enc_session_spec_new();

	spec->record.org = "o-1";
	spec->record.created_by = "k-1";
	spec->record.language = ENC_LANGUAGE_PYTHON;
	spec->place =
		enc_places_usual(&enc_backend_facts_of(bench->backend)->places);
	spec->code = enc_xstrdup(code);
	spec->code_length = strlen(code);
	spec->env = enc_xalloc(sizeof(*spec->env));
	spec->record.limits = enc_limits_usual();
	spec->hold = true;
	memset(spec->request_sha256, '0', sizeof(spec->request_sha256) - 1);
	return spec;
}

/* create_for() - a held session: its creation and start are one commit */
static struct enc_live *create_for(struct bench *bench, const char *org,
				   struct watcher *watcher, const char *code)
{
	struct enc_session_spec *spec = spec_of(bench, code);
	struct enc_session *session = NULL;
	struct enc_error err = { 0 };

	spec->record.org = org;
	*watcher = (struct watcher){ .observer.told = on_news };
	if (enc_orchestrator_create(bench->orchestrator, spec,
				    &watcher->observer, &session,
				    &err) != ENC_OK) {
		fail_msg("%s", err.message);
	}
	return live_of(session);
}

static struct enc_live *create(struct bench *bench, struct watcher *watcher,
			       const char *code)
{
	return create_for(bench, "o-1", watcher, code);
}

static void assert_refused(struct bench *bench, enum enc_code code)
{
	struct enc_session *session = NULL;
	struct enc_error err = { 0 };

	assert_int_equal(enc_orchestrator_create(bench->orchestrator,
						 spec_of(bench, "pass"), NULL,
						 &session, &err),
			 code);
}

/* assert_ready() - readiness is what a creation would get */
static void assert_ready(struct bench *bench, enum enc_code code)
{
	struct enc_error err = { 0 };

	assert_int_equal(enc_orchestrator_check_ready(bench->orchestrator,
						      &err),
			 code);
	assert_true((err.message[0] == '\0') == (code == ENC_OK));
}

static void run_until_told(struct bench *bench, const struct watcher *watcher,
			   enum enc_session_news news)
{
	while (watcher->news[news].count == 0) {
		(void)uv_run(&bench->loop, UV_RUN_ONCE);
	}
}

static void run_until(struct bench *bench, const struct enc_live *live,
		      enum enc_live_state state)
{
	while (live->state != state) {
		(void)uv_run(&bench->loop, UV_RUN_ONCE);
	}
}

static void assert_told(const struct told *told, enum enc_live_state state,
			enum enc_durability durability, enum enc_phase outcome)
{
	assert_int_equal(told->count, 1);
	assert_string_equal(enc_live_state_name(told->state),
			    enc_live_state_name(state));
	assert_string_equal(enc_durability_name(told->durability),
			    enc_durability_name(durability));
	assert_int_equal(told->outcome, outcome);
}

static void test_from_queue_to_seal(void **state)
{
	struct watcher watcher;
	struct bench bench;
	const struct enc_live *live;

	(void)state;
	bench_open(&bench, 1, 0, ENC_OK);
	live = create(&bench, &watcher, "simulate: exit 7");
	assert_int_equal(live->state, ENC_LIVE_MAKING);
	assert_int_equal(live->durability, ENC_DURABILITY_NEW);
	run_until_told(&bench, &watcher, ENC_SESSION_SEALED);
	assert_told(&watcher.news[ENC_SESSION_CREATED], ENC_LIVE_STARTING,
		    ENC_DURABILITY_RECORDED, ENC_PHASE_PENDING);
	assert_told(&watcher.news[ENC_SESSION_ENDED], ENC_LIVE_ENDING,
		    ENC_DURABILITY_RECORDED, ENC_PHASE_FAILED);
	assert_told(&watcher.news[ENC_SESSION_SEALED], ENC_LIVE_CLOSING,
		    ENC_DURABILITY_RECORDED, ENC_PHASE_FAILED);
	assert_int_equal(watcher.news[ENC_SESSION_LOST].count, 0);
	bench_close(&bench);
}

/* Who never had a sandbox has no stage left to be gone. */
static void test_one_that_is_cancelled_in_the_queue(void **state)
{
	struct watcher first;
	struct watcher second;
	struct enc_live *running;
	struct enc_live *waiting;
	struct bench bench;

	(void)state;
	bench_open(&bench, 1, 0, ENC_OK);
	running = create(&bench, &first, "simulate: hang");
	waiting = create(&bench, &second, "simulate: hang");
	assert_int_equal(waiting->state, ENC_LIVE_QUEUED);
	assert_int_equal(waiting->durability, ENC_DURABILITY_SUBMITTED);
	run_until(&bench, running, ENC_LIVE_RUNNING);
	enc_orchestrator_cancel(&waiting->session);
	assert_int_equal(waiting->state, ENC_LIVE_ENDING);
	assert_true(enc_list_empty(&waiting->stages));
	run_until_told(&bench, &second, ENC_SESSION_SEALED);
	assert_told(&second.news[ENC_SESSION_ENDED], ENC_LIVE_ENDING,
		    ENC_DURABILITY_RECORDED, ENC_PHASE_KILLED);
	assert_int_equal(running->state, ENC_LIVE_RUNNING);
	enc_orchestrator_cancel(&running->session);
	run_until_told(&bench, &first, ENC_SESSION_SEALED);
	bench_close(&bench);
}

/*
 * Each session counts with all that it may use. A session that needs more than is
 * left waits, and a smaller one of another organisation passes it. A session that
 * needs more than there is isn't taken.
 */
static void test_memory_that_is_admitted(void **state)
{
	const struct enc_limits usual = enc_limits_usual();
	struct watcher watchers[4];
	struct enc_live *lives[4];
	struct enc_session_spec *spec;
	struct enc_session *session;
	struct enc_error err = { 0 };
	struct bench bench;
	uint64_t one;

	(void)state;
	bench_memory_max = 1;
	bench_open(&bench, 9, 0, ENC_OK);
	spec = spec_of(&bench, "simulate: hang");
	one = enc_place_memory(spec->place, &usual);
	assert_int_equal(enc_orchestrator_create(bench.orchestrator, spec, NULL,
						 &session, &err),
			 ENC_BAD_LIMITS);
	bench_close(&bench);

	bench_memory_max = 2 * one + one / 2;
	bench_open(&bench, 9, 0, ENC_OK);
	for (size_t i = 0; i < ENC_COUNT(lives); i++) {
		lives[i] = create(&bench, &watchers[i], "simulate: hang");
	}
	run_until(&bench, lives[0], ENC_LIVE_RUNNING);
	run_until(&bench, lives[1], ENC_LIVE_RUNNING);
	assert_int_equal(lives[2]->state, ENC_LIVE_QUEUED);
	assert_true(enc_orchestrator_is_full(bench.orchestrator));
	enc_orchestrator_cancel(&lives[1]->session);
	run_until(&bench, lives[2], ENC_LIVE_RUNNING);
	assert_int_equal(lives[3]->state, ENC_LIVE_QUEUED);
	spec = spec_of(&bench, "simulate: hang");
	spec->record.org = "o-2";
	spec->record.limits.value[ENC_LIMIT_MEMORY] /= 4;
	spec->record.limits.value[ENC_LIMIT_DISK] /= 4;
	assert_int_equal(enc_orchestrator_create(bench.orchestrator, spec, NULL,
						 &session, &err),
			 ENC_OK);
	run_until(&bench, ENC_HOLDER(session, struct enc_live, session),
		  ENC_LIVE_RUNNING);
	enc_orchestrator_cancel_all(bench.orchestrator);
	bench_close(&bench);
	bench_memory_max = 0;
}

static void test_the_next_one_is_admitted(void **state)
{
	struct watcher first;
	struct watcher second;
	struct bench bench;

	(void)state;
	bench_open(&bench, 1, 0, ENC_OK);
	(void)create(&bench, &first, "pass");
	assert_int_equal(create(&bench, &second, "pass")->state,
			 ENC_LIVE_QUEUED);
	run_until_told(&bench, &second, ENC_SESSION_SEALED);
	assert_int_equal(first.news[ENC_SESSION_SEALED].count, 1);
	assert_int_equal(second.news[ENC_SESSION_ENDED].outcome,
			 ENC_PHASE_SUCCEEDED);
	bench_close(&bench);
}

static void test_a_creation_that_is_refused_is_lost(void **state)
{
	struct watcher watcher;
	struct bench bench;

	(void)state;
	bench_open(&bench, 1, COMMIT_STARTED, ENC_STORAGE_FULL);
	(void)create(&bench, &watcher, "simulate: hang");
	run_until_told(&bench, &watcher, ENC_SESSION_LOST);
	assert_told(&watcher.news[ENC_SESSION_LOST], ENC_LIVE_STARTING,
		    ENC_DURABILITY_LOST, ENC_PHASE_PENDING);
	assert_int_equal(watcher.news[ENC_SESSION_CREATED].count, 0);
	bench_close(&bench);
	assert_int_equal(watcher.news[ENC_SESSION_SEALED].count, 0);
}

/* It is kept until the store takes it; nothing new begins meanwhile. */
/* Readiness doesn't need a request to see that the store takes none, or some. */
static void test_a_store_without_room_is_seen(void **state)
{
	enum { PROBES_REFUSED = 2 };
	struct watcher watchers[2];
	struct bench bench;

	(void)state;
	bench_open_failing(&bench, 1, COMMIT_STARTED, PROBES_REFUSED,
			   ENC_STORAGE_FULL);
	(void)create(&bench, &watchers[0], "enclave.result(1)");
	run_until_told(&bench, &watchers[0], ENC_SESSION_LOST);
	assert_ready(&bench, ENC_STORAGE_FULL);
	assert_refused(&bench, ENC_STORAGE_FULL);
	while (bench.orchestrator->shut) {
		(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
	assert_ready(&bench, ENC_OK);
	(void)create(&bench, &watchers[1], "enclave.result(1)");
	run_until_told(&bench, &watchers[1], ENC_SESSION_SEALED);
	bench_close(&bench);
}

/* A probe that is being written outlives the orchestrator. */
static void test_an_end_during_a_probe(void **state)
{
	struct watcher watcher;
	struct bench bench;

	(void)state;
	bench_open(&bench, 1, COMMIT_STARTED, ENC_STORAGE_FULL);
	(void)create(&bench, &watcher, "enclave.result(1)");
	run_until_told(&bench, &watcher, ENC_SESSION_LOST);
	while (bench.orchestrator->probe == NULL) {
		(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
	bench_close(&bench);
}

static void test_an_end_that_is_refused_follows(void **state)
{
	struct watcher watcher;
	struct enc_live *live;
	struct bench bench;

	(void)state;
	bench_open(&bench, 2, COMMIT_ENDED, ENC_STORAGE_FULL);
	live = create(&bench, &watcher, "simulate: hang");
	run_until(&bench, live, ENC_LIVE_RUNNING);
	enc_orchestrator_cancel(&live->session);
	run_until(&bench, live, ENC_LIVE_LEAVING);
	assert_int_equal(live->durability, ENC_DURABILITY_BEHIND);
	assert_int_equal(live->session.phase, ENC_PHASE_RUNNING);
	assert_true(enc_orchestrator_any_behind(bench.orchestrator));
	assert_refused(&bench, ENC_STORAGE_FULL);
	assert_ready(&bench, ENC_STORAGE_FULL);
	run_until_told(&bench, &watcher, ENC_SESSION_SEALED);
	assert_ready(&bench, ENC_OK);
	assert_told(&watcher.news[ENC_SESSION_ENDED], ENC_LIVE_LEAVING,
		    ENC_DURABILITY_RECORDED, ENC_PHASE_KILLED);
	assert_false(enc_orchestrator_any_behind(bench.orchestrator));
	bench_close(&bench);
}

/* Who waits for it is told in seconds, and not at the first refusal. */
static void test_an_end_that_is_refused_for_long_is_told(void **state)
{
	enum { REFUSED = 10 }; /* twice in a second */
	struct watcher watcher;
	struct bench bench;
	struct enc_live *live;

	(void)state;
	bench_open_failing(&bench, 1, COMMIT_ENDED, REFUSED, ENC_STORAGE_FULL);
	live = create(&bench, &watcher, "enclave.result(1)");
	run_until_told(&bench, &watcher, ENC_SESSION_UNRECORDED);
	assert_int_equal(watcher.news[ENC_SESSION_ENDED].count, 0);
	assert_true(enc_clock_mono_us() - live->session.times.ended_us >=
		    2900 * 1000);
	assert_true(enc_clock_mono_us() - live->session.times.ended_us <
		    5000 * 1000);
	assert_int_equal(live->session.unrecorded.code, ENC_STORAGE_FULL);
	assert_non_null(strstr(live->session.unrecorded.message,
			       "was told to fail"));
	assert_refused(&bench, ENC_STORAGE_FULL);
	/* Another one who asks is told, too. */
	watcher.news[ENC_SESSION_UNRECORDED].count = 0;
	run_until_told(&bench, &watcher, ENC_SESSION_UNRECORDED);
	run_until_told(&bench, &watcher, ENC_SESSION_ENDED);
	assert_int_equal(watcher.news[ENC_SESSION_ENDED].outcome,
			 ENC_PHASE_SUCCEEDED);
	assert_int_equal(live->session.unrecorded.code, ENC_OK);
	run_until_told(&bench, &watcher, ENC_SESSION_SEALED);
	assert_int_equal(bench.orchestrator->refusal_log.left_out, REFUSED);
	assert_ready(&bench, ENC_OK);
	bench_close(&bench);
}

static void test_a_seal_that_is_refused_follows(void **state)
{
	struct watcher watcher;
	struct enc_live *live;
	struct bench bench;

	(void)state;
	bench_open(&bench, 1, COMMIT_SEALED, ENC_STORAGE_FULL);
	live = create(&bench, &watcher, "pass");
	run_until(&bench, live, ENC_LIVE_CLOSING);
	while (live->durability != ENC_DURABILITY_BEHIND) {
		(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
	run_until_told(&bench, &watcher, ENC_SESSION_SEALED);
	assert_told(&watcher.news[ENC_SESSION_SEALED], ENC_LIVE_CLOSING,
		    ENC_DURABILITY_RECORDED, ENC_PHASE_SUCCEEDED);
	bench_close(&bench);
}

static void test_a_store_that_stopped_loses_it(void **state)
{
	struct watcher watcher;
	struct enc_live *live;
	struct bench bench;

	(void)state;
	bench_open(&bench, 1, COMMIT_ENDED, ENC_INTERNAL);
	live = create(&bench, &watcher, "simulate: hang");
	run_until(&bench, live, ENC_LIVE_RUNNING);
	enc_orchestrator_cancel(&live->session);
	run_until_told(&bench, &watcher, ENC_SESSION_LOST);
	assert_told(&watcher.news[ENC_SESSION_LOST], ENC_LIVE_ENDING,
		    ENC_DURABILITY_LOST, ENC_PHASE_KILLED);
	bench_close(&bench);
	assert_int_equal(watcher.news[ENC_SESSION_ENDED].count, 0);
}

/* put_quota() - give o-1 its first quota */
static void put_quota(struct bench *bench, int64_t running, int64_t waiting,
		      int64_t stored_bytes)
{
	const struct enc_store_quota quota = { .base.type = &enc_store_quotas,
					       .org = "o-1",
					       .running = running,
					       .waiting = waiting,
					       .stored_bytes = stored_bytes };
	struct enc_store_change *change = enc_store_change_new();

	bench->durable = false;
	enc_store_insert(change, &quota.base);
	enc_store_submit(bench->store, change, on_durable, bench);
	while (!bench->durable) {
		(void)uv_run(&bench->loop, UV_RUN_ONCE);
	}
}

static void test_an_organisation_at_its_share_is_passed_over(void **state)
{
	struct watcher watchers[4];
	struct enc_live *lives[ENC_COUNT(watchers)];
	const struct enc_share *share;
	struct bench bench;

	(void)state;
	bench_open(&bench, 3, 0, ENC_OK);
	put_quota(&bench, 1, 1, -1);
	lives[0] = create(&bench, &watchers[0], "simulate: hang");
	lives[1] = create(&bench, &watchers[1], "simulate: hang");
	assert_refused(&bench, ENC_QUOTA);
	lives[2] = create_for(&bench, "o-2", &watchers[2], "simulate: hang");
	lives[3] = create_for(&bench, "o-2", &watchers[3], "simulate: hang");
	run_until(&bench, lives[2], ENC_LIVE_RUNNING);
	run_until(&bench, lives[3], ENC_LIVE_RUNNING);
	assert_int_equal(lives[0]->state, ENC_LIVE_RUNNING);
	/* It waits, so its creation isn't held back. */
	assert_int_equal(lives[1]->state, ENC_LIVE_QUEUED);
	assert_int_equal(lives[1]->durability, ENC_DURABILITY_RECORDED);
	share = enc_orchestrator_share(bench.orchestrator, "o-1");
	assert_int_equal(share->running, 1);
	assert_int_equal(share->waiting, 1);
	/* The end of another organisation's session is none of its own. */
	enc_orchestrator_cancel(&lives[2]->session);
	run_until_told(&bench, &watchers[2], ENC_SESSION_SEALED);
	assert_int_equal(lives[1]->state, ENC_LIVE_QUEUED);
	enc_orchestrator_cancel(&lives[0]->session);
	run_until(&bench, lives[1], ENC_LIVE_RUNNING);
	enc_orchestrator_cancel_all(bench.orchestrator);
	bench_close(&bench);
	assert_int_equal(watchers[1].news[ENC_SESSION_SEALED].count, 1);
}

static void test_nothing_begins_past_the_stored_bytes(void **state)
{
	struct watcher watcher;
	struct bench bench;

	(void)state;
	bench_open(&bench, 3, 0, ENC_OK);
	put_quota(&bench, -1, -1, 1);
	(void)create(&bench, &watcher, "pass");
	run_until_told(&bench, &watcher, ENC_SESSION_SEALED);
	assert_refused(&bench, ENC_QUOTA);
	(void)create_for(&bench, "o-2", &watcher, "pass");
	run_until_told(&bench, &watcher, ENC_SESSION_SEALED);
	bench_close(&bench);
}

/* What waited when the quota was used up doesn't run when its turn comes. */
static void test_what_waits_ends_past_the_stored_bytes(void **state)
{
	struct watcher watchers[4];
	struct enc_live *lives[ENC_COUNT(watchers)];
	struct enc_session *stored = NULL;
	struct enc_error err = { 0 };
	char id[ENC_SESSION_ID_BYTES];
	struct bench bench;

	(void)state;
	bench_open(&bench, 1, 0, ENC_OK);
	lives[0] = create(&bench, &watchers[0], "simulate: hang");
	lives[1] = create(&bench, &watchers[1], "simulate: hang");
	lives[2] = create(&bench, &watchers[2], "simulate: hang");
	lives[3] = create_for(&bench, "o-2", &watchers[3], "simulate: hang");
	memcpy(id, lives[1]->session.id, sizeof(id));
	put_quota(&bench, -1, -1, 1);
	run_until(&bench, lives[0], ENC_LIVE_RUNNING);
	assert_int_equal(lives[1]->state, ENC_LIVE_QUEUED);
	enc_orchestrator_cancel(&lives[0]->session);
	run_until_told(&bench, &watchers[1], ENC_SESSION_SEALED);
	run_until_told(&bench, &watchers[2], ENC_SESSION_SEALED);
	assert_told(&watchers[1].news[ENC_SESSION_ENDED], ENC_LIVE_ENDING,
		    ENC_DURABILITY_RECORDED, ENC_PHASE_FAILED);
	/* Another organisation's session isn't held up by them. */
	run_until(&bench, lives[3], ENC_LIVE_RUNNING);
	if (enc_session_load(bench.store, "o-1", id, &stored, &err) != ENC_OK) {
		fail_msg("%s", err.message);
	}
	assert_string_equal(stored->record.reason_code, "quota_exceeded");
	assert_non_null(strstr(stored->record.reason_message,
			       "its quota is 1"));
	assert_int_equal(stored->record.started_ms, 0);
	enc_session_free(stored);
	assert_null(enc_orchestrator_share(bench.orchestrator, "o-1"));
	enc_orchestrator_cancel_all(bench.orchestrator);
	bench_close(&bench);
}

static void test_none_begins_while_it_drains(void **state)
{
	struct watcher watcher;
	struct bench bench;

	(void)state;
	bench_open(&bench, 1, 0, ENC_OK);
	(void)create(&bench, &watcher, "simulate: hang");
	assert_ready(&bench, ENC_OK);
	enc_orchestrator_drain(bench.orchestrator, on_drained, &bench);
	assert_refused(&bench, ENC_UNAVAILABLE);
	assert_ready(&bench, ENC_UNAVAILABLE);
	enc_orchestrator_cancel_all(bench.orchestrator);
	bench_close(&bench);
	assert_int_equal(watcher.news[ENC_SESSION_SEALED].count, 1);
}

static void test_none_is_taken_while_the_queue_is_full(void **state)
{
	struct watcher watchers[1 + QUEUE_MAX];
	struct bench bench;

	(void)state;
	bench_open(&bench, 1, 0, ENC_OK);
	for (size_t i = 0; i < ENC_COUNT(watchers); i++) {
		assert_ready(&bench, ENC_OK);
		(void)create(&bench, &watchers[i], "simulate: hang");
	}
	assert_refused(&bench, ENC_BUSY);
	assert_ready(&bench, ENC_BUSY);
	enc_orchestrator_cancel_all(bench.orchestrator);
	run_until_told(&bench, &watchers[QUEUE_MAX], ENC_SESSION_SEALED);
	assert_ready(&bench, ENC_OK);
	bench_close(&bench);
}

/* What a gate says of how much can't be added up is held at the largest sum. */
static void test_sums_of_a_gate_stay_numbers(void **state)
{
	const struct enc_report reports[] = {
		{ .kind = ENC_REPORT_EGRESS,
		  .egress = { .via = ENC_VIA_PACKET, .count = UINT64_MAX } },
		{ .kind = ENC_REPORT_EGRESS,
		  .egress = { .via = ENC_VIA_PACKET, .count = 2 } },
		{ .kind = ENC_REPORT_SYSCALL, .syscall.count = UINT64_MAX },
		{ .kind = ENC_REPORT_TRUNCATED,
		  .truncated.dropped = UINT64_C(1) << 63 },
		{ .kind = ENC_REPORT_TRUNCATED,
		  .truncated.dropped = UINT64_C(1) << 63 },
	};
	struct enc_session *stored = NULL;
	struct enc_error err = { 0 };
	struct watcher watcher;
	struct enc_live *live;
	struct bench bench;
	char id[ENC_SESSION_ID_BYTES];

	(void)state;
	bench_open(&bench, 1, 0, ENC_OK);
	live = create(&bench, &watcher, "simulate: hang");
	run_until(&bench, live, ENC_LIVE_RUNNING);
	memcpy(id, live->session.id, sizeof(id));
	for (size_t i = 0; i < ENC_COUNT(reports); i++) {
		assert_true(enc_story_heard(live, &reports[i]));
	}
	assert_true(enc_session_result_record(&live->session).stdout_cut);
	enc_orchestrator_cancel(&live->session);
	run_until_told(&bench, &watcher, ENC_SESSION_SEALED);
	if (enc_session_load(bench.store, "o-1", id, &stored, &err) != ENC_OK) {
		fail_msg("%s", err.message);
	}
	assert_int_equal(stored->record.egress_attempts, ENC_NUMBER_MAX);
	enc_session_free(stored);
	bench_close(&bench);
}

enum { UNREADABLE = 300 }; /* more than a page of the recovery's */

/* add_row() - a session that a former life left unfinished, like @like */
static void add_row(struct enc_store_change *change,
		    const struct enc_store_session *like, uint64_t number,
		    const char *id, const char *record)
{
	struct enc_store_session row = *like;

	row.id = id;
	row.number = number;
	row.record = record;
	enc_store_insert_session(change, &row);
}

/* add_unfinished() - many that can't be read, and then one that can */
static void add_unfinished(struct bench *bench,
			   const struct enc_store_session *like)
{
	struct enc_store_change *change = enc_store_change_new();
	char id[ENC_SESSION_ID_BYTES];

	bench->durable = false;
	for (uint64_t i = 0; i < UNREADABLE; i++) {
		(void)snprintf(id, sizeof(id), "s-bad-%d", (int)i);
		add_row(change, like, 1000 + i, id, "{\"outcome\":7}");
	}
	add_row(change, like, 1000 + UNREADABLE, "s-good", like->record);
	enc_store_submit(bench->store, change, on_durable, bench);
	while (!bench->durable) {
		(void)uv_run(&bench->loop, UV_RUN_ONCE);
	}
}

static bool is_finished(struct bench *bench, const char *id)
{
	ENC_AUTO(store_session) row = { 0 };

	assert_int_equal(enc_store_get_session(bench->store, "o-1", id, &row,
					       NULL),
			 ENC_OK);
	return row.finished;
}

/* A record that can't be read is named, and keeps no other from its end. */
static void test_recovery_goes_past_what_it_cannot_read(void **state)
{
	ENC_AUTO(store_session) row = { 0 };
	struct enc_session *session = NULL;
	struct enc_error err = { 0 };
	struct watcher watcher;
	struct enc_live *live;
	struct bench bench;

	(void)state;
	bench_open(&bench, 1, 0, ENC_OK);
	live = create(&bench, &watcher, "simulate: hang");
	run_until(&bench, live, ENC_LIVE_RUNNING);
	assert_int_equal(enc_store_get_session(bench.store, "o-1",
					       live->session.id, &row, &err),
			 ENC_OK);
	enc_orchestrator_cancel(&live->session);
	run_until_told(&bench, &watcher, ENC_SESSION_SEALED);
	add_unfinished(&bench, &row);
	for (int life = 0; life < 2; life++) {
		if (enc_orchestrator_recover(bench.orchestrator, &err) !=
		    ENC_OK) {
			fail_msg("%s", err.message);
		}
		assert_true(is_finished(&bench, "s-good"));
		assert_false(is_finished(&bench, "s-bad-0"));
	}
	assert_int_equal(enc_session_load(bench.store, "o-1", "s-bad-7",
					  &session, &err),
			 ENC_INTERNAL);
	assert_string_equal(
		err.message,
		"session s-bad-7: a stored record is damaged: outcome");
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_queue_to_seal),
		cmocka_unit_test(test_one_that_is_cancelled_in_the_queue),
		cmocka_unit_test(test_memory_that_is_admitted),
		cmocka_unit_test(test_the_next_one_is_admitted),
		cmocka_unit_test(test_a_creation_that_is_refused_is_lost),
		cmocka_unit_test(test_a_store_without_room_is_seen),
		cmocka_unit_test(test_an_end_during_a_probe),
		cmocka_unit_test(test_an_end_that_is_refused_follows),
		cmocka_unit_test(test_an_end_that_is_refused_for_long_is_told),
		cmocka_unit_test(test_a_seal_that_is_refused_follows),
		cmocka_unit_test(test_a_store_that_stopped_loses_it),
		cmocka_unit_test(
			test_an_organisation_at_its_share_is_passed_over),
		cmocka_unit_test(test_nothing_begins_past_the_stored_bytes),
		cmocka_unit_test(test_what_waits_ends_past_the_stored_bytes),
		cmocka_unit_test(test_none_begins_while_it_drains),
		cmocka_unit_test(test_none_is_taken_while_the_queue_is_full),
		cmocka_unit_test(test_sums_of_a_gate_stay_numbers),
		cmocka_unit_test(test_recovery_goes_past_what_it_cannot_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
