/*
 * Streams of bytes in; out for each a record (its length before it) of what
 * our reader makes of them, as a server would: request after request, until
 * one is refused, ends the connection, or isn't complete.
 *
 *	requests PIECE    bytes a read, 0 for all at once
 *
 * A record: per request 'Q', then its offset, method, target, body, the number
 * of headers, their names and values; 'B' the same for a head whose body is
 * refused or not complete; at the end 'R' and the status of a refusal, 'C'
 * after a last request, or 'M' where more is wanted. Numbers are u32 big endian,
 * texts have their length before them.
 */

#include <errno.h>

#include "case_reader.h"
#include "http1.h"

enum { BODY_MAX_BYTES = 1 << 20, RECORD_MAX_BYTES = 8 << 20 };

struct stream {
	const uint8_t *bytes;
	size_t length; /* all that will come */
	size_t have;   /* what has come */
	size_t piece;
	struct enc_buf record;
};

static void put(struct enc_buf *record, const void *bytes, size_t length)
{
	ENC_ASSERT(enc_buf_append(record, bytes, length) == 0);
}

static void put_number(struct enc_buf *record, size_t number)
{
	uint8_t bytes[] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16),
			    (uint8_t)(number >> 8), (uint8_t)number };

	put(record, bytes, sizeof(bytes));
}

static void put_text(struct enc_buf *record, const void *bytes, size_t length)
{
	put_number(record, length);
	put(record, bytes, length);
}

static void put_request(struct enc_buf *record, char kind, size_t at,
			const struct enc_http1_head *head,
			const struct enc_buf *body)
{
	put(record, &kind, 1);
	put_number(record, at);
	put_text(record, head->method.bytes, head->method.length);
	put_text(record, head->target.bytes, head->target.length);
	put_text(record, enc_buf_bytes(body), body->length);
	put_number(record, head->header_count);
	for (size_t i = 0; i < head->header_count; i++) {
		const struct enc_http1_header *header = &head->headers[i];

		put_text(record, header->name.bytes, header->name.length);
		put_text(record, header->value.bytes, header->value.length);
	}
}

static void put_refusal(struct enc_buf *record, int status)
{
	put(record, "R", 1);
	put_number(record, (size_t)status);
}

/* more() - the next read; false at the end of the stream */
static bool more(struct stream *stream)
{
	size_t left = stream->length - stream->have;

	stream->have +=
		stream->piece == 0 ? left : ENC_MIN(stream->piece, left);
	return left > 0;
}

/* read_chunked() - bytes taken, 0 if there aren't enough, or refused */
static int read_chunked(struct stream *stream, size_t at, struct enc_buf *body)
{
	struct enc_http1_chunks chunks = { 0 };
	size_t begin = at;

	do {
		int taken = enc_http1_chunks_read(&chunks, stream->bytes + at,
						  stream->have - at, body);

		if (taken < 0) {
			return taken;
		}
		at += (size_t)taken;
	} while (!chunks.done && more(stream));
	return chunks.done ? (int)(at - begin) : 0;
}

/* read_body() - the same, however long the body says it is */
static int read_body(struct stream *stream, size_t at,
		     const struct enc_http1_head *head, struct enc_buf *body)
{
	if (head->chunked) {
		return read_chunked(stream, at, body);
	}
	if (head->length > BODY_MAX_BYTES) {
		return -E2BIG;
	}
	while (stream->have - at < head->length) {
		if (!more(stream)) {
			return 0;
		}
	}
	put(body, stream->bytes + at, (size_t)head->length);
	return (int)head->length;
}

/* read_one() - the request at @at; bytes taken, 0 when the stream is over */
static size_t read_one(struct stream *stream, size_t at)
{
	static struct enc_http1_head head;
	ENC_AUTO(buf) body = ENC_BUF(BODY_MAX_BYTES);
	size_t scanned = 0;
	int status = 0;
	int end;
	int taken;

	while ((end = enc_http1_request(stream->bytes + at, stream->have - at,
					&scanned, &head, &status)) == 0) {
		if (!more(stream)) {
			put(&stream->record, "M", 1);
			return 0;
		}
	}
	if (end < 0) {
		put_refusal(&stream->record, status);
		return 0;
	}
	taken = read_body(stream, at + (size_t)end, &head, &body);
	if (taken < 0) {
		put_request(&stream->record, 'B', at, &head, &body);
		put_refusal(&stream->record, taken == -E2BIG ? 413 : 400);
		return 0;
	}
	if (taken == 0 && (head.chunked || head.length > 0)) {
		put_request(&stream->record, 'B', at, &head, &body);
		put(&stream->record, "M", 1);
		return 0;
	}
	put_request(&stream->record, 'Q', at, &head, &body);
	if (head.close) {
		put(&stream->record, "C", 1);
		return 0;
	}
	return (size_t)(end + taken);
}

int main(int argc, char **argv)
{
	enc_autofree uint8_t *bytes = NULL;
	size_t length;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: requests PIECE\n");
		return 64;
	}
	while (case_read(&bytes, &length)) {
		struct stream stream = {
			.bytes = bytes,
			.length = length,
			.piece = (size_t)strtoul(argv[1], NULL, 10),
			.record = ENC_BUF(RECORD_MAX_BYTES),
		};
		ENC_AUTO(buf) out = ENC_BUF(RECORD_MAX_BYTES);
		size_t at = 0;
		size_t taken;

		while ((taken = read_one(&stream, at)) > 0) {
			at += taken;
		}
		put_text(&out, enc_buf_bytes(&stream.record),
			 stream.record.length);
		ENC_ASSERT(fwrite(enc_buf_bytes(&out), 1, out.length, stdout) ==
			   out.length);
		enc_buf_done(&stream.record);
		free(ENC_TAKE(bytes));
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
