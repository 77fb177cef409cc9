#ifndef ENC_SANDBOX_CA_BUNDLE_H
#define ENC_SANDBOX_CA_BUNDLE_H

/*
 * The CAs that certificates of upstreams may be of. A gate has no files, so the
 * launcher reads root's bundle once, and all gates share it: a sealed memfd that
 * has for each CA a u32 length, big endian, and the certificate in DER. What a
 * certificate says is the gates' matter.
 */

#include <stddef.h>

#include "buf.h"
#include "err.h"

enum { ENC_CA_BUNDLE_MAX_BYTES = 4 << 20 };

/*
 * enc_ca_bundle_convert() - append the certificates of a text in PEM (RFC 7468);
 * other text between them is skipped. Pure. Return: 0; -EINVAL for one that is
 * malformed; -E2BIG or -ENOMEM from the buffer
 */
ENC_NODISCARD int enc_ca_bundle_convert(const char *text, size_t length,
					struct enc_buf *out);

/**
 * enc_ca_bundle_open() - read a file of CAs
 * @path: NULL: the system's bundle, which may be missing
 * @ret_fd: the memfd; -1 if there is no system's bundle
 *
 * Return: ENC_OK; ENC_BAD_REQUEST with what is wrong with the file
 */
ENC_NODISCARD enum enc_code enc_ca_bundle_open(const char *path, int *ret_fd,
					       struct enc_error *err);

#endif
