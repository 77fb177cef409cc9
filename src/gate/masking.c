#include <string.h>

#include "frame.h"
#include "masking.h"

enum { OUT_MAX_BYTES = ENC_FRAME_PAYLOAD_MAX_BYTES + ENC_MASK_HOLD_MAX_BYTES };

/* How often a value was masked since the last report. */
struct tally {
	uint32_t id;
	uint64_t count;
};

struct enc_masking {
	enc_masking_redacted_fn *redacted;
	void *context;
	bool active;
	struct enc_mask *mask;
	struct enc_mask_stream streams[ENC_MASKING_STREAMS];
	struct enc_buf out;
	size_t tally_count;
	struct tally tallies[ENC_MASK_VALUES_MAX];
};

static void count_match(void *context, uint32_t id)
{
	struct enc_masking *masking = context;
	size_t i = 0;

	while (i < masking->tally_count && masking->tallies[i].id != id) {
		i++;
	}
	/*
	 * A mask has at most that many ids, and each function reports before
	 * the next one masks.
	 */
	ENC_ASSERT(i < ENC_MASK_VALUES_MAX);
	if (i == masking->tally_count) {
		masking->tallies[i] = (struct tally){ .id = id };
		masking->tally_count++;
	}
	masking->tallies[i].count++;
}

static void report(struct enc_masking *masking, enum enc_redacted where)
{
	for (size_t i = 0; i < masking->tally_count; i++) {
		masking->redacted(masking->context, masking->tallies[i].id,
				  where, masking->tallies[i].count);
	}
	masking->tally_count = 0;
}

struct enc_masking *enc_masking_new(enc_masking_redacted_fn *redacted,
				    void *context)
{
	struct enc_masking *masking = enc_xalloc(sizeof(*masking));

	masking->redacted = redacted;
	masking->context = context;
	masking->out = ENC_BUF(OUT_MAX_BYTES);
	for (int i = 0; i < ENC_MASKING_STREAMS; i++) {
		enc_mask_stream_init(&masking->streams[i], NULL, count_match,
				     masking);
	}
	return masking;
}

struct enc_masking *enc_masking_free(struct enc_masking *masking)
{
	if (masking == NULL) {
		return NULL;
	}
	for (int i = 0; i < ENC_MASKING_STREAMS; i++) {
		enc_mask_stream_done(&masking->streams[i]);
	}
	enc_buf_done(&masking->out);
	(void)enc_mask_unref(masking->mask);
	free(masking);
	return NULL;
}

void enc_masking_use(struct enc_masking *masking, struct enc_mask *mask)
{
	/* It stays true: without a mask, held bytes still have to come out. */
	masking->active |= enc_mask_hold_bytes(mask) > 0;
	for (int i = 0; i < ENC_MASKING_STREAMS; i++) {
		enc_mask_stream_replace(&masking->streams[i], mask);
	}
	(void)enc_mask_ref(mask);
	(void)enc_mask_unref(masking->mask);
	masking->mask = mask;
}

bool enc_masking_active(const struct enc_masking *masking)
{
	return masking != NULL && masking->active;
}

struct enc_text enc_masking_output(struct enc_masking *masking, int stream,
				   const uint8_t *bytes, size_t length,
				   bool end)
{
	struct enc_mask_stream *state = &masking->streams[stream];
	size_t held = enc_mask_held_bytes(state);
	struct enc_text out;

	enc_buf_clear(&masking->out);
	ENC_MUST(enc_buf_reserve(&masking->out, held + length));
	memcpy(masking->out.memory + held, bytes, length);
	out = enc_mask_feed(state, masking->out.memory + held, length, end);
	report(masking,
	       stream == 1 ? ENC_REDACTED_STDERR : ENC_REDACTED_STDOUT);
	return out;
}

void enc_masking_result(struct enc_masking *masking, struct enc_buf *result)
{
	if (result->length > 0) {
		enc_mask_json(masking->mask, result->memory + result->start,
			      result->length, count_match, masking);
	}
	report(masking, ENC_REDACTED_RESULT);
}
