#include <arpa/inet.h>
#include <stdbool.h>

#include "address.h"
#include "egress.h"

#define V4(a, b, c, d) ENC_ADDRESS_V4(a, b, c, d)
enum { V4_BITS = 96 };

static const char no_rules[] = "deny_all";

/*
 * Destinations that no rule of a session can allow: networks around the machine
 * rather than the Internet, and all that IANA's special-purpose registries list
 * (RFC 6890, 8190). The first row that matches names the reason, so narrow
 * ranges come first.
 */
static const struct deny_row {
	uint8_t addr[16];
	unsigned int bits;
	const char *rule;
} deny_table[] = {
	{ V4(169, 254, 0, 0), V4_BITS + 16, "deny-table: link-local" },
	{ V4(127, 0, 0, 0), V4_BITS + 8, "deny-table: loopback" },
	{ V4(0, 0, 0, 0), V4_BITS + 8, "deny-table: this network" },
	{ V4(10, 0, 0, 0), V4_BITS + 8, "deny-table: private" },
	{ V4(172, 16, 0, 0), V4_BITS + 12, "deny-table: private" },
	{ V4(192, 168, 0, 0), V4_BITS + 16, "deny-table: private" },
	{ V4(100, 64, 0, 0), V4_BITS + 10, "deny-table: shared" },
	{ V4(168, 63, 129, 16), V4_BITS + 32, "deny-table: metadata" },
	{ V4(192, 0, 0, 0), V4_BITS + 24, "deny-table: protocol" },
	{ V4(192, 31, 196, 0), V4_BITS + 24, "deny-table: AS112" },
	{ V4(192, 175, 48, 0), V4_BITS + 24, "deny-table: AS112" },
	{ V4(192, 52, 193, 0), V4_BITS + 24, "deny-table: multicast relay" },
	{ V4(192, 88, 99, 0), V4_BITS + 24, "deny-table: 6to4 relay" },
	{ V4(198, 18, 0, 0), V4_BITS + 15, "deny-table: gate" },
	{ V4(192, 0, 2, 0), V4_BITS + 24, "deny-table: documentation" },
	{ V4(198, 51, 100, 0), V4_BITS + 24, "deny-table: documentation" },
	{ V4(203, 0, 113, 0), V4_BITS + 24, "deny-table: documentation" },
	{ V4(224, 0, 0, 0), V4_BITS + 4, "deny-table: multicast" },
	{ V4(255, 255, 255, 255), V4_BITS + 32, "deny-table: broadcast" },
	{ V4(240, 0, 0, 0), V4_BITS + 4, "deny-table: reserved" },
	{ { [15] = 1 }, 128, "deny-table: loopback" },
	{ { 0 }, 96, "deny-table: IPv4-compatible" },
	{ { 0xfe, 0x80 }, 10, "deny-table: link-local" },
	{ { 0xfc }, 7, "deny-table: unique local" },
	{ { 0xfe, 0xc0 }, 10, "deny-table: site-local" },
	{ { 0xff }, 8, "deny-table: multicast" },
	{ { 0, 0x64, 0xff, 0x9b }, 32, "deny-table: translated" },
	{ { 0x20, 0x02 }, 16, "deny-table: 6to4" },
	{ { 0x20, 0x01, 0, 0 }, 32, "deny-table: Teredo" },
	{ { 0x20, 0x01 }, 23, "deny-table: protocol" },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, "deny-table: documentation" },
	{ { 0x3f, 0xff }, 20, "deny-table: documentation" },
	{ { 0x26, 0x20, 0, 0x4f, 0x80 }, 48, "deny-table: AS112" },
	{ { 0x01 }, 64, "deny-table: discard" },
};

/* All of the Internet's IPv6 has these bits at its beginning (2000::/3). */
enum { GLOBAL_V6 = 1, GLOBAL_V6_SHIFT = 5 };
static const char not_global[] = "deny-table: reserved";

static bool matches(const struct deny_row *row, const uint8_t addr[16])
{
	unsigned int whole = row->bits / 8;
	unsigned int rest = row->bits % 8;
	uint8_t mask = (uint8_t)(0xff00U >> rest);

	if (memcmp(row->addr, addr, whole) != 0) {
		return false;
	}
	return rest == 0 || ((row->addr[whole] ^ addr[whole]) & mask) == 0;
}

/* deny_rule() - the row of the table that has an address; NULL if none has */
static const char *deny_rule(const uint8_t addr[16])
{
	for (size_t i = 0; i < ENC_COUNT(deny_table); i++) {
		if (matches(&deny_table[i], addr)) {
			return deny_table[i].rule;
		}
	}
	return enc_address_v4(addr) == NULL &&
			       addr[0] >> GLOBAL_V6_SHIFT != GLOBAL_V6
		       ? not_global
		       : NULL;
}

enum enc_verdict enc_egress_judge(const struct enc_destination *to,
				  const char **ret_rule)
{
	const char *denied = to->host == NULL ? deny_rule(to->addr) : NULL;

	*ret_rule = denied != NULL ? denied : no_rules;
	return ENC_VERDICT_DENY;
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
