#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "choice.h"

static void test_lists(void **state)
{
	static const struct row {
		const char *text;
		bool native;
		bool gvisor;
		enum enc_launch_backend first;
	} rows[] = {
		{ "native", true, false, ENC_LAUNCH_BACKEND_NATIVE },
		{ "gvisor", false, true, ENC_LAUNCH_BACKEND_GVISOR },
		{ "gvisor,native", true, true, ENC_LAUNCH_BACKEND_GVISOR },
		{ "native,gvisor", true, true, ENC_LAUNCH_BACKEND_NATIVE },
		{ "auto", true, true, ENC_LAUNCH_BACKEND_GVISOR },
		{ "simulator", false, false, ENC_LAUNCH_BACKEND_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		struct enc_choice choice;

		assert_int_equal(enc_choice_parse(rows[i].text, &choice, NULL),
				 ENC_OK);
		assert_int_equal(choice.wanted[ENC_LAUNCH_BACKEND_NATIVE],
				 rows[i].native);
		assert_int_equal(choice.wanted[ENC_LAUNCH_BACKEND_GVISOR],
				 rows[i].gvisor);
		assert_int_equal(choice.first, rows[i].first);
		assert_int_equal(choice.automatic,
				 strcmp(rows[i].text, "auto") == 0);
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
