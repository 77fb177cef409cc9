#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http_host.h"

/* read_host() - what a request's target and Host header name */
static int read_host(const char *method, const char *target, const char *header,
		     struct enc_http_host *host)
{
	static struct enc_http1_head head;
	char text[2048];
	size_t scanned = 0;
	int status = 0;
	int length = snprintf(text, sizeof(text),
			      "%s %s HTTP/1.1\r\nA: b\r\n%s%s%s\r\n", method,
			      target, header == NULL ? "" : "Host: ",
			      header == NULL ? "" : header,
			      header == NULL ? "" : "\r\n");

	assert_in_range(length, 1, sizeof(text) - 1);
	if (enc_http1_request_any((const uint8_t *)text, (size_t)length,
				  &scanned, &head, &status) != length) {
		return -EPROTO;
	}
	return enc_http_host_read(&head, host);
}

#define ORIGIN ENC_HTTP_FORM_ORIGIN
#define ABSOLUTE ENC_HTTP_FORM_ABSOLUTE
#define AUTHORITY ENC_HTTP_FORM_AUTHORITY
#define ASTERISK ENC_HTTP_FORM_ASTERISK

/* @host is a name, or an address as inet_ntop() writes it as IPv6. */
static const struct good {
	const char *method;
	const char *target;
	const char *header;
	enum enc_http_form form;
	const char *host;
	uint16_t port;
} goods[] = {
	{ "GET", "/", "example.com", ORIGIN, "example.com", 80 },
	{ "GET", "/", "Example.COM.", ORIGIN, "example.com", 80 },
	{ "GET", "/", "a:8080", ORIGIN, "a", 8080 },
	{ "GET", "/", "a.:65535", ORIGIN, "a", 65535 },
	{ "GET", "/", "a_b.c", ORIGIN, "a_b.c", 80 },
	{ "GET", "/", "192.0.2.1", ORIGIN, "::ffff:192.0.2.1", 80 },
	{ "GET", "/", "192.0.2.1:1", ORIGIN, "::ffff:192.0.2.1", 1 },
	{ "GET", "/", "[2001:DB8:0::1]", ORIGIN, "2001:db8::1", 80 },
	{ "GET", "/", "[::1]:8090", ORIGIN, "::1", 8090 },
	{ "GET", "/", "[::ffff:192.0.2.1]", ORIGIN, "::ffff:192.0.2.1", 80 },
	{ "GET", "http://a/", "a", ABSOLUTE, "a", 80 },
	{ "GET", "http://a", "a:80", ABSOLUTE, "a", 80 },
	{ "GET", "HTTP://A.?q=//b", "a", ABSOLUTE, "a", 80 },
	{ "GET", "http://a:81/b:82", "a:81", ABSOLUTE, "a", 81 },
	{ "GET", "http://a/@b", "a", ABSOLUTE, "a", 80 },
	{ "GET", "http://[::1]/", "[0::1]:80", ABSOLUTE, "::1", 80 },
	{ "OPTIONS", "*", "a", ASTERISK, "a", 80 },
	{ "OPTIONS", "/", "a", ORIGIN, "a", 80 },
	{ "CONNECT", "a:443", "a:443", AUTHORITY, "a", 443 },
	{ "CONNECT", "A.:443", "a", AUTHORITY, "a", 443 },
	{ "connect", "/", "a", ORIGIN, "a", 80 },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(goods); i++) {
		const struct good *row = &goods[i];
		struct enc_http_host host;
		char text[INET6_ADDRSTRLEN];

		print_message("%s %s %s\n", row->method, row->target,
			      row->header);
		assert_int_equal(read_host(row->method, row->target,
					   row->header, &host),
				 0);
		assert_int_equal(host.form, row->form);
		assert_int_equal(host.port, row->port);
		assert_non_null(inet_ntop(AF_INET6, host.address, text,
					  sizeof(text)));
		assert_string_equal(host.name[0] == '\0' ? text : host.name,
				    row->host);
	}
}

static const struct bad {
	const char *method;
	const char *target;
	const char *header;
} bads[] = {
	{ "GET", "/", NULL },
	{ "GET", "/", "" },
	{ "GET", "/", "a\r\nHost: a" },
	{ "GET", "/", "a\r\nhost: b" },
	{ "GET", "/", "." },
	{ "GET", "/", ".." },
	{ "GET", "/", "a.." },
	{ "GET", "/", ".a" },
	{ "GET", "/", "-a" },
	{ "GET", "/", "a,b" },
	{ "GET", "/", "u@a" },
	{ "GET", "/", "a/b" },
	{ "GET", "/", ":80" },
	{ "GET", "/", "a:" },
	{ "GET", "/", "a:0" },
	{ "GET", "/", "a:080" },
	{ "GET", "/", "a:65536" },
	{ "GET", "/", "a:99999" },
	{ "GET", "/", "a:655360" },
	{ "GET", "/", "a:8x" },
	{ "GET", "/", "a:-1" },
	{ "GET", "/", "a:80:80" },
	{ "GET", "/", "127.1" },
	{ "GET", "/", "0x7f.1" },
	{ "GET", "/", "2130706433" },
	{ "GET", "/", "192.0.2.01" },
	{ "GET", "/", "192.0.2.256" },
	{ "GET", "/", "192.0.2.1." },
	{ "GET", "/", "192.0.2.1.1" },
	{ "GET", "/", "::1" },
	{ "GET", "/", "[" },
	{ "GET", "/", "]" },
	{ "GET", "/", "[]" },
	{ "GET", "/", "[::1" },
	{ "GET", "/", "::1]" },
	{ "GET", "/", "[::1]a" },
	{ "GET", "/", "[::1]80" },
	{ "GET", "/", "[::1].:80" },
	{ "GET", "/", "[::1]:" },
	{ "GET", "/", "[[::1]]" },
	{ "GET", "/", "[192.0.2.1]" },
	{ "GET", "/", "[a]" },
	{ "GET", "http://a/", NULL },
	{ "GET", "http://a/", "b" },
	{ "GET", "http://a/", "a:81" },
	{ "GET", "http://a:81/", "a" },
	{ "GET", "http://u@a/", "a" },
	{ "GET", "http://u:p@a/", "a" },
	{ "GET", "http://a@/", "a" },
	{ "GET", "http://", "a" },
	{ "GET", "http:///", "a" },
	{ "GET", "http://?", "a" },
	{ "GET", "http://:80/", "a" },
	{ "GET", "http:/a/", "a" },
	{ "GET", "http:a", "a" },
	{ "GET", "http://a%2e/", "a" },
	{ "GET", "http://a:/", "a" },
	{ "GET", "http://[::1]/", "[::2]" },
	{ "GET", "http://192.0.2.1/", "192.0.2.2" },
	{ "GET", "https://a/", "a" },
	{ "GET", "ws://a/", "a" },
	{ "GET", "a:80", "a" },
	{ "GET", "a", "a" },
	{ "GET", "*", "a" },
	{ "OPTIONS", "**", "a" },
	{ "CONNECT", "/", "a" },
	{ "CONNECT", "a", "a" },
	{ "CONNECT", "a:443", "b:443" },
	{ "CONNECT", "a:443", "a:80" },
	{ "CONNECT", "http://a:443/", "a:443" },
	{ "CONNECT", "u@a:443", "a:443" },
	{ "CONNECT", "a:443", NULL },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(bads); i++) {
		struct enc_http_host host = { .port = 7 };

		print_message("%s %s %s\n", bads[i].method, bads[i].target,
			      bads[i].header == NULL ? "" : bads[i].header);
		assert_int_equal(read_host(bads[i].method, bads[i].target,
					   bads[i].header, &host),
				 -EPROTO);
		assert_int_equal(host.port, 7);
	}
}

/* The second Host header is found even in a head that no parser checked. */
static void test_two_headers(void **state)
{
	static struct enc_http1_head head = {
		.method = { "GET", 3 },
		.target = { "/", 1 },
		.header_count = 2,
		.headers = { { { "Host", 4 }, { "a", 1 } },
			     { { "HOST", 4 }, { "a", 1 } } },
	};
	struct enc_http_host host;

	(void)state;
	assert_int_equal(enc_http_host_read(&head, &host), -EPROTO);
	head.header_count = 1;
	assert_int_equal(enc_http_host_read(&head, &host), 0);
	head.header_count = 0;
	assert_int_equal(enc_http_host_read(&head, &host), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_two_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
