/*
 * The simulator: a backend without sandboxes. It models how a session looks
 * from outside: phases, denials, kill reasons. It executes nothing, doesn't
 * understand a program and computes no result. What a session shows follows
 * from the table of signs below. A sign is a text that the program contains or
 * not. Every usage is 0 and unmeasured, a result is {"simulated":true}, and
 * stdout says that nothing was executed. An attempt is judged by the session's
 * rules, as in a gate, but no name is resolved and nothing is dialled.
 *
 * Like real backends it reports in later turns of the loop. So tests with the
 * simulator meet every order of events that a real backend can produce.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>

#include "backend_impl.h"
#include "ruleset.h"

enum effect {
	EFFECT_EGRESS,	/* an attempt that a gate would judge */
	EFFECT_SYSCALL, /* a call that a filter would refuse */
	EFFECT_RESULT,	/* the program would return a result */
	EFFECT_END,	/* how the program would end; the first one counts */
	EFFECT_HANG,	/* runs until it is stopped or its time is over */
	EFFECT_FAIL,	/* the backend itself fails */
};

struct sign {
	const char *text;
	enum effect effect;
	/* EFFECT_EGRESS: host and port of the attempt. */
	const char *host;
	uint16_t port;
	/*
	 * EFFECT_SYSCALL uses `number`; EFFECT_END uses the members after it.
	 */
	uint32_t number;
	enum enc_cause cause;
	int exit_code;
	int signal;
};

/* clang-format off */
static const struct sign signs[] = {
	{ .text = "evil.example.com", .effect = EFFECT_EGRESS,
	  .host = "evil.example.com", .port = 443 },
	{ .text = "169.254.169.254", .effect = EFFECT_EGRESS,
	  .host = "169.254.169.254", .port = 80 },
	{ .text = "enclave.result(", .effect = EFFECT_RESULT },
	{ .text = "/etc/shadow", .effect = EFFECT_END,
	  .cause = ENC_CAUSE_EXITED, .exit_code = 1 },
	{ .text = "os.fork(", .effect = EFFECT_END,
	  .cause = ENC_CAUSE_PIDS },
	/* Directives for trying out a client. */
	{ .text = "simulate: cpu", .effect = EFFECT_END,
	  .cause = ENC_CAUSE_CPU },
	{ .text = "simulate: memory", .effect = EFFECT_END,
	  .cause = ENC_CAUSE_MEMORY },
	{ .text = "simulate: pids", .effect = EFFECT_END,
	  .cause = ENC_CAUSE_PIDS },
	{ .text = "simulate: wall_clock", .effect = EFFECT_END,
	  .cause = ENC_CAUSE_WALL_CLOCK },
	{ .text = "simulate: gate_lost", .effect = EFFECT_END,
	  .cause = ENC_CAUSE_GATE_LOST },
	{ .text = "simulate: exit 7", .effect = EFFECT_END,
	  .cause = ENC_CAUSE_EXITED, .exit_code = 7 },
	{ .text = "simulate: exit 137", .effect = EFFECT_END,
	  .cause = ENC_CAUSE_EXITED, .exit_code = 137 },
	{ .text = "simulate: crash", .effect = EFFECT_END,
	  .cause = ENC_CAUSE_EXITED, .signal = SIGSEGV },
	{ .text = "simulate: syscall", .effect = EFFECT_SYSCALL,
	  .number = UINT32_MAX },
	{ .text = "simulate: fail", .effect = EFFECT_FAIL },
	{ .text = "simulate: hang", .effect = EFFECT_HANG },
};
/* clang-format on */

static const char said[] = "simulated: nothing was executed\n";
static const char answer[] = "{\"simulated\":true}";

struct sim_backend {
	struct enc_backend base;
	uv_timer_t timer;
};

struct sim_sandbox {
	struct enc_sandbox base;
	struct enc_limits limits;
	const struct enc_program *program;
	struct enc_ruleset rules;
	struct enc_message_tally tally; /* of what was reported */
	uv_timer_t timer;
};

static struct sim_sandbox *from_base(struct enc_sandbox *sandbox)
{
	ENC_ASSERT(sandbox->backend->ops == &enc_backend_simulator);
	return ENC_HOLDER(sandbox, struct sim_sandbox, base);
}

/* has() - whether the program contains the text of a sign */
static bool has(const struct enc_program *program, const struct sign *sign)
{
	size_t length = strlen(sign->text);

	if (program->code != NULL && memmem(program->code, program->code_length,
					    sign->text, length) != NULL) {
		return true;
	}
	for (size_t i = 0; i < program->argv_count; i++) {
		if (strstr(program->argv[i], sign->text) != NULL) {
			return true;
		}
	}
	return false;
}

/*
 * find() - find the first sign with an effect that the program contains, or
 * NULL
 */
static const struct sign *find(const struct enc_program *program,
			       enum effect effect)
{
	for (size_t i = 0; i < ENC_COUNT(signs); i++) {
		if (signs[i].effect == effect && has(program, &signs[i])) {
			return &signs[i];
		}
	}
	return NULL;
}

/*
 * limit_of() - return the limit that belongs to a cause, in the unit of its
 * counter; 0: none
 */
static uint64_t limit_of(const struct enc_limits *limits, enum enc_cause cause)
{
	enum enc_limit limit = enc_cause_limit(cause);

	return limit < ENC_LIMIT_MAX ? limits->value[limit] : 0;
}

/* report_end() - report the end; the tally counts the modelled attempts */
static void report_end(struct sim_sandbox *sim, enum enc_cause cause,
		       const struct sign *sign)
{
	struct enc_report report = { .kind = ENC_REPORT_ENDED };
	struct enc_end *end = &report.ended;
	uint64_t limit = limit_of(&sim->limits, cause);

	end->cause = cause;
	end->signal = cause == ENC_CAUSE_EXITED ? 0 : SIGKILL;
	if (sign != NULL && cause == ENC_CAUSE_EXITED) {
		end->exit_code = sign->exit_code;
		end->signal = sign->signal;
	}
	end->counter_name = limit > 0 ? "modelled" : "";
	end->limit = limit;
	end->tally = sim->tally;
	end->tally.complete = true;
	end->tallied = true;
	enc_sandbox_report(&sim->base, &report);
}

/*
 * judge() - judge an attempt as a gate would, and fill in its report
 *
 * A name isn't resolved, so only the rules are asked about it.
 */
static void judge(struct sim_sandbox *sim, const struct sign *sign,
		  struct enc_message_egress *ret_egress)
{
	struct enc_destination to = { .port = sign->port };
	struct enc_decision decision;
	struct in_addr v4;

	if (inet_pton(AF_INET, sign->host, &v4) == 1) {
		to.addr[10] = UINT8_MAX;
		to.addr[11] = UINT8_MAX;
		memcpy(to.addr + 12, &v4, sizeof(v4));
	} else {
		to.host = sign->host;
	}
	enc_egress_judge(&sim->rules.policy, &to, &decision);
	*ret_egress = (struct enc_message_egress){
		.verdict = decision.verdict,
		.via = ENC_VIA_CONNECT,
		.protocol = IPPROTO_TCP,
		.port = sign->port,
		.count = 1,
		.host = { sign->host, strlen(sign->host) },
		.rule = { decision.rule, strlen(decision.rule) },
	};
	memcpy(ret_egress->addr, to.addr, sizeof(to.addr));
	if (decision.verdict == ENC_VERDICT_ALLOW) {
		sim->tally.egress_allowed++;
	} else {
		sim->tally.egress_denied++;
	}
}

/* report_sign() - report the event of a sign */
static void report_sign(struct sim_sandbox *sim, const struct sign *sign)
{
	struct enc_report report = { .kind = ENC_REPORT_EGRESS };

	switch (sign->effect) {
	case EFFECT_EGRESS:
		judge(sim, sign, &report.egress);
		break;
	case EFFECT_SYSCALL:
		report.kind = ENC_REPORT_SYSCALL;
		report.syscall =
			(struct enc_message_syscall){ .number = sign->number,
						      .count = 1 };
		break;
	case EFFECT_RESULT:
		report.kind = ENC_REPORT_RESULT;
		report.result = (struct enc_text){ answer, strlen(answer) };
		break;
	case EFFECT_END:
	case EFFECT_HANG:
	case EFFECT_FAIL:
		return;
	}
	enc_sandbox_report(&sim->base, &report);
}

static void on_prepared(uv_timer_t *timer)
{
	struct sim_sandbox *sim = ENC_HOLDER(timer, struct sim_sandbox, timer);
	const struct enc_report report = { .kind = ENC_REPORT_READY };

	enc_sandbox_report(&sim->base, &report);
}

static void on_killed(uv_timer_t *timer)
{
	report_end(ENC_HOLDER(timer, struct sim_sandbox, timer),
		   ENC_CAUSE_KILLED, NULL);
}

static void on_out_of_time(uv_timer_t *timer)
{
	report_end(ENC_HOLDER(timer, struct sim_sandbox, timer),
		   ENC_CAUSE_WALL_CLOCK, NULL);
}

/*
 * on_run() - report the modelled run; the sink may stop or destroy the sandbox
 * in any report
 */
static void on_run(uv_timer_t *timer)
{
	struct sim_sandbox *sim = ENC_HOLDER(timer, struct sim_sandbox, timer);
	const struct enc_program *program = sim->program;
	const struct sign *end = find(program, EFFECT_END);
	struct enc_report report = { .kind = ENC_REPORT_STARTED };
	struct enc_error why = { 0 };

	enc_sandbox_report(&sim->base, &report);
	for (size_t i = 0; i < ENC_COUNT(signs); i++) {
		if (has(program, &signs[i])) {
			report_sign(sim, &signs[i]);
		}
	}
	report.kind = ENC_REPORT_OUTPUT;
	report.output.stream = ENC_STREAM_STDOUT;
	report.output.bytes = (const uint8_t *)said;
	report.output.length = ENC_MIN(sizeof(said) - 1, program->output_bytes);
	enc_sandbox_report(&sim->base, &report);
	if (sim->base.state != ENC_SANDBOX_RUNNING) {
		return; /* on_killed() has replaced the rest of the run */
	}
	if (find(program, EFFECT_FAIL) != NULL) {
		(void)enc_fail(&why, ENC_BACKEND, "a modelled failure");
		enc_sandbox_report_failed(&sim->base, &why);
	} else if (find(program, EFFECT_HANG) != NULL) {
		(void)uv_timer_start(&sim->timer, on_out_of_time,
				     sim->limits.value[ENC_LIMIT_WALL_CLOCK],
				     0);
	} else {
		report_end(sim, end != NULL ? end->cause : ENC_CAUSE_EXITED,
			   end);
	}
}

/* on_closed() - libuv doesn't use the timer any more: report GONE */
static void on_closed(uv_handle_t *handle)
{
	struct sim_sandbox *sim =
		ENC_HOLDER((uv_timer_t *)handle, struct sim_sandbox, timer);

	enc_ruleset_done(&sim->rules);
	enc_sandbox_report_gone(&sim->base);
}

static void on_opened(uv_timer_t *timer)
{
	enc_backend_report_opened(
		&ENC_HOLDER(timer, struct sim_backend, timer)->base);
}

static void on_backend_closed(uv_handle_t *handle)
{
	enc_backend_closed(
		&ENC_HOLDER(handle, struct sim_backend, timer)->base);
}

static void sim_open(struct enc_backend *backend)
{
	struct sim_backend *sim = ENC_HOLDER(backend, struct sim_backend, base);
	struct enc_backend_facts *facts = &backend->facts;
	const struct enc_place place = {
		.name = "simulator",
		.isolation = ENC_ISOLATION_SIMULATED,
		.open_files_most = enc_limit_info(ENC_LIMIT_OPEN_FILES)->most,
		.backend = backend,
	};

	ENC_MUST(enc_places_add(&facts->places, &place));
	facts->sandboxes_max = ENC_LAUNCH_SANDBOXES_MAX;
	facts->egress = true;
	facts->environment_count = 1;
	(void)snprintf(facts->environments[0].name, ENC_LAUNCH_NAME_BYTES,
		       "default");
	(void)snprintf(facts->environments[0].digest, ENC_LAUNCH_DIGEST_BYTES,
		       "sha256:%064d", 0);
	(void)uv_timer_init(backend->options.loop, &sim->timer);
	(void)uv_timer_start(&sim->timer, on_opened, 0, 0);
}

static void sim_close(struct enc_backend *backend)
{
	struct sim_backend *sim = ENC_HOLDER(backend, struct sim_backend, base);

	uv_close((uv_handle_t *)&sim->timer, on_backend_closed);
}

static enum enc_code sim_prepare(struct enc_sandbox *sandbox,
				 const struct enc_sandbox_spec *spec,
				 struct enc_error *err)
{
	struct sim_sandbox *sim = from_base(sandbox);

	(void)err;
	(void)spec;
	(void)uv_timer_init(sandbox->backend->options.loop, &sim->timer);
	(void)uv_timer_start(&sim->timer, on_prepared, 0, 0);
	return ENC_OK;
}

static enum enc_code sim_claim(struct enc_sandbox *sandbox,
			       const struct enc_limits *limits,
			       unsigned int outside, struct enc_error *err)
{
	(void)err;
	(void)outside;
	from_base(sandbox)->limits = *limits;
	enc_sandbox_claimed(sandbox);
	return ENC_OK;
}

static enum enc_code sim_set_rules(struct enc_sandbox *sandbox,
				   const char *const *rules, size_t count,
				   struct enc_error *err)
{
	enc_autofree struct enc_text *texts =
		enc_xalloc((count + 1) * sizeof(*texts));

	for (size_t i = 0; i < count; i++) {
		texts[i] = (struct enc_text){ rules[i], strlen(rules[i]) };
	}
	return enc_ruleset_replace(&from_base(sandbox)->rules, texts, count) ==
			       0
		       ? ENC_OK
		       : enc_fail(err, ENC_BAD_REQUEST,
				  "a rule is not in its canonical form");
}

static enum enc_code sim_load(struct enc_sandbox *sandbox,
			      const struct enc_program *program,
			      struct enc_error *err)
{
	struct sim_sandbox *sim = from_base(sandbox);

	sim->program = program;
	sim->rules.policy.allowlist =
		(program->outside & ENC_OUTSIDE_ALLOWLIST) != 0;
	return sim_set_rules(sandbox, program->rules, program->rule_count, err);
}

static enum enc_code sim_start(struct enc_sandbox *sandbox,
			       struct enc_error *err)
{
	(void)err;
	(void)uv_timer_start(&from_base(sandbox)->timer, on_run, 0, 0);
	return ENC_OK;
}

/* sim_recorded() - nothing waits for it, since nothing leaves the simulator */
static void sim_recorded(struct enc_sandbox *sandbox, uint64_t count)
{
	(void)sandbox;
	(void)count;
}

/*
 * sim_stop() - let the timer report a kill, in place of a run that may be due
 */
static void sim_stop(struct enc_sandbox *sandbox)
{
	(void)uv_timer_start(&from_base(sandbox)->timer, on_killed, 0, 0);
}

static void sim_destroy(struct enc_sandbox *sandbox)
{
	uv_close((uv_handle_t *)&from_base(sandbox)->timer, on_closed);
}

const struct enc_backend_ops enc_backend_simulator = {
	.name = "simulator",
	.backend_size = sizeof(struct sim_backend),
	.sandbox_size = sizeof(struct sim_sandbox),
	.open = sim_open,
	.close = sim_close,
	.prepare = sim_prepare,
	.claim = sim_claim,
	.load = sim_load,
	.start = sim_start,
	.set_rules = sim_set_rules,
	.recorded = sim_recorded,
	.stop = sim_stop,
	.destroy = sim_destroy,
};
