#include <string.h>

#include <openssl/evp.h>

#include "ed25519.h"

/*
 * is_canonical() - whether a key spells its point in the one way of RFC 8032,
 * section 5.1.3, which OpenSSL doesn't check: 255 bits of y, little endian and
 * less than p = 2^255 - 19; then the sign of x, 0 if x is, so if y is 1 or p - 1
 */
static bool is_canonical(const uint8_t key[ENC_SIGNED_HEAD_KEY_BYTES])
{
	static const uint8_t one[ENC_SIGNED_HEAD_KEY_BYTES] = { 1 };
	const size_t last = ENC_SIGNED_HEAD_KEY_BYTES - 1;
	bool sign = key[last] >> 7 == 1;
	uint8_t y[ENC_SIGNED_HEAD_KEY_BYTES];
	bool high = true; /* all bits of y but the lowest eight are set */

	memcpy(y, key, sizeof(y));
	y[last] &= 0x7f;
	for (size_t i = 1; i < last; i++) {
		high = high && y[i] == 0xff;
	}
	high = high && y[last] == 0x7f;
	if (high && y[0] >= 0xed) {
		return false;
	}
	return !sign ||
	       (memcmp(y, one, sizeof(y)) != 0 && !(high && y[0] == 0xec));
}

bool enc_ed25519_verify(
	const uint8_t key[ENC_SIGNED_HEAD_KEY_BYTES], const uint8_t *text,
	size_t length, const uint8_t signature[ENC_SIGNED_HEAD_SIGNATURE_BYTES])
{
	EVP_PKEY *public =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key,
					    ENC_SIGNED_HEAD_KEY_BYTES);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good =
		is_canonical(key) && public != NULL && context != NULL &&
		EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1 &&
		EVP_DigestVerify(context, signature,
				 ENC_SIGNED_HEAD_SIGNATURE_BYTES, text,
				 length) == 1;

	EVP_MD_CTX_free(context);
	EVP_PKEY_free(public);
	return good;
}
