#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"

#define TEN "1111111111"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define DEEP16 "[[[[[[[[[[[[[[[["
#define END16 "]]]]]]]]]]]]]]]]"
#define DEEP64 DEEP16 DEEP16 DEEP16 DEEP16
#define END64 END16 END16 END16 END16

static const struct row {
	const char *text;
	enum enc_json_fault fault;
	size_t at;
} rows[] = {
	{ "null", ENC_JSON_FINE, 0 },
	{ " [ ] ", ENC_JSON_FINE, 0 },
	{ "\t{ \"a\" : [1, -0, 2.5e-3, true, false, null, \"x\"] }\r\n",
	  ENC_JSON_FINE, 0 },
	{ "{\"a\":{\"a\":{\"a\":{}}},\"b\":[{\"a\":1},{\"a\":2}],\"\":0}",
	  ENC_JSON_FINE, 0 },
	{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uD83D\\ude00\x7f\"",
	  ENC_JSON_FINE, 0 },
	{ "\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80"
	  "\x80\xf4\x8f\xbf\xbf\"",
	  ENC_JSON_FINE, 0 },
	{ HUNDRED HUNDRED HUNDRED HUNDRED, ENC_JSON_FINE, 0 },
	{ "1.7976931348623157e308", ENC_JSON_FINE, 0 },
	{ "1e-999", ENC_JSON_FINE, 0 },
	{ DEEP64 END64, ENC_JSON_FINE, 0 },

	{ "", ENC_JSON_SYNTAX, 0 },
	{ "  ", ENC_JSON_SYNTAX, 2 },
	{ "nul", ENC_JSON_SYNTAX, 0 },
	{ "nullx", ENC_JSON_SYNTAX, 4 },
	{ "True", ENC_JSON_SYNTAX, 0 },
	{ "NaN", ENC_JSON_SYNTAX, 0 },
	{ "-Infinity", ENC_JSON_SYNTAX, 1 },
	{ "01", ENC_JSON_SYNTAX, 1 },
	{ "+1", ENC_JSON_SYNTAX, 0 },
	{ "1.", ENC_JSON_SYNTAX, 2 },
	{ ".5", ENC_JSON_SYNTAX, 0 },
	{ "1e", ENC_JSON_SYNTAX, 2 },
	{ "-", ENC_JSON_SYNTAX, 1 },
	{ "0x10", ENC_JSON_SYNTAX, 1 },
	{ "1 2", ENC_JSON_SYNTAX, 2 },
	{ "[", ENC_JSON_SYNTAX, 1 },
	{ "[1,]", ENC_JSON_SYNTAX, 3 },
	{ "[,1]", ENC_JSON_SYNTAX, 1 },
	{ "[1}", ENC_JSON_SYNTAX, 2 },
	{ "]", ENC_JSON_SYNTAX, 0 },
	{ "{\"a\"}", ENC_JSON_SYNTAX, 4 },
	{ "{\"a\":}", ENC_JSON_SYNTAX, 5 },
	{ "{\"a\":1,}", ENC_JSON_SYNTAX, 7 },
	{ "{a:1}", ENC_JSON_SYNTAX, 1 },
	{ "{'a':1}", ENC_JSON_SYNTAX, 1 },
	{ "{1:1}", ENC_JSON_SYNTAX, 1 },
	{ "{} {}", ENC_JSON_SYNTAX, 3 },
	{ "/**/1", ENC_JSON_SYNTAX, 0 },
	{ "\xef\xbb\xbf{}", ENC_JSON_SYNTAX, 0 },
	{ "\"a", ENC_JSON_SYNTAX, 2 },
	{ "\"a\nb\"", ENC_JSON_SYNTAX, 2 },
	{ "\"\\x\"", ENC_JSON_SYNTAX, 1 },
	{ "\"\\u12g4\"", ENC_JSON_SYNTAX, 1 },
	{ "\"\\u12", ENC_JSON_SYNTAX, 1 },
	{ "\"\\", ENC_JSON_SYNTAX, 1 },
	{ "\"\\ud800\\u12\"", ENC_JSON_SYNTAX, 7 },

	{ "[" DEEP64 END64 "]", ENC_JSON_DEPTH, 64 },
	{ DEEP64 "{", ENC_JSON_DEPTH, 64 },

	{ "\"\x80\"", ENC_JSON_UTF8, 1 },
	{ "\"\xc0\xaf\"", ENC_JSON_UTF8, 1 },
	{ "\"\xc1\xbf\"", ENC_JSON_UTF8, 1 },
	{ "\"\xe0\x9f\xbf\"", ENC_JSON_UTF8, 1 },
	{ "\"\xed\xa0\x80\"", ENC_JSON_UTF8, 1 },
	{ "\"\xf0\x8f\xbf\xbf\"", ENC_JSON_UTF8, 1 },
	{ "\"\xf4\x90\x80\x80\"", ENC_JSON_UTF8, 1 },
	{ "\"\xf5\x80\x80\x80\"", ENC_JSON_UTF8, 1 },
	{ "\"a\xe2\x82\"", ENC_JSON_UTF8, 2 },
	{ "\"\\ud800\"", ENC_JSON_UTF8, 1 },
	{ "\"\\udc00\\ud800\"", ENC_JSON_UTF8, 1 },
	{ "\"\\ud800\\u0041\"", ENC_JSON_UTF8, 1 },

	{ "{\"a\":1,\"a\":1}", ENC_JSON_DUPLICATE, 7 },
	{ "{\"a\":1,\"b\":2,\"\\u0061\":3}", ENC_JSON_DUPLICATE, 13 },
	{ "[{\"b\":{\"\xc3\xa9\":1,\"\\u00E9\":2},\"c\":0}]",
	  ENC_JSON_DUPLICATE, 14 },
	{ "{\"\":1,\"\":1}", ENC_JSON_DUPLICATE, 6 },
	{ "{\"a\":{\"a\":1},\"b\":[{\"x\":0}],\"a\":0}", ENC_JSON_DUPLICATE,
	  27 },

	{ "1e999", ENC_JSON_NUMBER, 0 },
	{ "[-1.0E+400]", ENC_JSON_NUMBER, 1 },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		size_t length = strlen(rows[i].text);
		char *exact = malloc(length + 1); /* no NUL is read */
		size_t at = 4242;

		assert_non_null(exact);
		memcpy(exact, rows[i].text, length);
		exact[length] = 'x';
		if (enc_json_check(exact, length, &at) != rows[i].fault ||
		    (rows[i].fault != ENC_JSON_FINE && at != rows[i].at)) {
			fail_msg("%s: %d at %zu", rows[i].text,
				 (int)enc_json_check(exact, length, NULL), at);
		}
		free(exact);
	}
}

/* A raw NUL is no JSON, wherever it stands. */
static void test_nul(void **state)
{
	(void)state;
	assert_int_equal(enc_json_check("\"a\0\"", 4, NULL), ENC_JSON_SYNTAX);
	assert_int_equal(enc_json_check("1\0", 2, NULL), ENC_JSON_SYNTAX);
}

/* 4,096 digits are a number, 4,097 are not. */
static void test_long_numbers(void **state)
{
	char text[4097];

	(void)state;
	memset(text, '9', sizeof(text));
	assert_int_equal(enc_json_check(text, 4096, NULL), ENC_JSON_FINE);
	assert_int_equal(enc_json_check(text, 4097, NULL), ENC_JSON_NUMBER);
}

/* Many names: found where it is, and quickly enough to be asked. */
static void test_many_names(void **state)
{
	ENC_AUTO(buf) text = ENC_BUF(1 << 20);
	size_t at = 0;
	size_t last;

	(void)state;
	assert_int_equal(enc_buf_printf(&text, "{\"n0\":0"), 0);
	for (int i = 1; i < 50000; i++) {
		assert_int_equal(enc_buf_printf(&text, ",\"n%d\":0", i), 0);
	}
	last = text.length + 1;
	assert_int_equal(enc_buf_printf(&text, ",\"n31415\":0}"), 0);
	assert_int_equal(enc_json_check((const char *)enc_buf_bytes(&text),
					text.length, &at),
			 ENC_JSON_DUPLICATE);
	assert_int_equal(at, last);
	assert_string_equal(enc_json_fault_name(ENC_JSON_DUPLICATE),
			    "a name that is there twice");
}

static const struct spelling {
	const char *bytes;
	size_t length;
	size_t max_bytes;
	const char *json;
} spellings[] = {
	{ "", 0, 9, "\"\"" },
	{ "plain ~!", 8, 256, "\"plain ~!\"" },
	{ "\"\\/\b\f\n\r\t", 8, 256, "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
	{ "\0\x1b\x7f", 3, 256, "\"\\u0000\\u001b\\u007f\"" },
	{ "\xc3\xa9\xe2\x82\xac", 5, 256, "\"\\u00e9\\u20ac\"" },
	{ "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf", 8, 256,
	  "\"\\ud83d\\ude00\\udbff\\udfff\"" },
	{ "a\x80\xff", 3, 256, "\"a\\ufffd\\ufffd\"" },
	{ "\xe2\x82", 2, 256, "\"\\ufffd\\ufffd\"" },
	{ "\xed\xa0\x80", 3, 256, "\"\\ufffd\\ufffd\\ufffd\"" },
	/* cut: never inside of a character, never a fault that wasn't there */
	{ "abcdef", 6, 3, "\"abc\"" },
	{ "ab\xc3\xa9", 4, 3, "\"ab\"" },
	{ "ab\xc3\xa9", 4, 4, "\"ab\\u00e9\"" },
	{ "a\xf0\x9f\x98\x80z", 6, 4, "\"a\"" },
	{ "a\xf0\x9f\x98\x80z", 6, 5, "\"a\\ud83d\\ude00\"" },
	{ "a\x80z", 3, 2, "\"a\\ufffd\"" },
	{ "abc", 3, 0, "\"\"" },
};

static void test_spellings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(spellings); i++) {
		const struct spelling *row = &spellings[i];
		ENC_AUTO(buf) out = ENC_BUF(256);

		assert_int_equal(enc_json_string_cut(&out, row->bytes,
						     row->length,
						     row->max_bytes),
				 0);
		assert_int_equal(out.length, strlen(row->json));
		assert_memory_equal(enc_buf_bytes(&out), row->json, out.length);
	}
}

/* Too large at any byte: nothing is left of it. */
static void test_unchanged_on_failure(void **state)
{
	static const char text[] = "a\"\xc3\xa9\xf0\x9f\x98\x80z";

	(void)state;
	for (size_t max = 1; max < 26; max++) {
		ENC_AUTO(buf) out = ENC_BUF(max);
		int r;

		assert_int_equal(enc_buf_append(&out, "x", 1), 0);
		r = enc_json_string(&out, text, sizeof(text) - 1);
		assert_int_equal(r, max < 25 ? -E2BIG : 0);
		assert_int_equal(out.length, max < 25 ? 1 : 25);
	}
}

static const struct ascii_row {
	const char *text;
	const char *wanted;
} ascii_rows[] = {
	{ "{\"a\":1.50,\"b\":[1e2,-0]}", "{\"a\":1.50,\"b\":[1e2,-0]}" },
	{ "{\n\n\"a\"\r\n:\t1}", "{  \"a\"  : 1}" },
	{ "\"\xc2\x9b\xe2\x80\xae\x7f\"", "\"\\u009b\\u202e\\u007f\"" },
	{ "\"\xf0\x9f\x94\x92\\n\\u00e9\\\"\"",
	  "\"\\ud83d\\udd12\\n\\u00e9\\\"\"" },
	{ "", "" },
};

/* A program's JSON is one line of ASCII wherever it is shown. */
static void test_ascii(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(ascii_rows); i++) {
		const struct ascii_row *row = &ascii_rows[i];
		ENC_AUTO(buf) out = ENC_BUF(256);
		ENC_AUTO(buf) small = ENC_BUF(3);

		assert_int_equal(enc_json_ascii(&out, row->text,
						strlen(row->text)),
				 0);
		assert_int_equal(out.length, strlen(row->wanted));
		assert_memory_equal(enc_buf_bytes(&out), row->wanted,
				    out.length);
		if (out.length > 3) {
			assert_int_equal(enc_json_ascii(&small, row->text,
							strlen(row->text)),
					 -E2BIG);
			assert_int_equal(small.length, 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest suite[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_long_numbers),
		cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_unchanged_on_failure),
		cmocka_unit_test(test_ascii),
	};

	return cmocka_run_group_tests_name("json", suite, NULL, NULL);
}
