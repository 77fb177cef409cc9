/*
 * Records written, read and written again: the texts are the same, a field is
 * shown from its phase on, and what is damaged is said by name.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "number.h"
#include "record_codec.h"

enum { TEXT_BYTES = 1 << 16 };

static const struct enc_store_label labels[] = {
	{ "team", "a" },
	{ "\"quoted\"", "\xc3\xa9" },
};

static const struct enc_grant bindings[] = {
	{ "b-1", "llm" },
	{ "b-2", "mail-2" },
};

/* full() - a session with a value in every field */
static struct enc_record full(enum enc_phase phase)
{
	struct enc_record record = {
		.id = "s-0123456789-7",
		.org = "o-1",
		.created_by = "k-1",
		.name = "a \"name\"",
		.phase = phase,
		.outcome = ENC_PHASE_KILLED,
		.language = ENC_LANGUAGE_NODE,
		.environment = "default",
		.environment_digest = "sha256:00",
		.limits = enc_limits_usual(),
		.kill_reason = "cancelled",
		.reason_code = "backend_error",
		.reason_message = "a \"message\"\n",
		.backend = "gvisor",
		.isolation = ENC_ISOLATION_GVISOR,
		.layers = ENC_LAYER_NAMESPACES | ENC_LAYER_GVISOR,
		.self_checked = true,
		.checks_tried = 11,
		.checks_missed = 0,
		.labels = labels,
		.label_count = ENC_COUNT(labels),
		.bindings = bindings,
		.binding_count = ENC_COUNT(bindings),
		.cpu_ms = 7,
		.memory_peak_bytes = INT64_C(1) << 40,
		.pids_peak = 3,
		.egress_attempts = 5,
		.queued_us = 1,
		.prepared_us = 91,
		.started_us = 1234567,
		.first_byte_us = 0,
		.finished_us = 86400000000,
		.created_ms = INT64_C(1795327200001),
		.started_ms = INT64_C(1795327200999),
		.finished_ms = INT64_C(1795327201000),
	};

	record.limits.value[ENC_LIMIT_CPU] = 250;
	record.limits.value[ENC_LIMIT_OUTPUT] = 12345;
	return record;
}

static void write_record(const struct enc_record *record,
			 struct enc_buf *ret_text)
{
	enc_buf_clear(ret_text);
	enc_record_write_whole(record, ret_text);
}

static const char *text_of(const struct enc_buf *text)
{
	return (const char *)enc_buf_bytes(text);
}

static void assert_has(const struct enc_buf *text, const char *member)
{
	if (strstr(text_of(text), member) == NULL) {
		fail_msg("no %s in %s", member, text_of(text));
	}
}

/* Of every phase, with every field and with none: the same text again. */
static void test_round_trips(void **state)
{
	ENC_AUTO(buf) first = ENC_BUF(TEXT_BYTES);
	ENC_AUTO(buf) second = ENC_BUF(TEXT_BYTES);

	(void)state;
	for (int i = 0; i < 2 * ENC_PHASE_MAX; i++) {
		struct enc_record written = full((enum enc_phase)(i / 2));
		struct enc_record back = { 0 };
		struct enc_error err = { 0 };

		if (i % 2 == 1) {
			struct enc_record none = ENC_RECORD_NONE;

			none.id = "s-1";
			none.phase = written.phase;
			none.language = ENC_LANGUAGE_COMMAND;
			none.limits = written.limits;
			written = none;
		}
		write_record(&written, &first);
		if (enc_record_read(text_of(&first), &back, &err) != ENC_OK) {
			fail_msg("%s", err.message);
		}
		write_record(&back, &second);
		assert_string_equal(text_of(&first), text_of(&second));
		enc_record_done(&back);
	}
}

static const struct member_row {
	const char *shown;
	const char *hidden;
	enum enc_phase from;
} members[] = {
	{ "\"outcome\":\"killed\"", "\"outcome\":null", ENC_PHASE_SUCCEEDED },
	{ "\"killReason\":\"cancelled\"", "\"killReason\":null",
	  ENC_PHASE_SUCCEEDED },
	{ "\"reason\":{\"code\":\"backend_error\"", "\"reason\":null",
	  ENC_PHASE_SUCCEEDED },
	{ "\"layers\":[\"namespaces\",\"gvisor\"]", "\"layers\":[]",
	  ENC_PHASE_RUNNING },
	{ "\"selfCheck\":{\"tried\":11,\"missed\":0}", "\"selfCheck\":null",
	  ENC_PHASE_RUNNING },
	{ "\"cpuMs\":7", "\"cpuMs\":null", ENC_PHASE_SUCCEEDED },
	{ "\"createdBy\":\"k-1\",\"name\":\"a \\\"name\\\"\",\"phase\"", NULL,
	  ENC_PHASE_PENDING },
	{ "\"egressAttempts\":5", NULL, ENC_PHASE_PENDING },
	{ "\"queuedMs\":0.001", NULL, ENC_PHASE_PENDING },
	{ "\"preparedMs\":0.091", "\"preparedMs\":null", ENC_PHASE_RUNNING },
	{ "\"startedMs\":1234.567", "\"startedMs\":null", ENC_PHASE_RUNNING },
	{ "\"firstByteMs\":0.000", "\"firstByteMs\":null", ENC_PHASE_RUNNING },
	{ "\"finishedMs\":86400000.000", "\"finishedMs\":null",
	  ENC_PHASE_SUCCEEDED },
	{ "\"startedAt\":\"2026-11-22T06:00:00.999Z\"", "\"startedAt\":null",
	  ENC_PHASE_RUNNING },
	{ "\"finishedAt\":\"2026-11-22T06:00:01.000Z\"", "\"finishedAt\":null",
	  ENC_PHASE_SUCCEEDED },
	{ "\"limits\":{\"cpu\":0.25,", NULL, ENC_PHASE_PENDING },
	{ "\"outputBytes\":12345,\"openFiles\":1024}", NULL,
	  ENC_PHASE_PENDING },
	{ "\"labels\":{\"team\":\"a\",\"\\\"quoted\\\"\":\"\\u00e9\"}", NULL,
	  ENC_PHASE_PENDING },
	{ "\"egress\":{\"mode\":\"deny_all\",\"allow\":[]}", NULL,
	  ENC_PHASE_PENDING },
};

static void test_shown_from_its_phase_on(void **state)
{
	ENC_AUTO(buf) text = ENC_BUF(TEXT_BYTES);

	(void)state;
	for (int phase = 0; phase < ENC_PHASE_MAX; phase++) {
		struct enc_record record = full((enum enc_phase)phase);

		write_record(&record, &text);
		for (size_t i = 0; i < ENC_COUNT(members); i++) {
			bool shown = (enum enc_phase)phase >= members[i].from;

			assert_has(&text, shown ? members[i].shown
						: members[i].hidden);
		}
	}
}

/* Columns come from members of the same name; the others stay as they are. */
static void test_columns(void **state)
{
	struct enc_record record = full(ENC_PHASE_RUNNING);
	struct enc_store_session row = { .number = 7, .finished = true };

	(void)state;
	enc_record_fill_row(&record, &row);
	assert_string_equal(row.id, record.id);
	assert_string_equal(row.org, record.org);
	assert_string_equal(row.name, record.name);
	assert_string_equal(row.phase, "running");
	assert_string_equal(row.outcome, enc_phase_name(record.outcome));
	assert_int_equal(row.created_ms, record.created_ms);
	assert_int_equal(row.number, 7);
	assert_true(row.finished);
	assert_null(row.record);
	record.name = NULL;
	record.outcome = ENC_PHASE_PENDING;
	enc_record_fill_row(&record, &row);
	assert_string_equal(row.outcome, "");
	assert_string_equal(row.name, "");
}

static const struct damage_row {
	const char *text;
	const char *says; /* NULL: it is read */
} damages[] = {
	{ "", "no JSON object" },
	{ "[]", "no JSON object" },
	{ "{\"id\":\"s-1\"", "no JSON object" },
	{ "{\"id\":1}", "id" },
	{ "{\"phase\":\"gone\"}", "phase" },
	{ "{\"language\":\"cobol\"}", "language" },
	{ "{\"limits\":[]}", "limits" },
	{ "{\"limits\":{\"cpu\":\"1\"}}", "limits" },
	{ "{\"isolation\":7}", "isolation" },
	{ "{\"isolation\":{\"kernel\":\"linux\"}}", "kernel" },
	{ "{\"labels\":{\"a\":1}}", "labels" },
	/* A number where a word is expected. */
	{ "{\"outcome\":7}", "outcome" },
	{ "{\"killReason\":7}", "killReason" },
	{ "{\"createdAt\":7}", "createdAt" },
	{ "{\"usage\":{\"cpuMs\":9007199254740992}}", "cpuMs" },
	{ "{\"usage\":{\"cpuMs\":-1}}", "cpuMs" },
	{ "{\"usage\":{\"cpuMs\":1.5}}", "cpuMs" },
	{ "{\"createdAt\":\"yesterday\"}", "createdAt" },
	{ "{\"createdAt\":\"2026-02-30T00:00:00.000Z\"}", "createdAt" },
	{ "{\"createdAt\":\"2026-11-22T06:00:00Z\"}", "createdAt" },
	{ "{\"egress\":{}}", "egress" },
	{ "{\"egress\":[]}", "egress" },
	{ "{\"egress\":{\"mode\":\"allow_all\"}}", "egress" },
	{ "{\"egress\":{\"mode\":\"allowlist\"}}", "egress" },
	{ "{\"egress\":{\"mode\":\"allowlist\",\"allow\":[\"a\",1]}}",
	  "egress" },
	{ "{\"serviceBindings\":{}}", "serviceBindings" },
	{ "{\"serviceBindings\":[\"a\",1]}", "serviceBindings" },
	{ "{\"serviceBindings\":[]}", NULL },
	{ "{}", NULL },
	{ "{\"egress\":{\"mode\":\"deny_all\",\"allow\":[]}}", NULL },
	{ "{\"egress\":null}", NULL },
	{ "{\"later\":{\"a\":[1]},\"reason\":null}", NULL },
	{ "{\"isolation\":{\"layers\":[\"of a later version\"]}}", NULL },
};

static void test_damages(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(damages); i++) {
		struct enc_record record = { 0 };
		struct enc_error err = { 0 };
		enum enc_code code =
			enc_record_read(damages[i].text, &record, &err);

		if (damages[i].says == NULL) {
			assert_int_equal(code, ENC_OK);
			enc_record_done(&record);
			continue;
		}
		assert_int_equal(code, ENC_INTERNAL);
		if (strstr(err.message, damages[i].says) == NULL) {
			fail_msg("%s: %s", damages[i].text, err.message);
		}
	}
}

/* A list of the longest rules fits into a record, and comes back in order. */
static void test_allowlists(void **state)
{
	static const size_t counts[] = { 0, 1, ENC_ALLOWLIST_MAX };
	ENC_AUTO(buf) first = ENC_BUF(ENC_STORE_RECORD_MAX_BYTES);
	ENC_AUTO(buf) second = ENC_BUF(ENC_STORE_RECORD_MAX_BYTES);

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(counts); i++) {
		struct enc_record record = full(ENC_PHASE_PENDING);
		struct enc_record back = { 0 };
		struct enc_error err = { 0 };
		char rule[261];

		record.allowlist = enc_allowlist_new(counts[i]);
		for (size_t j = 0; j < counts[i]; j++) {
			(void)snprintf(rule, sizeof(rule), "%0260zu", j);
			assert_false(enc_allowlist_has(record.allowlist, rule));
			enc_allowlist_add(record.allowlist, rule);
			assert_true(enc_allowlist_has(record.allowlist, rule));
		}
		write_record(&record, &first);
		if (enc_record_read(text_of(&first), &back, &err) != ENC_OK) {
			fail_msg("%s", err.message);
		}
		assert_int_equal(back.allowlist->count, counts[i]);
		write_record(&back, &second);
		assert_string_equal(text_of(&first), text_of(&second));
		enc_record_done(&back);
		enc_allowlist_release(record.allowlist);
	}
}

/* What is too long for an audit line is told by its hash. */
static void test_an_allowlist_in_an_audit_line(void **state)
{
	struct enc_allowlist *list = enc_allowlist_new(ENC_ALLOWLIST_MAX);
	ENC_AUTO(buf) text = ENC_BUF(TEXT_BYTES);
	char rule[64];

	(void)state;
	enc_allowlist_write_told(NULL, &text);
	assert_int_equal(enc_buf_append(&text, "", 1), 0);
	assert_string_equal(text_of(&text),
			    "{\"mode\":\"deny_all\",\"allow\":[]}");
	enc_allowlist_add(list, "example.com:443");
	enc_buf_clear(&text);
	enc_allowlist_write_told(list, &text);
	assert_int_equal(enc_buf_append(&text, "", 1), 0);
	assert_string_equal(text_of(&text), "{\"mode\":\"allowlist\",\"allow\":"
					    "[\"example.com:443\"]}");
	for (size_t i = 1; i < ENC_ALLOWLIST_MAX; i++) {
		(void)snprintf(rule, sizeof(rule), "host-%zu.example.com", i);
		enc_allowlist_add(list, rule);
	}
	enc_buf_clear(&text);
	enc_allowlist_write_told(list, &text);
	assert_int_equal(enc_buf_append(&text, "", 1), 0);
	assert_has(&text, "{\"mode\":\"allowlist\",\"allow\":null,"
			  "\"count\":1024,\"sha256\":\"");
	assert_true(text.length < 160);
	enc_allowlist_release(list);
}

static const struct result_row {
	struct enc_result_record record;
	const char *text;
} results[] = {
	{ { -1, -1, 0, false, false },
	  "{\"exitCode\":null,\"signal\":null,\"durationMs\":0,"
	  "\"truncated\":{\"stdout\":false,\"stderr\":false}}" },
	{ { 3, -1, 12, true, false },
	  "{\"exitCode\":3,\"signal\":null,\"durationMs\":12,"
	  "\"truncated\":{\"stdout\":true,\"stderr\":false}}" },
	{ { -1, 11, 1, false, true },
	  "{\"exitCode\":null,\"signal\":11,\"durationMs\":1,"
	  "\"truncated\":{\"stdout\":false,\"stderr\":true}}" },
};

static void test_results(void **state)
{
	ENC_AUTO(buf) text = ENC_BUF(TEXT_BYTES);
	struct enc_result_record back;
	struct enc_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(results); i++) {
		enc_buf_clear(&text);
		enc_result_record_write_whole(&results[i].record, &text);
		assert_string_equal(text_of(&text), results[i].text);
		assert_int_equal(enc_result_record_read(text_of(&text), &back,
							&err),
				 ENC_OK);
		assert_int_equal(back.exit_code, results[i].record.exit_code);
		assert_int_equal(back.signal, results[i].record.signal);
		assert_int_equal(back.duration_ms,
				 results[i].record.duration_ms);
		assert_int_equal(back.stdout_cut, results[i].record.stdout_cut);
		assert_int_equal(back.stderr_cut, results[i].record.stderr_cut);
	}
	assert_int_equal(enc_result_record_read(
				 "{\"truncated\":{\"stdout\":1}}", &back, &err),
			 ENC_INTERNAL);
}

/* Every number of a record and of a result, as it is and out of its range. */
static const int64_t odd_numbers[] = {
	INT64_MIN,
	-1,
	0,
	ENC_NUMBER_MAX - 1,
	ENC_NUMBER_MAX,
	ENC_NUMBER_MAX + 1,
	INT64_MAX - 1,
	INT64_MAX,
};

static const size_t record_numbers[] = {
#define COUNT_AT(member) offsetof(struct enc_record, member),
#define SPAN_AT(member) offsetof(struct enc_record, member),
#define TIME_AT(member) offsetof(struct enc_record, member),
#define TEXT_AT(member)
#define EGRESS_AT(member)
#define BINDINGS_AT(member)
#define PHASE_AT(member)
#define OUTCOME_AT(member)
#define LANGUAGE_AT(member)
#define LIMITS_AT(member)
#define ISOLATION_AT(member)
#define LAYERS_AT(member)
#define OBJECT_IF_TRUE_AT(member)
#define LABELS_AT(member)
#define MEMBER(kind, type, member, name, phase) kind##_AT(member)
#define SHAPE(...)
	ENC_RECORD_FIELDS(MEMBER, SHAPE)
#undef MEMBER
#undef SHAPE
};

static const size_t result_numbers[] = {
	offsetof(struct enc_result_record, exit_code),
	offsetof(struct enc_result_record, signal),
	offsetof(struct enc_result_record, duration_ms),
};

/* What is written can be read: it may be the owner's only copy. */
static void test_any_number_is_read_again(void **state)
{
	ENC_AUTO(buf) text = ENC_BUF(TEXT_BYTES);

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(record_numbers); i++) {
		for (size_t j = 0; j < ENC_COUNT(odd_numbers); j++) {
			struct enc_record record = full(ENC_PHASE_KILLED);
			struct enc_record back = { 0 };
			struct enc_error err = { 0 };

			memcpy((char *)&record + record_numbers[i],
			       &odd_numbers[j], sizeof(odd_numbers[j]));
			write_record(&record, &text);
			if (enc_record_read(text_of(&text), &back, &err) !=
			    ENC_OK) {
				fail_msg("%s: %s", err.message, text_of(&text));
			}
			enc_record_done(&back);
		}
	}
}

static void test_any_number_of_a_result_is_read_again(void **state)
{
	ENC_AUTO(buf) text = ENC_BUF(TEXT_BYTES);

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(result_numbers); i++) {
		for (size_t j = 0; j < ENC_COUNT(odd_numbers); j++) {
			struct enc_result_record record =
				ENC_RESULT_RECORD_NONE;
			struct enc_result_record back;
			struct enc_error err = { 0 };

			memcpy((char *)&record + result_numbers[i],
			       &odd_numbers[j], sizeof(odd_numbers[j]));
			enc_buf_clear(&text);
			enc_result_record_write_whole(&record, &text);
			if (enc_result_record_read(text_of(&text), &back,
						   &err) != ENC_OK) {
				fail_msg("%s: %s", err.message, text_of(&text));
			}
		}
	}
}

static void test_a_number_too_large_is_the_largest(void **state)
{
	ENC_AUTO(buf) text = ENC_BUF(TEXT_BYTES);
	struct enc_record record = full(ENC_PHASE_KILLED);

	(void)state;
	record.egress_attempts = INT64_MAX;
	record.finished_us = INT64_MAX;
	record.finished_ms = INT64_MAX;
	record.started_ms = -1;
	write_record(&record, &text);
	assert_has(&text, "\"egressAttempts\":9007199254740991");
	assert_has(&text, "\"finishedMs\":9007199254740.99");
	assert_has(&text, "\"finishedAt\":\"9999-12-31T23:59:59.999Z\"");
	assert_has(&text, "\"startedAt\":null");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_shown_from_its_phase_on),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_damages),
		cmocka_unit_test(test_allowlists),
		cmocka_unit_test(test_an_allowlist_in_an_audit_line),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_any_number_is_read_again),
		cmocka_unit_test(test_any_number_of_a_result_is_read_again),
		cmocka_unit_test(test_a_number_too_large_is_the_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
