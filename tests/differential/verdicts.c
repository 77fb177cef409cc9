/* Bundles in, one byte out for each: the verdict as a digit. */

#include "audit_verify.h"
#include "case_reader.h"

int main(void)
{
	enc_autofree uint8_t *bytes = NULL;
	size_t length;

	while (case_read(&bytes, &length)) {
		struct enc_audit_report report;

		enc_audit_verify(bytes, length, &report);
		ENC_ASSERT(putchar('0' + (int)report.verdict) != EOF);
		free(ENC_TAKE(bytes));
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
