#include <arpa/inet.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "origin_tls.h"

enum { VALID_SECONDS = 24 * 3600, SLACK_SECONDS = 300, SERIAL_BITS = 63 };

/* The objects that are made; each may be NULL. */
struct made {
	EVP_PKEY *ca_key;
	EVP_PKEY *key;
	X509 *ca;
	X509 *certificate;
	SSL_CTX *context;
};

static void drop(struct made *made)
{
	EVP_PKEY_free(made->ca_key);
	EVP_PKEY_free(made->key);
	X509_free(made->ca);
	X509_free(made->certificate);
	SSL_CTX_free(made->context);
}

/* add_extension() - add an extension; false on failure */
static bool add_extension(X509 *certificate, X509 *issuer, int nid,
			  const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool added;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	added = extension != NULL &&
		X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return added;
}

/*
 * set_serial() - set a random serial number, by which clients tell certificates
 * apart
 */
static bool set_serial(X509 *certificate)
{
	BIGNUM *number = BN_new();
	bool set =
		number != NULL &&
		BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE,
			BN_RAND_BOTTOM_ANY) == 1 &&
		BN_to_ASN1_INTEGER(number,
				   X509_get_serialNumber(certificate)) != NULL;

	BN_free(number);
	return set;
}

/* begin() - a certificate with all but its extensions and signature */
static X509 *begin(const char *subject, const char *issuer, EVP_PKEY *key)
{
	X509 *made = X509_new();
	const unsigned char *names[] = { (const unsigned char *)subject,
					 (const unsigned char *)issuer };

	if (made != NULL && X509_set_version(made, X509_VERSION_3) == 1 &&
	    set_serial(made) &&
	    X509_gmtime_adj(X509_getm_notBefore(made), -SLACK_SECONDS) !=
		    NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(made), VALID_SECONDS) != NULL &&
	    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN",
				       MBSTRING_ASC, names[0], -1, -1,
				       0) == 1 &&
	    X509_NAME_add_entry_by_txt(X509_get_issuer_name(made), "CN",
				       MBSTRING_ASC, names[1], -1, -1,
				       0) == 1 &&
	    X509_set_pubkey(made, key) == 1) {
		return made;
	}
	X509_free(made);
	return NULL;
}

/* make() - make all; false if OpenSSL refuses a step */
static bool make(struct made *made, const char *names)
{
	static const char ca_name[] = "Enclave demo CA";

	made->ca_key = EVP_EC_gen("P-256");
	made->key = EVP_EC_gen("P-256");
	if (made->ca_key == NULL || made->key == NULL) {
		return false;
	}
	made->ca = begin(ca_name, ca_name, made->ca_key);
	made->certificate = begin("Enclave demo upstream", ca_name, made->key);
	made->context = SSL_CTX_new(TLS_server_method());
	return made->ca != NULL && made->certificate != NULL &&
	       made->context != NULL &&
	       add_extension(made->ca, made->ca, NID_basic_constraints,
			     "critical,CA:TRUE,pathlen:0") &&
	       add_extension(made->ca, made->ca, NID_key_usage,
			     "critical,keyCertSign") &&
	       X509_sign(made->ca, made->ca_key, EVP_sha256()) > 0 &&
	       add_extension(made->certificate, made->ca, NID_basic_constraints,
			     "critical,CA:FALSE") &&
	       add_extension(made->certificate, made->ca, NID_ext_key_usage,
			     "serverAuth") &&
	       add_extension(made->certificate, made->ca, NID_subject_alt_name,
			     names) &&
	       X509_sign(made->certificate, made->ca_key, EVP_sha256()) > 0 &&
	       SSL_CTX_set_min_proto_version(made->context, TLS1_2_VERSION) ==
		       1 &&
	       SSL_CTX_use_certificate(made->context, made->certificate) == 1 &&
	       SSL_CTX_use_PrivateKey(made->context, made->key) == 1;
}

/* write_pem() - append a certificate as text */
static bool write_pem(X509 *certificate, struct enc_buf *out)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *text = NULL;
	long length = 0;
	bool written;

	if (memory != NULL && PEM_write_bio_X509(memory, certificate) == 1) {
		length = BIO_get_mem_data(memory, &text);
	}
	written = length > 0 && enc_buf_append(out, text, (size_t)length) == 0;
	BIO_free(memory);
	return written;
}

enum enc_code enc_origin_tls_new(struct in_addr address, SSL_CTX **ret_context,
				 struct enc_buf *ret_ca, struct enc_error *err)
{
	struct made made = { .ca_key = NULL };
	char dotted[INET_ADDRSTRLEN];
	char names[INET_ADDRSTRLEN + sizeof("IP:")];
	bool whole;

	(void)inet_ntop(AF_INET, &address, dotted, sizeof(dotted));
	(void)snprintf(names, sizeof(names), "IP:%s", dotted);
	whole = make(&made, names) && write_pem(made.ca, ret_ca);
	if (whole) {
		*ret_context = ENC_TAKE(made.context);
	}
	drop(&made);
	return whole ? ENC_OK
		     : enc_fail(err, ENC_INTERNAL,
				"OpenSSL made no certificate for %s", dotted);
}
