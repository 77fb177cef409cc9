#ifndef ENC_TESTS_CERTIFICATES_H
#define ENC_TESTS_CERTIFICATES_H

/* CAs and certificates for tests, good and bad. */

#include <openssl/ssl.h>

/* A fault of a certificate. */
enum flaw {
	FLAW_NONE,
	FLAW_EXPIRED,
	FLAW_NAME_IN_CN, /* and nowhere else */
	FLAW_SELF_SIGNED,
	FLAW_OLD_TLS, /* the server speaks TLS 1.1 at most */
};

/* A CA; two of one name have different keys. */
struct test_ca {
	EVP_PKEY *key;
	X509 *certificate;
};

void test_ca_make(struct test_ca *ca, const char *name);
void test_ca_done(struct test_ca *ca);

/*
 * test_ca_server() - what a TLS server needs, with a certificate of the CA
 * @san: like "DNS:example.com" or "IP:127.0.0.1"
 */
SSL_CTX *test_ca_server(const struct test_ca *ca, const char *san,
			enum flaw flaw);

/* test_ca_memfd() - the CAs as a launcher hands them to a gate */
int test_ca_memfd(const struct test_ca *cas, size_t count);

#endif
