/*
 * nftables, by libnftnl: one table, six sets that count by destination, one
 * chain. What it says, as nft(8) would write it:
 *
 *	chain in { type filter hook prerouting priority mangle
 *		iif != gate0				accept
 *		icmpv6 type mld2-report			drop
 *		ip saddr != 198.18.0.2	count other4,	drop
 *		ip6 saddr != ...::2	count other6,	drop
 *		udp dport 53				accept	(DNS sockets)
 *		tcp syn			count tcp4 / tcp6
 *		tcp			tproxy to :1	accept
 *		udp			count udp4 / udp6
 *		udp			tproxy to :2	accept
 *		tcp					reject with tcp reset
 *		udp					reject
 *					count other4 / other6, drop
 *	}
 *	chain through { type filter hook forward priority filter; policy drop }
 *
 * Counting is a rule of its own: when a set is full, the rule ends there and
 * the packet goes on to the next one. The two rejects are reached only when
 * nobody listens, so that a dead gate refuses at once.
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
	/* nft(8)'s numbers of types; only for who lists the sets. */
	TYPE_V4 = 7,
	TYPE_V6 = 8,
	TYPE_PROTOCOL = 12,
	TYPE_PORT = 13,
	TYPE_BITS = 6,
	REGISTER_BYTES = 4,
	TCP_FLAGS_AT = 13,
	TCP_SYN = 0x02,
	TCP_SYN_ACK = 0x12,
	PORT_AT = 2, /* destination port, TCP and UDP */
};

static const char chain_name[] = "in";

/* What a set counts, and where it finds it. */
static const struct set_row {
	const char *name;
	uint8_t family;	  /* NFPROTO_* */
	uint8_t protocol; /* 0: any other, and that is part of the key */
	uint32_t addr_bytes;
	uint32_t addr_at; /* of the destination, in the network header */
} sets[] = {
	{ "tcp4", NFPROTO_IPV4, IPPROTO_TCP, 4, 16 },
	{ "tcp6", NFPROTO_IPV6, IPPROTO_TCP, 16, 24 },
	{ "udp4", NFPROTO_IPV4, IPPROTO_UDP, 4, 16 },
	{ "udp6", NFPROTO_IPV6, IPPROTO_UDP, 16, 24 },
	{ "other4", NFPROTO_IPV4, 0, 4, 16 },
	{ "other6", NFPROTO_IPV6, 0, 16, 24 },
};

struct batch {
	char bytes[BATCH_BYTES];
	struct mnl_nlmsg_batch *messages;
	uint32_t sequence;
	uint32_t asked; /* messages that are acknowledged */
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
	ENC_ASSERT(mnl_nlmsg_batch_next(batch->messages));
}

/* need() - libnftnl allocates; without memory nothing goes on */
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
	const struct set_row *row = &sets[id];
	struct nftnl_set *set = need(nftnl_set_alloc());
	uint32_t addr = row->family == NFPROTO_IPV4 ? TYPE_V4 : TYPE_V6;
	uint32_t rest = row->protocol == 0 ? TYPE_PROTOCOL : TYPE_PORT;

	ENC_IGNORE(nftnl_set_set_str(set, NFTNL_SET_TABLE, ENC_NET_TABLE));
	ENC_IGNORE(nftnl_set_set_str(set, NFTNL_SET_NAME, row->name));
	nftnl_set_set_u32(set, NFTNL_SET_FAMILY, NFPROTO_INET);
	nftnl_set_set_u32(set, NFTNL_SET_ID, id + 1);
	nftnl_set_set_u32(set, NFTNL_SET_FLAGS, NFT_SET_EVAL);
	nftnl_set_set_u32(set, NFTNL_SET_KEY_TYPE, addr << TYPE_BITS | rest);
	nftnl_set_set_u32(set, NFTNL_SET_KEY_LEN,
			  row->addr_bytes + REGISTER_BYTES);
	nftnl_set_set_u32(set, NFTNL_SET_DESC_SIZE, ENC_NET_SET_ELEMENTS);
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

/* count() - one more for (destination, port or protocol) */
static void count(struct nftnl_rule *rule, uint32_t id)
{
	const struct set_row *row = &sets[id];
	uint32_t second = NFT_REG32_00 + row->addr_bytes / REGISTER_BYTES;
	struct nftnl_expr *update;

	load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, row->addr_at,
		     row->addr_bytes, NFT_REG_1);
	if (row->protocol == 0) {
		load_meta(rule, NFT_META_L4PROTO, second);
	} else {
		load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, PORT_AT, 2,
			     second);
	}
	update = add_expr(rule, "dynset");
	nftnl_expr_set_u32(update, NFTNL_EXPR_DYNSET_SREG_KEY, NFT_REG_1);
	nftnl_expr_set_u32(update, NFTNL_EXPR_DYNSET_OP, NFT_DYNSET_OP_UPDATE);
	nftnl_expr_set_str(update, NFTNL_EXPR_DYNSET_SET_NAME, row->name);
	nftnl_expr_set_u32(update, NFTNL_EXPR_DYNSET_SET_ID, id + 1);
	nftnl_expr_add_expr(update, NFTNL_EXPR_DYNSET_EXPR,
			    need(nftnl_expr_alloc("counter")));
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
 * add_kernel_chatter() - the session's kernel reports its own groups as soon
 * as the link is up: no program tried anything, so it isn't counted
 */
static void add_kernel_chatter(struct batch *batch)
{
	static const uint8_t mld2_report = 143; /* RFC 3810 */
	struct nftnl_rule *rule = new_rule();

	match_meta8(rule, NFT_META_NFPROTO, NFPROTO_IPV6);
	match_meta8(rule, NFT_META_L4PROTO, IPPROTO_ICMPV6);
	load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1, NFT_REG_1);
	compare(rule, NFT_CMP_EQ, &mld2_report, sizeof(mld2_report));
	verdict(rule, NF_DROP);
	add_rule(batch, rule);
}

/* add_foreign() - a source that isn't the session's: counted, then dropped */
static void add_foreign(struct batch *batch, uint32_t id, uint32_t source_at,
			const uint8_t *source)
{
	for (int drop = 0; drop <= 1; drop++) {
		struct nftnl_rule *rule = new_rule();

		match_meta8(rule, NFT_META_NFPROTO, sets[id].family);
		load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, source_at,
			     sets[id].addr_bytes, NFT_REG_1);
		compare(rule, NFT_CMP_NEQ, source, sets[id].addr_bytes);
		if (drop == 1) {
			verdict(rule, NF_DROP);
		} else {
			count(rule, id);
		}
		add_rule(batch, rule);
	}
}

static void add_dns(struct batch *batch)
{
	struct nftnl_rule *rule = new_rule();
	uint16_t port = htons(ENC_NET_DNS_PORT);

	match_meta8(rule, NFT_META_L4PROTO, IPPROTO_UDP);
	load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, PORT_AT, 2, NFT_REG_1);
	compare(rule, NFT_CMP_EQ, &port, sizeof(port));
	verdict(rule, NF_ACCEPT);
	add_rule(batch, rule);
}

/* match_syn() - a connect, and not what follows it */
static void match_syn(struct nftnl_rule *rule)
{
	static const uint8_t mask = TCP_SYN_ACK;
	static const uint8_t nothing;
	static const uint8_t syn = TCP_SYN;
	struct nftnl_expr *expr;

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

/* add_counted() - count, then hand to the listener */
static void add_counted(struct batch *batch, uint32_t id, uint16_t port)
{
	struct nftnl_rule *rule = new_rule();

	match_meta8(rule, NFT_META_NFPROTO, sets[id].family);
	match_meta8(rule, NFT_META_L4PROTO, sets[id].protocol);
	if (sets[id].protocol == IPPROTO_TCP) {
		match_syn(rule);
	}
	count(rule, id);
	add_rule(batch, rule);

	rule = new_rule();
	match_meta8(rule, NFT_META_NFPROTO, sets[id].family);
	match_meta8(rule, NFT_META_L4PROTO, sets[id].protocol);
	tproxy(rule, sets[id].family, port);
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

static void add_other(struct batch *batch, uint32_t id)
{
	struct nftnl_rule *rule = new_rule();

	match_meta8(rule, NFT_META_NFPROTO, sets[id].family);
	count(rule, id);
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
	enum { TCP4, TCP6, UDP4, UDP6, OTHER4, OTHER6 };

	add_own_traffic(batch);
	add_kernel_chatter(batch);
	add_foreign(batch, OTHER4, 12, enc_net_session_end.v4);
	add_foreign(batch, OTHER6, 8, enc_net_session_end.v6);
	add_dns(batch);
	add_counted(batch, TCP4, ENC_NET_TCP_PORT);
	add_counted(batch, TCP6, ENC_NET_TCP_PORT);
	add_counted(batch, UDP4, ENC_NET_UDP_PORT);
	add_counted(batch, UDP6, ENC_NET_UDP_PORT);
	add_reject(batch, IPPROTO_TCP, NFT_REJECT_TCP_RST, 0);
	add_reject(batch, IPPROTO_UDP, NFT_REJECT_ICMPX_UNREACH,
		   NFT_REJECT_ICMPX_PORT_UNREACH);
	add_other(batch, OTHER4);
	add_other(batch, OTHER6);
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
	for (uint32_t id = 0; id < ENC_COUNT(sets); id++) {
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

/* ---- reading ---- */

struct reading {
	const struct set_row *row;
	enc_net_attempt_fn *visit;
	void *context;
	size_t elements;
};

static void visit_element(struct reading *reading,
			  struct nftnl_set_elem *element)
{
	const struct set_row *row = reading->row;
	uint8_t addr[16] = { [10] = 0xff, [11] = 0xff };
	uint32_t length;
	const uint8_t *key =
		nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &length);
	const struct nftnl_expr *counter =
		nftnl_set_elem_get(element, NFTNL_SET_ELEM_EXPR, &length);
	uint8_t protocol = row->protocol;
	uint16_t port = 0;

	reading->elements++;
	if (key == NULL || counter == NULL) {
		return;
	}
	memcpy(row->addr_bytes == 4 ? addr + 12 : addr, key, row->addr_bytes);
	if (protocol == 0) {
		protocol = key[row->addr_bytes];
	} else {
		memcpy(&port, key + row->addr_bytes, sizeof(port));
	}
	reading->visit(reading->context, protocol, addr, ntohs(port),
		       nftnl_expr_get_u64(counter, NFTNL_EXPR_CTR_PACKETS));
}

static int on_elements(const struct nlmsghdr *header, void *data)
{
	struct reading *reading = data;
	struct nftnl_set *set = need(nftnl_set_alloc());
	struct nftnl_set_elems_iter *iter;
	struct nftnl_set_elem *element;

	if (nftnl_set_elems_nlmsg_parse(header, set) < 0) {
		nftnl_set_free(set);
		return MNL_CB_ERROR;
	}
	iter = need(nftnl_set_elems_iter_create(set));
	while ((element = nftnl_set_elems_iter_next(iter)) != NULL) {
		visit_element(reading, element);
	}
	nftnl_set_elems_iter_destroy(iter);
	nftnl_set_free(set);
	return MNL_CB_OK;
}

static int read_set(struct mnl_socket *netlink, struct reading *reading,
		    uint32_t sequence)
{
	static char bytes[ANSWER_BYTES];
	struct nftnl_set *set = need(nftnl_set_alloc());
	struct nlmsghdr *header =
		nftnl_nlmsg_build_hdr(bytes, NFT_MSG_GETSETELEM, NFPROTO_INET,
				      NLM_F_DUMP, sequence);
	int r = MNL_CB_OK;

	ENC_IGNORE(nftnl_set_set_str(set, NFTNL_SET_TABLE, ENC_NET_TABLE));
	ENC_IGNORE(nftnl_set_set_str(set, NFTNL_SET_NAME, reading->row->name));
	nftnl_set_elems_nlmsg_build_payload(header, set);
	nftnl_set_free(set);
	if (mnl_socket_sendto(netlink, header, header->nlmsg_len) < 0) {
		return -errno;
	}
	while (r == MNL_CB_OK) {
		ssize_t got =
			mnl_socket_recvfrom(netlink, bytes, sizeof(bytes));

		if (got < 0) {
			return -errno;
		}
		r = mnl_cb_run(bytes, (size_t)got, sequence, 0, on_elements,
			       reading);
	}
	return r < 0 ? -errno : 0;
}

int enc_net_counters(struct mnl_socket *netlink, enc_net_attempt_fn *visit,
		     void *context, bool *ret_complete)
{
	bool complete = true;

	for (uint32_t id = 0; id < ENC_COUNT(sets); id++) {
		struct reading reading = { .row = &sets[id],
					   .visit = visit,
					   .context = context };
		int r = read_set(netlink, &reading, 1000 + id);

		if (r < 0) {
			return r;
		}
		complete &= reading.elements < ENC_NET_SET_ELEMENTS;
	}
	*ret_complete = complete;
	return 0;
}
