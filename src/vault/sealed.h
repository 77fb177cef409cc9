#ifndef ENC_VAULT_SEALED_H
#define ENC_VAULT_SEALED_H

/*
 * A sealed record as bytes:
 *
 *	"EV1" | key id (4) | version (8) | org length (1) | org | id length (1)
 *	      | id | nonce (24) | ciphertext | tag (16)
 *
 * Numbers are big endian. The cipher is XChaCha20-Poly1305; its additional data
 * are "enclave-vault-v1\n", organisation, 0, id, 0, version (8). Organisation,
 * id and version are in clear because they are needed to open the blob. Only
 * the vault looks at them; for other programs a blob is bytes.
 *
 * These functions are pure. The caller decides whether a version may still be
 * opened.
 */

#include "keyring.h"
#include "message.h"

enum {
	ENC_SEALED_NONCE_BYTES = 24,
	ENC_SEALED_TAG_BYTES = 16,
	ENC_SEALED_NAME_MAX_BYTES = 64, /* of an organisation or id */
	/* The most by which a blob is longer than its record. */
	ENC_SEALED_MORE_BYTES = 3 + ENC_KEY_ID_BYTES + 8 +
				2 * (1 + ENC_SEALED_NAME_MAX_BYTES) +
				ENC_SEALED_NONCE_BYTES + ENC_SEALED_TAG_BYTES,
};

struct enc_sealed {
	uint64_t version;
	struct enc_text org;
	struct enc_text id;
	const uint8_t *key_id;
	const uint8_t *nonce;
	const uint8_t *ciphertext;
	size_t length; /* of the record */
};

/* enc_sealed_name_ok() - whether an organisation or id has 1 to 64 bytes, no NUL */
bool enc_sealed_name_ok(struct enc_text name);

/*
 * enc_sealed_parse() - find the parts of a blob, which is borrowed. Return: 0;
 * -EPROTO
 */
ENC_NODISCARD int enc_sealed_parse(const uint8_t *bytes, size_t length,
				   struct enc_sealed *ret_sealed);

/**
 * enc_sealed_make() - seal a record
 * @name:     its version, org and id; the other members are ignored
 * @nonce:    random; never the same one twice
 * @ret_blob: room for length + ENC_SEALED_MORE_BYTES
 *
 * Return: the length of the blob
 */
size_t enc_sealed_make(const struct enc_vault_key *key,
		       const struct enc_sealed *name,
		       const uint8_t nonce[ENC_SEALED_NONCE_BYTES],
		       const uint8_t *record, size_t length, uint8_t *ret_blob);

/**
 * enc_sealed_open() - open a blob
 * @ret_record: room for sealed->length bytes; zeroed on failure
 *
 * Return: 0; -EBADMSG if a byte was changed, or for another key
 */
ENC_NODISCARD int enc_sealed_open(const struct enc_vault_key *key,
				  const struct enc_sealed *sealed,
				  uint8_t *ret_record);

#endif
