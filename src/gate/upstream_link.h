#ifndef ENC_GATE_UPSTREAM_LINK_H
#define ENC_GATE_UPSTREAM_LINK_H

/*
 * Theory of operation
 *
 * A connection to the upstream of a binding, in clear or by TLS. It belongs to
 * one record: a newer version of the binding has connections of its own.
 *
 *	reach.c          makes one
 *	an exchange      sends a request, reads a response
 *	kept             the response was read to its end, and nothing behind it:
 *	                 another exchange of that record may take it
 *
 * A connection that is kept and becomes readable is closed: either the upstream
 * has closed it, or it has sent bytes without a request, which must never be
 * read as the response to another one.
 */

#include <stdbool.h>
#include <sys/uio.h>

#include "buf.h"
#include "deadline.h"
#include "mask.h"
#include "peer.h"

struct enc_gate;
struct enc_held;
struct enc_tls;
struct enc_upstream_link;

enum {
	ENC_UPSTREAM_READ_BYTES = 256 * 1024,
	/* In front of what was read: for bytes that a mask held back. */
	ENC_UPSTREAM_ROOM_BYTES = ENC_MASK_HOLD_MAX_BYTES,
};

/*
 * enc_upstream_ready_fn - events have come
 * @events: UV_READABLE, UV_WRITABLE, ENC_PEER_FAILED
 */
typedef void enc_upstream_ready_fn(struct enc_upstream_link *link, int events);

struct enc_upstream_link {
	struct enc_list link; /* of those kept */
	struct enc_gate *gate;
	struct enc_held *held;
	struct enc_peer *peer;
	struct enc_tls *tls; /* NULL: in clear */
	struct enc_buf out;  /* bytes that wait to be sent */
	struct enc_deadline deadline;
	bool ended; /* TLS: the upstream has said that it sends no more */
	bool used;  /* was kept before, so the upstream may have closed it */
	void *owner;
	enc_upstream_ready_fn *ready;
};

/* The common part of all connections of a gate. */
struct enc_upstream_links {
	struct enc_deadlines kept; /* has all that are kept, the oldest first */
	size_t kept_count;
	struct enc_deadlines handshakes;
	struct enc_deadlines again; /* until there may be a socket */
};

struct enc_upstream_links *enc_upstream_links_new(struct enc_gate *gate);

/*
 * enc_upstream_link_new() - make a connection of an open one
 * @held: used by it until its end
 * @peer: taken
 * @tls:  taken; the handshake is done. NULL: in clear
 */
struct enc_upstream_link *enc_upstream_link_new(struct enc_held *held,
						struct enc_peer *peer,
						struct enc_tls *tls);

/* enc_upstream_link_own() - set the owner, which gets the events */
void enc_upstream_link_own(struct enc_upstream_link *link, void *owner,
			   enc_upstream_ready_fn *ready);

/*
 * enc_upstream_link_send() - send at most ENC_SENDING_PARTS_MAX parts, one after
 * the other; what the kernel doesn't take waits for enc_upstream_link_flush()
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_upstream_link_send(struct enc_upstream_link *link,
					 const struct iovec *parts,
					 size_t count);

/*
 * enc_upstream_link_flush() - send the waiting bytes. Return: 0 or a negative
 * errno
 */
ENC_NODISCARD int enc_upstream_link_flush(struct enc_upstream_link *link);

/* enc_upstream_link_sending() - whether something waits to be sent */
bool enc_upstream_link_sending(const struct enc_upstream_link *link);

/**
 * enc_upstream_link_read() - read once
 * @ret_bytes: may be changed, as may ENC_UPSTREAM_ROOM_BYTES before them; valid
 *             until the next call for any connection
 *
 * Return: number of bytes; 0 at the proper end of the stream; -EAGAIN; another
 * negative errno
 */
ENC_NODISCARD int enc_upstream_link_read(struct enc_upstream_link *link,
					 uint8_t **ret_bytes);

/* enc_upstream_link_watch() - wait for bytes, and for room if some are kept */
void enc_upstream_link_watch(struct enc_upstream_link *link, bool may_read);

/* enc_upstream_link_keep() - give it up for another exchange, or close it */
void enc_upstream_link_keep(struct enc_upstream_link *link);

/*
 * enc_upstream_link_take() - take a connection of a record that is kept, or
 * NULL
 */
struct enc_upstream_link *enc_upstream_link_take(struct enc_held *held);

/*
 * enc_upstream_link_close() - close it; NULL is fine
 * @politely: bytes that the kernel has are still delivered
 */
void enc_upstream_link_close(struct enc_upstream_link *link, bool politely);

/* enc_upstream_link_close_kept() - close all kept connections of a record */
void enc_upstream_link_close_kept(struct enc_held *held);

#endif
