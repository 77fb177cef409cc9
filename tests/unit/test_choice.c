#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "choice.h"

static void test_lists(void **state)
{
	static const struct row {
		const char *text;
		const struct enc_way *ways[ENC_WAYS_MAX];
		size_t count;
	} rows[] = {
		{ "native", { &enc_way_native }, 1 },
		{ "gvisor", { &enc_way_gvisor }, 1 },
		{ "gvisor,native", { &enc_way_gvisor, &enc_way_native }, 2 },
		{ "native,gvisor", { &enc_way_native, &enc_way_gvisor }, 2 },
		{ "auto", { &enc_way_gvisor, &enc_way_native }, 2 },
		{ "simulator", { NULL }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		struct enc_choice choice;

		assert_int_equal(enc_choice_parse(rows[i].text, &choice, NULL),
				 ENC_OK);
		assert_int_equal(choice.count, rows[i].count);
		for (size_t j = 0; j < choice.count; j++) {
			assert_ptr_equal(choice.ways[j], rows[i].ways[j]);
		}
		assert_int_equal(choice.automatic,
				 strcmp(rows[i].text, "auto") == 0);
		assert_int_equal(choice.simulator,
				 strcmp(rows[i].text, "simulator") == 0);
	}
}

static void test_what_is_none(void **state)
{
	static const char *const texts[] = {
		"",
		"kvm",
		"native,",
		",native",
		"native,native",
		"simulator,native",
		"native,simulator",
		"gvisor native",
		"Native",
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(texts); i++) {
		struct enc_choice choice;
		struct enc_error err = { 0 };

		assert_int_equal(enc_choice_parse(texts[i], &choice, &err),
				 ENC_BAD_REQUEST);
		assert_non_null(strstr(err.message, "gvisor,native"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
