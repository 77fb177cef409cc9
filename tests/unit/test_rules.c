#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "egress.h"

static int parse(const char *entry, size_t length,
		 char room[ENC_RULE_TEXT_BYTES], struct enc_rule *ret_rule)
{
	const char *why = NULL;
	int r = enc_rule_parse((struct enc_text){ entry, length }, room,
			       ret_rule, &why);

	if (r < 0) {
		assert_non_null(why);
		print_message("'%s' %s\n", entry, why);
	}
	return r;
}

static const struct entry {
	const char *entry;
	const char *text; /* canonical; NULL: @entry is */
	enum enc_rule_kind kind;
	uint16_t port;
} entries[] = {
	{ "example.com", NULL, ENC_RULE_NAME, 443 },
	{ "EXAMPLE.com", "example.com", ENC_RULE_NAME, 443 },
	{ "example.com.", "example.com", ENC_RULE_NAME, 443 },
	{ "example.com:443", "example.com", ENC_RULE_NAME, 443 },
	{ "example.com.:80", "example.com:80", ENC_RULE_NAME, 80 },
	{ "example.com:1", NULL, ENC_RULE_NAME, 1 },
	{ "example.com:65535", NULL, ENC_RULE_NAME, 65535 },
	{ "localhost:80", NULL, ENC_RULE_NAME, 80 },
	{ "xn--bcher-kva.example", NULL, ENC_RULE_NAME, 443 },
	{ "_dmarc.example.com", NULL, ENC_RULE_NAME, 443 },
	{ "1.example.com", NULL, ENC_RULE_NAME, 443 },
	{ "*.example.com", NULL, ENC_RULE_BELOW, 443 },
	{ "*.Example.Com.:8443", "*.example.com:8443", ENC_RULE_BELOW, 8443 },
	{ "1.2.3.4", NULL, ENC_RULE_NETWORK, 0 },
	{ "1.2.3.4/32", "1.2.3.4", ENC_RULE_NETWORK, 0 },
	{ "1.2.3.4:443", NULL, ENC_RULE_NETWORK, 443 },
	{ "1.2.3.0/24", NULL, ENC_RULE_NETWORK, 0 },
	{ "1.2.3.0/24:53", NULL, ENC_RULE_NETWORK, 53 },
	{ "0.0.0.0/0", NULL, ENC_RULE_NETWORK, 0 },
	{ "127.0.0.1", NULL, ENC_RULE_NETWORK, 0 },
	{ "::1", NULL, ENC_RULE_NETWORK, 0 },
	{ "::/0", NULL, ENC_RULE_NETWORK, 0 },
	{ "2001:DB8:0:0::1", "2001:db8::1", ENC_RULE_NETWORK, 0 },
	{ "[2001:db8::1]", "2001:db8::1", ENC_RULE_NETWORK, 0 },
	{ "[2001:db8::1]:443", NULL, ENC_RULE_NETWORK, 443 },
	{ "2001:db8::/32", NULL, ENC_RULE_NETWORK, 0 },
	{ "[2001:db8::/32]:443", NULL, ENC_RULE_NETWORK, 443 },
	{ "::ffff:1.2.3.4", "1.2.3.4", ENC_RULE_NETWORK, 0 },
	{ "[::ffff:1.2.3.4]:80", "1.2.3.4:80", ENC_RULE_NETWORK, 80 },
	{ "::ffff:10.0.0.0/104", "10.0.0.0/8", ENC_RULE_NETWORK, 0 },
};

/* Each has one text, which is a rule with the same meaning. */
static void test_entries(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(entries); i++) {
		const struct entry *one = &entries[i];
		const char *text = one->text != NULL ? one->text : one->entry;
		char rooms[2][ENC_RULE_TEXT_BYTES];
		struct enc_rule rules[2];

		print_message("%s\n", one->entry);
		assert_int_equal(parse(one->entry, strlen(one->entry), rooms[0],
				       &rules[0]),
				 0);
		assert_string_equal(rules[0].text, text);
		assert_int_equal(rules[0].kind, one->kind);
		assert_int_equal(rules[0].port, one->port);
		assert_int_equal(parse(text, strlen(text), rooms[1], &rules[1]),
				 0);
		assert_string_equal(rules[1].text, text);
		assert_int_equal(rules[1].kind, one->kind);
		assert_int_equal(rules[1].port, one->port);
		assert_memory_equal(&rules[0].network, &rules[1].network,
				    sizeof(rules[0].network));
	}
}

static const char *const refused[] = {
	/* nothing, and too much */
	"",
	" ",
	"*",
	"*.",
	".",
	"..",
	"*.com",
	"*.*.example.com",
	/* names */
	".example.com",
	"example..com",
	"example.com..",
	"-a.example.com",
	"a-.example.com",
	"a b.example.com",
	"a.example.com ",
	"a,b",
	"a;b",
	"a.*.example.com",
	"foo*.example.com",
	"*example.com",
	"b\xc3\xbc"
	"cher.example",
	"\xef\xbc\x91.2.3.4",
	"ex%61mple.com",
	"user@example.com",
	"example.com/path",
	"https://example.com",
	"http://example.com:80/",
	/* what some libc takes for an address */
	"2852039166",
	"0x7f.1",
	"127.1",
	"0251.0376.0251.0376",
	"0xa9fea9fe",
	"127.0.0.0x1",
	"1.2.3",
	"1.2.3.4.5",
	"01.2.3.4",
	"1.2.3.256",
	"1.2.3.4.",
	"a.1",
	"example.123",
	"example.0x1f",
	/* ports */
	"example.com:",
	"example.com:0",
	"example.com:65536",
	"example.com:080",
	"example.com:+80",
	"example.com:80 ",
	"example.com:-1",
	"example.com:http",
	"example.com:80:80",
	":80",
	"1.2.3.4:",
	"1.2.3.4:0",
	"[::1]:",
	"[::1]:0",
	"[::1]80",
	"[::1]:x",
	/* networks */
	"1.2.3.4/24",
	"1.2.3.0/33",
	"1.2.3.0/",
	"1.2.3.0/024",
	"1.2.3.0/-1",
	"1.2.3.0/24/24",
	"2001:db8::1/32",
	"2001:db8::/129",
	"/24",
	"example.com/24",
	"::ffff:0:0/90",
	"::ffff:1.2.3.0/24",
	/* brackets and zones */
	"[",
	"]",
	"[]",
	"[::1",
	"::1]",
	"[1.2.3.4]",
	"[example.com]:80",
	"fe80::1%eth0",
	"[fe80::1%25eth0]:80",
	"::1:",
	"[[::1]]",
	"2001:db8::1:99999",
	":::",
	"1:2:3:4:5:6:7:8:9",
};

static void test_refusals(void **state)
{
	static const char nul[] = "example.com\0.evil.org";
	char room[ENC_RULE_TEXT_BYTES];
	struct enc_rule rule;

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(refused); i++) {
		assert_int_equal(parse(refused[i], strlen(refused[i]), room,
				       &rule),
				 -EINVAL);
	}
	assert_int_equal(parse(nul, sizeof(nul) - 1, room, &rule), -EINVAL);
	for (unsigned char byte = 0; byte < ' '; byte++) {
		char entry[] = "example.com";

		entry[3] = (char)byte;
		assert_int_equal(parse(entry, sizeof(entry) - 1, room, &rule),
				 -EINVAL);
	}
}

/* What people write instead of an entry, and what they are told. */
static void test_reasons(void **state)
{
	static const char *const rows[][2] = {
		{ "https://example.com", "is a URL" },
		{ "example.com/path", "has a path" },
		{ "example.com/24", "has a path" },
		{ "example.com/a:443", "has a path" },
		{ "10.0.0/8", "is no address" },
		{ "10.0.0.0/33", "has no prefix length" },
		{ "10.0.0.0/x", "has no prefix length" },
		{ "2001:db8::1:99999", "in brackets" },
		{ "2001:db8::/32:443", "in brackets" },
		{ "2001:db8::/129", "has no prefix length" },
		{ "[2001:db8::/32:443", "is no address" },
		{ "[example.com/a]", "is no address" },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		struct enc_text entry = { rows[i][0], strlen(rows[i][0]) };
		char room[ENC_RULE_TEXT_BYTES];
		struct enc_rule rule;
		const char *why = "";

		print_message("%s\n", rows[i][0]);
		assert_int_equal(enc_rule_parse(entry, room, &rule, &why),
				 -EINVAL);
		assert_non_null(strstr(why, rows[i][1]));
	}
}

/* 253 bytes are a name, with wildcard, dot and port; one more is none. */
static void test_loopback(void **state)
{
	static const struct {
		const char *entry;
		bool is;
	} rows[] = {
		{ "localhost", true },
		{ "LocalHost.:80", true },
		{ "*.a.localhost", true },
		{ "a.localhost:1", true },
		{ "127.0.0.0", true },
		{ "127.255.255.255:9", true },
		{ "127.0.0.0/8", true },
		{ "127.128.0.0/9", true },
		{ "0.0.0.0", true },
		{ "::1", true },
		{ "::/127", true },
		{ "::", true },
		{ "[::1]:443", true },
		{ "::ffff:127.0.0.1", true },
		{ "localhost.example", false },
		{ "alocalhost", false },
		{ "126.0.0.0/7", false },
		{ "126.255.255.255", false },
		{ "128.0.0.0", false },
		{ "0.0.0.1", false },
		{ "0.0.0.0/0", false },
		{ "::/126", false },
		{ "::2", false },
		{ "::/0", false },
	};
	char room[ENC_RULE_TEXT_BYTES];
	struct enc_rule rule;

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		print_message("'%s'\n", rows[i].entry);
		assert_int_equal(parse(rows[i].entry, strlen(rows[i].entry),
				       room, &rule),
				 0);
		assert_int_equal(enc_rule_is_loopback(&rule), rows[i].is);
	}
}

static void test_the_longest(void **state)
{
	char entry[300] = "*.";
	char room[ENC_RULE_TEXT_BYTES];
	struct enc_rule rule;
	size_t length = 2;

	(void)state;
	for (int i = 0; i < 253; i++) {
		entry[length++] = i % 64 == 63 ? '.' : 'a';
	}
	memcpy(entry + length, ".:65535", 8);
	assert_int_equal(parse(entry, strlen(entry), room, &rule), 0);
	assert_int_equal(strlen(rule.name), 253);
	assert_int_equal(strlen(rule.text), 2 + 253 + 6);
	memmove(entry + 3, entry + 2, strlen(entry + 2) + 1);
	assert_int_equal(parse(entry, strlen(entry), room, &rule), -EINVAL);
	memset(entry, 'a', 64);
	memcpy(entry + 64, ".example", 9);
	assert_int_equal(parse(entry, 72, room, &rule), -EINVAL);
	assert_int_equal(parse(entry + 1, 71, room, &rule), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_the_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
