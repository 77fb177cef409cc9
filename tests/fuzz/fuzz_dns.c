#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>

#include "dns.h"
#include "fuzz.h"

/* check_name() - the text has each byte of the name, and no other */
static void check_name(const uint8_t *wire, const char *text)
{
	for (bool first = true; *wire != 0; first = false) {
		size_t label = *wire++;

		ENC_ASSERT(first || *text++ == '.');
		for (; label > 0; label--, wire++) {
			unsigned int byte = (uint8_t)*text++;

			if (byte == '\\') {
				ENC_ASSERT(sscanf(text, "%3u", &byte) == 1);
				text += 3;
			}
			ENC_ASSERT(byte == (unsigned int)tolower(*wire));
		}
	}
	ENC_ASSERT(*text == '\0');
}

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
		check_name(bytes + 12, question.name);
		ENC_ASSERT(enc_dns_parse(answer, wrote, &again, &rcode) < 0);
	}
	return 0;
}
