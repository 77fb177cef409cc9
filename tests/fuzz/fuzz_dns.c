#include "dns.h"
#include "fuzz.h"

/* What parses can be answered in its room, and the answer is no query. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const uint8_t v4[4] = { 198, 18, 16, 0 };
	uint8_t answer[ENC_DNS_ANSWER_BYTES];
	struct enc_dns_question question;
	struct enc_dns_question again;
	unsigned int rcode = 0;

	if (enc_dns_parse(bytes, length, &question, &rcode) == 0) {
		size_t wrote = enc_dns_answer(bytes, &question, 0, v4, answer);

		ENC_ASSERT(wrote <= sizeof(answer));
		ENC_ASSERT(strlen(question.name) < sizeof(question.name));
		ENC_ASSERT(enc_dns_parse(answer, wrote, &again, &rcode) < 0);
	}
	return 0;
}
