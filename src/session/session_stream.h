#ifndef ENC_SESSION_SESSION_STREAM_H
#define ENC_SESSION_SESSION_STREAM_H

/*
 * The log of a session as server-sent events, page by page. An event's id is
 * the number of its entry. docs/protocol/http.md has the kinds and their data.
 */

#include "result_pieces.h"
#include "session_log.h"

/* A reader's position in the events of a session. */
struct enc_session_stream {
	uint64_t next_seq;
	/*
	 * The reader saw entries that were never stored. The next event tells
	 * it.
	 */
	bool lost;
	bool ended;  /* the reader got `end`; nothing follows */
	bool result; /* the event `result` is partly written */
	uint64_t result_seq;
	struct enc_result_pieces pieces;
};

/*
 * enc_session_stream_parse() - parse the id of an event; false if it is
 * malformed
 */
bool enc_session_stream_parse(const char *text, uint64_t *ret_seq);

/**
 * enc_session_stream_open() - begin a stream for a reader that got every event
 * up to @last
 * @last:     0: the reader got no event yet
 * @last_seq: number of the session's last entry
 *
 * Return: ENC_OK, with `ended` set if @last is the event `end`; ENC_INTERNAL
 */
ENC_NODISCARD enum enc_code
enc_session_stream_open(struct enc_session_stream *stream,
			const struct enc_session_source *source, uint64_t last,
			uint64_t last_seq, struct enc_error *err);

/**
 * enc_session_stream_next() - append the next events, or a piece of one
 * @source: its store and id are borrowed as long as the stream is used
 * @out:    gets at most ENC_RESULT_PIECE_MAX_BYTES, and nothing if no event can
 *          be shown now
 *
 * Return: ENC_OK; ENC_INTERNAL
 */
ENC_NODISCARD enum enc_code
enc_session_stream_next(struct enc_session_stream *stream,
			const struct enc_session_source *source,
			struct enc_buf *out, struct enc_error *err);

#endif
