/* Bodies of requests about service bindings, and the records made of them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "binding.h"
#include "binding_request.h"

#define SECRET "correct horse battery staple"

static struct enc_store_binding row_of(uint64_t version)
{
	return (struct enc_store_binding){
		.base.type = &enc_store_service_bindings,
		.id = "b-1",
		.org = "o-1",
		.name = "llm",
		/* An asterisk was taken once, so it may be stored. */
		.upstream = version == 1 ? "" : "https://old.example.com/v*",
		.injection = version == 1 ? "" : "bearer",
		.header = "",
		.username = "",
		.methods = "",
		.paths = version == 1 ? "" : "/a /b",
		.sealed = "",
		.mask = true,
		.version = version,
	};
}

/* read_body() - read a body into a row; ' stands for " */
static enum enc_code read_body(const char *text, struct enc_store_binding *row,
			       struct enc_buf *record, struct enc_error *err)
{
	char json[4096];
	enum enc_code code;
	json_t *body;

	(void)snprintf(json, sizeof(json), "%s", text);
	for (char *at = json; *at != '\0'; at++) {
		*at = *at == '\'' ? '"' : *at;
	}
	body = json_loads(json, 0, NULL);
	assert_non_null(body);
	code = enc_binding_request_read(body, row, record, err);
	json_decref(body);
	return code;
}

static void assert_text(struct enc_text text, const char *expected)
{
	assert_int_equal(text.length, strlen(expected));
	assert_memory_equal(text.bytes, expected, text.length);
}

static void test_new(void **state)
{
	enc_autorow struct enc_store_binding row = row_of(1);
	ENC_AUTO(buf) record = ENC_BUF_SECRET(ENC_BINDING_MAX_BYTES);
	struct enc_binding binding;

	(void)state;
	assert_int_equal(
		read_body(
			"{'name':'llm','upstream':'HTTPS://A.example.com/v1/',"
			"'injection':{'scheme':'header','header':'X-Key'},"
			"'secret':'" SECRET "','rateLimit':60,"
			"'scope':{'methods':['GET','POST'],"
			"'paths':['/m','/n/*']}}",
			&row, &record, NULL),
		ENC_OK);
	assert_string_equal(row.upstream, "https://a.example.com/v1");
	assert_string_equal(row.injection, "header");
	assert_string_equal(row.header, "X-Key");
	assert_string_equal(row.methods, "GET POST");
	assert_string_equal(row.paths, "/m /n/*");
	assert_int_equal(row.rate, 60);
	assert_true(row.mask);
	assert_int_equal(enc_binding_parse(enc_buf_bytes(&record),
					   record.length, &binding),
			 0);
	assert_int_equal(binding.version, 1);
	assert_true(binding.tls);
	assert_true(binding.mask);
	assert_int_equal(binding.port, 443);
	assert_int_equal(binding.rate, 60);
	assert_text(binding.org, "o-1");
	assert_text(binding.id, "b-1");
	assert_text(binding.host, "a.example.com");
	assert_text(binding.base, "/v1");
	assert_text(binding.secret, SECRET);
	assert_int_equal(binding.method_count, 2);
	assert_text(binding.methods[1], "POST");
	assert_int_equal(binding.path_count, 2);
	assert_text(binding.paths[1], "/n/*");
}

static void test_update(void **state)
{
	enc_autorow struct enc_store_binding row = row_of(2);
	ENC_AUTO(buf) record = ENC_BUF_SECRET(ENC_BINDING_MAX_BYTES);
	struct enc_binding binding;

	(void)state;
	assert_int_equal(read_body("{'rateLimit':null,'scope':{'paths':[]},"
				   "'secret':'" SECRET "','maskSecret':false}",
				   &row, &record, NULL),
			 ENC_OK);
	assert_int_equal(enc_binding_parse(enc_buf_bytes(&record),
					   record.length, &binding),
			 0);
	assert_text(binding.host, "old.example.com");
	assert_text(binding.base, "/v*");
	assert_int_equal(binding.version, 2);
	assert_int_equal(binding.path_count, 0);
	assert_int_equal(binding.injection, ENC_INJECTION_BEARER);
	assert_false(binding.mask);
	/* Without a credential no secret is needed again. */
	enc_buf_clear(&record);
	assert_int_equal(read_body("{'injection':{'scheme':'none'},"
				   "'upstream':'http://b'}",
				   &row, &record, NULL),
			 ENC_OK);
	assert_int_equal(enc_binding_parse(enc_buf_bytes(&record),
					   record.length, &binding),
			 0);
	assert_int_equal(binding.secret.length, 0);
	assert_false(binding.tls);
}

#define WHERE "'upstream':'https://a','injection':{'scheme':'bearer'}"
#define CLEAR "'upstream':'http://a','injection':{'scheme':'bearer'}"

static const struct refusal {
	const char *body;
	uint64_t version;
	const char *field;
	const char *begin; /* of the message */
} refusals[] = {
	{ "{" WHERE "}", 1, "secret", "secret is missing: the scheme bearer" },
	{ "{'rateLimit':5}", 2, "secret", "secret is missing: all members" },
	{ "{'upstream':'https://c'}", 2, "secret", "secret is missing: all" },
	{ "{}", 2, "secret", "secret is missing: all" },
	{ "{" WHERE ",'secret':'short'}", 1, "secret", "secret: one of less" },
	{ "{" WHERE ",'secret':'with\\n a line end in it'}", 1, "secret",
	  "secret: may have only" },
	{ "{'upstream':'https://a','injection':{'scheme':'none'},"
	  "'secret':'" SECRET "'}",
	  1, "secret", "secret: the scheme none" },
	{ "{'upstream':'ftp://horse'}", 2, "upstream", "upstream has to" },
	{ "{'upstream':'https://u:horse@a'}", 2, "upstream",
	  "upstream must not have a user" },
	{ "{'upstream':'https://a/../b','secret':'" SECRET "'}", 2, "upstream",
	  "upstream: the path" },
	{ "{" CLEAR ",'secret':'" SECRET "'}", 1, "insecureUpstream",
	  "upstream is http" },
	{ "{" CLEAR ",'secret':'" SECRET "','insecureUpstream':false}", 1,
	  "insecureUpstream", "upstream is http" },
	{ "{" WHERE ",'secret':'" SECRET "','scope':{'paths':['/a /b']}}", 1,
	  "scope", "scope: neither" },
	{ "{" WHERE ",'secret':'" SECRET "','scope':{'methods':['get']}}", 1,
	  "scope", "scope: a method" },
	{ "{'injection':{'scheme':'bearer','header':'X'},"
	  "'secret':'" SECRET "'}",
	  2, "injection.header", "header: only" },
	{ "{'injection':{'scheme':'header','header':'Host'},"
	  "'secret':'" SECRET "'}",
	  2, "injection.header", "header: " },
	{ "{'injection':{'scheme':'basic','username':'a:b'},"
	  "'secret':'" SECRET "'}",
	  2, "injection.username", "username: " },
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(refusals); i++) {
		const struct refusal *refusal = &refusals[i];
		enc_autorow struct enc_store_binding row =
			row_of(refusal->version);
		ENC_AUTO(buf) record = ENC_BUF_SECRET(ENC_BINDING_MAX_BYTES);
		struct enc_error err = { 0 };

		assert_int_equal(read_body(refusal->body, &row, &record, &err),
				 ENC_BAD_REQUEST);
		assert_string_equal(err.field, refusal->field);
		assert_memory_equal(err.message, refusal->begin,
				    strlen(refusal->begin));
		assert_null(strstr(err.message, "horse"));
		assert_int_equal(record.length, 0);
	}
}

static void test_clear(void **state)
{
	enc_autorow struct enc_store_binding row = row_of(1);
	ENC_AUTO(buf) record = ENC_BUF_SECRET(ENC_BINDING_MAX_BYTES);

	(void)state;
	assert_int_equal(read_body("{" CLEAR ",'secret':'" SECRET
				   "','insecureUpstream':true}",
				   &row, &record, NULL),
			 ENC_OK);
	/* The row allows its upstream in clear: no word about it is needed. */
	row.version = 2;
	enc_buf_clear(&record);
	assert_int_equal(read_body("{'secret':'" SECRET "'}", &row, &record,
				   NULL),
			 ENC_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_update),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
