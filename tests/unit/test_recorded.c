/*
 * Egress of a session with an allowlist: an attempt is acknowledged once its
 * line is durable and never before, and rules are given once they are durable.
 *
 * The backend is a double. It does nothing by itself, and notes what it is told.
 */

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "backend_impl.h"
#include "orchestrator_internal.h"

/* Commits of the store: the first one makes the organisation. */
enum { COMMIT_STARTED = 2, COMMIT_NOTED };

struct fake_backend {
	struct enc_backend base;
	uv_timer_t timer;
};

struct fake_sandbox {
	struct enc_sandbox base;
	uv_timer_t timer;
};

/* The only bench; the double has no other way to it. */
static struct bench {
	uv_loop_t loop;
	struct enc_store *store;
	struct enc_backend *backend;
	struct enc_orchestrator *orchestrator;
	struct enc_session_observer observer;
	struct enc_session *session;
	struct fake_sandbox *sandbox;
	char told[256]; /* what the double was told, in order */
	bool durable;
	bool drained;
	bool sealed;
	unsigned int outside; /* of the last claim */
} bench;

static void note(const char *format, uint64_t number, const char *text)
{
	size_t length = strlen(bench.told);

	(void)snprintf(bench.told + length, sizeof(bench.told) - length, "%s%s",
		       length == 0 ? "" : " ", text);
	length = strlen(bench.told);
	if (format != NULL) {
		(void)snprintf(bench.told + length, sizeof(bench.told) - length,
			       "%llu", (unsigned long long)number);
	}
}

/* ---- the double ---- */

static struct fake_sandbox *fake_of(struct enc_sandbox *sandbox)
{
	return ENC_HOLDER(sandbox, struct fake_sandbox, base);
}

static void on_opened(uv_timer_t *timer)
{
	enc_backend_report_opened(
		&ENC_HOLDER(timer, struct fake_backend, timer)->base);
}

static void fake_open(struct enc_backend *backend)
{
	struct fake_backend *self =
		ENC_HOLDER(backend, struct fake_backend, base);
	const struct enc_place place = { .name = "double", .backend = backend };

	assert_int_equal(enc_places_add(&backend->facts.places, &place), 0);
	backend->facts.sandboxes_max = ENC_LAUNCH_SANDBOXES_MAX;
	backend->facts.egress = true;
	backend->facts.environment_count = 1;
	(void)uv_timer_init(backend->options.loop, &self->timer);
	(void)uv_timer_start(&self->timer, on_opened, 0, 0);
}

static void on_backend_closed(uv_handle_t *handle)
{
	enc_backend_closed(
		&ENC_HOLDER(handle, struct fake_backend, timer)->base);
}

static void fake_close(struct enc_backend *backend)
{
	uv_close((uv_handle_t *)&ENC_HOLDER(backend, struct fake_backend, base)
			 ->timer,
		 on_backend_closed);
}

static void on_made(uv_timer_t *timer)
{
	const struct enc_report ready = { .kind = ENC_REPORT_READY };

	enc_sandbox_report(&ENC_HOLDER(timer, struct fake_sandbox, timer)->base,
			   &ready);
}

static enum enc_code fake_prepare(struct enc_sandbox *sandbox,
				  const struct enc_sandbox_spec *spec,
				  struct enc_error *err)
{
	(void)spec;
	(void)err;
	bench.sandbox = fake_of(sandbox);
	(void)uv_timer_init(&bench.loop, &bench.sandbox->timer);
	(void)uv_timer_start(&bench.sandbox->timer, on_made, 0, 0);
	return ENC_OK;
}

static enum enc_code fake_claim(struct enc_sandbox *sandbox,
				const struct enc_limits *limits,
				unsigned int outside, struct enc_error *err)
{
	(void)limits;
	(void)err;
	bench.outside = outside;
	enc_sandbox_claimed(sandbox);
	return ENC_OK;
}

static void note_rules(const char *const *rules, size_t count)
{
	note(NULL, 0, "rules:");
	for (size_t i = 0; i < count; i++) {
		note(NULL, 0, rules[i]);
	}
}

static enum enc_code fake_load(struct enc_sandbox *sandbox,
			       const struct enc_program *program,
			       struct enc_error *err)
{
	(void)sandbox;
	(void)err;
	if ((program->outside & ENC_OUTSIDE_ALLOWLIST) != 0) {
		note_rules(program->rules, program->rule_count);
	}
	return ENC_OK;
}

static enum enc_code fake_start(struct enc_sandbox *sandbox,
				struct enc_error *err)
{
	(void)sandbox;
	(void)err;
	note(NULL, 0, "start");
	return ENC_OK;
}

static enum enc_code fake_set_rules(struct enc_sandbox *sandbox,
				    const char *const *rules, size_t count,
				    struct enc_error *err)
{
	(void)sandbox;
	(void)err;
	note_rules(rules, count);
	return ENC_OK;
}

static void fake_recorded(struct enc_sandbox *sandbox, uint64_t count)
{
	(void)sandbox;
	note("", count, "recorded:");
}

static void on_killed(uv_timer_t *timer)
{
	const struct enc_report ended = {
		.kind = ENC_REPORT_ENDED,
		.ended = { .cause = ENC_CAUSE_KILLED },
	};

	enc_sandbox_report(&ENC_HOLDER(timer, struct fake_sandbox, timer)->base,
			   &ended);
}

static void fake_stop(struct enc_sandbox *sandbox)
{
	(void)uv_timer_start(&fake_of(sandbox)->timer, on_killed, 0, 0);
}

static void on_closed(uv_handle_t *handle)
{
	bench.sandbox = NULL;
	enc_sandbox_report_gone(
		&ENC_HOLDER(handle, struct fake_sandbox, timer)->base);
}

static void fake_destroy(struct enc_sandbox *sandbox)
{
	uv_close((uv_handle_t *)&fake_of(sandbox)->timer, on_closed);
}

static const struct enc_backend_ops fake_ops = {
	.name = "double",
	.backend_size = sizeof(struct fake_backend),
	.sandbox_size = sizeof(struct fake_sandbox),
	.open = fake_open,
	.close = fake_close,
	.prepare = fake_prepare,
	.claim = fake_claim,
	.load = fake_load,
	.start = fake_start,
	.set_rules = fake_set_rules,
	.recorded = fake_recorded,
	.stop = fake_stop,
	.destroy = fake_destroy,
};

/* ---- the bench ---- */

static void on_durable(void *context, enum enc_code code,
		       const struct enc_error *err)
{
	(void)context;
	(void)err;
	assert_int_equal(code, ENC_OK);
	bench.durable = true;
}

static void add_org(void)
{
	const struct enc_store_org org = { .base.type = &enc_store_orgs,
					   .id = "o-1",
					   .number = 1,
					   .name = "one",
					   .created_ms = 1 };
	struct enc_store_change *change = enc_store_change_new();

	enc_store_insert(change, &org.base);
	enc_store_submit(bench.store, change, on_durable, NULL);
	while (!bench.durable) {
		(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
}

/* bench_open() - @fail_at: the commit of the store that fails; 0: none */
static void bench_open(unsigned int fail_at)
{
	const struct enc_store_options store = { .loop = &bench.loop,
						 .inner = &enc_store_memory,
						 .fail_at = fail_at,
						 .fail_code =
							 ENC_STORAGE_FULL };
	const struct enc_backend_options backend = { .loop = &bench.loop,
						     .channel = -1 };
	struct enc_orchestrator_options options = { .loop = &bench.loop,
						    .running_max = 1,
						    .queue_max = 1,
						    .queue_max_bytes = 1
								       << 20 };

	bench = (struct bench){ 0 };
	assert_int_equal(uv_loop_init(&bench.loop), 0);
	assert_int_equal(enc_store_open(&enc_store_fault, &store, &bench.store,
					NULL),
			 ENC_OK);
	add_org();
	bench.backend = enc_backend_new(&fake_ops, &backend);
	while (enc_backend_facts_of(bench.backend) == NULL) {
		(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
	options.store = bench.store;
	options.backend = bench.backend;
	bench.orchestrator = enc_orchestrator_new(&options);
}

static void on_drained(void *context)
{
	(void)context;
	bench.drained = true;
}

static void bench_close(void)
{
	if (!bench.sealed) {
		enc_orchestrator_cancel(bench.session);
	}
	while (!bench.sealed) {
		(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
	enc_orchestrator_drain(bench.orchestrator, on_drained, NULL);
	while (!bench.drained) {
		(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
	enc_orchestrator_free(bench.orchestrator);
	enc_backend_free(bench.backend);
	enc_store_flush_and_free(bench.store);
	assert_int_equal(uv_run(&bench.loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&bench.loop), 0);
}

static void on_news(struct enc_session_observer *observer,
		    struct enc_session *session, enum enc_session_news news)
{
	(void)observer;
	(void)session;
	bench.sealed |= news == ENC_SESSION_SEALED;
}

/* list_of() - a list of one rule; NULL: an empty list */
static struct enc_allowlist *list_of(const char *rule)
{
	struct enc_allowlist *list = enc_allowlist_new(1);

	if (rule != NULL) {
		enc_allowlist_add(list, rule);
	}
	return list;
}

/* create() - a session whose creation and start are one commit */
static void create(const char *rule)
{
	struct enc_session_spec *spec = enc_session_spec_new();

	spec->record.org = "o-1";
	spec->record.created_by = "k-1";
	spec->record.language = ENC_LANGUAGE_PYTHON;
	spec->record.allowlist = rule == NULL ? NULL : list_of(rule);
	spec->record.limits = enc_limits_usual();
	spec->place =
		enc_places_usual(&enc_backend_facts_of(bench.backend)->places);
	spec->code = enc_xstrdup("pass");
	spec->code_length = strlen(spec->code);
	spec->env = enc_xalloc(sizeof(*spec->env));
	spec->hold = true;
	memset(spec->request_sha256, '0', sizeof(spec->request_sha256) - 1);
	bench.observer.told = on_news;
	assert_int_equal(enc_orchestrator_create(bench.orchestrator, spec,
						 &bench.observer,
						 &bench.session, NULL),
			 ENC_OK);
}

static const struct enc_live *live(void)
{
	return ENC_HOLDER(bench.session, struct enc_live, session);
}

static void run_until(enum enc_live_state state)
{
	while (live()->state != state) {
		(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
}

/* settle() - until nothing waits for the store */
static void settle(void)
{
	while (live()->pending > 0) {
		(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
}

static void attempt(enum enc_verdict verdict, uint16_t port)
{
	const struct enc_report report = {
		.kind = ENC_REPORT_EGRESS,
		.egress = {
			.verdict = verdict,
			.via = ENC_VIA_CONNECT,
			.protocol = IPPROTO_TCP,
			.addr = { [10] = 255, [11] = 255, 1, 1, 1, 1 },
			.port = port,
			.count = 1,
			.host = { "a.example", 9 },
			.rule = { "a.example", 9 },
		},
	};

	enc_sandbox_report(&bench.sandbox->base, &report);
}

static enum enc_code replace(const char *rule)
{
	struct enc_allowlist *list = list_of(rule);
	enum enc_code code =
		enc_orchestrator_replace_allowlist(bench.session, list, "k-2",
						   NULL);

	enc_allowlist_release(list);
	return code;
}

/* ---- tests ---- */

static void test_an_attempt_is_recorded_once_durable(void **state)
{
	(void)state;
	bench_open(0);
	create("a.example");
	run_until(ENC_LIVE_RUNNING);
	assert_int_equal(bench.outside, ENC_OUTSIDE_ALLOWLIST);
	assert_string_equal(bench.told, "rules: a.example start");
	attempt(ENC_VERDICT_ALLOW, 443);
	assert_int_equal(live()->pending, 1); /* at once */
	assert_string_equal(bench.told, "rules: a.example start");
	settle();
	assert_string_equal(bench.told, "rules: a.example start recorded:1");
	/* Those that come together are told together. */
	attempt(ENC_VERDICT_DENY, 80);
	attempt(ENC_VERDICT_ALLOW, 443);
	settle();
	assert_int_equal(live()->egress_told, 3);
	bench_close();
}

static void test_nothing_is_told_of_deny_all(void **state)
{
	(void)state;
	bench_open(0);
	create(NULL);
	run_until(ENC_LIVE_RUNNING);
	assert_int_equal(bench.outside, 0);
	attempt(ENC_VERDICT_DENY, 443);
	settle();
	assert_string_equal(bench.told, "start");
	assert_int_equal(replace("a.example"), ENC_CONFLICT);
	bench_close();
}

static void test_a_refused_line_is_never_recorded(void **state)
{
	(void)state;
	bench_open(COMMIT_NOTED);
	create("a.example");
	run_until(ENC_LIVE_RUNNING);
	attempt(ENC_VERDICT_ALLOW, 443);
	settle();
	assert_true(live()->state > ENC_LIVE_RUNNING);
	assert_string_equal(bench.told, "rules: a.example start");
	while (!bench.sealed) {
		(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
	assert_string_equal(bench.told, "rules: a.example start");
	bench_close();
}

/*
 * A full log has no line for a new destination, so no connection to it is
 * acknowledged. One that has a line is, as long as nothing was left out.
 */
static void test_what_found_no_room_is_never_recorded(void **state)
{
	(void)state;
	bench_open(0);
	create("a.example");
	run_until(ENC_LIVE_RUNNING);
	for (unsigned int port = 1; live()->session.suppressed_lines == 0;
	     port++) {
		attempt(ENC_VERDICT_DENY, (uint16_t)port);
	}
	settle();
	assert_true(live()->egress_told > ENC_SESSION_EGRESS_LINES - 16);
	bench.told[0] = '\0';
	/* A denial is never waited for. */
	attempt(ENC_VERDICT_DENY, 1);
	assert_true(strncmp(bench.told, "recorded:", 9) == 0);
	bench.told[0] = '\0';
	/* The line of a denial isn't the line of an allowed attempt. */
	attempt(ENC_VERDICT_ALLOW, 1);
	attempt(ENC_VERDICT_DENY, 1);
	settle();
	assert_string_equal(bench.told, "");
	bench_close();
}

static void test_rules_are_given_once_durable(void **state)
{
	(void)state;
	bench_open(0);
	create("a.example");
	run_until(ENC_LIVE_RUNNING);
	bench.told[0] = '\0';
	attempt(ENC_VERDICT_ALLOW, 443);
	assert_int_equal(replace("b.example"), ENC_OK);
	assert_int_equal(replace(NULL), ENC_OK);
	assert_string_equal(bench.told, "");
	assert_int_equal(bench.session->durable_allowlist->count, 1);
	settle();
	assert_int_equal(bench.session->durable_replacements, 2);
	assert_int_equal(bench.session->durable_allowlist->count, 0);
	assert_string_equal(bench.told, "recorded:1 rules: b.example rules:");
	bench_close();
}

/* What isn't loaded yet is loaded with the latest rules, and only once. */
static void test_rules_that_come_before_the_start(void **state)
{
	(void)state;
	bench_open(0);
	create("a.example");
	assert_int_equal(live()->state, ENC_LIVE_MAKING);
	assert_int_equal(replace("b.example"), ENC_OK);
	run_until(ENC_LIVE_RUNNING);
	assert_string_equal(bench.told, "rules: b.example start");
	enc_orchestrator_cancel(bench.session);
	assert_int_equal(replace("c.example"), ENC_CONFLICT);
	bench_close();
}

/* A program that fills the log leaves room for replacements, up to 64. */
static void test_rules_on_a_full_log(void **state)
{
	const struct enc_report report = {
		.kind = ENC_REPORT_SYSCALL,
		.syscall = { .number = UINT32_MAX, .count = 1 },
	};
	size_t count = 0;

	(void)state;
	bench_open(0);
	create("a.example");
	run_until(ENC_LIVE_RUNNING);
	for (unsigned int number = 0; live()->session.suppressed_lines == 0;
	     number++) {
		struct enc_report other = report;

		other.syscall.number -= number;
		enc_sandbox_report(&bench.sandbox->base, &other);
	}
	settle();
	while (replace("b.example") == ENC_OK) {
		count++;
		settle();
		bench.told[0] = '\0';
	}
	assert_int_equal(count, ENC_SESSION_REPLACED_LINES);
	assert_int_equal(bench.session->durable_replacements, count);
	bench_close();
}

/* The store refuses: no rules are given, and the session ends. */
static void test_rules_that_are_refused(void **state)
{
	(void)state;
	bench_open(COMMIT_NOTED);
	create("a.example");
	run_until(ENC_LIVE_RUNNING);
	assert_int_equal(replace("b.example"), ENC_OK);
	settle();
	assert_true(live()->state > ENC_LIVE_RUNNING);
	assert_int_equal(replace("c.example"), ENC_CONFLICT);
	while (!bench.sealed) {
		(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
	assert_string_equal(bench.told, "rules: a.example start");
	bench_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_attempt_is_recorded_once_durable),
		cmocka_unit_test(test_nothing_is_told_of_deny_all),
		cmocka_unit_test(test_a_refused_line_is_never_recorded),
		cmocka_unit_test(test_what_found_no_room_is_never_recorded),
		cmocka_unit_test(test_rules_are_given_once_durable),
		cmocka_unit_test(test_rules_that_come_before_the_start),
		cmocka_unit_test(test_rules_on_a_full_log),
		cmocka_unit_test(test_rules_that_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
