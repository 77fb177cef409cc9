#ifndef ENC_LAUNCH_GATE_ORDER_H
#define ENC_LAUNCH_GATE_ORDER_H

/*
 * What the launcher tells a gate, over a SOCK_SEQPACKET pair that nothing
 * comes back on. One message is one struct, host byte order, same build.
 *
 *	LISTENER   once, with a descriptor: the seccomp notification listener;
 *	           and how many large sockets (gate/sockets.h) there may be
 *	MOUNTS     once, with a descriptor: the sandbox's mount namespace, to be
 *	           kept and never used, so that who frees what was written
 *	           there is the gate when it ends, and nobody waits for it
 *	ATTEMPTS   at the end: one element of the kernel's counters
 *	TOTAL      at the end: all attempts of a protocol, if any; DNS is
 *	           UDP to port 53, and the only one whose port isn't 0
 *	FINISH     the sandbox is dead and every counter was sent
 *
 * The end of the channel without FINISH means that the launcher gave the
 * session up: the gate tells nothing more and exits.
 */

#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum enc_gate_opcode {
	ENC_GATE_INVALID,
	ENC_GATE_LISTENER,
	ENC_GATE_MOUNTS,
	ENC_GATE_ATTEMPTS,
	ENC_GATE_TOTAL,
	ENC_GATE_FINISH,
	ENC_GATE_OPCODE_MAX,
};

enum { ENC_GATE_DNS_PORT = 53 };

struct enc_gate_order {
	uint32_t opcode;
	uint8_t protocol; /* IANA number; TOTAL: TCP, UDP or 0, all others */
	uint8_t complete; /* FINISH: 1 if every destination is known */
	uint16_t port;	  /* host byte order; 0 if the protocol has none */
	uint8_t addr[16]; /* destination, IPv6 or IPv4 mapped */
	uint64_t count;	  /* connection attempts, or packets; or sockets */
};

/*
 * Descriptors that a gate is born with (SD_LISTEN style, fixed numbers). The
 * sockets live in the gate's network namespace and are bound; TCP ones listen.
 * All are non-blocking; udp and dns ones tell the destination of a datagram
 * (IP_RECVORIGDSTADDR or IP_PKTINFO and their v6 kin).
 */
enum enc_gate_fd {
	ENC_GATE_FD_CONTROL = 3, /* frames with enclave-api, SOCK_STREAM */
	ENC_GATE_FD_ORDERS,	 /* from the launcher, SOCK_SEQPACKET */
	ENC_GATE_FD_RUNNER,	 /* frames with enclave-init, SOCK_STREAM */
	ENC_GATE_FD_TCP4,	 /* IP_TRANSPARENT, every denied connect */
	ENC_GATE_FD_TCP6,
	ENC_GATE_FD_UDP4, /* IP_TRANSPARENT, every datagram but DNS */
	ENC_GATE_FD_UDP6,
	ENC_GATE_FD_DNS4, /* port 53 */
	ENC_GATE_FD_DNS6,
	ENC_GATE_FD_COUNT, /* /proc/net/sockstat of the session */
	ENC_GATE_FD_MAX,
};

#endif
