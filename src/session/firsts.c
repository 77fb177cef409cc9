#include <stdlib.h>

#include "firsts.h"
#include "sha256.h"

enum { ROOM_FIRST = 64, DIGITS = 16 };

static uint64_t digest_of(const void *bytes, size_t length)
{
	char hex[ENC_SHA256_HEX_BYTES];
	uint64_t cut;

	enc_sha256_hex(bytes, length, hex);
	hex[DIGITS] = '\0';
	cut = strtoull(hex, NULL, 16);
	return cut == 0 ? 1 : cut; /* 0 would mean a free slot */
}

/*
 * slot_of() - find the slot of @digest, or the free slot for it. A free slot
 * exists: at most half of the slots are in use.
 */
static uint64_t *slot_of(const struct enc_firsts *firsts, uint64_t digest)
{
	size_t at = (size_t)digest & (firsts->room - 1);

	while (firsts->slots[at] != 0 && firsts->slots[at] != digest) {
		at = (at + 1) & (firsts->room - 1);
	}
	return &firsts->slots[at];
}

static void grow(struct enc_firsts *firsts)
{
	struct enc_firsts larger = {
		.room = firsts->room == 0 ? ROOM_FIRST : 2 * firsts->room,
		.count = firsts->count,
	};

	larger.slots = enc_xalloc(larger.room * sizeof(*larger.slots));
	for (size_t i = 0; i < firsts->room; i++) {
		if (firsts->slots[i] != 0) {
			*slot_of(&larger, firsts->slots[i]) = firsts->slots[i];
		}
	}
	free(firsts->slots);
	*firsts = larger;
}

bool enc_firsts_add(struct enc_firsts *firsts, const void *bytes, size_t length)
{
	uint64_t digest = digest_of(bytes, length);
	uint64_t *slot;

	if (firsts->count == ENC_FIRSTS_MAX) {
		return false;
	}
	if (2 * firsts->count >= firsts->room) {
		grow(firsts);
	}
	slot = slot_of(firsts, digest);
	if (*slot == digest) {
		return false;
	}
	*slot = digest;
	firsts->count++;
	return true;
}

void enc_firsts_clear(struct enc_firsts *firsts)
{
	free(firsts->slots);
	*firsts = (struct enc_firsts){ 0 };
}
