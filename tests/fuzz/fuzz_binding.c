#include <string.h>

#include "binding.h"
#include "fuzz.h"

/*
 * A record that the parser accepts passes the check, is written again as the
 * same bytes, and has a credential of one header line.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct enc_binding binding;
	ENC_AUTO(buf) again = ENC_BUF(ENC_BINDING_MAX_BYTES);
	ENC_AUTO(buf) line = ENC_BUF_SECRET(ENC_BINDING_MAX_BYTES);
	const char *why;

	if (enc_binding_parse(bytes, length, &binding) != 0) {
		return 0;
	}
	ENC_MUST(enc_binding_check(&binding, &why));
	ENC_MUST(enc_binding_write(&again, &binding));
	ENC_ASSERT(again.length == length);
	ENC_ASSERT(memcmp(enc_buf_bytes(&again), bytes, length) == 0);
	ENC_MUST(enc_binding_credential(&binding, &line));
	ENC_ASSERT((line.length == 0) ==
		   (binding.injection == ENC_INJECTION_NONE));
	if (line.length > 0) {
		const uint8_t *text = enc_buf_bytes(&line);

		ENC_ASSERT(memchr(text, '\r', line.length) ==
			   text + line.length - 2);
		ENC_ASSERT(memchr(text, '\n', line.length) ==
			   text + line.length - 1);
	}
	/* A valid base is a path in scope. */
	if (binding.base.length > 0) {
		static const struct enc_text get = { "GET", 3 };

		binding.method_count = 0;
		binding.path_count = 0;
		ENC_ASSERT(enc_binding_allows(&binding, get, binding.base));
	}
	return 0;
}
