#ifndef ENC_HTTP_HTTP_STATE_H
#define ENC_HTTP_HTTP_STATE_H

/*
 * The states of a server connection and of its input.
 *
 *	FIRST_HEAD -+                     +-> ANSWERING, STREAMING -+
 *	            +-> READING_BODY -> HANDLING ----------> NEXT_HEAD
 *	NEXT_HEAD --+
 *
 * A request that is refused because of its head skips READING_BODY. A
 * connection that serves no further request moves from a head or a body to
 * LINGERING. Each other state may be followed by CLOSING, the last state.
 */

#include <stdbool.h>

enum enc_http_state {
	ENC_HTTP_FIRST_HEAD, /* the head of the first request is being read */
	/* The connection is idle, or a later head is being read. */
	ENC_HTTP_NEXT_HEAD,
	/* The body of an admitted request is being read. */
	ENC_HTTP_READING_BODY,
	/* The request is complete; the handler must respond. */
	ENC_HTTP_HANDLING,
	/* The handler must write the rest of the response. */
	ENC_HTTP_ANSWERING,
	ENC_HTTP_STREAMING, /* as ANSWERING, but later requests are dropped */
	ENC_HTTP_LINGERING, /* the last response is written; input is dropped */
	ENC_HTTP_CLOSING,   /* the socket is being closed */
	ENC_HTTP_STATE_MAX,
};

/* enc_http_state_name() - return the name for the log, never NULL */
const char *enc_http_state_name(enum enc_http_state state);

/*
 * enc_http_state_may_move() - whether a connection in state @from may move to
 * @to
 */
bool enc_http_state_may_move(enum enc_http_state from, enum enc_http_state to);

enum enc_http_input {
	ENC_HTTP_INPUT_PAUSED, /* the server doesn't read from the socket */
	/* The server reads: libuv calls on_read(). */
	ENC_HTTP_INPUT_READING,
	ENC_HTTP_INPUT_ENDED, /* the client has closed its sending half */
	ENC_HTTP_INPUT_MAX,
};

/*
 * enc_http_input_may_move() - whether the input of a connection in state @from
 * may move to @to
 */
bool enc_http_input_may_move(enum enc_http_input from, enum enc_http_input to);

#endif
