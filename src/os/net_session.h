#ifndef ENC_OS_NET_SESSION_H
#define ENC_OS_NET_SESSION_H

/*
 * Theory of operation
 *
 * The network of one session: two network namespaces, joined by a veth pair.
 * The session's end routes everything to the gate's end. In the gate's
 * namespace every address is local, so every packet arrives there. nftables
 * passes it to sockets that were opened in advance. There is no uplink: a
 * packet can't go any further.
 *
 *	session's namespace       gate's namespace
 *	eth0 198.18.0.2      <->  gate0 198.18.0.1       table inet enclave
 *	     fd6e:636c:6176::2          fd6e:636c:6176::1
 *
 * Addresses, neighbours and routes are fixed. So there is no ARP and no
 * neighbour discovery, and nothing needs to wait for them. nftables sets have a
 * counter per destination, and totals without a limit. They count every
 * attempt, also while the gate is busy or dead (docs/design/network.md).
 *
 * These functions need root and a single-threaded process: a call enters other
 * namespaces and returns.
 */

#include <stdbool.h>
#include <stdint.h>

#include "def.h"

/* The order is that of the gate's descriptors (launch/gate_order.h). */
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
 * enc_net_session_new() - build the network of a session
 * @ret_step: on failure: the step that failed, static
 *
 * Return: 0; a negative errno, and nothing is left. After a failure of this
 * function, of enc_net_namespace_new() or of enc_net_session_around(), the
 * process may be in another network namespace, so it should exit.
 */
ENC_NODISCARD int enc_net_session_new(struct enc_net_session **ret_session,
				      const char **ret_step);

/*
 * enc_net_namespace_new() - make an empty network namespace. Return: its
 * descriptor or a negative errno
 */
ENC_NODISCARD int enc_net_namespace_new(void);

/*
 * enc_net_session_around() - build the network around an existing namespace
 * @session_netns: an empty namespace; taken, also on failure
 * @taken_over: gVisor will take link and addresses from the kernel
 *
 * Return: as enc_net_session_new()
 */
ENC_NODISCARD int enc_net_session_around(int session_netns, bool taken_over,
					 struct enc_net_session **ret_session,
					 const char **ret_step);

/*
 * The parts of a network that the launcher keeps once the gate has its sockets:
 * the session's namespace, the counters, and a socket that reports changes of
 * the rules.
 */
enum enc_net_part {
	ENC_NET_PART_NAMESPACE,
	ENC_NET_PART_COUNTERS,
	ENC_NET_PART_CHANGES,
	ENC_NET_PART_MAX,
};

/*
 * enc_net_session_parts() - return the parts as borrowed descriptors, to be
 * sent to another process
 */
void enc_net_session_parts(const struct enc_net_session *session,
			   int ret_parts[ENC_NET_PART_MAX]);

/*
 * enc_net_session_of() - adopt a network that another process built
 * @parts: taken, also on failure
 *
 * The adopted network has no sockets and doesn't know the gate's namespace.
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_net_session_of(int parts[ENC_NET_PART_MAX],
				     struct enc_net_session **ret_session);

/* The functions below return borrowed descriptors. */
int enc_net_session_gate_netns(const struct enc_net_session *session);
int enc_net_session_socket(const struct enc_net_session *session,
			   enum enc_net_socket which);

/*
 * enc_net_session_count() - return a borrowed descriptor of a file that begins
 * with the number of sockets in the session's namespace ("sockets: used 3")
 */
int enc_net_session_count(const struct enc_net_session *session);

/*
 * enc_net_large_sockets() - return how many sockets with a buffer of
 * net.core.rmem_default bytes a session may have: together 27 MiB
 */
uint64_t enc_net_large_sockets(void);

/*
 * enc_net_session_changes() - return a borrowed descriptor that becomes
 * readable when the gate's rules are changed; its data needn't be read
 */
int enc_net_session_changes(const struct enc_net_session *session);

/*
 * enc_net_session_close_sockets() - close the sockets, once the gate has them
 */
void enc_net_session_close_sockets(struct enc_net_session *session);

/**
 * enc_net_attempt_fn - called with the number of attempts for one destination
 * @addr: IPv6, or IPv4 mapped
 * @port: 0 if the protocol has none
 */
typedef void enc_net_attempt_fn(void *context, uint8_t protocol,
				const uint8_t addr[16], uint16_t port,
				uint64_t count);

/* The totals of attempts. An attempt is a TCP connection or another packet. */
struct enc_net_totals {
	uint64_t tcp;
	uint64_t udp; /* UDP datagrams, except DNS */
	uint64_t other;
	uint64_t dns; /* packets to UDP port 53 */
	bool named;   /* every attempt except DNS was visited */
};

/**
 * enc_net_session_attempts() - read the kernel's counters
 * @visit: called for each destination: at most ENC_NET_SET_ELEMENTS per
 *         protocol and family
 *
 * A connection counts once, however often its SYN is sent. DNS is counted but
 * not visited, since the gate, which answers it, knows the names. Return: 0 or
 * a negative errno
 */
ENC_NODISCARD int enc_net_session_attempts(struct enc_net_session *session,
					   enc_net_attempt_fn *visit,
					   void *context,
					   struct enc_net_totals *ret_totals);

/*
 * enc_net_session_free() - free the struct; the kernel removes links and rules
 * with the namespaces. NULL is fine.
 */
void enc_net_session_free(struct enc_net_session *session);

#endif
