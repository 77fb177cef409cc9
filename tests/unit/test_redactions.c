#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "redactions.h"

struct bench {
	struct enc_redactions *redactions;
	int reports;
	uint64_t sum;
	char last[128];
};

static void hear(void *context, const struct enc_message_redacted *message)
{
	struct bench *bench = context;

	bench->reports++;
	bench->sum += message->count;
	(void)snprintf(bench->last, sizeof(bench->last), "%.*s %s %u",
		       (int)message->binding.length, message->binding.bytes,
		       enc_redacted_name(message->where),
		       (unsigned int)message->count);
}

static int set_up(void **state)
{
	struct bench *bench = enc_xalloc(sizeof(*bench));

	bench->redactions = enc_redactions_new(hear, bench);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	enc_redactions_free(bench->redactions);
	free(bench);
	return 0;
}

static void test_sums(void **state)
{
	struct bench *bench = *state;
	struct enc_redactions *redactions = bench->redactions;
	uint32_t a = enc_redactions_id(redactions, (struct enc_text){ "a", 1 });
	uint32_t b =
		enc_redactions_id(redactions, (struct enc_text){ "ab", 2 });

	assert_int_not_equal(a, b);
	assert_int_equal(enc_redactions_id(redactions,
					   (struct enc_text){ "a", 1 }),
			 a);
	assert_int_equal(enc_redactions_flush(redactions, 5), -1);
	enc_redactions_add(redactions, a, ENC_REDACTED_BODY, 2);
	assert_int_equal(enc_redactions_flush(redactions, 10), -1);
	assert_string_equal(bench->last, "a body 2");
	enc_redactions_add(redactions, a, ENC_REDACTED_BODY, 1);
	enc_redactions_add(redactions, a, ENC_REDACTED_HEADER, 1);
	enc_redactions_add(redactions, b, ENC_REDACTED_STDOUT, 3);
	assert_int_equal(enc_redactions_flush(redactions, 20), 1010);
	assert_int_equal(bench->reports, 3);
	assert_string_equal(bench->last, "ab stdout 3");
	assert_int_equal(enc_redactions_flush(redactions, 1010), -1);
	assert_string_equal(bench->last, "a body 1");
	enc_redactions_add(redactions, b, ENC_REDACTED_RESULT, 1);
	enc_redactions_add(redactions, b, ENC_REDACTED_STDOUT, 1);
	enc_redactions_finish(redactions);
	assert_int_equal(bench->reports, 6);
	assert_int_equal(bench->sum, 9);
}

static void test_many_names(void **state)
{
	struct bench *bench = *state;
	char name[16];

	for (uint32_t i = 0; i < ENC_REDACTIONS_NAMES_MAX; i++) {
		int length = snprintf(name, sizeof(name), "n%u", i);

		assert_int_equal(enc_redactions_id(bench->redactions,
						   (struct enc_text){
							   name,
							   (size_t)length }),
				 i);
	}
	enc_redactions_add(bench->redactions,
			   enc_redactions_id(bench->redactions,
					     (struct enc_text){ "other", 5 }),
			   ENC_REDACTED_STDERR, 1);
	enc_redactions_finish(bench->redactions);
	assert_string_equal(bench->last, "(more) stderr 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sums, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_names, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
