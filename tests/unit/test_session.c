/* What a session shows of itself while what it knows isn't durable yet. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "session.h"

static bool has(const struct enc_buf *text, const char *member)
{
	return memmem(enc_buf_bytes(text), text->length, member,
		      strlen(member)) != NULL;
}

static struct enc_session *session_that_failed(void)
{
	struct enc_session *session = enc_session_new();

	session->spec = enc_session_spec_new();
	session->spec->record.org = "o-1";
	session->spec->record.created_by = "k-1";
	session->spec->record.language = ENC_LANGUAGE_PYTHON;
	session->backend = "native";
	session->outcome = ENC_PHASE_FAILED;
	session->reason_code = "backend_error";
	session->have_facts = true;
	session->facts.self_checked = true;
	session->usage = (struct enc_usage){ .measured = true, .cpu_us = 9000 };
	session->egress_attempts = 5;
	session->durable_egress_attempts = 3;
	session->times.created_ms = 1000;
	session->times.started_wall_ms = 2000;
	session->times.finished_wall_ms = 3000;
	return session;
}

static void show(const struct enc_session *session, enum enc_phase phase,
		 struct enc_buf *ret_text)
{
	struct enc_record record = enc_session_record(session, phase);

	enc_buf_clear(ret_text);
	enc_record_write(&record, ret_text);
}

static void test_what_is_not_durable_is_not_told(void **state)
{
	ENC_AUTO(buf) text = ENC_BUF(1 << 16);
	struct enc_session *session = session_that_failed();

	(void)state;
	show(session, ENC_PHASE_PENDING, &text);
	assert_true(has(&text, "\"phase\":\"pending\",\"outcome\":null"));
	assert_true(has(&text, "\"reason\":null"));
	assert_true(has(&text, "\"selfCheck\":null"));
	assert_true(has(&text, "\"cpuMs\":null"));
	assert_true(has(&text, "\"egressAttempts\":3"));
	assert_true(has(&text, "\"startedAt\":null,\"finishedAt\":null"));
	show(session, ENC_PHASE_RUNNING, &text);
	assert_true(has(&text, "\"phase\":\"running\",\"outcome\":null"));
	assert_true(has(&text, "\"reason\":null"));
	assert_false(has(&text, "\"selfCheck\":null"));
	assert_false(has(&text, "\"startedAt\":null"));
	assert_true(has(&text, "\"finishedAt\":null"));
	show(session, ENC_PHASE_FAILED, &text);
	assert_true(has(&text, "\"phase\":\"failed\",\"outcome\":\"failed\""));
	assert_true(has(&text, "\"code\":\"backend_error\""));
	assert_true(has(&text, "\"cpuMs\":9"));
	assert_true(has(&text, "\"egressAttempts\":5"));
	assert_false(has(&text, "\"finishedAt\":null"));
	enc_session_free(session);
}

static void test_all_that_is_owned_is_counted(void **state)
{
	char first[] = "1234";
	char second[] = "56";
	char *texts[] = { first, second };
	struct enc_program_file files[] = { { .path = "a/path" },
					    { .path = "b", .length = 100 } };
	struct enc_store_label labels[] = { { .name = "abc", .value = "de" } };
	const struct enc_session_spec spec = {
		.code_length = 10,
		.stdin_length = 20,
		.argv = texts,
		.argv_count = 2,
		.env = texts,
		.env_count = 1,
		.files = files,
		.file_count = 2,
		.record = { .labels = labels, .label_count = 1 },
	};

	(void)state;
	assert_int_equal(enc_session_spec_bytes(&spec),
			 30 + (6 + 4 + 7 + 100 + 5) + 3 * sizeof(char *) +
				 sizeof(files) + sizeof(labels));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_not_durable_is_not_told),
		cmocka_unit_test(test_all_that_is_owned_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
