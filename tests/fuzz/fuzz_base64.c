#include <string.h>

#include "base64.h"
#include "fuzz.h"

/* Whatever is taken is the one text of its bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	ENC_AUTO(buf) decoded = ENC_BUF(1 << 20);
	enc_autofree char *text = NULL;

	if (enc_base64_decode((const char *)bytes, length, &decoded) == 0) {
		text = enc_base64_encode(enc_buf_bytes(&decoded),
					 decoded.length);
		ENC_ASSERT(strlen(text) == length &&
			   memcmp(text, bytes, length) == 0);
	}
	return 0;
}
