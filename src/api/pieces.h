#ifndef ENC_API_PIECES_H
#define ENC_API_PIECES_H

/*
 * Sends answers in pieces. A short answer is sent as a whole, with its length.
 * A piece of a longer answer is made when the client has read the pieces before
 * it. So an answer of any length takes the memory of a few pieces.
 */

#include "api_internal.h"

enum { ENC_API_PIECE_MAX_BYTES = 1 << 20 };

/*
 * Makes the pieces of an answer. Allocated by the caller. If it fails after
 * sending has begun, the answer is cut off, and the client sees that it isn't
 * complete.
 */
struct enc_api_source {
	/*
	 * Append the next piece, at most ENC_API_PIECE_MAX_BYTES. A piece may
	 * be empty: so long work can be split, and other answers have turns.
	 * @ret_done: whether this is the last piece
	 */
	enum enc_code (*next)(struct enc_api_source *source,
			      struct enc_buf *out, bool *ret_done,
			      struct enc_error *err);
	/* Free what the source owns. May be NULL. pieces.c frees the source. */
	void (*done)(struct enc_api_source *source);
};

/* The client that an answer goes to. All members are borrowed for a call. */
struct enc_api_asker {
	struct enc_api *api;
	struct enc_http_exchange *exchange;
	const char *key; /* id of the key of the request, or "" */
};

/* enc_api_asker_of() - the asker of a call, borrowed from it */
struct enc_api_asker enc_api_asker_of(const struct enc_api_call *call);

/*
 * enc_api_answer() - answer with the pieces of a source
 * @source: becomes owned. If it fails before sending has begun, the answer is
 *          the error.
 */
void enc_api_answer(const struct enc_api_asker *asker, int status,
		    const char *content_type, struct enc_api_source *source);

#endif
