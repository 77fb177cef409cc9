#include <stdbool.h>
#include <string.h>

#include "backend_impl.h"
#include "log.h"

#define HEAR(kind) (1U << ENC_REPORT_##kind)
enum {
	/* Reports that a program causes. */
	HEAR_RUN = HEAR(STARTED) | HEAR(OUTPUT) | HEAR(RESULT) |
		   HEAR(REJECTED) | HEAR(EGRESS) | HEAR(CALL) | HEAR(REDACTED) |
		   HEAR(SYSCALL) | HEAR(COUNTED) | HEAR(TRUNCATED) |
		   HEAR(ENDED),
};

/* The reports that are passed on in a state; others are dropped. */
static const unsigned int heard[ENC_SANDBOX_STATE_MAX] = {
	[ENC_SANDBOX_PREPARING] = HEAR(READY) | HEAR(ENDED),
	[ENC_SANDBOX_READY] = HEAR(ENDED),
	[ENC_SANDBOX_CLAIMING] = HEAR(ENDED),
	[ENC_SANDBOX_CLAIMED] = HEAR(CLAIMED) | HEAR(ENDED),
	[ENC_SANDBOX_LOADED] = HEAR(CLAIMED) | HEAR(ENDED),
	[ENC_SANDBOX_RUNNING] = HEAR_RUN,
	[ENC_SANDBOX_STOPPING] = HEAR_RUN & ~HEAR(STARTED),
	[ENC_SANDBOX_ABANDONED] = HEAR(GONE),
	[ENC_SANDBOX_CLOSING] = HEAR(GONE),
};

/* may_move() - whether a sandbox may move to the state @to */
static bool may_move(const struct enc_sandbox *sandbox,
		     enum enc_sandbox_state to)
{
	return enc_sandbox_state_may_move(sandbox->state, to);
}

/* set_state() - set the state and log it; an illegal move is a bug */
static void set_state(struct enc_sandbox *sandbox, enum enc_sandbox_state to)
{
	ENC_ASSERT(may_move(sandbox, to));
	enc_log(ENC_LOG_DEBUG, NULL, "%s %llu: %s -> %s",
		sandbox->backend->ops->name,
		(unsigned long long)sandbox->number,
		enc_sandbox_state_name(sandbox->state),
		enc_sandbox_state_name(to));
	sandbox->state = to;
}

/*
 * check_caller() - assert that the caller is on the loop's thread and not
 * inside an operation
 */
static void check_caller(const struct enc_sandbox *sandbox)
{
	uv_thread_t here = uv_thread_self();

	ENC_ASSERT(uv_thread_equal(&here, &sandbox->backend->thread) != 0);
	ENC_ASSERT(!sandbox->in_operation);
}

/*
 * enter() - note that an operation of the implementation is running, so that
 * check_caller() detects a call from inside it; leave() ends that
 */
static void enter(struct enc_sandbox *sandbox)
{
	check_caller(sandbox);
	sandbox->in_operation = true;
}

static void leave(struct enc_sandbox *sandbox)
{
	sandbox->in_operation = false;
}

struct enc_backend *enc_backend_new(const struct enc_backend_ops *ops,
				    const struct enc_backend_options *options)
{
	struct enc_backend *backend = enc_xalloc(ops->backend_size);

	backend->ops = ops;
	backend->options = *options;
	backend->thread = uv_thread_self();
	enc_list_init(&backend->sandboxes);
	ops->open(backend);
	return backend;
}

void enc_backend_free(struct enc_backend *backend)
{
	if (backend != NULL) {
		ENC_ASSERT(enc_list_empty(&backend->sandboxes));
		backend->options.watcher = NULL;
		backend->ops->close(backend);
	}
}

void enc_backend_closed(struct enc_backend *backend)
{
	free(backend);
}

const char *enc_backend_name(const struct enc_backend *backend)
{
	return enc_places_usual(&backend->facts.places)->name;
}

const struct enc_backend_facts *
enc_backend_facts_of(const struct enc_backend *backend)
{
	return backend->opened ? &backend->facts : NULL;
}

bool enc_backend_healthy(const struct enc_backend *backend)
{
	return backend->opened && !backend->lost;
}

void enc_backend_report_opened(struct enc_backend *backend)
{
	struct enc_backend_watcher *watcher = backend->options.watcher;

	ENC_ASSERT(!backend->opened && backend->facts.places.count > 0);
	backend->opened = true;
	if (watcher != NULL && watcher->opened != NULL) {
		watcher->opened(watcher);
	}
}

void enc_backend_report_vault(struct enc_backend *backend, int *fd)
{
	struct enc_backend_watcher *watcher = backend->options.watcher;

	if (watcher != NULL && watcher->vault != NULL) {
		watcher->vault(watcher, fd);
	}
}

void enc_backend_report_lost(struct enc_backend *backend,
			     const struct enc_error *why)
{
	struct enc_backend_watcher *watcher = backend->options.watcher;

	if (backend->lost) {
		return;
	}
	backend->lost = true;
	ENC_LIST_EACH(backend->sandboxes, at)
	{
		enc_sandbox_report_failed(ENC_HOLDER(at, struct enc_sandbox,
						     link),
					  why);
	}
	if (watcher != NULL && watcher->lost != NULL) {
		watcher->lost(watcher, why);
	}
}

enum enc_code enc_sandbox_prepare(const struct enc_sandbox_spec *spec,
				  struct enc_sink *sink,
				  struct enc_sandbox **ret_sandbox,
				  struct enc_error *err)
{
	enc_autofree struct enc_sandbox *sandbox = NULL;
	struct enc_backend *backend = spec->place->backend;
	enum enc_code code;

	if (!enc_backend_healthy(backend)) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"the backend %s can't make sandboxes now",
				backend->ops->name);
	}
	if (spec->environment >= backend->facts.environment_count) {
		return enc_fail(err, ENC_BAD_REQUEST, "no such environment");
	}
	ENC_ASSERT(spec->language > ENC_LANGUAGE_INVALID &&
		   spec->language < ENC_LANGUAGE_MAX);
	sandbox = enc_xalloc(backend->ops->sandbox_size);
	sandbox->backend = backend;
	sandbox->sink = sink;
	sandbox->number = ++backend->last_number;

	enter(sandbox);
	code = backend->ops->prepare(sandbox, spec, err);
	leave(sandbox);
	if (code != ENC_OK) {
		enc_wrap(err, "preparing %s on %s", spec->name,
			 backend->ops->name);
		return code;
	}
	enc_list_append(&backend->sandboxes, &sandbox->link);
	*ret_sandbox = ENC_TAKE(sandbox);
	return ENC_OK;
}

/*
 * refuse() - fail since an operation isn't legal in this state; @what: such as
 * "claimed"
 */
static enum enc_code refuse(const struct enc_sandbox *sandbox, const char *what,
			    struct enc_error *err)
{
	return enc_fail(err, ENC_CONFLICT, "a sandbox that is %s can't be %s",
			enc_sandbox_state_name(sandbox->state), what);
}

enum enc_code enc_sandbox_claim(struct enc_sandbox *sandbox,
				const struct enc_limits *limits,
				unsigned int outside, struct enc_sink *sink,
				struct enc_error *err)
{
	enum enc_code code;

	if (!may_move(sandbox, ENC_SANDBOX_CLAIMING)) {
		return refuse(sandbox, "claimed", err);
	}
	if (enc_limits_check(limits, err) != ENC_OK) {
		return ENC_BAD_REQUEST;
	}
	set_state(sandbox, ENC_SANDBOX_CLAIMING);
	sandbox->wanted = ENC_SANDBOX_CLAIMED;
	sandbox->outside = outside;
	enter(sandbox);
	code = sandbox->backend->ops->claim(sandbox, limits, outside, err);
	leave(sandbox);
	if (code == ENC_OK) {
		sandbox->sink = sink;
	} else {
		set_state(sandbox, ENC_SANDBOX_READY);
	}
	return code;
}

static enum enc_code load(struct enc_sandbox *sandbox,
			  const struct enc_program *program,
			  struct enc_error *err)
{
	enum enc_code code;

	enter(sandbox);
	code = sandbox->backend->ops->load(sandbox, program, err);
	leave(sandbox);
	if (code == ENC_OK) {
		sandbox->program = program;
		set_state(sandbox, ENC_SANDBOX_LOADED);
	}
	return code;
}

static enum enc_code set_rules(struct enc_sandbox *sandbox,
			       const char *const *rules, size_t count,
			       struct enc_error *err)
{
	enum enc_code code;

	enter(sandbox);
	code = sandbox->backend->ops->set_rules(sandbox, rules, count, err);
	leave(sandbox);
	return code;
}

static enum enc_code start(struct enc_sandbox *sandbox, struct enc_error *err)
{
	enum enc_code code;

	enter(sandbox);
	code = sandbox->backend->ops->start(sandbox, err);
	leave(sandbox);
	if (code == ENC_OK) {
		set_state(sandbox, ENC_SANDBOX_RUNNING);
	}
	return code;
}

/*
 * waits_as() - whether the claim is still under way, and @wanted is the last
 * state that was asked for
 */
static bool waits_as(const struct enc_sandbox *sandbox,
		     enum enc_sandbox_state wanted)
{
	return sandbox->state == ENC_SANDBOX_CLAIMING &&
	       sandbox->wanted == wanted;
}

enum enc_code enc_sandbox_load(struct enc_sandbox *sandbox,
			       const struct enc_program *program,
			       struct enc_error *err)
{
	bool waits = waits_as(sandbox, ENC_SANDBOX_CLAIMED);
	enum enc_code code;

	if (!waits && !may_move(sandbox, ENC_SANDBOX_LOADED)) {
		return refuse(sandbox, "loaded", err);
	}
	code = enc_program_check(program, err);
	if (code != ENC_OK || !waits) {
		return code == ENC_OK ? load(sandbox, program, err) : code;
	}
	sandbox->wanted = ENC_SANDBOX_LOADED;
	sandbox->program = program;
	return ENC_OK;
}

enum enc_code enc_sandbox_start(struct enc_sandbox *sandbox,
				struct enc_error *err)
{
	if (waits_as(sandbox, ENC_SANDBOX_LOADED)) {
		sandbox->wanted = ENC_SANDBOX_RUNNING;
		return ENC_OK;
	}
	return may_move(sandbox, ENC_SANDBOX_RUNNING)
		       ? start(sandbox, err)
		       : refuse(sandbox, "started", err);
}

void enc_sandbox_claimed(struct enc_sandbox *sandbox)
{
	struct enc_error why = { 0 };
	enum enc_code code = ENC_OK;

	if (sandbox->state != ENC_SANDBOX_CLAIMING) {
		return; /* the sandbox has ended, or is being stopped */
	}
	set_state(sandbox, ENC_SANDBOX_CLAIMED);
	if (sandbox->wanted >= ENC_SANDBOX_LOADED) {
		code = load(sandbox, sandbox->program, &why);
	}
	if (code == ENC_OK && sandbox->rules_wait) {
		code = set_rules(sandbox, sandbox->rules, sandbox->rule_count,
				 &why);
	}
	if (code == ENC_OK && sandbox->wanted == ENC_SANDBOX_RUNNING) {
		code = start(sandbox, &why);
	}
	if (code != ENC_OK) {
		enc_sandbox_report_failed(sandbox, &why);
	} else if ((sandbox->outside & ENC_OUTSIDE_BINDINGS) != 0 &&
		   sandbox->tag != 0) {
		const struct enc_report claimed = {
			.kind = ENC_REPORT_CLAIMED,
			.claimed = sandbox->tag,
		};

		enc_sandbox_report(sandbox, &claimed);
	}
}

enum enc_code enc_sandbox_set_rules(struct enc_sandbox *sandbox,
				    const char *const *rules, size_t count,
				    struct enc_error *err)
{
	bool waits = sandbox->state == ENC_SANDBOX_CLAIMING &&
		     sandbox->wanted >= ENC_SANDBOX_LOADED;

	ENC_ASSERT(count <= ENC_MESSAGE_RULES_MAX);
	if ((!waits && sandbox->state != ENC_SANDBOX_LOADED &&
	     sandbox->state != ENC_SANDBOX_RUNNING) ||
	    (sandbox->program->outside & ENC_OUTSIDE_ALLOWLIST) == 0) {
		return refuse(sandbox, "given rules", err);
	}
	if (!waits) {
		return set_rules(sandbox, rules, count, err);
	}
	sandbox->rules = rules;
	sandbox->rule_count = count;
	sandbox->rules_wait = true;
	return ENC_OK;
}

void enc_sandbox_recorded(struct enc_sandbox *sandbox, uint64_t count)
{
	if (sandbox->state == ENC_SANDBOX_RUNNING &&
	    sandbox->program->outside != 0) {
		enter(sandbox);
		sandbox->backend->ops->recorded(sandbox, count);
		leave(sandbox);
	}
}

void enc_sandbox_hold(struct enc_sandbox *sandbox, bool hold)
{
	if (sandbox->backend->ops->hold != NULL &&
	    (sandbox->state == ENC_SANDBOX_RUNNING ||
	     sandbox->state == ENC_SANDBOX_STOPPING)) {
		enter(sandbox);
		sandbox->backend->ops->hold(sandbox, hold);
		leave(sandbox);
	}
}

void enc_sandbox_stop(struct enc_sandbox *sandbox)
{
	if (may_move(sandbox, ENC_SANDBOX_STOPPING)) {
		set_state(sandbox, ENC_SANDBOX_STOPPING);
		enter(sandbox);
		sandbox->backend->ops->stop(sandbox);
		leave(sandbox);
	}
}

void enc_sandbox_destroy(struct enc_sandbox *sandbox)
{
	if (sandbox == NULL) {
		return;
	}
	set_state(sandbox, sandbox->state == ENC_SANDBOX_ENDED
				   ? ENC_SANDBOX_CLOSING
				   : ENC_SANDBOX_ABANDONED);
	enter(sandbox);
	sandbox->backend->ops->destroy(sandbox);
	leave(sandbox);
}

/*
 * judge_end() - adjust the report of an end to the state in which the end came
 */
static void judge_end(const struct enc_sandbox *sandbox, struct enc_end *end)
{
	bool stopped = sandbox->state == ENC_SANDBOX_STOPPING;

	ENC_ASSERT(end->cause > ENC_CAUSE_INVALID &&
		   end->cause < ENC_CAUSE_MAX);
	if (stopped) {
		end->cause = ENC_CAUSE_KILLED;
		end->failure = (struct enc_error){ 0 };
		end->exit_code = 0;
		end->signal = 0;
		end->counter_name = "";
		end->counter = 0;
		end->limit = 0;
	} else if (end->failure.code == ENC_OK &&
		   enc_sandbox_state_is_inert(sandbox->state)) {
		(void)enc_fail(&end->failure, ENC_BACKEND,
			       "the sandbox ended while %s",
			       enc_sandbox_state_name(sandbox->state));
	} else if (end->failure.code == ENC_OK &&
		   end->cause == ENC_CAUSE_GATE_LOST) {
		(void)enc_fail(&end->failure, ENC_BACKEND,
			       "the sandbox lost its gate");
	}
	if (end->counter_name == NULL) {
		end->counter_name = "";
	}
}

void enc_sandbox_report(struct enc_sandbox *sandbox,
			const struct enc_report *report)
{
	struct enc_report judged;

	check_caller(sandbox);
	ENC_ASSERT(report->kind != ENC_REPORT_GONE);
	if ((heard[sandbox->state] & (1U << report->kind)) == 0) {
		return;
	}
	if (report->kind == ENC_REPORT_OUTPUT && report->output.length == 0) {
		return;
	}
	judged = *report;
	if (report->kind == ENC_REPORT_READY) {
		set_state(sandbox, ENC_SANDBOX_READY);
	} else if (report->kind == ENC_REPORT_ENDED) {
		judge_end(sandbox, &judged.ended);
		set_state(sandbox, ENC_SANDBOX_ENDED);
	}
	sandbox->sink->hear(sandbox->sink, &judged);
}

void enc_sandbox_report_failed(struct enc_sandbox *sandbox,
			       const struct enc_error *why)
{
	const struct enc_report report = {
		.kind = ENC_REPORT_ENDED,
		.ended = { .cause = ENC_CAUSE_KILLED, .failure = *why },
	};

	enc_sandbox_report(sandbox, &report);
}

void enc_sandbox_report_gone(struct enc_sandbox *sandbox)
{
	struct enc_sink *sink = sandbox->sink;
	const struct enc_report gone = { .kind = ENC_REPORT_GONE };
	const struct enc_report owed = {
		.kind = ENC_REPORT_ENDED,
		.ended = { .cause = ENC_CAUSE_KILLED, .counter_name = "" },
	};

	check_caller(sandbox);
	ENC_ASSERT((heard[sandbox->state] & HEAR(GONE)) != 0);
	if (sandbox->state == ENC_SANDBOX_ABANDONED) {
		set_state(sandbox, ENC_SANDBOX_CLOSING);
		sink->hear(sink, &owed);
	}
	set_state(sandbox, ENC_SANDBOX_GONE);
	enc_list_remove(&sandbox->link);
	free(sandbox);
	/* The report GONE may make the sink free itself and the backend. */
	sink->hear(sink, &gone);
}
