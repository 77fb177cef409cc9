#ifndef ENC_WIRE_SIGNED_HEAD_H
#define ENC_WIRE_SIGNED_HEAD_H

/*
 * The signed part of a sealed log. The signature is Ed25519 (RFC 8032) over these
 * bytes:
 *
 *	"enclave-head-v1\n", organisation, 0, session, 0, count (8, big endian),
 *	head (32), time in ms since 1970 (8, big endian)
 *
 * where the head is the hash of the log's last line, the seal, and the time is
 * the seal's. So a bundle has all of it.
 */

#include <stddef.h>
#include <stdint.h>

enum {
	ENC_SIGNED_HEAD_HASH_BYTES = 32, /* SHA-256 */
	ENC_SIGNED_HEAD_ID_MAX_BYTES = 64,
	ENC_SIGNED_HEAD_MAX_BYTES = 256, /* more than all of it */
	ENC_SIGNED_HEAD_KEY_BYTES = 32,
	ENC_SIGNED_HEAD_SIGNATURE_BYTES = 64,
};

struct enc_signed_head {
	const char *org;     /* at most ENC_SIGNED_HEAD_ID_MAX_BYTES */
	const char *session; /* the same */
	uint64_t count;	     /* lines of the log, without the genesis */
	uint8_t hash[ENC_SIGNED_HEAD_HASH_BYTES];
	int64_t time_ms;
};

/* enc_signed_head_write() - write the signed bytes. Return: their number */
size_t enc_signed_head_write(const struct enc_signed_head *head,
			     uint8_t ret_text[ENC_SIGNED_HEAD_MAX_BYTES]);

#endif
