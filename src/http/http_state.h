#ifndef ENC_HTTP_HTTP_STATE_H
#define ENC_HTTP_HTTP_STATE_H

/*
 * The state of a connection of the server, and that of its input.
 *
 *	FIRST_HEAD -+                     +-> ANSWERING, STREAMING -+
 *	            +-> READING_BODY -> HANDLING ----------> NEXT_HEAD
 *	NEXT_HEAD --+
 *
 * A request that is refused because of its head goes to HANDLING without
 * READING_BODY. A connection that is done goes from a head or a body to
 * LINGERING. Each state may be followed by CLOSING, which is the last one.
 */

#include <stdbool.h>

enum enc_http_state {
	ENC_HTTP_FIRST_HEAD,   /* reads the head of its first request */
	ENC_HTTP_NEXT_HEAD,    /* is idle, or reads a later head */
	ENC_HTTP_READING_BODY, /* reads the body of an admitted request */
	ENC_HTTP_HANDLING,     /* the user owes the response */
	ENC_HTTP_ANSWERING,    /* the user owes the rest of the response */
	ENC_HTTP_STREAMING,    /* as ANSWERING; later requests are dropped */
	ENC_HTTP_LINGERING, /* the last response is written; input is dropped */
	ENC_HTTP_CLOSING,   /* the socket is being closed */
	ENC_HTTP_STATE_MAX,
};

/* enc_http_state_name() - the name for the log, never NULL */
const char *enc_http_state_name(enum enc_http_state state);

/* enc_http_state_may_move() - whether the move is legal */
bool enc_http_state_may_move(enum enc_http_state from, enum enc_http_state to);

enum enc_http_input {
	ENC_HTTP_INPUT_PAUSED,	/* the socket keeps what the client sends */
	ENC_HTTP_INPUT_READING, /* libuv calls on_read() */
	ENC_HTTP_INPUT_ENDED,	/* the client has closed its sending half */
	ENC_HTTP_INPUT_MAX,
};

/* enc_http_input_may_move() - whether the move is legal */
bool enc_http_input_may_move(enum enc_http_input from, enum enc_http_input to);

#endif
