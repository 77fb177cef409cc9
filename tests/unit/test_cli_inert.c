#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "inert.h"

static const struct {
	const char *input;
	const char *inert;
} rows[] = {
	{ "plain\ttext\n", "plain\ttext\n" },
	{ "a\r\nb", "a\r\nb" },
	{ "99%\r100%", "99%\\x0d100%" },
	{ "end\r", "end\\x0d" },
	{ "\r\r\n", "\\x0d\r\n" },
	{ "\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m" },
	{ "\x1b]52;c;aGk=\a", "\\x1b]52;c;aGk=\\x07" },
	{ "\x1b]0;title\x1b\\", "\\x1b]0;title\\x1b\\" },
	{ "\x7f\b\v\f", "\\x7f\\x08\\x0b\\x0c" },
	{ "\xc2\x9b"
	  "31m",
	  "\\x9b31m" },
	{ "\x9b"
	  "31m",
	  "\\x9b31m" },
	{ "user\xe2\x80\xae"
	  "gpj.exe",
	  "user\\u{202e}gpj.exe" },
	{ "pay\xe2\x80\x8bpal", "pay\\u{200b}pal" },
	{ "\xef\xbb\xbf", "\\u{feff}" },
	{ "\xf3\xa0\x80\x81", "\\u{e0001}" },
	{ "gr\xc3\xbc\xc3\x9f \xe2\x9c\x93 \xf0\x9f\x98\x80",
	  "gr\xc3\xbc\xc3\x9f \xe2\x9c\x93 \xf0\x9f\x98\x80" },
	{ "\xc0\xaf", "\\xc0\\xaf" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "\xe2\x80", "\\xe2\\x80" },
	{ "\xe2\x28\xa1", "\\xe2(\\xa1" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
};

/* inert_in_two() - fed in two chunks, cut after @cut bytes */
static void inert_in_two(const char *input, size_t cut, struct enc_buf *out)
{
	struct enc_inert inert = { 0 };
	size_t length = strlen(input);

	assert_int_equal(enc_inert_feed(&inert, input, cut, out), 0);
	assert_int_equal(enc_inert_feed(&inert, input + cut, length - cut, out),
			 0);
	assert_int_equal(enc_inert_finish(&inert, out), 0);
}

/* Wherever the stream is cut, the terminal sees the same harmless bytes. */
static void test_rows_at_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		for (size_t cut = 0; cut <= strlen(rows[i].input); cut++) {
			ENC_AUTO(buf) out = ENC_BUF(1024);

			inert_in_two(rows[i].input, cut, &out);
			assert_int_equal(out.length, strlen(rows[i].inert));
			assert_memory_equal(enc_buf_bytes(&out), rows[i].inert,
					    out.length);
		}
	}
}

/* A field of a table can't start a second line, and NULL has a sign. */
static void test_line_has_no_newline(void **state)
{
	char *line = enc_inert_line("a\nb\tc\x1b");

	(void)state;
	assert_string_equal(line, "a\\nb\\tc\\x1b");
	free(line);
	line = enc_inert_line(NULL);
	assert_string_equal(line, "-");
	free(line);
}

/* A line that is too long is cut, also through a character, and stays text. */
static void test_line_is_cut(void **state)
{
	char text[1200];
	char *line;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[511] = '\xc3';
	text[512] = '\xbc';
	text[sizeof(text) - 1] = '\0';
	line = enc_inert_line(text);
	assert_int_equal(strlen(line), 511 + 4);
	assert_string_equal(line + 511, "\\xc3");
	free(line);
}

/* A buffer that is full is an error, not a cut. */
static void test_full_buffer(void **state)
{
	ENC_AUTO(buf) out = ENC_BUF(3);
	struct enc_inert inert = { 0 };

	(void)state;
	assert_int_not_equal(enc_inert_feed(&inert, "\x1b", 1, &out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_at_every_cut),
		cmocka_unit_test(test_line_has_no_newline),
		cmocka_unit_test(test_line_is_cut),
		cmocka_unit_test(test_full_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
