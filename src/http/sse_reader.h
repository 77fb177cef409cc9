#ifndef ENC_HTTP_SSE_READER_H
#define ENC_HTTP_SSE_READER_H

/*
 * Reads an event stream (text/event-stream) in pieces of any size: lines
 * `id:`, `event:`, `data:`, comments; an empty line ends an event. Lines end
 * with LF or CRLF. An event that is cut off at the end of the stream is none.
 * Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum {
	ENC_SSE_LINE_MAX_BYTES = 16 << 20,
	ENC_SSE_NAME_MAX_BYTES = 128,
};

/* One event, borrowed for the call. */
struct enc_sse_event {
	const char *kind; /* "message" if there is none */
	const char *id;	  /* of the last event that had one; "" */
	const char *data; /* NUL-terminated; lines are joined with LF */
	size_t data_length;
};

/* Return: whether to go on. */
typedef bool enc_sse_on_event(void *user, const struct enc_sse_event *event);

struct enc_sse_reader {
	struct enc_buf line;
	struct enc_buf data;
	bool has_data;
	char kind[ENC_SSE_NAME_MAX_BYTES];
	char id[ENC_SSE_NAME_MAX_BYTES];
	char next_id[ENC_SSE_NAME_MAX_BYTES];
};

/* enc_sse_reader_init() - @last_id: where a stream goes on; "" for its start */
void enc_sse_reader_init(struct enc_sse_reader *reader, const char *last_id);

void enc_sse_reader_done(struct enc_sse_reader *reader);

/**
 * enc_sse_reader_feed() - the next bytes
 *
 * Return: 0; -ECANCELED when on_event() had enough; -E2BIG for a line or event
 * that is too long; -EPROTO for an id or kind that is too long or has a
 * control character
 */
ENC_NODISCARD int enc_sse_reader_feed(struct enc_sse_reader *reader,
				      const uint8_t *bytes, size_t length,
				      enc_sse_on_event *on_event, void *user);

#endif
