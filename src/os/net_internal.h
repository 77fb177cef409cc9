#ifndef ENC_OS_NET_INTERNAL_H
#define ENC_OS_NET_INTERNAL_H

/*
 * Shared by the parts of net_session: the constants of
 * docs/design/first-path.md, and the functions of each part. A function works
 * in the network namespace of the calling process. It returns 0, or a negative
 * errno and a static @step.
 */

#include "net_session.h"

enum {
	ENC_NET_LO_INDEX = 1,
	/* Index of the veth link, the same at both ends. */
	ENC_NET_VETH_INDEX = 2,
	ENC_NET_TCP_PORT = 1, /* port of the transparent sockets; arbitrary */
	ENC_NET_UDP_PORT = 2,
	ENC_NET_DNS_PORT = 53,
};

#define ENC_NET_TABLE "enclave"

/* The sets that count attempts by destination. net_rules.c fills them. */
enum enc_net_set_id {
	ENC_NET_SET_TCP4,
	ENC_NET_SET_TCP6,
	ENC_NET_SET_UDP4,
	ENC_NET_SET_UDP6,
	ENC_NET_SET_OTHER4,
	ENC_NET_SET_OTHER6,
	ENC_NET_SETS,
};

struct enc_net_set {
	const char *name;
	uint8_t family;	  /* NFPROTO_* */
	uint8_t protocol; /* 0: other protocols; the key has the number */
	uint32_t addr_bytes;
	uint32_t addr_at; /* offset of the destination in the IP header */
};

extern const struct enc_net_set enc_net_sets[ENC_NET_SETS];

/*
 * The set that counts all attempts by protocol. A key has four bytes; the first
 * is the IANA number. DNS queries have a key of their own.
 */
#define ENC_NET_TOTALS "totals"
extern const uint8_t enc_net_total_dns[4];

/* One end of the veth pair. */
struct enc_net_end {
	const char *link;
	uint8_t mac[6];
	uint8_t v4[4];
	uint8_t v6[16];
};

extern const struct enc_net_end enc_net_session_end;
extern const struct enc_net_end enc_net_gate_end;

/*
 * enc_net_link_pair() - in the gate's namespace: make both ends and move one to
 * the session's namespace
 */
ENC_NODISCARD int enc_net_link_pair(int session_netns, const char **step);

/*
 * enc_net_link_gate() - set up the gate's end: addresses, neighbours, and a
 * route that makes every address local
 */
ENC_NODISCARD int enc_net_link_gate(const char **step);

/*
 * enc_net_link_session() - set up the session's end: addresses, neighbours,
 * default routes
 * @taken_over: another network stack will take the addresses from the kernel
 */
ENC_NODISCARD int enc_net_link_session(bool taken_over, const char **step);

/*
 * enc_net_carrier_open() - open a socket for enc_net_carrier_wait(). Called in
 * the gate's namespace, before the session's end of the veth is up; the caller
 * closes the socket.
 */
struct mnl_socket;
ENC_NODISCARD int enc_net_carrier_open(struct mnl_socket **ret_carrier);

/*
 * enc_net_carrier_wait() - wait until the gate's end really sends; may be
 * called in any namespace, once the session's end is up
 */
ENC_NODISCARD int enc_net_carrier_wait(struct mnl_socket *carrier);

/* enc_net_rules() - make the table and its rules, in one batch over @netlink */
ENC_NODISCARD int enc_net_rules(struct mnl_socket *netlink, const char **step);

/* enc_net_counters() - read every element of every set, and the totals */
ENC_NODISCARD int enc_net_counters(struct mnl_socket *netlink,
				   enc_net_attempt_fn *visit, void *context,
				   struct enc_net_totals *ret_totals);

/*
 * enc_net_settings() - write the sysctls of the session's namespace, before a
 * process is in it
 */
ENC_NODISCARD int enc_net_settings(const char **step);

/*
 * enc_net_count_open() - open the socket counter of the session's namespace.
 * Return: a descriptor or a negative errno
 */
ENC_NODISCARD int enc_net_count_open(void);

/*
 * enc_net_sockets() - open and bind all sockets of the gate; TCP sockets
 * listen. On failure none is left open.
 */
ENC_NODISCARD int enc_net_sockets(int ret_fds[ENC_NET_SOCKET_MAX],
				  const char **step);

#endif
