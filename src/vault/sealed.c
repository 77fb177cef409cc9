#include <endian.h>
#include <errno.h>
#include <sodium.h>

#include "sealed.h"

static const char magic[] = "EV1";
static const char domain[] = "enclave-vault-v1\n";

enum {
	MAGIC_BYTES = sizeof(magic) - 1,
	VERSION_BYTES = 8,
	MORE_MAX_BYTES = sizeof(domain) - 1 +
			 (size_t)2 * (ENC_SEALED_NAME_MAX_BYTES + 1) +
			 VERSION_BYTES,
};

_Static_assert((int)ENC_SEALED_NONCE_BYTES ==
		       (int)crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	       "the cipher's nonce");
_Static_assert((int)ENC_SEALED_TAG_BYTES ==
		       (int)crypto_aead_xchacha20poly1305_ietf_ABYTES,
	       "the cipher's tag");
_Static_assert((int)ENC_KEY_BYTES ==
		       (int)crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
	       "the cipher's key");

/* Reads from the front. After a part that is missing, every read fails. */
struct reader {
	const uint8_t *bytes;
	size_t left;
	bool failed;
};

static const uint8_t *read_bytes(struct reader *reader, size_t length)
{
	const uint8_t *bytes = reader->bytes;

	if (reader->failed || reader->left < length) {
		reader->failed = true;
		return NULL;
	}
	reader->bytes += length;
	reader->left -= length;
	return bytes;
}

static struct enc_text read_name(struct reader *reader)
{
	const uint8_t *length = read_bytes(reader, 1);
	struct enc_text name = { .bytes = "" };

	if (length != NULL) {
		name.length = *length;
		name.bytes = (const char *)read_bytes(reader, *length);
	}
	return name;
}

bool enc_sealed_name_ok(struct enc_text name)
{
	return name.length > 0 && name.length <= ENC_SEALED_NAME_MAX_BYTES &&
	       memchr(name.bytes, '\0', name.length) == NULL;
}

int enc_sealed_parse(const uint8_t *bytes, size_t length,
		     struct enc_sealed *ret_sealed)
{
	struct reader reader = { .bytes = bytes, .left = length };
	struct enc_sealed sealed = { 0 };
	const uint8_t *start = read_bytes(&reader, MAGIC_BYTES);
	const uint8_t *version;

	sealed.key_id = read_bytes(&reader, ENC_KEY_ID_BYTES);
	version = read_bytes(&reader, VERSION_BYTES);
	sealed.org = read_name(&reader);
	sealed.id = read_name(&reader);
	sealed.nonce = read_bytes(&reader, ENC_SEALED_NONCE_BYTES);
	if (reader.failed || reader.left < ENC_SEALED_TAG_BYTES ||
	    memcmp(start, magic, MAGIC_BYTES) != 0 ||
	    !enc_sealed_name_ok(sealed.org) || !enc_sealed_name_ok(sealed.id)) {
		return -EPROTO;
	}
	memcpy(&sealed.version, version, VERSION_BYTES);
	sealed.version = be64toh(sealed.version);
	sealed.ciphertext = reader.bytes;
	sealed.length = reader.left - ENC_SEALED_TAG_BYTES;
	*ret_sealed = sealed;
	return 0;
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t length)
{
	memcpy(at, bytes, length);
	return at + length;
}

static uint8_t *put_version(uint8_t *at, uint64_t version)
{
	uint64_t big = htobe64(version);

	return put(at, &big, sizeof(big));
}

static uint8_t *put_name(uint8_t *at, struct enc_text name)
{
	*at++ = (uint8_t)name.length;
	return put(at, name.bytes, name.length);
}

/* write_more() - write the additional data. Return: their length */
static size_t write_more(const struct enc_sealed *sealed,
			 uint8_t ret_more[MORE_MAX_BYTES])
{
	uint8_t *at = put(ret_more, domain, sizeof(domain) - 1);

	at = put(at, sealed->org.bytes, sealed->org.length);
	*at++ = 0;
	at = put(at, sealed->id.bytes, sealed->id.length);
	*at++ = 0;
	at = put_version(at, sealed->version);
	return (size_t)(at - ret_more);
}

size_t enc_sealed_make(const struct enc_vault_key *key,
		       const struct enc_sealed *name,
		       const uint8_t nonce[ENC_SEALED_NONCE_BYTES],
		       const uint8_t *record, size_t length, uint8_t *ret_blob)
{
	uint8_t more[MORE_MAX_BYTES];
	size_t more_length;
	unsigned long long sealed_length;
	uint8_t *at = put(ret_blob, magic, MAGIC_BYTES);

	ENC_ASSERT(enc_sealed_name_ok(name->org) &&
		   enc_sealed_name_ok(name->id));
	more_length = write_more(name, more);
	at = put(at, key->id, sizeof(key->id));
	at = put_version(at, name->version);
	at = put_name(at, name->org);
	at = put_name(at, name->id);
	at = put(at, nonce, ENC_SEALED_NONCE_BYTES);
	ENC_MUST(crypto_aead_xchacha20poly1305_ietf_encrypt(
		at, &sealed_length, record, length, more, more_length, NULL,
		nonce, key->seal));
	return (size_t)(at - ret_blob) + (size_t)sealed_length;
}

int enc_sealed_open(const struct enc_vault_key *key,
		    const struct enc_sealed *sealed, uint8_t *ret_record)
{
	uint8_t more[MORE_MAX_BYTES];
	size_t more_length = write_more(sealed, more);

	if (memcmp(key->id, sealed->key_id, sizeof(key->id)) != 0 ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(
		    ret_record, NULL, NULL, sealed->ciphertext,
		    sealed->length + ENC_SEALED_TAG_BYTES, more, more_length,
		    sealed->nonce, key->seal) != 0) {
		sodium_memzero(ret_record, sealed->length);
		return -EBADMSG;
	}
	return 0;
}
