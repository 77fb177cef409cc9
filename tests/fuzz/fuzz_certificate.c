#include "certificate.h"
#include "fuzz.h"

/* A subject lies in the certificate, and is a sequence. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct enc_text subject;

	if (enc_certificate_subject(bytes, length, &subject) == 0) {
		const uint8_t *begin = (const uint8_t *)subject.bytes;

		ENC_ASSERT(begin > bytes && subject.length >= 2 &&
			   subject.length <= length - (size_t)(begin - bytes));
		ENC_ASSERT(begin[0] == 0x30);
	}
	return 0;
}
