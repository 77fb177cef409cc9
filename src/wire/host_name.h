#ifndef ENC_WIRE_HOST_NAME_H
#define ENC_WIRE_HOST_NAME_H

/*
 * Host names in the one form that names are compared in: lower case, without a
 * dot at the end. A host name (RFC 952, RFC 1123, section 2.1) has labels of 1
 * to 63 letters, digits, hyphens and underscores, with no hyphen at either end
 * of a label. RFC 1123 has no underscore, but such hosts are in use.
 *
 * A name whose last label is a number is none: libraries read 127.1, 0x7f.1 and
 * 2130706433 as addresses.
 */

#include <stddef.h>

#include "def.h"

/* Room for a name of at most 253 characters, with NUL. */
enum { ENC_HOST_NAME_BYTES = 256 };

/**
 * enc_host_name_read() - check a host name, and write it in lower case
 * @text: may hold any bytes; needs no NUL
 *
 * Return: 0; -EINVAL if @text is no host name, or ends with a dot
 */
ENC_NODISCARD int enc_host_name_read(const char *text, size_t length,
				     char ret_name[ENC_HOST_NAME_BYTES]);

#endif
