/* Denials of an audit log, and the allowlist that they would have needed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "suggest.h"

/* suggest() - the suggestion for events, as compact JSON; the caller frees it */
static char *suggest(const char *events)
{
	json_t *array = json_loads(events, JSON_REJECT_DUPLICATES, NULL);
	json_t *suggestion;
	char *text;

	assert_non_null(array);
	suggestion = enc_suggest(array);
	text = json_dumps(suggestion, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(suggestion);
	json_decref(array);
	return text;
}

#define EVENT(type, host, ip, port, proto, via, rule)                       \
	"{\"type\":\"" type "\",\"data\":{\"host\":\"" host "\",\"ip\":" ip \
	",\"port\":" port ",\"proto\":\"" proto "\",\"via\":\"" via         \
	"\",\"rule\":\"" rule "\",\"count\":1}}"
#define DENIED(host, ip, port, proto, via, rule) \
	EVENT("egress_denied", host, ip, port, proto, via, rule)
#define CONNECT(host, port) \
	DENIED(host, "\"203.0.113.7\"", port, "tcp", "connect", "deny_all")
#define QUESTION(host) DENIED(host, "null", "53", "udp", "dns", "deny_all")

static const struct suggest_row {
	const char *events;
	const char *wanted;
} rows[] = {
	{ "[]", "{\"allow\":[],\"refused\":[]}" },
	/* What was allowed needs nothing, nor does another event. */
	{ "[" EVENT("egress_allowed", "a.example", "\"203.0.113.7\"", "443",
		    "tcp", "connect", "a.example") ",{\"type\":\"x\"},"
						   "{\"type\":\"egress_denied\""
						   "}]",
	  "{\"allow\":[],\"refused\":[]}" },
	/* Each once, in order, with its port. */
	{ "[" CONNECT("b.example", "8443") "," CONNECT("a.example", "80") "," //
	  CONNECT("b.example", "8443") "," CONNECT("b.example", "80") "]",
	  "{\"allow\":[\"b.example:8443\",\"a.example:80\","
	  "\"b.example:80\"],\"refused\":[]}" },
	/* Addresses, also where the program named no host. */
	{ "[" CONNECT("203.0.113.7", "443") "," CONNECT("2001:db8::1", "443") //
	  "," DENIED("", "\"198.51.100.1\"", "80", "tcp", "connect",
		     "deny_all") "]",
	  "{\"allow\":[\"203.0.113.7:443\",\"[2001:db8::1]:443\","
	  "\"198.51.100.1:80\"],\"refused\":[]}" },
	/* What went to port 53 and isn't a question is a datagram. */
	{ "[" DENIED("8.8.8.8", "\"8.8.8.8\"", "53", "udp", "dns",
		     "deny_all") //
	  "]",
	  "{\"allow\":[],\"refused\":[{\"host\":\"8.8.8.8:53\",\"reason\":"
	  "\"only TCP can be allowed\"}]}" },
	/* A question counts if no connection followed. */
	{ "[" QUESTION("a.example") "," QUESTION("b.example") "," CONNECT(
		  "b.example", "22") "]",
	  "{\"allow\":[\"a.example:443\",\"b.example:22\"],\"refused\":[]}" },
	/* What no entry helps against. */
	{ "[" DENIED("169.254.169.254", "\"169.254.169.254\"", "80", "tcp",
		     "connect", "deny-table: link-local") "," //
	  DENIED("a.example", "\"203.0.113.7\"", "53", "udp", "datagram",
		 "deny_all") "," //
	  DENIED("203.0.113.7", "\"203.0.113.7\"", "0", "icmp", "packet", "deny_all") "," QUESTION(
		  "7.113.0.203.in-addr.arpa") "," QUESTION("a\\\\x20b.example") "]",
	  "{\"allow\":[],\"refused\":["
	  "{\"host\":\"169.254.169.254:80\",\"reason\":"
	  "\"deny-table: link-local\"},"
	  "{\"host\":\"a.example:53\",\"reason\":\"only TCP can be allowed\"},"
	  "{\"host\":\"203.0.113.7\",\"reason\":\"only TCP can be allowed\"},"
	  "{\"host\":\"7.113.0.203.in-addr.arpa\",\"reason\":"
	  "\"it is a reverse lookup\"},"
	  "{\"host\":\"a\\\\x20b.example\",\"reason\":"
	  "\"it is no name that an allowlist can have\"}]}" },
};

static void test_suggestions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = suggest(rows[i].events);

		assert_string_equal(text, rows[i].wanted);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suggestions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
