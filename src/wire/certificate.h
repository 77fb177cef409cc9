#ifndef ENC_WIRE_CERTIFICATE_H
#define ENC_WIRE_CERTIFICATE_H

/*
 * Whose a certificate is (X.509, RFC 5280), without the rest of it: enough to
 * find a CA among many without parsing them all.
 */

#include <stdint.h>

#include "message.h"

/**
 * enc_certificate_subject() - find the subject of a certificate in DER
 * @ret_subject: the name with its tag and length; lies in @der
 *
 * Return: 0; -EPROTO if what comes before the subject isn't that of a
 * certificate
 */
ENC_NODISCARD int enc_certificate_subject(const uint8_t *der, size_t length,
					  struct enc_text *ret_subject);

#endif
