#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base64.h"
#include "ca_bundle.h"
#include "fd.h"

static const char system_bundle[] = "/etc/ssl/certs/ca-certificates.crt";
static const char begin[] = "-----BEGIN CERTIFICATE-----";
static const char end[] = "-----END CERTIFICATE-----";

/* convert_one() - append the certificate between the two marks */
static int convert_one(const char *text, size_t length, struct enc_buf *out)
{
	ENC_AUTO(buf) base64 = ENC_BUF(ENC_CA_BUNDLE_MAX_BYTES);
	ENC_AUTO(buf) der = ENC_BUF(ENC_CA_BUNDLE_MAX_BYTES);
	uint32_t be_length;
	int r = 0;

	for (size_t i = 0; r == 0 && i < length; i++) {
		if (strchr("\r\n\t ", text[i]) == NULL || text[i] == '\0') {
			r = enc_buf_append(&base64, &text[i], 1);
		}
	}
	r = r < 0 ? r
		  : enc_base64_decode((const char *)enc_buf_bytes(&base64),
				      base64.length, &der);
	if (r < 0 || der.length == 0) {
		return r < 0 ? r : -EINVAL;
	}
	be_length = htobe32((uint32_t)der.length);
	r = enc_buf_append(out, &be_length, sizeof(be_length));
	return r < 0 ? r : enc_buf_append(out, enc_buf_bytes(&der), der.length);
}

int enc_ca_bundle_convert(const char *text, size_t length, struct enc_buf *out)
{
	const char *at = text;
	const char *behind = text + length;
	int r = 0;

	while (r == 0) {
		const char *from = memmem(at, (size_t)(behind - at), begin,
					  sizeof(begin) - 1);
		const char *to;

		if (from == NULL) {
			return 0;
		}
		from += sizeof(begin) - 1;
		to = memmem(from, (size_t)(behind - from), end,
			    sizeof(end) - 1);
		if (to == NULL) {
			return -EINVAL;
		}
		r = convert_one(from, (size_t)(to - from), out);
		at = to + sizeof(end) - 1;
	}
	return r;
}

/* read_all() - read a file, as far as the buffer has room */
static int read_all(int fd, struct enc_buf *out)
{
	uint8_t bytes[4096];
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = read(fd, bytes, sizeof(bytes))) != 0) {
		r = n < 0 ? -errno : enc_buf_append(out, bytes, (size_t)n);
	}
	return r;
}

/* seal() - put bytes into a memfd that nobody can change */
static int seal(const struct enc_buf *bytes, int *ret_fd)
{
	enc_autoclose int fd =
		memfd_create("enclave-cas", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = fd < 0 ? -errno
		       : enc_fd_write_all(fd, enc_buf_bytes(bytes),
					  bytes->length);

	if (r == 0 && fcntl(fd, F_ADD_SEALS,
			    F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW |
				    F_SEAL_SEAL) < 0) {
		r = -errno;
	}
	if (r == 0) {
		*ret_fd = ENC_TAKE_FD(fd);
	}
	return r;
}

enum enc_code enc_ca_bundle_open(const char *path, int *ret_fd,
				 struct enc_error *err)
{
	const char *from = path != NULL ? path : system_bundle;
	ENC_AUTO(buf) text = ENC_BUF(ENC_CA_BUNDLE_MAX_BYTES);
	ENC_AUTO(buf) cas = ENC_BUF(ENC_CA_BUNDLE_MAX_BYTES);
	enc_autoclose int fd = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int r = fd < 0 ? -errno : read_all(fd, &text);

	*ret_fd = -1;
	if (r == -ENOENT && path == NULL) {
		return ENC_OK; /* no upstream by TLS can be trusted then */
	}
	if (r == 0) {
		r = enc_ca_bundle_convert((const char *)enc_buf_bytes(&text),
					  text.length, &cas);
	}
	if (r == 0 && cas.length == 0) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"%s has no certificate in PEM", from);
	}
	if (r == 0) {
		r = seal(&cas, ret_fd);
	}
	return r == 0 ? ENC_OK
		      : enc_fail(err, ENC_BAD_REQUEST, "CAs of %s: %s", from,
				 r == -EINVAL  ? "a certificate is damaged"
				 : r == -E2BIG ? "it is too large"
					       : strerror(-r));
}
