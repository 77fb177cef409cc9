#ifndef ENC_GATE_TLS_H
#define ENC_GATE_TLS_H

/*
 * TLS towards an upstream (OpenSSL), on bytes in memory: the caller reads and
 * writes the socket. It needs TLS 1.2 or later and a certificate for the
 * record's host, signed by one of the CAs. It offers http/1.1.
 *
 * OpenSSL reads no file and no environment here: no configuration, no default
 * CAs. It is set up at the first use, because most gates never use it.
 */

#include <stdbool.h>
#include <sys/uio.h>

#include "buf.h"

enum { ENC_TLS_RECORD_BYTES = 16 * 1024 };

struct enc_cas;
struct enc_tls;
struct enc_tls_context;

/*
 * enc_tls_context_new() - make the part that all connections share; NULL if
 * OpenSSL fails
 * @cas: borrowed
 */
struct enc_tls_context *enc_tls_context_new(struct enc_cas *cas);
void enc_tls_context_free(struct enc_tls_context *context);

/* enc_tls_new() - begin a connection to a host name or address, or NULL */
struct enc_tls *enc_tls_new(struct enc_tls_context *context, const char *host);
void enc_tls_free(struct enc_tls *tls);

/**
 * enc_tls_handshake() - go on with the handshake
 * @bytes: what has come; all of it is used
 * @out:   bytes to send are appended here, also after a failure
 *
 * Return: 1 if it is done; 0 if more bytes have to come; -EPROTO if it has
 * failed, or if bytes came behind it
 */
ENC_NODISCARD int enc_tls_handshake(struct enc_tls *tls, const uint8_t *bytes,
				    size_t length, struct enc_buf *out);

/* enc_tls_write() - encrypt parts. Return: 0 or a negative errno */
ENC_NODISCARD int enc_tls_write(struct enc_tls *tls, const struct iovec *parts,
				size_t count, struct enc_buf *out);

/**
 * enc_tls_read() - decrypt
 * @bytes:     what has come; all of it is used
 * @out:       bytes to send in response are appended here
 * @ret_plain: has room for @length and ENC_TLS_RECORD_BYTES
 * @ret_ended: whether the stream has its proper end behind that
 *
 * Return: bytes of @ret_plain; -EPROTO
 */
ENC_NODISCARD int enc_tls_read(struct enc_tls *tls, const uint8_t *bytes,
			       size_t length, struct enc_buf *out,
			       uint8_t *ret_plain, bool *ret_ended);

#endif
