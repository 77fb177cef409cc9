#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http1.h"

#define HOST "Host: e\r\n"

static const struct refusal {
	const char *text;
	int status;
} refusals[] = {
	{ "GET / HTTP/1.1\nHost: e\n\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: e\n\r\n", 400 },
	{ "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET  / HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET\t/ HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET / HTTP/1.1 \r\n" HOST "\r\n", 400 },
	{ "GET / http/1.1\r\n" HOST "\r\n", 400 },
	{ "GET /\r\n\r\n", 400 },
	{ "GET / HTTP/1.0\r\n" HOST "\r\n", 505 },
	{ "GET / HTTP/2.0\r\n" HOST "\r\n", 505 },
	{ "GET http://evil/ HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET * HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET evil:80 HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET /a#b HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET /\x80 HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "G(T / HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET / HTTP/1.1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
	  "expect: 100-continue\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\n" HOST "Authorization: Bearer a\r\n"
	  "authorization: Bearer a\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
	  "X: a\r\nCONTENT-TYPE: text/plain\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\n" HOST "Idempotency-Key: a\r\n"
	  "Idempotency-Key: b\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\n" HOST "Last-Event-ID: 1\r\n"
	  "Last-Event-ID:\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "X : a\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST " X: a\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "X\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST ": a\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "X: \x01\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "X: \x7f\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "X: \xc3\xa9\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 5 5\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 5 \r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 5\t\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked \r\n\r\n",
	  400 },
	{ "CONNECT / HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "CONNECT e:80 HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 05\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST
	  "Content-Length: 18446744073709551621\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\n" HOST
	  "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\n" HOST
	  "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\n" HOST
	  "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\n" HOST
	  "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: \"chunked\"\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked;q=1\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\n" HOST "Expect: 200-ok\r\n\r\n", 417 },
};

/* try_it() - fed in pieces of @piece bytes */
static int try_it(const char *text, size_t piece, struct enc_http1_head *head,
		  int *status)
{
	size_t length = strlen(text);
	size_t scanned = 0;
	int r = 0;

	for (size_t have = piece; r == 0; have += piece) {
		have = ENC_MIN(have, length);
		r = enc_http1_request((const uint8_t *)text, have, &scanned,
				      head, status);
		if (have == length) {
			break;
		}
	}
	return r;
}

/* Each refusal, whole and byte by byte, with its status. */
static void test_refusals(void **state)
{
	static struct enc_http1_head head;

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(refusals); i++) {
		int status = 0;

		print_message("%s\n", refusals[i].text);
		assert_int_equal(try_it(refusals[i].text, 1 << 16, &head,
					&status),
				 -EPROTO);
		assert_int_equal(status, refusals[i].status);
		assert_int_equal(try_it(refusals[i].text, 1, &head, &status),
				 -EPROTO);
		assert_int_equal(status, refusals[i].status);
	}
}

/* What is understood, whole and byte by byte. */
static void test_a_request(void **state)
{
	static const char text[] = "POST /v1/sessions?wait=3s HTTP/1.1\r\n"
				   "Host: [::1]:8090\r\n"
				   "X-Empty:\r\n"
				   "content-length:  12\r\n"
				   "Connection: keep-alive, close\r\n"
				   "Expect: 100-continue\r\n\r\n";
	static struct enc_http1_head head;
	int status;

	(void)state;
	for (size_t piece = 1; piece <= sizeof(text); piece += 7) {
		assert_int_equal(try_it(text, piece, &head, &status),
				 sizeof(text) - 1);
		assert_true(enc_http1_is(head.method, "POST"));
		assert_true(enc_http1_is(head.target, "/v1/sessions?wait=3s"));
		assert_int_equal(head.header_count, 5);
		assert_true(head.has_length && head.length == 12);
		assert_true(head.close && head.expects_continue);
		assert_int_equal(enc_http1_find(&head, "x-empty")->length, 0);
		assert_null(enc_http1_find(&head, "x-none"));
	}
}

/* Heads are bounded: in all, in lines, in the target. */
static void test_bounds(void **state)
{
	static struct enc_http1_head head;
	static char text[64 * 1024];
	int status;
	char *at;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "GET /", 5);
	assert_int_equal(try_it(text, 4096, &head, &status), -EPROTO);
	assert_int_equal(status, 414);
	memcpy(text, "GET / HTTP/1.1\r\nHost: e\r\nX: ", 28);
	assert_int_equal(try_it(text, 4096, &head, &status), -EPROTO);
	assert_int_equal(status, 431);
	memset(text, 0, sizeof(text));
	at = text + sprintf(text, "GET / HTTP/1.1\r\n" HOST);
	for (int i = 0; i < ENC_HTTP1_HEADERS_MAX; i++) {
		at += sprintf(at, "X: a\r\n");
	}
	memcpy(at, "\r\n", 2);
	assert_int_equal(try_it(text, 4096, &head, &status), -EPROTO);
	assert_int_equal(status, 431);
}

static const struct chunked {
	const char *text;
	const char *body; /* NULL: refused */
} bodies[] = {
	{ "5\r\nabcde\r\n0\r\n\r\n", "abcde" },
	{ "1\r\na\r\nA\r\n0123456789\r\n0\r\n\r\n", "a0123456789" },
	{ "00\r\n\r\n", "" },
	{ "5\nabcde\r\n0\r\n\r\n", NULL },
	{ "5\r\nabcde\n0\r\n\r\n", NULL },
	{ "0x5\r\nabcde\r\n0\r\n\r\n", NULL },
	{ "-5\r\n", NULL },
	{ "\r\n", NULL },
	{ "5;a=b\r\nabcde\r\n0\r\n\r\n", NULL },
	{ "5 \r\nabcde\r\n0\r\n\r\n", NULL },
	{ "5\r\nabcdef\r\n0\r\n\r\n", NULL },
	{ "0\r\nX: y\r\n\r\n", NULL },
	{ "ffffffffffffffff\r\n", NULL },
};

/* Chunks, whole and byte by byte. */
static void test_chunks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(bodies); i++) {
		size_t length = strlen(bodies[i].text);

		for (size_t piece = 1; piece <= length; piece++) {
			ENC_AUTO(buf) body = ENC_BUF(64);
			struct enc_http1_chunks chunks = { 0 };
			int r = 0;

			for (size_t at = 0; at < length && r >= 0;) {
				r = enc_http1_chunks_read(
					&chunks,
					(const uint8_t *)bodies[i].text + at,
					ENC_MIN(piece, length - at), &body);
				at += r > 0 ? (size_t)r : 0;
			}
			assert_int_equal(chunks.done, bodies[i].body != NULL);
			if (bodies[i].body != NULL) {
				assert_int_equal(body.length,
						 strlen(bodies[i].body));
				assert_memory_equal(enc_buf_bytes(&body),
						    bodies[i].body,
						    body.length);
			} else {
				assert_int_equal(r, -EPROTO);
			}
		}
	}
}

/* ---- responses ---- */

/* The connection of one of HTTP/1.0 is never kept. */
static const struct {
	const char *text;
	bool good;
	bool close;
} responses[] = {
	{ "HTTP/1.1 200 OK\r\n\r\n", true, false },
	{ "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", true, true },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true,
	  false },
	{ "HTTP/1.0 200 OK\r\n\r\n", true, true },
	{ "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", true, true },
	{ "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", true, true },
	{ "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false,
	  false },
	{ "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n"
	  "Content-Length: 5\r\n\r\n",
	  false, false },
	{ "HTTP/1.1 200\r\n\r\n", true, false },
	{ "HTTP/1.1 200 \r\n\r\n", true, false },
	{ "HTTP/1.1 200 OK\r\nX: \xc3\xa9\xff\x80\r\n\r\n", true, false },
	{ "HTTP/1.1 200 OK\r\nX\xc3\xa9: a\r\n\r\n", false, false },
	{ "HTTP/1.1 200 OK\r\nX: \x7f\r\n\r\n", false, false },
	{ "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Type: a/b\r\n"
	  "Expect: x\r\nHost: a b\r\nIdempotency-Key: a\r\n"
	  "Idempotency-Key: b\r\n\r\n",
	  true, false },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n",
	  false, false },
	{ "HTTP/1.1 2000\r\n\r\n", false, false },
	{ "HTTP/1.1 20\r\n\r\n", false, false },
	{ "HTTP/1.1200\r\n\r\n", false, false },
	{ "HTTP/1.0 20 OK\r\n\r\n", false, false },
	{ "HTTP/1.00 200 OK\r\n\r\n", false, false },
	{ "HTTP/0.9 200 OK\r\n\r\n", false, false },
	{ "HTTP/1.2 200 OK\r\n\r\n", false, false },
	{ "http/1.0 200 OK\r\n\r\n", false, false },
};

static void test_responses(void **state)
{
	static struct enc_http1_head head;

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(responses); i++) {
		const char *text = responses[i].text;
		size_t scanned = 0;
		int r = enc_http1_response((const uint8_t *)text, strlen(text),
					   &scanned, &head);

		if (!responses[i].good) {
			assert_int_equal(r, -EPROTO);
			continue;
		}
		assert_int_equal(r, strlen(text));
		assert_int_equal(head.status, 200);
		assert_int_equal(head.close, responses[i].close);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_a_request),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_responses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
