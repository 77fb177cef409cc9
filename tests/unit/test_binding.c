#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "binding.h"

#define TEXT(word)                       \
	{                                \
		(word), sizeof(word) - 1 \
	}

static const struct enc_text get = TEXT("GET");

/* sample() - a binding that uses all members */
static struct enc_binding sample(void)
{
	return (struct enc_binding){
		.version = 7,
		.tls = true,
		.mask = true,
		.injection = ENC_INJECTION_BASIC,
		.port = 443,
		.rate = 600,
		.org = TEXT("default"),
		.id = TEXT("sb_1"),
		.name = TEXT("models"),
		.host = TEXT("api.example.com"),
		.base = TEXT("/v1/acct"),
		.username = TEXT("user"),
		.secret = TEXT("0123456789abcdef"),
		.method_count = 2,
		.methods = { TEXT("GET"), TEXT("POST") },
		.path_count = 2,
		.paths = { TEXT("/models"), TEXT("/files/*") },
	};
}

static void assert_same(struct enc_text one, struct enc_text other)
{
	assert_int_equal(one.length, other.length);
	if (one.length > 0) {
		assert_memory_equal(one.bytes, other.bytes, one.length);
	}
}

/* ---- bytes ---- */

static void test_round_trip(void **state)
{
	struct enc_binding from = sample();
	struct enc_binding to;
	ENC_AUTO(buf) bytes = ENC_BUF(ENC_BINDING_MAX_BYTES);

	(void)state;
	assert_int_equal(enc_binding_write(&bytes, &from), 0);
	assert_int_equal(enc_binding_parse(enc_buf_bytes(&bytes), bytes.length,
					   &to),
			 0);
	assert_int_equal(to.version, 7);
	assert_true(to.tls);
	assert_true(to.mask);
	assert_int_equal(to.injection, ENC_INJECTION_BASIC);
	assert_int_equal(to.port, 443);
	assert_int_equal(to.rate, 600);
	assert_same(to.org, from.org);
	assert_same(to.id, from.id);
	assert_same(to.name, from.name);
	assert_same(to.host, from.host);
	assert_same(to.base, from.base);
	assert_same(to.header, from.header);
	assert_same(to.username, from.username);
	assert_same(to.secret, from.secret);
	assert_int_equal(to.method_count, 2);
	assert_same(to.methods[1], from.methods[1]);
	assert_int_equal(to.path_count, 2);
	assert_same(to.paths[1], from.paths[1]);
}

static void test_every_length(void **state)
{
	struct enc_binding from = sample();
	struct enc_binding to;
	ENC_AUTO(buf) bytes = ENC_BUF(ENC_BINDING_MAX_BYTES);
	size_t length;

	(void)state;
	assert_int_equal(enc_binding_write(&bytes, &from), 0);
	length = bytes.length;
	assert_int_equal(enc_buf_append(&bytes, "", 1), 0);
	for (size_t i = 0; i <= length + 1; i++) {
		/* Memory of this size, so that a read past it is found. */
		enc_autofree uint8_t *cut = enc_xalloc(ENC_MAX(i, 1U));

		memcpy(cut, enc_buf_bytes(&bytes), i);
		assert_int_equal(enc_binding_parse(cut, i, &to),
				 i == length ? 0 : -EPROTO);
	}
}

/*
 * A changed byte is refused or makes another binding: no two records are alike.
 */
static void test_every_byte(void **state)
{
	struct enc_binding from = sample();
	struct enc_binding to;
	ENC_AUTO(buf) bytes = ENC_BUF(ENC_BINDING_MAX_BYTES);
	enc_autofree uint8_t *copy = NULL;

	(void)state;
	assert_int_equal(enc_binding_write(&bytes, &from), 0);
	copy = enc_xalloc(bytes.length);
	for (size_t i = 0; i < bytes.length * 256; i++) {
		ENC_AUTO(buf) again = ENC_BUF(ENC_BINDING_MAX_BYTES);

		memcpy(copy, enc_buf_bytes(&bytes), bytes.length);
		copy[i / 256] = (uint8_t)i;
		if (enc_binding_parse(copy, bytes.length, &to) != 0) {
			continue;
		}
		assert_int_equal(enc_binding_write(&again, &to), 0);
		assert_int_equal(again.length, bytes.length);
		assert_memory_equal(enc_buf_bytes(&again), copy, bytes.length);
	}
}

static void test_largest(void **state)
{
	static char path[ENC_BINDING_PATH_MAX_BYTES];
	static char secret[ENC_BINDING_SECRET_MAX_BYTES + 1];
	struct enc_binding binding = sample();
	struct enc_binding to;
	const char *why;
	ENC_AUTO(buf) bytes = ENC_BUF(ENC_BINDING_MAX_BYTES);
	ENC_AUTO(buf) small = ENC_BUF(ENC_BINDING_MAX_BYTES / 2);

	(void)state;
	memset(path, 'a', sizeof(path));
	memset(secret, 's', sizeof(secret));
	path[0] = '/';
	binding.base = (struct enc_text){ path, sizeof(path) };
	binding.secret = (struct enc_text){ secret, sizeof(secret) - 1 };
	binding.path_count = ENC_BINDING_PATHS_MAX;
	for (size_t i = 0; i < ENC_BINDING_PATHS_MAX; i++) {
		binding.paths[i] = binding.base;
	}
	assert_int_equal(enc_binding_check(&binding, &why), 0);
	assert_int_equal(enc_binding_write(&bytes, &binding), 0);
	assert_int_equal(enc_binding_parse(enc_buf_bytes(&bytes), bytes.length,
					   &to),
			 0);
	assert_int_equal(enc_buf_append(&small, "x", 1), 0);
	assert_int_equal(enc_binding_write(&small, &binding), -E2BIG);
	assert_int_equal(small.length, 1);
	binding.secret.length++;
	assert_int_equal(enc_binding_check(&binding, &why), -EINVAL);
}

/* ---- what may be ---- */

enum member {
	ORG,
	ID,
	NAME,
	HOST,
	BASE,
	HEADER,
	USERNAME,
	SECRET,
	METHOD,
	PATH,
};

static struct enc_text *member_of(struct enc_binding *binding,
				  enum member member)
{
	struct enc_text *const members[] = {
		[ORG] = &binding->org,		 [ID] = &binding->id,
		[NAME] = &binding->name,	 [HOST] = &binding->host,
		[BASE] = &binding->base,	 [HEADER] = &binding->header,
		[USERNAME] = &binding->username, [SECRET] = &binding->secret,
		[METHOD] = &binding->methods[1], [PATH] = &binding->paths[1],
	};

	return members[member];
}

#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16
#define A256 A64 A64 A64 A64

/* A member of sample() with another text, and whether it is valid. */
static const struct text_row {
	enum member member;
	struct enc_text text;
	const char *why; /* how the message begins; NULL: it is valid */
} text_rows[] = {
	{ ORG, TEXT(A64), NULL },
	{ ORG, TEXT(""), "id" },
	{ ORG, TEXT(A64 "a"), "id" },
	{ ID, TEXT("a b"), "id" },
	{ ID, TEXT("a\0b"), "id" },
	{ ID, TEXT("\xc3\xa4"), "id" },
	{ NAME, TEXT("a"), NULL },
	{ NAME, TEXT("0a-b"), NULL },
	{ NAME, TEXT(A16 A16 A16 "aaaaaaaaaaaaaaa"), NULL },
	{ NAME, TEXT(""), "name" },
	{ NAME, TEXT(A64), "name" },
	{ NAME, TEXT("A"), "name" },
	{ NAME, TEXT("-a"), "name" },
	{ NAME, TEXT("a-"), "name" },
	{ NAME, TEXT("a_b"), "name" },
	{ NAME, TEXT("a.b"), "name" },
	{ NAME, TEXT("a b"), "name" },
	{ NAME, TEXT("a\0"), "name" },
	{ NAME, TEXT("\xc3\xa4"), "name" },
	{ HOST, TEXT("a"), NULL },
	{ HOST, TEXT("192.0.2.1"), NULL },
	{ HOST, TEXT("2001:db8::1"), NULL },
	{ HOST, TEXT(""), "upstream" },
	{ HOST, TEXT("Example.com"), "upstream" },
	{ HOST, TEXT("example.com."), "upstream" },
	{ HOST, TEXT("example.com:443"), "upstream" },
	{ HOST, TEXT("u@example.com"), "upstream" },
	{ HOST, TEXT("example.com/"), "upstream" },
	{ HOST, TEXT("127.1"), "upstream" },
	{ HOST, TEXT("2130706433"), "upstream" },
	{ HOST, TEXT("192.0.2.01"), "upstream" },
	{ HOST, TEXT("192.0.2.1\0"), "upstream" },
	{ HOST, TEXT("[2001:db8::1]"), "upstream" },
	{ HOST, TEXT("2001:DB8::1"), "upstream" },
	{ HOST, TEXT("2001:db8:0::1"), "upstream" },
	{ HOST, TEXT("::ffff:192.0.2.1"), "upstream" },
	{ HOST, TEXT("fe80::1%eth0"), "upstream" },
	{ BASE, TEXT(""), NULL },
	{ BASE, TEXT("/a%20b"), NULL },
	{ BASE, TEXT("/"), "upstream" },
	{ BASE, TEXT("/a/"), "upstream" },
	{ BASE, TEXT("a"), "upstream" },
	{ BASE, TEXT("/a//b"), "upstream" },
	{ BASE, TEXT("/a/.."), "upstream" },
	{ BASE, TEXT("/a?b"), "upstream" },
	{ BASE, TEXT("/a\r\nX: y"), "upstream" },
	{ BASE, TEXT("/" A256 A256 A256 A256), "upstream" },
	{ HEADER, TEXT("X-Api-Key"), "header" },
	{ USERNAME, TEXT(""), NULL },
	{ USERNAME, TEXT("a b"), NULL },
	{ USERNAME, TEXT("J\xc3\xbcrgen"), NULL },
	{ USERNAME, TEXT("a:b"), "username" },
	{ USERNAME, TEXT(":"), "username" },
	{ USERNAME, TEXT("a\r"), "username" },
	{ USERNAME, TEXT("a\n"), "username" },
	{ USERNAME, TEXT("a\0"), "username" },
	{ USERNAME, TEXT("a\x7f"), "username" },
	{ USERNAME, TEXT("\xff"), "username" },
	{ USERNAME, TEXT("\xc2\x85"), "username" },
	{ USERNAME, TEXT(A256), "username" },
	{ SECRET, TEXT("a: b;\"\\ /~" A16), NULL },
	{ SECRET, TEXT(""), "secret" },
	{ SECRET, TEXT("aaaaaaaaaaaaaaa"), "secret" },
	{ SECRET, TEXT(A16 "\r\nX: y"), "secret" },
	{ SECRET, TEXT(A16 "\r" A16), "secret" },
	{ SECRET, TEXT(A16 "\n"), "secret" },
	{ SECRET, TEXT(A16 "\0" A16), "secret" },
	{ SECRET, TEXT(A16 "\x7f"), "secret" },
	{ SECRET, TEXT(A16 "\x1b"), "secret" },
	{ SECRET, TEXT(A16 "\t" A16), "secret" },
	{ SECRET, TEXT(A16 "\xc3\xa4"), "secret" },
	{ SECRET, TEXT(A16 "\xff"), "secret" },
	{ SECRET, TEXT(" " A16), "secret" },
	{ SECRET, TEXT(A16 " "), "secret" },
	{ SECRET, TEXT("\t" A16), "secret" },
	{ METHOD, TEXT("M-SEARCH"), NULL },
	{ METHOD, TEXT(""), "scope" },
	{ METHOD, TEXT("get"), "scope" },
	{ METHOD, TEXT("GET "), "scope" },
	{ METHOD, TEXT("*"), "scope" },
	{ METHOD, TEXT("TRACE"), "scope" },
	{ METHOD, TEXT("CONNECT"), "scope" },
	{ METHOD, TEXT("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG"), "scope" },
	{ PATH, TEXT("/"), NULL },
	{ PATH, TEXT("/*"), NULL },
	{ PATH, TEXT("/a/b/"), NULL },
	{ PATH, TEXT(""), "scope" },
	{ PATH, TEXT("*"), "scope" },
	{ PATH, TEXT("a"), "scope" },
	{ PATH, TEXT("/a*"), "scope" },
	{ PATH, TEXT("/*/a"), "scope" },
	{ PATH, TEXT("/a/**"), "scope" },
	{ PATH, TEXT("/*/*"), "scope" },
	{ PATH, TEXT("//*"), "scope" },
	{ PATH, TEXT("/a/../b"), "scope" },
	{ PATH, TEXT("/a/%2e%2e/*"), "scope" },
	{ PATH, TEXT("/a?b=c"), "scope" },
	{ PATH, TEXT("/" A256 A256 A256 A256), "scope" },
};

/* assert_check() - whether a binding may be; why not begins with @why */
static void assert_check(const struct enc_binding *binding, const char *why)
{
	const char *answer = "";

	assert_int_equal(enc_binding_check(binding, &answer),
			 why == NULL ? 0 : -EINVAL);
	if (why != NULL) {
		assert_memory_equal(answer, why, strlen(why));
		assert_int_equal(answer[strlen(why)], ':');
	}
}

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(text_rows); i++) {
		const struct text_row *row = &text_rows[i];
		struct enc_binding binding = sample();

		print_message("%d %s\n", row->member, row->text.bytes);
		*member_of(&binding, row->member) = row->text;
		assert_check(&binding, row->why);
	}
}

/* Names of the scheme header. */
static const struct header_row {
	struct enc_text name;
	bool may;
} header_rows[] = {
	{ TEXT("X-Api-Key"), true },
	{ TEXT("authorization"), true },
	{ TEXT("Content-Type"), true },
	{ TEXT("cookie"), true },
	{ TEXT("Hosts"), true },
	{ TEXT(""), false },
	{ TEXT("X Api"), false },
	{ TEXT("X-Api "), false },
	{ TEXT("X_Api_Key"), false },
	{ TEXT(":path"), false },
	{ TEXT("a:"), false },
	{ TEXT("a\r\nb"), false },
	{ TEXT("a\0"), false },
	{ TEXT("\xc3\xa4"), false },
	{ TEXT("Host"), false },
	{ TEXT("CONTENT-LENGTH"), false },
	{ TEXT("Content-Encoding"), false },
	{ TEXT("Transfer-Encoding"), false },
	{ TEXT("Connection"), false },
	{ TEXT("Proxy-Authorization"), false },
	{ TEXT("proxy-"), false },
	{ TEXT("Proxy-Connection"), false },
	{ TEXT("TE"), false },
	{ TEXT("Trailer"), false },
	{ TEXT("Upgrade"), false },
	{ TEXT("HTTP2-Settings"), false },
	{ TEXT("Keep-Alive"), false },
	{ TEXT("Expect"), false },
	{ TEXT("Accept-Encoding"), false },
	{ TEXT(A64 A64), true },
	{ TEXT(A64 A64 "a"), false },
};

static void test_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(header_rows); i++) {
		struct enc_binding binding = sample();

		print_message("%s\n", header_rows[i].name.bytes);
		binding.injection = ENC_INJECTION_HEADER;
		binding.username.length = 0;
		binding.header = header_rows[i].name;
		assert_check(&binding, header_rows[i].may ? NULL : "header");
	}
}

static void test_numbers(void **state)
{
	struct enc_binding binding = sample();

	(void)state;
	binding.version = 0;
	assert_check(&binding, "version");
	binding = sample();
	binding.injection = ENC_INJECTION_INVALID;
	assert_check(&binding, "injection");
	binding.injection = ENC_INJECTION_MAX;
	assert_check(&binding, "injection");
	binding = sample();
	binding.port = 0;
	assert_check(&binding, "upstream");
	binding = sample();
	binding.rate = 0;
	assert_check(&binding, NULL);
	binding.rate = ENC_BINDING_RATE_MAX + 1;
	assert_check(&binding, "rateLimit");
	binding = sample();
	binding.method_count = ENC_BINDING_METHODS_MAX + 1;
	assert_check(&binding, "scope");
	binding = sample();
	binding.path_count = ENC_BINDING_PATHS_MAX + 1;
	assert_check(&binding, "scope");
	binding = sample();
	binding.mask = false;
	binding.secret.length = 1;
	assert_check(&binding, NULL);
}

/* Members of another scheme are refused, not ignored. */
static void test_schemes(void **state)
{
	struct enc_binding binding = sample();

	(void)state;
	binding.injection = ENC_INJECTION_BEARER;
	assert_check(&binding, "username");
	binding.username.length = 0;
	assert_check(&binding, NULL);
	binding.header = (struct enc_text)TEXT("X-Api-Key");
	assert_check(&binding, "header");
	binding.header.length = 0;
	binding.injection = ENC_INJECTION_NONE;
	assert_check(&binding, "secret");
	binding.secret.length = 0;
	assert_check(&binding, NULL);
	for (int i = ENC_INJECTION_NONE; i < ENC_INJECTION_MAX; i++) {
		enum enc_injection again = ENC_INJECTION_INVALID;

		assert_true(enc_injection_parse(
			enc_injection_name((enum enc_injection)i), &again));
		assert_int_equal(again, i);
	}
	assert_false(enc_injection_parse("invalid", &binding.injection));
	assert_false(enc_injection_parse("Bearer", &binding.injection));
}

/* ---- scope ---- */

/* Paths that are in every scope without paths, or in no scope. */
static const struct path_row {
	struct enc_text path;
	bool clear;
} path_rows[] = {
	{ TEXT("/"), true },
	{ TEXT("/a"), true },
	{ TEXT("/a/"), true },
	{ TEXT("/a.b/..c/d.."), true },
	{ TEXT("/a/...b/.%20c/%20d"), true },
	{ TEXT("/..."), false },
	{ TEXT("/..%20/a"), false },
	{ TEXT("/a/..%20"), false },
	{ TEXT("/a/%20../b"), false },
	{ TEXT("/a/.%20./b"), false },
	{ TEXT("/a/%20/b"), false },
	{ TEXT("/a-._~!$&'()*+,=:@b"), true },
	{ TEXT("/a%20b"), true },
	{ TEXT("/%61"), true },
	{ TEXT("/%c3%a4"), true },
	{ TEXT("/%F0%9F%98%80/x"), true },
	{ TEXT(""), false },
	{ TEXT("a"), false },
	{ TEXT("*"), false },
	{ TEXT("//"), false },
	{ TEXT("//evil/x"), false },
	{ TEXT("/a//b"), false },
	{ TEXT("/a//"), false },
	{ TEXT("http://evil/"), false },
	{ TEXT("\\\\evil"), false },
	{ TEXT("/\\evil"), false },
	{ TEXT("@evil"), false },
	{ TEXT("/."), false },
	{ TEXT("/./a"), false },
	{ TEXT("/.."), false },
	{ TEXT("/../admin"), false },
	{ TEXT("/a/.."), false },
	{ TEXT("/a/../b"), false },
	{ TEXT("/%2e%2e/admin"), false },
	{ TEXT("/%2E./admin"), false },
	{ TEXT("/.%2e/"), false },
	{ TEXT("/..;/admin"), false },
	{ TEXT("/a;b"), false },
	{ TEXT("/a%3bb"), false },
	{ TEXT("/%252e%252e/"), false },
	{ TEXT("/a%25"), false },
	{ TEXT("/..%5c"), false },
	{ TEXT("/a%5Cb"), false },
	{ TEXT("/x/..%2f..%2f"), false },
	{ TEXT("/a%2Fb"), false },
	{ TEXT("/%c0%ae%c0%ae/"), false },
	{ TEXT("/%e0%80%af"), false },
	{ TEXT("/%c3"), false },
	{ TEXT("/%c3a"), false },
	{ TEXT("/%ff"), false },
	{ TEXT("/%ed%a0%80"), false },
	{ TEXT("/%c2%85"), false },
	{ TEXT("/a%00"), false },
	{ TEXT("/a%0d%0ab"), false },
	{ TEXT("/a%7f"), false },
	{ TEXT("/a%3f"), false },
	{ TEXT("/a%23"), false },
	{ TEXT("/a%"), false },
	{ TEXT("/a%2"), false },
	{ TEXT("/a%zz"), false },
	{ TEXT("/a%u0041"), false },
	{ TEXT("/a?b"), false },
	{ TEXT("/a#b"), false },
	{ TEXT("/a b"), false },
	{ TEXT("/a\tb"), false },
	{ TEXT("/a\0b"), false },
	{ TEXT("/a\r\nb"), false },
	{ TEXT("/a\x7f"), false },
	{ TEXT("/\xc3\xa4"), false },
	{ TEXT("/a\"b"), false },
	{ TEXT("/a<b"), false },
	{ TEXT("/a|b"), false },
	{ TEXT("/a[b]"), false },
	{ TEXT("/a{b}"), false },
	{ TEXT("/a^b"), false },
	{ TEXT("/a`b"), false },
};

static void test_paths(void **state)
{
	struct enc_binding all = sample();

	(void)state;
	all.method_count = 0;
	for (size_t i = 0; i < ENC_COUNT(path_rows); i++) {
		const struct path_row *row = &path_rows[i];

		print_message("%s\n", row->path.bytes);
		all.path_count = 0;
		assert_int_equal(enc_binding_allows(&all, get, row->path),
				 row->clear);
		all.path_count = 1;
		all.paths[0] = (struct enc_text)TEXT("/*");
		assert_int_equal(enc_binding_allows(&all, get, row->path),
				 row->clear);
	}
}

/* The scope of sample(), and one without methods. */
static const struct scope_row {
	struct enc_text method;
	struct enc_text path;
	bool named; /* in the scope of sample() */
	bool any;   /* in a scope that names no method */
} scope_rows[] = {
	{ TEXT("GET"), TEXT("/models"), true, true },
	{ TEXT("POST"), TEXT("/models"), true, true },
	{ TEXT("GET"), TEXT("/files/"), true, true },
	{ TEXT("GET"), TEXT("/files/a/b"), true, true },
	{ TEXT("GET"), TEXT("/files"), false, false },
	{ TEXT("GET"), TEXT("/files2"), false, false },
	{ TEXT("GET"), TEXT("/models/"), false, false },
	{ TEXT("GET"), TEXT("/models/a"), false, false },
	{ TEXT("GET"), TEXT("/model"), false, false },
	{ TEXT("GET"), TEXT("/Models"), false, false },
	{ TEXT("GET"), TEXT("/%6dodels"), false, false },
	{ TEXT("GET"), TEXT("/files/*"), true, true },
	{ TEXT("GET"), TEXT("/files/../models"), false, false },
	{ TEXT("GET"), TEXT("/"), false, false },
	{ TEXT("PUT"), TEXT("/models"), false, true },
	{ TEXT("GETT"), TEXT("/models"), false, true },
	{ TEXT("GE"), TEXT("/models"), false, true },
	{ TEXT("get"), TEXT("/models"), false, false },
	{ TEXT("Get"), TEXT("/models"), false, false },
	{ TEXT(""), TEXT("/models"), false, false },
	{ TEXT("GET "), TEXT("/models"), false, false },
	{ TEXT("TRACE"), TEXT("/models"), false, false },
	{ TEXT("CONNECT"), TEXT("/models"), false, false },
};

static void test_scope(void **state)
{
	struct enc_binding named = sample();
	struct enc_binding any = sample();

	(void)state;
	any.method_count = 0;
	for (size_t i = 0; i < ENC_COUNT(scope_rows); i++) {
		const struct scope_row *row = &scope_rows[i];

		print_message("%s %s\n", row->method.bytes, row->path.bytes);
		assert_int_equal(enc_binding_allows(&named, row->method,
						    row->path),
				 row->named);
		assert_int_equal(enc_binding_allows(&any, row->method,
						    row->path),
				 row->any);
	}
}

/* ---- the credential ---- */

static void assert_credential(const struct enc_binding *binding,
			      const char *line)
{
	ENC_AUTO(buf) out = ENC_BUF_SECRET(1024);

	assert_int_equal(enc_binding_credential(binding, &out), 0);
	assert_int_equal(out.length, strlen(line));
	assert_memory_equal(enc_buf_bytes(&out), line, strlen(line));
}

static void test_credential(void **state)
{
	struct enc_binding binding = sample();
	ENC_AUTO(buf) small = ENC_BUF_SECRET(32);

	(void)state;
	binding.secret = (struct enc_text)TEXT("open:sesame");
	assert_credential(&binding, "Authorization: Basic "
				    "dXNlcjpvcGVuOnNlc2FtZQ==\r\n");
	binding.injection = ENC_INJECTION_BEARER;
	assert_credential(&binding, "Authorization: Bearer open:sesame\r\n");
	binding.injection = ENC_INJECTION_HEADER;
	binding.header = (struct enc_text)TEXT("X-Api-Key");
	assert_credential(&binding, "X-Api-Key: open:sesame\r\n");
	binding.injection = ENC_INJECTION_NONE;
	assert_credential(&binding, "");
	binding.injection = ENC_INJECTION_BASIC;
	assert_int_equal(enc_buf_append(&small, "x", 1), 0);
	assert_int_equal(enc_binding_credential(&binding, &small), -E2BIG);
	assert_int_equal(small.length, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_schemes),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
