#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compose.h"

#define TEXT(word)                       \
	{                                \
		(word), sizeof(word) - 1 \
	}

static struct enc_binding usual(void)
{
	return (struct enc_binding){
		.version = 1,
		.tls = true,
		.injection = ENC_INJECTION_HEADER,
		.port = 443,
		.org = TEXT("org"),
		.id = TEXT("sb_1"),
		.name = TEXT("api"),
		.host = TEXT("api.example.com"),
		.base = TEXT("/v1/acct"),
		.header = TEXT("X-Api-Key"),
		.secret = TEXT("0123456789abcdef"),
	};
}

static void parse(const char *text, struct enc_http1_head *ret_head)
{
	size_t scanned = 0;
	int status;

	assert_int_equal(enc_http1_request((const uint8_t *)text, strlen(text),
					   &scanned, ret_head, &status),
			 strlen(text));
}

/* request() - compose a request for the upstream. Return: its head, static */
static const char *request(const struct enc_binding *binding, const char *text)
{
	static struct enc_http1_head head;
	static char composed[ENC_COMPOSE_REQUEST_MAX_BYTES + 1];
	ENC_AUTO(buf) out = ENC_BUF_SECRET(ENC_COMPOSE_REQUEST_MAX_BYTES);

	parse(text, &head);
	ENC_MUST(enc_compose_request(&out, binding, &head));
	memcpy(composed, enc_buf_bytes(&out), out.length);
	composed[out.length] = '\0';
	return composed;
}

static void test_request(void **state)
{
	struct enc_binding binding = usual();

	(void)state;
	assert_string_equal(
		request(&binding, "GET /a%20b?x=1&y HTTP/1.1\r\nHost: evil\r\n"
				  "Accept: */*\r\n\r\n"),
		"GET /v1/acct/a%20b?x=1&y HTTP/1.1\r\n"
		"Host: api.example.com\r\n"
		"X-Api-Key: 0123456789abcdef\r\nAccept: */*\r\n\r\n");
	binding.port = 8443;
	binding.injection = ENC_INJECTION_NONE;
	binding.header = (struct enc_text)TEXT("");
	binding.secret = (struct enc_text)TEXT("");
	binding.base = (struct enc_text)TEXT("");
	binding.host = (struct enc_text)TEXT("2001:db8::1");
	assert_string_equal(request(&binding, "POST / HTTP/1.1\r\nHost: x\r\n"
					      "\r\n"),
			    "POST / HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n"
			    "Content-Length: 0\r\n\r\n");
	assert_string_equal(
		request(&binding,
			"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n"
			"Expect: 100-continue\r\n\r\n"),
		"PUT / HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n"
		"Content-Length: 7\r\n\r\n");
	assert_string_equal(request(&binding,
				    "POST / HTTP/1.1\r\nHost: x\r\n"
				    "Transfer-Encoding: chunked\r\n\r\n"),
			    "POST / HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n"
			    "Transfer-Encoding: chunked\r\n"
			    "Connection: close\r\n\r\n");
}

/* Headers that are never seen upstream, in any case and with any signs. */
static void test_dropped_headers(void **state)
{
	static const char *const dropped[] = {
		"Authorization: mine",
		"AUTHORIZATION:",
		"x-api-key: mine",
		"X_Api_Key: mine",
		"X-API_KEY: mine",
		"X-Api-Key: mine\r\nX-Api-Key: again",
		"Proxy-Authorization: x",
		"proxy_anything: x",
		"X-Forwarded-Host: evil",
		"X_Forwarded_For: 1.1.1.1",
		"Forwarded: host=evil",
		"X-Original-URL: /admin",
		"X-Rewrite-Url: /admin",
		"X-HTTP-Method-Override: DELETE",
		"X-Http-Method: DELETE",
		"X-Middleware-Subrequest: x",
		"TE: trailers",
		"Trailer: X",
		"Keep-Alive: timeout=5",
		"Connection: keep-alive, x-gone\r\nX-Gone: 1",
		"X_Gone: 1\r\nConnection: x-gone",
		"Connection: authorization, host, x-api-key, content-length",
		"Content_Length: 5",
		"Transfer_Encoding: chunked",
		"Transfer.Encoding: chunked",
		"X.Api!Key: mine",
		"X~HTTP.Method|Override: DELETE",
		"Proxy: http://evil",
		"X-Real-IP: 127.0.0.1",
		"True-Client-IP: 127.0.0.1",
		"X-Host: evil",
		"X-HTTP-Host-Override: evil",
		"X-Override-URL: /admin",
	};
	struct enc_binding binding = usual();

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(dropped); i++) {
		enc_autofree char *text =
			enc_xprintf("GET / HTTP/1.1\r\nHost: x\r\n%s\r\n"
				    "X-Kept: 1\r\n\r\n",
				    dropped[i]);

		assert_string_equal(
			request(&binding, text),
			"GET /v1/acct/ HTTP/1.1\r\n"
			"Host: api.example.com\r\n"
			"X-Api-Key: 0123456789abcdef\r\nX-Kept: 1\r\n\r\n");
	}
}

/*
 * Headers that ask for a response that can't be masked are dropped for masked
 * bindings only.
 */
static void test_masked_request(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: x\r\n"
				   "Accept-Encoding: gzip\r\n"
				   "Range: bytes=1-2\r\nIf-Range: x\r\n\r\n";
	struct enc_binding binding = usual();

	(void)state;
	assert_non_null(strstr(request(&binding, text),
			       "Accept-Encoding: gzip\r\n"
			       "Range: bytes=1-2\r\nIf-Range: x\r\n\r\n"));
	binding.mask = true;
	assert_non_null(strstr(request(&binding, text),
			       "X-Api-Key: 0123456789abcdef\r\n"
			       "Accept-Encoding: identity\r\n\r\n"));
}

static void test_faults(void **state)
{
	static const struct {
		const char *text;
		bool fault;
	} rows[] = {
		{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
		  false },
		{ "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n",
		  true },
		{ "HEAD / HTTP/1.1\r\nHost: x\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n",
		  true },
		{ "DELETE / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n",
		  false },
		{ "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\nHost: x\r\nHTTP2-Settings: x\r\n\r\n",
		  true },
	};
	static struct enc_http1_head head;

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		parse(rows[i].text, &head);
		assert_int_equal(enc_compose_fault(&head) != NULL,
				 rows[i].fault);
	}
	parse("GET /a/b?c/d HTTP/1.1\r\nHost: x\r\n\r\n", &head);
	assert_int_equal(enc_compose_path(&head).length, 4);
	parse("GET /a/b HTTP/1.1\r\nHost: x\r\n\r\n", &head);
	assert_int_equal(enc_compose_path(&head).length, 4);
}

/*
 * response() - compose a response for the program. Return: its head, static;
 * NULL if it is refused
 */
static const char *response(const struct enc_binding *binding, const char *text,
			    const struct enc_compose_answer *answer)
{
	static struct enc_http1_head head;
	static char composed[ENC_COMPOSE_RESPONSE_MAX_BYTES + 1];
	ENC_AUTO(buf) out = ENC_BUF(ENC_COMPOSE_RESPONSE_MAX_BYTES);
	size_t scanned = 0;
	int r = enc_http1_response((const uint8_t *)text, strlen(text),
				   &scanned, &head);

	assert_int_equal(r, strlen(text));
	r = enc_compose_response(&out, binding, &head, answer);
	if (r < 0) {
		assert_int_equal(r, -EPROTO);
		return NULL;
	}
	memcpy(composed, enc_buf_bytes(&out), out.length);
	composed[out.length] = '\0';
	return composed;
}

static void test_response(void **state)
{
	static const struct enc_compose_answer plain = { false, false };
	static const struct enc_compose_answer closing = { true, true };
	struct enc_binding binding = usual();

	(void)state;
	assert_string_equal(
		response(&binding,
			 "HTTP/1.1 200 Whatever <b>\r\nContent-Length: 5\r\n"
			 "Connection: keep-alive, X-Gone\r\nX-Gone: 1\r\n"
			 "Keep-Alive: 5\r\nTrailer: x\r\n"
			 "Proxy-Authenticate: x\r\nAlt-Svc: h3\r\n"
			 "ETag: 7\r\n\r\n",
			 &plain),
		"HTTP/1.1 200 OK\r\nETag: 7\r\nContent-Length: 5\r\n\r\n");
	assert_string_equal(response(&binding,
				     "HTTP/1.1 299 x\r\n"
				     "Transfer-Encoding: chunked\r\n\r\n",
				     &closing),
			    "HTTP/1.1 299 Unknown\r\n"
			    "Transfer-Encoding: chunked\r\n"
			    "Connection: close\r\n\r\n");
	assert_string_equal(response(&binding,
				     "HTTP/1.1 204 x\r\n"
				     "Content-Length: 0\r\n\r\n",
				     &plain),
			    "HTTP/1.1 204 No Content\r\n\r\n");
	assert_null(response(&binding, "HTTP/1.1 101 x\r\n\r\n", &plain));
}

/* A response that has to be masked and can't be is refused. */
static void test_masked_response(void **state)
{
	static const char *const hidden[] = {
		"HTTP/1.1 200 x\r\nContent-Encoding: gzip\r\n\r\n",
		"HTTP/1.1 200 x\r\nContent_Encoding: br\r\n\r\n",
		"HTTP/1.1 200 x\r\nContent-Encoding: identity, gzip\r\n\r\n",
		"HTTP/1.1 206 x\r\n\r\n",
		"HTTP/1.1 200 x\r\nContent-Range: bytes 0-1/2\r\n\r\n",
	};
	static const struct enc_compose_answer plain = { false, false };
	struct enc_binding binding = usual();

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(hidden); i++) {
		binding.mask = false;
		assert_non_null(response(&binding, hidden[i], &plain));
		binding.mask = true;
		assert_null(response(&binding, hidden[i], &plain));
	}
	assert_non_null(response(&binding,
				 "HTTP/1.1 200 x\r\n"
				 "Content-Encoding: Identity\r\n\r\n",
				 &plain));
}

static void test_locations(void **state)
{
	static const struct {
		const char *said;
		const char *told;
	} rows[] = {
		{ "https://api.example.com/v1/acct/x?y",
		  "http://api.svc.enclave.internal/x?y" },
		{ "HTTPS://API.example.com:443/v1/acct/x",
		  "http://api.svc.enclave.internal/x" },
		{ "https://api.example.com/v1/acct",
		  "http://api.svc.enclave.internal" },
		{ "/v1/acct/x", "http://api.svc.enclave.internal/x" },
		/* It isn't below the base, so it isn't the binding's. */
		{ "/v1/account/x", "https://api.example.com/v1/account/x" },
		{ "/other", "https://api.example.com/other" },
		{ "https://api.example.com/other",
		  "https://api.example.com/other" },
		/* Others stay as they are. */
		{ "http://api.example.com/v1/acct/x",
		  "http://api.example.com/v1/acct/x" },
		{ "https://api.example.com:8443/v1/acct/x",
		  "https://api.example.com:8443/v1/acct/x" },
		{ "https://api.example.com:/v1/acct/x",
		  "https://api.example.com:/v1/acct/x" },
		{ "https://api.example.com:4430000/v1/acct/x",
		  "https://api.example.com:4430000/v1/acct/x" },
		{ "https://api.example.com@evil/v1/acct/x",
		  "https://api.example.com@evil/v1/acct/x" },
		{ "https://api.example.com.evil/v1/acct/x",
		  "https://api.example.com.evil/v1/acct/x" },
		{ "//evil/x", "//evil/x" },
		{ "x?y", "x?y" },
		{ "", "" },
	};
	static const struct enc_compose_answer plain = { false, false };
	struct enc_binding binding = usual();

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		enc_autofree char *text =
			enc_xprintf("HTTP/1.1 302 x\r\nLocation: %s\r\n\r\n",
				    rows[i].said);
		enc_autofree char *wanted = enc_xprintf(
			"HTTP/1.1 302 Found\r\nLocation: %s\r\n\r\n",
			rows[i].told);

		assert_string_equal(response(&binding, text, &plain), wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_dropped_headers),
		cmocka_unit_test(test_masked_request),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_masked_response),
		cmocka_unit_test(test_locations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
