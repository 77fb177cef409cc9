#ifndef ENC_VAULT_VAULT_MEMORY_H
#define ENC_VAULT_VAULT_MEMORY_H

/*
 * Theory of operation
 *
 * The vault remembers the following, in a file that no other program can write:
 *
 *	marks		for a binding the least version that may be opened, or that
 *			it is revoked; for an organisation the greatest number of a
 *			session that is forgotten. A mark only ever rises.
 *	statements	a hash of what was signed of the last ENC_MEMORY_SIGNED_MAX
 *			sessions. The oldest one is forgotten for a new one, and
 *			raises the mark of its organisation.
 *	signing key	made with the file, sealed with the master key
 *
 * The file `memory` has a head of 512 bytes and slots of 128 bytes. A slot is
 * written once. Free slots are zero and lie behind the used ones. Head and
 * slots have checksums (BLAKE2b) with keys of the master key and of the file,
 * so that nobody else can make, move or change one. The head has the number of
 * the slots, so that a file that was cut is noticed.
 *
 * Nothing is reported as done before it is on the disk. A slot lies in one
 * sector, and its last byte is never 0. So a crash in a write leaves at most
 * the last slot without that byte; it was never reported and is cleared. Any
 * other damage is refused at the start.
 *
 * When all slots are used, a new file with the present marks and statements is
 * written beside the old one and replaces it. The same happens for a new master
 * key, and after an error in a write, since the content of the disk is unknown
 * then.
 *
 * An older copy of the whole file can't be noticed. Only root can put one
 * there.
 */

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "keyring.h"
#include "message.h"
#include "vault.h"

enum {
	ENC_MEMORY_MARKS_MAX = 1 << 20,
	ENC_MEMORY_SIGNED_MAX = 1 << 16,
};

#define ENC_MEMORY_FILE "memory"
#define ENC_MEMORY_REVOKED UINT64_MAX /* as a least version */

struct enc_vault_memory;

/**
 * enc_vault_memory_open() - read the memory, and repair what a crash left
 * @dir:      its directory, borrowed
 * @keyring:  borrowed until the memory is freed
 * @may_make: make the file if it is missing
 *
 * Return: ENC_OK; ENC_NOT_FOUND if it is missing; ENC_INTERNAL if it is damaged
 * or of another master key; ENC_STORAGE_FULL; ENC_UNAVAILABLE
 */
ENC_NODISCARD enum enc_code
enc_vault_memory_open(int dir, const struct enc_keyring *keyring, bool may_make,
		      struct enc_vault_memory **ret_memory,
		      struct enc_error *err);

/* enc_vault_memory_free() - wipe the keys and free; NULL is fine */
void enc_vault_memory_free(struct enc_vault_memory *memory);

/*
 * enc_vault_memory_least() - return the least version of a binding that may be
 * opened; 0: any
 */
uint64_t enc_vault_memory_least(const struct enc_vault_memory *memory,
				struct enc_text org, struct enc_text id);

/*
 * enc_vault_memory_raise() - raise the least version; a lower one changes nothing.
 * Return: 0, and it is durable; -E2BIG if there are too many marks; -ENOMEM,
 * -ENOSPC or another negative errno, and nothing has changed
 */
ENC_NODISCARD int enc_vault_memory_raise(struct enc_vault_memory *memory,
					 struct enc_text org,
					 struct enc_text id, uint64_t version);

/* enc_vault_memory_public_key() - copy the key that signatures are checked with */
void enc_vault_memory_public_key(const struct enc_vault_memory *memory,
				 uint8_t ret_key[ENC_VAULT_KEY_BYTES]);

/*
 * enc_vault_memory_sign() - sign a statement, once it is durable. Return: 0;
 * -EINVAL if it is malformed; -EEXIST if another statement about that session
 * was signed; -ESTALE if the session is so old that its statement is forgotten;
 * else as enc_vault_memory_raise()
 */
ENC_NODISCARD int
enc_vault_memory_sign(struct enc_vault_memory *memory,
		      const struct enc_vault_statement *statement,
		      uint8_t ret_signature[ENC_VAULT_SIGNATURE_BYTES]);

#endif
