/*
 * What backend.h promises, asked of every implementation. A sink writes down
 * what it hears, one letter per report, and the test compares the story:
 *
 *	r ready   s started   o output   x ended   f ended by failure   g gone
 *
 * A new backend is a row of `subjects` and gets every test.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "backend.h"
#include "launcher_double.h"

struct subject {
	const char *name;
	const struct enc_backend_ops *ops;
	const struct enc_backend_ops *inner_ops; /* decorators only */
};

static struct subject subjects[] = {
	{ "simulator", &enc_backend_simulator, NULL },
	{ "fault(simulator)", &enc_backend_fault, &enc_backend_simulator },
	{ "host", &enc_backend_host, NULL },
	{ "fault(host)", &enc_backend_fault, &enc_backend_host },
};

enum deed { NOTHING, RUN, CLAIM, LOAD, HOLD, STOP, DESTROY };

/* What the test does, and when: at a report's letter, or '0' for at once. */
struct step {
	char moment;
	enum deed deed;
};

struct bench {
	uv_loop_t loop;
	struct launcher_double *launcher; /* host only */
	struct enc_backend *inner;
	struct enc_backend *backend;
	struct enc_sandbox *sandbox;
	struct enc_sink sink;
	struct enc_sink claimed_sink; /* in the place of @sink after a claim */
	bool claimed;
	struct enc_program program;
	struct enc_sandbox_facts facts;
	struct step steps[4];
	char story[16];
	char output[256];
	char result[64];
	struct enc_end end;
	uint64_t egress;
};

/* limits_of_eight() - as usual, but for the number of processes */
static struct enc_limits limits_of_eight(void)
{
	struct enc_limits limits = enc_limits_usual();

	limits.value[ENC_LIMIT_PIDS] = 8;
	return limits;
}

/* claim() - a refusal leaves the sandbox and its sink as they were */
static void claim(struct bench *bench)
{
	const struct enc_limits limits = limits_of_eight();

	bench->claimed |=
		enc_sandbox_claim(bench->sandbox, &limits,
				  bench->program.outside, &bench->claimed_sink,
				  NULL) == ENC_OK;
}

/* act() - do one thing to the sandbox */
static void act(struct bench *bench, enum deed deed)
{
	switch (deed) {
	case NOTHING:
		break;
	case CLAIM:
		claim(bench);
		break;
	case LOAD:
		claim(bench);
		ENC_IGNORE(enc_sandbox_load(bench->sandbox, &bench->program,
					    NULL));
		break;
	case RUN:
		/* A refusal shows in the story: the program isn't let in. */
		claim(bench);
		ENC_IGNORE(enc_sandbox_load(bench->sandbox, &bench->program,
					    NULL));
		ENC_IGNORE(enc_sandbox_start(bench->sandbox, NULL));
		break;
	case HOLD:
		enc_sandbox_hold(bench->sandbox, true);
		break;
	case STOP:
		enc_sandbox_stop(bench->sandbox);
		break;
	case DESTROY:
		enc_sandbox_destroy(ENC_TAKE(bench->sandbox));
		break;
	}
}

/* tell() - write a letter down, then do what is planned for that moment */
static void tell(struct bench *bench, char moment)
{
	size_t length = strlen(bench->story);

	if (moment != '0') {
		assert_true(length + 1 < sizeof(bench->story));
		bench->story[length] = moment;
	}
	for (size_t i = 0; i < ENC_COUNT(bench->steps); i++) {
		if (bench->steps[i].moment == moment) {
			act(bench, bench->steps[i].deed);
		}
	}
}

static void write_down(struct bench *bench, const struct enc_report *report)
{
	switch (report->kind) {
	case ENC_REPORT_READY:
		bench->facts = report->ready;
		tell(bench, 'r');
		break;
	case ENC_REPORT_STARTED:
		tell(bench, 's');
		break;
	case ENC_REPORT_OUTPUT:
		assert_int_equal(report->output.stream, ENC_STREAM_STDOUT);
		assert_true(report->output.length < sizeof(bench->output));
		memcpy(bench->output, report->output.bytes,
		       report->output.length);
		tell(bench, 'o');
		break;
	case ENC_REPORT_RESULT:
		assert_true(report->result.length < sizeof(bench->result));
		memcpy(bench->result, report->result.bytes,
		       report->result.length);
		break;
	case ENC_REPORT_EGRESS:
		bench->egress += report->egress.count;
		break;
	case ENC_REPORT_ENDED:
		bench->end = report->ended;
		tell(bench, report->ended.failure.code == ENC_OK ? 'x' : 'f');
		break;
	case ENC_REPORT_GONE:
		tell(bench, 'g');
		break;
	case ENC_REPORT_REJECTED:
	case ENC_REPORT_CLAIMED:
	case ENC_REPORT_CALL:
	case ENC_REPORT_REDACTED:
	case ENC_REPORT_SYSCALL:
	case ENC_REPORT_COUNTED:
	case ENC_REPORT_TRUNCATED:
	case ENC_REPORT_KIND_MAX:
		fail();
	}
}

/* Each sink hears only while it is the sandbox's. */
static void hear(struct enc_sink *sink, const struct enc_report *report)
{
	struct bench *bench = ENC_HOLDER(sink, struct bench, sink);

	assert_false(bench->claimed);
	write_down(bench, report);
}

static void hear_claimed(struct enc_sink *sink, const struct enc_report *report)
{
	struct bench *bench = ENC_HOLDER(sink, struct bench, claimed_sink);

	assert_true(bench->claimed);
	write_down(bench, report);
}

/*
 * turn_until_open() - the loop runs until the facts are there. It doesn't
 * wait: who opens by a timer has done so before the loop looks for events.
 */
static void turn_until_open(struct bench *bench, struct enc_backend *backend)
{
	for (int i = 0; i < 10000 && enc_backend_facts_of(backend) == NULL;
	     i++) {
		(void)uv_run(&bench->loop, UV_RUN_NOWAIT);
	}
	assert_non_null(enc_backend_facts_of(backend));
}

static bool is_host(const struct subject *subject)
{
	return subject->ops == &enc_backend_host ||
	       subject->inner_ops == &enc_backend_host;
}

/* bench_open() - a loop and the subject on it; bench_close() ends both */
static void bench_open(struct bench *bench, const struct subject *subject,
		       unsigned int fail_at)
{
	struct enc_backend_options options = {
		.loop = &bench->loop,
		.channel = -1,
		.fail_at = fail_at,
	};

	*bench = (struct bench){ .sink = { hear },
				 .claimed_sink = { hear_claimed } };
	assert_int_equal(uv_loop_init(&bench->loop), 0);
	if (is_host(subject)) {
		bench->launcher =
			launcher_double_new(&bench->loop, &options.channel);
	}
	if (subject->inner_ops != NULL) {
		bench->inner = enc_backend_new(subject->inner_ops, &options);
		turn_until_open(bench, bench->inner);
		options.inner = bench->inner;
	}
	bench->backend = enc_backend_new(subject->ops, &options);
	turn_until_open(bench, bench->backend);
}

/* bench_run() - until the sandbox is gone; without one, nothing is to do */
static void bench_run(struct bench *bench, const char *until)
{
	for (int i = 0; i < 10000 && strpbrk(bench->story, until) == NULL;
	     i++) {
		(void)uv_run(&bench->loop, UV_RUN_ONCE);
	}
	assert_non_null(strpbrk(bench->story, until));
}

/* bench_close() - the loop closes only if no handle was left in it */
static void bench_close(struct bench *bench)
{
	enc_backend_free(bench->backend);
	enc_backend_free(bench->inner);
	assert_int_equal(uv_run(&bench->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&bench->loop), 0);
}

/* place_of() - each implementation has at least the usual one */
static const struct enc_place *place_of(const struct bench *bench)
{
	const struct enc_place *place =
		enc_places_usual(&enc_backend_facts_of(bench->backend)->places);

	assert_ptr_equal(place->backend, bench->backend);
	return place;
}

/* prepare() - ask for a sandbox that will run @code */
static enum enc_code prepare(struct bench *bench, const char *code)
{
	struct enc_sandbox_spec spec = {
		.name = "s-1",
		.language = ENC_LANGUAGE_PYTHON,
		.place = place_of(bench),
		.limits = limits_of_eight(),
	};

	bench->program = (struct enc_program){
		.session_id = "s-1",
		.language = ENC_LANGUAGE_PYTHON,
		.code = code,
		.code_length = strlen(code),
		.output_bytes = 1024,
	};
	return enc_sandbox_prepare(&spec, &bench->sink, &bench->sandbox, NULL);
}

static const struct tale {
	const char *code;
	struct step steps[4];
	const char *story; /* up to the end of what the test does */
	enum enc_cause cause;
	int exit_code;
} tales[] = {
#define EXITED ENC_CAUSE_EXITED
#define KILLED ENC_CAUSE_KILLED
	/* It ends by itself. */
	{ "hi", { { 'r', RUN }, { 'x', DESTROY } }, "rsoxg", EXITED, 0 },
	{ "simulate: exit 7",
	  { { 'r', RUN }, { 'x', DESTROY } },
	  "rsoxg",
	  EXITED,
	  7 },
	/* Who is held ends all the same. */
	{ "simulate: exit 7",
	  { { 'r', RUN }, { 's', HOLD }, { 'x', DESTROY } },
	  "rsoxg",
	  EXITED,
	  7 },
	{ "simulate: hang",
	  { { 'r', RUN }, { 's', HOLD }, { 'o', STOP }, { 'x', DESTROY } },
	  "rsoxg",
	  KILLED,
	  0 },
	{ "simulate: cpu",
	  { { 'r', RUN }, { 'x', DESTROY } },
	  "rsoxg",
	  ENC_CAUSE_CPU,
	  0 },
	{ "simulate: pids",
	  { { 'r', RUN }, { 'x', DESTROY } },
	  "rsoxg",
	  ENC_CAUSE_PIDS,
	  0 },
	{ "simulate: gate_lost",
	  { { 'r', RUN }, { 'f', DESTROY } },
	  "rsofg",
	  ENC_CAUSE_GATE_LOST,
	  0 },
	{ "simulate: fail",
	  { { 'r', RUN }, { 'f', DESTROY } },
	  "rsofg",
	  KILLED,
	  0 },
	/* Stop, at every moment; a start after it changes nothing. */
	{ "simulate: hang",
	  { { '0', STOP }, { '0', RUN }, { 'x', DESTROY } },
	  "xg",
	  KILLED,
	  0 },
	{ "simulate: hang",
	  { { 'r', STOP }, { 'r', STOP }, { 'x', DESTROY } },
	  "rxg",
	  KILLED,
	  0 },
	{ "simulate: hang",
	  { { 'r', CLAIM }, { 'r', STOP }, { 'x', DESTROY } },
	  "rxg",
	  KILLED,
	  0 },
	{ "simulate: hang",
	  { { 'r', LOAD }, { 'r', STOP }, { 'x', DESTROY } },
	  "rxg",
	  KILLED,
	  0 },
	{ "simulate: hang",
	  { { 'r', RUN }, { 's', STOP }, { 'x', DESTROY } },
	  "rsoxg",
	  KILLED,
	  0 },
	{ "simulate: hang",
	  { { 'r', RUN }, { 'o', STOP }, { 'x', DESTROY } },
	  "rsoxg",
	  KILLED,
	  0 },
	{ "simulate: exit 7",
	  { { 'r', RUN }, { 'o', STOP }, { 'x', DESTROY } },
	  "rsoxg",
	  KILLED,
	  0 },
	{ "simulate: exit 7",
	  { { 'r', RUN }, { 'x', STOP }, { 'x', DESTROY } },
	  "rsoxg",
	  EXITED,
	  7 },
	/* Destroy, at every moment, also while something is in flight. */
	{ "simulate: hang", { { '0', DESTROY } }, "xg", KILLED, 0 },
	{ "simulate: hang",
	  { { '0', STOP }, { '0', DESTROY } },
	  "xg",
	  KILLED,
	  0 },
	{ "simulate: hang", { { 'r', DESTROY } }, "rxg", KILLED, 0 },
	{ "simulate: hang",
	  { { 'r', CLAIM }, { 'r', DESTROY } },
	  "rxg",
	  KILLED,
	  0 },
	{ "simulate: hang",
	  { { 'r', LOAD }, { 'r', DESTROY } },
	  "rxg",
	  KILLED,
	  0 },
	{ "simulate: hang",
	  { { 'r', RUN }, { 's', DESTROY } },
	  "rsxg",
	  KILLED,
	  0 },
	{ "simulate: hang",
	  { { 'r', RUN }, { 'o', DESTROY } },
	  "rsoxg",
	  KILLED,
	  0 },
#undef EXITED
#undef KILLED
};

/* Each tale from the beginning to the last word, compared letter by letter. */
static void test_every_tale(void **state)
{
	for (size_t i = 0; i < ENC_COUNT(tales); i++) {
		struct bench bench;

		bench_open(&bench, *state, /* fail_at= */ 0);
		memcpy(bench.steps, tales[i].steps, sizeof(bench.steps));
		assert_int_equal(prepare(&bench, tales[i].code), ENC_OK);
		tell(&bench, '0');
		bench_run(&bench, "g");
		assert_string_equal(bench.story, tales[i].story);
		assert_int_equal(bench.end.cause, tales[i].cause);
		assert_int_equal(bench.end.exit_code, tales[i].exit_code);
		bench_close(&bench);
	}
}

/* What the program brings about arrives whole. */
static void test_facts_arrive(void **state)
{
	const struct subject *subject = *state;
	struct bench bench;

	bench_open(&bench, subject, /* fail_at= */ 0);
	bench.steps[0] = (struct step){ 'r', RUN };
	bench.steps[1] = (struct step){ 'x', DESTROY };
	assert_int_equal(prepare(&bench,
				 "169.254.169.254 enclave.result(1) pids "
				 "simulate: pids"),
			 ENC_OK);
	bench_run(&bench, "g");
	assert_string_equal(bench.story, "rsoxg");
	assert_string_equal(bench.output, "simulated: nothing was executed\n");
	assert_string_equal(bench.result, "{\"simulated\":true}");
	assert_int_equal(bench.egress, 1);
	assert_int_equal(bench.end.tally.egress_denied, 1);
	assert_true(bench.end.tally.complete);
	assert_int_equal(bench.end.limit, 8);
	assert_int_equal(bench.end.usage.measured, is_host(subject));
	assert_int_equal(bench.facts.self_checked, is_host(subject));
	bench_close(&bench);
}

/* Destroy between any two turns of the loop: one end, then gone, no leak. */
static void test_destroy_after_any_turn(void **state)
{
	for (int turns = 0; turns < 12; turns++) {
		struct bench bench;

		bench_open(&bench, *state, /* fail_at= */ 0);
		bench.steps[0] = (struct step){ 'r', RUN };
		assert_int_equal(prepare(&bench, "simulate: exit 7"), ENC_OK);
		for (int i = 0; i < turns; i++) {
			(void)uv_run(&bench.loop, UV_RUN_NOWAIT);
		}
		enc_sandbox_destroy(ENC_TAKE(bench.sandbox));
		bench_run(&bench, "g");
		assert_non_null(strpbrk(bench.story, "xf"));
		assert_string_equal(strpbrk(bench.story, "xf") + 1, "g");
		bench_close(&bench);
	}
}

/* What is refused at once leaves nothing, and says why. */
static void test_refusals(void **state)
{
	struct enc_sandbox_spec nowhere = { .name = "s-1",
					    .environment = 99,
					    .language = ENC_LANGUAGE_PYTHON };
	const struct enc_limits limits = limits_of_eight();
	const struct enc_limits none = { 0 };
	static char argument[ENC_FRAME_PAYLOAD_MAX_BYTES / 16];
	const char *argv[17]; /* together too long for a frame */
	struct enc_error err = { 0 };
	struct bench bench;

	bench_open(&bench, *state, /* fail_at= */ 0);
	nowhere.place = place_of(&bench);
	assert_int_equal(enc_sandbox_prepare(&nowhere, &bench.sink,
					     &bench.sandbox, NULL),
			 ENC_BAD_REQUEST);
	assert_null(bench.sandbox);
	assert_int_equal(prepare(&bench, "simulate: hang"), ENC_OK);
	assert_int_equal(enc_sandbox_claim(bench.sandbox, &limits, false,
					   &bench.claimed_sink, &err),
			 ENC_CONFLICT);
	assert_string_equal(err.message,
			    "a sandbox that is preparing can't be claimed");
	bench_run(&bench, "r");
	assert_int_equal(enc_sandbox_claim(bench.sandbox, &none, false,
					   &bench.claimed_sink, &err),
			 ENC_BAD_REQUEST);
	assert_int_equal(enc_sandbox_load(bench.sandbox, &bench.program, &err),
			 ENC_CONFLICT);
	assert_string_equal(err.message,
			    "a sandbox that is ready can't be loaded");
	assert_int_equal(enc_sandbox_start(bench.sandbox, &err), ENC_CONFLICT);
	claim(&bench);
	assert_true(bench.claimed);
	assert_int_equal(enc_sandbox_claim(bench.sandbox, &limits, false,
					   &bench.claimed_sink, &err),
			 ENC_CONFLICT); /* once */
	for (size_t i = 0; i < ENC_COUNT(argv); i++) {
		argv[i] = argument;
	}
	memset(argument, 'a', sizeof(argument) - 1);
	bench.program.argv = argv;
	bench.program.argv_count = ENC_COUNT(argv);
	assert_int_equal(enc_sandbox_load(bench.sandbox, &bench.program, &err),
			 ENC_LIMIT);
	enc_sandbox_destroy(ENC_TAKE(bench.sandbox));
	bench_run(&bench, "g");
	assert_string_equal(bench.story, "rxg");
	bench_close(&bench);
}

static const char *const first_rules[] = { "example.com:8443", "1.1.1.1:53" };
static const char *const second_rules[] = { "example.org" };

/* give_rules() - the program gets an allowlist, or is refused another one */
static enum enc_code give_rules(struct bench *bench, const char *const *rules,
				size_t count)
{
	struct enc_error err = { 0 };

	return enc_sandbox_set_rules(bench->sandbox, rules, count, &err);
}

/* turn() - let all that doesn't wait for a clock happen */
static void turn(struct bench *bench)
{
	for (int i = 0; i < 100; i++) {
		(void)uv_run(&bench->loop, UV_RUN_NOWAIT);
	}
}

/*
 * Rules come with the program, and may be replaced while it is loaded or runs.
 * What is recorded is told while it runs. A gate is told all that in order.
 */
static void test_allowlist(void **state)
{
	struct bench bench;

	bench_open(&bench, *state, /* fail_at= */ 0);
	assert_true(enc_backend_facts_of(bench.backend)->egress);
	assert_int_equal(prepare(&bench, "simulate: hang"), ENC_OK);
	bench.program.outside = ENC_OUTSIDE_ALLOWLIST;
	bench.program.rules = first_rules;
	bench.program.rule_count = ENC_COUNT(first_rules);
	assert_int_equal(give_rules(&bench, second_rules, 1), ENC_CONFLICT);
	bench_run(&bench, "r");
	if (bench.launcher != NULL) {
		launcher_double_hold(bench.launcher, true);
	}
	claim(&bench);
	assert_int_equal(give_rules(&bench, second_rules, 1), ENC_CONFLICT);
	assert_int_equal(enc_sandbox_load(bench.sandbox, &bench.program, NULL),
			 ENC_OK);
	assert_int_equal(give_rules(&bench, second_rules, 1), ENC_OK);
	enc_sandbox_recorded(bench.sandbox, 1); /* nothing runs yet */
	assert_int_equal(enc_sandbox_start(bench.sandbox, NULL), ENC_OK);
	if (bench.launcher != NULL) {
		launcher_double_hold(bench.launcher, false);
	}
	turn(&bench);
	assert_string_equal(bench.story, "rso");
	enc_sandbox_recorded(bench.sandbox, 7);
	assert_int_equal(give_rules(&bench, NULL, 0), ENC_OK);
	if (bench.launcher != NULL) {
		turn(&bench);
		assert_string_equal(launcher_double_told(bench.launcher),
				    "allowlist [example.com:8443 1.1.1.1:53] "
				    "[example.org] 7 []");
	}
	enc_sandbox_stop(bench.sandbox);
	assert_int_equal(give_rules(&bench, second_rules, 1), ENC_CONFLICT);
	enc_sandbox_recorded(bench.sandbox, 8);
	enc_sandbox_destroy(ENC_TAKE(bench.sandbox));
	bench_run(&bench, "g");
	bench_close(&bench);
}

/* Of deny_all no frame is sent for it, and rules are refused. */
static void test_no_allowlist(void **state)
{
	struct bench bench;

	bench_open(&bench, *state, /* fail_at= */ 0);
	assert_int_equal(prepare(&bench, "simulate: hang"), ENC_OK);
	bench.steps[0] = (struct step){ 'r', RUN };
	turn(&bench);
	assert_string_equal(bench.story, "rso");
	enc_sandbox_recorded(bench.sandbox, 7);
	assert_int_equal(give_rules(&bench, first_rules, 1), ENC_CONFLICT);
	if (bench.launcher != NULL) {
		turn(&bench);
		assert_string_equal(launcher_double_told(bench.launcher),
				    "deny_all");
	}
	enc_sandbox_destroy(ENC_TAKE(bench.sandbox));
	bench_run(&bench, "g");
	bench_close(&bench);
}

/* Calls 1 to 4 are prepare, claim, load, start: after each, nothing is left. */
static void test_nth_call_fails(void **state)
{
	struct bench bench;

	bench_open(&bench, *state, /* fail_at= */ 1);
	assert_int_equal(prepare(&bench, "simulate: hang"), ENC_BACKEND);
	assert_string_equal(bench.story, "");
	bench_close(&bench);
	for (unsigned int fail_at = 2; fail_at <= 4; fail_at++) {
		bench_open(&bench, *state, fail_at);
		bench.steps[0] = (struct step){ 'r', RUN };
		bench.steps[1] = (struct step){ 'r', RUN }; /* again: works */
		bench.steps[2] = (struct step){ 'x', DESTROY };
		assert_int_equal(prepare(&bench, "simulate: exit 7"), ENC_OK);
		bench_run(&bench, "g");
		assert_string_equal(bench.story, "rsoxg");
		bench_close(&bench);
	}
}

/* What a held program writes is told once it may go on. */
static void test_held_output(void **state)
{
	struct bench bench;

	bench_open(&bench, *state, /* fail_at= */ 0);
	bench.steps[0] = (struct step){ 'r', RUN };
	bench.steps[1] = (struct step){ 'x', DESTROY };
	assert_int_equal(prepare(&bench, "simulate: hang"), ENC_OK);
	turn(&bench);
	assert_string_equal(bench.story, "rso");
	enc_sandbox_hold(bench.sandbox, true);
	launcher_double_write(bench.launcher, "more");
	for (int i = 0; i < 50; i++) {
		(void)uv_run(&bench.loop, UV_RUN_NOWAIT);
	}
	assert_string_equal(bench.story, "rso");
	enc_sandbox_hold(bench.sandbox, false);
	enc_sandbox_hold(bench.sandbox, false); /* again: nothing happens */
	for (int i = 0; i < 50; i++) {
		(void)uv_run(&bench.loop, UV_RUN_NOWAIT);
	}
	assert_string_equal(bench.story, "rsoo");
	assert_memory_equal(bench.output, "more", 4);
	enc_sandbox_stop(bench.sandbox);
	bench_run(&bench, "g");
	assert_string_equal(bench.story, "rsooxg");
	bench_close(&bench);
}

/* Only once CLAIMED has come is START asked for, and LAUNCH sent. */
static void test_no_program_before_its_limits(void **state)
{
	struct bench bench;

	bench_open(&bench, *state, /* fail_at= */ 0);
	launcher_double_hold(bench.launcher, true);
	bench.steps[0] = (struct step){ 'r', RUN };
	bench.steps[1] = (struct step){ 'x', DESTROY };
	assert_int_equal(prepare(&bench, "simulate: exit 7"), ENC_OK);
	bench_run(&bench, "r");
	for (int i = 0; i < 50; i++) {
		(void)uv_run(&bench.loop, UV_RUN_NOWAIT);
	}
	assert_string_equal(bench.story, "r");
	assert_int_equal(launcher_double_launched(bench.launcher), 0);
	launcher_double_hold(bench.launcher, false);
	bench_run(&bench, "g");
	assert_string_equal(bench.story, "rsoxg");
	assert_int_equal(bench.end.exit_code, 7);
	bench_close(&bench);
}

/* What waits for the limits is asked for once; a load that fails ends it. */
static void test_what_waits_for_the_limits(void **state)
{
	static const struct enc_program_file outside = { .path = "../x" };
	struct enc_error err = { 0 };
	struct bench bench;

	bench_open(&bench, *state, /* fail_at= */ 0);
	launcher_double_hold(bench.launcher, true);
	bench.steps[0] = (struct step){ 'f', DESTROY };
	assert_int_equal(prepare(&bench, "simulate: hang"), ENC_OK);
	bench_run(&bench, "r");
	claim(&bench);
	assert_int_equal(enc_sandbox_start(bench.sandbox, &err), ENC_CONFLICT);
	bench.program.files = &outside;
	bench.program.file_count = 1;
	assert_int_equal(enc_sandbox_load(bench.sandbox, &bench.program, &err),
			 ENC_OK);
	assert_int_equal(enc_sandbox_load(bench.sandbox, &bench.program, &err),
			 ENC_CONFLICT);
	assert_string_equal(err.message,
			    "a sandbox that is claiming can't be loaded");
	assert_int_equal(enc_sandbox_start(bench.sandbox, &err), ENC_OK);
	assert_int_equal(enc_sandbox_start(bench.sandbox, &err), ENC_CONFLICT);
	launcher_double_hold(bench.launcher, false);
	bench_run(&bench, "g");
	assert_string_equal(bench.story, "rfg");
	assert_int_equal(bench.end.failure.code, ENC_BAD_REQUEST);
	assert_int_equal(launcher_double_launched(bench.launcher), 0);
	bench_close(&bench);
}

/* A program that was never let in is killed like any other, and is gone. */
static void test_an_end_before_its_limits(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct bench bench;

		bench_open(&bench, *state, /* fail_at= */ 0);
		launcher_double_hold(bench.launcher, true);
		bench.steps[0] = (struct step){ 'r', RUN };
		bench.steps[1] = (struct step){ 'r', i == 0 ? STOP : DESTROY };
		bench.steps[2] =
			(struct step){ 'x', i == 0 ? DESTROY : NOTHING };
		assert_int_equal(prepare(&bench, "simulate: hang"), ENC_OK);
		bench_run(&bench, "g");
		assert_string_equal(bench.story, "rxg");
		assert_int_equal(bench.end.cause, ENC_CAUSE_KILLED);
		bench_close(&bench);
	}
}

/* What looks like the program's end isn't, if a part of the story is missing */
static void test_an_end_that_was_not_told(void **state)
{
	static const char *const codes[] = { "simulate: untold exit",
					     "simulate: other exit",
					     "simulate: killed init",
					     "simulate: no tally" };

	for (size_t i = 0; i < ENC_COUNT(codes); i++) {
		struct bench bench;

		bench_open(&bench, *state, /* fail_at= */ 0);
		bench.steps[0] = (struct step){ 'r', RUN };
		bench.steps[1] = (struct step){ 'f', DESTROY };
		assert_int_equal(prepare(&bench, codes[i]), ENC_OK);
		bench_run(&bench, "g");
		assert_string_equal(bench.story, "rsofg");
		assert_int_equal(bench.end.failure.code, ENC_BACKEND);
		bench_close(&bench);
	}
}

/* A result goes into answers as it is, so it must be JSON. */
static void test_a_forged_result(void **state)
{
	struct bench bench;

	bench_open(&bench, *state, /* fail_at= */ 0);
	bench.steps[0] = (struct step){ 'r', RUN };
	bench.steps[1] = (struct step){ 'f', DESTROY };
	assert_int_equal(prepare(&bench, "simulate: forged result"), ENC_OK);
	bench_run(&bench, "g");
	assert_string_equal(bench.story, "rsfg");
	assert_string_equal(bench.result, "");
	bench_close(&bench);
}

/* Let in, as far as its user knows: what ends then can't be a program. */
static void test_an_exit_before_its_limits(void **state)
{
	for (int code = 0; code < 2; code++) {
		struct bench bench;

		bench_open(&bench, *state, /* fail_at= */ 0);
		launcher_double_hold(bench.launcher, true);
		bench.steps[0] = (struct step){ 'r', RUN };
		bench.steps[1] = (struct step){ 'f', DESTROY };
		assert_int_equal(prepare(&bench, "simulate: hang"), ENC_OK);
		bench_run(&bench, "r");
		launcher_double_exit(bench.launcher, code);
		bench_run(&bench, "g");
		assert_string_equal(bench.story, "rfg");
		assert_int_equal(bench.end.failure.code, ENC_BACKEND);
		bench_close(&bench);
	}
}

int main(void)
{
	int failures = 0;

	for (size_t i = 0; i < ENC_COUNT(subjects); i++) {
		struct subject *s = &subjects[i];
		const struct CMUnitTest suite[] = {
			cmocka_unit_test_prestate(test_every_tale, s),
			cmocka_unit_test_prestate(test_facts_arrive, s),
			cmocka_unit_test_prestate(test_destroy_after_any_turn,
						  s),
			cmocka_unit_test_prestate(test_refusals, s),
			cmocka_unit_test_prestate(test_allowlist, s),
			cmocka_unit_test_prestate(test_no_allowlist, s),
		};

		failures +=
			cmocka_run_group_tests_name(s->name, suite, NULL, NULL);
	}
	const struct CMUnitTest faults[] = {
		cmocka_unit_test_prestate(test_nth_call_fails, &subjects[1]),
		cmocka_unit_test_prestate(test_nth_call_fails, &subjects[3]),
	};
	const struct CMUnitTest claims[] = {
		cmocka_unit_test_prestate(test_a_forged_result, &subjects[2]),
		cmocka_unit_test_prestate(test_held_output, &subjects[2]),
		cmocka_unit_test_prestate(test_held_output, &subjects[3]),
		cmocka_unit_test_prestate(test_no_program_before_its_limits,
					  &subjects[2]),
		cmocka_unit_test_prestate(test_what_waits_for_the_limits,
					  &subjects[2]),
		cmocka_unit_test_prestate(test_an_end_that_was_not_told,
					  &subjects[2]),
		cmocka_unit_test_prestate(test_an_exit_before_its_limits,
					  &subjects[2]),
		cmocka_unit_test_prestate(test_an_end_before_its_limits,
					  &subjects[2]),
	};
	failures += cmocka_run_group_tests_name("faults", faults, NULL, NULL);
	failures += cmocka_run_group_tests_name("claims", claims, NULL, NULL);
	return failures;
}
