/*
 * The judges of the demo of service bindings. The modelled facts pass; each test
 * makes one of them false, and names the check that must fail.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bindings_demo.h"
#include "err.h"

enum { SOURCES, RECORD, CALLS, AUDIT, ECHOES, UNGRANTED, BYPASS, SURFACES };

static const char secret[] = "demo-key-00112233445566778899aabbccddeeff";

/* init() - the facts of a session, which ended and whose log verifies */
static void init(struct enc_demo_facts *facts, const char *backend)
{
	enc_demo_facts_init(facts);
	facts->verified = true;
	facts->session = json_pack("{s:s, s:s, s:s}", "id", "s-1", "phase",
				   "torn_down", "backend", backend);
	facts->events =
		json_pack("[{s:s, s:{}}]", "type", "sandbox_started", "data");
	assert_int_equal(enc_buf_text(&facts->surfaces, "{}"), 0);
}

static int setup(void **state)
{
	struct enc_bindings_demo *demo = enc_xalloc(sizeof(*demo));

	for (size_t i = 0; i < ENC_BINDINGS_SESSION_MAX; i++) {
		init(&demo->facts[i], "simulator");
	}
	for (size_t i = 0; i < ENC_ORIGIN_SERVICE_MAX; i++) {
		for (size_t k = 0; k < ENC_BINDINGS_SECRETS; k++) {
			(void)snprintf(demo->secrets[i][k],
				       ENC_ORIGIN_SECRET_BYTES, "%s%zu%zu",
				       secret, i, k);
		}
	}
	demo->given = ENC_BUF(1024);
	demo->records = ENC_BUF(1024);
	assert_int_equal(enc_buf_text(&demo->given, "{}"), 0);
	enc_bindings_model(demo);
	*state = demo;
	return 0;
}

static int teardown(void **state)
{
	struct enc_bindings_demo *demo = *state;

	for (size_t i = 0; i < ENC_BINDINGS_SESSION_MAX; i++) {
		enc_demo_facts_done(&demo->facts[i]);
	}
	enc_buf_done(&demo->given);
	enc_buf_done(&demo->records);
	json_decref(demo->payments);
	json_decref(demo->calls);
	free(demo);
	return 0;
}

/* assert_fails() - judge; of all checks only those of a mask may fail */
static void assert_fails(struct enc_bindings_demo *demo, unsigned int failing)
{
	enc_bindings_judge(demo);
	for (size_t i = 0; i < ENC_BINDINGS_CHECKS; i++) {
		if (demo->verdicts[i].passed == ((failing >> i & 1) != 0)) {
			fail_msg("%s: %s", enc_bindings_check_name(i),
				 demo->verdicts[i].reason);
		}
	}
}

/* add_event() - append an event to a session's log */
static void add_event(struct enc_demo_facts *facts, const char *type,
		      const char *name, const char *value)
{
	assert_int_equal(json_array_append_new(facts->events,
					       json_pack("{s:s, s:{s:s, s:i}}",
							 "type", type, "data",
							 name, value, "count",
							 1)),
			 0);
}

/* drop_events() - remove all events of a type */
static void drop_events(struct enc_demo_facts *facts, const char *type)
{
	for (size_t i = json_array_size(facts->events); i-- > 0;) {
		const json_t *event = json_array_get(facts->events, i);

		if (strcmp(json_string_value(json_object_get(event, "type")),
			   type) == 0) {
			assert_int_equal(json_array_remove(facts->events, i),
					 0);
		}
	}
}

/* add_call() - let a request arrive */
static void add_call(struct enc_bindings_demo *demo, const char *method,
		     const char *target, const char *credential)
{
	assert_int_equal(
		json_array_append_new(demo->calls,
				      json_pack("{s:s, s:s, s:s, s:s}",
						"method", method, "target",
						target, "credential",
						credential, "receipt", "")),
		0);
}

static void test_model_passes(void **state)
{
	struct enc_bindings_demo *demo = *state;

	assert_fails(demo, 0);
	assert_int_equal(enc_bindings_passed(demo), ENC_BINDINGS_CHECKS);
	for (size_t i = 0; i < ENC_BINDINGS_CHECKS; i++) {
		assert_true(demo->verdicts[i].modelled);
	}
}

static void test_secret_in_a_request(void **state)
{
	struct enc_bindings_demo *demo = *state;

	assert_int_equal(enc_buf_text(&demo->given, demo->secrets[1][1]), 0);
	assert_fails(demo, 1U << SOURCES | 1U << SURFACES);
}

static void test_secret_in_a_record(void **state)
{
	struct enc_bindings_demo *demo = *state;

	assert_int_equal(enc_buf_text(&demo->records, demo->secrets[0][0]), 0);
	assert_fails(demo, 1U << RECORD | 1U << SURFACES);
}

static void test_no_new_version(void **state)
{
	struct enc_bindings_demo *demo = *state;

	assert_int_equal(json_object_set_new(demo->payments, "version",
					     json_integer(1)),
			 0);
	assert_fails(demo, 1U << RECORD);
}

static void test_call_with_former_secret(void **state)
{
	struct enc_bindings_demo *demo = *state;

	add_call(demo, "POST", "/payments/v1/charges", "former");
	assert_fails(demo, 1U << CALLS);
}

static void test_call_that_did_not_arrive(void **state)
{
	struct enc_bindings_demo *demo = *state;

	assert_int_equal(json_array_remove(demo->calls, 1), 0);
	assert_fails(demo, 1U << CALLS);
}

/* A receipt that the program made up isn't one of the upstream's. */
static void test_no_receipt(void **state)
{
	struct enc_bindings_demo *demo = *state;

	for (size_t i = 0; i < ENC_BINDINGS_SESSION_MAX; i++) {
		assert_int_equal(json_object_set_new(demo->facts[i].session,
						     "backend",
						     json_string("native")),
				 0);
	}
	enc_bindings_judge(demo);
	assert_false(demo->verdicts[CALLS].passed);
	assert_false(demo->verdicts[CALLS].modelled);
}

static void test_call_not_on_record(void **state)
{
	struct enc_bindings_demo *demo = *state;

	drop_events(&demo->facts[ENC_BINDINGS_GRANTED], "binding_invoked");
	assert_fails(demo, 1U << AUDIT);
}

static void test_call_out_of_scope(void **state)
{
	struct enc_bindings_demo *demo = *state;

	add_call(demo, "DELETE", "/payments/v1/charges", "right");
	/* It has the target of a charge, so there is one too many, too. */
	assert_fails(demo, 1U << AUDIT | 1U << CALLS);
}

static void test_path_out_of_scope(void **state)
{
	struct enc_bindings_demo *demo = *state;

	add_call(demo, "GET", "/payments/v1/admin/keys", "right");
	assert_fails(demo, 1U << AUDIT);
}

static void test_echo_in_base64(void **state)
{
	struct enc_bindings_demo *demo = *state;

	(void)snprintf(demo->secrets[0][0], ENC_ORIGIN_SECRET_BYTES,
		       "0123456789abcdef");
	assert_int_equal(
		enc_buf_text(&demo->facts[ENC_BINDINGS_HOSTILE].surfaces,
			     "xMDEyMzQ1Njc4OWFiY2RlZg=="),
		0);
	assert_fails(demo, 1U << ECHOES | 1U << SURFACES);
}

static void test_nothing_was_masked(void **state)
{
	struct enc_bindings_demo *demo = *state;

	drop_events(&demo->facts[ENC_BINDINGS_GRANTED], "secret_redacted");
	assert_fails(demo, 1U << ECHOES);
}

static void test_ungranted_invoked(void **state)
{
	struct enc_bindings_demo *demo = *state;

	add_event(&demo->facts[ENC_BINDINGS_HOSTILE], "binding_invoked",
		  "binding", "payments");
	assert_fails(demo, 1U << UNGRANTED);
}

static void test_ungranted_not_on_record(void **state)
{
	struct enc_bindings_demo *demo = *state;

	drop_events(&demo->facts[ENC_BINDINGS_HOSTILE], "binding_denied");
	assert_fails(demo, 1U << UNGRANTED);
}

/* A session whose bindings don't work at all proves nothing. */
static void test_own_binding_did_not_work(void **state)
{
	struct enc_bindings_demo *demo = *state;

	drop_events(&demo->facts[ENC_BINDINGS_HOSTILE], "binding_invoked");
	assert_fails(demo, 1U << UNGRANTED);
}

static void test_hostile_request_arrived(void **state)
{
	struct enc_bindings_demo *demo = *state;

	add_call(demo, "GET", "/payments/v1/charges?hostile", "right");
	assert_fails(demo, 1U << UNGRANTED);
}

static void test_direct_request_arrived(void **state)
{
	struct enc_bindings_demo *demo = *state;

	add_call(demo, "GET", "/payments/v1/charges?direct", "right");
	assert_fails(demo, 1U << BYPASS);
}

static void test_other_connection(void **state)
{
	struct enc_bindings_demo *demo = *state;

	add_event(&demo->facts[ENC_BINDINGS_HOSTILE], "egress_allowed", "rule",
		  "binding:payments");
	assert_fails(demo, 1U << BYPASS);
}

static void test_log_that_does_not_verify(void **state)
{
	struct enc_bindings_demo *demo = *state;

	demo->facts[ENC_BINDINGS_HOSTILE].verified = false;
	assert_fails(demo, 1U << ECHOES | 1U << UNGRANTED | 1U << BYPASS |
				   1U << SURFACES);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_model_passes),
		TEST(test_secret_in_a_request),
		TEST(test_secret_in_a_record),
		TEST(test_no_new_version),
		TEST(test_call_with_former_secret),
		TEST(test_call_that_did_not_arrive),
		TEST(test_no_receipt),
		TEST(test_call_not_on_record),
		TEST(test_call_out_of_scope),
		TEST(test_path_out_of_scope),
		TEST(test_echo_in_base64),
		TEST(test_nothing_was_masked),
		TEST(test_ungranted_invoked),
		TEST(test_ungranted_not_on_record),
		TEST(test_own_binding_did_not_work),
		TEST(test_hostile_request_arrived),
		TEST(test_direct_request_arrived),
		TEST(test_other_connection),
		TEST(test_log_that_does_not_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
