#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nearest.h"
#include "option.h"

struct sample {
	struct enc_common_options base;
	bool follow;
	const char *language;
	const char *file;
	struct enc_words env;
	int64_t timeout_s;
};

static const struct enc_option rows[] = {
	{ "follow", 'f', ENC_OPTION_FLAG, offsetof(struct sample, follow), NULL,
	  NULL, "Follow" },
	{ "language", 'l', ENC_OPTION_CHOICE, offsetof(struct sample, language),
	  "NAME", "python|node", "Language" },
	{ "file", 0, ENC_OPTION_TEXT, offsetof(struct sample, file), "PATH",
	  NULL, "File" },
	{ "env", 'e', ENC_OPTION_WORDS, offsetof(struct sample, env), "K=V",
	  NULL, "Environment" },
	{ "timeout", 't', ENC_OPTION_DURATION,
	  offsetof(struct sample, timeout_s), "TIME", NULL, "Time" },
};

/* parse() - words up to a NULL */
static enum enc_code parse(const char *const *argv, struct sample *ret_sample,
			   struct enc_words *ret_words, size_t *ret_dash_at,
			   struct enc_error *err)
{
	memset(ret_sample, 0, sizeof(*ret_sample));
	memset(ret_words, 0, sizeof(*ret_words));
	return enc_option_parse(rows, ENC_COUNT(rows), argv, ret_sample,
				ret_words, ret_dash_at, err);
}

/* Every spelling of every kind, arguments between them, words after `--`. */
static void test_all_spellings(void **state)
{
	const char *argv[] = { "-f",	     "--language=node",
			       "one",	     "--file",
			       "-",	     "-eA=1",
			       "-e",	     "B=2",
			       "--env=C==3", "-t",
			       "5m",	     "--json",
			       "-",	     "--",
			       "--x",	     "two",
			       NULL };
	struct sample sample;
	struct enc_words words;
	size_t dash_at = 99;

	(void)state;
	assert_int_equal(parse(argv, &sample, &words, &dash_at, NULL), ENC_OK);
	assert_true(sample.follow && sample.base.json && !sample.base.help);
	assert_string_equal(sample.language, "node");
	assert_string_equal(sample.file, "-");
	assert_int_equal(sample.env.count, 3);
	assert_string_equal(sample.env.word[0], "A=1");
	assert_string_equal(sample.env.word[1], "B=2");
	assert_string_equal(sample.env.word[2], "C==3");
	assert_int_equal(sample.timeout_s, 300);
	assert_int_equal(words.count, 4);
	assert_int_equal(dash_at, 2);
	assert_string_equal(words.word[1], "-");
	assert_string_equal(words.word[2], "--x");
}

static const struct {
	const char *words[3];
	const char *message;
} mistakes[] = {
	{ { "--folow" }, "there is no option --folow; did you mean --follow?" },
	{ { "--lang" }, "there is no option --lang; did you mean --language?" },
	{ { "--jsno" }, "there is no option --jsno; did you mean --json?" },
	{ { "--timout=3" },
	  "there is no option --timout; did you mean --timeout?" },
	{ { "--zebra" }, "there is no option --zebra; --help lists them" },
	{ { "-x" }, "there is no option -x; --help lists them" },
	{ { "-file" }, "there is no option -file; did you mean --file?" },
	{ { "--follow=yes" }, "--follow takes no value" },
	{ { "--file" }, "--file wants PATH" },
	{ { "--file=a", "--file=b" }, "--file is given twice" },
	{ { "-l", "ruby" }, "--language is one of python|node, not 'ruby'" },
	{ { "-l", "" }, "--language is one of python|node, not ''" },
	{ { "-t", "0" },
	  "--timeout is a time of 1s to 24h like 30, 90s, 5m, "
	  "not '0'" },
};

/* A wrong word is a usage error that names it and what may have been meant. */
static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(mistakes); i++) {
		struct enc_error err = { 0 };
		struct sample sample;
		struct enc_words words;
		size_t dash_at;
		char text[3][32] = { "", "", "" };
		const char *argv[4] = { NULL };

		for (size_t j = 0; j < 3 && mistakes[i].words[j]; j++) {
			(void)snprintf(text[j], sizeof(text[j]), "%s",
				       mistakes[i].words[j]);
			argv[j] = text[j];
		}
		assert_int_equal(parse(argv, &sample, &words, &dash_at, &err),
				 ENC_BAD_REQUEST);
		assert_string_equal(err.message, mistakes[i].message);
		assert_int_equal(enc_code_info(err.code)->cli_exit, 64);
	}
}

static const struct {
	const char *text;
	int64_t seconds; /* 0: refused */
} durations[] = {
	{ "1", 1 },	  { "90s", 90 }, { "5m", 300 },	  { "1h", 3600 },
	{ "24h", 86400 }, { "25h", 0 },	 { "0s", 0 },	  { "", 0 },
	{ "s", 0 },	  { "5 m", 0 },	 { "5mm", 0 },	  { "-5", 0 },
	{ "1.5", 0 },	  { "5d", 0 },	 { "999999", 0 },
};

static void test_durations(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(durations); i++) {
		int64_t seconds = 0;
		int r = enc_option_duration(durations[i].text, &seconds);

		assert_int_equal(r == 0, durations[i].seconds != 0);
		assert_int_equal(seconds, durations[i].seconds);
	}
}

/* More words than there is room for are refused. */
static void test_too_many_words(void **state)
{
	static const char *argv[ENC_WORDS_MAX + 2];
	static char word[] = "w";
	struct enc_error err = { 0 };
	struct sample sample;
	struct enc_words words;
	size_t dash_at;

	(void)state;
	for (size_t i = 0; i < ENC_WORDS_MAX; i++) {
		argv[i] = word;
	}
	assert_int_equal(parse(argv, &sample, &words, &dash_at, &err), ENC_OK);
	argv[ENC_WORDS_MAX] = word;
	assert_int_equal(parse(argv, &sample, &words, &dash_at, &err),
			 ENC_LIMIT);
}

static void test_distance(void **state)
{
	size_t best = SIZE_MAX;
	char longer[80];

	(void)state;
	assert_int_equal(enc_nearest_distance("", ""), 0);
	assert_int_equal(enc_nearest_distance("abc", ""), 3);
	assert_int_equal(enc_nearest_distance("kitten", "sitting"), 3);
	assert_int_equal(enc_nearest_distance("jsno", "json"), 1);
	memset(longer, 'a', sizeof(longer));
	longer[79] = '\0';
	assert_true(enc_nearest_distance(longer, "a") == SIZE_MAX);
	assert_false(enc_nearest_better(longer, "a", &best));
	assert_false(enc_nearest_better("ab", "xy", &best));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_spellings),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_too_many_words),
		cmocka_unit_test(test_distance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
