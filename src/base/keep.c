#include <stdlib.h>
#include <string.h>

#include "def.h"
#include "keep.h"

/* One allocation; the allocations of a storage form a linked list. */
struct block {
	struct block *next;
	_Alignas(max_align_t) char bytes[];
};

void *enc_keep_room(void **memory, size_t length)
{
	struct block *block = enc_xalloc(sizeof(*block) + length);

	block->next = *memory;
	*memory = block;
	return block->bytes;
}

const void *enc_keep_bytes(void **memory, const void *bytes, size_t length)
{
	void *room;

	if (bytes == NULL) {
		return NULL;
	}
	room = enc_keep_room(memory, length + 1);
	memcpy(room, bytes, length);
	return room;
}

const char *enc_keep_text(void **memory, const char *text)
{
	return text == NULL ? NULL : enc_keep_bytes(memory, text, strlen(text));
}

void enc_keep_release(void **memory)
{
	struct block *block = *memory;

	while (block != NULL) {
		struct block *next = block->next;

		free(block);
		block = next;
	}
	*memory = NULL;
}
