#ifndef ENC_GATE_CAS_H
#define ENC_GATE_CAS_H

/*
 * The CAs that may sign certificates of upstreams. They are in a sealed memfd
 * of the launcher (ENC_GATE_CAS), which all gates share. It is read once, for
 * an index by subject; a certificate is only parsed if a chain needs it.
 */

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "message.h"

struct enc_cas;

/* enc_cas_new() - take the descriptor; nothing is read yet. -1: no CAs */
struct enc_cas *enc_cas_new(int fd);
void enc_cas_free(struct enc_cas *cas);

/* enc_ca_fn - called for each CA that was found; @der is borrowed */
typedef void enc_ca_fn(void *context, const uint8_t *der, size_t length);

/*
 * enc_cas_find() - find all CAs of a subject, as of enc_certificate_subject();
 * keys may have been changed. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_cas_find(struct enc_cas *cas, struct enc_text subject,
			       enc_ca_fn *found, void *context);

#endif
