#ifndef ENC_WIRE_TLS_HELLO_H
#define ENC_WIRE_TLS_HELLO_H

/*
 * Reads the server name out of the first bytes that a TLS client sends: the
 * ClientHello of RFC 8446, section 4.1.2, and RFC 5246, section 7.4.1.2, with
 * the extension server_name of RFC 6066, section 3. Nothing is decrypted, and
 * nothing else of the hello is judged.
 *
 * The bytes may be hostile. A hello that two readers could understand
 * differently is malformed. The parser keeps no state and allocates nothing.
 * It reads from front to back: once a result isn't -EAGAIN, no further byte
 * changes it. So it doesn't matter in which pieces the bytes arrive.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host_name.h"

enum {
	/*
	 * The most bytes that the records of a hello may have. Hellos of
	 * today have up to 2 KiB, also with post-quantum key shares.
	 */
	ENC_TLS_HELLO_MAX_BYTES = 16 * 1024,
};

struct enc_tls_hello {
	/* Canonical as in host_name.h. "" if the client sends no name. */
	char name[ENC_HOST_NAME_BYTES];
	/*
	 * The client sends encrypted_client_hello (0xfe0d, RFC 9849) or its
	 * older form, encrypted_server_name (0xffce). Then the server may
	 * answer for another name than @name. Clients also send the extension
	 * with random content, which looks the same (RFC 9849, section 6.2).
	 */
	bool encrypted;
	/* Bytes of the records that the hello is in. */
	size_t length;
};

/**
 * enc_tls_hello_parse() - parse the ClientHello at the beginning of a stream
 * @bytes: all that has arrived so far
 *
 * The hello may be spread over records, also of one byte each. The last record
 * has to end with the hello, because nothing else may follow in it.
 *
 * Return: 0; -EAGAIN if more bytes are needed; -EMSGSIZE above
 * ENC_TLS_HELLO_MAX_BYTES; -EPROTO if the bytes are no ClientHello, or are
 * malformed: lengths that don't add up, an extension of one type twice, a
 * server_name that isn't exactly one host name (an address is none)
 */
ENC_NODISCARD int enc_tls_hello_parse(const uint8_t *bytes, size_t length,
				      struct enc_tls_hello *ret_hello);

#endif
