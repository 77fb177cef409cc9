#ifndef ENC_LAUNCH_GATE_ORDER_H
#define ENC_LAUNCH_GATE_ORDER_H

/*
 * Orders of the launcher to a gate, over a SOCK_SEQPACKET pair. One message is
 * one struct in host byte order; both ends are of the same build.
 *
 *	LISTENER   once, with a descriptor: the seccomp notification listener.
 *	           count: the limit of netlink sockets (gate/sockets.h)
 *	MOUNTS     once, with a descriptor: the sandbox's mount namespace. The
 *	           gate only keeps it open, so that the files of the sandbox
 *	           are freed at the gate's end and delay nobody else
 *	INTERNAL   at the claim, once for each network that root's configuration
 *	           marks as internal: addr and count, which is the number of its
 *	           bits
 *	SERVER     then, if the session has any outside, and at a change: a name
 *	           server's addr, with the number of servers that follow in count
 *	CAS        then, with a descriptor, if there are any: a sealed memfd of
 *	           the CAs that an upstream's certificate may be of: for each a
 *	           u32 length, big endian, and the certificate in DER
 *	VAULT      at the claim of a session with bindings, and each time the
 *	           vault is started again, with a descriptor: the gate's link to
 *	           the vault (vault.h)
 *	SOCKET     the answer to a gate's SOCKET, in the same order: with a
 *	           descriptor, and its address family in count; or without, and
 *	           an errno in count
 *	ATTEMPTS   at the end: one element of the kernel's counters
 *	TOTAL      at the end: all attempts of a protocol, unless there were
 *	           none. DNS is UDP with port 53; otherwise the port is 0
 *	FINISH     the sandbox is dead and every counter was sent. With
 *	           count 1 it ended by itself: what it has sent still goes out
 *
 * A gate sends one message only, SOCKET: it wants a socket of `protocol`, TCP or
 * UDP, that is made in the host's network namespace. A session that has no
 * outside ends if its gate sends anything.
 *
 * If the channel ends without FINISH, the launcher has given up the session:
 * the gate reports nothing more and exits.
 */

#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum enc_gate_opcode {
	ENC_GATE_INVALID,
	ENC_GATE_LISTENER,
	ENC_GATE_MOUNTS,
	ENC_GATE_INTERNAL,
	ENC_GATE_SERVER,
	ENC_GATE_CAS,
	ENC_GATE_VAULT,
	ENC_GATE_SOCKET,
	ENC_GATE_ATTEMPTS,
	ENC_GATE_TOTAL,
	ENC_GATE_FINISH,
	ENC_GATE_OPCODE_MAX,
};

enum {
	ENC_GATE_DNS_PORT = 53,
	ENC_GATE_SERVERS_MAX = 3, /* name servers, as in resolv.conf(5) */
};

struct enc_gate_order {
	uint32_t opcode;
	/* IANA number; TOTAL: TCP, UDP, or 0 for all others. */
	uint8_t protocol;
	uint8_t complete; /* FINISH: 1 if no destination is missing */
	uint16_t port;	  /* host byte order; 0 if the protocol has none */
	uint8_t addr[16]; /* destination: IPv6 or IPv4 mapped */
	/* Attempts or packets; LISTENER: sockets; others: see above. */
	uint64_t count;
};

/*
 * The descriptors that a gate is started with, at fixed numbers. The sockets
 * are in the gate's network namespace and are bound; TCP sockets listen. All
 * are non-blocking. UDP and DNS sockets report a datagram's destination
 * (IP_RECVORIGDSTADDR or IP_PKTINFO and their IPv6 versions).
 */
enum enc_gate_fd {
	/* Frames from and to enclave-api, SOCK_STREAM. */
	ENC_GATE_FD_CONTROL = 3,
	ENC_GATE_FD_ORDERS, /* orders of the launcher, SOCK_SEQPACKET */
	ENC_GATE_FD_RUNNER, /* frames from and to enclave-init, SOCK_STREAM */
	/*
	 * A TCP socket with IP_TRANSPARENT: every denied IPv4 connection
	 * arrives here.
	 */
	ENC_GATE_FD_TCP4,
	ENC_GATE_FD_TCP6,
	/*
	 * A UDP socket with IP_TRANSPARENT: every IPv4 datagram except DNS
	 * arrives here.
	 */
	ENC_GATE_FD_UDP4,
	ENC_GATE_FD_UDP6,
	ENC_GATE_FD_DNS4, /* socket for datagrams to port 53 */
	ENC_GATE_FD_DNS6,
	ENC_GATE_FD_COUNT, /* file /proc/net/sockstat of the session */
	ENC_GATE_FD_MAX,
};

#endif
