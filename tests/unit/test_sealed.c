/* Sealed records and master keys. */

#include <errno.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sealed.h"

#define TEXT(word)                       \
	{                                \
		(word), sizeof(word) - 1 \
	}
#define KEY_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY_B "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const uint8_t record[] = "a record with its secret";
static const struct enc_sealed name = { .version = 7,
					.org = TEXT("default"),
					.id = TEXT("sb_1") };
static const uint8_t nonce[ENC_SEALED_NONCE_BYTES] = { 1, 2, 3 };

static struct enc_keyring *keyring_of(const char *text)
{
	struct enc_keyring *keyring = NULL;
	const char *why = NULL;

	assert_int_equal(enc_keyring_parse(text, strlen(text), &keyring, &why),
			 0);
	return keyring;
}

static size_t seal(const struct enc_vault_key *key,
		   uint8_t blob[sizeof(record) + ENC_SEALED_MORE_BYTES])
{
	return enc_sealed_make(key, &name, nonce, record, sizeof(record), blob);
}

static void test_round_trip(void **state)
{
	struct enc_keyring *keyring = keyring_of(KEY_A "\n");
	uint8_t blob[sizeof(record) + ENC_SEALED_MORE_BYTES];
	uint8_t opened[sizeof(record)];
	size_t length = seal(&keyring->keys[0], blob);
	struct enc_sealed sealed;

	(void)state;
	assert_int_equal(enc_sealed_parse(blob, length, &sealed), 0);
	assert_int_equal(sealed.version, 7);
	assert_int_equal(sealed.org.length, 7);
	assert_memory_equal(sealed.org.bytes, "default", 7);
	assert_int_equal(sealed.id.length, 4);
	assert_memory_equal(sealed.id.bytes, "sb_1", 4);
	assert_int_equal(sealed.length, sizeof(record));
	assert_int_equal(enc_sealed_open(&keyring->keys[0], &sealed, opened),
			 0);
	assert_memory_equal(opened, record, sizeof(record));
	/* The record isn't in it. */
	assert_null(memmem(blob, length, record, sizeof(record)));
	enc_keyring_free(keyring);
}

/* Any bit, any cut: it doesn't open. */
static void test_changed(void **state)
{
	struct enc_keyring *keyring = keyring_of(KEY_A);
	uint8_t blob[sizeof(record) + ENC_SEALED_MORE_BYTES];
	uint8_t opened[sizeof(blob)];
	size_t length = seal(&keyring->keys[0], blob);
	struct enc_sealed sealed;

	(void)state;
	for (size_t bit = 0; bit < 8 * length; bit++) {
		blob[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (enc_sealed_parse(blob, length, &sealed) == 0 &&
		    enc_sealed_open(&keyring->keys[0], &sealed, opened) == 0) {
			fail_msg("bit %zu", bit);
		}
		blob[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t cut = 0; cut < length; cut++) {
		if (enc_sealed_parse(blob, cut, &sealed) == 0 &&
		    enc_sealed_open(&keyring->keys[0], &sealed, opened) == 0) {
			fail_msg("cut to %zu", cut);
		}
	}
	enc_keyring_free(keyring);
}

/* A failure leaves nothing of the record. */
static void test_failure_leaves_zeros(void **state)
{
	static const uint8_t zeros[sizeof(record)];
	struct enc_keyring *keyring = keyring_of(KEY_A);
	uint8_t blob[sizeof(record) + ENC_SEALED_MORE_BYTES];
	uint8_t opened[sizeof(record)];
	size_t length = seal(&keyring->keys[0], blob);
	struct enc_sealed sealed;

	(void)state;
	memset(opened, 1, sizeof(opened));
	blob[length - 1] ^= 1;
	assert_int_equal(enc_sealed_parse(blob, length, &sealed), 0);
	assert_int_equal(enc_sealed_open(&keyring->keys[0], &sealed, opened),
			 -EBADMSG);
	assert_memory_equal(opened, zeros, sizeof(opened));
	enc_keyring_free(keyring);
}

static void test_rotated(void **state)
{
	struct enc_keyring *old = keyring_of(KEY_A);
	struct enc_keyring *both = keyring_of(KEY_B "\r\n\n" KEY_A "\n");
	uint8_t blob[sizeof(record) + ENC_SEALED_MORE_BYTES];
	uint8_t opened[sizeof(record)];
	size_t length = seal(&old->keys[0], blob);
	struct enc_sealed sealed;

	(void)state;
	assert_int_equal(both->count, 2);
	assert_int_equal(enc_sealed_parse(blob, length, &sealed), 0);
	assert_ptr_equal(enc_keyring_find(both, sealed.key_id), &both->keys[1]);
	assert_int_equal(enc_sealed_open(&both->keys[1], &sealed, opened), 0);
	assert_int_equal(enc_sealed_open(&both->keys[0], &sealed, opened),
			 -EBADMSG);
	enc_keyring_free(old);
	enc_keyring_free(both);
}

static void test_names(void **state)
{
	char longest[ENC_SEALED_NAME_MAX_BYTES + 1];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_false(enc_sealed_name_ok((struct enc_text){ "", 0 }));
	assert_false(enc_sealed_name_ok((struct enc_text){ "a\0b", 3 }));
	assert_true(enc_sealed_name_ok((struct enc_text){
		longest, sizeof(longest) - 1 }));
	assert_false(enc_sealed_name_ok((struct enc_text){ longest,
							   sizeof(longest) }));
}

static void test_malformed_keys(void **state)
{
	static const char *const texts[] = {
		"",	     "\n\n",	"00",
		KEY_A "0",   KEY_A " ", KEY_A "\n" KEY_A,
		KEY_A "\nx", "g" KEY_A, "00112233445566778899aabbccddeeff"
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(texts); i++) {
		struct enc_keyring *keyring = NULL;
		const char *why = NULL;

		assert_int_equal(enc_keyring_parse(texts[i], strlen(texts[i]),
						   &keyring, &why),
				 -EINVAL);
		assert_non_null(why);
		assert_null(keyring);
	}
}

static void test_too_many_keys(void **state)
{
	char text[(ENC_KEYRING_MAX + 1) * sizeof(KEY_A)];
	struct enc_keyring *keyring = NULL;
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i <= ENC_KEYRING_MAX; i++) {
		char *line = text + i * sizeof(KEY_A);

		memcpy(line, KEY_A "\n", sizeof(KEY_A));
		line[1] = "0123456789abcdef"[i % 16];
		line[2] = i == ENC_KEYRING_MAX ? 'e' : '1';
	}
	assert_int_equal(enc_keyring_parse(text, sizeof(text) - sizeof(KEY_A),
					   &keyring, &why),
			 0);
	enc_keyring_free(keyring);
	assert_int_equal(enc_keyring_parse(text, sizeof(text), &keyring, &why),
			 -EINVAL);
}

static int start_sodium(void **state)
{
	(void)state;
	return sodium_init() < 0 ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_failure_leaves_zeros),
		cmocka_unit_test(test_rotated),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_malformed_keys),
		cmocka_unit_test(test_too_many_keys),
	};

	return cmocka_run_group_tests(tests, start_sodium, NULL);
}
