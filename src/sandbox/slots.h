#ifndef ENC_SANDBOX_SLOTS_H
#define ENC_SANDBOX_SLOTS_H

/*
 * Host ids of sandboxes. Every enclaved on a machine holds a block of 65,536
 * uids by locking a file. The first eight uids are its own; the others are
 * divided into slots of eight, one per sandbox.
 *
 * A slot is picked at random from the half of the free slots that was returned
 * longest ago. So a slot is reused only after thousands of others. If something
 * of a session was left behind, it then belongs to no other session for a long
 * time. The random choice also keeps a program, which can read its id maps,
 * from learning how many sessions there are or were.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "def.h"

enum {
	ENC_SLOTS_UID_BASE = 0x60000000,
	ENC_SLOTS_BLOCK_IDS = 65536,
	ENC_SLOTS_BLOCKS = 64,
	ENC_SLOTS_IDS =
		8, /* init, program, gate, sentry; the rest is reserved */
	ENC_SLOTS_COUNT = ENC_SLOTS_BLOCK_IDS / ENC_SLOTS_IDS - 1,
};

struct enc_slots {
	int lock; /* the locked file; held until the process ends */
	unsigned int block;
	/* Free slots in the order of their return. */
	uint16_t free[ENC_SLOTS_COUNT];
	size_t free_count;
	bool used[ENC_SLOTS_COUNT];
};

/**
 * enc_slots_open() - lock a free block
 * @dir: such as /run/enclave/uids, owned by root; made with mode 0755 if
 *       missing
 *
 * Return: 0; -EBUSY if all blocks are in use; another negative errno
 */
ENC_NODISCARD int enc_slots_open(struct enc_slots *slots, const char *dir);
void enc_slots_close(struct enc_slots *slots);

/* enc_slots_take() - take a free slot. Return: its number, or -EAGAIN */
ENC_NODISCARD int enc_slots_take(struct enc_slots *slots);
void enc_slots_give(struct enc_slots *slots, int slot);

/*
 * enc_slots_uids() - the uids of all slots; the instance's own, which are in
 * the same block, aren't among them
 */
void enc_slots_uids(const struct enc_slots *slots, uid_t *ret_first,
		    uid_t *ret_last);

/*
 * enc_slots_api_uid() - uid of this instance's enclave-api; its gid is the same
 */
uid_t enc_slots_api_uid(const struct enc_slots *slots);

/* enc_slots_vault_uid() - uid of its enclave-vault; its gid is the same */
uid_t enc_slots_vault_uid(const struct enc_slots *slots);

/* Host uids of a slot. The gids are the same numbers. */
uid_t enc_slots_init_uid(const struct enc_slots *slots, int slot);
uid_t enc_slots_program_uid(const struct enc_slots *slots, int slot);
uid_t enc_slots_gate_uid(const struct enc_slots *slots, int slot);
uid_t enc_slots_sentry_uid(const struct enc_slots *slots, int slot);

#endif
