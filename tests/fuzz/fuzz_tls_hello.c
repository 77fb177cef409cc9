#include <errno.h>

#include "fuzz.h"
#include "tls_hello.h"

enum { NEXT_BYTES = 64 };

static void check_name(const char *name)
{
	char again[ENC_HOST_NAME_BYTES];
	size_t length = strlen(name);

	if (length > 0) {
		ENC_ASSERT(enc_host_name_read(name, length, again) == 0);
		ENC_ASSERT(strcmp(name, again) == 0);
	}
}

/* A prefix asks for more, or gives the result that all bytes give. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct enc_tls_hello hello = { .name = "" };
	int whole = enc_tls_hello_parse(bytes, length, &hello);
	/* All short prefixes, and some of the others. */
	size_t step = 1 + length / NEXT_BYTES;
	int before = -EAGAIN;

	if (whole == 0) {
		ENC_ASSERT(hello.length <= length);
		ENC_ASSERT(hello.length <= ENC_TLS_HELLO_MAX_BYTES);
		check_name(hello.name);
	}
	for (size_t i = 0; i <= length; i += i < NEXT_BYTES ? 1 : step) {
		struct enc_tls_hello part = { .name = "" };
		int r = enc_tls_hello_parse(bytes, i, &part);

		ENC_ASSERT(r == whole || (r == -EAGAIN && before == -EAGAIN));
		ENC_ASSERT(r != 0 || part.length == hello.length);
		before = r;
	}
	if (whole == 0) {
		struct enc_tls_hello part = { .name = "" };

		ENC_ASSERT(enc_tls_hello_parse(bytes, hello.length, &part) ==
			   0);
		ENC_ASSERT(enc_tls_hello_parse(bytes, hello.length - 1,
					       &part) == -EAGAIN);
		ENC_ASSERT(strcmp(part.name, hello.name) == 0);
		ENC_ASSERT(part.encrypted == hello.encrypted);
	}
	return 0;
}
