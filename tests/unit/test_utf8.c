#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "def.h"
#include "utf8.h"

/* Every character there is comes back, and no other point does. */
static void test_every_point(void **state)
{
	(void)state;
	for (uint32_t point = 0; point < 0x110400; point++) {
		bool fits =
			point < 0x110000 && (point < 0xd800 || point > 0xdfff);
		uint8_t bytes[ENC_UTF8_MAX_BYTES];
		size_t length = enc_utf8_encode(point, bytes);
		uint32_t back = 0;

		assert_int_equal(enc_utf8_decode(bytes, length, &back),
				 fits ? length : 0);
		assert_true(!fits || back == point);
	}
}

/* A character is cut at every place: what is left begins it, and only that. */
static void test_every_cut(void **state)
{
	static const uint32_t points[] = { 0x41,    0x7f,    0x80,   0x7ff,
					   0x800,   0xd7ff,  0xe000, 0xffff,
					   0x10000, 0x10ffff };

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(points); i++) {
		uint8_t bytes[1 + ENC_UTF8_MAX_BYTES] = "a";
		size_t length = enc_utf8_encode(points[i], bytes + 1);

		for (size_t cut = 0; cut <= length; cut++) {
			assert_int_equal(enc_utf8_partial(bytes, 1 + cut),
					 cut == length ? 0 : cut);
			assert_int_equal(enc_utf8_partial(bytes + 1, cut),
					 cut == length ? 0 : cut);
		}
	}
}

static const struct partial_row {
	const char *bytes;
	size_t partial;
} partials[] = {
	{ "", 0 },
	{ "\xff", 0 },
	{ "\x80", 0 },
	{ "\xc0", 0 },	   /* begins overlong forms alone */
	{ "\xe0\x80", 0 }, /* overlong */
	{ "\xed\xa0", 0 }, /* a surrogate */
	{ "\xf4\x90", 0 }, /* above U+10FFFF */
	{ "\xf5", 0 },
	{ "\xe2\x82"
	  "A",
	  0 }, /* will never be whole */
	{ "\xe2\xe2", 1 },
	{ "\xe2\x82\xe2\x82", 2 },
	{ "\x80\xf0\x9f\x98", 3 },
	{ "\xf0\x9f\x98\x80", 0 },
};

static void test_partials(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(partials); i++) {
		assert_int_equal(
			enc_utf8_partial((const uint8_t *)partials[i].bytes,
					 strlen(partials[i].bytes)),
			partials[i].partial);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_point),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_partials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
