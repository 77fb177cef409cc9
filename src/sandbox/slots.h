#ifndef ENC_SANDBOX_SLOTS_H
#define ENC_SANDBOX_SLOTS_H

/*
 * Host ids. Every enclaved on a machine holds a block of 65,536 uids by a lock
 * on a file: the first eight are the instance's own, and a sandbox has a slot
 * of eight behind them. A slot is taken at random from that half of the free
 * ones that was given back longest ago: an id comes back only after thousands
 * of others were used, so what was missed of a session belongs to nobody for a
 * long time; and the id, which a program reads in its map of ids, doesn't tell
 * how many sessions there are or were.
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
		8, /* init, program, gate, sentry; the rest in reserve */
	ENC_SLOTS_COUNT = ENC_SLOTS_BLOCK_IDS / ENC_SLOTS_IDS - 1,
};

struct enc_slots {
	int lock; /* held as long as the process lives */
	unsigned int block;
	uint16_t free[ENC_SLOTS_COUNT]; /* longest free first */
	size_t free_count;
	bool used[ENC_SLOTS_COUNT];
};

/**
 * enc_slots_open() - hold a free block
 * @dir: made if missing, 0755; root's, such as /run/enclave/uids
 *
 * Return: 0; -EBUSY if all blocks are held; another negative errno
 */
ENC_NODISCARD int enc_slots_open(struct enc_slots *slots, const char *dir);
void enc_slots_close(struct enc_slots *slots);

/* enc_slots_take() - a free slot, or -EAGAIN */
ENC_NODISCARD int enc_slots_take(struct enc_slots *slots);
void enc_slots_give(struct enc_slots *slots, int slot);

/* enc_slots_api_uid() - of this instance's enclave-api; its gid too */
uid_t enc_slots_api_uid(const struct enc_slots *slots);

/* Host ids of a slot: gids are the same numbers. */
uid_t enc_slots_init_uid(const struct enc_slots *slots, int slot);
uid_t enc_slots_program_uid(const struct enc_slots *slots, int slot);
uid_t enc_slots_gate_uid(const struct enc_slots *slots, int slot);
uid_t enc_slots_sentry_uid(const struct enc_slots *slots, int slot);

#endif
