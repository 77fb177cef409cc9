#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "schema.h"
#include "scope.h"

static const char *const words[] = { "red", "green", NULL };
static const struct enc_schema integer = { .type = ENC_SCHEMA_INTEGER,
					   .least = 1,
					   .most = 100 };
static const struct enc_schema word = { .type = ENC_SCHEMA_ENUM,
					.words = words };
static const struct enc_schema text = { .type = ENC_SCHEMA_STRING, .most = 3 };
static const struct enc_schema moment = { .type = ENC_SCHEMA_TIME };
static const struct enc_schema duration = { .type = ENC_SCHEMA_DURATION };

static void test_texts_of_parameters(void **state)
{
	static const struct {
		const struct enc_schema *schema;
		const char *text;
		bool good;
	} rows[] = {
		{ &integer, "1", true },
		{ &integer, "100", true },
		{ &integer, "0", false },
		{ &integer, "101", false },
		{ &integer, "", false },
		{ &integer, "-1", false },
		{ &integer, "+1", false },
		{ &integer, " 1", false },
		{ &integer, "1 ", false },
		{ &integer, "0x1", false },
		{ &integer, "1e1", false },
		{ &integer, "1.0", false },
		{ &integer, "18446744073709551617", false },
		{ &word, "red", true },
		{ &word, "green", true },
		{ &word, "Red", false },
		{ &word, "re", false },
		{ &word, "", false },
		{ &text, "", true },
		{ &text, "abc", true },
		{ &text, "abcd", false },
		{ &text, "\xff", false },
		{ &moment, "2026-11-22T06:00:00Z", true },
		{ &moment, "2026-11-22T06:00:00.123Z", true },
		{ &moment, "2026-11-22T06:00:00.12Z", false },
		{ &moment, "2026-11-22T06:00:00.-12Z", false },
		{ &moment, "2026-11-22T06:00:00", false },
		{ &moment, "2026-11-22T06:00:00+01:00", false },
		{ &moment, "1969-12-31T00:00:00Z", false },
		{ &moment, "2026-13-22T06:00:00Z", false },
		{ &moment, " 2026-11-22T06:00:00Z", false },
		{ &moment, "2026-11-22T06: 0:00Z", false },
		{ &moment, "2026-1-22T06:00:00Z", false },
		{ &moment, "2026-02-30T06:00:00Z", false },
		{ &moment, "yesterday", false },
		{ &duration, "500ms", true },
		{ &duration, "30s", true },
		{ &duration, "2m", true },
		{ &duration, "30", true },
		{ &duration, "30 s", false },
		{ &duration, "-1s", false },
		{ &duration, "1h", false },
		{ &duration, "86400001s", false },
		{ &duration, "", false },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		const struct enc_schema_field field = { "p", rows[i].schema,
							false, false };
		struct enc_error err = { 0 };
		enum enc_code code =
			enc_schema_check_text(&field, rows[i].text, &err);

		if ((code == ENC_OK) != rows[i].good ||
		    (!rows[i].good && code != ENC_BAD_REQUEST)) {
			fail_msg("'%s': %s", rows[i].text, err.message);
		}
		assert_true(rows[i].good || strstr(err.message, "p") != NULL);
	}
}

static void test_numbers_of_parameters(void **state)
{
	static const struct {
		enum enc_schema_type type;
		const char *text;
		int64_t number;
	} rows[] = {
		{ ENC_SCHEMA_INTEGER, "42", 42 },
		{ ENC_SCHEMA_INTEGER, "9223372036854775807", INT64_MAX },
		{ ENC_SCHEMA_DURATION, "500ms", 500 },
		{ ENC_SCHEMA_DURATION, "30s", 30000 },
		{ ENC_SCHEMA_DURATION, "2m", 120000 },
		{ ENC_SCHEMA_TIME, "1970-01-01T00:00:01Z", 1000 },
		{ ENC_SCHEMA_TIME, "1970-01-01T00:00:01.002Z", 1002 },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		int64_t number = -1;

		assert_true(enc_schema_number(rows[i].type, rows[i].text,
					      &number));
		assert_int_equal(number, rows[i].number);
	}
}

static void test_null(void **state)
{
	static const struct enc_schema maybe = { .type = ENC_SCHEMA_INTEGER,
						 .nullable = true,
						 .least = 1,
						 .most = 100 };
	json_t *null = json_null();
	json_t *many = json_integer(101);
	struct enc_error err = { 0 };

	(void)state;
	assert_int_equal(enc_schema_check(&maybe, null, &err), ENC_OK);
	assert_int_equal(enc_schema_check(&maybe, many, &err), ENC_BAD_REQUEST);
	assert_int_equal(enc_schema_check(&integer, null, &err),
			 ENC_BAD_REQUEST);
	json_decref(many);
}

static void test_scopes(void **state)
{
	struct enc_error err = { 0 };
	unsigned int admin = enc_api_read_scopes("admin");

	(void)state;
	assert_int_equal(enc_api_read_scopes(""), ENC_SCOPE_NONE);
	assert_int_equal(enc_api_read_scopes("sessions:read metrics"),
			 ENC_SCOPE_SESSIONS_READ | ENC_SCOPE_METRICS);
	assert_int_equal(admin, ENC_SCOPE_ADMIN | ENC_SCOPE_SESSIONS_READ |
					ENC_SCOPE_SESSIONS_WRITE |
					ENC_SCOPE_BINDINGS_READ |
					ENC_SCOPE_BINDINGS_WRITE);
	/* A key can't be root's, whatever is stored. */
	assert_int_equal(enc_api_read_scopes("root nonsense Admin"),
			 ENC_SCOPE_NONE);
	assert_int_equal(enc_api_check_scope(admin, ENC_SCOPE_SESSIONS_READ,
					     &err),
			 ENC_OK);
	assert_int_equal(enc_api_check_scope(ENC_SCOPE_SESSIONS_READ,
					     ENC_SCOPE_NONE, &err),
			 ENC_OK);
	assert_int_equal(enc_api_check_scope(admin, ENC_SCOPE_METRICS, &err),
			 ENC_FORBIDDEN);
	assert_string_equal(err.message, "the key lacks the scope metrics");
	assert_int_equal(enc_api_check_scope(admin, ENC_SCOPE_ROOT, &err),
			 ENC_FORBIDDEN);
	assert_string_equal(err.message,
			    "no key may do this: only root, on the server's "
			    "Unix socket and without a key");
}

/* A word that may be a secret isn't repeated. */
static void test_quiet(void **state)
{
	static const char *const known[] = { "none", "bearer", NULL };
	struct enc_schema schema = { .type = ENC_SCHEMA_ENUM, .words = known };
	json_t *value = json_string("sesame");
	struct enc_error err = { 0 };

	(void)state;
	assert_int_equal(enc_schema_check(&schema, value, &err),
			 ENC_BAD_REQUEST);
	assert_non_null(strstr(err.message, "sesame"));
	schema.quiet = true;
	assert_int_equal(enc_schema_check(&schema, value, &err),
			 ENC_BAD_REQUEST);
	assert_null(strstr(err.message, "sesame"));
	assert_non_null(strstr(err.message, "none, bearer"));
	json_decref(value);
}

/* A bound is told exactly, however many digits it has. */
static void test_bounds_in_messages(void **state)
{
	static const struct {
		struct enc_schema schema;
		const char *says;
	} rows[] = {
		{ { .type = ENC_SCHEMA_INTEGER,
		    .least = 1,
		    .most = 9007199254740991.0 },
		  "p has to be 1 to 9007199254740991" },
		{ { .type = ENC_SCHEMA_NUMBER, .least = 0.01, .most = 64 },
		  "p has to be 0.01 to 64" },
		{ { .type = ENC_SCHEMA_STRING, .least = 1, .most = 4194304 },
		  "p has to be 1 to 4194304 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		const struct enc_schema_field fields[] = {
			{ "p", &rows[i].schema, false, false },
			{ NULL, NULL, false, false },
		};
		const struct enc_schema schema = { .type = ENC_SCHEMA_OBJECT,
						   .fields = fields };
		json_t *zero = json_object();
		struct enc_error err = { 0 };

		assert_int_equal(
			json_object_set_new(zero, "p",
					    rows[i].schema.type ==
							    ENC_SCHEMA_STRING
						    ? json_string("")
						    : json_integer(0)),
			0);
		assert_int_equal(enc_schema_check(&schema, zero, &err),
				 ENC_BAD_REQUEST);
		assert_string_equal(err.message, rows[i].says);
		json_decref(zero);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts_of_parameters),
		cmocka_unit_test(test_bounds_in_messages),
		cmocka_unit_test(test_numbers_of_parameters),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
