#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "def.h"
#include "scan.h"

/* "s3cr?t~canary>" in every disguise, with something around it. */
static const char secret[] = "s3cr?t~canary>";

static const struct {
	const char *text;
	const char *encoding;
} rows[] = {
	{ "x s3cr?t~canary> y", "raw" },
	{ "S3CR?T~CANARY>", "raw" },
	{ "..>yranac~t?rc3s..", "reversed" },
	{ "\"czNjcj90fmNhbmFyeT4=\"", "base64" },
	{ "YXMzY3I/dH5jYW5hcnk+", "base64" },
	{ "YXMzY3I_dH5jYW5hcnk-", "base64" },
	{ "YWJzM2NyP3R+Y2FuYXJ5PmE=", "base64" },
	{ "YWJzM2NyP3R-Y2FuYXJ5PmE", "base64" },
	{ "733363723f747e63616e6172793e", "hex" },
	{ "733363723F747E63616E6172793E", "hex" },
	{ "%73%33%63%72%3f%74%7E%63%61%6e%61%72%79%3e", "percent" },
	{ "\\u0073\\u0033\\u0063\\u0072\\u003f\\u0074\\u007e\\u0063\\u0061"
	  "\\u006e\\u0061\\u0072\\u0079\\u003E",
	  "json escape" },
	{ "\\x73\\x33\\x63\\x72\\x3f\\x74\\x7e\\x63\\x61\\x6e\\x61\\x72\\x79"
	  "\\x3e",
	  "json escape" },
	{ "s3cr?t~canary", NULL },
	{ "", NULL },
	{ "nothing of that kind is in here", NULL },
	{ "733363723f747e63616e617279", NULL },
};

static void test_every_encoding(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		const char *found = enc_scan_find(rows[i].text,
						  strlen(rows[i].text), secret);

		if (rows[i].encoding == NULL) {
			assert_null(found);
			continue;
		}
		assert_non_null(found);
		assert_string_equal(found, rows[i].encoding);
	}
}

/* Zero bytes before it hide nothing. */
static void test_binary_text(void **state)
{
	static const char text[] = "\0\xff\0s3cr?t~canary>\0";

	(void)state;
	assert_string_equal(enc_scan_find(text, sizeof(text), secret), "raw");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_encoding),
		cmocka_unit_test(test_binary_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
