/*
 * nftables, by libnftnl: one table with its sets and two chains. In the
 * language of nft(8), where v4 stands for both families, the rules are:
 *
 *	chain in { type filter hook prerouting priority mangle
 *		iif != gate0					accept
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

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/in.h>

#include "net_internal.h"

enum {
	BATCH_BYTES = 1 << 16,
	ANSWER_BYTES = 1 << 16,
	/* Numbers of nft(8)'s types; only used for listing the sets. */
	TYPE_V4 = 7,
	TYPE_V6 = 8,
	TYPE_PROTOCOL = 12,
	TYPE_PORT = 13,
	TYPE_MARK = 19,
	TYPE_BITS = 6,
	REGISTER_BYTES = 4,
	TCP_FLAGS_AT = 13,
	TCP_SYN = 0x02,
	TCP_SYN_ACK = 0x12,
	PORT_AT = 2, /* offset of the destination port in TCP and UDP */
	SOURCE4_AT = 12,
	SOURCE6_AT = 8,
	/* The TCP header begins with both ports and the sequence number. */
	SYN_BYTES = 8,
	SYN_ELEMENTS = 8192,
	/* TCP_RTO_MAX is 120 s: there is no longer pause between two SYNs. */
	SYN_MS = 130 * 1000,
	TOTALS_ELEMENTS = 512, /* protocols are one byte; DNS is one more */
};

static const char chain_name[] = "in";

/*
 * The sets that count by destination come first, since their index is their id.
 */
enum { SYN4 = ENC_NET_SETS, SYN6, TOTALS, SETS };

static const struct set_row {
	const char *name;
	uint32_t type;
	uint32_t bytes; /* size of a key in the set, in bytes */
	uint32_t elements;
	uint64_t timeout_ms; /* lifetime of an entry; 0: entries don't expire */
} other_sets[] = {
	[SYN4 - ENC_NET_SETS] = { "syn4",
				  (TYPE_V4 << TYPE_BITS | TYPE_V4)
						  << 2 * TYPE_BITS |
					  TYPE_MARK << TYPE_BITS | TYPE_MARK,
				  2 * 4 + SYN_BYTES, SYN_ELEMENTS, SYN_MS },
	[SYN6 - ENC_NET_SETS] = { "syn6",
				  (TYPE_V6 << TYPE_BITS | TYPE_V6)
						  << 2 * TYPE_BITS |
					  TYPE_MARK << TYPE_BITS | TYPE_MARK,
				  2 * 16 + SYN_BYTES, SYN_ELEMENTS, SYN_MS },
	[TOTALS - ENC_NET_SETS] = { ENC_NET_TOTALS, TYPE_MARK, REGISTER_BYTES,
				    TOTALS_ELEMENTS, 0 },
};

static struct set_row row_of(uint32_t id)
{
	const struct enc_net_set *set;

	if (id >= ENC_NET_SETS) {
		return other_sets[id - ENC_NET_SETS];
	}
	set = &enc_net_sets[id];
	return (struct set_row){
		.name = set->name,
		.type = (set->addr_bytes == 4 ? TYPE_V4 : TYPE_V6)
				<< TYPE_BITS |
			(set->protocol == 0 ? TYPE_PROTOCOL : TYPE_PORT),
		.bytes = set->addr_bytes + REGISTER_BYTES,
		.elements = ENC_NET_SET_ELEMENTS,
	};
}

struct batch {
	char bytes[BATCH_BYTES];
	struct mnl_nlmsg_batch *messages;
	uint32_t sequence;
	uint32_t asked; /* messages that need an acknowledgement */
};

static struct nlmsghdr *begin(struct batch *batch, uint16_t type,
			      uint16_t family, uint16_t flags)
{
	batch->asked++;
	return nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(batch->messages),
				     type, family, flags | NLM_F_ACK,
				     batch->sequence++);
}

static void end(struct batch *batch)
{
	bool has_room = mnl_nlmsg_batch_next(batch->messages);

	ENC_ASSERT(has_room);
}

/*
 * need() - return an object of libnftnl, and abort if it is NULL for lack of
 * memory
 */
static void *need(void *object)
{
	ENC_ASSERT(object != NULL);
	return object;
}

static void add_table(struct batch *batch)
{
	struct nftnl_table *table = need(nftnl_table_alloc());

	ENC_IGNORE(nftnl_table_set_str(table, NFTNL_TABLE_NAME, ENC_NET_TABLE));
	nftnl_table_nlmsg_build_payload(begin(batch, NFT_MSG_NEWTABLE,
					      NFPROTO_INET, NLM_F_CREATE),
					table);
	end(batch);
	nftnl_table_free(table);
}

static void add_set(struct batch *batch, uint32_t id)
{
	struct set_row row = row_of(id);
	struct nftnl_set *set = need(nftnl_set_alloc());

	ENC_IGNORE(nftnl_set_set_str(set, NFTNL_SET_TABLE, ENC_NET_TABLE));
	ENC_IGNORE(nftnl_set_set_str(set, NFTNL_SET_NAME, row.name));
	nftnl_set_set_u32(set, NFTNL_SET_FAMILY, NFPROTO_INET);
	nftnl_set_set_u32(set, NFTNL_SET_ID, id + 1);
	nftnl_set_set_u32(set, NFTNL_SET_FLAGS,
			  NFT_SET_EVAL |
				  (row.timeout_ms > 0 ? NFT_SET_TIMEOUT : 0));
	nftnl_set_set_u32(set, NFTNL_SET_KEY_TYPE, row.type);
	nftnl_set_set_u32(set, NFTNL_SET_KEY_LEN, row.bytes);
	nftnl_set_set_u32(set, NFTNL_SET_DESC_SIZE, row.elements);
	if (row.timeout_ms > 0) {
		nftnl_set_set_u64(set, NFTNL_SET_TIMEOUT, row.timeout_ms);
	}
	nftnl_set_nlmsg_build_payload(begin(batch, NFT_MSG_NEWSET, NFPROTO_INET,
					    NLM_F_CREATE),
				      set);
	end(batch);
	nftnl_set_free(set);
}

static void add_chain(struct batch *batch, const char *name, uint32_t hook,
		      int32_t priority, uint32_t policy)
{
	struct nftnl_chain *chain = need(nftnl_chain_alloc());

	ENC_IGNORE(nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE,
				       ENC_NET_TABLE));
	ENC_IGNORE(nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, name));
	ENC_IGNORE(nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, "filter"));
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, hook);
	nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, priority);
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, policy);
	nftnl_chain_nlmsg_build_payload(begin(batch, NFT_MSG_NEWCHAIN,
					      NFPROTO_INET, NLM_F_CREATE),
					chain);
	end(batch);
	nftnl_chain_free(chain);
}

/* ---- expressions ---- */

static struct nftnl_expr *add_expr(struct nftnl_rule *rule, const char *name)
{
	struct nftnl_expr *expr = need(nftnl_expr_alloc(name));

	nftnl_rule_add_expr(rule, expr);
	return expr;
}

static void load_meta(struct nftnl_rule *rule, uint32_t key, uint32_t to)
{
	struct nftnl_expr *expr = add_expr(rule, "meta");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_DREG, to);
}

static void load_payload(struct nftnl_rule *rule, uint32_t base, uint32_t at,
			 uint32_t length, uint32_t to)
{
	struct nftnl_expr *expr = add_expr(rule, "payload");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_OFFSET, at);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_LEN, length);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_DREG, to);
}

static void compare(struct nftnl_rule *rule, uint32_t operation,
		    const void *bytes, uint32_t length)
{
	struct nftnl_expr *expr = add_expr(rule, "cmp");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_OP, operation);
	nftnl_expr_set(expr, NFTNL_EXPR_CMP_DATA, bytes, length);
}

static void match_meta8(struct nftnl_rule *rule, uint32_t key, uint8_t value)
{
	load_meta(rule, key, NFT_REG_1);
	compare(rule, NFT_CMP_EQ, &value, sizeof(value));
}

static void verdict(struct nftnl_rule *rule, uint32_t code)
{
	struct nftnl_expr *expr = add_expr(rule, "immediate");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_VERDICT, code);
}

static void mismatch_meta8(struct nftnl_rule *rule, uint32_t key, uint8_t value)
{
	load_meta(rule, key, NFT_REG_1);
	compare(rule, NFT_CMP_NEQ, &value, sizeof(value));
}

/* update() - update the element with the loaded key; add it if there is room */
static struct nftnl_expr *update(struct nftnl_rule *rule, uint32_t id)
{
	struct nftnl_expr *expr = add_expr(rule, "dynset");
	struct set_row row = row_of(id);

	nftnl_expr_set_u32(expr, NFTNL_EXPR_DYNSET_SREG_KEY, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_DYNSET_OP, NFT_DYNSET_OP_UPDATE);
	nftnl_expr_set_str(expr, NFTNL_EXPR_DYNSET_SET_NAME, row.name);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_DYNSET_SET_ID, id + 1);
	return expr;
}

static void update_counter(struct nftnl_rule *rule, uint32_t id)
{
	nftnl_expr_add_expr(update(rule, id), NFTNL_EXPR_DYNSET_EXPR,
			    need(nftnl_expr_alloc("counter")));
}

/* count() - add one to the protocol's total and to the destination's counter */
static void count(struct nftnl_rule *rule, uint32_t id)
{
	const struct enc_net_set *set = &enc_net_sets[id];
	uint32_t second = NFT_REG32_00 + set->addr_bytes / REGISTER_BYTES;

	load_meta(rule, NFT_META_L4PROTO, NFT_REG_1);
	update_counter(rule, TOTALS);
	load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, set->addr_at,
		     set->addr_bytes, NFT_REG_1);
	if (set->protocol == 0) {
		load_meta(rule, NFT_META_L4PROTO, second);
	} else {
		load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, PORT_AT, 2,
			     second);
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

	load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER,
		     v4 ? SOURCE4_AT : SOURCE6_AT, bytes, NFT_REG_1);
	load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 0, SYN_BYTES,
		     NFT_REG32_00 + bytes / REGISTER_BYTES);
}

/* match_unknown() - match if the loaded key isn't in the set */
static void match_unknown(struct nftnl_rule *rule, uint32_t id)
{
	struct nftnl_expr *expr = add_expr(rule, "lookup");
	struct set_row row = row_of(id);

	nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	nftnl_expr_set_str(expr, NFTNL_EXPR_LOOKUP_SET, row.name);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_SET_ID, id + 1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
}

static void tproxy(struct nftnl_rule *rule, uint8_t family, uint16_t port)
{
	uint16_t network_order = htons(port);
	struct nftnl_expr *load = add_expr(rule, "immediate");
	struct nftnl_expr *expr;

	nftnl_expr_set_u32(load, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
	nftnl_expr_set(load, NFTNL_EXPR_IMM_DATA, &network_order,
		       sizeof(network_order));
	expr = add_expr(rule, "tproxy");
	nftnl_expr_set_u32(expr, NFTNL_EXPR_TPROXY_FAMILY, family);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_TPROXY_REG_PORT, NFT_REG_1);
}

static void reject(struct nftnl_rule *rule, uint32_t type, uint8_t code)
{
	struct nftnl_expr *expr = add_expr(rule, "reject");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_REJECT_TYPE, type);
	nftnl_expr_set_u8(expr, NFTNL_EXPR_REJECT_CODE, code);
}

/* ---- rules ---- */

static struct nftnl_rule *new_rule(void)
{
	struct nftnl_rule *rule = need(nftnl_rule_alloc());

	ENC_IGNORE(nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, ENC_NET_TABLE));
	ENC_IGNORE(nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, chain_name));
	nftnl_rule_set_u32(rule, NFTNL_RULE_FAMILY, NFPROTO_INET);
	return rule;
}

static void add_rule(struct batch *batch, struct nftnl_rule *rule)
{
	nftnl_rule_nlmsg_build_payload(begin(batch, NFT_MSG_NEWRULE,
					     NFPROTO_INET,
					     NLM_F_CREATE | NLM_F_APPEND),
				       rule);
	end(batch);
	nftnl_rule_free(rule);
}

static void add_own_traffic(struct batch *batch)
{
	struct nftnl_rule *rule = new_rule();
	uint32_t index = ENC_NET_VETH_INDEX;

	load_meta(rule, NFT_META_IIF, NFT_REG_1);
	compare(rule, NFT_CMP_NEQ, &index, sizeof(index));
	verdict(rule, NF_ACCEPT);
	add_rule(batch, rule);
}

/*
 * match_icmp() - begin a rule for a protocol, and load the ICMP type for a
 * comparison
 */
static struct nftnl_rule *match_icmp(uint8_t family, uint8_t protocol)
{
	struct nftnl_rule *rule = new_rule();

	match_meta8(rule, NFT_META_NFPROTO, family);
	match_meta8(rule, NFT_META_L4PROTO, protocol);
	load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1, NFT_REG_1);
	return rule;
}

static void add_dropped_icmp(struct batch *batch, uint8_t family,
			     uint8_t protocol, uint32_t operation, uint8_t type)
{
	struct nftnl_rule *rule = match_icmp(family, protocol);

	compare(rule, operation, &type, sizeof(type));
	verdict(rule, NF_DROP);
	add_rule(batch, rule);
}

/*
 * add_kernel_chatter() - drop ICMP that the session's kernel sends by itself:
 * reports of multicast groups when the link comes up, and errors for late
 * answers. It isn't counted, since no program can send it.
 */
static void add_kernel_chatter(struct batch *batch)
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
 * match_source() - match the source address: NFT_CMP_EQ: the session's address;
 * NFT_CMP_NEQ: any other one
 */
static void match_source(struct nftnl_rule *rule, uint8_t family,
			 uint32_t operation)
{
	const struct enc_net_end *end = &enc_net_session_end;
	bool v4 = family == NFPROTO_IPV4;
	uint32_t bytes = v4 ? sizeof(end->v4) : sizeof(end->v6);

	match_meta8(rule, NFT_META_NFPROTO, family);
	load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER,
		     v4 ? SOURCE4_AT : SOURCE6_AT, bytes, NFT_REG_1);
	compare(rule, operation, v4 ? end->v4 : end->v6, bytes);
}

/*
 * add_dns() - pass DNS queries to the gate's DNS sockets and count each packet
 */
static void add_dns(struct batch *batch, uint8_t family)
{
	struct nftnl_rule *rule = new_rule();
	uint16_t port = htons(ENC_NET_DNS_PORT);
	struct nftnl_expr *load;

	match_source(rule, family, NFT_CMP_EQ);
	match_meta8(rule, NFT_META_L4PROTO, IPPROTO_UDP);
	load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, PORT_AT, 2, NFT_REG_1);
	compare(rule, NFT_CMP_EQ, &port, sizeof(port));
	load = add_expr(rule, "immediate");
	nftnl_expr_set_u32(load, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
	nftnl_expr_set(load, NFTNL_EXPR_IMM_DATA, enc_net_total_dns,
		       sizeof(enc_net_total_dns));
	update_counter(rule, TOTALS);
	verdict(rule, NF_ACCEPT);
	add_rule(batch, rule);
}

/* match_syn() - match a SYN without ACK, which begins a connection */
static void match_syn(struct nftnl_rule *rule, uint8_t family)
{
	static const uint8_t mask = TCP_SYN_ACK;
	static const uint8_t nothing;
	static const uint8_t syn = TCP_SYN;
	struct nftnl_expr *expr;

	match_meta8(rule, NFT_META_NFPROTO, family);
	match_meta8(rule, NFT_META_L4PROTO, IPPROTO_TCP);
	load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, TCP_FLAGS_AT, 1,
		     NFT_REG_1);
	expr = add_expr(rule, "bitwise");
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_LEN, 1);
	nftnl_expr_set(expr, NFTNL_EXPR_BITWISE_MASK, &mask, 1);
	nftnl_expr_set(expr, NFTNL_EXPR_BITWISE_XOR, &nothing, 1);
	compare(rule, NFT_CMP_EQ, &syn, 1);
}

static void add_counted_tcp(struct batch *batch, uint32_t id, uint32_t syn_id)
{
	struct nftnl_rule *rule = new_rule();

	match_syn(rule, enc_net_sets[id].family);
	load_syn(rule, syn_id);
	match_unknown(rule, syn_id);
	count(rule, id);
	add_rule(batch, rule);

	rule = new_rule();
	match_syn(rule, enc_net_sets[id].family);
	load_syn(rule, syn_id);
	ENC_IGNORE(update(rule, syn_id)); /* the element needs no counter */
	add_rule(batch, rule);
}

static void add_counted_udp(struct batch *batch, uint32_t id)
{
	struct nftnl_rule *rule = new_rule();

	match_meta8(rule, NFT_META_NFPROTO, enc_net_sets[id].family);
	match_meta8(rule, NFT_META_L4PROTO, IPPROTO_UDP);
	count(rule, id);
	add_rule(batch, rule);
}

static void add_counted_other(struct batch *batch, uint32_t id)
{
	struct nftnl_rule *rule = new_rule();

	match_meta8(rule, NFT_META_NFPROTO, enc_net_sets[id].family);
	mismatch_meta8(rule, NFT_META_L4PROTO, IPPROTO_TCP);
	mismatch_meta8(rule, NFT_META_L4PROTO, IPPROTO_UDP);
	count(rule, id);
	add_rule(batch, rule);
}

/*
 * add_foreign() - drop packets with a foreign source address, since no answer
 * could reach it
 */
static void add_foreign(struct batch *batch, uint8_t family)
{
	struct nftnl_rule *rule = new_rule();

	match_source(rule, family, NFT_CMP_NEQ);
	verdict(rule, NF_DROP);
	add_rule(batch, rule);
}

static void add_forgotten(struct batch *batch, uint8_t family, uint32_t syn_id)
{
	struct nftnl_rule *rule = new_rule();

	match_syn(rule, family);
	load_syn(rule, syn_id);
	match_unknown(rule, syn_id);
	reject(rule, NFT_REJECT_TCP_RST, 0);
	add_rule(batch, rule);
}

/* add_listener() - pass packets to the transparent socket of a protocol */
static void add_listener(struct batch *batch, uint8_t family, uint8_t protocol,
			 uint16_t port)
{
	struct nftnl_rule *rule = new_rule();

	match_meta8(rule, NFT_META_NFPROTO, family);
	match_meta8(rule, NFT_META_L4PROTO, protocol);
	tproxy(rule, family, port);
	verdict(rule, NF_ACCEPT);
	add_rule(batch, rule);
}

static void add_reject(struct batch *batch, uint8_t protocol, uint32_t type,
		       uint8_t code)
{
	struct nftnl_rule *rule = new_rule();

	match_meta8(rule, NFT_META_L4PROTO, protocol);
	reject(rule, type, code);
	add_rule(batch, rule);
}

static void add_drop(struct batch *batch)
{
	struct nftnl_rule *rule = new_rule();

	verdict(rule, NF_DROP);
	add_rule(batch, rule);
}

static void add_rules(struct batch *batch)
{
	add_own_traffic(batch);
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

static int take_answers(struct mnl_socket *netlink, uint32_t asked)
{
	static char answer[ANSWER_BYTES];

	while (asked > 0) {
		ssize_t got =
			mnl_socket_recvfrom(netlink, answer, sizeof(answer));
		int rest = (int)got;

		if (got < 0) {
			return -errno;
		}
		for (const struct nlmsghdr *at = (const void *)answer;
		     mnl_nlmsg_ok(at, rest); at = mnl_nlmsg_next(at, &rest)) {
			const struct nlmsgerr *told = mnl_nlmsg_get_payload(at);

			if (at->nlmsg_type == NLMSG_ERROR && told->error < 0) {
				return told->error;
			}
			asked -= at->nlmsg_type == NLMSG_ERROR ? 1 : 0;
		}
	}
	return 0;
}

int enc_net_rules(struct mnl_socket *netlink, const char **step)
{
	static struct batch batch;

	*step = "nftables rules (kernel with nft_tproxy?)";
	batch.sequence = 1;
	batch.asked = 0;
	batch.messages = mnl_nlmsg_batch_start(batch.bytes, BATCH_BYTES / 2);
	ENC_ASSERT(batch.messages != NULL);
	nftnl_batch_begin(mnl_nlmsg_batch_current(batch.messages),
			  batch.sequence++);
	end(&batch);
	add_table(&batch);
	for (uint32_t id = 0; id < SETS; id++) {
		add_set(&batch, id);
	}
	add_chain(&batch, chain_name, NF_INET_PRE_ROUTING, NF_IP_PRI_MANGLE,
		  NF_ACCEPT);
	add_chain(&batch, "through", NF_INET_FORWARD, NF_IP_PRI_FILTER,
		  NF_DROP);
	add_rules(&batch);
	nftnl_batch_end(mnl_nlmsg_batch_current(batch.messages),
			batch.sequence++);
	end(&batch);
	if (mnl_socket_sendto(netlink, mnl_nlmsg_batch_head(batch.messages),
			      mnl_nlmsg_batch_size(batch.messages)) < 0) {
		mnl_nlmsg_batch_stop(batch.messages);
		return -errno;
	}
	mnl_nlmsg_batch_stop(batch.messages);
	return take_answers(netlink, batch.asked);
}
