/*
 * nftables, by libnftnl. In the language of nft(8), where v4 stands for both
 * families, the table is:
 *
 *	chain out { type filter hook output priority -199
 *		skuid FIRST-LAST				goto gate
 *	}
 *	chain gate {
 *		tcp flags ack, no syn				accept
 *		tcp dport 53 ip daddr @servers4			accept
 *		udp dport 53 ip daddr @servers4			accept
 *		fib daddr type { local, broadcast, anycast, multicast }
 *								goto own
 *		oif lo						goto own
 *		ip daddr @internal4				accept
 *		ip daddr @denied4				goto refuse
 *	}
 *	chain own {
 *		ip daddr @internal4				goto reject
 *		ip daddr @denied4				goto refuse
 *								goto reject
 *	}
 *	chain refuse {
 *		update @refused { skuid counter }
 *								goto reject
 *	}
 *	chain reject {
 *		meta l4proto tcp		reject with tcp reset
 *						reject with admin-prohibited
 *	}
 *
 * The first rule of all asks for the block and not for its outside. Many
 * packets of the host have no uid, such as resets, ICMP, and the end of a
 * connection whose socket is closed. A rule about a uid never matches these.
 *
 * The priority is that of no other table of the host: after conntrack (-200),
 * so that a refusal belongs to a connection; before every NAT (-100), so that
 * the destination is the gate's. Behind NAT, a query to Docker's name server
 * 127.0.0.11 has another port, a published port of a container has the
 * container's address, and what goes through a transparent proxy is local.
 *
 * The first rule of a gate spares the others what belongs to a connection. Who
 * sends it has sent a SYN, which went through all of them: a gate has neither
 * raw sockets nor TCP_REPAIR. Nor may it have options by which packets of a
 * connection go elsewhere (IP_OPTIONS, IPV6_RTHDR): its filter has SO_LINGER
 * alone.
 *
 * `fib` looks at the table "local" only. `oif lo` finds local routes in other
 * tables too.
 *
 * Counting is a rule of its own: should it fail for lack of memory, it ends,
 * and the next rule refuses.
 *
 * TCP is refused by a reset, since the kernel limits how many ICMP messages it
 * sends, and a connection without any answer would be tried again and again.
 */

/* libnftnl/expr.h needs it. */
#include <stdio.h>

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>

#include "net_expr.h"
#include "net_host.h"

enum {
	BATCH_BYTES = 1 << 18,
	PRIORITY = NF_IP_PRI_CONNTRACK + 1,
	LO_INDEX = 1,
	DNS_PORT = 53,
	/* Even, so that both ends of a range are in one message. */
	ELEMENTS_PER_MESSAGE = 128,
	V4_BYTES = ENC_ADDRESS_BYTES - ENC_ADDRESS_V4_AT,
	READ_TRIES = 16,
	READ_SEQUENCE = 1, /* any; one request is answered at a time */
};

static const char step_socket[] = "nftables socket";
static const char step_plan[] = "plan of the host's nftables table";

static const struct enc_net_chain_spec chain_out = { "out", NF_INET_LOCAL_OUT,
						     PRIORITY, NF_ACCEPT };
static const char chain_gate[] = "gate";
static const char chain_own[] = "own";
static const char chain_refuse[] = "refuse";
static const char chain_reject[] = "reject";

/* One of each per family. */
struct family {
	uint8_t number; /* NFPROTO_* */
	bool v4;
	uint32_t addr_bytes;
	uint32_t addr_at; /* offset of the destination in the IP header */
	struct enc_net_set_spec servers;
	struct enc_net_set_spec internal;
	struct enc_net_set_spec denied;
};

#define ADDRESS_SET(set_name, set_id, set_flags, set_type, bytes)         \
	{                                                                 \
		.name = (set_name), .id = (set_id), .flags = (set_flags), \
		.type = (set_type), .key_bytes = (bytes)                  \
	}

static const struct family families[] = {
	{ NFPROTO_IPV4, true, V4_BYTES, ENC_NET_DESTINATION4_AT,
	  ADDRESS_SET("servers4", 1, 0, ENC_NET_TYPE_V4, V4_BYTES),
	  ADDRESS_SET("internal4", 2, NFT_SET_INTERVAL, ENC_NET_TYPE_V4,
		      V4_BYTES),
	  ADDRESS_SET("denied4", 3, NFT_SET_INTERVAL, ENC_NET_TYPE_V4,
		      V4_BYTES) },
	{ NFPROTO_IPV6, false, ENC_ADDRESS_BYTES, ENC_NET_DESTINATION6_AT,
	  ADDRESS_SET("servers6", 4, 0, ENC_NET_TYPE_V6, ENC_ADDRESS_BYTES),
	  ADDRESS_SET("internal6", 5, NFT_SET_INTERVAL, ENC_NET_TYPE_V6,
		      ENC_ADDRESS_BYTES),
	  ADDRESS_SET("denied6", 6, NFT_SET_INTERVAL, ENC_NET_TYPE_V6,
		      ENC_ADDRESS_BYTES) },
};

struct enc_net_host {
	char *table;
	struct mnl_socket *netlink;
};

/* ---- sets ---- */

/* refused_spec() - the set of counters, with room for the whole block */
static struct enc_net_set_spec refused_spec(uint32_t uids)
{
	return (struct enc_net_set_spec){
		.name = "refused",
		.id = 7,
		.flags = NFT_SET_EVAL,
		.type = ENC_NET_TYPE_UID,
		.key_bytes = sizeof(uint32_t),
		.elements = uids,
	};
}

static const uint8_t *key_of(const struct family *family,
			     const uint8_t addr[ENC_ADDRESS_BYTES])
{
	return family->v4 ? addr + ENC_ADDRESS_V4_AT : addr;
}

/*
 * put_ranges() - put a part of the ranges into one message. An interval is an
 * element at its beginning and another one after its end, unless it ends with
 * the last address.
 */
static void put_ranges(struct enc_net_batch *batch, const struct family *family,
		       const struct enc_net_set_spec *spec,
		       const struct enc_net_range *ranges, size_t count)
{
	struct nftnl_set *elements = enc_net_elements_new(batch->table, spec);

	for (size_t i = 0; i < count; i++) {
		uint8_t next[ENC_ADDRESS_BYTES];

		enc_net_element(elements, key_of(family, ranges[i].first),
				family->addr_bytes, 0);
		if (enc_net_range_next(&ranges[i], family->v4, next)) {
			enc_net_element(elements, key_of(family, next),
					family->addr_bytes,
					NFT_SET_ELEM_INTERVAL_END);
		}
	}
	enc_net_add_elements(batch, elements);
}

static void add_networks(struct enc_net_batch *batch,
			 const struct family *family,
			 const struct enc_net_set_spec *spec,
			 const struct enc_network *prefixes, size_t count)
{
	struct enc_net_range ranges[ENC_NET_HOST_PREFIXES];
	size_t left = enc_net_ranges(prefixes, count, family->v4, ranges);
	const struct enc_net_range *at = ranges;

	enc_net_add_set(batch, spec);
	while (left > 0) {
		size_t part = ENC_MIN(left, (size_t)ELEMENTS_PER_MESSAGE / 2);

		put_ranges(batch, family, spec, at, part);
		at += part;
		left -= part;
	}
}

static void add_servers(struct enc_net_batch *batch,
			const struct family *family,
			const uint8_t (*servers)[ENC_ADDRESS_BYTES],
			size_t count)
{
	struct nftnl_set *elements =
		enc_net_elements_new(batch->table, &family->servers);
	bool empty = true;

	for (size_t i = 0; i < count; i++) {
		if ((enc_address_v4(servers[i]) != NULL) == family->v4) {
			enc_net_element(elements, key_of(family, servers[i]),
					family->addr_bytes, 0);
			empty = false;
		}
	}
	if (empty) {
		nftnl_set_free(elements);
	} else {
		enc_net_add_elements(batch, elements);
	}
}

static void add_sets(struct enc_net_batch *batch,
		     const struct enc_net_host_plan *plan)
{
	struct enc_net_set_spec refused =
		refused_spec(plan->last - plan->first + 1);

	batch->step = "nftables set with counters";
	enc_net_add_set(batch, &refused);
	batch->step = "nftables sets of networks";
	for (size_t i = 0; i < ENC_COUNT(families); i++) {
		const struct family *family = &families[i];

		add_networks(batch, family, &family->internal, plan->internal,
			     plan->internal_count);
		add_networks(batch, family, &family->denied, plan->denied,
			     plan->denied_count);
		enc_net_add_set(batch, &family->servers);
		add_servers(batch, family, plan->servers, plan->server_count);
	}
}

/* ---- rules ---- */

/* match_destination() - match if the destination is in a set */
static void match_destination(struct nftnl_rule *rule,
			      const struct family *family,
			      const struct enc_net_set_spec *spec)
{
	enc_net_match_meta8(rule, NFT_META_NFPROTO, family->number);
	enc_net_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, family->addr_at,
			     family->addr_bytes, NFT_REG_1);
	enc_net_lookup(rule, spec, 0);
}

static void add_ours(struct enc_net_batch *batch,
		     const struct enc_net_host_plan *plan)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_out.name);

	enc_net_load_meta(rule, NFT_META_SKUID, NFT_REG_1);
	enc_net_match_range(rule, plan->first, plan->last);
	enc_net_goto(rule, chain_gate);
	enc_net_add_rule(batch, rule);
}

static void add_flowing(struct enc_net_batch *batch)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_gate);

	enc_net_match_tcp(rule, ENC_NET_TCP_SYN | ENC_NET_TCP_ACK,
			  ENC_NET_TCP_ACK);
	enc_net_verdict(rule, NF_ACCEPT);
	enc_net_add_rule(batch, rule);
}

static void add_dns(struct enc_net_batch *batch, const struct family *family,
		    uint8_t protocol)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_gate);
	uint16_t port = htons(DNS_PORT);

	enc_net_match_meta8(rule, NFT_META_L4PROTO, protocol);
	enc_net_load_port(rule, NFT_REG_1);
	enc_net_compare(rule, NFT_CMP_EQ, &port, sizeof(port));
	match_destination(rule, family, &family->servers);
	enc_net_verdict(rule, NF_ACCEPT);
	enc_net_add_rule(batch, rule);
}

static void add_local(struct enc_net_batch *batch)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_gate);
	struct nftnl_expr *fib = enc_net_expr(rule, "fib");
	uint32_t index = LO_INDEX;

	batch->step = "nftables rule about the host's own addresses (kernel "
		      "with nft_fib_inet?)";
	nftnl_expr_set_u32(fib, NFTNL_EXPR_FIB_DREG, NFT_REG_1);
	nftnl_expr_set_u32(fib, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	nftnl_expr_set_u32(fib, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
	enc_net_match_range(rule, RTN_LOCAL, RTN_MULTICAST);
	enc_net_goto(rule, chain_own);
	enc_net_add_rule(batch, rule);

	batch->step = "nftables rules";
	rule = enc_net_rule_new(batch, chain_gate);
	enc_net_load_meta(rule, NFT_META_OIF, NFT_REG_1);
	enc_net_compare(rule, NFT_CMP_EQ, &index, sizeof(index));
	enc_net_goto(rule, chain_own);
	enc_net_add_rule(batch, rule);
}

static void add_internal(struct enc_net_batch *batch,
			 const struct family *family)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_gate);

	match_destination(rule, family, &family->internal);
	enc_net_verdict(rule, NF_ACCEPT);
	enc_net_add_rule(batch, rule);

	rule = enc_net_rule_new(batch, chain_own);
	match_destination(rule, family, &family->internal);
	enc_net_goto(rule, chain_reject);
	enc_net_add_rule(batch, rule);
}

static void add_denied(struct enc_net_batch *batch, const char *chain,
		       const struct family *family)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain);

	match_destination(rule, family, &family->denied);
	enc_net_goto(rule, chain_refuse);
	enc_net_add_rule(batch, rule);
}

static void add_goto(struct enc_net_batch *batch, const char *chain,
		     const char *to)
{
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain);

	enc_net_goto(rule, to);
	enc_net_add_rule(batch, rule);
}

static void add_refuse(struct enc_net_batch *batch)
{
	struct enc_net_set_spec refused = refused_spec(0);
	struct nftnl_rule *rule = enc_net_rule_new(batch, chain_refuse);

	enc_net_load_meta(rule, NFT_META_SKUID, NFT_REG_1);
	enc_net_update_counter(rule, &refused);
	enc_net_add_rule(batch, rule);
	add_goto(batch, chain_refuse, chain_reject);

	batch->step = "nftables rules that refuse (kernel with "
		      "nft_reject_inet?)";
	rule = enc_net_rule_new(batch, chain_reject);
	enc_net_match_meta8(rule, NFT_META_L4PROTO, IPPROTO_TCP);
	enc_net_reject(rule, NFT_REJECT_TCP_RST, 0);
	enc_net_add_rule(batch, rule);

	rule = enc_net_rule_new(batch, chain_reject);
	enc_net_reject(rule, NFT_REJECT_ICMPX_UNREACH,
		       NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
	enc_net_add_rule(batch, rule);
}

static void add_rules(struct enc_net_batch *batch,
		      const struct enc_net_host_plan *plan)
{
	add_ours(batch, plan);
	add_flowing(batch);
	for (size_t i = 0; i < ENC_COUNT(families); i++) {
		add_dns(batch, &families[i], IPPROTO_TCP);
		add_dns(batch, &families[i], IPPROTO_UDP);
	}
	add_local(batch);
	for (size_t i = 0; i < ENC_COUNT(families); i++) {
		add_internal(batch, &families[i]);
		add_denied(batch, chain_gate, &families[i]);
		add_denied(batch, chain_own, &families[i]);
	}
	add_goto(batch, chain_own, chain_reject);
	add_refuse(batch);
}

/* ---- table ---- */

static int check_prefixes(const struct enc_network *prefixes, size_t count)
{
	if (count > ENC_NET_HOST_PREFIXES) {
		return -E2BIG;
	}
	for (size_t i = 0; i < count; i++) {
		if (prefixes[i].bits > 8 * ENC_ADDRESS_BYTES) {
			return -EINVAL;
		}
	}
	return 0;
}

static int check_plan(const struct enc_net_host_plan *plan)
{
	size_t length = strlen(plan->name);
	int r = 0;

	if (length == 0 || length > ENC_NET_HOST_NAME_BYTES ||
	    plan->first > plan->last) {
		return -EINVAL;
	}
	if (plan->server_count > ENC_NET_HOST_SERVERS) {
		return -E2BIG;
	}
	r = check_prefixes(plan->denied, plan->denied_count);
	return r < 0 ? r : check_prefixes(plan->internal, plan->internal_count);
}

static int make_table(struct enc_net_host *host,
		      const struct enc_net_host_plan *plan, const char **step)
{
	enc_autofree char *bytes = enc_xalloc(BATCH_BYTES);
	struct enc_net_batch batch;

	enc_net_batch_start(&batch, host->table, bytes, BATCH_BYTES,
			    "nftables table of the host (is one left? kernel "
			    ">= 5.12?)");
	enc_net_add_table(&batch, NFT_TABLE_F_OWNER, NLM_F_EXCL);
	add_sets(&batch, plan);
	batch.step = "nftables chains";
	enc_net_add_base(&batch, &chain_out);
	enc_net_add_chain(&batch, chain_gate);
	enc_net_add_chain(&batch, chain_own);
	enc_net_add_chain(&batch, chain_refuse);
	enc_net_add_chain(&batch, chain_reject);
	batch.step = "nftables rules";
	add_rules(&batch, plan);
	return enc_net_batch_send(&batch, host->netlink, step);
}

int enc_net_host_new(const struct enc_net_host_plan *plan,
		     struct enc_net_host **ret_host, const char **ret_step)
{
	struct enc_net_host *host;
	int r = check_plan(plan);

	if (r < 0) {
		*ret_step = step_plan;
		return r;
	}
	host = enc_xalloc(sizeof(*host));
	host->table = enc_xprintf("enclave_%s", plan->name);
	/* A lost answer is then an error, and not a wait without end. */
	host->netlink = mnl_socket_open2(NETLINK_NETFILTER,
					 SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (host->netlink == NULL ||
	    mnl_socket_bind(host->netlink, 0, MNL_SOCKET_AUTOPID) < 0) {
		r = -errno;
		*ret_step = step_socket;
	}
	if (r == 0) {
		r = make_table(host, plan, ret_step);
	}
	if (r < 0) {
		enc_net_host_free(host);
		return r;
	}
	*ret_host = host;
	return 0;
}

int enc_net_host_fd(const struct enc_net_host *host)
{
	return mnl_socket_get_fd(host->netlink);
}

int enc_net_host_servers(struct enc_net_host *host,
			 const uint8_t (*servers)[ENC_ADDRESS_BYTES],
			 size_t count)
{
	char bytes[1 << 13];
	struct enc_net_batch batch;
	const char *step;

	if (count > ENC_NET_HOST_SERVERS) {
		return -E2BIG;
	}
	enc_net_batch_start(&batch, host->table, bytes, sizeof(bytes),
			    "name servers");
	for (size_t i = 0; i < ENC_COUNT(families); i++) {
		enc_net_del_elements(
			&batch, enc_net_elements_new(host->table,
						     &families[i].servers));
		add_servers(&batch, &families[i], servers, count);
	}
	return enc_net_batch_send(&batch, host->netlink, &step);
}

/* ---- counters ---- */

struct refused {
	uid_t uid;
	uint64_t count;
};

struct reading {
	struct refused *rows;
	size_t count;
	size_t room;
};

static void on_refused(void *context, const uint8_t *key, uint64_t packets)
{
	struct reading *reading = context;
	uint32_t uid; /* in host byte order, as the kernel loads it */

	if (reading->count == reading->room) {
		size_t room = ENC_MAX(2 * reading->room, (size_t)16);
		struct refused *rows = enc_xalloc(room * sizeof(*rows));

		if (reading->count > 0) {
			memcpy(rows, reading->rows,
			       reading->count * sizeof(*rows));
		}
		free(reading->rows);
		reading->rows = rows;
		reading->room = room;
	}
	memcpy(&uid, key, sizeof(uid));
	reading->rows[reading->count++] = (struct refused){ uid, packets };
}

static int compare_uids(const void *left, const void *right)
{
	const struct refused *a = left;
	const struct refused *b = right;

	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

/* visit_once() - visit each uid with the largest of its counts */
static void visit_once(struct reading *reading, enc_net_refused_fn *visit,
		       void *context)
{
	const struct refused *rows = reading->rows;
	uint64_t count = 0;

	if (reading->count > 0) {
		qsort(reading->rows, reading->count, sizeof(*reading->rows),
		      compare_uids);
	}
	for (size_t i = 0; i < reading->count; i++) {
		count = ENC_MAX(count, rows[i].count);
		if (i + 1 == reading->count || rows[i + 1].uid != rows[i].uid) {
			visit(context, rows[i].uid, count);
			count = 0;
		}
	}
}

int enc_net_host_refused(struct enc_net_host *host, enc_net_refused_fn *visit,
			 void *context)
{
	struct reading reading = { 0 };
	int r = -EINTR;

	for (int i = 0; i < READ_TRIES && r == -EINTR; i++) {
		reading.count = 0;
		r = enc_net_elements_read(host->netlink, host->table,
					  refused_spec(0).name, READ_SEQUENCE,
					  on_refused, &reading);
	}
	if (r == 0) {
		/* A set that grows meanwhile may show an element twice. */
		visit_once(&reading, visit, context);
	}
	free(reading.rows);
	return r == -EINTR ? -EAGAIN : r;
}

int enc_net_host_forget(struct enc_net_host *host, uid_t uid)
{
	char bytes[1 << 11];
	struct enc_net_set_spec refused = refused_spec(0);
	struct nftnl_set *elements =
		enc_net_elements_new(host->table, &refused);
	struct enc_net_batch batch;
	const uint32_t key = uid;
	const char *step;
	int r;

	enc_net_batch_start(&batch, host->table, bytes, sizeof(bytes),
			    "counter of a uid");
	enc_net_element(elements, &key, sizeof(key), 0);
	enc_net_del_elements(&batch, elements);
	r = enc_net_batch_send(&batch, host->netlink, &step);
	return r == -ENOENT ? 0 : r;
}

void enc_net_host_free(struct enc_net_host *host)
{
	if (host == NULL) {
		return;
	}
	if (host->netlink != NULL) {
		(void)mnl_socket_close(host->netlink);
	}
	free(host->table);
	free(host);
}
