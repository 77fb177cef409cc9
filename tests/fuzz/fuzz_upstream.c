#include "fuzz.h"
#include "upstream.h"

/* The canonical URL reads as itself. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const struct enc_text text = { (const char *)bytes, length };
	struct enc_upstream upstream;
	struct enc_upstream again;
	const char *why = NULL;

	if (enc_upstream_read(text, &upstream, &why) < 0) {
		ENC_ASSERT(why != NULL);
		return 0;
	}
	ENC_ASSERT(upstream.port != 0 && upstream.host[0] != '\0');
	ENC_ASSERT(enc_upstream_read((struct enc_text){ upstream.url,
							strlen(upstream.url) },
				     &again, &why) == 0);
	ENC_ASSERT(strcmp(upstream.url, again.url) == 0);
	ENC_ASSERT(strcmp(upstream.host, again.host) == 0);
	ENC_ASSERT(strcmp(upstream.base, again.base) == 0);
	ENC_ASSERT(upstream.tls == again.tls && upstream.port == again.port);
	return 0;
}
