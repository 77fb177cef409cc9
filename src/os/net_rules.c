/*
 * nftables, by libnftnl: one table with its sets and two chains. In the
 * language of nft(8), where v4 stands for both families, the rules are:
 *
 *	chain in { type filter hook prerouting priority mangle
 *		iif != gate0					accept
 *		ip saddr session tcp, no syn	tproxy to :1	accept
 *		icmp type error, icmpv6 type error or mld2	drop
 *		ip saddr session udp dport 53	total DNS,	accept
 *		tcp syn, not in syn4		total, count tcp4
 *		tcp syn				update syn4
 *		udp				total, count udp4
 *		neither				total, count other4
 *		ip saddr != session				drop
 *		tcp syn, not in syn4		reject with tcp reset
 *		tcp			tproxy to :1		accept
 *		udp			tproxy to :2		accept
 *		tcp					reject with tcp reset
 *		udp					reject
 *							drop
 *	}
 *	chain through { type filter hook forward priority filter; policy drop }
 *
 * If a set is full, a rule that adds to it stops, and the packet goes on to the
 * next rule. The set of totals can't be full, and a rule updates it first. So
 * an attempt without room among the destinations is still in the total.
 *
 * A connection attempt is identified by its SYN: addresses, ports and sequence
 * number, which stay the same when it is sent again. syn4 keeps these for
 * longer than TCP waits between two SYNs, so an attempt counts once. If syn4 is
 * full, a new attempt is refused at once, and its SYN isn't sent again.
 *
 * The last two rejects apply only without a listening socket, so a dead gate
 * means an immediate refusal.
 */

/* libnftnl/expr.h needs it. */
#include <stdio.h>

#include <arpa/inet.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/in.h>

#include "net_expr.h"
#include "net_internal.h"

enum {
	BATCH_BYTES = 1 << 16,
	/* The TCP header begins with both ports and the sequence number. */
	SYN_BYTES = 8,
	SYN_ELEMENTS = 16384,
	/*
	 * net.ipv4.tcp_syn_retries is 6: no pause between two SYNs is longer
	 * than 32 s, unless a program asks for more of them (TCP_SYNCNT).
	 */
	SYN_MS = 40 * 1000,
	TOTALS_ELEMENTS = 512, /* protocols are one byte; DNS is one more */
};

/* nft(8)'s type of a key of both addresses and SYN_BYTES */
#define TYPE_SYN(addr)                                                     \
	(((addr) << ENC_NET_TYPE_BITS | (addr)) << 2 * ENC_NET_TYPE_BITS | \
	 ENC_NET_TYPE_MARK << ENC_NET_TYPE_BITS | ENC_NET_TYPE_MARK)

static const char chain_name[] = "in";

static const struct enc_net_chain_spec chains[] = {
	{ chain_name, NF_INET_PRE_ROUTING, NF_IP_PRI_MANGLE, NF_ACCEPT },
	{ "through", NF_INET_FORWARD, NF_IP_PRI_FILTER, NF_DROP },
};

/*
 * The sets that count by destination come first, since their index is their id.
 */
enum { SYN4 = ENC_NET_SETS, SYN6, TOTALS, SETS };

static const struct enc_net_set_spec other_sets[] = {
	[SYN4 - ENC_NET_SETS] = { .name = "syn4",
				  .flags = NFT_SET_EVAL | NFT_SET_TIMEOUT,
				  .type = TYPE_SYN(ENC_NET_TYPE_V4),
				  .key_bytes = 2 * 4 + SYN_BYTES,
				  .elements = SYN_ELEMENTS,
				  .timeout_ms = SYN_MS },
	[SYN6 - ENC_NET_SETS] = { .name = "syn6",
				  .flags = NFT_SET_EVAL | NFT_SET_TIMEOUT,
				  .type = TYPE_SYN(ENC_NET_TYPE_V6),
				  .key_bytes = 2 * 16 + SYN_BYTES,
				  .elements = SYN_ELEMENTS,
				  .timeout_ms = SYN_MS },
	[TOTALS - ENC_NET_SETS] = { .name = ENC_NET_TOTALS,
				    .flags = NFT_SET_EVAL,
				    .type = ENC_NET_TYPE_MARK,
				    .key_bytes = ENC_NET_REGISTER_BYTES,
				    .elements = TOTALS_ELEMENTS },
};

static struct enc_net_set_spec spec_of(uint32_t id)
{
	const struct enc_net_set *set;
	struct enc_net_set_spec spec;

	if (id >= ENC_NET_SETS) {
		spec = other_sets[id - ENC_NET_SETS];
	} else {
		set = &enc_net_sets[id];
		spec = (struct enc_net_set_spec){
			.name = set->name,
			.flags = NFT_SET_EVAL,
			.type = (set->addr_bytes == 4 ? ENC_NET_TYPE_V4
						      : ENC_NET_TYPE_V6)
					<< ENC_NET_TYPE_BITS |
				(set->protocol == 0 ? ENC_NET_TYPE_PROTOCOL
						    : ENC_NET_TYPE_PORT),
			.key_bytes = set->addr_bytes + ENC_NET_REGISTER_BYTES,
			.elements = ENC_NET_SET_ELEMENTS,
		};
	}
	spec.id = id + 1;
	return spec;
}

/* ---- expressions ---- */

static void mismatch_meta8(struct nftnl_rule *rule, uint32_t key, uint8_t value)
{
	enc_net_load_meta(rule, key, NFT_REG_1);
	enc_net_compare(rule, NFT_CMP_NEQ, &value, sizeof(value));
}

static void update_counter(struct nftnl_rule *rule, uint32_t id)
{
	struct enc_net_set_spec spec = spec_of(id);

	enc_net_update_counter(rule, &spec);
}

/* count() - add one to the protocol's total and to the destination's counter */
static void count(struct nftnl_rule *rule, uint32_t id)
{
	const struct enc_net_set *set = &enc_net_sets[id];
	uint32_t second =
		NFT_REG32_00 + set->addr_bytes / ENC_NET_REGISTER_BYTES;

	enc_net_load_meta(rule, NFT_META_L4PROTO, NFT_REG_1);
	update_counter(rule, TOTALS);
	enc_net_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, set->addr_at,
			     set->addr_bytes, NFT_REG_1);
	if (set->protocol == 0) {
		enc_net_load_meta(rule, NFT_META_L4PROTO, second);
	} else {
		enc_net_load_port(rule, second);
	}
	update_counter(rule, id);
}

/*
 * load_syn() - load the part of a SYN that doesn't change when it is sent again
 */
static void load_syn(struct nftnl_rule *rule, uint32_t id)
{
	bool v4 = id == SYN4;
	uint32_t bytes = v4 ? 2 * 4 : 2 * 16;

	enc_net_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER,
			     v4 ? ENC_NET_SOURCE4_AT : ENC_NET_SOURCE6_AT,
			     bytes, NFT_REG_1);
	enc_net_load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 0, SYN_BYTES,
			     NFT_REG32_00 + bytes / ENC_NET_REGISTER_BYTES);
}

/* match_unknown() - match if the loaded key isn't in the set */
static void match_unknown(struct nftnl_rule *rule, uint32_t id)
{
	struct enc_net_set_spec spec = spec_of(id);

	enc_net_lookup(rule, &spec, NFT_LOOKUP_F_INV);
}

static void tproxy(struct nftnl_rule *rule, uint8_t family, uint16_t port)
{
	uint16_t network_order = htons(port);
	struct nftnl_expr *load = enc_net_expr(rule, "immediate");
	struct nftnl_expr *expr;

	nftnl_expr_set_u32(load, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
	nftnl_expr_set(load, NFTNL_EXPR_IMM_DATA, &network_order,
		       sizeof(network_order));
	expr = enc_net_expr(rule, "tproxy");
	nftnl_expr_set_u32(expr, NFTNL_EXPR_TPROXY_FAMILY, family);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_TPROXY_REG_PORT, NFT_REG_1);
}

/* ---- rules ---- */

static void add_own_traffic(struct enc_net_batch *batch)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_name);
	uint32_t index = ENC_NET_VETH_INDEX;

	enc_net_load_meta(rule, NFT_META_IIF, NFT_REG_1);
	enc_net_compare(rule, NFT_CMP_NEQ, &index, sizeof(index));
	enc_net_verdict(rule, NF_ACCEPT);
	enc_net_add_rule(batch, rule);
}

/*
 * match_source() - match the source address: NFT_CMP_EQ: the session's address;
 * NFT_CMP_NEQ: any other one
 */
static void match_source(struct nftnl_rule *rule, uint8_t family,
			 uint32_t operation)
{
	const struct enc_net_end *end = &enc_net_session_end;
	bool v4 = family == NFPROTO_IPV4;
	uint32_t bytes = v4 ? sizeof(end->v4) : sizeof(end->v6);

	enc_net_match_meta8(rule, NFT_META_NFPROTO, family);
	enc_net_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER,
			     v4 ? ENC_NET_SOURCE4_AT : ENC_NET_SOURCE6_AT,
			     bytes, NFT_REG_1);
	enc_net_compare(rule, operation, v4 ? end->v4 : end->v6, bytes);
}

/*
 * add_flowing() - pass on what belongs to a connection, and spare it the other
 * rules. They would do the same: they are about other packets.
 */
static void add_flowing(struct enc_net_batch *batch, uint8_t family)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_name);

	match_source(rule, family, NFT_CMP_EQ);
	enc_net_match_tcp(rule, ENC_NET_TCP_SYN, 0);
	tproxy(rule, family, ENC_NET_TCP_PORT);
	enc_net_verdict(rule, NF_ACCEPT);
	enc_net_add_rule(batch, rule);
}

/*
 * match_icmp() - begin a rule for a protocol, and load the ICMP type for a
 * comparison
 */
static struct nftnl_rule *match_icmp(struct enc_net_batch *batch,
				     uint8_t family, uint8_t protocol)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_name);

	enc_net_match_meta8(rule, NFT_META_NFPROTO, family);
	enc_net_match_meta8(rule, NFT_META_L4PROTO, protocol);
	enc_net_load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1,
			     NFT_REG_1);
	return rule;
}

static void add_dropped_icmp(struct enc_net_batch *batch, uint8_t family,
			     uint8_t protocol, uint32_t operation, uint8_t type)
{
	struct nftnl_rule *rule = match_icmp(batch, family, protocol);

	enc_net_compare(rule, operation, &type, sizeof(type));
	enc_net_verdict(rule, NF_DROP);
	enc_net_add_rule(batch, rule);
}

/*
 * add_kernel_chatter() - drop ICMP that the session's kernel sends by itself:
 * reports of multicast groups when the link comes up, and errors for late
 * answers. It isn't counted, since no program can send it.
 */
static void add_kernel_chatter(struct enc_net_batch *batch)
{
	/* ICMP types of errors (RFC 792). */
	static const uint8_t errors[] = { 3, 11, 12 };
	/* RFC 4443: types of ICMPv6 errors are below 128. */
	static const uint8_t informational = 128;
	static const uint8_t mld2_report = 143; /* ICMPv6 type of RFC 3810 */

	for (size_t i = 0; i < ENC_COUNT(errors); i++) {
		add_dropped_icmp(batch, NFPROTO_IPV4, IPPROTO_ICMP, NFT_CMP_EQ,
				 errors[i]);
	}
	add_dropped_icmp(batch, NFPROTO_IPV6, IPPROTO_ICMPV6, NFT_CMP_LT,
			 informational);
	add_dropped_icmp(batch, NFPROTO_IPV6, IPPROTO_ICMPV6, NFT_CMP_EQ,
			 mld2_report);
}

/*
 * add_dns() - pass DNS queries to the gate's DNS sockets and count each packet
 */
static void add_dns(struct enc_net_batch *batch, uint8_t family)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_name);
	uint16_t port = htons(ENC_NET_DNS_PORT);
	struct nftnl_expr *load;

	match_source(rule, family, NFT_CMP_EQ);
	enc_net_match_meta8(rule, NFT_META_L4PROTO, IPPROTO_UDP);
	enc_net_load_port(rule, NFT_REG_1);
	enc_net_compare(rule, NFT_CMP_EQ, &port, sizeof(port));
	load = enc_net_expr(rule, "immediate");
	nftnl_expr_set_u32(load, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
	nftnl_expr_set(load, NFTNL_EXPR_IMM_DATA, enc_net_total_dns,
		       sizeof(enc_net_total_dns));
	update_counter(rule, TOTALS);
	enc_net_verdict(rule, NF_ACCEPT);
	enc_net_add_rule(batch, rule);
}

/* match_syn() - match a SYN without ACK, which begins a connection */
static void match_syn(struct nftnl_rule *rule, uint8_t family)
{
	enc_net_match_meta8(rule, NFT_META_NFPROTO, family);
	enc_net_match_tcp(rule, ENC_NET_TCP_SYN | ENC_NET_TCP_ACK,
			  ENC_NET_TCP_SYN);
}

static void add_counted_tcp(struct enc_net_batch *batch, uint32_t id,
			    uint32_t syn_id)
{
	struct enc_net_set_spec spec = spec_of(syn_id);
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_name);

	match_syn(rule, enc_net_sets[id].family);
	load_syn(rule, syn_id);
	match_unknown(rule, syn_id);
	count(rule, id);
	enc_net_add_rule(batch, rule);

	rule = enc_net_rule_new(batch, chain_name);
	match_syn(rule, enc_net_sets[id].family);
	load_syn(rule, syn_id);
	ENC_IGNORE(enc_net_update(rule, &spec)); /* needs no counter */
	enc_net_add_rule(batch, rule);
}

static void add_counted_udp(struct enc_net_batch *batch, uint32_t id)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_name);

	enc_net_match_meta8(rule, NFT_META_NFPROTO, enc_net_sets[id].family);
	enc_net_match_meta8(rule, NFT_META_L4PROTO, IPPROTO_UDP);
	count(rule, id);
	enc_net_add_rule(batch, rule);
}

static void add_counted_other(struct enc_net_batch *batch, uint32_t id)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_name);

	enc_net_match_meta8(rule, NFT_META_NFPROTO, enc_net_sets[id].family);
	mismatch_meta8(rule, NFT_META_L4PROTO, IPPROTO_TCP);
	mismatch_meta8(rule, NFT_META_L4PROTO, IPPROTO_UDP);
	count(rule, id);
	enc_net_add_rule(batch, rule);
}

/*
 * add_foreign() - drop packets with a foreign source address, since no answer
 * could reach it
 */
static void add_foreign(struct enc_net_batch *batch, uint8_t family)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_name);

	match_source(rule, family, NFT_CMP_NEQ);
	enc_net_verdict(rule, NF_DROP);
	enc_net_add_rule(batch, rule);
}

static void add_forgotten(struct enc_net_batch *batch, uint8_t family,
			  uint32_t syn_id)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_name);

	match_syn(rule, family);
	load_syn(rule, syn_id);
	match_unknown(rule, syn_id);
	enc_net_reject(rule, NFT_REJECT_TCP_RST, 0);
	enc_net_add_rule(batch, rule);
}

/* add_listener() - pass packets to the transparent socket of a protocol */
static void add_listener(struct enc_net_batch *batch, uint8_t family,
			 uint8_t protocol, uint16_t port)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_name);

	enc_net_match_meta8(rule, NFT_META_NFPROTO, family);
	enc_net_match_meta8(rule, NFT_META_L4PROTO, protocol);
	tproxy(rule, family, port);
	enc_net_verdict(rule, NF_ACCEPT);
	enc_net_add_rule(batch, rule);
}

static void add_reject(struct enc_net_batch *batch, uint8_t protocol,
		       uint32_t type, uint8_t code)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_name);

	enc_net_match_meta8(rule, NFT_META_L4PROTO, protocol);
	enc_net_reject(rule, type, code);
	enc_net_add_rule(batch, rule);
}

static void add_drop(struct enc_net_batch *batch)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_name);

	enc_net_verdict(rule, NF_DROP);
	enc_net_add_rule(batch, rule);
}

static void add_rules(struct enc_net_batch *batch)
{
	add_own_traffic(batch);
	add_flowing(batch, NFPROTO_IPV4);
	add_flowing(batch, NFPROTO_IPV6);
	add_kernel_chatter(batch);
	add_dns(batch, NFPROTO_IPV4);
	add_dns(batch, NFPROTO_IPV6);
	add_counted_tcp(batch, ENC_NET_SET_TCP4, SYN4);
	add_counted_tcp(batch, ENC_NET_SET_TCP6, SYN6);
	add_counted_udp(batch, ENC_NET_SET_UDP4);
	add_counted_udp(batch, ENC_NET_SET_UDP6);
	add_counted_other(batch, ENC_NET_SET_OTHER4);
	add_counted_other(batch, ENC_NET_SET_OTHER6);
	add_foreign(batch, NFPROTO_IPV4);
	add_foreign(batch, NFPROTO_IPV6);
	add_forgotten(batch, NFPROTO_IPV4, SYN4);
	add_forgotten(batch, NFPROTO_IPV6, SYN6);
	add_listener(batch, NFPROTO_IPV4, IPPROTO_TCP, ENC_NET_TCP_PORT);
	add_listener(batch, NFPROTO_IPV6, IPPROTO_TCP, ENC_NET_TCP_PORT);
	add_listener(batch, NFPROTO_IPV4, IPPROTO_UDP, ENC_NET_UDP_PORT);
	add_listener(batch, NFPROTO_IPV6, IPPROTO_UDP, ENC_NET_UDP_PORT);
	add_reject(batch, IPPROTO_TCP, NFT_REJECT_TCP_RST, 0);
	add_reject(batch, IPPROTO_UDP, NFT_REJECT_ICMPX_UNREACH,
		   NFT_REJECT_ICMPX_PORT_UNREACH);
	add_drop(batch);
}

int enc_net_rules(struct mnl_socket *netlink, const char **step)
{
	static char bytes[BATCH_BYTES];
	struct enc_net_batch batch;

	enc_net_batch_start(&batch, ENC_NET_TABLE, bytes, sizeof(bytes),
			    "nftables rules (kernel with nft_tproxy?)");
	enc_net_add_table(&batch, 0, 0);
	for (uint32_t id = 0; id < SETS; id++) {
		struct enc_net_set_spec spec = spec_of(id);

		enc_net_add_set(&batch, &spec);
	}
	for (size_t i = 0; i < ENC_COUNT(chains); i++) {
		enc_net_add_base(&batch, &chains[i]);
	}
	add_rules(&batch);
	return enc_net_batch_send(&batch, netlink, step);
}
