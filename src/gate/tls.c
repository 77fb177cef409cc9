#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "cas.h"
#include "tls.h"

enum { SECURITY_LEVEL = 2 }; /* 112 bits; no SHA-1 */

struct enc_tls_context {
	struct enc_cas *cas;
	SSL_CTX *ssl;
	BIO_METHOD *bytes;
	X509_LOOKUP_METHOD *lookup;
};

struct enc_tls {
	SSL *ssl;
	/* During a call: */
	const uint8_t *in;
	size_t left;
	struct enc_buf *out;
};

/* ---- bytes in memory instead of a socket ---- */

static int read_bytes(BIO *bio, char *to, size_t room, size_t *ret_read)
{
	struct enc_tls *tls = BIO_get_data(bio);
	size_t length = ENC_MIN(room, tls->left);

	BIO_clear_retry_flags(bio);
	if (length == 0) {
		BIO_set_retry_read(bio);
		return 0;
	}
	memcpy(to, tls->in, length);
	tls->in += length;
	tls->left -= length;
	*ret_read = length;
	return 1;
}

static int write_bytes(BIO *bio, const char *from, size_t length,
		       size_t *ret_written)
{
	struct enc_tls *tls = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (enc_buf_append(tls->out, from, length) < 0) {
		return 0;
	}
	*ret_written = length;
	return 1;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	/* Nothing is kept, so there is nothing to flush. */
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/* ---- CAs ---- */

static void add_ca(void *context, const uint8_t *der, size_t length)
{
	X509 *ca = d2i_X509(NULL, &der, (long)length);

	if (ca != NULL) {
		(void)X509_STORE_add_cert(context, ca);
		X509_free(ca);
	}
}

/*
 * find_ca() - put all CAs of a name into the store, which lacks one. OpenSSL
 * looks for the others of that name in the store.
 */
static int find_ca(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type,
		   const X509_NAME *name, X509_OBJECT *ret_object)
{
	X509_STORE *store = X509_LOOKUP_get_store(lookup);
	struct enc_cas *cas = X509_LOOKUP_get_method_data(lookup);
	const unsigned char *der;
	struct enc_text subject;
	STACK_OF(X509_OBJECT) * all;
	X509_OBJECT *found;
	int before;

	if (type != X509_LU_X509 ||
	    X509_NAME_get0_der(name, &der, &subject.length) == 0) {
		return 0;
	}
	subject.bytes = (const char *)der;
	before = sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
	if (enc_cas_find(cas, subject, add_ca, store) < 0) {
		return 0;
	}
	all = X509_STORE_get0_objects(store);
	if (sk_X509_OBJECT_num(all) == before) {
		return 0;
	}
	found = X509_OBJECT_retrieve_by_subject(all, X509_LU_X509, name);
	if (found == NULL ||
	    X509_OBJECT_set1_X509(ret_object, X509_OBJECT_get0_X509(found)) ==
		    0) {
		return 0;
	}
	/* The caller adds a reference, too (X509_LOOKUP_meth_new(3)). */
	X509_free(X509_OBJECT_get0_X509(found));
	return 1;
}

/* use_cas() - let the context find CAs. Return: whether that worked */
static bool use_cas(struct enc_tls_context *context)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context->ssl);
	X509_LOOKUP *lookup;

	context->lookup = X509_LOOKUP_meth_new("CAs of the launcher");
	if (context->lookup == NULL ||
	    X509_LOOKUP_meth_set_get_by_subject(context->lookup, find_ca) ==
		    0) {
		return false;
	}
	lookup = X509_STORE_add_lookup(store, context->lookup);
	return lookup != NULL &&
	       X509_LOOKUP_set_method_data(lookup, context->cas) == 1;
}

/* ---- the context ---- */

void enc_tls_context_free(struct enc_tls_context *context)
{
	if (context != NULL) {
		SSL_CTX_free(context->ssl);
		X509_LOOKUP_meth_free(context->lookup);
		BIO_meth_free(context->bytes);
		free(context);
	}
}

static bool make_bytes(struct enc_tls_context *context)
{
	context->bytes =
		BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
			     "bytes in memory");
	return context->bytes != NULL &&
	       BIO_meth_set_read_ex(context->bytes, read_bytes) == 1 &&
	       BIO_meth_set_write_ex(context->bytes, write_bytes) == 1 &&
	       BIO_meth_set_ctrl(context->bytes, control) == 1;
}

static bool set_protocol(SSL_CTX *ssl)
{
	static const unsigned char http1[] = "\x08http/1.1";

	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_security_level(ssl, SECURITY_LEVEL);
	(void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION |
					       SSL_OP_NO_COMPRESSION);
	return SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_alpn_protos(ssl, http1, sizeof(http1) - 1) == 0;
}

struct enc_tls_context *enc_tls_context_new(struct enc_cas *cas)
{
	struct enc_tls_context *context = enc_xalloc(sizeof(*context));

	context->cas = cas;
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG |
				     OPENSSL_INIT_NO_ATEXIT,
			     NULL) == 1) {
		context->ssl = SSL_CTX_new(TLS_client_method());
	}
	if (context->ssl == NULL || !set_protocol(context->ssl) ||
	    !make_bytes(context) || !use_cas(context)) {
		enc_tls_context_free(context);
		return NULL;
	}
	return context;
}

/* ---- a connection ---- */

static bool is_address(const char *host)
{
	uint8_t addr[16];

	return inet_pton(AF_INET, host, addr) == 1 ||
	       inet_pton(AF_INET6, host, addr) == 1;
}

/*
 * set_host() - have the certificate checked for a host. Return: whether that
 * worked
 */
static bool set_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *check = SSL_get0_param(ssl);

	if (is_address(host)) {
		return X509_VERIFY_PARAM_set1_ip_asc(check, host) == 1;
	}
	X509_VERIFY_PARAM_set_hostflags(
		check, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
			       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	/* SSL_set_tlsext_host_name(), without its cast. */
	return SSL_set1_host(ssl, host) == 1 &&
	       SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
			TLSEXT_NAMETYPE_host_name,
			(void *)(uintptr_t)host) == 1;
}

struct enc_tls *enc_tls_new(struct enc_tls_context *context, const char *host)
{
	struct enc_tls *tls = enc_xalloc(sizeof(*tls));
	BIO *bytes = BIO_new(context->bytes);

	tls->ssl = SSL_new(context->ssl);
	if (tls->ssl == NULL || bytes == NULL || !set_host(tls->ssl, host)) {
		BIO_free(bytes);
		enc_tls_free(tls);
		return NULL;
	}
	BIO_set_data(bytes, tls);
	BIO_set_init(bytes, 1);
	SSL_set_bio(tls->ssl, bytes, bytes);
	SSL_set_connect_state(tls->ssl);
	return tls;
}

void enc_tls_free(struct enc_tls *tls)
{
	if (tls != NULL) {
		SSL_free(tls->ssl);
		free(tls);
	}
}

static void give(struct enc_tls *tls, const uint8_t *bytes, size_t length,
		 struct enc_buf *out)
{
	tls->in = bytes;
	tls->left = length;
	tls->out = out;
	ERR_clear_error();
}

/* wants_more() - whether a call failed only because more bytes have to come */
static bool wants_more(const struct enc_tls *tls, int result)
{
	return SSL_get_error(tls->ssl, result) == SSL_ERROR_WANT_READ &&
	       tls->left == 0;
}

int enc_tls_handshake(struct enc_tls *tls, const uint8_t *bytes, size_t length,
		      struct enc_buf *out)
{
	uint8_t byte;
	int result;

	give(tls, bytes, length, out);
	result = SSL_do_handshake(tls->ssl);
	if (result == 1) {
		/* An HTTP server doesn't send before it gets a request. */
		result = SSL_read(tls->ssl, &byte, sizeof(byte));
		return result <= 0 && wants_more(tls, result) ? 1 : -EPROTO;
	}
	return wants_more(tls, result) ? 0 : -EPROTO;
}

int enc_tls_write(struct enc_tls *tls, const struct iovec *parts, size_t count,
		  struct enc_buf *out)
{
	give(tls, NULL, 0, out);
	for (size_t i = 0; i < count; i++) {
		size_t written;

		if (parts[i].iov_len > 0 &&
		    SSL_write_ex(tls->ssl, parts[i].iov_base, parts[i].iov_len,
				 &written) != 1) {
			return -EPROTO;
		}
	}
	return 0;
}

int enc_tls_read(struct enc_tls *tls, const uint8_t *bytes, size_t length,
		 struct enc_buf *out, uint8_t *ret_plain, bool *ret_ended)
{
	size_t room = length + ENC_TLS_RECORD_BYTES;
	size_t plain = 0;
	int result;

	ENC_ASSERT(room <= INT_MAX);
	give(tls, bytes, length, out);
	do {
		result = SSL_read(tls->ssl, ret_plain + plain,
				  (int)(room - plain));
		plain += result > 0 ? (size_t)result : 0;
	} while (result > 0);
	*ret_ended = SSL_get_error(tls->ssl, result) == SSL_ERROR_ZERO_RETURN;
	if (*ret_ended) {
		return (int)plain;
	}
	return wants_more(tls, result) ? (int)plain : -EPROTO;
}
