#ifndef ENC_AUDIT_ED25519_H
#define ENC_AUDIT_ED25519_H

/* Ed25519 (RFC 8032). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "signed_head.h"

/* enc_ed25519_verify() - whether a signature is one of a text with a key */
bool enc_ed25519_verify(
	const uint8_t key[ENC_SIGNED_HEAD_KEY_BYTES], const uint8_t *text,
	size_t length,
	const uint8_t signature[ENC_SIGNED_HEAD_SIGNATURE_BYTES]);

#endif
