#ifndef ENC_HTTP_SSE_READER_H
#define ENC_HTTP_SSE_READER_H

/*
 * Parses an event stream (text/event-stream) that arrives in pieces of any
 * size. A line is `id:`, `event:`, `data:` or a comment; an empty line ends an
 * event. Lines end with LF or CRLF. An incomplete event at the end of the
 * stream is ignored. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum {
	ENC_SSE_LINE_MAX_BYTES = 16 << 20,
	ENC_SSE_NAME_MAX_BYTES = 128,
};

/* One event. It is valid only during the callback. */
struct enc_sse_event {
	const char *kind; /* "message" if the event has no `event:` line */
	const char *id;	  /* id of the latest event that had one, or "" */
	const char *data; /* NUL-terminated; several lines are joined with LF */
	size_t data_length;
};

/* Called for each event. Return: false to stop reading. */
typedef bool enc_sse_on_event(void *user, const struct enc_sse_event *event);

struct enc_sse_reader {
	struct enc_buf line;
	struct enc_buf data;
	bool has_data;
	char kind[ENC_SSE_NAME_MAX_BYTES];
	char id[ENC_SSE_NAME_MAX_BYTES];
	char next_id[ENC_SSE_NAME_MAX_BYTES];
};

/*
 * enc_sse_reader_init() - begin to read; @last_id is the id after which a
 * resumed stream goes on, "" for a new stream
 */
void enc_sse_reader_init(struct enc_sse_reader *reader, const char *last_id);

void enc_sse_reader_done(struct enc_sse_reader *reader);

/*
 * enc_sse_reader_feed() - parse the next bytes of the stream
 *
 * Return: 0; -ECANCELED when on_event() returned false; -E2BIG for a line or
 * event that is too long; -EPROTO for an id or kind that is too long or has a
 * control character
 */
ENC_NODISCARD int enc_sse_reader_feed(struct enc_sse_reader *reader,
				      const uint8_t *bytes, size_t length,
				      enc_sse_on_event *on_event, void *user);

#endif
