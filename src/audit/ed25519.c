#include <string.h>

#include <openssl/evp.h>

#include "def.h"
#include "ed25519.h"

/*
 * Keys of small order, as y of RFC 8032, section 5.1.3: 255 bits, little endian.
 * Some signatures of theirs are good for many texts, or for any.
 */
static const uint8_t small[][ENC_SIGNED_HEAD_KEY_BYTES] = {
	{ 0 },
	{ 1 },
	{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
	  0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
	  0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
	  0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
	  0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
};

/*
 * is_sound() - whether a key spells its point in the one way, which OpenSSL
 * doesn't check, so that y is less than p = 2^255 - 19; and isn't of small order
 */
static bool is_sound(const uint8_t key[ENC_SIGNED_HEAD_KEY_BYTES])
{
	const size_t last = ENC_SIGNED_HEAD_KEY_BYTES - 1;
	uint8_t y[ENC_SIGNED_HEAD_KEY_BYTES];
	bool high = true; /* all bits of y but the lowest eight are set */

	memcpy(y, key, sizeof(y));
	y[last] &= 0x7f; /* the sign of x */
	for (size_t i = 1; i < last; i++) {
		high = high && y[i] == 0xff;
	}
	for (size_t i = 0; i < ENC_COUNT(small); i++) {
		if (memcmp(y, small[i], sizeof(y)) == 0) {
			return false;
		}
	}
	return !high || y[last] != 0x7f || y[0] < 0xed;
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
		is_sound(key) && public != NULL && context != NULL &&
		EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1 &&
		EVP_DigestVerify(context, signature,
				 ENC_SIGNED_HEAD_SIGNATURE_BYTES, text,
				 length) == 1;

	EVP_MD_CTX_free(context);
	EVP_PKEY_free(public);
	return good;
}
