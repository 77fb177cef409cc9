/*
 * A decorator, which makes the Nth call fail and passes on everything else. It
 * uses the backend inside it, and implements one for its user. Only calls that
 * may fail are counted, so stop and destroy aren't.
 */

#include "backend_impl.h"

struct fault_backend {
	struct enc_backend base;
	uv_timer_t timer;
	unsigned int calls;
};

struct fault_sandbox {
	struct enc_sandbox base;
	struct enc_sink sink; /* gets the reports of the inner sandbox */
	struct enc_sandbox *inner;
};

/* from_base() - return the fault sandbox of a base; the only downcast */
static struct fault_sandbox *from_base(struct enc_sandbox *sandbox)
{
	ENC_ASSERT(sandbox->backend->ops == &enc_backend_fault);
	return ENC_HOLDER(sandbox, struct fault_sandbox, base);
}

/* count_call() - count a call; fail if it is the Nth */
static enum enc_code count_call(struct enc_backend *backend,
				struct enc_error *err)
{
	struct fault_backend *fault =
		ENC_HOLDER(backend, struct fault_backend, base);

	if (++fault->calls == backend->options.fail_at) {
		return enc_fail(err, ENC_BACKEND, "call %u fails as planned",
				fault->calls);
	}
	return ENC_OK;
}

/* hear() - pass on a report of the inner sandbox; backend.c judges it again */
static void hear(struct enc_sink *sink, const struct enc_report *report)
{
	struct fault_sandbox *fault =
		ENC_HOLDER(sink, struct fault_sandbox, sink);

	if (report->kind == ENC_REPORT_GONE) {
		enc_sandbox_report_gone(&fault->base);
	} else {
		enc_sandbox_report(&fault->base, report);
	}
}

/*
 * on_turn() - take over the facts of the inner backend, which must be opened
 * already
 */
static void on_turn(uv_timer_t *timer)
{
	struct fault_backend *fault =
		ENC_HOLDER(timer, struct fault_backend, timer);
	const struct enc_backend_facts *facts =
		enc_backend_facts_of(fault->base.options.inner);

	ENC_ASSERT(facts != NULL);
	fault->base.facts = *facts;
	for (size_t i = 0; i < facts->places.count; i++) {
		fault->base.facts.places.row[i].backend = &fault->base;
		fault->base.facts.places.row[i].number = (uint32_t)i;
	}
	enc_backend_report_opened(&fault->base);
}

static void on_closed(uv_handle_t *handle)
{
	enc_backend_closed(
		&ENC_HOLDER(handle, struct fault_backend, timer)->base);
}

static void fault_open(struct enc_backend *backend)
{
	struct fault_backend *fault =
		ENC_HOLDER(backend, struct fault_backend, base);

	(void)uv_timer_init(backend->options.loop, &fault->timer);
	(void)uv_timer_start(&fault->timer, on_turn, 0, 0);
}

static void fault_close(struct enc_backend *backend)
{
	uv_close((uv_handle_t *)&ENC_HOLDER(backend, struct fault_backend, base)
			 ->timer,
		 on_closed);
}

/* fault_prepare() - prepare the inner sandbox; a planned failure makes none */
static enum enc_code fault_prepare(struct enc_sandbox *sandbox,
				   const struct enc_sandbox_spec *spec,
				   struct enc_error *err)
{
	struct fault_sandbox *fault = from_base(sandbox);
	struct enc_backend *inner = sandbox->backend->options.inner;
	struct enc_sandbox_spec same = *spec;
	enum enc_code code = count_call(sandbox->backend, err);

	if (code != ENC_OK) {
		return code;
	}
	fault->sink.hear = hear;
	same.place = &inner->facts.places.row[spec->place->number];
	return enc_sandbox_prepare(&same, &fault->sink, &fault->inner, err);
}

/*
 * fault_claim() - claim the inner sandbox; a planned failure changes the state
 * of neither sandbox
 */
static enum enc_code fault_claim(struct enc_sandbox *sandbox,
				 const struct enc_limits *limits,
				 unsigned int outside, struct enc_error *err)
{
	struct fault_sandbox *fault = from_base(sandbox);
	enum enc_code code = count_call(sandbox->backend, err);

	if (code == ENC_OK) {
		code = enc_sandbox_claim(fault->inner, limits, outside,
					 &fault->sink, err);
	}
	if (code == ENC_OK) {
		/* The inner sandbox makes load and start wait. */
		enc_sandbox_claimed(sandbox);
	}
	return code;
}

static enum enc_code fault_load(struct enc_sandbox *sandbox,
				const struct enc_program *program,
				struct enc_error *err)
{
	enum enc_code code = count_call(sandbox->backend, err);

	if (code != ENC_OK) {
		return code;
	}
	return enc_sandbox_load(from_base(sandbox)->inner, program, err);
}

static enum enc_code fault_start(struct enc_sandbox *sandbox,
				 struct enc_error *err)
{
	enum enc_code code = count_call(sandbox->backend, err);

	if (code != ENC_OK) {
		return code;
	}
	return enc_sandbox_start(from_base(sandbox)->inner, err);
}

static enum enc_code fault_set_rules(struct enc_sandbox *sandbox,
				     const char *const *rules, size_t count,
				     struct enc_error *err)
{
	enum enc_code code = count_call(sandbox->backend, err);

	if (code != ENC_OK) {
		return code;
	}
	return enc_sandbox_set_rules(from_base(sandbox)->inner, rules, count,
				     err);
}

static void fault_recorded(struct enc_sandbox *sandbox, uint64_t count)
{
	enc_sandbox_recorded(from_base(sandbox)->inner, count);
}

static void fault_hold(struct enc_sandbox *sandbox, bool hold)
{
	enc_sandbox_hold(from_base(sandbox)->inner, hold);
}

/* Stop and destroy can't fail. Their reports come through the sink. */
static void fault_stop(struct enc_sandbox *sandbox)
{
	enc_sandbox_stop(from_base(sandbox)->inner);
}

static void fault_destroy(struct enc_sandbox *sandbox)
{
	enc_sandbox_destroy(from_base(sandbox)->inner);
}

const struct enc_backend_ops enc_backend_fault = {
	.name = "fault",
	.backend_size = sizeof(struct fault_backend),
	.sandbox_size = sizeof(struct fault_sandbox),
	.open = fault_open,
	.close = fault_close,
	.prepare = fault_prepare,
	.claim = fault_claim,
	.load = fault_load,
	.start = fault_start,
	.set_rules = fault_set_rules,
	.recorded = fault_recorded,
	.hold = fault_hold,
	.stop = fault_stop,
	.destroy = fault_destroy,
};
