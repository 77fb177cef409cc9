#ifndef ENC_HTTP_HTTP_STATE_H
#define ENC_HTTP_HTTP_STATE_H

/*
 * Where a connection of the server is, and whether its socket is read.
 *
 *	FIRST_HEAD -+                     +-> ANSWERING, STREAMING -+
 *	            +-> READING_BODY -> HANDLING ----------> NEXT_HEAD
 *	NEXT_HEAD --+
 *
 * A request that is refused by its head goes to HANDLING without a body. From
 * a head or a body a connection goes to LINGERING, once nothing more is owed
 * to it, and from everywhere to CLOSING, which is the last state.
 */

#include <stdbool.h>

enum enc_http_state {
	ENC_HTTP_FIRST_HEAD,   /* it has had no answer yet */
	ENC_HTTP_NEXT_HEAD,    /* it has had one: idle, or reading a head */
	ENC_HTTP_READING_BODY, /* of a request that was admitted */
	ENC_HTTP_HANDLING,     /* the user owes the answer */
	ENC_HTTP_ANSWERING,    /* the user owes the rest of it */
	ENC_HTTP_STREAMING,    /* the same, and the client asks no more */
	ENC_HTTP_LINGERING,    /* the last answer is out; input is dropped */
	ENC_HTTP_CLOSING,      /* the socket is closed, or about to be */
	ENC_HTTP_STATE_MAX,
};

/* enc_http_state_name() - "first head" ..., for the log; never NULL */
const char *enc_http_state_name(enum enc_http_state state);

/* enc_http_state_may_move() - whether the table has the move */
bool enc_http_state_may_move(enum enc_http_state from, enum enc_http_state to);

enum enc_http_input {
	ENC_HTTP_INPUT_PAUSED,	/* what the client sends stays in the socket */
	ENC_HTTP_INPUT_READING, /* each piece is told to on_read() */
	ENC_HTTP_INPUT_ENDED,	/* the client sends no more */
	ENC_HTTP_INPUT_MAX,
};

/* enc_http_input_may_move() - whether the table has the move */
bool enc_http_input_may_move(enum enc_http_input from, enum enc_http_input to);

#endif
