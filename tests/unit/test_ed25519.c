#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ed25519.h"
#include "hex.h"

/* read_hex() - what hex digits say */
static void read_hex(const char *digits, uint8_t *ret_bytes)
{
	assert_int_equal(enc_hex_decode(digits, strlen(digits), ret_bytes), 0);
}

/* The first three of RFC 8032, section 7.1. */
static void test_vectors(void **state)
{
	static const struct {
		const char *key, *text, *signature;
	} rows[] = {
		{ "d75a980182b10ab7d54bfed3c964073a"
		  "0ee172f3daa62325af021a68f707511a",
		  "",
		  "e5564300c360ac729086e2cc806e828a"
		  "84877f1eb8e5d974d873e06522490155"
		  "5fb8821590a33bacc61e39701cf9b46b"
		  "d25bf5f0595bbe24655141438e7a100b" },
		{ "3d4017c3e843895a92b70aa74d1b7ebc"
		  "9c982ccf2ec4968cc0cd55f12af4660c",
		  "72",
		  "92a009a9f0d4cab8720e820b5f642540"
		  "a2b27b5416503f8fb3762223ebdb69da"
		  "085ac1e43e15996e458f3613d0f11d8c"
		  "387b2eaeb4302aeeb00d291612bb0c00" },
		{ "fc51cd8e6218a1a38da47ed00230f058"
		  "0816ed13ba3303ac5deb911548908025",
		  "af82",
		  "6291d657deec24024827e69c3abe01a3"
		  "0ce548a284743a445e3680d7db5ac3ac"
		  "18ff9b538d16f290ae67f760984dc659"
		  "4a7c15e9716ed28dc027beceea1ec40a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t length = strlen(rows[i].text) / 2;
		uint8_t key[ENC_SIGNED_HEAD_KEY_BYTES];
		uint8_t signature[ENC_SIGNED_HEAD_SIGNATURE_BYTES];
		uint8_t text[3] = { 0 };

		read_hex(rows[i].key, key);
		read_hex(rows[i].text, text);
		read_hex(rows[i].signature, signature);
		assert_true(enc_ed25519_verify(key, text, length, signature));
		assert_false(enc_ed25519_verify(key, text, length + 1,
						signature));
	}
}

/*
 * Keys of small order, and other spellings of them: OpenSSL alone takes the
 * signature below of some texts or of all.
 */
static void test_keys_that_prove_nothing(void **state)
{
	static const char *const keys[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};
	/* R is the neutral point, and S 0. */
	const uint8_t signature[ENC_SIGNED_HEAD_SIGNATURE_BYTES] = { 1 };
	uint8_t key[ENC_SIGNED_HEAD_KEY_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		read_hex(keys[i], key);
		for (unsigned text = 0; text < 256; text++) {
			const uint8_t byte = (uint8_t)text;

			assert_false(enc_ed25519_verify(key, &byte, 1,
							signature));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_keys_that_prove_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
