#ifndef ENC_SANDBOX_OUTWARD_H
#define ENC_SANDBOX_OUTWARD_H

/*
 * Theory of operation
 *
 * The launcher's part in the way out of sessions with an allowlist. A gate has
 * no way out of its network namespace. It asks for sockets over its orders pair
 * (gate_order.h), and gets them one at a time: unconnected, made in this
 * process's network namespace, and made as the gate's uid.
 *
 * By that uid the kernel knows them. A table of nftables in this namespace
 * checks what they send once more (net_host.h): the deny table of
 * policy/egress.h, and the machine's own addresses. A refusal there is a fault
 * of the gate, so its session is ended.
 *
 * Without the table no session may have an allowlist.
 *
 * Should: make sockets for sessions that were claimed with an allowlist.
 * Mustn't: connect, bind or read one; believe a gate that it needs more.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "slots.h"

struct enc_outward;

/* What a gate may still ask for, and was told; all zero at first. */
struct enc_outward_rate {
	int64_t credit;	   /* a socket costs 1,000; grows with the time */
	int64_t at_ms;	   /* the time that `credit` is of */
	unsigned int told; /* the change of servers that it knows of */
};

/**
 * enc_outward_open() - make the kernel's table, and read the name servers
 * @slots:    whose ids gates have; borrowed for the call
 * @internal: networks that rules may allow although the deny table has them,
 *            as in internal_networks.h
 *
 * If the kernel can't hold the table, the log says why, and
 * enc_outward_works() is false.
 *
 * Return: ENC_OK; ENC_BAD_REQUEST if @internal isn't such a list
 */
ENC_NODISCARD enum enc_code enc_outward_open(const struct enc_slots *slots,
					     const char *internal,
					     struct enc_outward **ret_outward,
					     struct enc_error *err);
void enc_outward_free(struct enc_outward *outward);

/* enc_outward_works() - whether sessions may have an allowlist; NULL: no */
bool enc_outward_works(const struct enc_outward *outward);

/*
 * enc_outward_tell_internal() - tell a gate the internal networks, so that it
 * names the right rule also in a session without any outside
 * @outward: NULL: there are none
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_outward_tell_internal(const struct enc_outward *outward,
					    int orders);

/* enc_outward_greet() - tell a gate the name servers. Return: 0 or -errno */
ENC_NODISCARD int enc_outward_greet(struct enc_outward *outward, int orders,
				    struct enc_outward_rate *rate);

/**
 * enc_outward_serve() - answer what a gate asks for
 * @orders: the launcher's end
 * @uid:    the gate's
 *
 * Return: 0; -EPROTO for a message that no honest gate sends; another negative
 * errno
 */
ENC_NODISCARD int enc_outward_serve(struct enc_outward *outward, int orders,
				    uid_t uid, struct enc_outward_rate *rate);

/*
 * enc_outward_may_have() - count one more socket, unless the gate has to wait;
 * pure
 */
bool enc_outward_may_have(struct enc_outward_rate *rate, int64_t now_ms);

/* enc_outward_refused() - how often the kernel's table has refused a gate */
uint64_t enc_outward_refused(struct enc_outward *outward, uid_t uid);

/* enc_outward_forget() - the uid may belong to another gate from now on */
void enc_outward_forget(struct enc_outward *outward, uid_t uid);

#endif
