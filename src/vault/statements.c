#include "statements.h"

void enc_statements_init(struct enc_statements *all, size_t room)
{
	*all = (struct enc_statements){
		.rows = enc_xalloc(room * sizeof(*all->rows)),
		.next = enc_xalloc(room * sizeof(*all->next)),
		.buckets = enc_xalloc(room * sizeof(*all->buckets)),
		.room = room,
	};
}

void enc_statements_done(struct enc_statements *all)
{
	free(all->rows);
	free(all->next);
	free(all->buckets);
	*all = (struct enc_statements){ 0 };
}

static size_t ring(const struct enc_statements *all, size_t at)
{
	return (all->first + at) & (all->room - 1);
}

static uint32_t *bucket_of(const struct enc_statements *all,
			   const uint8_t key[ENC_MARK_KEY_BYTES])
{
	size_t hash;

	memcpy(&hash, key, sizeof(hash));
	return &all->buckets[hash & (all->room - 1)];
}

const struct enc_signed *enc_statements_at(const struct enc_statements *all,
					   size_t at)
{
	return &all->rows[ring(all, at)];
}

const struct enc_signed *
enc_statements_find(const struct enc_statements *all,
		    const uint8_t key[ENC_MARK_KEY_BYTES])
{
	for (uint32_t at = *bucket_of(all, key); at != 0;
	     at = all->next[at - 1]) {
		if (memcmp(all->rows[at - 1].key, key, ENC_MARK_KEY_BYTES) ==
		    0) {
			return &all->rows[at - 1];
		}
	}
	return NULL;
}

void enc_statements_add(struct enc_statements *all,
			const struct enc_signed *one)
{
	size_t at = ring(all, all->count);
	uint32_t *bucket = bucket_of(all, one->key);

	ENC_ASSERT(all->count < all->room);
	all->rows[at] = *one;
	all->next[at] = *bucket;
	*bucket = (uint32_t)at + 1;
	all->count++;
}

void enc_statements_forget(struct enc_statements *all)
{
	uint32_t oldest = (uint32_t)all->first + 1;
	uint32_t *link = bucket_of(all, all->rows[all->first].key);

	ENC_ASSERT(all->count > 0);
	while (*link != oldest) {
		link = &all->next[*link - 1];
	}
	*link = all->next[all->first];
	all->first = ring(all, 1);
	all->count--;
}
