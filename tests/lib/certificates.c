#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/x509v3.h>

#include "certificates.h"

enum { DAY_S = 86400 };

static void add_extension(X509 *to, X509 *issuer, int kind, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, to, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(to, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* begin() - a certificate of @name for @key, not signed */
static X509 *begin(const char *name, EVP_PKEY *key, const X509_NAME *issuer)
{
	static long serial;
	X509 *made = X509_new();

	assert_non_null(made);
	assert_int_equal(X509_set_version(made, X509_VERSION_3), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
	assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(made),
						    "CN", MBSTRING_ASC,
						    (const unsigned char *)name,
						    -1, -1, 0),
			 1);
	assert_int_equal(X509_set_issuer_name(
				 made, issuer != NULL
					       ? issuer
					       : X509_get_subject_name(made)),
			 1);
	X509_gmtime_adj(X509_getm_notBefore(made), -2L * DAY_S);
	X509_gmtime_adj(X509_getm_notAfter(made), 2L * DAY_S);
	assert_int_equal(X509_set_pubkey(made, key), 1);
	return made;
}

void test_ca_make(struct test_ca *ca, const char *name)
{
	ca->key = EVP_EC_gen("P-256");
	assert_non_null(ca->key);
	ca->certificate = begin(name, ca->key, NULL);
	add_extension(ca->certificate, ca->certificate, NID_basic_constraints,
		      "critical,CA:TRUE");
	add_extension(ca->certificate, ca->certificate,
		      NID_subject_key_identifier, "hash");
	assert_true(X509_sign(ca->certificate, ca->key, EVP_sha256()) > 0);
}

void test_ca_done(struct test_ca *ca)
{
	X509_free(ca->certificate);
	EVP_PKEY_free(ca->key);
}

SSL_CTX *test_ca_server(const struct test_ca *ca, const char *san,
			enum flaw flaw)
{
	SSL_CTX *server = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	bool own = flaw == FLAW_SELF_SIGNED;
	X509 *leaf = begin(strchr(san, ':') + 1, key,
			   own ? NULL : X509_get_subject_name(ca->certificate));

	if (flaw == FLAW_EXPIRED) {
		X509_gmtime_adj(X509_getm_notAfter(leaf), -1L * DAY_S);
	}
	if (flaw != FLAW_NAME_IN_CN) {
		add_extension(leaf, leaf, NID_subject_alt_name, san);
	}
	if (!own) {
		add_extension(leaf, ca->certificate,
			      NID_authority_key_identifier, "keyid");
	}
	assert_true(X509_sign(leaf, own ? key : ca->key, EVP_sha256()) > 0);
	if (flaw == FLAW_OLD_TLS) {
		SSL_CTX_set_security_level(server, 0);
		SSL_CTX_set_min_proto_version(server, TLS1_VERSION);
		SSL_CTX_set_max_proto_version(server, TLS1_1_VERSION);
	}
	assert_int_equal(SSL_CTX_use_certificate(server, leaf), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(server, key), 1);
	X509_free(leaf);
	EVP_PKEY_free(key);
	return server;
}

int test_ca_memfd(const struct test_ca *cas, size_t count)
{
	int fd = memfd_create("cas", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t i = 0; i < count; i++) {
		unsigned char *der = NULL;
		int length = i2d_X509(cas[i].certificate, &der);
		uint32_t head = htobe32((uint32_t)length);

		assert_true(length > 0);
		assert_int_equal(write(fd, &head, sizeof(head)), sizeof(head));
		assert_int_equal(write(fd, der, (size_t)length), length);
		OPENSSL_free(der);
	}
	return fd;
}
