#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gate_calls.h"

struct bench {
	struct enc_calls *calls;
	uint64_t reports;
	uint64_t firsts; /* with count 0 */
	uint64_t sums[ENC_CALL_REASON_MAX];
	uint64_t bytes;
	char last[256];
};

static uint64_t hear(void *context, const struct enc_message_call *message)
{
	struct bench *bench = context;

	assert_true(message->path.length <= ENC_MESSAGE_TARGET_MAX_BYTES);
	bench->firsts += message->count == 0 ? 1 : 0;
	bench->sums[message->reason] += message->count;
	bench->bytes += message->bytes;
	(void)snprintf(bench->last, sizeof(bench->last),
		       "%s %.*s %.*s %.*s %u %u",
		       enc_call_reason_name(message->reason),
		       (int)message->binding.length, message->binding.bytes,
		       (int)message->method.length, message->method.bytes,
		       (int)message->path.length, message->path.bytes,
		       message->status, (unsigned int)message->count);
	return ++bench->reports;
}

static int set_up(void **state)
{
	struct bench *bench = enc_xalloc(sizeof(*bench));

	bench->calls = enc_calls_new(hear, bench);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	enc_calls_free(bench->calls);
	free(bench);
	return 0;
}

static struct enc_call_what what_of(const char *path)
{
	return (struct enc_call_what){ { "api", 3 },
				       { "GET", 3 },
				       { path, strlen(path) } };
}

/* begin() - begin a call. Return: the report that it waits for */
static uint64_t begin(struct bench *bench, const char *path, int64_t now_ms,
		      struct enc_call_kind **ret_kind)
{
	struct enc_call_what what = what_of(path);
	uint64_t report = 99;

	assert_int_equal(enc_calls_begin(bench->calls, &what, now_ms, ret_kind,
					 &report),
			 0);
	return report;
}

static void test_first_and_sums(void **state)
{
	struct bench *bench = *state;
	struct enc_call_kind *first;
	struct enc_call_kind *second;

	assert_int_equal(begin(bench, "/a", 0, &first), 1);
	assert_string_equal(bench->last, "granted api GET /a 0 0");
	/* The second of the kind waits for the same report. */
	assert_int_equal(begin(bench, "/a", 1, &second), 1);
	enc_calls_recorded(bench->calls, 1);
	enc_calls_end(bench->calls, first, 200, 10, 2);
	enc_calls_end(bench->calls, second, 200, 5, 3);
	assert_int_equal(bench->reports, 1);
	assert_int_equal(begin(bench, "/a", 4, &first), 0);
	enc_calls_end(bench->calls, first, 0, 0, 4);
	assert_int_equal(enc_calls_flush(bench->calls, 5), 1000);
	assert_int_equal(bench->reports, 1);
	assert_int_equal(enc_calls_flush(bench->calls, 1000), -1);
	assert_int_equal(bench->reports, 3); /* a line for each status */
	assert_string_equal(bench->last, "granted api GET /a 0 1");
	assert_int_equal(bench->sums[ENC_CALL_GRANTED], 3);
	assert_int_equal(bench->bytes, 15);
	assert_int_equal(bench->firsts, 1);
}

/* The counts add up for any statuses. */
static void test_many_statuses(void **state)
{
	struct bench *bench = *state;
	struct enc_call_kind *kind;

	for (uint16_t status = 200; status < 300; status++) {
		(void)begin(bench, "/a", 0, &kind);
		enc_calls_end(bench->calls, kind, status, 1, 0);
	}
	enc_calls_finish(bench->calls);
	assert_int_equal(bench->sums[ENC_CALL_GRANTED], 100);
	assert_int_equal(bench->bytes, 100);
}

static void test_refused(void **state)
{
	struct bench *bench = *state;
	struct enc_call_what what = what_of("/a");

	enc_calls_refuse(bench->calls, &what, ENC_CALL_PATH, 0);
	assert_string_equal(bench->last, "path_not_in_scope api GET /a 0 1");
	enc_calls_refuse(bench->calls, &what, ENC_CALL_PATH, 1);
	enc_calls_refuse(bench->calls, &what, ENC_CALL_PATH, 2);
	assert_int_equal(bench->reports, 1);
	enc_calls_refuse(bench->calls, &what, ENC_CALL_RATE, 3);
	assert_int_equal(bench->reports, 2);
	assert_int_equal(enc_calls_flush(bench->calls, 1500), -1);
	assert_string_equal(bench->last, "path_not_in_scope api GET /a 0 2");
}

/* A granted call that is refused later isn't counted. */
static void test_dropped(void **state)
{
	struct bench *bench = *state;
	struct enc_call_kind *kind;
	struct enc_call_what what = what_of("/a");

	(void)begin(bench, "/a", 0, &kind);
	enc_calls_drop(bench->calls, kind);
	enc_calls_refuse(bench->calls, &what, ENC_CALL_UPSTREAM, 0);
	enc_calls_finish(bench->calls);
	assert_int_equal(bench->sums[ENC_CALL_GRANTED], 0);
	assert_int_equal(bench->sums[ENC_CALL_UPSTREAM], 1);
}

/* If too many calls aren't on record, the next ones wait. */
static void test_not_on_record(void **state)
{
	struct bench *bench = *state;
	struct enc_call_kind *kind;
	uint64_t report = 0;
	int count = 0;

	assert_int_equal(begin(bench, "/a", 0, &kind), 1);
	enc_calls_recorded(bench->calls, 1);
	while (report == 0 && count < 1000) {
		enc_calls_end(bench->calls, kind, 200, 0, 1);
		count++;
		report = begin(bench, "/a", 1, &kind);
	}
	assert_int_equal(count, ENC_CALLS_UNRECORDED_MAX);
	assert_int_equal(report, bench->reports);
	/* A report that is older doesn't help. */
	enc_calls_recorded(bench->calls, report - 1);
	enc_calls_end(bench->calls, kind, 200, 0, 1);
	assert_int_not_equal(begin(bench, "/a", 1, &kind), 0);
	enc_calls_recorded(bench->calls, bench->reports);
	enc_calls_end(bench->calls, kind, 200, 0, 1);
	assert_int_equal(begin(bench, "/a", 1, &kind), 0);
	enc_calls_finish(bench->calls);
	/* The last one, too: it gets no answer any more. */
	assert_int_equal(bench->sums[ENC_CALL_GRANTED], count + 3);
}

/* Any number of paths, but not all at once. */
static void test_many_kinds(void **state)
{
	struct bench *bench = *state;
	struct enc_call_kind *kind;
	uint64_t report;
	char path[32];

	for (int i = 0; i < ENC_CALLS_KINDS_MAX; i++) {
		(void)snprintf(path, sizeof(path), "/%d", i);
		(void)begin(bench, path, 0, &kind);
		enc_calls_end(bench->calls, kind, 200, 0, 0);
		enc_calls_recorded(bench->calls, bench->reports);
	}
	{
		struct enc_call_what what = what_of("/one/more");

		assert_int_equal(enc_calls_begin(bench->calls, &what, 10, &kind,
						 &report),
				 -EAGAIN);
		/* One that is refused can't wait. */
		enc_calls_refuse(bench->calls, &what, ENC_CALL_PATH, 10);
		assert_int_equal(bench->sums[ENC_CALL_PATH], 0);
	}
	(void)enc_calls_flush(bench->calls, 1000);
	assert_int_equal(bench->sums[ENC_CALL_GRANTED], ENC_CALLS_KINDS_MAX);
	assert_int_equal(bench->sums[ENC_CALL_PATH], 1);
	assert_string_equal(bench->last,
			    "path_not_in_scope (more)  (more) 0 1");
	(void)begin(bench, "/one/more", 2000, &kind);
	enc_calls_end(bench->calls, kind, 200, 0, 2000);
	/* A forgotten kind is new again. */
	report = begin(bench, "/0", 2000, &kind);
	assert_int_equal(report, bench->reports);
	assert_string_equal(bench->last, "granted api GET /0 0 0");
	enc_calls_finish(bench->calls);
	assert_int_equal(bench->sums[ENC_CALL_GRANTED],
			 ENC_CALLS_KINDS_MAX + 2);
}

/* call_at() - make a call of a path of its own, and end it */
static void call_at(struct bench *bench, int number, int64_t now_ms)
{
	struct enc_call_kind *kind;
	char path[32];

	(void)snprintf(path, sizeof(path), "/%d", number);
	(void)enc_calls_flush(bench->calls, now_ms);
	(void)begin(bench, path, now_ms, &kind);
	enc_calls_recorded(bench->calls, bench->reports);
	enc_calls_end(bench->calls, kind, 200, 1, now_ms);
}

/* A log has room for all calls, if not for the names of all paths. */
static void test_many_paths(void **state)
{
	enum { CALLS = 5000, STEP_MS = 10 };
	struct bench *bench = *state;
	struct enc_call_kind *kind;
	struct enc_call_what what = what_of("/x");
	uint64_t report;

	for (int i = 0; i < CALLS; i++) {
		call_at(bench, i, (int64_t)i * STEP_MS);
	}
	assert_int_equal(bench->firsts, ENC_CALLS_NAMED_MAX + 1);
	/* Another binding has a kind of its own; methods don't make one. */
	what.binding = (struct enc_text){ "other", 5 };
	for (int i = 0; i < 2; i++) {
		assert_int_equal(enc_calls_begin(bench->calls, &what,
						 CALLS * STEP_MS, &kind,
						 &report),
				 0);
		enc_calls_end(bench->calls, kind, 200, 1, CALLS * STEP_MS);
		what.method = (struct enc_text){ "PUT", 3 };
	}
	assert_string_equal(bench->last, "granted other (more) (more) 0 0");
	assert_int_equal(bench->firsts, ENC_CALLS_NAMED_MAX + 2);
	enc_calls_finish(bench->calls);
	assert_int_equal(bench->sums[ENC_CALL_GRANTED], CALLS + 2);
	assert_int_equal(bench->bytes, CALLS + 2);
}

/* Each part is a part of its own, and what is too long is cut. */
static void test_texts(void **state)
{
	static char path[5000];
	struct bench *bench = *state;
	struct enc_call_what what = { { "ab", 2 }, { "c", 1 }, { "d", 1 } };
	struct enc_call_kind *kind;
	uint64_t report;

	assert_int_equal(enc_calls_begin(bench->calls, &what, 0, &kind,
					 &report),
			 0);
	what = (struct enc_call_what){ { "a", 1 }, { "bc", 2 }, { "d", 1 } };
	assert_int_equal(enc_calls_begin(bench->calls, &what, 0, &kind,
					 &report),
			 0);
	assert_int_equal(bench->firsts, 2);
	memset(path, 'p', sizeof(path));
	what.path = (struct enc_text){ path, sizeof(path) };
	assert_int_equal(enc_calls_begin(bench->calls, &what, 0, &kind,
					 &report),
			 0);
	what.path.length = 2000;
	assert_int_equal(enc_calls_begin(bench->calls, &what, 0, &kind,
					 &report),
			 0);
	assert_int_equal(bench->firsts, 3);
	enc_calls_finish(bench->calls);
	assert_int_equal(bench->sums[ENC_CALL_GRANTED], 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		CASE(test_first_and_sums), CASE(test_many_statuses),
		CASE(test_refused),	   CASE(test_dropped),
		CASE(test_not_on_record),  CASE(test_many_kinds),
		CASE(test_many_paths),	   CASE(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
