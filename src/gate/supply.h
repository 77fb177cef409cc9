#ifndef ENC_GATE_SUPPLY_H
#define ENC_GATE_SUPPLY_H

/*
 * Sockets for connections to the outside. The gate's namespace has no way out,
 * so the launcher makes them, in the host's namespace, and only for a session
 * with an allowlist. A few TCP sockets wait, so that a connection needn't.
 */

#include <stdbool.h>
#include <stdint.h>

#include "list.h"

struct enc_gate_order;
struct enc_supply;
struct enc_want;

/*
 * enc_want_fn - a socket is there, unconnected and non-blocking, and is the
 * callee's. @fd: a negative errno if there is none
 */
typedef void enc_want_fn(struct enc_want *want, int fd);

/* One who waits for a socket; embedded. All zero: waits for none. */
struct enc_want {
	struct enc_list link;
	enc_want_fn *got;
};

struct enc_supply *enc_supply_new(void);

/* enc_supply_open() - ask for sockets that wait; the session has an allowlist */
void enc_supply_open(struct enc_supply *supply);

/*
 * enc_supply_take() - get a socket, at once or later
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 */
void enc_supply_take(struct enc_supply *supply, int protocol,
		     struct enc_want *want, enc_want_fn *got);

/* enc_supply_leave() - no longer wait; does nothing for one who doesn't */
void enc_supply_leave(struct enc_want *want);

/*
 * enc_supply_got() - the launcher's answer; the oldest request gets it
 * @fd: taken; -1: the order has the errno
 */
void enc_supply_got(struct enc_supply *supply,
		    const struct enc_gate_order *order, int fd);

/* enc_supply_ipv4_only() - whether sockets are AF_INET, and not AF_INET6 */
bool enc_supply_ipv4_only(const struct enc_supply *supply);

#endif
