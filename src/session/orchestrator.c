#include <string.h>

#include "clock.h"
#include "hex.h"
#include "orchestrator_internal.h"
#include "probe.h"
#include "random.h"

enum {
	ID_RANDOM_BYTES = 5,
};

static struct enc_live *live_of(struct enc_session *session)
{
	return ENC_HOLDER(session, struct enc_live, session);
}

/* ---- the queue ---- */

/* wait_in_queue() - held to queue_max and queue_max_bytes by who calls it */
static void wait_in_queue(struct enc_live *live)
{
	struct enc_orchestrator *orchestrator = live->orchestrator;

	enc_list_append(&orchestrator->queue, &live->wait_link);
	orchestrator->queued++;
	orchestrator->queued_bytes +=
		enc_session_spec_bytes(live->session.spec);
}

void enc_live_leave_queue(struct enc_live *live)
{
	struct enc_orchestrator *orchestrator = live->orchestrator;

	enc_list_remove(&live->wait_link);
	orchestrator->queued--;
	orchestrator->queued_bytes -=
		enc_session_spec_bytes(live->session.spec);
}

/* has_room() - for one more to wait, and for what it brings */
static bool has_room(const struct enc_orchestrator *orchestrator,
		     const struct enc_session_spec *spec)
{
	const struct enc_orchestrator_options *options = &orchestrator->options;

	return orchestrator->queued < options->queue_max &&
	       orchestrator->queued_bytes + enc_session_spec_bytes(spec) <=
		       options->queue_max_bytes;
}

/* ---- what is gone ---- */

/* tell_drained() - once, when nothing is left */
static void tell_drained(void *context)
{
	struct enc_orchestrator *orchestrator = context;

	if (orchestrator->draining && orchestrator->live == 0 &&
	    enc_pool_empty(orchestrator->pool) &&
	    orchestrator->drained != NULL) {
		ENC_TAKE(orchestrator->drained)(orchestrator->context);
	}
}

void enc_live_finish(struct enc_live *live)
{
	struct enc_orchestrator *orchestrator = live->orchestrator;
	struct enc_session *session = &live->session;

	if (live->behind && live->pending == 0 && !live->lost) {
		enc_orchestrator_try_again(orchestrator);
		return;
	}
	if (live->pending > 0 || !live->gone) {
		return;
	}
	if (!live->lost && !live->closing) {
		live->closing = true;
		enc_story_torn_down(live, session->reason_code);
		enc_live_seal(live);
		enc_live_put_row(live, ENC_PHASE_TORN_DOWN, /* insert= */ false,
				 /* finished= */ true);
		enc_live_submit(live, ENC_MILESTONE_SEALED,
				ENC_PHASE_TORN_DOWN);
		return;
	}
	if (session->sealed) {
		enc_session_tell(session, ENC_SESSION_SEALED);
	}
	enc_list_remove(&live->link);
	orchestrator->live--;
	/* Who observes has been told the last word by now. */
	ENC_LIST_EACH(session->observers, at)
	{
		enc_list_remove(at);
	}
	enc_store_change_free(live->change);
	enc_firsts_clear(&live->firsts);
	enc_session_clear(session);
	free(live);
	tell_drained(orchestrator);
}

/* ---- the end ---- */

static const struct cause_row {
	enum enc_phase outcome;
	const char *kill_reason;
} causes[ENC_LAUNCH_CAUSE_MAX] = {
	[ENC_LAUNCH_CAUSE_INVALID] = { ENC_PHASE_FAILED, NULL },
	[ENC_LAUNCH_CAUSE_EXITED] = { ENC_PHASE_SUCCEEDED, NULL },
	[ENC_LAUNCH_CAUSE_KILLED] = { ENC_PHASE_KILLED, "cancelled" },
	[ENC_LAUNCH_CAUSE_CPU] = { ENC_PHASE_KILLED, "cpu_exceeded" },
	[ENC_LAUNCH_CAUSE_MEMORY] = { ENC_PHASE_KILLED, "memory_exceeded" },
	[ENC_LAUNCH_CAUSE_WALL_CLOCK] = { ENC_PHASE_KILLED,
					  "wall_clock_exceeded" },
	[ENC_LAUNCH_CAUSE_PIDS] = { ENC_PHASE_KILLED, "pids_exceeded" },
	[ENC_LAUNCH_CAUSE_GATE_LOST] = { ENC_PHASE_FAILED, NULL },
};

/* judge() - outcome, kill reason and reason, from the cause alone */
static void judge(struct enc_live *live, const struct enc_end *end)
{
	struct enc_session *session = &live->session;
	const struct cause_row *row = &causes[end->cause];

	session->usage = end->usage;
	session->outcome = row->outcome;
	session->kill_reason = row->kill_reason;
	if (end->failure.code != ENC_OK && !live->cancelled) {
		session->outcome = ENC_PHASE_FAILED;
		session->kill_reason = NULL;
		if (session->reason_code == NULL) {
			session->reason = end->failure;
			session->reason_code = "backend_error";
		}
	} else if (end->cause == ENC_LAUNCH_CAUSE_EXITED) {
		session->have_exit = true;
		session->exit_code = end->exit_code;
		session->signal = end->signal;
		if (end->exit_code != 0 || end->signal != 0) {
			session->outcome = ENC_PHASE_FAILED;
		}
	} else if (end->cause == ENC_LAUNCH_CAUSE_GATE_LOST) {
		session->reason_code = "backend_error";
		(void)enc_fail(&session->reason, ENC_BACKEND,
			       "the session's gate was lost");
	} else if (live->cancelled) {
		session->outcome = ENC_PHASE_KILLED;
		session->kill_reason = "cancelled";
	}
}

void enc_live_begin_end(struct enc_live *live, const struct enc_end *end)
{
	struct enc_session *session = &live->session;

	if (session->outcome != ENC_PHASE_PENDING || live->lost) {
		return;
	}
	session->times.ended_us = enc_clock_mono_us();
	session->times.finished_wall_ms = enc_clock_wall_ms();
	judge(live, end);
	enc_story_ended(live, end);
	if (live->behind) {
		return; /* catch_up() has it all */
	}
	enc_live_put_result(live);
	enc_live_put_row(live, session->outcome, /* insert= */ false,
			 /* finished= */ false);
	enc_live_submit(live, ENC_MILESTONE_ENDED, session->outcome);
}

/* ---- reports ---- */

/* refuse() - a self-check that missed something: this sandbox isn't one */
static void refuse(struct enc_live *live, uint64_t missed)
{
	struct enc_end end = { .cause = ENC_LAUNCH_CAUSE_INVALID };
	unsigned int first = (unsigned int)__builtin_ctzll(missed);

	live->session.reason_code = "isolation_refused";
	(void)enc_fail(&live->session.reason, ENC_BACKEND,
		       "the self-check could not rule out %s and %d more; run "
		       "`enclave doctor`",
		       first < ENC_PROBE_MAX
			       ? enc_probe_name((enum enc_probe)first)
			       : "something unknown",
		       __builtin_popcountll(missed) - 1);
	end.failure = live->session.reason;
	enc_live_begin_end(live, &end);
}

static void on_ready(struct enc_live *live,
		     const struct enc_sandbox_facts *facts)
{
	struct enc_session *session = &live->session;
	struct enc_end end = { .cause = ENC_LAUNCH_CAUSE_KILLED };
	struct enc_error err = { 0 };

	session->times.ready_us = enc_clock_mono_us();
	session->facts = *facts;
	session->have_facts = true;
	if (facts->self_check.missed != 0) {
		refuse(live, facts->self_check.missed);
		return;
	}
	if ((!live->warm &&
	     enc_sandbox_claim(live->sandbox, &session->spec->limits,
			       &live->sink, &err) != ENC_OK) ||
	    enc_sandbox_load(live->sandbox, &live->program, &err) != ENC_OK) {
		end.failure = err;
		enc_live_begin_end(live, &end);
		return;
	}
	session->was_started = true;
	session->times.started_wall_ms = enc_clock_wall_ms();
	enc_story_started(live);
	enc_live_put_row(live, ENC_PHASE_RUNNING, /* insert= */ false,
			 /* finished= */ false);
	enc_live_submit(live, ENC_MILESTONE_STARTED, ENC_PHASE_RUNNING);
}

void enc_live_start(struct enc_live *live)
{
	struct enc_error err = { 0 };
	struct enc_end end = { .cause = ENC_LAUNCH_CAUSE_KILLED };

	if (live->sandbox == NULL ||
	    live->session.outcome != ENC_PHASE_PENDING) {
		return; /* it ended meanwhile */
	}
	if (live->cancelled) {
		enc_sandbox_stop(live->sandbox);
		return;
	}
	live->session.times.launched_us = enc_clock_mono_us();
	if (enc_sandbox_start(live->sandbox, &err) != ENC_OK) {
		end.failure = err;
		enc_live_begin_end(live, &end);
	}
}

static void on_output(struct enc_live *live, const struct enc_report *report)
{
	struct enc_session *session = &live->session;
	struct enc_buf *out = &session->out[report->output.stream];
	size_t room = session->spec->output_bytes - out->length;
	size_t length = ENC_MIN(room, report->output.length);

	if (session->times.first_byte_us == 0) {
		session->times.first_byte_us = enc_clock_mono_us();
	}
	/* The gate keeps to the limit; this is for one that doesn't. */
	ENC_ASSERT(enc_buf_append(out, report->output.bytes, length) == 0);
	enc_session_tell(session, ENC_SESSION_MORE);
}

static void on_result(struct enc_live *live, const struct enc_report *report)
{
	struct enc_session *session = &live->session;

	enc_buf_clear(&session->result);
	session->have_result =
		enc_buf_append(&session->result, report->result.bytes,
			       report->result.length) == 0;
}

/*
 * One that can't be prepared is gone at once, and the next one gets its place:
 * as deep as the queue is long at the most, which is bounded.
 */
/* NOLINTBEGIN(misc-no-recursion) */
static void on_gone(struct enc_live *live)
{
	struct enc_orchestrator *orchestrator = live->orchestrator;

	live->gone = true;
	orchestrator->running--;
	enc_live_finish(live);
	enc_orchestrator_admit_next(orchestrator);
	enc_pool_look(orchestrator->pool);
}

static void hear(struct enc_sink *sink, const struct enc_report *report)
{
	struct enc_live *live = ENC_HOLDER(sink, struct enc_live, sink);

	if (report->kind == ENC_REPORT_GONE) {
		on_gone(live);
		return;
	}
	if (live->lost || live->session.outcome != ENC_PHASE_PENDING) {
		return;
	}
	if (enc_story_heard(live, report)) {
		/* Past the limit of lines there is nothing to make durable. */
		if (live->change != NULL) {
			enc_live_submit(live, ENC_MILESTONE_NOTED,
					ENC_PHASE_RUNNING);
		}
	} else if (report->kind == ENC_REPORT_READY) {
		on_ready(live, &report->ready);
	} else if (report->kind == ENC_REPORT_OUTPUT) {
		on_output(live, report);
	} else if (report->kind == ENC_REPORT_RESULT) {
		on_result(live, report);
	} else if (report->kind == ENC_REPORT_ENDED) {
		enc_live_begin_end(live, &report->ended);
	}
}

/* ---- admission ---- */

static void prepare(struct enc_live *live)
{
	struct enc_session *session = &live->session;
	struct enc_sandbox_spec spec = {
		.name = session->id,
		.environment = session->spec->environment,
		.language = session->spec->language,
		.isolation = session->spec->isolation,
		.limits = session->spec->limits,
	};
	struct enc_sandbox_facts facts;
	struct enc_end end = { .cause = ENC_LAUNCH_CAUSE_INVALID };

	live->admitted = true;
	live->orchestrator->running++;
	session->times.admitted_us = enc_clock_mono_us();
	live->warm = enc_pool_take(live->orchestrator->pool, &spec, &live->sink,
				   &live->sandbox, &facts);
	if (live->warm) {
		on_ready(live, &facts);
	} else if (enc_sandbox_prepare(live->orchestrator->options.backend,
				       &spec, &live->sink, &live->sandbox,
				       &end.failure) != ENC_OK) {
		live->sandbox = NULL;
		enc_live_begin_end(live, &end);
		on_gone(live);
	}
}

void enc_orchestrator_admit_next(struct enc_orchestrator *orchestrator)
{
	while (!enc_list_empty(&orchestrator->queue) &&
	       orchestrator->running < orchestrator->options.running_max &&
	       !enc_orchestrator_any_behind(orchestrator)) {
		struct enc_live *live = ENC_HOLDER(orchestrator->queue.next,
						   struct enc_live, wait_link);

		enc_live_leave_queue(live);
		prepare(live);
	}
}

/* NOLINTEND(misc-no-recursion) */

/* ---- creating ---- */

static void fill_program(struct enc_live *live)
{
	const struct enc_session_spec *spec = live->session.spec;

	live->program = (struct enc_program){
		.session_id = live->session.id,
		.language = spec->language,
		.code = spec->code,
		.code_length = spec->code_length,
		.argv = (const char *const *)spec->argv,
		.argv_count = spec->argv_count,
		.env = (const char *const *)spec->env,
		.env_count = spec->env_count,
		.files = spec->files,
		.file_count = spec->file_count,
		.stdin_bytes = spec->stdin_bytes,
		.stdin_length = spec->stdin_length,
		.output_bytes = spec->output_bytes,
	};
}

static enum enc_code name_session(struct enc_orchestrator *orchestrator,
				  struct enc_session *session,
				  struct enc_error *err)
{
	uint8_t bytes[ID_RANDOM_BYTES];
	char hex[2 * ID_RANDOM_BYTES + 1];
	enum enc_code code =
		enc_store_next_session_number(orchestrator->options.store,
					      session->spec->org,
					      &session->number, err);

	enc_random_bytes(bytes, sizeof(bytes));
	enc_hex_encode(bytes, sizeof(bytes), hex);
	(void)snprintf(session->id, sizeof(session->id), "s-%s-%llu", hex,
		       (unsigned long long)session->number);
	return code;
}

/* add_identity() - all that a program is told of us; the spec has room */
static void add_identity(struct enc_session *session)
{
	static const char name[] = "ENCLAVE_SESSION_ID=";
	struct enc_session_spec *spec = session->spec;
	size_t room = sizeof(name) + sizeof(session->id);

	spec->env[spec->env_count] = enc_xalloc(room);
	(void)snprintf(spec->env[spec->env_count++], room, "%s%s", name,
		       session->id);
}

enum enc_code enc_orchestrator_create(struct enc_orchestrator *orchestrator,
				      struct enc_session_spec *spec,
				      struct enc_session_observer *observer,
				      struct enc_session **ret_session,
				      struct enc_error *err)
{
	const struct enc_backend_facts *facts =
		enc_backend_facts(orchestrator->options.backend);
	struct enc_live *live;
	enum enc_code code;

	if (orchestrator->draining || !has_room(orchestrator, spec)) {
		enc_session_spec_free(spec);
		return enc_fail(err, ENC_BUSY,
				orchestrator->draining
					? "the server is about to end: try "
					  "again in a moment"
					: "too many sessions wait: try again "
					  "later");
	}
	if (enc_orchestrator_any_behind(orchestrator)) {
		enc_session_spec_free(spec);
		*err = orchestrator->refusal;
		return err->code != ENC_OK
			       ? err->code
			       : enc_fail(err, ENC_UNAVAILABLE,
					  "the store doesn't take what has "
					  "ended: try again later");
	}
	live = enc_xalloc(sizeof(*live));
	enc_session_init(&live->session);
	enc_list_init(&live->wait_link);
	live->session.spec = spec;
	live->session.backend = facts->places[spec->isolation];
	live->session.isolation = spec->isolation;
	live->session.environment = facts->environments[spec->environment];
	live->session.times.created_ms = enc_clock_wall_ms();
	live->session.times.begun_us = enc_clock_mono_us();
	live->orchestrator = orchestrator;
	live->sink.hear = hear;
	code = name_session(orchestrator, &live->session, err);
	if (code == ENC_OK) {
		add_identity(&live->session);
		fill_program(live);
		code = enc_live_begin_chain(&live->session, err);
	}
	if (code != ENC_OK) {
		enc_session_spec_free(spec);
		free(live);
		return code;
	}
	enc_list_append(&orchestrator->sessions, &live->link);
	orchestrator->live++;
	if (observer != NULL) {
		enc_list_append(&live->session.observers, &observer->link);
	}
	enc_live_put_row(live, ENC_PHASE_PENDING, /* insert= */ true,
			 /* finished= */ false);
	enc_live_put_idempotency(live);
	enc_story_created(live);
	if (!spec->hold) {
		enc_live_submit(live, ENC_MILESTONE_CREATED, ENC_PHASE_PENDING);
	} else {
		live->creation_held = true;
	}
	*ret_session = &live->session;
	wait_in_queue(live);
	if (orchestrator->running >= orchestrator->options.running_max &&
	    live->creation_held) {
		/* It will wait: what was accepted shall be safe meanwhile. */
		live->creation_held = false;
		enc_live_submit(live, ENC_MILESTONE_CREATED, ENC_PHASE_PENDING);
	}
	enc_orchestrator_admit_next(orchestrator);
	enc_pool_look(orchestrator->pool);
	return ENC_OK;
}

/* ---- asking ---- */

struct enc_session *enc_orchestrator_find(struct enc_orchestrator *orchestrator,
					  const char *org, const char *id)
{
	ENC_LIST_EACH(orchestrator->sessions, at)
	{
		struct enc_live *live = ENC_HOLDER(at, struct enc_live, link);
		struct enc_session *session = &live->session;

		if (!live->lost && strcmp(session->id, id) == 0 &&
		    strcmp(session->spec->org, org) == 0) {
			return session;
		}
	}
	return NULL;
}

struct enc_session *
enc_orchestrator_find_key(struct enc_orchestrator *orchestrator,
			  const char *org, const char *key)
{
	ENC_LIST_EACH(orchestrator->sessions, at)
	{
		struct enc_live *live = ENC_HOLDER(at, struct enc_live, link);
		struct enc_session *session = &live->session;
		const char *own = session->spec->idempotency_key;

		if (!live->lost && own != NULL && strcmp(own, key) == 0 &&
		    strcmp(session->spec->org, org) == 0) {
			return session;
		}
	}
	return NULL;
}

void enc_orchestrator_cancel(struct enc_session *session)
{
	struct enc_live *live = live_of(session);
	struct enc_end end = { .cause = ENC_LAUNCH_CAUSE_KILLED };

	if (session->outcome != ENC_PHASE_PENDING || live->cancelled) {
		return;
	}
	live->cancelled = true;
	if (live->admitted) {
		if (live->sandbox != NULL) {
			enc_sandbox_stop(live->sandbox);
		}
		return;
	}
	/* It never got a sandbox: there is nothing to be gone. */
	enc_live_leave_queue(live);
	live->gone = true;
	enc_live_begin_end(live, &end);
}

size_t enc_orchestrator_live(const struct enc_orchestrator *orchestrator)
{
	return orchestrator->live;
}

void enc_orchestrator_drain(struct enc_orchestrator *orchestrator,
			    void (*drained)(void *context), void *context)
{
	orchestrator->draining = true;
	orchestrator->drained = drained;
	orchestrator->context = context;
	/* It tells at once if there is nothing to be gone. */
	enc_pool_drain(orchestrator->pool, tell_drained, orchestrator);
}

void enc_orchestrator_cancel_all(struct enc_orchestrator *orchestrator)
{
	ENC_LIST_EACH(orchestrator->sessions, at)
	{
		enc_orchestrator_cancel(
			&ENC_HOLDER(at, struct enc_live, link)->session);
	}
}

const struct enc_pool *
enc_orchestrator_pool(const struct enc_orchestrator *orchestrator)
{
	return orchestrator->pool;
}

/* may_fill() - sessions come first, those that wait before all */
static enum enc_pool_leave may_fill(void *context)
{
	const struct enc_orchestrator *orchestrator = context;

	if (orchestrator->draining || orchestrator->queued > 0) {
		return ENC_POOL_NOT_NOW;
	}
	return orchestrator->running == 0 ? ENC_POOL_NOW : ENC_POOL_SLOWLY;
}

struct enc_orchestrator *
enc_orchestrator_new(const struct enc_orchestrator_options *options)
{
	struct enc_orchestrator *orchestrator =
		enc_xalloc(sizeof(*orchestrator));
	const struct enc_pool_options pool = {
		.loop = options->loop,
		.backend = options->backend,
		.size = options->pool_size,
		.usual = options->usual,
		.may_fill = may_fill,
		.context = orchestrator,
	};

	orchestrator->options = *options;
	enc_list_init(&orchestrator->sessions);
	enc_list_init(&orchestrator->queue);
	orchestrator->pool = enc_pool_new(&pool);
	orchestrator->again = enc_xalloc(sizeof(*orchestrator->again));
	orchestrator->again->data = orchestrator;
	ENC_ASSERT(uv_timer_init(options->loop, orchestrator->again) == 0);
	return orchestrator;
}

static void on_again_closed(uv_handle_t *handle)
{
	free(handle);
}

void enc_orchestrator_free(struct enc_orchestrator *orchestrator)
{
	if (orchestrator != NULL) {
		ENC_ASSERT(orchestrator->live == 0);
		uv_close((uv_handle_t *)orchestrator->again, on_again_closed);
		enc_pool_free(orchestrator->pool);
		free(orchestrator);
	}
}

enum enc_code enc_orchestrator_recover(struct enc_orchestrator *orchestrator,
				       struct enc_error *err)
{
	return enc_recovery_run(orchestrator->options.store,
				orchestrator->options.loop, err);
}
