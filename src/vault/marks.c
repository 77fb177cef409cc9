#include <errno.h>

#include "marks.h"

enum { FIRST_ROOM = 64 };

void enc_marks_done(struct enc_marks *marks)
{
	free(marks->rows);
	*marks = (struct enc_marks){ .count_most = marks->count_most };
}

/* find_row() - return the row of a key, or the free one that it would get */
static struct enc_mark *find_row(const struct enc_marks *marks,
				 const uint8_t key[ENC_MARK_KEY_BYTES])
{
	size_t at;

	memcpy(&at, key, sizeof(at));
	for (;; at++) {
		struct enc_mark *row = &marks->rows[at & (marks->room - 1)];

		if (row->value == 0 ||
		    memcmp(row->key, key, ENC_MARK_KEY_BYTES) == 0) {
			return row;
		}
	}
}

uint64_t enc_marks_get(const struct enc_marks *marks,
		       const uint8_t key[ENC_MARK_KEY_BYTES])
{
	return marks->room == 0 ? 0 : find_row(marks, key)->value;
}

int enc_marks_reserve(struct enc_marks *marks, size_t more)
{
	struct enc_marks larger = { .count = marks->count,
				    .room = ENC_MAX(marks->room,
						    (size_t)FIRST_ROOM),
				    .count_most = marks->count_most };

	if (more > marks->count_most - marks->count) {
		return -E2BIG;
	}
	/* At most half of the rows are used. */
	while (larger.room < 2 * (marks->count + more)) {
		larger.room *= 2;
	}
	if (larger.room == marks->room) {
		return 0;
	}
	larger.rows = enc_try_alloc(larger.room * sizeof(*larger.rows));
	if (larger.rows == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < marks->room; i++) {
		if (marks->rows[i].value != 0) {
			*find_row(&larger, marks->rows[i].key) = marks->rows[i];
		}
	}
	free(marks->rows);
	*marks = larger;
	return 0;
}

void enc_marks_put(struct enc_marks *marks,
		   const uint8_t key[ENC_MARK_KEY_BYTES], uint64_t value)
{
	struct enc_mark *row;

	if (value == 0) {
		return;
	}
	row = find_row(marks, key);
	if (row->value == 0) {
		ENC_ASSERT(marks->count < marks->count_most &&
			   2 * marks->count < marks->room);
		memcpy(row->key, key, ENC_MARK_KEY_BYTES);
		marks->count++;
	}
	row->value = ENC_MAX(row->value, value);
}
