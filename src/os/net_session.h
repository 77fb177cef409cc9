#ifndef ENC_OS_NET_SESSION_H
#define ENC_OS_NET_SESSION_H

/*
 * Theory of operation
 *
 * The network of one session: two network namespaces joined by a veth pair.
 * In the session's end everything is routed to the other one. In the gate's
 * end every address is local, so whatever is asked for arrives there, and
 * nftables hands it to sockets that were opened here. There is no uplink: a
 * packet has nowhere to go.
 *
 *	session's namespace       gate's namespace
 *	eth0 198.18.0.2      <->  gate0 198.18.0.1       table inet enclave
 *	     fd6e:636c:6176::2          fd6e:636c:6176::1
 *
 * Addresses, neighbours and routes are fixed, so there is no ARP, no neighbour
 * discovery and nothing that waits. Counters live in nftables sets, one
 * element per destination, and a total that has no limit: they are the count
 * of what was tried, also while the gate is busy or dead
 * (docs/design/network.md).
 *
 * For root, single-threaded: a call enters other namespaces and comes back.
 */

#include <stdbool.h>
#include <stdint.h>

#include "def.h"

/* The same order as the gate's descriptors (launch/gate_order.h). */
enum enc_net_socket {
	ENC_NET_TCP4,
	ENC_NET_TCP6,
	ENC_NET_UDP4,
	ENC_NET_UDP6,
	ENC_NET_DNS4,
	ENC_NET_DNS6,
	ENC_NET_SOCKET_MAX,
};

enum { ENC_NET_SET_ELEMENTS = 4096 };

struct enc_net_session;

/**
 * enc_net_session_new() - make all of it
 * @ret_step: on failure: what failed, static
 *
 * Return: 0; a negative errno, nothing is left then. After a failure, of the
 * next two as well, the process may be in another network namespace: it is one
 * that was made for this, and ends.
 */
ENC_NODISCARD int enc_net_session_new(struct enc_net_session **ret_session,
				      const char **ret_step);

/*
 * enc_net_namespace_new() - one with nothing in it, for somebody else; its
 * descriptor or a negative errno
 */
ENC_NODISCARD int enc_net_namespace_new(void);

/*
 * enc_net_session_around() - the same around a namespace that there is already
 * @session_netns: with nothing in it; taken, also on failure
 * @taken_over: who lives there (gVisor) takes link and addresses over
 */
ENC_NODISCARD int enc_net_session_around(int session_netns, bool taken_over,
					 struct enc_net_session **ret_session,
					 const char **ret_step);

/*
 * What is left to look after once the gate has its sockets: it keeps the
 * namespace, reads the counters, hears of changes.
 */
enum enc_net_part {
	ENC_NET_PART_NAMESPACE,
	ENC_NET_PART_COUNTERS,
	ENC_NET_PART_CHANGES,
	ENC_NET_PART_MAX,
};

/* enc_net_session_parts() - borrowed descriptors, to be given away */
void enc_net_session_parts(const struct enc_net_session *session,
			   int ret_parts[ENC_NET_PART_MAX]);

/*
 * enc_net_session_of() - the session that another process made, from its
 * parts, which are taken, also on failure; it has no sockets, and the gate's
 * namespace isn't known. 0 or a negative errno
 */
ENC_NODISCARD int enc_net_session_of(int parts[ENC_NET_PART_MAX],
				     struct enc_net_session **ret_session);

/* Borrowed descriptors. */
int enc_net_session_gate_netns(const struct enc_net_session *session);
int enc_net_session_socket(const struct enc_net_session *session,
			   enum enc_net_socket which);

/*
 * enc_net_session_count() - a borrowed descriptor, of a file that starts with
 * how many sockets the session's namespace has ("sockets: used 3")
 */
int enc_net_session_count(const struct enc_net_session *session);

/*
 * enc_net_large_sockets() - how many sockets that hold as much as the host's
 * net.core.rmem_default a session may have, for 27 MiB in all
 */
uint64_t enc_net_large_sockets(void);

/*
 * enc_net_session_changes() - a borrowed descriptor that becomes readable once
 * anybody touches the gate's rules; nothing in it is worth reading
 */
int enc_net_session_changes(const struct enc_net_session *session);

/* enc_net_session_close_sockets() - once the gate has them */
void enc_net_session_close_sockets(struct enc_net_session *session);

/**
 * enc_net_attempt_fn - attempts at one destination
 * @addr: IPv6, or IPv4 mapped
 * @port: 0 if the protocol has none
 */
typedef void enc_net_attempt_fn(void *context, uint8_t protocol,
				const uint8_t addr[16], uint16_t port,
				uint64_t count);

/* What was tried in all: an attempt is a connect, or a packet. */
struct enc_net_totals {
	uint64_t tcp;
	uint64_t udp; /* without DNS */
	uint64_t other;
	uint64_t dns; /* packets to UDP port 53 */
	bool named;   /* all but DNS were visited with their destination */
};

/**
 * enc_net_session_attempts() - read the kernel's counters
 * @visit: called for each destination, ENC_NET_SET_ELEMENTS of a protocol and
 *         family at most
 *
 * A connect counts once, however often its SYN is sent. DNS is counted, not
 * visited: who answers it knows more. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_net_session_attempts(struct enc_net_session *session,
					   enc_net_attempt_fn *visit,
					   void *context,
					   struct enc_net_totals *ret_totals);

/* enc_net_session_free() - NULL is fine; the kernel takes links and rules */
void enc_net_session_free(struct enc_net_session *session);

#endif
