#ifndef ENC_SESSION_RESULT_PIECES_H
#define ENC_SESSION_RESULT_PIECES_H

/*
 * The Result of a session that has ended, as JSON in pieces. stdout and stderr
 * are the output entries of the log, read from the store page by page. So a
 * result of any size costs the memory of one piece, and nothing of it is held
 * between two pieces.
 */

#include "buf.h"
#include "session.h"

enum {
	/* What the next piece can have, whatever the program wrote. */
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
	const char *session; /* borrowed: its id */
	int64_t at_ms;	     /* of an event, which has a time; 0: no event */
	enum enc_result_part part;
	uint64_t next_seq; /* of output */
	size_t next_byte;  /* of the program's JSON */
};

/**
 * enc_result_write_live() - append the whole Result of a live session that has
 * ended, if all of it is in memory and small
 * @out: gets at most ENC_RESULT_PIECE_MAX_BYTES
 *
 * Return: false if nothing was appended, so it has to be read in pieces
 */
ENC_NODISCARD bool enc_result_write_live(const struct enc_session *session,
					 struct enc_buf *out);

/**
 * enc_result_pieces_next() - append the next piece
 * @out: gets at most ENC_RESULT_PIECE_MAX_BYTES
 *
 * Begin with a struct that has store, session and perhaps at_ms. In an event
 * stdout and stderr are null if together they have more bytes than
 * ENC_RESULT_EVENT_OUTPUT_BYTES: the events before it have them.
 *
 * Return: ENC_OK, and all is written when the part is DONE; ENC_INTERNAL
 */
ENC_NODISCARD enum enc_code
enc_result_pieces_next(struct enc_result_pieces *pieces, struct enc_buf *out,
		       struct enc_error *err);

#endif
