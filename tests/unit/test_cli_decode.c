/* Answers whose result a JSON library may refuse. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decode.h"
#include "def.h"
#include "print.h"

static const struct row {
	const char *answer;
	const char *path;
	const char *text; /* NULL: the answer is no JSON */
} rows[] = {
	{ "{\"json\":1}", "json", "1" },
	{ "{\"json\":9223372036854775808}", "json", "9223372036854775808" },
	{ "{\"json\":{\"a\\u0000\":1e400}}", "json", "{\"a\\u0000\":1e400}" },
	{ "{\"json\":\"}\\\"]\",\"x\":\"y\"}", "json", "\"}\\\"]\"" },
	{ "{\"json\":\"}\\\"]\",\"x\":\"y\"}", "x", "y" },
	{ "{\"json\":\"\\\\\",\"x\":\"y\"}", "x", "y" },
	{ "{\"json\":[{},[[]],{\"a\":[\"]\"]}],\"x\":\"y\"}", "json",
	  "[{},[[]],{\"a\":[\"]\"]}]" },
	{ "{\"json\":null,\"x\":\"y\"}", "json", "" },
	{ " { \"a\" : [ {\"json\":0} ] , \"json\" : [ 1 ] }\n", "json",
	  "[ 1 ] " },
	{ "{\"id\":\"s\",\"result\":{\"exitCode\":0,\"json\":{\"b\":2}},"
	  "\"x\":\"y\"}",
	  "result.json", "{\"b\":2}" },
	{ "{\"id\":\"s\",\"result\":{\"exitCode\":0,\"json\":{\"b\":2}},"
	  "\"x\":\"y\"}",
	  "x", "y" },
	{ "{\"result\":null,\"x\":\"y\"}", "x", "y" },
	{ "{\"labels\":{\"json\":\"plain\"},\"result\":{\"json\":1}}",
	  "labels.json", "plain" },
	{ "{\"labels\":{\"result\":\"{\"},\"json\":2}", "json", "2" },
	{ "[]", "json", "" },
	{ "{}", "json", "" },
	{ "", NULL, NULL },
	{ "{", NULL, NULL },
	{ "{\"json", NULL, NULL },
	{ "{\"json\"", NULL, NULL },
	{ "{\"json\":", NULL, NULL },
	{ "{\"json\":\"", NULL, NULL },
	{ "{\"json\":\"\\", NULL, NULL },
	{ "{\"json\":[[", NULL, NULL },
	{ "{\"json\":1,\"json\":2}", NULL, NULL },
	{ "{\"result\":{", NULL, NULL },
	{ "}}}}", NULL, NULL },
};

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		size_t length = strlen(rows[i].answer);
		/* Without a NUL: a byte that is read behind it is seen. */
		char *copy = test_malloc(length + (length == 0));
		json_t *value;

		memcpy(copy, rows[i].answer, length);
		value = enc_decode_answer(copy, length);
		if (rows[i].text == NULL) {
			assert_null(value);
		} else {
			assert_non_null(value);
			assert_string_equal(enc_json_text(value, rows[i].path),
					    rows[i].text);
		}
		json_decref(value);
		test_free(copy);
	}
}

/* No prefix of an answer is read behind its end, or decoded. */
static void test_cut(void **state)
{
	static const char whole[] =
		"{\"a\":[1,{\"b\":\"\\\"\"}],\"result\":{\"json\":{\"c\":[2]},"
		"\"stdout\":\"\\u0000\"},\"x\":\"y\"}";

	(void)state;
	for (size_t length = 0; length < strlen(whole); length++) {
		char *copy = test_malloc(length + (length == 0));

		memcpy(copy, whole, length);
		assert_null(enc_decode_answer(copy, length));
		test_free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
