#ifndef ENC_API_PIECES_H
#define ENC_API_PIECES_H

/*
 * Answers in pieces. A short one goes out whole, with its length. Of a longer
 * one a piece is made when the client has taken the ones before it, so that an
 * answer of any length costs the memory of a few pieces.
 */

#include "api_internal.h"

enum { ENC_API_PIECE_MAX_BYTES = 1 << 20 };

/*
 * What an answer is made of, on the heap. An answer that fails behind its first
 * piece is cut off: its client sees that it isn't whole.
 */
struct enc_api_source {
	/*
	 * Append the next piece, of at most ENC_API_PIECE_MAX_BYTES. It may be
	 * empty: long work is done in parts, between which others have turns.
	 * @ret_done: it is the last one.
	 */
	enum enc_code (*next)(struct enc_api_source *source,
			      struct enc_buf *out, bool *ret_done,
			      struct enc_error *err);
	/* Optional; the source itself is freed after it. */
	void (*done)(struct enc_api_source *source);
};

/* Whom an answer goes to; all of it is borrowed for a call. */
struct enc_api_asker {
	struct enc_api *api;
	struct enc_http_exchange *exchange;
	const char *key; /* that it was asked with, or "" */
};

/* enc_api_asker_of() - of a call */
struct enc_api_asker enc_api_asker_of(const struct enc_api_call *call);

/* enc_api_answer() - @source is taken; a failure is answered as an error */
void enc_api_answer(const struct enc_api_asker *asker, int status,
		    const char *content_type, struct enc_api_source *source);

#endif
