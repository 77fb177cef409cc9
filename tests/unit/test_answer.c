#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "answer.h"
#include "def.h"

/* One field of each kind, as tools/gen-api would make it. */
struct sample {
	const char *string;
	bool boolean;
	int64_t integer;
	int64_t at_ms;
	const char *words;
	const char *text;
	const struct enc_buf *list;
};

static const struct enc_answer_field fields[] = {
	{ "string", ENC_ANSWER_STRING, offsetof(struct sample, string), true,
	  NULL },
	{ "boolean", ENC_ANSWER_BOOLEAN, offsetof(struct sample, boolean),
	  false, NULL },
	{ "integer", ENC_ANSWER_INTEGER, offsetof(struct sample, integer),
	  false, NULL },
	{ "at", ENC_ANSWER_TIME, offsetof(struct sample, at_ms), true, NULL },
	{ "words", ENC_ANSWER_WORDS, offsetof(struct sample, words), true,
	  NULL },
	{ "text", ENC_ANSWER_TEXT, offsetof(struct sample, text), true, NULL },
	{ "list", ENC_ANSWER_LIST, offsetof(struct sample, list), true, NULL },
	{ NULL, ENC_ANSWER_STRING, 0, false, NULL },
};

static void expect(const struct sample *sample, const char *wanted)
{
	ENC_AUTO(buf) out = ENC_BUF(4096);

	enc_answer_write(&out, fields, sample);
	assert_int_equal(enc_buf_append(&out, "", 1), 0);
	assert_string_equal((const char *)enc_buf_bytes(&out), wanted);
}

static void test_each_kind(void **state)
{
	ENC_AUTO(buf) items = ENC_BUF(4096);
	struct sample sample = {
		.string = "a\"b\n\xff",
		.boolean = true,
		.integer = INT64_MIN,
		.at_ms = 1,
		.words = "one two",
		.text = "{\"x\":[1]}",
		.list = &items,
	};

	(void)state;
	enc_answer_add_text(&items, "1");
	enc_answer_add_text(&items, "\"two\"");
	expect(&sample, "{\"string\":\"a\\\"b\\n\\ufffd\",\"boolean\":true,"
			"\"integer\":-9223372036854775808,"
			"\"at\":\"1970-01-01T00:00:00.001Z\","
			"\"words\":[\"one\",\"two\"],\"text\":{\"x\":[1]},"
			"\"list\":[1,\"two\"]}");
}

static void test_nothing(void **state)
{
	struct sample sample = { .integer = 0 };
	ENC_AUTO(buf) items = ENC_BUF(16);

	(void)state;
	expect(&sample, "{\"string\":null,\"boolean\":false,\"integer\":0,"
			"\"at\":null,\"words\":null,\"text\":null,"
			"\"list\":null}");
	sample.words = "";
	sample.list = &items;
	expect(&sample, "{\"string\":null,\"boolean\":false,\"integer\":0,"
			"\"at\":null,\"words\":[],\"text\":null,\"list\":[]}");
}

static void test_null_or_a_number(void **state)
{
	static const struct {
		int64_t number;
		const char *wanted;
	} rows[] = { { 0, "{\"n\":0}" },
		     { -1, "{\"n\":null}" },
		     { INT64_MAX, "{\"n\":9223372036854775807}" } };
	static const struct enc_answer_field maybe[] = {
		{ "n", ENC_ANSWER_INTEGER, 0, true, NULL },
		{ NULL, ENC_ANSWER_STRING, 0, false, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		ENC_AUTO(buf) out = ENC_BUF(64);

		enc_answer_write(&out, maybe, &rows[i].number);
		assert_int_equal(enc_buf_append(&out, "", 1), 0);
		assert_string_equal((const char *)enc_buf_bytes(&out),
				    rows[i].wanted);
	}
}

static void test_a_struct_in_a_struct(void **state)
{
	static const struct enc_answer_field inner[] = {
		{ "n", ENC_ANSWER_INTEGER, 0, false, NULL },
		{ NULL, ENC_ANSWER_STRING, 0, false, NULL },
	};
	static const struct enc_answer_field outer[] = {
		{ "first", ENC_ANSWER_OBJECT, 0, false, inner },
		{ "second", ENC_ANSWER_OBJECT, sizeof(int64_t), false, inner },
		{ NULL, ENC_ANSWER_STRING, 0, false, NULL },
	};
	const int64_t numbers[] = { 1, 2 };
	ENC_AUTO(buf) out = ENC_BUF(64);

	(void)state;
	enc_answer_write(&out, outer, numbers);
	assert_int_equal(enc_buf_append(&out, "", 1), 0);
	assert_string_equal((const char *)enc_buf_bytes(&out),
			    "{\"first\":{\"n\":1},\"second\":{\"n\":2}}");
}

static void test_structs_in_a_list(void **state)
{
	static const struct enc_answer_field one[] = {
		{ "n", ENC_ANSWER_INTEGER, 0, false, NULL },
		{ NULL, ENC_ANSWER_STRING, 0, false, NULL },
	};
	ENC_AUTO(buf) items = ENC_BUF(4096);

	(void)state;
	for (int64_t n = 1; n <= 3; n++) {
		enc_answer_add(&items, one, &n);
	}
	assert_int_equal(enc_buf_append(&items, "", 1), 0);
	assert_string_equal((const char *)enc_buf_bytes(&items),
			    "{\"n\":1},{\"n\":2},{\"n\":3}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_null_or_a_number),
		cmocka_unit_test(test_a_struct_in_a_struct),
		cmocka_unit_test(test_structs_in_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
