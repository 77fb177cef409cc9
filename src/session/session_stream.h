#ifndef ENC_SESSION_SESSION_STREAM_H
#define ENC_SESSION_SESSION_STREAM_H

/*
 * The log of a session as server-sent events, page by page. An event's id is
 * the number of its entry. docs/protocol/http.md has the kinds and their data.
 */

#include "result_pieces.h"
#include "session_log.h"

/* Where one reader is. */
struct enc_session_stream {
	uint64_t next_seq;
	bool lost;   /* entries that it was shown weren't stored: say so */
	bool ended;  /* it got `end`; nothing follows */
	bool result; /* the event `result` is being written */
	uint64_t result_seq;
	struct enc_result_pieces pieces;
};

/* enc_session_stream_parse() - an event's id; false if it is none */
bool enc_session_stream_parse(const char *text, uint64_t *ret_seq);

/**
 * enc_session_stream_open() - a reader that got every event up to @last
 * @last:     0: it got none
 * @last_seq: of the session's last entry
 *
 * Return: ENC_OK, with `ended` set if @last is `end`; ENC_INTERNAL
 */
ENC_NODISCARD enum enc_code
enc_session_stream_open(struct enc_session_stream *stream,
			const struct enc_session_source *source, uint64_t last,
			uint64_t last_seq, struct enc_error *err);

/**
 * enc_session_stream_next() - append the next events, or a piece of one
 * @source: its store and id are borrowed until the stream is not used any more
 * @out:    gets at most ENC_RESULT_PIECE_MAX_BYTES; nothing if there is nothing
 *          to be shown now
 *
 * Return: ENC_OK; ENC_INTERNAL
 */
ENC_NODISCARD enum enc_code
enc_session_stream_next(struct enc_session_stream *stream,
			const struct enc_session_source *source,
			struct enc_buf *out, struct enc_error *err);

#endif
