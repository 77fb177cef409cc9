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

/* Every place is denied; the reason is the table's, the spelling is one. */
static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(places); i++) {
		struct enc_destination to = { .addr = { [10] = 0xff, 0xff },
					      .port = 80 };
		char text[ENC_EGRESS_ADDRESS_BYTES];
		const char *rule = NULL;

		if (inet_pton(AF_INET, places[i].text, to.addr + 12) != 1) {
			assert_int_equal(inet_pton(AF_INET6, places[i].text,
						   to.addr),
					 1);
		}
		assert_int_equal(enc_egress_judge(&to, &rule),
				 ENC_VERDICT_DENY);
		assert_string_equal(rule, places[i].rule);
		enc_egress_address(to.addr, text);
		assert_string_equal(text, places[i].shown != NULL
						  ? places[i].shown
						  : places[i].text);
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
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
