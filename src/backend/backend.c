#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "backend_impl.h"

#define HEAR(kind) (1U << ENC_REPORT_##kind)
#define TO(state) (1U << ENC_SANDBOX_##state)

enum {
	/* What a program brings about. */
	HEAR_RUN = HEAR(STARTED) | HEAR(OUTPUT) | HEAR(RESULT) |
		   HEAR(REJECTED) | HEAR(EGRESS) | HEAR(SYSCALL) |
		   HEAR(TRUNCATED) | HEAR(ENDED),
	TO_END = TO(STOPPING) | TO(ENDED) | TO(ABANDONED),
};

/* clang-format off */
static const struct state_row {
	const char *name;
	unsigned int moves; /* the states that may follow */
	unsigned int hears; /* the reports that mean something here */
	bool inert;	    /* a program can't have ended here by itself */
} rows[] = {
	[ENC_SANDBOX_PREPARING] = {
		.name = "preparing", .inert = true,
		.moves = TO(READY) | TO_END,
		.hears = HEAR(READY) | HEAR(ENDED),
	},
	[ENC_SANDBOX_READY] = {
		.name = "ready", .inert = true,
		.moves = TO(CLAIMED) | TO_END,
		.hears = HEAR(ENDED),
	},
	[ENC_SANDBOX_CLAIMED] = {
		.name = "claimed", .inert = true,
		.moves = TO(LOADED) | TO_END,
		.hears = HEAR(ENDED),
	},
	[ENC_SANDBOX_LOADED] = {
		.name = "loaded", .inert = true,
		.moves = TO(RUNNING) | TO_END,
		.hears = HEAR(ENDED),
	},
	[ENC_SANDBOX_RUNNING] = {
		.name = "running",
		.moves = TO_END,
		.hears = HEAR_RUN,
	},
	[ENC_SANDBOX_STOPPING] = {
		.name = "stopping",
		.moves = TO(ENDED) | TO(ABANDONED),
		.hears = HEAR_RUN & ~HEAR(STARTED),
	},
	[ENC_SANDBOX_ENDED] = {
		.name = "ended",
		.moves = TO(CLOSING),
	},
	[ENC_SANDBOX_ABANDONED] = {
		.name = "abandoned",
		.moves = TO(CLOSING),
		.hears = HEAR(GONE),
	},
	[ENC_SANDBOX_CLOSING] = {
		.name = "closing",
		.moves = TO(GONE),
		.hears = HEAR(GONE),
	},
	[ENC_SANDBOX_GONE] = {
		.name = "gone",
	},
};
/* clang-format on */
static_assert(ENC_COUNT(rows) == ENC_SANDBOX_STATE_MAX, "a state without row");

/* may_move() - whether the table has the move */
static bool may_move(const struct enc_sandbox *sandbox,
		     enum enc_sandbox_state to)
{
	return (rows[sandbox->state].moves & (1U << to)) != 0;
}

/* set_state() - the only writer of a state; a move without a row is our bug */
static void set_state(struct enc_sandbox *sandbox, enum enc_sandbox_state to)
{
	ENC_ASSERT(may_move(sandbox, to));
	sandbox->state = to;
}

/* check_caller() - on the loop's thread, and not from inside an operation */
static void check_caller(const struct enc_sandbox *sandbox)
{
	uv_thread_t here = uv_thread_self();

	ENC_ASSERT(uv_thread_equal(&here, &sandbox->backend->thread) != 0);
	ENC_ASSERT(!sandbox->in_operation);
}

/* enter() - before an operation of the implementation; leave() after it */
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
	return backend->facts.places[backend->facts.isolation];
}

const struct enc_backend_facts *
enc_backend_facts(const struct enc_backend *backend)
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

	ENC_ASSERT(!backend->opened);
	backend->opened = true;
	if (watcher != NULL && watcher->opened != NULL) {
		watcher->opened(watcher);
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

enum enc_code enc_sandbox_prepare(struct enc_backend *backend,
				  const struct enc_sandbox_spec *spec,
				  struct enc_sink *sink,
				  struct enc_sandbox **ret_sandbox,
				  struct enc_error *err)
{
	enc_autofree struct enc_sandbox *sandbox = NULL;
	enum enc_code code;

	if (!enc_backend_healthy(backend)) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"the backend %s makes no sandboxes now",
				backend->ops->name);
	}
	ENC_ASSERT(spec->isolation < ENC_ISOLATION_MAX);
	if (backend->facts.places[spec->isolation] == NULL) {
		return enc_fail(err, ENC_NOT_AVAILABLE,
				"isolation %s isn't offered here",
				enc_isolation_name(spec->isolation));
	}
	if (spec->environment >= backend->facts.environment_count) {
		return enc_fail(err, ENC_BAD_REQUEST, "no such environment");
	}
	ENC_ASSERT(spec->language > ENC_LANGUAGE_INVALID &&
		   spec->language < ENC_LANGUAGE_MAX);
	sandbox = enc_xalloc(backend->ops->sandbox_size);
	sandbox->backend = backend;
	sandbox->sink = sink;

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

enum enc_code enc_sandbox_claim(struct enc_sandbox *sandbox,
				const struct enc_limits *limits,
				struct enc_sink *sink, struct enc_error *err)
{
	enum enc_code code;

	if (!may_move(sandbox, ENC_SANDBOX_CLAIMED)) {
		return enc_fail(err, ENC_CONFLICT,
				"a sandbox that is %s can't be claimed",
				rows[sandbox->state].name);
	}
	if (enc_limits_check(limits, err) != ENC_OK) {
		return ENC_BAD_REQUEST;
	}
	enter(sandbox);
	code = sandbox->backend->ops->claim(sandbox, limits, err);
	leave(sandbox);
	if (code == ENC_OK) {
		set_state(sandbox, ENC_SANDBOX_CLAIMED);
		sandbox->sink = sink;
	}
	return code;
}

enum enc_code enc_sandbox_load(struct enc_sandbox *sandbox,
			       const struct enc_program *program,
			       struct enc_error *err)
{
	enum enc_code code;

	if (!may_move(sandbox, ENC_SANDBOX_LOADED)) {
		return enc_fail(err, ENC_CONFLICT,
				"a sandbox that is %s can't be loaded",
				rows[sandbox->state].name);
	}
	enter(sandbox);
	code = sandbox->backend->ops->load(sandbox, program, err);
	leave(sandbox);
	if (code == ENC_OK) {
		set_state(sandbox, ENC_SANDBOX_LOADED);
	}
	return code;
}

enum enc_code enc_sandbox_start(struct enc_sandbox *sandbox,
				struct enc_error *err)
{
	enum enc_code code;

	if (!may_move(sandbox, ENC_SANDBOX_RUNNING)) {
		return enc_fail(err, ENC_CONFLICT,
				"a sandbox that is %s can't be started",
				rows[sandbox->state].name);
	}
	enter(sandbox);
	code = sandbox->backend->ops->start(sandbox, err);
	leave(sandbox);
	if (code == ENC_OK) {
		set_state(sandbox, ENC_SANDBOX_RUNNING);
	}
	return code;
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

/* judge_end() - what the end means in the state that it found */
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
	} else if (end->failure.code == ENC_OK && rows[sandbox->state].inert) {
		(void)enc_fail(&end->failure, ENC_BACKEND,
			       "the sandbox ended while %s",
			       rows[sandbox->state].name);
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
	if ((rows[sandbox->state].hears & (1U << report->kind)) == 0) {
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
	ENC_ASSERT((rows[sandbox->state].hears & HEAR(GONE)) != 0);
	if (sandbox->state == ENC_SANDBOX_ABANDONED) {
		set_state(sandbox, ENC_SANDBOX_CLOSING);
		sink->hear(sink, &owed);
	}
	set_state(sandbox, ENC_SANDBOX_GONE);
	enc_list_remove(&sandbox->link);
	free(sandbox);
	sink->hear(sink, &gone); /* may free the sink, and the backend */
}
