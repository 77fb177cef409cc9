#include <string.h>

#include "binding.h"
#include "redactions.h"

enum { PAUSE_MS = 1000 };

struct row {
	char name[ENC_BINDING_NAME_MAX_BYTES + 1];
	uint64_t untold[ENC_REDACTED_MAX];
	int64_t due_ms[ENC_REDACTED_MAX];
};

struct enc_redactions {
	enc_redactions_tell_fn *tell;
	void *context;
	size_t count;
	/* The last one is "(more)". */
	struct row rows[ENC_REDACTIONS_NAMES_MAX + 1];
};

struct enc_redactions *enc_redactions_new(enc_redactions_tell_fn *tell,
					  void *context)
{
	struct enc_redactions *redactions = enc_xalloc(sizeof(*redactions));

	redactions->tell = tell;
	redactions->context = context;
	memcpy(redactions->rows[ENC_REDACTIONS_NAMES_MAX].name, "(more)", 7);
	return redactions;
}

void enc_redactions_free(struct enc_redactions *redactions)
{
	free(redactions);
}

uint32_t enc_redactions_id(struct enc_redactions *redactions,
			   struct enc_text name)
{
	ENC_ASSERT(name.length <= ENC_BINDING_NAME_MAX_BYTES);
	for (size_t i = 0; i < redactions->count; i++) {
		if (strlen(redactions->rows[i].name) == name.length &&
		    memcmp(redactions->rows[i].name, name.bytes, name.length) ==
			    0) {
			return (uint32_t)i;
		}
	}
	if (redactions->count == ENC_REDACTIONS_NAMES_MAX) {
		return ENC_REDACTIONS_NAMES_MAX;
	}
	memcpy(redactions->rows[redactions->count].name, name.bytes,
	       name.length);
	return (uint32_t)redactions->count++;
}

void enc_redactions_add(struct enc_redactions *redactions, uint32_t id,
			enum enc_redacted where, uint64_t count)
{
	ENC_ASSERT(id <= ENC_REDACTIONS_NAMES_MAX && where < ENC_REDACTED_MAX);
	redactions->rows[id].untold[where] += count;
}

/*
 * flush_row() - report the sums of a name that are due. Return: as the flush of
 * all
 */
static int64_t flush_row(struct enc_redactions *redactions, struct row *row,
			 int64_t now_ms, int64_t next_ms)
{
	for (int i = ENC_REDACTED_INVALID + 1; i < ENC_REDACTED_MAX; i++) {
		const struct enc_message_redacted message = {
			.where = (enum enc_redacted)i,
			.count = row->untold[i],
			.binding = { row->name, strlen(row->name) },
		};

		if (message.count == 0) {
			continue;
		}
		if (row->due_ms[i] <= now_ms) {
			row->due_ms[i] = now_ms + PAUSE_MS;
			row->untold[i] = 0;
			redactions->tell(redactions->context, &message);
		} else if (next_ms < 0 || row->due_ms[i] < next_ms) {
			next_ms = row->due_ms[i];
		}
	}
	return next_ms;
}

int64_t enc_redactions_flush(struct enc_redactions *redactions, int64_t now_ms)
{
	int64_t next_ms = -1;

	for (size_t i = 0; i < ENC_COUNT(redactions->rows); i++) {
		next_ms = flush_row(redactions, &redactions->rows[i], now_ms,
				    next_ms);
	}
	return next_ms;
}

void enc_redactions_finish(struct enc_redactions *redactions)
{
	(void)enc_redactions_flush(redactions, INT64_MAX - PAUSE_MS);
}
