#ifndef ENC_GATE_END_H
#define ENC_GATE_END_H

/*
 * An end of a connection: a socket, and the events that are waited for. A flow
 * has one towards the program and may have one towards the outside.
 */

#include <stdbool.h>
#include <uv.h>

struct enc_gate;

struct enc_end;

enum { ENC_END_FAILED = 1 << 8 }; /* it was reset, or couldn't be connected */

/*
 * enc_end_ready_fn - events have come
 * @events: UV_READABLE, UV_WRITABLE, UV_DISCONNECT, ENC_END_FAILED
 */
typedef void enc_end_ready_fn(struct enc_end *end, int events);

struct enc_end {
	uv_poll_t poll;
	int fd;
	int events; /* those that are waited for */
	void *owner;
	enc_end_ready_fn *ready;
};

/* enc_end_new() - take a socket; nothing is watched yet */
struct enc_end *enc_end_new(struct enc_gate *gate, int fd, void *owner,
			    enc_end_ready_fn *ready);

/* enc_end_hand_over() - give an end to another owner */
void enc_end_hand_over(struct enc_end *end, void *owner,
		       enc_end_ready_fn *ready);

/* enc_end_watch() - wait for exactly these events; 0: for none */
void enc_end_watch(struct enc_end *end, int events);

/*
 * enc_end_close() - close the socket and free the end; NULL is fine
 * @politely: with FIN; else with RST, so that the peer sees a failure
 */
void enc_end_close(struct enc_end *end, bool politely);

/* enc_end_reset() - close a socket with RST instead of FIN */
void enc_end_reset(int fd);

#endif
