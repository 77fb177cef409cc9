#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "endpoint.h"

static const struct {
	const char *url;
	bool is_unix;
	const char *host;
	uint16_t port;
} good[] = {
	{ "http://127.0.0.1:8090", false, "127.0.0.1", 8090 },
	{ "http://127.0.0.1:8090/", false, "127.0.0.1", 8090 },
	{ "http://example.com", false, "example.com", 80 },
	{ "http://[::1]:1", false, "::1", 1 },
	{ "http://[::1]", false, "::1", 80 },
	{ "http://h:65535", false, "h", 65535 },
	{ "unix:/run/enclave/enclave.sock", true, "/run/enclave/enclave.sock",
	  0 },
	{ "unix:///run/x", true, "/run/x", 0 },
};

static const char *const bad[] = {
	"",
	"127.0.0.1:8090",
	"ftp://a",
	"https://a",
	"http://",
	"http://:80",
	"http://a:",
	"http://a:0",
	"http://a:65536",
	"http://a:080808",
	"http://a:8 0",
	"http://a/v1",
	"http://a?x",
	"http://user@a",
	"http://a b",
	"http://a\r\nX: y",
	"http://[::1",
	"http://[]:1",
	"http://[::1]x",
	"unix:",
	"unix:relative",
	"unix://relative",
	("unix:/0123456789012345678901234567890123456789012345678901234567890"
	 "1234567890123456789012345678901234567890123456789"),
};

static void test_near(void **state)
{
	static const struct {
		const char *url;
		bool near;
	} rows[] = {
		{ "unix:/run/x", true },
		{ "http://127.0.0.1:8090", true },
		{ "http://127.255.0.1", true },
		{ "http://[::1]:1", true },
		{ "http://LocalHost", true },
		{ "http://localhost.example.com", false },
		{ "http://128.0.0.1", false },
		{ "http://192.0.2.7:8090", false },
		{ "http://[::2]", false },
		{ "http://127.1", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct enc_endpoint endpoint;

		assert_int_equal(enc_endpoint_parse(rows[i].url, &endpoint,
						    NULL),
				 ENC_OK);
		assert_int_equal(enc_endpoint_is_near(&endpoint), rows[i].near);
	}
}

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct enc_endpoint endpoint;

		assert_int_equal(enc_endpoint_parse(good[i].url, &endpoint,
						    NULL),
				 ENC_OK);
		assert_int_equal(endpoint.is_unix, good[i].is_unix);
		assert_string_equal(endpoint.host, good[i].host);
		assert_int_equal(endpoint.port, good[i].port);
	}
}

/* A wrong address is told as such, with an example of a right one. */
static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct enc_endpoint endpoint = { .port = 7 };
		struct enc_error err = { 0 };

		assert_int_equal(enc_endpoint_parse(bad[i], &endpoint, &err),
				 ENC_BAD_REQUEST);
		assert_non_null(strstr(err.message, "looks like http://"));
		assert_int_equal(endpoint.port, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_near),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
