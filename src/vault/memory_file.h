#ifndef ENC_VAULT_MEMORY_FILE_H
#define ENC_VAULT_MEMORY_FILE_H

/*
 * The file of the vault's memory as slots; vault_memory.h has its theory. A new
 * file is made under another name, filled, and put in the old one's place.
 *
 *	head	magic "EVM1" (4) | key id (4) | salt (16) | slots (8, big endian)
 *		| nonce (24) | sealed signing seed (48) | zeros | checksum (32)
 *	slot	key (32) | org (32) | digest (32) | number (8, big endian)
 *		| kind (1) | zeros (6) | checksum (16) | end mark (1)
 */

#include <stdbool.h>

#include "keyring.h"
#include "marks.h"

enum {
	ENC_MEMORY_HEAD_BYTES = 512,
	ENC_MEMORY_SLOT_BYTES = 128,
	ENC_MEMORY_SLOTS_MAX = 1 << 23,
	ENC_MEMORY_SALT_BYTES = 16,
};

enum enc_memory_kind {
	ENC_MEMORY_KIND_INVALID,
	ENC_MEMORY_MARK,   /* key, number */
	ENC_MEMORY_SIGNED, /* all members */
	ENC_MEMORY_KIND_MAX,
};

struct enc_memory_slot {
	enum enc_memory_kind kind;
	uint64_t number;
	uint8_t key[ENC_MARK_KEY_BYTES];
	uint8_t org[ENC_MARK_KEY_BYTES];
	uint8_t digest[ENC_MARK_KEY_BYTES];
};

struct enc_memory_file {
	int fd; /* -1: none */
	size_t slots;
	size_t used;
	bool torn;		    /* the last slot is cut off by a crash */
	uint8_t key[ENC_KEY_BYTES]; /* of the slots' checksums */
	uint8_t key_id[ENC_KEY_ID_BYTES]; /* of the master key */
	uint8_t seed[ENC_KEY_BYTES];	  /* of the signing key */
};

/* enc_memory_visit_fn - called for each used slot. Return: 0 or -errno */
typedef int enc_memory_visit_fn(void *context,
				const struct enc_memory_slot *slot);

/* enc_memory_file_done() - close it and wipe its keys */
void enc_memory_file_done(struct enc_memory_file *file);

/**
 * enc_memory_file_read() - open a file and read its slots
 * @ret_why: on failure: what is wrong, static
 *
 * Return: 0; -ENOENT; -ENOKEY if it was sealed with an unknown master key;
 * -EBADMSG if it is damaged; another negative errno, also from @visit
 */
ENC_NODISCARD int enc_memory_file_read(int dir, const char *name,
				       const struct enc_keyring *keyring,
				       enc_memory_visit_fn *visit,
				       void *context,
				       struct enc_memory_file *ret_file,
				       const char **ret_why);

/*
 * enc_memory_file_repair() - clear the slot of a torn file. Return: 0 or -errno
 */
ENC_NODISCARD int enc_memory_file_repair(struct enc_memory_file *file);

/*
 * enc_memory_file_make() - make a file of free slots, in place of one of that
 * name, and allocate its room on the disk. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_memory_file_make(int dir, const char *name,
				       const struct enc_vault_key *key,
				       const uint8_t seed[ENC_KEY_BYTES],
				       size_t slots,
				       struct enc_memory_file *ret_file);

/*
 * enc_memory_file_append() - write a slot; there must be a free one. Return: 0
 * or a negative errno, after which the content of the disk is unknown
 */
ENC_NODISCARD int enc_memory_file_append(struct enc_memory_file *file,
					 const struct enc_memory_slot *slot);

/* enc_memory_file_sync() - make it durable. Return: 0 or a negative errno */
ENC_NODISCARD int enc_memory_file_sync(const struct enc_memory_file *file);

#endif
