#include <openssl/evp.h>

#include "hex.h"
#include "sha256.h"

enum { SHA256_BYTES = 32 };
_Static_assert(ENC_SHA256_HEX_BYTES == 2 * SHA256_BYTES + 1, "hex and NUL");

struct enc_sha256 {
	/* Fetched once, because a lookup by name is slower than hashing. */
	EVP_MD *kind;
	EVP_MD_CTX *context;
};

struct enc_sha256 *enc_sha256_new(void)
{
	struct enc_sha256 *digest = enc_xalloc(sizeof(*digest));

	digest->kind = EVP_MD_fetch(NULL, "SHA256", NULL);
	digest->context = EVP_MD_CTX_new();
	ENC_ASSERT(digest->kind != NULL && digest->context != NULL);
	return digest;
}

void enc_sha256_free(struct enc_sha256 *digest)
{
	if (digest != NULL) {
		EVP_MD_CTX_free(digest->context);
		EVP_MD_free(digest->kind);
		free(digest);
	}
}

void enc_sha256_begin(struct enc_sha256 *digest)
{
	ENC_ASSERT(EVP_DigestInit_ex2(digest->context, digest->kind, NULL) ==
		   1);
}

void enc_sha256_add(struct enc_sha256 *digest, const void *bytes, size_t length)
{
	ENC_ASSERT(length == 0 ||
		   EVP_DigestUpdate(digest->context, bytes, length) == 1);
}

void enc_sha256_end(struct enc_sha256 *digest,
		    char ret_hex[ENC_SHA256_HEX_BYTES])
{
	uint8_t bytes[SHA256_BYTES];
	unsigned int length = 0;

	ENC_ASSERT(EVP_DigestFinal_ex(digest->context, bytes, &length) == 1);
	ENC_ASSERT(length == sizeof(bytes));
	enc_hex_encode(bytes, sizeof(bytes), ret_hex);
}

void enc_sha256_hex(const void *bytes, size_t length,
		    char ret_hex[ENC_SHA256_HEX_BYTES])
{
	struct enc_sha256 *digest = enc_sha256_new();

	enc_sha256_begin(digest);
	enc_sha256_add(digest, bytes, length);
	enc_sha256_end(digest, ret_hex);
	enc_sha256_free(digest);
}
