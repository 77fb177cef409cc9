#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "certificate.h"

/* The parts that come before the subject, and the subject, a name "x". */
static const uint8_t whole[] = {
	0x30, 0x19, 0x30, 0x17, 0xa0, 0x03, 0x02, 0x01, 0x02, /* version */
	0x02, 0x01, 0x07,	     /* serial number */
	0x30, 0x02, 0x06, 0x00,	     /* algorithm */
	0x30, 0x00,		     /* issuer */
	0x30, 0x00,		     /* validity */
	0x30, 0x03, 0x0c, 0x01, 'x', /* subject */
	0x30, 0x00,		     /* and so on */
};

static void test_subject(void **state)
{
	uint8_t bytes[sizeof(whole)];
	struct enc_text subject;

	(void)state;
	assert_int_equal(enc_certificate_subject(whole, sizeof(whole),
						 &subject),
			 0);
	assert_int_equal(subject.length, 5);
	assert_memory_equal(subject.bytes, "\x30\x03\x0c\x01x", 5);
	/* Of version 1: it says none. */
	memcpy(bytes, whole, 4);
	memcpy(bytes + 4, whole + 9, sizeof(whole) - 9);
	bytes[1] -= 5;
	bytes[3] -= 5;
	assert_int_equal(enc_certificate_subject(bytes, sizeof(whole) - 5,
						 &subject),
			 0);
	assert_int_equal(subject.length, 5);
}

static void test_malformed(void **state)
{
	static const uint8_t lengths[][6] = {
		{ 0x30, 0x80 },
		{ 0x30, 0x85, 0, 0, 0, 0 },
		{ 0x30, 0x84, 0xff, 0xff, 0xff, 0xff },
		{ 0x30, 0x7f },
	};
	struct enc_text subject;

	(void)state;
	for (size_t length = 0; length < sizeof(whole); length++) {
		assert_int_equal(enc_certificate_subject(whole, length,
							 &subject),
				 -EPROTO);
	}
	for (size_t i = 0; i < ENC_COUNT(lengths); i++) {
		assert_int_equal(enc_certificate_subject(lengths[i],
							 sizeof(lengths[i]),
							 &subject),
				 -EPROTO);
	}
	for (size_t i = 0; i < sizeof(whole) - 7; i++) {
		uint8_t bytes[sizeof(whole)];

		memcpy(bytes, whole, sizeof(whole));
		bytes[i] ^= 0x41;
		/* A subject that is found lies within the bytes. */
		if (enc_certificate_subject(bytes, sizeof(bytes), &subject) ==
		    0) {
			assert_true((const uint8_t *)subject.bytes >= bytes &&
				    (const uint8_t *)subject.bytes +
						    subject.length <=
					    bytes + sizeof(bytes));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_subject),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
