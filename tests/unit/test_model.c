#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cause.h"
#include "isolation.h"
#include "language.h"
#include "layer.h"
#include "limit.h"

/* The request's schema of openapi.json, and one that the whole is freed by. */
struct contract {
	json_t *document;
	const json_t *request;
};

static const json_t *get(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	assert_non_null(value);
	return value;
}

static int open_contract(void **state)
{
	static struct contract contract;
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/../src/api/openapi.json",
		       getenv("ENCLAVE_TESTS"));
	contract.document = json_load_file(path, 0, NULL);
	assert_non_null(contract.document);
	contract.request =
		get(get(get(get(contract.document, "components"), "schemas"),
			"CreateSessionRequest"),
		    "properties");
	*state = &contract;
	return 0;
}

static int close_contract(void **state)
{
	const struct contract *contract = *state;

	json_decref(contract->document);
	return 0;
}

/* shows() - whether a number of the contract is that value */
static void assert_shows(enum enc_limit limit, const json_t *number,
			 uint64_t value)
{
	double shown = enc_limit_shown(limit, value);

	assert_true(fabs(json_number_value(number) - shown) < 1e-9);
	assert_int_equal(enc_limit_stored(limit, json_number_value(number)),
			 value);
}

/* openapi.json has a property for each row, with its range and default. */
static void test_contract_of_limits(void **state)
{
	const struct contract *contract = *state;
	const json_t *limits =
		get(get(contract->request, "limits"), "properties");

	assert_int_equal(json_object_size(limits), ENC_LIMIT_MAX);
	for (int i = 0; i < ENC_LIMIT_MAX; i++) {
		enum enc_limit limit = (enum enc_limit)i;
		const struct enc_limit_row *row = enc_limit_info(limit);
		const json_t *property = get(limits, row->name);

		assert_string_equal(json_string_value(get(property, "type")),
				    row->unit == ENC_LIMIT_CORES ? "number"
								 : "integer");
		assert_shows(limit, get(property, "minimum"), row->least);
		assert_shows(limit, get(property, "maximum"), row->most);
		assert_shows(limit, get(property, "default"), row->usual);
		assert_string_equal(json_string_value(get(property,
							  "description")),
				    row->sentence);
	}
}

static bool lists(const json_t *array, const char *word)
{
	size_t i;
	const json_t *value;

	json_array_foreach(array, i, value)
	{
		if (strcmp(json_string_value(value), word) == 0) {
			return true;
		}
	}
	return false;
}

/* So does an answer, which always has all of them. */
static void test_contract_of_answers(void **state)
{
	const struct contract *contract = *state;
	const json_t *limits =
		get(get(get(contract->document, "components"), "schemas"),
		    "Limits");
	const json_t *required = get(limits, "required");

	assert_int_equal(json_object_size(get(limits, "properties")),
			 ENC_LIMIT_MAX);
	assert_int_equal(json_array_size(required), ENC_LIMIT_MAX);
	for (int i = 0; i < ENC_LIMIT_MAX; i++) {
		const struct enc_limit_row *row =
			enc_limit_info((enum enc_limit)i);

		assert_string_equal(
			json_string_value(json_array_get(required, (size_t)i)),
			row->name);
		assert_string_equal(
			json_string_value(get(get(get(limits, "properties"),
						  row->name),
					      "type")),
			row->unit == ENC_LIMIT_CORES ? "number" : "integer");
	}
}

/* openapi.json names the languages that have code, and every isolation. */
static void test_contract_of_names(void **state)
{
	const struct contract *contract = *state;
	const json_t *languages =
		get(get(contract->request, "language"), "enum");
	const json_t *isolations =
		get(get(contract->request, "minIsolation"), "enum");
	size_t count = 0;

	for (int i = ENC_LANGUAGE_INVALID + 1; i < ENC_LANGUAGE_MAX; i++) {
		const struct enc_language_row *row =
			enc_language_info((enum enc_language)i);

		assert_int_equal(lists(languages, row->name),
				 row->entry != NULL);
		count += row->entry != NULL;
	}
	assert_int_equal(json_array_size(languages), count);
	assert_int_equal(json_array_size(isolations), ENC_ISOLATION_MAX);
	for (int i = 0; i < ENC_ISOLATION_MAX; i++) {
		assert_true(lists(isolations,
				  enc_isolation_name((enum enc_isolation)i)));
	}
}

/* Both edges of each range, and the numbers just outside. */
static void test_ranges(void **state)
{
	(void)state;
	for (int i = 0; i < ENC_LIMIT_MAX; i++) {
		const struct enc_limit_row *row =
			enc_limit_info((enum enc_limit)i);
		const uint64_t tries[] = { row->least, row->most,
					   row->least - 1, row->most + 1,
					   UINT64_MAX };

		for (size_t j = 0; j < ENC_COUNT(tries); j++) {
			struct enc_limits limits = enc_limits_usual();
			struct enc_error err = { 0 };

			limits.value[i] = tries[j];
			assert_int_equal(enc_limits_check(&limits, &err),
					 j < 2 ? ENC_OK : ENC_BAD_LIMITS);
			assert_int_equal(strstr(err.message, row->name) != NULL,
					 j >= 2);
		}
	}
}

/* Sealed logs bind this text: its digest must never change. */
static void test_texts(void **state)
{
	static const char shown[] =
		"{\"cpu\":0.5,\"cpuSeconds\":60,\"memoryMb\":512,"
		"\"pidsLimit\":128,\"wallClockSeconds\":60,\"diskMb\":256,"
		"\"outputBytes\":1048576,\"openFiles\":1024}";
	static const char logged[] =
		"{\"cpuMillis\":500,\"cpuSeconds\":60,\"memoryMb\":512,"
		"\"pidsLimit\":128,\"wallClockSeconds\":60,\"diskMb\":256,"
		"\"outputBytes\":1048576,\"openFiles\":1024}";
	struct enc_limits limits = enc_limits_usual();
	ENC_AUTO(buf) out = ENC_BUF(1024);

	(void)state;
	limits.value[ENC_LIMIT_CPU] = enc_limit_stored(ENC_LIMIT_CPU, 0.5);
	assert_int_equal(enc_limits_write(&limits, &out), 0);
	assert_int_equal(out.length, sizeof(shown) - 1);
	assert_memory_equal(enc_buf_bytes(&out), shown, out.length);
	enc_buf_truncate(&out, 0);
	assert_int_equal(enc_limits_write_log(&limits, &out), 0);
	assert_int_equal(out.length, sizeof(logged) - 1);
	assert_memory_equal(enc_buf_bytes(&out), logged, out.length);
}

/* Every name leads back to its row, and nothing else leads anywhere. */
static void test_names(void **state)
{
	enum enc_language language;
	enum enc_isolation isolation;
	enum enc_limit limit;

	(void)state;
	for (int i = ENC_LANGUAGE_INVALID + 1; i < ENC_LANGUAGE_MAX; i++) {
		assert_true(enc_language_parse(
			enc_language_name((enum enc_language)i), &language));
		assert_int_equal(language, i);
	}
	for (int i = 0; i < ENC_ISOLATION_MAX; i++) {
		assert_true(enc_isolation_parse(
			enc_isolation_name((enum enc_isolation)i), &isolation));
		assert_int_equal(isolation, i);
	}
	for (int i = 0; i < ENC_LIMIT_MAX; i++) {
		assert_true(enc_limit_parse(
			enc_limit_info((enum enc_limit)i)->name, &limit));
		assert_int_equal(limit, i);
	}
	assert_false(enc_language_parse("Python", &language));
	assert_false(enc_language_parse("", &language));
	assert_false(enc_isolation_parse("runc", &isolation));
	assert_false(enc_limit_parse("cpuMillis", &limit));
	assert_true(enc_language_of_file("a/b.mjs", &language));
	assert_int_equal(language, ENC_LANGUAGE_NODE);
	assert_false(enc_language_of_file("b.rb", &language));
	assert_false(enc_language_of_file("py", &language));
}

/* The limits of a set have to be equal, and no other one has to. */
static void test_agreement(void **state)
{
	const uint32_t set =
		ENC_LIMIT_BIT(ENC_LIMIT_DISK) | ENC_LIMIT_BIT(ENC_LIMIT_PIDS);
	const struct enc_limits one = enc_limits_usual();

	(void)state;
	assert_true(enc_limits_agree(&one, &one, set));
	for (int i = 0; i < ENC_LIMIT_MAX; i++) {
		struct enc_limits other = one;

		other.value[i]++;
		assert_int_equal(enc_limits_agree(&one, &other, set),
				 i != ENC_LIMIT_DISK && i != ENC_LIMIT_PIDS);
	}
}

/* A language needs what the range alone would let it do without. */
static void test_least_of_a_language(void **state)
{
	(void)state;
	for (int i = ENC_LANGUAGE_INVALID + 1; i < ENC_LANGUAGE_MAX; i++) {
		enum enc_language language = (enum enc_language)i;
		struct enc_limits limits = enc_limits_usual();
		uint64_t *files = &limits.value[ENC_LIMIT_OPEN_FILES];
		struct enc_error err = { 0 };

		assert_int_equal(enc_language_check(language, &limits, &err),
				 ENC_OK);
		*files = enc_language_info(language)->open_files_least;
		assert_int_equal(enc_limits_check(&limits, &err), ENC_OK);
		assert_int_equal(enc_language_check(language, &limits, &err),
				 ENC_OK);
		--*files;
		assert_int_equal(enc_language_check(language, &limits, &err),
				 ENC_BAD_LIMITS);
		assert_non_null(strstr(err.message,
				       enc_language_name(language)));
	}
}

/* A cause that is about a limit is a kill; layers end with the last flag. */
static void test_causes_and_layers(void **state)
{
	(void)state;
	for (int i = 0; i < ENC_CAUSE_MAX; i++) {
		enum enc_cause cause = (enum enc_cause)i;

		if (enc_cause_limit(cause) != ENC_LIMIT_MAX) {
			assert_non_null(enc_cause_kill_reason(cause));
		}
	}
	assert_null(enc_cause_kill_reason(ENC_CAUSE_EXITED));
	assert_null(enc_cause_kill_reason(ENC_CAUSE_GATE_LOST));
	assert_string_equal(enc_layer_name(0), "namespaces");
	assert_string_equal(enc_layer_name(7), "gvisor");
	assert_int_equal(ENC_LAYER_GVISOR, 1 << 7);
	assert_null(enc_layer_name(8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_contract_of_limits,
						open_contract, close_contract),
		cmocka_unit_test_setup_teardown(test_contract_of_answers,
						open_contract, close_contract),
		cmocka_unit_test_setup_teardown(test_contract_of_names,
						open_contract, close_contract),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_agreement),
		cmocka_unit_test(test_least_of_a_language),
		cmocka_unit_test(test_causes_and_layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
