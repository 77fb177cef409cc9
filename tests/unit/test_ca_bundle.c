#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "ca_bundle.h"
#include "fd.h"

#define PEM(body) \
	"-----BEGIN CERTIFICATE-----\n" body "-----END CERTIFICATE-----\n"

static int convert(const char *text, struct enc_buf *out)
{
	return enc_ca_bundle_convert(text, strlen(text), out);
}

/* Each certificate gets its length; text between them is ignored. */
static void test_certificates(void **state)
{
	static const uint8_t two[] = { 0, 0, 0, 3,   'a', 'b', 'c', 0,
				       0, 0, 4, 'd', 'e', 'f', 'g' };
	ENC_AUTO(buf) out = ENC_BUF(100);

	(void)state;
	assert_int_equal(convert("# one\n" PEM("YW\r\nJj\n") "name = x\n" PEM(
					 "ZGVmZw==\n") "rest",
				 &out),
			 0);
	assert_int_equal(out.length, sizeof(two));
	assert_memory_equal(enc_buf_bytes(&out), two, sizeof(two));
}

static void test_what_is_none(void **state)
{
	static const char *const bad[] = {
		PEM("YWJ\n"),
		PEM("YW!j\n"),
		PEM(""),
		"-----BEGIN CERTIFICATE-----\nYWJj\n",
		"-----BEGIN CERTIFICATE-----",
	};
	ENC_AUTO(buf) none = ENC_BUF(100);
	ENC_AUTO(buf) small = ENC_BUF(6);

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(bad); i++) {
		ENC_AUTO(buf) out = ENC_BUF(100);

		assert_int_equal(convert(bad[i], &out), -EINVAL);
	}
	assert_int_equal(convert("no certificate\n", &none), 0);
	assert_int_equal(none.length, 0);
	assert_int_equal(convert(PEM("YWJj\n"), &small), -E2BIG);
}

/* A file's bytes are sealed; one without a certificate is refused. */
static void test_file(void **state)
{
	char path[] = "/tmp/ca_bundle.XXXXXX";
	enc_autoclose int file = mkstemp(path);
	enc_autoclose int fd = -1;
	struct enc_error err;
	char bytes[8];

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(enc_ca_bundle_open(path, &fd, &err), ENC_BAD_REQUEST);
	assert_non_null(strstr(err.message, "no certificate"));
	assert_int_equal(enc_fd_write_all(file, PEM("YWJj\n"),
					  strlen(PEM("YWJj\n"))),
			 0);
	assert_int_equal(enc_ca_bundle_open(path, &fd, &err), ENC_OK);
	assert_int_equal(pread(fd, bytes, sizeof(bytes), 0), 7);
	assert_memory_equal(bytes, "\0\0\0\3abc", 7);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(fd, 0), -1);
	enc_fd_close(&fd);
	assert_int_equal(pwrite(file, "?", 1, strlen(PEM("")) / 2), 1);
	assert_int_equal(enc_ca_bundle_open(path, &fd, &err), ENC_BAD_REQUEST);
	assert_non_null(strstr(err.message, "damaged"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(enc_ca_bundle_open(path, &fd, &err), ENC_BAD_REQUEST);
	assert_int_equal(fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
