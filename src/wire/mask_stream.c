#include <string.h>

#include "mask_internal.h"

enum { MATCHES_MAX = 32 };

static uint64_t *new_until(void)
{
	return enc_xalloc(ENC_MASK_VALUES_MAX * sizeof(uint64_t));
}

void enc_mask_stream_init(struct enc_mask_stream *stream, struct enc_mask *mask,
			  enc_mask_matched_fn *matched, void *context)
{
	*stream = (struct enc_mask_stream){
		.held = ENC_BUF_SECRET(ENC_MASK_HOLD_MAX_BYTES),
		.matched = matched,
		.context = context,
	};
	enc_mask_stream_replace(stream, mask);
}

void enc_mask_stream_done(struct enc_mask_stream *stream)
{
	enc_buf_done(&stream->held);
	free(stream->marks);
	stream->marks = NULL;
	free(stream->until);
	stream->until = NULL;
	stream->mask = enc_mask_unref(stream->mask);
}

/* move_until() - what has been counted stays so, if the ids stay */
static void move_until(struct enc_mask_stream *stream,
		       const struct enc_mask *mask)
{
	uint64_t *until;

	if (stream->until == NULL) {
		return;
	}
	until = new_until();
	for (unsigned int to = 0; to < enc_mask_slots(mask); to++) {
		uint32_t id = enc_mask_id(mask, to);

		for (unsigned int i = 0; i < enc_mask_slots(stream->mask);
		     i++) {
			if (enc_mask_id(stream->mask, i) == id) {
				until[to] = stream->until[i];
			}
		}
	}
	free(stream->until);
	stream->until = until;
}

void enc_mask_stream_replace(struct enc_mask_stream *stream,
			     struct enc_mask *mask)
{
	move_until(stream, mask);
	(void)enc_mask_ref(mask);
	(void)enc_mask_unref(stream->mask);
	stream->mask = mask;
	stream->hold = enc_mask_hold_bytes(mask);
	stream->next = 0;
}

size_t enc_mask_held_bytes(const struct enc_mask_stream *stream)
{
	return stream->held.length;
}

/*
 * count_released() - count the bytes that may go on: by the place of the last
 * line end and by a constant, never by a value
 */
static size_t count_released(const uint8_t *bytes, size_t length, size_t hold)
{
	size_t released = length > hold ? length - hold : 0;
	const uint8_t *behind = bytes + released;
	const uint8_t *lf = memrchr(behind, '\n', length - released);
	const uint8_t *cr = memrchr(behind, '\r', length - released);
	const uint8_t *last = lf;

	if (last == NULL || (cr != NULL && cr > last)) {
		last = cr;
	}
	return last == NULL ? released : (size_t)(last + 1 - bytes);
}

/* The held bytes and those behind them. The first ones are released. */
struct piece {
	struct enc_mask_stream *stream;
	uint8_t *bytes;
	size_t length;
	size_t released;
};

/* The matches of one search. A search with more of them is done again. */
struct matches {
	size_t count;
	struct match {
		size_t start;
		size_t end;
		unsigned int slot;
	} at[MATCHES_MAX];
};

static void note(void *context, size_t start, size_t end, unsigned int slot)
{
	struct matches *matches = context;

	if (matches->count < MATCHES_MAX) {
		matches->at[matches->count] =
			(struct match){ start, end, slot };
	}
	matches->count++;
}

static void paint(void *context, size_t start, size_t end, unsigned int slot)
{
	const struct piece *piece = context;
	struct enc_mask_stream *stream = piece->stream;
	size_t border = ENC_MIN(end, ENC_MAX(start, piece->released));

	if (border > start) {
		memset(piece->bytes + start, '*', border - start);
	}
	if (end > border) {
		memset(stream->marks + border - piece->released, 1,
		       end - border);
	}
	if (stream->at + start >= stream->until[slot] &&
	    stream->matched != NULL) {
		stream->matched(stream->context,
				enc_mask_id(stream->mask, slot));
	}
	stream->until[slot] = ENC_MAX(stream->until[slot], stream->at + end);
}

/* paint_marked() - mask the released bytes whose match was found before */
static void paint_marked(const struct piece *piece, size_t marked)
{
	const uint8_t *marks = piece->stream->marks;

	for (size_t i = 0; i < ENC_MIN(marked, piece->released); i++) {
		if (marks[i] != 0) {
			piece->bytes[i] = '*';
		}
	}
}

/* move_marks() - have marks for exactly the bytes that stay, or none */
static void move_marks(const struct piece *piece, size_t marked, bool any)
{
	struct enc_mask_stream *stream = piece->stream;
	uint8_t *marks = NULL;

	if (any || marked > piece->released) {
		marks = enc_xalloc(piece->length - piece->released + 1);
	}
	if (stream->marks != NULL && marked > piece->released) {
		memcpy(marks, stream->marks + piece->released,
		       marked - piece->released);
	}
	free(stream->marks);
	stream->marks = marks;
}

/*
 * mask_piece() - mask what is released, and mark the rest
 * @marked: bytes that may be marked
 */
static void mask_piece(struct piece *piece, size_t marked,
		       const struct matches *matches)
{
	struct enc_mask_stream *stream = piece->stream;
	bool many = matches->count > MATCHES_MAX;
	uint8_t *copy = NULL;

	if (many) {
		copy = enc_xalloc(piece->length);
		memcpy(copy, piece->bytes, piece->length);
	}
	if (matches->count > 0 && stream->until == NULL) {
		stream->until = new_until();
	}
	if (stream->marks != NULL) {
		paint_marked(piece, marked);
	}
	move_marks(piece, marked, matches->count > 0);
	for (size_t i = 0; i < matches->count && !many; i++) {
		const struct match *match = &matches->at[i];

		paint(piece, match->start, match->end, match->slot);
	}
	if (many) {
		/*
		 * The search goes through a copy, since what is masked may be a
		 * part of another match.
		 */
		(void)enc_mask_scan(stream->mask, copy, piece->length,
				    stream->next, paint, piece);
		explicit_bzero(copy, piece->length);
		free(copy);
	}
}

struct enc_text enc_mask_feed(struct enc_mask_stream *stream, uint8_t *bytes,
			      size_t length, bool end)
{
	size_t marked = stream->held.length;
	uint8_t *all = bytes - marked;
	struct piece piece = { .stream = stream,
			       .bytes = all,
			       .length = marked + length };
	struct matches matches;
	size_t next = 0;

	matches.count = 0;
	memcpy(all, enc_buf_bytes(&stream->held), marked);
	piece.released = count_released(piece.bytes, piece.length,
					end ? 0 : stream->hold);
	if (stream->mask != NULL) {
		next = enc_mask_scan(stream->mask, piece.bytes, piece.length,
				     stream->next, note, &matches);
	}
	enc_buf_clear(&stream->held);
	ENC_MUST(enc_buf_append(&stream->held, piece.bytes + piece.released,
				piece.length - piece.released));
	if (matches.count > 0 || stream->marks != NULL) {
		mask_piece(&piece, marked, &matches);
	}
	stream->at += piece.released;
	stream->next = next > piece.released ? next - piece.released : 0;
	return (struct enc_text){ (const char *)piece.bytes, piece.released };
}

void enc_mask_in_place(struct enc_mask *mask, uint8_t *bytes, size_t length,
		       enc_mask_matched_fn *matched, void *context)
{
	struct enc_mask_stream stream;

	if (mask == NULL || length < ENC_MASK_VALUE_MIN_BYTES) {
		return;
	}
	enc_mask_stream_init(&stream, mask, matched, context);
	(void)enc_mask_feed(&stream, bytes, length, /* end= */ true);
	enc_mask_stream_done(&stream);
}
