#include <string.h>

#include "mask_internal.h"

enum {
	/* Bytes that are searched at a time, so that they stay in a cache. */
	PIECE_BYTES = 64 * 1024,
};

void enc_mask_stream_init(struct enc_mask_stream *stream, struct enc_mask *mask,
			  enc_mask_matched_fn *matched, void *context)
{
	*stream = (struct enc_mask_stream){
		.held = ENC_BUF_SECRET(ENC_MASK_HOLD_MAX_BYTES + PIECE_BYTES),
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
	stream->mask = enc_mask_unref(stream->mask);
}

/* move_until() - what has been counted stays so, if the ids stay */
static void move_until(struct enc_mask_stream *stream,
		       const struct enc_mask *mask)
{
	uint64_t until[ENC_MASK_VALUES_MAX] = { 0 };

	if (stream->mask == NULL) {
		return; /* nothing has been counted */
	}
	for (unsigned int to = 0; to < enc_mask_slots(mask); to++) {
		uint32_t id = enc_mask_id(mask, to);

		for (unsigned int i = 0; i < enc_mask_slots(stream->mask);
		     i++) {
			if (enc_mask_id(stream->mask, i) == id) {
				until[to] = stream->until[i];
			}
		}
	}
	memcpy(stream->until, until, sizeof(until));
}

void enc_mask_stream_replace(struct enc_mask_stream *stream,
			     struct enc_mask *mask)
{
	size_t hold = enc_mask_hold_bytes(mask);
	/* More may be held than the new mask asks for, until the next bytes. */
	size_t room = ENC_MAX(hold, stream->held.length);
	uint8_t *marks = enc_xalloc(ENC_MAX(room, (size_t)1));

	if (stream->held.length > 0) {
		memcpy(marks, stream->marks, stream->held.length);
	}
	free(stream->marks);
	stream->marks = marks;
	move_until(stream, mask);
	(void)enc_mask_ref(mask);
	(void)enc_mask_unref(stream->mask);
	stream->mask = mask;
	stream->hold = hold;
	stream->next = 0;
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

/* Where the bytes of a piece are, of which the first ones are released. */
struct piece {
	struct enc_mask_stream *stream;
	uint8_t *out;
	size_t released;
};

static void paint(void *context, size_t start, size_t end, unsigned int slot)
{
	const struct piece *piece = context;
	struct enc_mask_stream *stream = piece->stream;
	size_t border = ENC_MIN(end, ENC_MAX(start, piece->released));

	if (border > start) {
		memset(piece->out + start, '*', border - start);
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
			piece->out[i] = '*';
		}
	}
}

/* shift_marks() - have marks for exactly the bytes that stay */
static void shift_marks(struct enc_mask_stream *stream, size_t marked,
			size_t released, size_t length)
{
	size_t stay = marked > released ? marked - released : 0;

	memmove(stream->marks, stream->marks + marked - stay, stay);
	memset(stream->marks + stay, 0, length - released - stay);
}

/* keep() - hold the bytes that aren't released */
static int keep(struct enc_mask_stream *stream, const uint8_t *all,
		size_t length, size_t released)
{
	stream->at += released;
	stream->next = stream->next > released ? stream->next - released : 0;
	if (stream->held.length > 0) {
		enc_buf_consume(&stream->held, released);
		return 0;
	}
	return enc_buf_append(&stream->held, all + released, length - released);
}

/* pass() - search the held bytes and some more, and release what may go on */
static int pass(struct enc_mask_stream *stream, const uint8_t *bytes,
		size_t length, size_t hold, struct enc_buf *out)
{
	struct piece piece = { .stream = stream };
	const uint8_t *all = bytes;
	size_t marked = stream->held.length;
	size_t before = out->length;
	int r = 0;

	if (marked > 0) {
		r = enc_buf_append(&stream->held, bytes, length);
		all = enc_buf_bytes(&stream->held);
		length = stream->held.length;
	}
	if (r == 0) {
		piece.released = count_released(all, length, hold);
		r = enc_buf_append(out, all, piece.released);
	}
	if (r < 0) {
		return r;
	}
	if (piece.released > 0) {
		piece.out = out->memory + out->start + before;
	}
	paint_marked(&piece, marked);
	shift_marks(stream, marked, piece.released, length);
	if (stream->mask != NULL) {
		stream->next = enc_mask_scan(stream->mask, all, length,
					     stream->next, paint, &piece);
	}
	return keep(stream, all, length, piece.released);
}

int enc_mask_feed(struct enc_mask_stream *stream, const uint8_t *bytes,
		  size_t length, struct enc_buf *out)
{
	int r = 0;

	while (length > 0 && r == 0) {
		size_t piece = ENC_MIN(length, (size_t)PIECE_BYTES);

		r = pass(stream, bytes, piece, stream->hold, out);
		bytes += piece;
		length -= piece;
	}
	return r;
}

int enc_mask_end(struct enc_mask_stream *stream, struct enc_buf *out)
{
	static const uint8_t none[1];
	int r = pass(stream, none, 0, /* hold= */ 0, out);

	stream->next = 0;
	return r;
}

/* ---- bytes that are there as a whole ---- */

/* Bytes that are masked in place. */
struct painting {
	uint8_t *bytes;
	const struct enc_mask *mask;
	uint64_t until[ENC_MASK_VALUES_MAX];
	enc_mask_matched_fn *matched;
	void *context;
};

static void note_any(void *context, size_t start, size_t end, unsigned int slot)
{
	bool *any = context;

	(void)start;
	(void)end;
	(void)slot;
	*any = true;
}

static void paint_over(void *context, size_t start, size_t end,
		       unsigned int slot)
{
	struct painting *painting = context;

	memset(painting->bytes + start, '*', end - start);
	if (start >= painting->until[slot] && painting->matched != NULL) {
		painting->matched(painting->context,
				  enc_mask_id(painting->mask, slot));
	}
	painting->until[slot] = ENC_MAX(painting->until[slot], (uint64_t)end);
}

/* paint_copied() - mask what a copy, in which nothing is masked, has */
static void paint_copied(const struct enc_mask *mask, uint8_t *bytes,
			 size_t length, enc_mask_matched_fn *matched,
			 void *context)
{
	struct painting painting = { .bytes = bytes,
				     .mask = mask,
				     .matched = matched,
				     .context = context };
	uint8_t *copy = enc_xalloc(length);

	memcpy(copy, bytes, length);
	(void)enc_mask_scan(mask, copy, length, 0, paint_over, &painting);
	explicit_bzero(copy, length);
	free(copy);
}

void enc_mask_in_place(const struct enc_mask *mask, uint8_t *bytes,
		       size_t length, enc_mask_matched_fn *matched,
		       void *context)
{
	bool any = false;

	if (mask != NULL) {
		(void)enc_mask_scan(mask, bytes, length, 0, note_any, &any);
	}
	if (any) {
		paint_copied(mask, bytes, length, matched, context);
	}
}
