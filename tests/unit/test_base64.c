#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base64.h"

static int decode(const char *text, size_t length, struct enc_buf *out)
{
	enc_buf_clear(out);
	return enc_base64_decode(text, length, out);
}

/* The vectors of RFC 4648, 10, there and back. */
static void test_vectors(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};
	ENC_AUTO(buf) out = ENC_BUF(64);

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		const char *plain = rows[i][0];
		enc_autofree char *text =
			enc_base64_encode((const uint8_t *)plain,
					  strlen(plain));

		assert_string_equal(text, rows[i][1]);
		assert_int_equal(decode(text, strlen(text), &out), 0);
		assert_int_equal(out.length, strlen(plain));
		assert_memory_equal(enc_buf_bytes(&out), plain, out.length);
	}
}

/* Another text for the same bytes is none. */
static void test_strict(void **state)
{
	static const char *const rows[] = {
		"QQ==QQ==", "QQ=QQQ==", "QQ==\n",     "\nQQ==",	    " QQ== ",
		"QQ",	    "QQ=",	"QQ===",      "QR==",	    "QUJ=",
		"=",	    "====",	"Q===",	      "QQ=A",	    "Q=Q=",
		"QUI-",	    "QUI_",	"QUJD\r\n..", "Q\303\204=",
	};
	ENC_AUTO(buf) out = ENC_BUF(64);

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		assert_int_equal(decode(rows[i], strlen(rows[i]), &out),
				 -EINVAL);
	}
	assert_int_equal(decode("QQ\0=", 4, &out), -EINVAL);
}

static void test_too_large(void **state)
{
	ENC_AUTO(buf) out = ENC_BUF(5);

	(void)state;
	assert_int_equal(decode("Zm9vYmE=", 8, &out), 0);
	assert_int_equal(decode("Zm9vYmFy", 8, &out), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
