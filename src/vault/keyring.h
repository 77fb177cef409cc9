#ifndef ENC_VAULT_KEYRING_H
#define ENC_VAULT_KEYRING_H

/*
 * The master keys. The newest one seals; older ones only open the records that
 * they sealed. As text each is a line of 64 hex digits, the newest first; lines
 * end with LF or CR LF, and empty ones are ignored.
 *
 * A master key encrypts nothing itself: crypto_kdf derives the keys below from
 * it. Its id is the first bytes of its BLAKE2b hash.
 */

#include <stddef.h>
#include <stdint.h>

#include "def.h"

enum {
	ENC_KEY_BYTES = 32,
	ENC_KEY_ID_BYTES = 4,
	ENC_KEYRING_MAX = 16,
	ENC_KEYRING_TEXT_MAX_BYTES = 64 * 1024,
};

struct enc_vault_key {
	uint8_t id[ENC_KEY_ID_BYTES];
	uint8_t seal[ENC_KEY_BYTES];   /* of records */
	uint8_t memory[ENC_KEY_BYTES]; /* of the memory's checksums */
	uint8_t wrap[ENC_KEY_BYTES];   /* of the signing key */
};

struct enc_keyring {
	size_t count;				    /* at least 1 */
	struct enc_vault_key keys[ENC_KEYRING_MAX]; /* newest first */
};

/**
 * enc_keyring_parse() - read the master keys
 * @ret_keyring: in guarded, locked memory; free it with enc_keyring_free()
 * @ret_why:     on failure: what is wrong, static
 *
 * Return: 0; -EINVAL; -ENOMEM
 */
ENC_NODISCARD int enc_keyring_parse(const char *text, size_t length,
				    struct enc_keyring **ret_keyring,
				    const char **ret_why);

/* enc_keyring_free() - wipe and free; NULL is fine */
void enc_keyring_free(struct enc_keyring *keyring);

/* enc_keyring_find() - return the key of that id, borrowed; NULL: none */
const struct enc_vault_key *
enc_keyring_find(const struct enc_keyring *keyring,
		 const uint8_t id[ENC_KEY_ID_BYTES]);

#endif
