#ifndef ENC_SESSION_RESULT_PIECES_H
#define ENC_SESSION_RESULT_PIECES_H

/*
 * The Result of a session that has ended, as JSON in pieces. stdout and stderr
 * are the output entries of the log, read from the store page by page. So a
 * result of any size needs only the memory of one piece, and none between
 * pieces.
 */

#include "buf.h"
#include "session.h"

enum {
	/* Upper limit of a piece, whatever the program wrote. */
	ENC_RESULT_PIECE_MAX_BYTES = 512 * 1024,
	ENC_RESULT_EVENT_OUTPUT_BYTES = 64 * 1024,
};

enum enc_result_part {
	ENC_RESULT_HEAD,
	ENC_RESULT_STDOUT,
	ENC_RESULT_STDERR,
	ENC_RESULT_JSON,
	ENC_RESULT_DONE,
};

struct enc_result_pieces {
	struct enc_store *store;
	const char *session; /* id of the session; borrowed */
	int64_t at_ms;	     /* time of the event `result`; 0: not an event */
	enum enc_result_part part;
	uint64_t next_seq; /* number of the next output entry to read */
	size_t next_byte;  /* next byte of the program's JSON */
};

/**
 * enc_result_write_live() - append the whole Result of a live session that has
 * ended, if all of it is in memory and small
 * @out: gets at most ENC_RESULT_PIECE_MAX_BYTES
 *
 * Return: false if nothing was appended; the caller uses
 * enc_result_pieces_next()
 */
ENC_NODISCARD bool enc_result_write_live(const struct enc_session *session,
					 struct enc_buf *out);

/**
 * enc_result_pieces_next() - append the next piece
 * @pieces: in the beginning, only store, session and maybe at_ms are set
 * @out:    gets at most ENC_RESULT_PIECE_MAX_BYTES
 *
 * If this is an event, stdout and stderr are null when together they exceed
 * ENC_RESULT_EVENT_OUTPUT_BYTES: earlier events have their text.
 *
 * Return: ENC_OK, and everything is written when pieces->part is
 * ENC_RESULT_DONE; ENC_INTERNAL
 */
ENC_NODISCARD enum enc_code
enc_result_pieces_next(struct enc_result_pieces *pieces, struct enc_buf *out,
		       struct enc_error *err);

#endif
