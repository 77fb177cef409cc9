#include <string.h>

#include "audit_verify.h"
#include "fuzz.h"

/* in_pieces() - the same bytes, fed in pieces whose sizes the bytes choose */
static void in_pieces(const uint8_t *bytes, size_t length,
		      struct enc_audit_report *ret_report)
{
	struct enc_audit_verifier *v = enc_audit_verifier_new();
	size_t at = 0;

	while (at < length) {
		size_t size = ENC_MIN((size_t)bytes[at] + 1, length - at);

		enc_audit_verifier_feed(v, bytes + at, size);
		at += size;
	}
	enc_audit_verifier_end(v, ret_report);
	enc_audit_verifier_free(v);
}

/* erase_all() - a good bundle whose lines are all erased is good too */
static void erase_all(const uint8_t *bytes, size_t length)
{
	ENC_AUTO(buf) erased = ENC_BUF(length);
	struct enc_audit_report report;
	size_t at = 0;
	uint64_t lines = 0;

	while (at < length) {
		const char *line = (const char *)bytes + at;
		const char *end = memchr(line, '\n', length - at);

		ENC_ASSERT(end != NULL);
		if (lines++ == 0) {
			ENC_ASSERT(enc_buf_append(&erased, line,
						  (size_t)(end - line)) == 0);
		} else {
			ENC_ASSERT(enc_audit_line_erase(line,
							(size_t)(end - line),
							&erased,
							NULL) == ENC_OK);
		}
		ENC_ASSERT(enc_buf_append(&erased, "\n", 1) == 0);
		at += (size_t)(end - line) + 1;
	}
	enc_audit_verify(enc_buf_bytes(&erased), erased.length, &report);
	ENC_ASSERT(report.verdict == ENC_AUDIT_VERDICT_OK);
	ENC_ASSERT(report.erased == lines - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct enc_audit_report whole;
	struct enc_audit_report pieces;

	enc_audit_verify(bytes, length, &whole);
	in_pieces(bytes, length, &pieces);
	ENC_ASSERT(memcmp(&whole, &pieces, sizeof(whole)) == 0);
	ENC_ASSERT(whole.message[0] != '\0');
	ENC_ASSERT(whole.offset <= length);
	if (whole.verdict == ENC_AUDIT_VERDICT_OK) {
		erase_all(bytes, length);
	}
	return 0;
}
