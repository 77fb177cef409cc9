/* Bodies of requests about service bindings, made of options. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "binding_body.h"

/* assert_body() - the JSON text of a body; ' stands for " */
static void assert_body(const json_t *body, const char *secret,
			const char *expected)
{
	ENC_AUTO(buf) given = ENC_BUF_SECRET(64);
	ENC_AUTO(buf) text = ENC_BUF_SECRET(ENC_BINDING_BODY_MAX_BYTES);
	char wanted[512];

	(void)snprintf(wanted, sizeof(wanted), "%s", expected);
	for (char *at = wanted; *at != '\0'; at++) {
		*at = *at == '\'' ? '"' : *at;
	}
	if (secret != NULL) {
		assert_int_equal(enc_buf_text(&given, secret), 0);
	}
	assert_int_equal(enc_binding_body_write(body,
						secret == NULL ? NULL : &given,
						&text, NULL),
			 ENC_OK);
	assert_string_equal((const char *)enc_buf_bytes(&text), wanted);
}

static void test_bodies(void **state)
{
	const struct {
		struct enc_binding_options options;
		const char *name;
		const char *scheme;
		const char *secret; /* NULL: none has to be there */
		const char *body;
	} rows[] = {
		{ { .upstream = "https://a" },
		  "llm",
		  "bearer",
		  "s\"3",
		  "{'name':'llm','injection':{'scheme':'bearer'},"
		  "'upstream':'https://a','secret':'s\\'3'}" },
		{ { .upstream = "http://a",
		    .header = "X-Key",
		    .rate_limit = "60",
		    .no_mask = true,
		    .insecure_upstream = true },
		  "llm",
		  "bearer",
		  "s",
		  "{'name':'llm','injection':{'scheme':'header',"
		  "'header':'X-Key'},'upstream':'http://a',"
		  "'insecureUpstream':true,'rateLimit':60,"
		  "'maskSecret':false,'secret':'s'}" },
		{ { .upstream = "https://a", .none = true },
		  "x",
		  "bearer",
		  NULL,
		  "{'name':'x','injection':{'scheme':'none'},"
		  "'upstream':'https://a'}" },
		{ { .basic = "me" },
		  NULL,
		  "bearer",
		  "s",
		  "{'injection':{'scheme':'basic','username':'me'},"
		  "'secret':'s'}" },
		{ { .methods = { { "GET" }, 1 } },
		  NULL,
		  "header",
		  "s",
		  "{'scope':{'methods':['GET']},'secret':'s'}" },
		{ { .paths = { { "/a" }, 1 } },
		  NULL,
		  "none",
		  NULL,
		  "{'scope':{'paths':['/a']}}" },
		{ { .all_requests = true, .rate_limit = "none", .mask = true },
		  NULL,
		  "none",
		  NULL,
		  "{'scope':{'methods':[],'paths':[]},'rateLimit':null,"
		  "'maskSecret':true}" },
		{ { .none = true },
		  NULL,
		  "bearer",
		  NULL,
		  "{'injection':{'scheme':'none'}}" },
		{ { .secret_file = "f", .mask = true },
		  NULL,
		  "bearer",
		  "s",
		  "{'maskSecret':true,'secret':'s'}" },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		json_t *body = NULL;
		bool secret = false;

		assert_int_equal(enc_binding_body_make(&rows[i].options,
						       rows[i].name,
						       rows[i].scheme, &body,
						       &secret, NULL),
				 ENC_OK);
		assert_int_equal(secret, rows[i].secret != NULL);
		assert_body(body, rows[i].secret, rows[i].body);
		json_decref(body);
	}
}

static void test_refusals(void **state)
{
	const struct enc_binding_options rows[] = {
		{ .bearer = true, .none = true },
		{ .header = "A", .basic = "b" },
		{ .mask = true, .no_mask = true },
		{ .all_requests = true, .paths = { { "/a" }, 1 } },
		{ .rate_limit = "" },
		{ .rate_limit = "-1" },
		{ .rate_limit = "1x" },
		{ .rate_limit = "1000000000000" },
		{ .upstream = "\xff" },
		{ .upstream = "https://localhost:11434" },
		{ .upstream = "http://[::1]", .insecure_upstream = true },
		{ .upstream = "https://a/v1/*" },
		{ .header = "\xff" },
		{ .methods = { { "\xff" }, 1 } },
		{ .upstream = "https://a", .none = true, .secret_file = "f" },
		{ .upstream = NULL },
		{ .secret_file = "f" },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		struct enc_error err = { 0 };
		json_t *body = NULL;
		bool secret = false;

		assert_int_equal(enc_binding_body_make(&rows[i], NULL, "bearer",
						       &body, &secret, &err),
				 ENC_BAD_REQUEST);
		assert_null(body);
	}
}

/* A new binding needs an upstream; a scheme that is kept may be none. */
static void test_what_is_missing(void **state)
{
	const struct {
		struct enc_binding_options options;
		const char *name;
		const char *scheme;
		const char *why;
	} rows[] = {
		{ { .bearer = true }, "llm", "bearer", "--upstream" },
		{ { .secret_file = "f" }, NULL, "bearer", "rotate" },
		{ { .rate_limit = "1", .secret_file = "f" },
		  NULL,
		  "none",
		  "--secret-file" },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		struct enc_error err = { 0 };
		json_t *body = NULL;
		bool secret = false;

		assert_int_equal(enc_binding_body_make(&rows[i].options,
						       rows[i].name,
						       rows[i].scheme, &body,
						       &secret, &err),
				 ENC_BAD_REQUEST);
		assert_non_null(strstr(err.message, rows[i].why));
	}
}

static void test_secret_of_the_command_line(void **state)
{
	struct enc_binding_options options = { .secret_file = "-" };
	struct enc_error err = { 0 };

	(void)state;
	assert_int_equal(enc_binding_check_secret(&options, &err), ENC_OK);
	options.secret = "sesame";
	assert_int_equal(enc_binding_check_secret(&options, &err),
			 ENC_BAD_REQUEST);
	assert_null(strstr(err.message, "sesame"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_what_is_missing),
		cmocka_unit_test(test_secret_of_the_command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
