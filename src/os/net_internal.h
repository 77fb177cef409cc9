#ifndef ENC_OS_NET_INTERNAL_H
#define ENC_OS_NET_INTERNAL_H

/*
 * What the parts of net_session share: the numbers of docs/design/
 * first-path.md, and one call per part. Each works in the namespace that the
 * process is in, and returns 0 or a negative errno with a static @step.
 */

#include "net_session.h"

enum {
	ENC_NET_LO_INDEX = 1,
	ENC_NET_VETH_INDEX = 2, /* the same number at both ends */
	ENC_NET_TCP_PORT = 1,	/* of the transparent sockets; any would do */
	ENC_NET_UDP_PORT = 2,
	ENC_NET_DNS_PORT = 53,
};

#define ENC_NET_TABLE "enclave"

/* Sets that count attempts by destination; net_rules.c fills them. */
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
	uint8_t protocol; /* 0: any other, and that is part of the key */
	uint32_t addr_bytes;
	uint32_t addr_at; /* of the destination, in the network header */
};

extern const struct enc_net_set enc_net_sets[ENC_NET_SETS];

/*
 * The set that counts all of them, by IANA protocol: four bytes, of which the
 * first is the number. Questions for names are a protocol of their own here.
 */
#define ENC_NET_TOTALS "totals"
extern const uint8_t enc_net_total_dns[4];

/* One end of the pair. */
struct enc_net_end {
	const char *link;
	uint8_t mac[6];
	uint8_t v4[4];
	uint8_t v6[16];
};

extern const struct enc_net_end enc_net_session_end;
extern const struct enc_net_end enc_net_gate_end;

/* enc_net_link_pair() - in the gate's namespace: both ends, the other moved */
ENC_NODISCARD int enc_net_link_pair(int session_netns, const char **step);

/* enc_net_link_gate() - up, addresses, neighbours, everything is local */
ENC_NODISCARD int enc_net_link_gate(const char **step);

/*
 * enc_net_link_session() - up, addresses, neighbours, default routes
 * @taken_over: another stack will take the addresses from the kernel's
 */
ENC_NODISCARD int enc_net_link_session(bool taken_over, const char **step);

/*
 * enc_net_carrier_open() - in the gate's namespace, before the session's end
 * comes up; the caller closes it
 */
struct mnl_socket;
ENC_NODISCARD int enc_net_carrier_open(struct mnl_socket **ret_carrier);

/*
 * enc_net_carrier_wait() - in any namespace, after that: until the gate's end
 * really sends
 */
ENC_NODISCARD int enc_net_carrier_wait(struct mnl_socket *carrier);

/* enc_net_rules() - the table, by one batch over @netlink */
ENC_NODISCARD int enc_net_rules(struct mnl_socket *netlink, const char **step);

/* enc_net_counters() - every element of every set, and the totals */
ENC_NODISCARD int enc_net_counters(struct mnl_socket *netlink,
				   enc_net_attempt_fn *visit, void *context,
				   struct enc_net_totals *ret_totals);

/* enc_net_settings() - in the session's namespace, before anything is in it */
ENC_NODISCARD int enc_net_settings(const char **step);

/* enc_net_count_open() - in the session's namespace: its sockets, counted */
ENC_NODISCARD int enc_net_count_open(void);

/* enc_net_sockets() - bound, TCP ones listening; all or none */
ENC_NODISCARD int enc_net_sockets(int ret_fds[ENC_NET_SOCKET_MAX],
				  const char **step);

#endif
