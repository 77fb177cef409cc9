/* TLS towards upstreams, with a server of OpenSSL's in memory. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../lib/certificates.h"
#include "cas.h"
#include "tls.h"

enum { CAS = 3, ROOM = 1 << 20, TURNS = 20 };

struct bench {
	struct test_ca cas[CAS]; /* the first two have one name */
	struct enc_cas *index;
	struct enc_tls_context *context;
	struct enc_tls *tls;
	SSL *server;
	BIO *in;
	BIO *out;
	struct enc_buf sent; /* by the gate */
};

static int set_up(void **state)
{
	struct bench *bench = enc_xalloc(sizeof(*bench));

	test_ca_make(&bench->cas[0], "twin");
	test_ca_make(&bench->cas[1], "twin");
	test_ca_make(&bench->cas[2], "other");
	bench->index = enc_cas_new(test_ca_memfd(bench->cas, CAS));
	bench->context = enc_tls_context_new(bench->index);
	assert_non_null(bench->context);
	bench->sent = ENC_BUF(ROOM);
	*state = bench;
	return 0;
}

static void hang_up(struct bench *bench)
{
	enc_tls_free(ENC_TAKE(bench->tls));
	SSL_free(ENC_TAKE(bench->server));
	enc_buf_clear(&bench->sent);
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	hang_up(bench);
	enc_tls_context_free(bench->context);
	enc_cas_free(bench->index);
	for (size_t i = 0; i < CAS; i++) {
		test_ca_done(&bench->cas[i]);
	}
	enc_buf_done(&bench->sent);
	free(bench);
	return 0;
}

/* carry() - take to the server what the gate has sent */
static void carry(struct bench *bench)
{
	if (bench->sent.length > 0) {
		assert_int_equal(BIO_write(bench->in,
					   enc_buf_bytes(&bench->sent),
					   (int)bench->sent.length),
				 bench->sent.length);
		enc_buf_clear(&bench->sent);
	}
}

/* shake() - a handshake for a host. Return: as enc_tls_handshake() at its end */
static int shake(struct bench *bench, const char *host, SSL_CTX *server,
		 size_t step)
{
	uint8_t bytes[8192];
	int r;

	hang_up(bench);
	bench->server = SSL_new(server);
	SSL_CTX_free(server);
	bench->in = BIO_new(BIO_s_mem());
	bench->out = BIO_new(BIO_s_mem());
	SSL_set_bio(bench->server, bench->in, bench->out);
	SSL_set_accept_state(bench->server);
	bench->tls = enc_tls_new(bench->context, host);
	assert_non_null(bench->tls);
	r = enc_tls_handshake(bench->tls, NULL, 0, &bench->sent);
	for (int i = 0; i < TURNS && r == 0; i++) {
		int n;

		carry(bench);
		(void)SSL_do_handshake(bench->server);
		n = BIO_read(bench->out, bytes, sizeof(bytes));
		for (int at = 0; at < n && r == 0; at += (int)step) {
			r = enc_tls_handshake(bench->tls, bytes + at,
					      ENC_MIN(step, (size_t)(n - at)),
					      &bench->sent);
		}
	}
	carry(bench);
	if (r == 1) {
		assert_int_equal(SSL_do_handshake(bench->server), 1);
	}
	return r;
}

static void test_good(void **state)
{
	struct bench *bench = *state;
	const unsigned char *protocol;
	unsigned int length;

	for (size_t i = 0; i < CAS; i++) {
		assert_int_equal(shake(bench, "a.example.com",
				       test_ca_server(&bench->cas[i],
						      "DNS:*.example.com",
						      FLAW_NONE),
				       i == 0 ? 1 : 8192),
				 1);
		assert_string_equal(
			SSL_get_servername(bench->server,
					   TLSEXT_NAMETYPE_host_name),
			"a.example.com");
		assert_int_equal(SSL_version(bench->server), TLS1_3_VERSION);
	}
	assert_int_equal(shake(bench, "127.0.0.1",
			       test_ca_server(&bench->cas[1], "IP:127.0.0.1",
					      FLAW_NONE),
			       8192),
			 1);
	assert_null(SSL_get_servername(bench->server,
				       TLSEXT_NAMETYPE_host_name));
	SSL_get0_alpn_selected(bench->server, &protocol, &length);
	assert_int_equal(length, 0); /* it chose none */
}

static void test_bad(void **state)
{
	static const enum flaw flaws[] = { FLAW_EXPIRED, FLAW_NAME_IN_CN,
					   FLAW_SELF_SIGNED, FLAW_OLD_TLS };
	struct bench *bench = *state;
	struct test_ca stranger;

	for (size_t i = 0; i < ENC_COUNT(flaws); i++) {
		assert_int_equal(shake(bench, "example.com",
				       test_ca_server(&bench->cas[0],
						      "DNS:example.com",
						      flaws[i]),
				       8192),
				 -EPROTO);
	}
	assert_int_equal(shake(bench, "example.com",
			       test_ca_server(&bench->cas[0], "DNS:example.org",
					      FLAW_NONE),
			       8192),
			 -EPROTO);
	assert_int_equal(shake(bench, "127.0.0.1",
			       test_ca_server(&bench->cas[0], "DNS:127.0.0.1",
					      FLAW_NONE),
			       8192),
			 -EPROTO);
	/* A CA of the same name as a good one. */
	test_ca_make(&stranger, "twin");
	assert_int_equal(shake(bench, "example.com",
			       test_ca_server(&stranger, "DNS:example.com",
					      FLAW_NONE),
			       8192),
			 -EPROTO);
	test_ca_done(&stranger);
}

/* read_all() - decrypt all that the server has sent, in steps */
static int read_all(struct bench *bench, size_t step, struct enc_buf *ret_plain,
		    bool *ret_ended)
{
	static uint8_t bytes[ROOM];
	static uint8_t plain[ROOM + ENC_TLS_RECORD_BYTES];
	int n = BIO_read(bench->out, bytes, sizeof(bytes));

	for (int at = 0; at < n; at += (int)step) {
		int r = enc_tls_read(bench->tls, bytes + at,
				     ENC_MIN(step, (size_t)(n - at)),
				     &bench->sent, plain, ret_ended);

		if (r < 0) {
			return r;
		}
		ENC_MUST(enc_buf_append(ret_plain, plain, (size_t)r));
	}
	return 0;
}

static void test_bytes(void **state)
{
	static const size_t steps[] = { 1, 1000, ROOM };
	static char text[100000];
	struct bench *bench = *state;
	struct iovec parts[] = { { text, 10 }, { text, 0 }, { text, 50000 } };
	char got[10];
	bool ended = false;

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < ENC_COUNT(steps); i++) {
		ENC_AUTO(buf) plain = ENC_BUF(ROOM);
		int sum = 0;
		int n;

		assert_int_equal(shake(bench, "example.com",
				       test_ca_server(&bench->cas[2],
						      "DNS:example.com",
						      FLAW_NONE),
				       8192),
				 1);
		assert_int_equal(enc_tls_write(bench->tls, parts, 3,
					       &bench->sent),
				 0);
		carry(bench);
		while ((n = SSL_read(bench->server, got, sizeof(got))) > 0) {
			sum += n;
		}
		assert_int_equal(sum, 50010);
		assert_int_equal(SSL_write(bench->server, text, sizeof(text)),
				 sizeof(text));
		assert_int_equal(read_all(bench, steps[i], &plain, &ended), 0);
		assert_int_equal(plain.length, sizeof(text));
		assert_memory_equal(enc_buf_bytes(&plain), text, sizeof(text));
		assert_false(ended);
		(void)SSL_shutdown(bench->server);
		assert_int_equal(read_all(bench, steps[i], &plain, &ended), 0);
		assert_true(ended);
	}
}

/* Bytes before a request aren't a response. */
static void test_speaks_first(void **state)
{
	struct bench *bench = *state;
	uint8_t bytes[8192];
	int n;

	bench->server = NULL;
	assert_int_equal(shake(bench, "example.com",
			       test_ca_server(&bench->cas[2], "DNS:example.com",
					      FLAW_NONE),
			       8192),
			 1);
	assert_int_equal(SSL_write(bench->server, "x", 1), 1);
	n = BIO_read(bench->out, bytes, sizeof(bytes));
	assert_int_equal(enc_tls_handshake(bench->tls, bytes, (size_t)n,
					   &bench->sent),
			 -EPROTO);
}

/* Bytes that aren't TLS, and TLS that was changed on its way. */
static void test_nonsense(void **state)
{
	static uint8_t plain[8192 + ENC_TLS_RECORD_BYTES];
	struct bench *bench = *state;
	uint8_t bytes[8192];
	bool ended;
	int n;

	assert_int_equal(shake(bench, "example.com",
			       test_ca_server(&bench->cas[2], "DNS:example.com",
					      FLAW_NONE),
			       8192),
			 1);
	assert_int_equal(SSL_write(bench->server, "hello", 5), 5);
	n = BIO_read(bench->out, bytes, sizeof(bytes));
	bytes[n - 1] ^= 1;
	assert_int_equal(enc_tls_read(bench->tls, bytes, (size_t)n,
				      &bench->sent, plain, &ended),
			 -EPROTO);
	hang_up(bench);
	bench->tls = enc_tls_new(bench->context, "example.com");
	assert_int_equal(enc_tls_handshake(bench->tls, NULL, 0, &bench->sent),
			 0);
	assert_int_equal(
		enc_tls_handshake(bench->tls,
				  (const uint8_t *)"HTTP/1.1 400 Bad\r\n\r\n",
				  20, &bench->sent),
		-EPROTO);
}

/* Without CAs, or with a malformed list of them, nobody is trusted. */
static void test_no_cas(void **state)
{
	static const uint8_t wrong[][8] = { { 0, 0, 0, 9, 1, 2, 3, 4 },
					    { 0xff, 0xff, 0xff, 0xff },
					    { 0, 0, 0, 4, 1, 2, 3, 4 } };
	struct bench *bench = *state;

	for (int i = -1; i < (int)ENC_COUNT(wrong); i++) {
		struct enc_cas *good = bench->index;
		struct enc_tls_context *context = bench->context;
		int fd = test_ca_memfd(bench->cas, i < 0 ? 0 : 1);

		if (i >= 0) {
			assert_int_equal(pwrite(fd, wrong[i], sizeof(wrong[i]),
						0),
					 sizeof(wrong[i]));
		}
		bench->index = enc_cas_new(fd);
		bench->context = enc_tls_context_new(bench->index);
		assert_int_equal(shake(bench, "example.com",
				       test_ca_server(&bench->cas[0],
						      "DNS:example.com",
						      FLAW_NONE),
				       8192),
				 -EPROTO);
		hang_up(bench);
		enc_tls_context_free(bench->context);
		enc_cas_free(bench->index);
		bench->index = good;
		bench->context = context;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		STORY(test_good),     STORY(test_bad),
		STORY(test_bytes),    STORY(test_speaks_first),
		STORY(test_nonsense), STORY(test_no_cas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
