/*
 * A session as server-sent events. An event's id says how far a reader is in
 * every kind, so that it can go on exactly there, on this connection, another
 * one, or after a restart:
 *
 *	<phases>-<audit lines>-<stdout bytes>-<stderr bytes>-<result>
 */

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "session.h"

enum { PIECE_BYTES = 24 * 1024 };

#define PRINT(out, ...) ENC_ASSERT(enc_buf_printf(out, __VA_ARGS__) == 0)

bool enc_session_cursor_parse(const char *text,
			      struct enc_session_cursor *ret_cursor)
{
	struct enc_session_cursor cursor = { 0 };
	unsigned int result = 0;
	int taken = 0;

	if (strspn(text, "0123456789-") != strlen(text) ||
	    /* Widths keep each number in its type. */
	    /* NOLINTNEXTLINE(cert-err34-c) */
	    sscanf(text, "%3u-%9zu-%9zu-%9zu-%1u%n", &cursor.phases,
		   &cursor.lines, &cursor.offset[ENC_STREAM_STDOUT],
		   &cursor.offset[ENC_STREAM_STDERR], &result, &taken) != 5 ||
	    text[taken] != '\0' || result > 1) {
		return false;
	}
	cursor.result = result == 1;
	*ret_cursor = cursor;
	return true;
}

/* begin() - id and kind; the data follows on one line */
static void begin(struct enc_buf *out, const struct enc_session_cursor *cursor,
		  const char *kind)
{
	PRINT(out, "id: %u-%zu-%zu-%zu-%d\nevent: %s\ndata: ", cursor->phases,
	      cursor->lines, cursor->offset[ENC_STREAM_STDOUT],
	      cursor->offset[ENC_STREAM_STDERR], cursor->result ? 1 : 0, kind);
}

/* phase_at() - the n-th phase that the session was in; MAX: not there yet */
static enum enc_phase phase_at(const struct enc_session *session,
			       unsigned int n)
{
	enum enc_phase path[4];
	unsigned int count = 0;

	path[count++] = ENC_PHASE_PENDING;
	/* Told once it is durable, as its own or as a later one. */
	if (session->was_started && session->phase != ENC_PHASE_PENDING) {
		path[count++] = ENC_PHASE_RUNNING;
	}
	if (enc_phase_ended(session->phase) &&
	    session->outcome != ENC_PHASE_PENDING) {
		path[count++] = session->outcome;
	}
	if (session->phase == ENC_PHASE_TORN_DOWN) {
		path[count++] = ENC_PHASE_TORN_DOWN;
	}
	return n < count ? path[n] : ENC_PHASE_MAX;
}

/* put_output() - a piece: exact as base64, readable as text */
static void put_output(const struct enc_session *session,
		       struct enc_session_cursor *cursor, enum enc_stream which,
		       struct enc_buf *out)
{
	static const char *const kinds[] = { "stdout", "stderr" };
	const struct enc_buf *bytes = &session->out[which];
	const uint8_t *at = enc_buf_bytes(bytes) + cursor->offset[which];
	size_t length = ENC_MIN(bytes->length - cursor->offset[which],
				(size_t)PIECE_BYTES);
	unsigned char encoded[PIECE_BYTES / 3 * 4 + 8];

	cursor->offset[which] += length;
	begin(out, cursor, kinds[which]);
	(void)EVP_EncodeBlock(encoded, at, (int)length);
	PRINT(out, "{\"base64\":\"%s\",\"text\":", encoded);
	ENC_ASSERT(enc_json_string(out, at, length) == 0);
	PRINT(out, "}\n\n");
}

/* put_end() - result, last phase, end; false if it isn't time */
static bool put_end(const struct enc_session *session,
		    struct enc_session_cursor *cursor, struct enc_buf *out)
{
	if (enc_phase_ended(session->phase) && !cursor->result) {
		cursor->result = true;
		begin(out, cursor, "result");
		enc_session_write_result(session, out);
		PRINT(out, "\n\n");
		return true;
	}
	if (session->sealed && !cursor->end &&
	    phase_at(session, cursor->phases) == ENC_PHASE_MAX) {
		cursor->end = true;
		begin(out, cursor, "end");
		PRINT(out, "{\"outcome\":\"%s\"}\n\n",
		      enc_phase_name(session->outcome));
		return true;
	}
	return false;
}

bool enc_session_next_event(const struct enc_session *session,
			    struct enc_session_cursor *cursor,
			    struct enc_buf *out)
{
	enum enc_phase phase = phase_at(session, cursor->phases);

	/* A phase comes before what happened in it, its end after. */
	if (phase == ENC_PHASE_PENDING || phase == ENC_PHASE_RUNNING) {
		cursor->phases++;
		begin(out, cursor, "phase");
		PRINT(out, "{\"phase\":\"%s\"}\n\n", enc_phase_name(phase));
		return true;
	}
	for (int i = 0; i < ENC_STREAM_MAX; i++) {
		if (cursor->offset[i] < session->out[i].length) {
			put_output(session, cursor, (enum enc_stream)i, out);
			return true;
		}
	}
	if (cursor->lines < session->durable_lines) {
		const char *line = session->lines[cursor->lines++];

		begin(out, cursor, "audit");
		PRINT(out, "%s\n\n", line);
		return true;
	}
	if (phase != ENC_PHASE_MAX) {
		cursor->phases++;
		begin(out, cursor, "phase");
		PRINT(out, "{\"phase\":\"%s\"}\n\n", enc_phase_name(phase));
		return true;
	}
	return put_end(session, cursor, out);
}
