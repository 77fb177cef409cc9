#include <arpa/inet.h>
#include <stdbool.h>

#include "address.h"
#include "egress.h"

#define V4(a, b, c, d) ENC_ADDRESS_V4(a, b, c, d)
enum { V4_BITS = 96 };

/* What decides if no row and no rule does. */
static const char no_allowlist[] = "deny_all";
static const char no_rule[] = "allowlist";

/*
 * Destinations that no rule of a session can allow: networks around the machine
 * rather than the Internet, and all that IANA's special-purpose registries list
 * (RFC 6890, 8190). The first row that matches names the reason, so narrow
 * ranges come first.
 */
static const struct deny_row {
	struct enc_network network;
	const char *rule;
} deny_table[] = {
	{ { V4(169, 254, 0, 0), V4_BITS + 16 }, "deny-table: link-local" },
	{ { V4(127, 0, 0, 0), V4_BITS + 8 }, "deny-table: loopback" },
	{ { V4(0, 0, 0, 0), V4_BITS + 8 }, "deny-table: this network" },
	{ { V4(10, 0, 0, 0), V4_BITS + 8 }, "deny-table: private" },
	{ { V4(172, 16, 0, 0), V4_BITS + 12 }, "deny-table: private" },
	{ { V4(192, 168, 0, 0), V4_BITS + 16 }, "deny-table: private" },
	{ { V4(100, 64, 0, 0), V4_BITS + 10 }, "deny-table: shared" },
	{ { V4(168, 63, 129, 16), V4_BITS + 32 }, "deny-table: metadata" },
	{ { V4(192, 0, 0, 0), V4_BITS + 24 }, "deny-table: protocol" },
	{ { V4(192, 31, 196, 0), V4_BITS + 24 }, "deny-table: AS112" },
	{ { V4(192, 175, 48, 0), V4_BITS + 24 }, "deny-table: AS112" },
	{ { V4(192, 52, 193, 0), V4_BITS + 24 },
	  "deny-table: multicast relay" },
	{ { V4(192, 88, 99, 0), V4_BITS + 24 }, "deny-table: 6to4 relay" },
	{ { V4(198, 18, 0, 0), V4_BITS + 15 }, "deny-table: gate" },
	{ { V4(192, 0, 2, 0), V4_BITS + 24 }, "deny-table: documentation" },
	{ { V4(198, 51, 100, 0), V4_BITS + 24 }, "deny-table: documentation" },
	{ { V4(203, 0, 113, 0), V4_BITS + 24 }, "deny-table: documentation" },
	{ { V4(224, 0, 0, 0), V4_BITS + 4 }, "deny-table: multicast" },
	{ { V4(255, 255, 255, 255), V4_BITS + 32 }, "deny-table: broadcast" },
	{ { V4(240, 0, 0, 0), V4_BITS + 4 }, "deny-table: reserved" },
	{ { { [15] = 1 }, 128 }, "deny-table: loopback" },
	{ { { 0 }, 96 }, "deny-table: IPv4-compatible" },
	{ { { 0xfe, 0x80 }, 10 }, "deny-table: link-local" },
	{ { { 0xfc }, 7 }, "deny-table: unique local" },
	{ { { 0xfe, 0xc0 }, 10 }, "deny-table: site-local" },
	{ { { 0xff }, 8 }, "deny-table: multicast" },
	{ { { 0, 0x64, 0xff, 0x9b }, 32 }, "deny-table: translated" },
	{ { { 0x20, 0x02 }, 16 }, "deny-table: 6to4" },
	{ { { 0x20, 0x01, 0, 0 }, 32 }, "deny-table: Teredo" },
	{ { { 0x20, 0x01 }, 23 }, "deny-table: protocol" },
	{ { { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, "deny-table: documentation" },
	{ { { 0x3f, 0xff }, 20 }, "deny-table: documentation" },
	{ { { 0x26, 0x20, 0, 0x4f, 0x80 }, 48 }, "deny-table: AS112" },
	{ { { 0x01 }, 64 }, "deny-table: discard" },
};

/*
 * All of the Internet's IPv6 is in 2000::/3. What isn't is reserved, IPv4 in
 * its mapped form apart.
 */
static const struct enc_network global = { { 0x20 }, 3 };
static const char not_global[] = "deny-table: reserved";

const char *enc_egress_denied(const struct enc_egress_policy *policy,
			      const uint8_t addr[16])
{
	for (size_t i = 0; i < policy->internal_count; i++) {
		if (enc_network_has(&policy->internal[i], addr)) {
			return NULL;
		}
	}
	for (size_t i = 0; i < ENC_COUNT(deny_table); i++) {
		if (enc_network_has(&deny_table[i].network, addr)) {
			return deny_table[i].rule;
		}
	}
	return enc_address_v4(addr) == NULL && !enc_network_has(&global, addr)
		       ? not_global
		       : NULL;
}

size_t enc_egress_deny_table(struct enc_network *ret_networks, size_t room)
{
	size_t count = 0;

	ENC_ASSERT(room >= ENC_COUNT(deny_table) + ENC_EGRESS_OUTSIDE_MAX);
	for (size_t i = 0; i < ENC_COUNT(deny_table); i++) {
		ret_networks[count++] = deny_table[i].network;
	}
	/*
	 * All but 2000::/3 and the mapped addresses: at each bit of either
	 * prefix what differs there, and has the same bits in front of it.
	 */
	for (unsigned int bit = 0; bit < global.bits; bit++) {
		struct enc_network other = { { 0 }, bit + 1 };

		memcpy(other.addr, global.addr, 1);
		other.addr[0] = (uint8_t)(other.addr[0] & 0xff00U >> bit);
		other.addr[0] |= (uint8_t)(~global.addr[0] & 0x80U >> bit);
		if (other.addr[0] != 0) {
			ret_networks[count++] = other;
		}
	}
	for (unsigned int bit = global.bits; bit < V4_BITS; bit++) {
		static const uint8_t mapped[16] = V4(0, 0, 0, 0);
		struct enc_network other = { { 0 }, bit + 1 };

		memcpy(other.addr, mapped, bit / 8 + 1);
		other.addr[bit / 8] =
			(uint8_t)((other.addr[bit / 8] & 0xff00U >> bit % 8) |
				  (~mapped[bit / 8] & 0x80U >> bit % 8));
		ret_networks[count++] = other;
	}
	return count;
}

static bool names(const struct enc_rule *rule, const char *host)
{
	size_t length = strlen(host);
	size_t below;

	if (rule->kind == ENC_RULE_NAME) {
		return strcmp(rule->name, host) == 0;
	}
	if (rule->kind != ENC_RULE_BELOW) {
		return false;
	}
	below = strlen(rule->name);
	return length > below + 1 && host[length - below - 1] == '.' &&
	       strcmp(host + length - below, rule->name) == 0;
}

/* fits() - whether a rule allows a destination; @port 0: at any port */
static bool fits(const struct enc_rule *rule, const struct enc_destination *to)
{
	if (rule->port != 0 && to->port != 0 && rule->port != to->port) {
		return false;
	}
	return to->host != NULL
		       ? names(rule, to->host)
		       : rule->kind == ENC_RULE_NETWORK &&
				 enc_network_has(&rule->network, to->addr);
}

static void judge(const struct enc_egress_policy *policy,
		  const struct enc_destination *to,
		  struct enc_decision *ret_decision)
{
	const char *denied =
		to->host == NULL ? enc_egress_denied(policy, to->addr) : NULL;

	*ret_decision = (struct enc_decision){ ENC_VERDICT_DENY, denied };
	if (denied != NULL) {
		return;
	}
	ret_decision->rule = policy->allowlist ? no_rule : no_allowlist;
	for (size_t i = 0; policy->allowlist && i < policy->rule_count; i++) {
		if (fits(&policy->rules[i], to)) {
			*ret_decision =
				(struct enc_decision){ ENC_VERDICT_ALLOW,
						       policy->rules[i].text };
			return;
		}
	}
}

void enc_egress_judge(const struct enc_egress_policy *policy,
		      const struct enc_destination *to,
		      struct enc_decision *ret_decision)
{
	if (to->port == 0) {
		/* No rule names it, and it would fit any. */
		*ret_decision = (struct enc_decision){ ENC_VERDICT_DENY,
						       policy->allowlist
							       ? no_rule
							       : no_allowlist };
		if (to->host == NULL &&
		    enc_egress_denied(policy, to->addr) != NULL) {
			ret_decision->rule =
				enc_egress_denied(policy, to->addr);
		}
		return;
	}
	judge(policy, to, ret_decision);
}

void enc_egress_judge_name(const struct enc_egress_policy *policy,
			   const char *host, struct enc_decision *ret_decision)
{
	judge(policy, &(const struct enc_destination){ .host = host },
	      ret_decision);
}

void enc_egress_address(const uint8_t addr[16],
			char ret_text[ENC_EGRESS_ADDRESS_BYTES])
{
	const uint8_t *v4 = enc_address_v4(addr);
	/* inet_ntop() of glibc writes IPv6 as RFC 5952 says. */
	const char *text = inet_ntop(v4 != NULL ? AF_INET : AF_INET6,
				     v4 != NULL ? v4 : addr, ret_text,
				     ENC_EGRESS_ADDRESS_BYTES);

	ENC_ASSERT(text != NULL);
}
