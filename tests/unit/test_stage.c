/* A stage on the simulator: what it keeps, what it tells, when it may go. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "stage.h"

struct bench {
	uv_loop_t loop;
	struct enc_backend *backend;
	struct enc_pool *pool;
	struct enc_session *session;
	struct enc_stage *stage;
	unsigned int told[ENC_REPORT_KIND_MAX];
	bool drained;
};

static void told(struct enc_stage *stage, const struct enc_report *report)
{
	struct bench *bench = stage->owner;

	bench->told[report->kind]++;
	/* What a stage keeps is there when it tells. */
	if (report->kind == ENC_REPORT_READY) {
		assert_int_equal(stage->facts.layers, report->ready.layers);
		assert_non_null(stage->sandbox);
	} else if (report->kind == ENC_REPORT_ENDED) {
		assert_int_equal(stage->end.cause, report->ended.cause);
	} else if (report->kind == ENC_REPORT_GONE) {
		assert_null(stage->sandbox);
	}
}

static enum enc_pool_leave may_fill(void *context)
{
	(void)context;
	return ENC_POOL_NOW;
}

static struct enc_session *session_with(struct enc_backend *backend,
					const char *code)
{
	struct enc_session *session = enc_session_new();

	session->spec = enc_session_spec_new();
	session->spec->record.language = ENC_LANGUAGE_PYTHON;
	session->spec->place =
		enc_places_usual(&enc_backend_facts_of(backend)->places);
	session->spec->code = enc_xstrdup(code);
	session->spec->code_length = strlen(code);
	session->spec->record.limits = enc_limits_usual();
	session->spec->record.limits.value[ENC_LIMIT_OUTPUT] = 4096;
	(void)snprintf(session->id, sizeof(session->id), "s-1");
	return session;
}

static void turn(struct bench *bench)
{
	for (int i = 0; i < 200; i++) {
		(void)uv_run(&bench->loop, UV_RUN_NOWAIT);
	}
}

static void bench_open(struct bench *bench, size_t pool_size, const char *code)
{
	struct enc_backend_options backend = { .loop = &bench->loop,
					       .channel = -1 };
	struct enc_pool_options pool = { .loop = &bench->loop,
					 .size = pool_size,
					 .may_fill = may_fill };

	*bench = (struct bench){ 0 };
	assert_int_equal(uv_loop_init(&bench->loop), 0);
	bench->backend = enc_backend_new(&enc_backend_simulator, &backend);
	while (enc_backend_facts_of(bench->backend) == NULL) {
		(void)uv_run(&bench->loop, UV_RUN_ONCE);
	}
	pool.backend = bench->backend;
	bench->pool = enc_pool_new(&pool);
	turn(bench);
	bench->session = session_with(bench->backend, code);
	bench->stage = enc_stage_new(bench->session);
	bench->stage->told = told;
	bench->stage->owner = bench;
}

static void on_drained(void *context)
{
	((struct bench *)context)->drained = true;
}

/* bench_close() - the loop closes only if nothing was left in it */
static void bench_close(struct bench *bench)
{
	enc_stage_free(bench->stage);
	enc_session_free(bench->session);
	enc_pool_drain(bench->pool, on_drained, bench);
	turn(bench);
	assert_true(bench->drained);
	enc_pool_free(bench->pool);
	enc_backend_free(bench->backend);
	assert_int_equal(uv_run(&bench->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&bench->loop), 0);
}

static void make(struct bench *bench)
{
	struct enc_error err = { 0 };

	assert_int_equal(enc_stage_make(bench->stage, bench->pool, &err),
			 ENC_OK);
}

static void load_and_start(struct bench *bench)
{
	struct enc_error err = { 0 };

	assert_int_equal(enc_stage_load(bench->stage, &err), ENC_OK);
	assert_int_equal(enc_stage_start(bench->stage, &err), ENC_OK);
}

static void test_from_making_to_gone(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, 0, "simulate: exit 7");
	make(&bench);
	assert_int_equal(bench.told[ENC_REPORT_READY], 0);
	turn(&bench);
	assert_int_equal(bench.told[ENC_REPORT_READY], 1);
	assert_false(bench.stage->claimed);
	load_and_start(&bench);
	turn(&bench);
	assert_int_equal(bench.told[ENC_REPORT_ENDED], 1);
	assert_int_equal(bench.stage->end.cause, ENC_CAUSE_EXITED);
	assert_int_equal(bench.stage->end.exit_code, 7);
	assert_int_equal(bench.told[ENC_REPORT_GONE], 0);
	enc_stage_destroy(bench.stage);
	enc_stage_destroy(bench.stage);
	turn(&bench);
	assert_int_equal(bench.told[ENC_REPORT_GONE], 1);
	bench_close(&bench);
}

static void test_one_that_waited_is_ready_at_once(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, 1, "simulate: exit 7");
	make(&bench);
	assert_int_equal(bench.told[ENC_REPORT_READY], 1);
	assert_true(bench.stage->claimed);
	load_and_start(&bench);
	turn(&bench);
	assert_int_equal(bench.stage->end.exit_code, 7);
	enc_stage_destroy(bench.stage);
	turn(&bench);
	assert_int_equal(bench.told[ENC_REPORT_GONE], 1);
	bench_close(&bench);
}

static void test_one_that_is_stopped_ends_as_killed(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, 0, "simulate: hang");
	make(&bench);
	turn(&bench);
	load_and_start(&bench);
	turn(&bench);
	assert_int_equal(bench.told[ENC_REPORT_ENDED], 0);
	enc_stage_stop(bench.stage);
	turn(&bench);
	assert_int_equal(bench.told[ENC_REPORT_ENDED], 1);
	assert_int_equal(bench.stage->end.cause, ENC_CAUSE_KILLED);
	enc_stage_destroy(bench.stage);
	turn(&bench);
	bench_close(&bench);
}

static void test_one_that_isnt_made_can_be_freed(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, 0, "");
	enc_stage_stop(bench.stage);
	enc_stage_destroy(bench.stage);
	turn(&bench);
	for (size_t i = 0; i < ENC_REPORT_KIND_MAX; i++) {
		assert_int_equal(bench.told[i], 0);
	}
	bench_close(&bench);
}

static void test_one_that_cant_be_made_tells_nothing(void **state)
{
	struct enc_error err = { 0 };
	struct bench bench;

	(void)state;
	bench_open(&bench, 0, "");
	bench.stage->spec.environment = ENC_LAUNCH_ENVIRONMENTS_MAX;
	assert_int_equal(enc_stage_make(bench.stage, bench.pool, &err),
			 ENC_BAD_REQUEST);
	assert_null(bench.stage->sandbox);
	turn(&bench);
	assert_int_equal(bench.told[ENC_REPORT_GONE], 0);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_making_to_gone),
		cmocka_unit_test(test_one_that_waited_is_ready_at_once),
		cmocka_unit_test(test_one_that_is_stopped_ends_as_killed),
		cmocka_unit_test(test_one_that_isnt_made_can_be_freed),
		cmocka_unit_test(test_one_that_cant_be_made_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
