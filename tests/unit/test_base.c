#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "clock.h"
#include "hex.h"
#include "keep.h"
#include "list.h"
#include "random.h"

/* What people read has exactly one spelling. */
static void test_iso(void **state)
{
	char text[ENC_CLOCK_ISO_BYTES];

	(void)state;
	enc_clock_iso(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
	/* Out of its range: the nearest time. */
	enc_clock_iso(INT64_MIN, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
	enc_clock_iso(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
	enc_clock_iso(INT64_C(1795327200001), text);
	assert_string_equal(text, "2026-11-22T06:00:00.001Z");
}

/* Every day of 430 years, then one of each month up to the last year. */
static void test_iso_agrees_with_libc(void **state)
{
	static const int64_t day = 86400;
	static const int64_t end = INT64_C(253402300799);

	(void)state;
	for (int64_t at = 86399; at <= end;
	     at += at < day * 157000 ? day : 30 * day) {
		char text[ENC_CLOCK_ISO_BYTES];
		char wanted[ENC_CLOCK_ISO_BYTES];
		time_t seconds = at - at % 7919;
		struct tm parts;

		assert_non_null(gmtime_r(&seconds, &parts));
		assert_int_equal(strftime(wanted, sizeof(wanted),
					  "%Y-%m-%dT%H:%M:%S.999Z", &parts),
				 ENC_CLOCK_ISO_BYTES - 1);
		enc_clock_iso((int64_t)seconds * 1000 + 999, text);
		assert_string_equal(text, wanted);
	}
}

/* The monotonic clock agrees with itself in both units and never goes back. */
static void test_monotonic(void **state)
{
	int64_t before_us = enc_clock_mono_us();
	int64_t ms = enc_clock_mono_ms();
	int64_t after_us = enc_clock_mono_us();

	(void)state;
	assert_true(before_us / 1000 <= ms && ms <= after_us / 1000);
}

/* Decoding is strict: what encode never writes is refused. */
static void test_hex(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x7f, 0xa0, 0xff };
	uint8_t again[sizeof(bytes)];
	char text[2 * sizeof(bytes) + 1];

	(void)state;
	enc_hex_encode(bytes, sizeof(bytes), text);
	assert_string_equal(text, "007fa0ff");
	assert_int_equal(enc_hex_decode(text, strlen(text), again), 0);
	assert_memory_equal(again, bytes, sizeof(bytes));
	assert_int_equal(enc_hex_decode("0", 1, again), -EINVAL);
	assert_int_equal(enc_hex_decode("0G", 2, again), -EINVAL);
	assert_int_equal(enc_hex_decode("AA", 2, again), -EINVAL);
}

/* Two draws of 32 bytes are the same only if the source is broken. */
static void test_random(void **state)
{
	uint8_t one[32] = { 0 };
	uint8_t two[32] = { 0 };

	(void)state;
	enc_random_bytes(one, sizeof(one));
	enc_random_bytes(two, sizeof(two));
	assert_memory_not_equal(one, two, sizeof(one));
}

/* Elements come in order and may leave while one walks over them. */
/* A copy outlives what it was made of, and ends with its memory. */
static void test_keep(void **state)
{
	char text[] = "first";
	void *memory = NULL;
	const char *first = enc_keep_text(&memory, text);
	const char *bytes = enc_keep_bytes(&memory, "a\0b", 3);
	const uint64_t *room = enc_keep_room(&memory, 2 * sizeof(*room));

	(void)state;
	text[0] = '\0';
	assert_string_equal(first, "first");
	assert_memory_equal(bytes, "a\0b", 4);
	assert_int_equal(room[0] + room[1], 0);
	assert_null(enc_keep_text(&memory, NULL));
	assert_non_null(memory);
	enc_keep_release(&memory);
	assert_null(memory);
	enc_keep_release(&memory);
}

static void test_list(void **state)
{
	struct enc_list head = ENC_LIST(head);
	struct enc_list links[3];
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(links); i++) {
		enc_list_append(&head, &links[i]);
	}
	ENC_LIST_EACH(head, at)
	{
		assert_ptr_equal(at, &links[seen++]);
		enc_list_remove(at);
	}
	assert_int_equal(seen, ENC_COUNT(links));
	assert_true(enc_list_empty(&head));
	enc_list_remove(&links[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iso_agrees_with_libc),
		cmocka_unit_test(test_iso),
		cmocka_unit_test(test_monotonic),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
