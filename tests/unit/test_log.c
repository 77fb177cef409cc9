/* One call is one line: JSON, or a priority and a sentence for the journal. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"

static int pipe_out = -1;
static int old_error = -1;

/* Standard error is a pipe of ours while a test runs. */
static int set_up(void **state)
{
	int ends[2];

	(void)state;
	(void)unsetenv("ENCLAVE_LOG");
	(void)unsetenv("JOURNAL_STREAM");
	old_error = dup(STDERR_FILENO);
	if (old_error < 0 || pipe2(ends, O_NONBLOCK) < 0 ||
	    dup2(ends[1], STDERR_FILENO) < 0) {
		return -1;
	}
	pipe_out = ends[0];
	return close(ends[1]);
}

static int tear_down(void **state)
{
	(void)state;
	if (dup2(old_error, STDERR_FILENO) < 0) {
		return -1;
	}
	(void)close(old_error);
	return close(pipe_out);
}

static const char *logged(void)
{
	static char text[4096];
	ssize_t got = read(pipe_out, text, sizeof(text) - 1);

	text[got > 0 ? got : 0] = '\0';
	return text;
}

/* name_stream() - JOURNAL_STREAM as systemd sets it for standard error */
static void name_stream(unsigned long long more)
{
	struct stat status;
	char text[64];

	assert_int_equal(fstat(STDERR_FILENO, &status), 0);
	(void)snprintf(text, sizeof(text), "%llu:%llu",
		       (unsigned long long)status.st_dev,
		       (unsigned long long)status.st_ino + more);
	assert_int_equal(setenv("JOURNAL_STREAM", text, 1), 0);
}

static void test_json(void **state)
{
	(void)state;
	enc_log_init("one");
	enc_log_find_journal();
	enc_log(ENC_LOG_DEBUG, NULL, "not at this level");
	enc_log(ENC_LOG_WARNING, "s-1", "a \"quoted\"\nline");
	assert_non_null(
		strstr(logged(),
		       "\"level\":\"warning\",\"program\":\"one\",\"pid\":"));
	enc_log(ENC_LOG_WARNING, "s-1", "a \"quoted\"\nline");
	assert_non_null(strstr(logged(), "\"session\":\"s-1\",\"message\":\"a "
					 "\\\"quoted\\\"\\u000aline\"}\n"));
}

static void test_the_journal(void **state)
{
	(void)state;
	name_stream(0);
	assert_int_equal(setenv("ENCLAVE_LOG", "debug", 1), 0);
	enc_log_init("one");
	enc_log_find_journal();
	enc_log(ENC_LOG_DEBUG, NULL, "a\nb");
	assert_string_equal(logged(), "<7>one: a\\u000ab\n");
	enc_log(ENC_LOG_ERROR, "s-1", "gone");
	assert_string_equal(logged(), "<3>one: s-1: gone\n");
	/* A child has the pipe too, and learns it so. */
	assert_string_equal(getenv("ENCLAVE_LOG"), "debug,journal");
	assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
	enc_log_init("child");
	enc_log(ENC_LOG_INFO, NULL, "born");
	assert_string_equal(logged(), "<6>child: born\n");
}

/* Another one's journal, or the wish for JSON: JSON. */
static void test_not_the_journal(void **state)
{
	(void)state;
	name_stream(1);
	enc_log_init("one");
	enc_log_find_journal();
	enc_log(ENC_LOG_INFO, NULL, "x");
	assert_int_equal(logged()[0], '{');
	assert_null(getenv("ENCLAVE_LOG"));
	name_stream(0);
	assert_int_equal(setenv("ENCLAVE_LOG", "warning,json", 1), 0);
	enc_log_init("one");
	enc_log_find_journal();
	enc_log(ENC_LOG_INFO, NULL, "x");
	assert_string_equal(logged(), "");
	enc_log(ENC_LOG_WARNING, NULL, "x");
	assert_int_equal(logged()[0], '{');
}

/* A failure that goes on: the first line, then one in 30 s with a count. */
static void test_a_failure_that_goes_on(void **state)
{
	struct enc_log_limit limit = { 0 };
	uint64_t left_out = 1;
	unsigned int lines = 0;

	(void)state;
	assert_true(enc_log_limit_pass(&limit, 5, &left_out));
	assert_int_equal(left_out, 0);
	for (int64_t ms = 505; ms < 5 + ENC_LOG_LIMIT_MS; ms += 500) {
		assert_false(enc_log_limit_pass(&limit, ms, &left_out));
	}
	assert_true(enc_log_limit_pass(&limit, 5 + ENC_LOG_LIMIT_MS,
				       &left_out));
	assert_int_equal(left_out, 59);
	limit = (struct enc_log_limit){ 0 };
	enc_log_init("one");
	for (int i = 0; i < 100; i++) {
		enc_log_limited(&limit, ENC_LOG_WARNING, "s-1", "full %d", i);
	}
	limit.next_ms = 1;
	enc_log_limited(&limit, ENC_LOG_WARNING, "s-1", "full");
	for (const char *at = logged(); (at = strchr(at, '\n')) != NULL; at++) {
		lines++;
	}
	assert_int_equal(lines, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_json, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_journal, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_not_the_journal, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_failure_that_goes_on,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
