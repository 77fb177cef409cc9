#ifndef ENC_GATE_PEER_H
#define ENC_GATE_PEER_H

/*
 * One side of a connection: a socket, and the events that are waited for. A
 * flow has one towards the program and may have one towards the outside.
 */

#include <stdbool.h>
#include <uv.h>

struct enc_gate;

struct enc_peer;

enum { ENC_PEER_FAILED = 1 << 8 }; /* it was reset, or couldn't be connected */

/*
 * enc_peer_ready_fn - events have come
 * @events: UV_READABLE, UV_WRITABLE, UV_DISCONNECT, ENC_PEER_FAILED
 */
typedef void enc_peer_ready_fn(struct enc_peer *peer, int events);

struct enc_peer {
	uv_poll_t poll;
	int fd;
	int events; /* those that are waited for */
	void *owner;
	enc_peer_ready_fn *ready;
};

/* enc_peer_new() - take a socket; nothing is watched yet */
struct enc_peer *enc_peer_new(struct enc_gate *gate, int fd, void *owner,
			      enc_peer_ready_fn *ready);

/* enc_peer_hand_over() - give a peer to another owner */
void enc_peer_hand_over(struct enc_peer *peer, void *owner,
			enc_peer_ready_fn *ready);

/* enc_peer_watch() - wait for exactly these events; 0: for none */
void enc_peer_watch(struct enc_peer *peer, int events);

/*
 * enc_peer_close() - close the socket and free the peer; NULL is fine
 * @politely: with FIN; else with RST, so that the far side sees a failure
 */
void enc_peer_close(struct enc_peer *peer, bool politely);

/* enc_peer_reset() - close a socket with RST instead of FIN */
void enc_peer_reset(int fd);

#endif
