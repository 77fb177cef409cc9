#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "upstream.h"

static const struct good {
	const char *text;
	const char *url; /* canonical */
	const char *host;
	uint16_t port;
	const char *base;
} goods[] = {
	{ "https://a", "https://a", "a", 443, "" },
	{ "HTTPS://API.Example.COM/", "https://api.example.com",
	  "api.example.com", 443, "" },
	{ "http://a:80/v1", "http://a/v1", "a", 80, "/v1" },
	{ "http://a:443/V1/", "http://a:443/V1", "a", 443, "/V1" },
	{ "https://a:80", "https://a:80", "a", 80, "" },
	{ "https://192.0.2.7:08080", "https://192.0.2.7:8080", "192.0.2.7",
	  8080, "" },
	{ "https://[2001:DB8:0::1]:65535/x", "https://[2001:db8::1]:65535/x",
	  "2001:db8::1", 65535, "/x" },
	{ "https://a/@b", "https://a/@b", "a", 443, "/@b" },
	{ "https://a/b:c", "https://a/b:c", "a", 443, "/b:c" },
};

static const char *const bads[] = {
	"",
	"a",
	"//a",
	"https:/a",
	"https://",
	"https:///x",
	"ftp://a",
	"https://a b",
	"https://a\t",
	"https://\xc3\xa4",
	"https://a?b",
	"https://a/?",
	"https://a#b",
	"https://user@a",
	"https://user:word@a/x",
	"https://:443",
	"https://a:",
	"https://a:0",
	"https://a:65536",
	"https://a:1x",
	"https://a:000443",
	"https://a.",
	"https://-a",
	"https://127.1",
	"https://0x7f.1",
	"https://2130706433",
	"https://[::1",
	"https://[::1]x",
	"https://[::ffff:192.0.2.1]",
	"https://[fe80::1%25eth0]",
	"https://[a]",
	"https://::1",
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(goods); i++) {
		const struct good *good = &goods[i];
		struct enc_upstream upstream;
		const char *why = NULL;

		assert_int_equal(enc_upstream_read(
					 (struct enc_text){
						 good->text,
						 strlen(good->text) },
					 &upstream, &why),
				 0);
		assert_string_equal(upstream.url, good->url);
		assert_string_equal(upstream.host, good->host);
		assert_string_equal(upstream.base, good->base);
		assert_int_equal(upstream.port, good->port);
		assert_int_equal(upstream.tls,
				 strncmp(good->url, "https", 5) == 0);
	}
}

static void test_bad(void **state)
{
	char text[2048] = "https://a/";
	struct enc_upstream upstream;
	const char *why;

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(bads); i++) {
		why = NULL;
		assert_int_equal(
			enc_upstream_read((struct enc_text){ bads[i],
							     strlen(bads[i]) },
					  &upstream, &why),
			-EINVAL);
		assert_non_null(why);
	}
	assert_int_equal(enc_upstream_read((struct enc_text){ "https://a\0.b",
							      12 },
					   &upstream, &why),
			 -EINVAL);
	memset(text + strlen(text), 'x', sizeof(text) - strlen(text));
	assert_int_equal(enc_upstream_read((struct enc_text){ text, 9 + 1025 },
					   &upstream, &why),
			 -EINVAL);
	assert_int_equal(enc_upstream_read((struct enc_text){ text, 9 + 1024 },
					   &upstream, &why),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
