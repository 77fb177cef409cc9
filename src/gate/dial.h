#ifndef ENC_GATE_DIAL_H
#define ENC_GATE_DIAL_H

/*
 * Connects to one of several addresses, one after the other. The caller has
 * checked them all.
 */

#include <stddef.h>
#include <stdint.h>

#include "deadline.h"
#include "supply.h"

struct enc_dial;
struct enc_peer;

/*
 * enc_dial_fn - the result
 * @peer: the connection, which is the callee's; NULL: none
 * @r:   0, or why the last address failed, as a negative errno
 */
typedef void enc_dial_fn(struct enc_dial *dial, struct enc_peer *peer, int r);

/* Embedded by who dials; all zero: not dialling. */
struct enc_dial {
	struct enc_gate *gate; /* NULL: not dialling */
	struct enc_want want;
	struct enc_deadline deadline;
	struct enc_peer *peer;
	const uint8_t *addrs;
	size_t count;
	size_t next;
	uint16_t port;
	int failure;
	enc_dial_fn *done;
};

/* enc_dialling_new() - the deadlines of all dials */
struct enc_deadlines *enc_dialling_new(struct enc_gate *gate);

/**
 * enc_dial_begin() - connect
 * @addrs: at least one, of 16 bytes each; borrowed until the result
 *
 * The result may come at once.
 */
void enc_dial_begin(struct enc_dial *dial, struct enc_gate *gate,
		    const uint8_t *addrs, size_t count, uint16_t port,
		    enc_dial_fn *done);

/* enc_dial_stop() - give up; does nothing if it isn't dialling */
void enc_dial_stop(struct enc_dial *dial);

/*
 * enc_dial_connect() - begin to connect a socket of the supply. Return: 0,
 * -EINPROGRESS, or another negative errno
 */
ENC_NODISCARD int enc_dial_connect(const struct enc_gate *gate, int fd,
				   const uint8_t addr[16], uint16_t port);

#endif
