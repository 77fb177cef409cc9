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

static const struct enc_egress_policy nothing;
static struct enc_rule all_rules[2];
static const struct enc_egress_policy everything = { .allowlist = true,
						     .rules = all_rules,
						     .rule_count = 2 };

/* parse_rule() - a rule, with its text in a room of its own */
static void parse_rule(const char *entry, char room[ENC_RULE_TEXT_BYTES],
		       struct enc_rule *ret_rule)
{
	const char *why = "";

	assert_int_equal(enc_rule_parse((struct enc_text){ entry,
							   strlen(entry) },
					room, ret_rule, &why),
			 0);
}

static void judged(const struct enc_egress_policy *policy,
		   const struct enc_destination *to, enum enc_verdict verdict,
		   const char *rule)
{
	struct enc_decision decision;

	enc_egress_judge(policy, to, &decision);
	assert_string_equal(decision.rule, rule);
	assert_int_equal(decision.verdict, verdict);
}

/* Every place is denied; the reason is the table's, the spelling is one. */
static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(places); i++) {
		struct enc_destination to = { .port = 80 };
		char text[ENC_EGRESS_ADDRESS_BYTES];

		parse(places[i].text, to.addr);
		judged(&nothing, &to, ENC_VERDICT_DENY, places[i].rule);
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

/* kernel_agrees() - the rows for the kernel deny exactly what the table does */
static void kernel_agrees(const uint8_t addr[16])
{
	struct enc_network rows[ENC_EGRESS_DENY_TABLE_MAX];
	size_t count = enc_egress_deny_table(rows, ENC_COUNT(rows));
	bool denied = false;

	for (size_t i = 0; i < count; i++) {
		denied |= enc_network_has(&rows[i], addr);
	}
	assert_int_equal(denied, enc_egress_denied(&nothing, addr) != NULL);
}

static void expect(const uint8_t addr[16])
{
	struct enc_destination to = { .port = 80 };
	char wanted[64] = "deny_all";
	char text[ENC_EGRESS_ADDRESS_BYTES];

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
	judged(&nothing, &to, ENC_VERDICT_DENY, wanted);
	/* Where everything may be reached, the table alone is in the way. */
	if (strcmp(wanted, "deny_all") == 0) {
		judged(&everything, &to, ENC_VERDICT_ALLOW,
		       enc_address_v4(addr) != NULL ? "0.0.0.0/0" : "::/0");
	} else {
		judged(&everything, &to, ENC_VERDICT_DENY, wanted);
	}
	kernel_agrees(addr);
}

/* Both sides of each edge of each range. */
static void test_edges(void **state)
{
	static char rooms[2][ENC_RULE_TEXT_BYTES];

	(void)state;
	parse_rule("0.0.0.0/0", rooms[0], &all_rules[0]);
	parse_rule("::/0", rooms[1], &all_rules[1]);
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

/* A policy of entries; the last is NULL. */
struct rules {
	struct enc_egress_policy policy;
	struct enc_rule rules[16];
	char rooms[16][ENC_RULE_TEXT_BYTES];
};

static const struct enc_egress_policy *of(struct rules *all,
					  const char *const *entries)
{
	*all = (struct rules){ .policy = { .allowlist = true,
					   .rules = all->rules } };
	for (; *entries != NULL; entries++) {
		size_t at = all->policy.rule_count++;

		parse_rule(*entries, all->rooms[at], &all->rules[at]);
	}
	return &all->policy;
}

static void expect_host(const struct enc_egress_policy *policy,
			const char *host, uint16_t port, const char *allowed_by)
{
	/* The address is one of the gate's own making. */
	struct enc_destination to = {
		.host = host,
		.addr = { [10] = 0xff, 0xff, 198, 18, 16, 1 },
		.port = port
	};

	print_message("%s:%u\n", host, port);
	judged(policy, &to,
	       allowed_by == NULL ? ENC_VERDICT_DENY : ENC_VERDICT_ALLOW,
	       allowed_by == NULL ? "allowlist" : allowed_by);
}

static void test_names(void **state)
{
	static const char *const entries[] = { "Example.com", "*.example.net",
					       "a.example.org:8080",
					       "*.example.org:8081", NULL };
	static struct rules all;
	const struct enc_egress_policy *policy = of(&all, entries);
	struct enc_destination to = { .host = "example.com", .port = 443 };
	struct enc_decision decision;

	(void)state;
	judged(&nothing, &to, ENC_VERDICT_DENY, "deny_all");
	expect_host(policy, "example.com", 443, "example.com");
	expect_host(policy, "example.com", 80, NULL);
	expect_host(policy, "example.com", 0, NULL);
	expect_host(policy, "evilexample.com", 443, NULL);
	expect_host(policy, "a.example.com", 443, NULL);
	expect_host(policy, "example.com.evil.org", 443, NULL);
	expect_host(policy, "a.example.net", 443, "*.example.net");
	expect_host(policy, "a.b.example.net", 443, "*.example.net");
	expect_host(policy, "example.net", 443, NULL);
	expect_host(policy, ".example.net", 443, NULL);
	expect_host(policy, "evilexample.net", 443, NULL);
	expect_host(policy, "a.example.org", 8080, "a.example.org:8080");
	expect_host(policy, "a.example.org", 8081, "*.example.org:8081");
	expect_host(policy, "a.example.org", 443, NULL);
	/* A question is allowed if there is a port at which the name is. */
	enc_egress_judge_name(policy, "a.example.org", &decision);
	assert_int_equal(decision.verdict, ENC_VERDICT_ALLOW);
	enc_egress_judge_name(policy, "example.org", &decision);
	assert_int_equal(decision.verdict, ENC_VERDICT_DENY);
}

static void expect_address(const struct enc_egress_policy *policy,
			   const char *text, uint16_t port, const char *rule)
{
	struct enc_destination to = { .port = port };
	bool denied = strcmp(rule, "allowlist") == 0 ||
		      strncmp(rule, "deny-table", 10) == 0;

	parse(text, to.addr);
	print_message("%s port %u\n", text, port);
	judged(policy, &to, denied ? ENC_VERDICT_DENY : ENC_VERDICT_ALLOW,
	       rule);
}

static void test_addresses(void **state)
{
	static const char *const entries[] = {
		"1.2.3.4:80",		"8.8.0.0/16",  "10.0.0.0/8",
		"[2606:4700::/32]:443", "example.com", NULL
	};
	static const char *const all_of_it[] = { "0.0.0.0/0", NULL };
	static const char *const all_of_v6[] = { "::/0", NULL };
	static struct rules some;
	const struct enc_egress_policy *policy = of(&some, entries);

	(void)state;
	expect_address(policy, "1.2.3.4", 80, "1.2.3.4:80");
	expect_address(policy, "1.2.3.4", 81, "allowlist");
	expect_address(policy, "1.2.3.5", 80, "allowlist");
	expect_address(policy, "8.8.255.255", 1, "8.8.0.0/16");
	expect_address(policy, "8.9.0.0", 1, "allowlist");
	expect_address(policy, "8.8.8.8", 0, "allowlist");
	expect_address(policy, "10.1.2.3", 80, "deny-table: private");
	expect_address(policy, "2606:4700::1111", 443, "[2606:4700::/32]:443");
	expect_address(policy, "2606:4701::", 443, "allowlist");
	policy = of(&some, all_of_it);
	expect_address(policy, "8.8.8.8", 80, "0.0.0.0/0");
	expect_address(policy, "::ffff:8.8.8.8", 80, "0.0.0.0/0");
	expect_address(policy, "127.0.0.1", 80, "deny-table: loopback");
	expect_address(policy, "::ffff:169.254.169.254", 80,
		       "deny-table: link-local");
	expect_address(policy, "2606:4700::1111", 443, "allowlist");
	policy = of(&some, all_of_v6);
	expect_address(policy, "2606:4700::1111", 443, "::/0");
	expect_address(policy, "64:ff9b::808:808", 443,
		       "deny-table: translated");
	expect_address(policy, "8.8.8.8", 80, "allowlist");
}

/* Root's configuration lifts the table there, and allows nothing itself. */
static void test_internal(void **state)
{
	static const char *const entries[] = { "10.1.2.0/24", "127.0.0.1",
					       "192.168.1.1", NULL };
	static const struct enc_network internal[] = {
		{ ENC_ADDRESS_V4(10, 1, 0, 0), 112 },
		{ ENC_ADDRESS_V4(192, 168, 1, 1), 128 },
		{ { 0xfd, 0 }, 64 },
	};
	static struct rules all;
	const struct enc_egress_policy *policy = of(&all, entries);

	(void)state;
	expect_address(policy, "10.1.2.3", 80, "deny-table: private");
	all.policy.internal = internal;
	all.policy.internal_count = ENC_COUNT(internal);
	expect_address(policy, "10.1.2.3", 80, "10.1.2.0/24");
	expect_address(policy, "10.1.3.3", 80, "allowlist");
	expect_address(policy, "10.2.0.0", 80, "deny-table: private");
	expect_address(policy, "192.168.1.1", 80, "192.168.1.1");
	expect_address(policy, "192.168.1.2", 80, "deny-table: private");
	expect_address(policy, "127.0.0.1", 80, "deny-table: loopback");
	expect_address(policy, "fd00::1", 80, "allowlist");
	expect_address(policy, "fd01::1", 80, "deny-table: unique local");
}

/* Addresses of any kind: the kernel's rows are the same table. */
static void test_the_kernels_table(void **state)
{
	uint64_t seed = 88172645463325252U;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint8_t addr[16] = { 0 };

		for (size_t at = 0; at < sizeof(addr); at++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			/* Many zeros and ones: most rows begin with them. */
			addr[at] = (seed & 0x300) == 0	     ? 0
				   : (seed & 0x300) == 0x100 ? 0xff
							     : (uint8_t)seed;
		}
		if (i % 2 == 0) {
			memset(addr, 0, 10);
			memset(addr + 10, 0xff, 2);
		}
		kernel_agrees(addr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_internal),
		cmocka_unit_test(test_the_kernels_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
