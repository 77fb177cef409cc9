#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "egress.h"

static const struct place {
	const char *text;
	const char *rule;
	const char *shown; /* if it differs */
} places[] = {
	{ "169.254.169.254", "deny-table: link-local", NULL },
	{ "::ffff:169.254.169.254", "deny-table: link-local",
	  "169.254.169.254" },
	{ "::ffff:a9fe:a9fe", "deny-table: link-local", "169.254.169.254" },
	{ "::a9fe:a9fe", "deny-table: IPv4-compatible", "::169.254.169.254" },
	{ "64:ff9b::a9fe:a9fe", "deny-table: translated", NULL },
	{ "2002:a9fe:a9fe::", "deny-table: 6to4", NULL },
	{ "2001:0:4136:e378::1", "deny-table: Teredo", "2001:0:4136:e378::1" },
	{ "fd00:ec2::254", "deny-table: unique local", NULL },
	{ "fe80::1", "deny-table: link-local", NULL },
	{ "ff02::1", "deny-table: multicast", NULL },
	{ "::1", "deny-table: loopback", NULL },
	{ "127.0.0.1", "deny-table: loopback", NULL },
	{ "127.255.255.255", "deny-table: loopback", NULL },
	{ "0.0.0.0", "deny-table: this network", NULL },
	{ "10.255.255.255", "deny-table: private", NULL },
	{ "172.15.255.255", "deny_all", NULL },
	{ "172.16.0.0", "deny-table: private", NULL },
	{ "172.31.255.255", "deny-table: private", NULL },
	{ "172.32.0.0", "deny_all", NULL },
	{ "192.168.1.1", "deny-table: private", NULL },
	{ "100.64.0.1", "deny-table: shared", NULL },
	{ "100.100.100.200", "deny-table: shared", NULL },
	{ "100.128.0.0", "deny_all", NULL },
	{ "168.63.129.16", "deny-table: metadata", NULL },
	{ "168.63.129.17", "deny_all", NULL },
	{ "192.0.0.192", "deny-table: protocol", NULL },
	{ "224.0.0.1", "deny-table: multicast", NULL },
	{ "239.255.255.255", "deny-table: multicast", NULL },
	{ "240.0.0.1", "deny-table: reserved", NULL },
	{ "255.255.255.255", "deny-table: broadcast", NULL },
	{ "8.8.8.8", "deny_all", NULL },
	{ "2606:4700::1111", "deny_all", NULL },
};

static void parse(const char *text, uint8_t ret_addr[16])
{
	static const uint8_t mapped[16] = { [10] = 0xff, 0xff };

	memcpy(ret_addr, mapped, sizeof(mapped));
	if (inet_pton(AF_INET, text, ret_addr + 12) != 1) {
		assert_int_equal(inet_pton(AF_INET6, text, ret_addr), 1);
	}
}

/* Every place is denied; the reason is the table's, the spelling is one. */
static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(places); i++) {
		struct enc_destination to = { .port = 80 };
		char text[ENC_EGRESS_ADDRESS_BYTES];
		const char *rule = NULL;

		parse(places[i].text, to.addr);
		assert_int_equal(enc_egress_judge(&to, &rule),
				 ENC_VERDICT_DENY);
		assert_string_equal(rule, places[i].rule);
		enc_egress_address(to.addr, text);
		assert_string_equal(text, places[i].shown != NULL
						  ? places[i].shown
						  : places[i].text);
	}
}

/*
 * Each range by its first and last address, as the registries and the RFCs have
 * them; the first one that holds an address names the reason.
 */
static const struct range {
	const char *first;
	const char *last;
	const char *rule;
} ranges[] = {
	{ "0.0.0.0", "0.255.255.255", "this network" },
	{ "10.0.0.0", "10.255.255.255", "private" },
	{ "100.64.0.0", "100.127.255.255", "shared" },
	{ "127.0.0.0", "127.255.255.255", "loopback" },
	{ "168.63.129.16", "168.63.129.16", "metadata" },
	{ "169.254.0.0", "169.254.255.255", "link-local" },
	{ "172.16.0.0", "172.31.255.255", "private" },
	{ "192.0.0.0", "192.0.0.255", "protocol" },
	{ "192.0.2.0", "192.0.2.255", "documentation" },
	{ "192.31.196.0", "192.31.196.255", "AS112" },
	{ "192.52.193.0", "192.52.193.255", "multicast relay" },
	{ "192.88.99.0", "192.88.99.255", "6to4 relay" },
	{ "192.168.0.0", "192.168.255.255", "private" },
	{ "192.175.48.0", "192.175.48.255", "AS112" },
	{ "198.18.0.0", "198.19.255.255", "gate" },
	{ "198.51.100.0", "198.51.100.255", "documentation" },
	{ "203.0.113.0", "203.0.113.255", "documentation" },
	{ "224.0.0.0", "239.255.255.255", "multicast" },
	{ "255.255.255.255", "255.255.255.255", "broadcast" },
	{ "240.0.0.0", "255.255.255.255", "reserved" },
	{ "::1", "::1", "loopback" },
	{ "::", "::ffff:ffff", "IPv4-compatible" },
	{ "64:ff9b::", "64:ff9b:ffff:ffff:ffff:ffff:ffff:ffff", "translated" },
	{ "100::", "100::ffff:ffff:ffff:ffff", "discard" },
	{ "::1:0:0", "::fffe:ffff:ffff", "reserved" },
	{ "::1:0:0:0", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved" },
	{ "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "Teredo" },
	{ "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "protocol" },
	{ "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
	  "documentation" },
	{ "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "6to4" },
	{ "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "AS112" },
	{ "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "documentation" },
	{ "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "unique local" },
	{ "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local" },
	{ "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "site-local" },
	{ "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast" },
	{ "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved" },
};

/* step() - the address before (-1) or after (1) */
static void step(uint8_t addr[16], int by)
{
	for (int i = 15; i >= 0; i--) {
		addr[i] = (uint8_t)(addr[i] + by);
		if (addr[i] != (by > 0 ? 0x00 : 0xff)) {
			break;
		}
	}
}

static void expect(const uint8_t addr[16])
{
	struct enc_destination to = { .port = 80 };
	char wanted[64] = "deny_all";
	char text[ENC_EGRESS_ADDRESS_BYTES];
	const char *rule = NULL;

	for (size_t i = ENC_COUNT(ranges); i-- > 0;) {
		uint8_t first[16];
		uint8_t last[16];

		parse(ranges[i].first, first);
		parse(ranges[i].last, last);
		if (memcmp(addr, first, 16) >= 0 &&
		    memcmp(addr, last, 16) <= 0) {
			(void)snprintf(wanted, sizeof(wanted), "deny-table: %s",
				       ranges[i].rule);
		}
	}
	memcpy(to.addr, addr, 16);
	enc_egress_address(addr, text);
	print_message("%s: %s\n", text, wanted);
	assert_int_equal(enc_egress_judge(&to, &rule), ENC_VERDICT_DENY);
	assert_string_equal(rule, wanted);
}

/* Both sides of each edge of each range. */
static void test_edges(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(ranges); i++) {
		const char *const edges[] = { ranges[i].first, ranges[i].last };

		for (int end = 0; end < 2; end++) {
			uint8_t addr[16];

			parse(edges[end], addr);
			expect(addr);
			step(addr, end == 0 ? -1 : 1);
			expect(addr);
		}
	}
}

/* A name has no place: its address is one of the gate's own making. */
static void test_names(void **state)
{
	struct enc_destination to = {
		.host = "evil.example.com",
		.addr = { [10] = 0xff, 0xff, 198, 18, 16, 1 },
		.port = 443
	};
	const char *rule = NULL;

	(void)state;
	assert_int_equal(enc_egress_judge(&to, &rule), ENC_VERDICT_DENY);
	assert_string_equal(rule, "deny_all");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
