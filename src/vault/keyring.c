#include <errno.h>
#include <sodium.h>

#include "keyring.h"

enum { DIGITS = 2 * ENC_KEY_BYTES };

static const char context[crypto_kdf_CONTEXTBYTES + 1] = "EnclavVt";

_Static_assert((int)ENC_KEY_BYTES == (int)crypto_kdf_KEYBYTES,
	       "a master key is a key of crypto_kdf");

static void derive(const uint8_t master[ENC_KEY_BYTES],
		   struct enc_vault_key *ret_key)
{
	uint8_t hash[crypto_generichash_BYTES];
	uint8_t *const keys[] = { ret_key->seal, ret_key->memory,
				  ret_key->wrap };

	ENC_MUST(crypto_generichash(hash, sizeof(hash), master, ENC_KEY_BYTES,
				    NULL, 0));
	memcpy(ret_key->id, hash, sizeof(ret_key->id));
	sodium_memzero(hash, sizeof(hash));
	for (size_t i = 0; i < ENC_COUNT(keys); i++) {
		ENC_MUST(crypto_kdf_derive_from_key(keys[i], ENC_KEY_BYTES,
						    i + 1, context, master));
	}
}

/* add() - add the key of one line. Return: what is wrong, static; NULL */
static const char *add(struct enc_keyring *keyring, const char *line,
		       size_t length)
{
	uint8_t master[ENC_KEY_BYTES];
	struct enc_vault_key *key = &keyring->keys[keyring->count];
	size_t bytes = 0;

	if (keyring->count == ENC_KEYRING_MAX) {
		return "there are more than 16 keys";
	}
	if (length != DIGITS ||
	    sodium_hex2bin(master, sizeof(master), line, length, NULL, &bytes,
			   NULL) != 0 ||
	    bytes != sizeof(master)) {
		sodium_memzero(master, sizeof(master));
		return "a line isn't 64 hex digits";
	}
	derive(master, key);
	sodium_memzero(master, sizeof(master));
	if (enc_keyring_find(keyring, key->id) != NULL) {
		return "a key is there twice";
	}
	keyring->count++;
	return NULL;
}

static const char *parse(struct enc_keyring *keyring, const char *text,
			 size_t length)
{
	const char *why = NULL;

	while (length > 0 && why == NULL) {
		const char *end = memchr(text, '\n', length);
		size_t line = end == NULL ? length : (size_t)(end - text);
		size_t taken = end == NULL ? line : line + 1;

		if (line > 0 && text[line - 1] == '\r') {
			line--;
		}
		why = line == 0 ? NULL : add(keyring, text, line);
		text += taken;
		length -= taken;
	}
	return why == NULL && keyring->count == 0 ? "it is empty" : why;
}

int enc_keyring_parse(const char *text, size_t length,
		      struct enc_keyring **ret_keyring, const char **ret_why)
{
	struct enc_keyring *keyring = sodium_malloc(sizeof(*keyring));
	const char *why;

	if (keyring == NULL) {
		*ret_why = "there is no memory";
		return -ENOMEM;
	}
	memset(keyring, 0, sizeof(*keyring));
	why = parse(keyring, text, length);
	if (why != NULL) {
		enc_keyring_free(keyring);
		*ret_why = why;
		return -EINVAL;
	}
	*ret_keyring = keyring;
	return 0;
}

void enc_keyring_free(struct enc_keyring *keyring)
{
	sodium_free(keyring);
}

const struct enc_vault_key *enc_keyring_find(const struct enc_keyring *keyring,
					     const uint8_t id[ENC_KEY_ID_BYTES])
{
	for (size_t i = 0; i < keyring->count; i++) {
		if (memcmp(keyring->keys[i].id, id, ENC_KEY_ID_BYTES) == 0) {
			return &keyring->keys[i];
		}
	}
	return NULL;
}
