/*
 * Bundles in, one byte out for each: the verdict as a digit. With two numbers
 * as arguments, a bundle is judged with one bit flipped: one byte out for each
 * of so many bits from the first number on.
 */

#include "audit_verify.h"
#include "case_reader.h"

static void tell_verdict(const uint8_t *bytes, size_t length)
{
	struct enc_audit_report report;

	enc_audit_verify(bytes, length, &report);
	ENC_ASSERT(putchar('0' + (int)report.verdict) != EOF);
}

static void tell_flipped(uint8_t *bytes, size_t length, size_t first,
			 size_t count)
{
	ENC_ASSERT(first + count <= 8 * length);
	for (size_t bit = first; bit < first + count; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
		tell_verdict(bytes, length);
		bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

int main(int argc, char **argv)
{
	enc_autofree uint8_t *bytes = NULL;
	size_t length;

	while (case_read(&bytes, &length)) {
		if (argc == 3) {
			tell_flipped(bytes, length, strtoul(argv[1], NULL, 10),
				     strtoul(argv[2], NULL, 10));
		} else {
			tell_verdict(bytes, length);
		}
		free(ENC_TAKE(bytes));
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
