#ifndef ENC_WIRE_CERTIFICATE_H
#define ENC_WIRE_CERTIFICATE_H

/*
 * Reads the subject of a certificate (X.509, RFC 5280) and nothing else. This
 * finds a CA among many without parsing all of them.
 */

#include <stdint.h>

#include "message.h"

/**
 * enc_certificate_subject() - find the subject of a certificate in DER
 * @ret_subject: the name with its tag and length; lies in @der
 *
 * Return: 0; -EPROTO if the bytes up to the subject aren't a certificate's
 */
ENC_NODISCARD int enc_certificate_subject(const uint8_t *der, size_t length,
					  struct enc_text *ret_subject);

#endif
