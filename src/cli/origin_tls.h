#ifndef ENC_CLI_ORIGIN_TLS_H
#define ENC_CLI_ORIGIN_TLS_H

/* A certificate for one address, of a CA that exists for it alone. */

#include <netinet/in.h>

#include <openssl/ssl.h>

#include "buf.h"
#include "err.h"

/**
 * enc_origin_tls_new() - make a CA, and a TLS server with a certificate of it
 * @address:     what the certificate is for
 * @ret_context: free it with SSL_CTX_free()
 * @ret_ca:      the CA's certificate in PEM is appended
 *
 * Both keys (P-256) are new, and neither leaves this process. The certificate
 * is valid for a day.
 *
 * Return: ENC_OK; ENC_INTERNAL if OpenSSL refuses a step
 */
ENC_NODISCARD enum enc_code enc_origin_tls_new(struct in_addr address,
					       SSL_CTX **ret_context,
					       struct enc_buf *ret_ca,
					       struct enc_error *err);

#endif
