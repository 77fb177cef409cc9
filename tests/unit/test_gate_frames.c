/*
 * Which frames a gate takes from enclave-api and from enclave-init, and when:
 * each type at each stage, with a whole payload and with none of its own.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "flow.h"
#include "message.h"
#include "relay.h"

enum { OUT_MAX = 1 << 16, PAYLOAD_MAX = 1 << 12 };

static const struct enc_frame check = { .type = ENC_FRAME_CHECK };

struct bench {
	struct enc_gate gate;
	struct enc_relay relay;
	int peers[2];
	struct enc_buf payload;
};

static void ignore(uv_poll_t *poll, int status, int events)
{
	(void)poll;
	(void)status;
	(void)events;
}

static uint64_t ignore_egress(void *context,
			      const struct enc_message_egress *message)
{
	(void)context;
	(void)message;
	return 1;
}

static int open_end(struct bench *bench, int which)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	bench->peers[which] = ends[1];
	return ends[0];
}

static int set_up(void **state)
{
	struct bench *bench = enc_xalloc(sizeof(*bench));

	assert_int_equal(uv_loop_init(&bench->gate.loop), 0);
	bench->gate.ledger = enc_ledger_new(ignore_egress, NULL);
	bench->gate.flows = enc_xalloc(sizeof(*bench->gate.flows));
	enc_list_init(&bench->gate.flows->list);
	bench->relay.gate = &bench->gate;
	bench->relay.output_bytes = 100;
	bench->relay.result = ENC_BUF(PAYLOAD_MAX);
	bench->payload = ENC_BUF(PAYLOAD_MAX);
	enc_link_open(&bench->relay.control, &bench->gate, open_end(bench, 0),
		      OUT_MAX, ignore);
	enc_link_open(&bench->relay.runner, &bench->gate, open_end(bench, 1),
		      OUT_MAX, ignore);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	uv_close((uv_handle_t *)&bench->relay.control.poll, NULL);
	uv_close((uv_handle_t *)&bench->relay.runner.poll, NULL);
	(void)uv_run(&bench->gate.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&bench->gate.loop), 0);
	close(bench->relay.control.fd);
	close(bench->relay.runner.fd);
	close(bench->peers[0]);
	close(bench->peers[1]);
	enc_link_stop(&bench->relay.control);
	enc_link_stop(&bench->relay.runner);
	enc_buf_done(&bench->relay.result);
	enc_buf_done(&bench->payload);
	enc_ledger_free(bench->gate.ledger);
	enc_ruleset_done(&bench->gate.rules);
	free(bench->gate.flows);
	free(bench);
	return 0;
}

/* fill() - a payload that the type may have */
static void fill(struct enc_buf *out, enum enc_frame_type type)
{
	static struct enc_message_policy policy = { .session_id = { "s-1", 3 },
						    .output_bytes = 100 };
	static struct enc_message_rules rules = {
		.count = 2,
		.rules = { { "example.com", 11 }, { "9.9.9.9:53", 10 } },
	};
	const struct enc_message_recorded recorded = { 7 };
	static struct enc_message_launch launch = {
		.language = ENC_LANGUAGE_PYTHON,
		.entry = { "main.py", 7 },
	};
	const struct enc_message_file file = { .root = ENC_FILE_WORK,
					       .mode = 0644,
					       .path = { "f", 1 } };
	const struct enc_message_ready ready = { .tried = 1 };
	const struct enc_message_exit ended = { .code = 0 };
	const struct enc_message_rejected rejected = { ENC_REJECT_JSON };

	enc_buf_clear(out);
	if (type == ENC_FRAME_POLICY) {
		ENC_MUST(enc_message_policy_write(out, &policy));
	} else if (type == ENC_FRAME_RULES) {
		ENC_MUST(enc_message_rules_write(out, &rules));
	} else if (type == ENC_FRAME_RECORDED) {
		ENC_MUST(enc_message_recorded_write(out, &recorded));
	} else if (type == ENC_FRAME_LAUNCH) {
		ENC_MUST(enc_message_launch_write(out, &launch));
	} else if (type == ENC_FRAME_FILE) {
		ENC_MUST(enc_message_file_write(out, &file));
	} else if (type == ENC_FRAME_READY) {
		ENC_MUST(enc_message_ready_write(out, &ready));
	} else if (type == ENC_FRAME_EXIT) {
		ENC_MUST(enc_message_exit_write(out, &ended));
	} else if (type == ENC_FRAME_REJECTED) {
		ENC_MUST(enc_message_rejected_write(out, &rejected));
	} else if (type == ENC_FRAME_RESULT) {
		ENC_MUST(enc_buf_append(out, "1", 1));
	}
}

static int act(struct bench *bench, enc_link_act_fn *fn,
	       enum enc_frame_type type)
{
	struct enc_frame frame = check;

	fill(&bench->payload, type);
	frame.type = type;
	frame.payload = enc_buf_bytes(&bench->payload);
	frame.payload_length = bench->payload.length;
	return fn(&bench->relay, &frame);
}

/* What enclave-init may say: a letter per stage, B R S E, after LAUNCH. */
static const struct saying {
	enum enc_frame_type type;
	const char *stages;
} sayings[] = {
	{ ENC_FRAME_READY, "B" },     { ENC_FRAME_STARTED, "R" },
	{ ENC_FRAME_OUT, "RS" },      { ENC_FRAME_RESULT, "RS" },
	{ ENC_FRAME_REJECTED, "RS" }, { ENC_FRAME_EXIT, "RS" },
	{ ENC_FRAME_CHECK, "" },      { ENC_FRAME_LAUNCH, "" },
	{ ENC_FRAME_EGRESS, "" },     { ENC_FRAME_TALLY, "" },
	{ ENC_FRAME_INVALID, "" },
};

static void test_what_init_may_say(void **state)
{
	struct bench *bench = *state;

	for (size_t i = 0; i < ENC_COUNT(sayings); i++) {
		for (int at = 0; at < 8; at++) {
			const char letter = "BRSE"[at / 2];
			bool launched = at % 2 == 1;
			bool may = strchr(sayings[i].stages, letter) != NULL &&
				   (launched ||
				    sayings[i].type == ENC_FRAME_READY);

			bench->relay.stage = (enum enc_runner_stage)(at / 2);
			bench->gate.launched = launched;
			print_message("%d at %c, launched %d\n",
				      sayings[i].type, letter, launched);
			assert_int_equal(act(bench, enc_runner_act,
					     sayings[i].type),
					 may ? 0 : -EPROTO);
		}
	}
}

/* Each moves the stage on, so none of them is taken twice. */
static void test_one_life(void **state)
{
	struct bench *bench = *state;
	static const enum enc_frame_type once[] = { ENC_FRAME_READY,
						    ENC_FRAME_STARTED,
						    ENC_FRAME_EXIT };

	bench->gate.launched = true;
	for (size_t i = 0; i < ENC_COUNT(once); i++) {
		assert_int_equal(act(bench, enc_runner_act, once[i]), 0);
		assert_int_equal(act(bench, enc_runner_act, once[i]), -EPROTO);
	}
}

/* POLICY first and once, LAUNCH once; what carries nothing of its own, ever. */
static void test_what_the_api_may_say(void **state)
{
	struct bench *bench = *state;
	static const enum enc_frame_type others[] = { ENC_FRAME_FILE,
						      ENC_FRAME_STDIN,
						      ENC_FRAME_SIGNAL,
						      ENC_FRAME_CLOSE };

	for (size_t i = 0; i < ENC_COUNT(others); i++) {
		assert_int_equal(act(bench, enc_control_act, others[i]),
				 -EPROTO);
	}
	assert_int_equal(act(bench, enc_control_act, ENC_FRAME_LAUNCH),
			 -EPROTO);
	assert_int_equal(act(bench, enc_control_act, ENC_FRAME_POLICY), 0);
	assert_int_equal(act(bench, enc_control_act, ENC_FRAME_POLICY),
			 -EPROTO);
	assert_false(bench->gate.launched);
	assert_int_equal(act(bench, enc_control_act, ENC_FRAME_LAUNCH), 0);
	assert_true(bench->gate.launched);
	assert_int_equal(act(bench, enc_control_act, ENC_FRAME_LAUNCH),
			 -EPROTO);
	for (size_t i = 0; i < ENC_COUNT(others); i++) {
		assert_int_equal(act(bench, enc_control_act, others[i]), 0);
	}
	assert_int_equal(act(bench, enc_control_act, ENC_FRAME_READY), -EPROTO);
}

/* Rules come only for a session that has an allowlist, at any time then. */
static void test_rules_need_an_allowlist(void **state)
{
	struct bench *bench = *state;
	static const enum enc_frame_type some[] = { ENC_FRAME_RULES,
						    ENC_FRAME_RECORDED };
	struct enc_egress_policy *policy = &bench->gate.rules.policy;

	for (size_t i = 0; i < ENC_COUNT(some); i++) {
		bench->relay.have_policy = false;
		assert_int_equal(act(bench, enc_control_act, some[i]), -EPROTO);
		bench->relay.have_policy = true;
		assert_int_equal(act(bench, enc_control_act, some[i]), -EPROTO);
	}
	assert_int_equal(bench->gate.recorded, 0);
	assert_int_equal(policy->rule_count, 0);
	/* Bindings alone are something to record, and no rules. */
	bench->gate.outside = ENC_OUTSIDE_BINDINGS;
	assert_int_equal(act(bench, enc_control_act, some[0]), -EPROTO);
	assert_int_equal(act(bench, enc_control_act, some[1]), 0);
	policy->allowlist = true;
	for (int launched = 0; launched < 2; launched++) {
		bench->gate.launched = launched == 1;
		for (size_t i = 0; i < ENC_COUNT(some); i++) {
			assert_int_equal(act(bench, enc_control_act, some[i]),
					 0);
		}
	}
	assert_int_equal(bench->gate.recorded, 7);
	assert_int_equal(policy->rule_count, 2);
}

/* A rule that isn't in its one form leaves no rule at all. */
static void test_rules_are_canonical(void **state)
{
	struct bench *bench = *state;
	static const char *const texts[] = {
		"Example.com", "example.com:443", "10.0.0.1/8", "*", "",
		"example.com "
	};
	struct enc_message_rules rules = { .count = 2,
					   .rules = { { "a.example", 9 } } };

	for (size_t i = 0; i < ENC_COUNT(texts); i++) {
		rules.rules[1] =
			(struct enc_text){ texts[i], strlen(texts[i]) };
		assert_int_equal(enc_ruleset_replace(&bench->gate.rules,
						     rules.rules, rules.count),
				 -EPROTO);
		assert_int_equal(bench->gate.rules.policy.rule_count, 0);
	}
}

/* Output goes on up to its limit, for each stream; the rest is counted. */
static void test_output_has_a_limit(void **state)
{
	struct bench *bench = *state;
	static const uint8_t bytes[80];
	struct enc_frame frame = { .type = ENC_FRAME_OUT,
				   .payload = bytes,
				   .payload_length = sizeof(bytes) };

	bench->gate.launched = true;
	bench->relay.stage = ENC_RUNNER_STARTED;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(enc_runner_act(&bench->relay, &frame), 0);
	}
	frame.flags = ENC_FRAME_F_STDERR;
	assert_int_equal(enc_runner_act(&bench->relay, &frame), 0);
	assert_int_equal(bench->relay.kept[0], 100);
	assert_int_equal(bench->relay.dropped[0], 60);
	assert_int_equal(bench->relay.kept[1], 80);
	assert_int_equal(bench->relay.control.out.length,
			 100 + 80 + 3 * ENC_FRAME_HEADER_BYTES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_init_may_say),
		TEST(test_one_life),
		TEST(test_what_the_api_may_say),
		TEST(test_rules_need_an_allowlist),
		TEST(test_rules_are_canonical),
		TEST(test_output_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
