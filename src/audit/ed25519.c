#include <openssl/evp.h>

#include "ed25519.h"

bool enc_ed25519_verify(
	const uint8_t key[ENC_SIGNED_HEAD_KEY_BYTES], const uint8_t *text,
	size_t length, const uint8_t signature[ENC_SIGNED_HEAD_SIGNATURE_BYTES])
{
	EVP_PKEY *public =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key,
					    ENC_SIGNED_HEAD_KEY_BYTES);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good =
		public != NULL && context != NULL &&
		EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1 &&
		EVP_DigestVerify(context, signature,
				 ENC_SIGNED_HEAD_SIGNATURE_BYTES, text,
				 length) == 1;

	EVP_MD_CTX_free(context);
	EVP_PKEY_free(public);
	return good;
}
