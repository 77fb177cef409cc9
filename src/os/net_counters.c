/*
 * Reads the counters of net_rules.c. The launcher does this when the sandbox is
 * dead.
 */

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <netinet/in.h>

#include "address.h"
#include "net_batch.h"
#include "net_internal.h"

/* SEQUENCE is the number of the first request. */
enum { SEQUENCE = 1000 };

const struct enc_net_set enc_net_sets[ENC_NET_SETS] = {
	[ENC_NET_SET_TCP4] = { "tcp4", NFPROTO_IPV4, IPPROTO_TCP, 4, 16 },
	[ENC_NET_SET_TCP6] = { "tcp6", NFPROTO_IPV6, IPPROTO_TCP, 16, 24 },
	[ENC_NET_SET_UDP4] = { "udp4", NFPROTO_IPV4, IPPROTO_UDP, 4, 16 },
	[ENC_NET_SET_UDP6] = { "udp6", NFPROTO_IPV6, IPPROTO_UDP, 16, 24 },
	[ENC_NET_SET_OTHER4] = { "other4", NFPROTO_IPV4, 0, 4, 16 },
	[ENC_NET_SET_OTHER6] = { "other6", NFPROTO_IPV6, 0, 16, 24 },
};

const uint8_t enc_net_total_dns[4] = { 0, 0, 0, 1 };

struct reading {
	/* The set that is read; NULL: the set of totals. */
	const struct enc_net_set *set;
	enc_net_attempt_fn *visit;
	void *context;
	uint64_t visited; /* sum of the visited attempts */
	struct enc_net_totals totals;
};

static void visit_attempt(struct reading *reading, const uint8_t *key,
			  uint64_t count)
{
	const struct enc_net_set *set = reading->set;
	uint8_t addr[ENC_ADDRESS_BYTES];
	uint8_t protocol = set->protocol;
	uint16_t port = 0;

	if (set->addr_bytes == sizeof(addr)) {
		memcpy(addr, key, sizeof(addr));
	} else {
		enc_address_map(key, addr);
	}
	if (protocol == 0) {
		protocol = key[set->addr_bytes];
	} else {
		memcpy(&port, key + set->addr_bytes, sizeof(port));
	}
	reading->visited += count;
	reading->visit(reading->context, protocol, addr, ntohs(port), count);
}

static void add_total(struct enc_net_totals *totals, const uint8_t *key,
		      uint64_t count)
{
	if (memcmp(key, enc_net_total_dns, sizeof(enc_net_total_dns)) == 0) {
		totals->dns += count;
	} else if (key[0] == IPPROTO_TCP) {
		totals->tcp += count;
	} else if (key[0] == IPPROTO_UDP) {
		totals->udp += count;
	} else {
		totals->other += count;
	}
}

static void on_element(void *context, const uint8_t *key, uint64_t count)
{
	struct reading *reading = context;

	if (reading->set == NULL) {
		add_total(&reading->totals, key, count);
	} else {
		visit_attempt(reading, key, count);
	}
}

static int read_set(struct mnl_socket *netlink, struct reading *reading,
		    uint32_t sequence)
{
	const char *name =
		reading->set == NULL ? ENC_NET_TOTALS : reading->set->name;

	return enc_net_elements_read(netlink, ENC_NET_TABLE, name, sequence,
				     on_element, reading);
}

/* total_of() - return the total for the protocol of a set */
static uint64_t total_of(const struct enc_net_totals *totals, uint8_t protocol)
{
	return protocol == IPPROTO_TCP	 ? totals->tcp
	       : protocol == IPPROTO_UDP ? totals->udp
					 : totals->other;
}

int enc_net_counters(struct mnl_socket *netlink, enc_net_attempt_fn *visit,
		     void *context, struct enc_net_totals *ret_totals)
{
	struct reading reading = { .visit = visit, .context = context };
	const struct enc_net_totals *totals = &reading.totals;
	int r = read_set(netlink, &reading, SEQUENCE);

	/* If a protocol's total is 0, its sets needn't be read. */
	for (uint32_t id = 0; r == 0 && id < ENC_NET_SETS; id++) {
		reading.set = &enc_net_sets[id];
		if (total_of(totals, reading.set->protocol) > 0) {
			r = read_set(netlink, &reading, SEQUENCE + 1 + id);
		}
	}
	if (r < 0) {
		return r;
	}
	*ret_totals = *totals;
	ret_totals->named =
		reading.visited == totals->tcp + totals->udp + totals->other;
	return 0;
}
