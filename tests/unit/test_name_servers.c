/* The name servers in texts as resolv.conf(5) has them. */

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "name_servers.h"

static const struct {
	const char *text;
	const char *servers; /* with a space between them */
} rows[] = {
	{ "nameserver 192.0.2.1\n", "::ffff:192.0.2.1" },
	{ "nameserver 192.0.2.1", "::ffff:192.0.2.1" },
	{ "search example.com\nnameserver\t2001:db8::1  \r\n", "2001:db8::1" },
	{ "nameserver 192.0.2.1\nnameserver ::1\nnameserver 192.0.2.3\n"
	  "nameserver 192.0.2.4\n",
	  "::ffff:192.0.2.1 ::1 ::ffff:192.0.2.3" },
	{ "nameserver 0.0.0.0\nnameserver ::\n", "::ffff:127.0.0.1 ::1" },
	/* none: this machine */
	{ "", "::ffff:127.0.0.1" },
	{ "\n\n", "::ffff:127.0.0.1" },
	{ "#nameserver 192.0.2.1\n; nameserver 192.0.2.1\n",
	  "::ffff:127.0.0.1" },
	{ "nameserver\n192.0.2.1\n", "::ffff:127.0.0.1" },
	{ "nameserver fe80::1%eth0\n", "::ffff:127.0.0.1" },
	{ "nameserver 192.0.2\n", "::ffff:127.0.0.1" },
	{ "nameservers 192.0.2.1\n", "::ffff:127.0.0.1" },
	{ "nameserver "
	  "192.0.2.1xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "nameserver 192.0.2.1\n",
	  "::ffff:127.0.0.1" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		struct enc_name_servers servers = { 0 };
		char found[4 * INET6_ADDRSTRLEN] = "";

		enc_name_servers_parse(rows[i].text, &servers);
		for (size_t j = 0; j < servers.count; j++) {
			char address[INET6_ADDRSTRLEN];

			assert_non_null(inet_ntop(AF_INET6, servers.addr[j],
						  address, sizeof(address)));
			(void)strcat(found, j == 0 ? "" : " ");
			(void)strcat(found, address);
		}
		assert_string_equal(found, rows[i].servers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
