/*
 * The pool against a backend that does what the test says: what is made when,
 * what is taken, what is discarded, and that nothing is left.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "backend_impl.h"
#include "clock.h"
#include "pool.h"

/* ---- the backend ---- */

/* What becomes of the sandboxes that are prepared from now on. */
enum fate { GETS_READY, MISSES, FAILS, HANGS, IS_REFUSED };

struct fake_backend {
	struct enc_backend base;
	uv_timer_t timer;
};

struct fake_sandbox {
	struct enc_sandbox base;
	uv_timer_t timer;
	enum fate fate;
	unsigned int number;
};

static struct {
	enum fate fate;
	bool refuse_claims;
	unsigned int made;
	unsigned int alive;
	unsigned int being_made;
	uint64_t memory_bytes;
	uint64_t available_bytes;
	struct fake_sandbox *last;
} fake;

static struct fake_sandbox *fake_of(struct enc_sandbox *sandbox)
{
	return ENC_HOLDER(sandbox, struct fake_sandbox, base);
}

static void on_open(uv_timer_t *timer)
{
	enc_backend_report_opened(
		&ENC_HOLDER(timer, struct fake_backend, timer)->base);
}

/* Two of the same isolation, and one that can't change everything later. */
enum { USUAL, STIFF, TWIN };
static const struct enc_place places[] = {
	[USUAL] = { .name = "usual", .isolation = ENC_ISOLATION_HOST_KERNEL },
	[STIFF] = { .name = "stiff",
		    .isolation = ENC_ISOLATION_GVISOR,
		    .fixed = ENC_LIMIT_BIT(ENC_LIMIT_PIDS) |
			     ENC_LIMIT_BIT(ENC_LIMIT_DISK),
		    .idle_bytes = UINT64_C(32) << 20 },
	[TWIN] = { .name = "twin", .isolation = ENC_ISOLATION_HOST_KERNEL },
};

static void fake_open(struct enc_backend *backend)
{
	struct fake_backend *self =
		ENC_HOLDER(backend, struct fake_backend, base);

	backend->facts.environment_count = 2;
	for (size_t i = 0; i < ENC_COUNT(places); i++) {
		struct enc_place place = places[i];

		place.backend = backend;
		place.number = (uint32_t)i;
		assert_int_equal(enc_places_add(&backend->facts.places, &place),
				 0);
	}
	backend->facts.memory_bytes = fake.memory_bytes;
	(void)snprintf(backend->facts.environments[0].name,
		       ENC_LAUNCH_NAME_BYTES, "other");
	(void)snprintf(backend->facts.environments[1].name,
		       ENC_LAUNCH_NAME_BYTES, "default");
	(void)uv_timer_init(backend->options.loop, &self->timer);
	(void)uv_timer_start(&self->timer, on_open, 0, 0);
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
	struct fake_sandbox *self =
		ENC_HOLDER(timer, struct fake_sandbox, timer);
	struct enc_report ready = { .kind = ENC_REPORT_READY };
	struct enc_error why = { 0 };

	fake.being_made--;
	ready.ready.init_us = self->number;
	if (self->fate == FAILS) {
		(void)enc_fail(&why, ENC_BACKEND, "as planned");
		enc_sandbox_report_failed(&self->base, &why);
		return;
	}
	ready.ready.self_check.missed = self->fate == MISSES ? 4 : 0;
	enc_sandbox_report(&self->base, &ready);
}

static enum enc_code fake_prepare(struct enc_sandbox *sandbox,
				  const struct enc_sandbox_spec *spec,
				  struct enc_error *err)
{
	struct fake_sandbox *self = fake_of(sandbox);

	assert_int_equal(fake.being_made, 0); /* one at a time */
	assert_true(spec->language > ENC_LANGUAGE_INVALID);
	if (fake.fate == IS_REFUSED) {
		return enc_fail(err, ENC_BACKEND, "as planned");
	}
	self->fate = fake.fate;
	self->number = ++fake.made;
	fake.alive++;
	fake.being_made += self->fate == HANGS ? 0 : 1;
	fake.last = self;
	(void)uv_timer_init(sandbox->backend->options.loop, &self->timer);
	if (self->fate != HANGS) {
		(void)uv_timer_start(&self->timer, on_made, 0, 0);
	}
	return ENC_OK;
}

static enum enc_code fake_claim(struct enc_sandbox *sandbox,
				const struct enc_limits *limits,
				unsigned int outside, struct enc_error *err)
{
	(void)sandbox;
	(void)limits;
	(void)outside;
	return fake.refuse_claims
		       ? enc_fail(err, ENC_BACKEND, "refused as planned")
		       : ENC_OK;
}

static void fake_stop(struct enc_sandbox *sandbox)
{
	(void)sandbox;
}

static void on_closed(uv_handle_t *handle)
{
	fake.alive--;
	enc_sandbox_report_gone(
		&ENC_HOLDER(handle, struct fake_sandbox, timer)->base);
}

static void fake_destroy(struct enc_sandbox *sandbox)
{
	uv_close((uv_handle_t *)&fake_of(sandbox)->timer, on_closed);
}

static const struct enc_backend_ops fake_ops = {
	.name = "fake",
	.backend_size = sizeof(struct fake_backend),
	.sandbox_size = sizeof(struct fake_sandbox),
	.open = fake_open,
	.close = fake_close,
	.prepare = fake_prepare,
	.claim = fake_claim,
	.stop = fake_stop,
	.destroy = fake_destroy,
};

/* ---- the bench ---- */

struct bench {
	uv_loop_t loop;
	struct enc_backend *backend;
	struct enc_pool *pool;
	enum enc_pool_leave leave;
	struct enc_sink sink; /* of whoever takes one */
	unsigned int gone;
	bool drained;
};

static enum enc_pool_leave may_fill(void *context)
{
	return ((struct bench *)context)->leave;
}

static uint64_t available(void)
{
	return fake.available_bytes;
}

static void hear(struct enc_sink *sink, const struct enc_report *report)
{
	struct bench *bench = ENC_HOLDER(sink, struct bench, sink);

	bench->gone += report->kind == ENC_REPORT_GONE ? 1 : 0;
}

/* settle() - until nothing more happens by itself */
static void settle(struct bench *bench)
{
	for (int i = 0; i < 200; i++) {
		(void)uv_run(&bench->loop, UV_RUN_NOWAIT);
	}
}

static void bench_open(struct bench *bench, size_t size)
{
	struct enc_backend_options backend = { .loop = &bench->loop,
					       .channel = -1 };
	struct enc_pool_options pool = { .loop = &bench->loop,
					 .size = size,
					 .may_fill = may_fill,
					 .context = bench,
					 .memory_available = available };

	*bench = (struct bench){ .leave = ENC_POOL_NOW, .sink = { hear } };
	assert_int_equal(uv_loop_init(&bench->loop), 0);
	bench->backend = enc_backend_new(&fake_ops, &backend);
	while (enc_backend_facts_of(bench->backend) == NULL) {
		(void)uv_run(&bench->loop, UV_RUN_ONCE);
	}
	pool.backend = bench->backend;
	bench->pool = enc_pool_new(&pool);
}

static void on_drained(void *context)
{
	((struct bench *)context)->drained = true;
}

/* bench_close() - the loop closes only if nothing was left in it */
static void bench_close(struct bench *bench)
{
	enc_pool_drain(bench->pool, on_drained, bench);
	settle(bench);
	assert_true(bench->drained);
	assert_true(enc_pool_empty(bench->pool));
	assert_int_equal(fake.alive, 0);
	enc_pool_free(bench->pool);
	enc_backend_free(bench->backend);
	assert_int_equal(uv_run(&bench->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&bench->loop), 0);
}

static int set_up(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	return 0;
}

static struct enc_pool_shelf_state shelf(const struct bench *bench,
					 size_t index)
{
	struct enc_pool_shelf_state found = { 0 };

	assert_true(enc_pool_shelf(bench->pool, index, &found));
	return found;
}

static const struct enc_place *place_of(const struct bench *bench, size_t index)
{
	return &enc_backend_facts_of(bench->backend)->places.row[index];
}

/* take_spec() - the number of the sandbox that was taken, 0 for none */
static unsigned int take_spec(struct bench *bench,
			      const struct enc_sandbox_spec *spec,
			      struct enc_sandbox **ret_sandbox)
{
	struct enc_sandbox_facts facts = { 0 };

	return enc_pool_take(bench->pool, spec, &bench->sink, ret_sandbox,
			     &facts)
		       ? facts.init_us
		       : 0;
}

static unsigned int take(struct bench *bench, uint32_t environment,
			 enum enc_language language,
			 struct enc_sandbox **ret_sandbox)
{
	const struct enc_sandbox_spec spec = {
		.environment = environment,
		.language = language,
		.place = place_of(bench, USUAL),
		.limits = enc_limits_usual(),
	};

	return take_spec(bench, &spec, ret_sandbox);
}

/* ---- tests ---- */

static void test_python_on_default_is_filled_from_the_start(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, 2);
	settle(&bench);
	assert_int_equal(fake.made, 2);
	assert_string_equal(shelf(&bench, 0).environment, "default");
	assert_string_equal(shelf(&bench, 0).language, "python");
	assert_int_equal(shelf(&bench, 0).waiting, 2);
	bench_close(&bench);
}

static void test_what_is_asked_for_gets_a_shelf(void **state)
{
	struct enc_sandbox *sandbox = NULL;
	struct bench bench;

	(void)state;
	bench_open(&bench, 1);
	settle(&bench);
	assert_int_equal(take(&bench, 0, ENC_LANGUAGE_NODE, &sandbox), 0);
	assert_null(sandbox);
	assert_int_equal(shelf(&bench, 1).missed, 1);
	enc_pool_look(bench.pool);
	settle(&bench);
	assert_int_equal(shelf(&bench, 1).waiting, 1);
	assert_string_equal(shelf(&bench, 1).environment, "other");
	/* Neither environment nor language of it is anybody else's. */
	assert_int_equal(take(&bench, 1, ENC_LANGUAGE_NODE, &sandbox), 0);
	assert_int_equal(take(&bench, 0, ENC_LANGUAGE_PYTHON, &sandbox), 0);
	assert_int_equal(take(&bench, 0, ENC_LANGUAGE_NODE, &sandbox), 2);
	enc_sandbox_destroy(sandbox);
	settle(&bench);
	bench_close(&bench);
}

/* Shelves are by place, not by isolation. */
static void test_a_place_has_shelves_of_its_own(void **state)
{
	struct enc_sandbox_spec spec = {
		.environment = 1,
		.language = ENC_LANGUAGE_PYTHON,
		.limits = enc_limits_usual(),
	};
	struct enc_sandbox *sandbox = NULL;
	struct bench bench;

	(void)state;
	bench_open(&bench, 1);
	settle(&bench);
	spec.place = place_of(&bench, TWIN);
	assert_int_equal(take_spec(&bench, &spec, &sandbox), 0);
	assert_string_equal(shelf(&bench, 0).backend, "usual");
	assert_string_equal(shelf(&bench, 1).backend, "twin");
	enc_pool_look(bench.pool);
	settle(&bench);
	spec.place = place_of(&bench, USUAL);
	assert_int_equal(take_spec(&bench, &spec, &sandbox), 1);
	enc_sandbox_destroy(sandbox);
	settle(&bench);
	bench_close(&bench);
}

/* What can't be changed later must be as the pool makes it; else it is cold. */
static void test_what_is_fixed_is_as_it_was_made(void **state)
{
	struct enc_sandbox_spec spec = {
		.environment = 1,
		.language = ENC_LANGUAGE_PYTHON,
		.limits = enc_limits_usual(),
	};
	struct enc_sandbox *sandbox = NULL;
	struct bench bench;

	(void)state;
	bench_open(&bench, 1);
	spec.place = place_of(&bench, STIFF);
	settle(&bench);
	assert_int_equal(take_spec(&bench, &spec, &sandbox), 0);
	enc_pool_look(bench.pool);
	settle(&bench);
	assert_string_equal(shelf(&bench, 1).backend, "stiff");
	assert_int_equal(shelf(&bench, 1).waiting, 1);
	spec.limits.value[ENC_LIMIT_PIDS]++;
	assert_int_equal(take_spec(&bench, &spec, &sandbox), 0);
	spec.limits = enc_limits_usual();
	spec.limits.value[ENC_LIMIT_DISK]++;
	assert_int_equal(take_spec(&bench, &spec, &sandbox), 0);
	spec.limits = enc_limits_usual();
	spec.limits.value[ENC_LIMIT_MEMORY]++;
	assert_int_equal(take_spec(&bench, &spec, &sandbox), 2);
	enc_sandbox_destroy(sandbox);
	settle(&bench);
	bench_close(&bench);
}

/* Each is taken once, the oldest first, and hears nothing of the pool's. */
static void test_each_is_taken_once(void **state)
{
	struct enc_sandbox *taken[3] = { NULL };
	struct bench bench;

	(void)state;
	bench_open(&bench, 2);
	settle(&bench);
	assert_int_equal(take(&bench, 1, ENC_LANGUAGE_PYTHON, &taken[0]), 1);
	assert_int_equal(take(&bench, 1, ENC_LANGUAGE_PYTHON, &taken[1]), 2);
	assert_int_equal(take(&bench, 1, ENC_LANGUAGE_PYTHON, &taken[2]), 0);
	assert_ptr_not_equal(taken[0], taken[1]);
	assert_int_equal(shelf(&bench, 0).taken, 2);
	assert_int_equal(shelf(&bench, 0).missed, 1);
	enc_pool_look(bench.pool);
	settle(&bench);
	assert_int_equal(fake.made, 4);
	assert_int_equal(take(&bench, 1, ENC_LANGUAGE_PYTHON, &taken[2]), 3);
	for (size_t i = 0; i < ENC_COUNT(taken); i++) {
		enc_sandbox_destroy(taken[i]);
	}
	settle(&bench);
	assert_int_equal(bench.gone, 3);
	bench_close(&bench);
}

static void test_sessions_come_first(void **state)
{
	struct enc_sandbox *sandbox = NULL;
	struct bench bench;

	(void)state;
	bench_open(&bench, 3);
	bench.leave = ENC_POOL_NOT_NOW;
	settle(&bench);
	assert_int_equal(fake.made, 0);
	bench.leave = ENC_POOL_SLOWLY;
	enc_pool_look(bench.pool);
	settle(&bench);
	/* One, and the next when the pause is over: the clock tells. */
	assert_int_equal(fake.made, 1);
	while (fake.made < 2) {
		(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
	bench.leave = ENC_POOL_NOT_NOW;
	settle(&bench);
	assert_int_equal(take(&bench, 1, ENC_LANGUAGE_PYTHON, &sandbox), 1);
	enc_sandbox_destroy(sandbox);
	settle(&bench);
	assert_int_equal(fake.made, 2);
	bench_close(&bench);
}

/* pass() - until @ms later, whatever happens meanwhile */
static void pass(struct bench *bench, int64_t ms)
{
	int64_t end_ms = enc_clock_mono_ms() + ms;

	while (enc_clock_mono_ms() < end_ms) {
		(void)uv_run(&bench->loop, UV_RUN_NOWAIT);
	}
}

/*
 * What made it fail may be over: it is filled again by itself, after a second,
 * and after two if the next one fails as well.
 */
static void fail_thrice(enum fate fate)
{
	struct enc_sandbox *sandbox = NULL;
	struct bench bench;

	bench_open(&bench, 1);
	fake.fate = fate;
	settle(&bench);
	assert_int_equal(fake.made, ENC_POOL_FAILURES_MAX);
	assert_int_equal(fake.alive, 0);
	assert_int_equal(shelf(&bench, 0).size, 0); /* closed */
	assert_int_equal(take(&bench, 1, ENC_LANGUAGE_PYTHON, &sandbox), 0);
	enc_pool_look(bench.pool);
	settle(&bench);
	assert_int_equal(fake.made, ENC_POOL_FAILURES_MAX);
	while (fake.made == ENC_POOL_FAILURES_MAX) {
		(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
	settle(&bench);
	fake.fate = GETS_READY;
	pass(&bench, ENC_POOL_CLOSED_MS + (ENC_POOL_CLOSED_MS / 2));
	assert_int_equal(fake.made, ENC_POOL_FAILURES_MAX + 1);
	assert_int_equal(shelf(&bench, 0).size, 0);
	while (shelf(&bench, 0).waiting == 0) {
		(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
	assert_int_equal(fake.made, ENC_POOL_FAILURES_MAX + 2);
	assert_int_equal(shelf(&bench, 0).size, 1);
	bench_close(&bench);
}

static void test_three_failed_self_checks_close_it(void **state)
{
	(void)state;
	fail_thrice(MISSES);
}

static void test_three_failures_close_it(void **state)
{
	(void)state;
	fail_thrice(FAILS);
}

/* Two failures, one that is taken, two failures: that is no row of three. */
static void test_one_that_is_taken_ends_the_row(void **state)
{
	struct enc_sandbox *sandbox = NULL;
	struct bench bench;

	(void)state;
	bench_open(&bench, 1);
	for (int round = 0; round < 2; round++) {
		fake.fate = FAILS;
		while (fake.made < (unsigned int)(round * 3) + 2) {
			(void)uv_run(&bench.loop, UV_RUN_NOWAIT);
		}
		fake.fate = GETS_READY;
		settle(&bench);
		bench.leave = ENC_POOL_NOT_NOW;
		assert_int_equal(take(&bench, 1, ENC_LANGUAGE_PYTHON, &sandbox),
				 round * 3 + 3);
		enc_sandbox_destroy(sandbox);
		settle(&bench);
		bench.leave = ENC_POOL_NOW;
		fake.fate = FAILS;
		enc_pool_look(bench.pool);
	}
	assert_int_equal(shelf(&bench, 0).size, 1);
	bench_close(&bench);
}

/* A launcher that takes nothing now is asked again later, without end. */
static void test_a_refusal_is_no_failure(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, 1);
	fake.fate = IS_REFUSED;
	for (int i = 0; i < 5; i++) {
		settle(&bench);
		enc_pool_look(bench.pool);
	}
	assert_int_equal(shelf(&bench, 0).size, 1);
	fake.fate = GETS_READY;
	enc_pool_look(bench.pool);
	settle(&bench);
	assert_int_equal(shelf(&bench, 0).waiting, 1);
	bench_close(&bench);
}

static void test_one_that_ends_while_it_waits_is_replaced(void **state)
{
	struct bench bench;
	struct enc_error why = { 0 };

	(void)state;
	bench_open(&bench, 1);
	settle(&bench);
	(void)enc_fail(&why, ENC_BACKEND, "as planned");
	enc_sandbox_report_failed(&fake.last->base, &why);
	assert_int_equal(shelf(&bench, 0).waiting, 0);
	settle(&bench);
	assert_int_equal(fake.made, 2);
	assert_int_equal(shelf(&bench, 0).waiting, 1);
	bench_close(&bench);
}

static void test_one_that_cant_be_claimed_is_discarded(void **state)
{
	struct enc_sandbox *sandbox = NULL;
	struct bench bench;

	(void)state;
	bench_open(&bench, 1);
	settle(&bench);
	fake.refuse_claims = true;
	assert_int_equal(take(&bench, 1, ENC_LANGUAGE_PYTHON, &sandbox), 0);
	assert_null(sandbox);
	fake.refuse_claims = false;
	settle(&bench);
	assert_int_equal(take(&bench, 1, ENC_LANGUAGE_PYTHON, &sandbox), 2);
	enc_sandbox_destroy(sandbox);
	settle(&bench);
	bench_close(&bench);
}

/* A sixteenth of the machine may wait, and an eighth has to be free. */
static void test_memory_bounds_it(void **state)
{
	struct bench bench;

	(void)state;
	fake.memory_bytes = UINT64_C(1) << 30; /* room for eight of python */
	fake.available_bytes = (fake.memory_bytes / 8) - 1;
	bench_open(&bench, 10);
	settle(&bench);
	assert_int_equal(fake.made, 0);
	fake.available_bytes++;
	enc_pool_look(bench.pool);
	settle(&bench);
	assert_int_equal(fake.made, 8);
	bench_close(&bench);
}

static void test_drained_while_one_is_made(void **state)
{
	struct bench bench;

	(void)state;
	fake.fate = HANGS;
	bench_open(&bench, 1);
	settle(&bench);
	assert_int_equal(fake.alive, 1);
	bench_close(&bench);
}

static void test_a_lost_backend_is_asked_no_more(void **state)
{
	struct enc_error why = { 0 };
	struct bench bench;

	(void)state;
	bench_open(&bench, 2);
	settle(&bench);
	(void)enc_fail(&why, ENC_UNAVAILABLE, "as planned");
	enc_backend_report_lost(bench.backend, &why);
	settle(&bench);
	assert_int_equal(fake.made, 2);
	assert_int_equal(fake.alive, 0);
	bench_close(&bench);
}

static void test_off_is_off(void **state)
{
	struct enc_sandbox *sandbox = NULL;
	struct enc_pool_shelf_state none;
	struct bench bench;

	(void)state;
	bench_open(&bench, 0);
	settle(&bench);
	assert_int_equal(take(&bench, 1, ENC_LANGUAGE_PYTHON, &sandbox), 0);
	enc_pool_look(bench.pool);
	settle(&bench);
	assert_int_equal(fake.made, 0);
	assert_false(enc_pool_shelf(bench.pool, 0, &none));
	bench_close(&bench);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_python_on_default_is_filled_from_the_start),
		TEST(test_what_is_asked_for_gets_a_shelf),
		TEST(test_a_place_has_shelves_of_its_own),
		TEST(test_what_is_fixed_is_as_it_was_made),
		TEST(test_each_is_taken_once),
		TEST(test_sessions_come_first),
		TEST(test_three_failed_self_checks_close_it),
		TEST(test_three_failures_close_it),
		TEST(test_one_that_is_taken_ends_the_row),
		TEST(test_a_refusal_is_no_failure),
		TEST(test_one_that_ends_while_it_waits_is_replaced),
		TEST(test_one_that_cant_be_claimed_is_discarded),
		TEST(test_memory_bounds_it),
		TEST(test_drained_while_one_is_made),
		TEST(test_a_lost_backend_is_asked_no_more),
		TEST(test_off_is_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
