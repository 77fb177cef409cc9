#ifndef ENC_GATE_REACH_H
#define ENC_GATE_REACH_H

/*
 * Makes a connection to the upstream of a binding, in these steps:
 *
 *	resolve the name; the deny table refuses it if it has any of the addresses
 *	note the first address, and wait until it is on record
 *	connect to it; after a failure the same with the next address. The
 *	  launcher makes so many sockets a second; without one, wait for it
 *	TLS: handshake, with a certificate for the record's host
 */

#include "await.h"
#include "dial.h"
#include "resolve.h"
#include "upstream_link.h"

struct enc_reach;

/**
 * enc_reach_fn - the result
 * @link: the callee's; NULL: there is none
 * @r:    0; -EACCES: the deny table has an address; -ESTALE: it couldn't be
 *        recorded; -EKEYREJECTED: TLS failed; -ETIMEDOUT; another negative
 *        errno
 */
typedef void enc_reach_fn(struct enc_reach *reach,
			  struct enc_upstream_link *link, int r);

/* Embedded by the part that needs a connection. All zero: it needs none. */
struct enc_reach {
	struct enc_held *held; /* NULL: wants none */
	struct enc_resolving resolving;
	struct enc_addresses *addresses;
	size_t next; /* index of the address that is noted and dialled */
	struct enc_await await;
	struct enc_dial dial;
	struct enc_peer *peer; /* during the handshake */
	struct enc_tls *tls;
	struct enc_buf out;
	struct enc_deadline deadline;
	int waits; /* for a socket, up to now */
	enc_reach_fn *done;
};

/* enc_reach_deadlines() - set up the deadlines of all that reach */
void enc_reach_deadlines(struct enc_upstream_links *links,
			 struct enc_gate *gate);

/* enc_reach_begin() - get a new connection; @done may be called at once */
void enc_reach_begin(struct enc_reach *reach, struct enc_held *held,
		     enc_reach_fn *done);

/* enc_reach_stop() - give up; does nothing if nothing is wanted */
void enc_reach_stop(struct enc_reach *reach);

#endif
