#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "runsc.h"

static void test_releases(void **state)
{
	static const struct row {
		const char *text;
		unsigned int date;
		const char *release;
	} rows[] = {
		{ "runsc version release-20260905-go\nspec: 1.2.1\n", 20260905,
		  "release-20260905-go" },
		{ "runsc version release-20221219.0\n", 20221219,
		  "release-20221219.0" },
		{ "runsc version VERSION_MISSING\n", 0, "VERSION_MISSING" },
		{ "runsc version release-2026090\n", 0, "release-2026090" },
		{ "runsc version release-202609051\n", 0, "release-202609051" },
		{ "runc version 1.1\n", 0, "" },
		{ "runsc version ", 0, "" },
		{ "", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		char release[ENC_LAUNCH_NAME_BYTES];

		assert_int_equal(enc_runsc_release(rows[i].text, release),
				 rows[i].date);
		assert_string_equal(release, rows[i].release);
	}
}

static void test_a_long_release_is_cut(void **state)
{
	char text[512] = "runsc version ";
	char release[ENC_LAUNCH_NAME_BYTES];

	(void)state;
	memset(text + 14, 'x', sizeof(text) - 15);
	assert_int_equal(enc_runsc_release(text, release), 0);
	assert_int_equal(strlen(release), ENC_LAUNCH_NAME_BYTES - 1);
}

/* Of a log's end, the line that says why; its first line may be cut. */
static void test_complaints(void **state)
{
	static const struct row {
		const char *log;
		const char *complaint;
	} rows[] = {
		{ "cut\",\"level\":\"error\"}\n"
		  "{\"msg\":\"a warning\",\"level\":\"warning\"}\n"
		  "{\"msg\":\"running container: EOF\",\"level\":\"error\","
		  "\"time\":\"2026-11-27T23:18:43.131784Z\"}\n",
		  "running container: EOF" },
		{ "{\"msg\":\"stat \\\"/a\\\\b\\\": no\"}",
		  "stat \"/a\\b\": no" },
		{ "{\"msg\":\"cut \x1b[31m\\", "cut ?[31m\\" },
		{ "{\"msg\":\"", "" },
		{ "nothing that is known\n", "" },
		{ "", "" },
	};
	char text[ENC_LAUNCH_TEXT_BYTES];
	char few[8];

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		enc_runsc_complaint(rows[i].log, text, sizeof(text));
		assert_string_equal(text, rows[i].complaint);
	}
	enc_runsc_complaint(rows[0].log, few, sizeof(few));
	assert_string_equal(few, "running");
}

static void test_what_is_no_runsc_is_refused(void **state)
{
	struct enc_runsc runsc;
	struct enc_error err = { 0 };

	(void)state;
	assert_int_equal(enc_runsc_find("/nonexistent/runsc", "", &runsc, &err),
			 ENC_UNAVAILABLE);
	assert_non_null(strstr(err.message, "tools/bootstrap gvisor"));
	err = (struct enc_error){ 0 };
	assert_int_equal(enc_runsc_find("/bin/true", "", &runsc, &err),
			 ENC_UNAVAILABLE);
	assert_non_null(strstr(err.message, "doesn't say its version"));
	assert_int_equal(runsc.program, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_releases),
		cmocka_unit_test(test_a_long_release_is_cut),
		cmocka_unit_test(test_complaints),
		cmocka_unit_test(test_what_is_no_runsc_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
