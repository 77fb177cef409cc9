#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dns.h"

#define HEADER "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"

static int parse(const char *bytes, size_t length,
		 struct enc_dns_question *question, unsigned int *rcode)
{
	return enc_dns_parse((const uint8_t *)bytes, length, question, rcode);
}

#define PARSE(literal, question, rcode) \
	parse(literal, sizeof(literal) - 1, question, rcode)

/* A question, its canonical name, and the answer that repeats it. */
static void test_question_and_answer(void **state)
{
	static const char query[] = HEADER "\4EviL\7example\3com\0\0\1\0\1";
	static const uint8_t v4[4] = { 198, 18, 16, 7 };
	struct enc_dns_question question;
	uint8_t answer[ENC_DNS_ANSWER_BYTES];
	unsigned int rcode = 0;
	size_t length;

	(void)state;
	assert_int_equal(PARSE(query, &question, &rcode), 0);
	assert_string_equal(question.name, "evil.example.com");
	assert_int_equal(question.type, ENC_DNS_A);
	assert_int_equal(question.length, sizeof(query) - 1);
	length = enc_dns_answer((const uint8_t *)query, &question, 0, v4,
				answer);
	assert_int_equal(length, sizeof(query) - 1 + 16);
	assert_memory_equal(answer, "\x12\x34", 2);
	assert_int_equal(answer[2] & 0x80, 0x80);
	assert_int_equal(answer[7], 1);
	assert_memory_equal(answer + 12, query + 12, sizeof(query) - 13);
	assert_memory_equal(answer + length - 4, v4, 4);
}

/* Bytes that no name has can't drive a terminal or forge a dot. */
static void test_hostile_name(void **state)
{
	struct enc_dns_question question;
	unsigned int rcode = 0;

	(void)state;
	assert_int_equal(PARSE(HEADER "\4a.\x1b\xff\0\0\1\0\1", &question,
			       &rcode),
			 0);
	assert_string_equal(question.name, "a\\046\\027\\255");
}

/* write_name() - @total bytes on the wire, labels of @byte; query's length */
static size_t write_name(uint8_t *query, size_t total, uint8_t byte)
{
	size_t at = sizeof(HEADER) - 1;
	size_t left = total - 1;

	memcpy(query, HEADER, at);
	while (left > 0) {
		size_t label = left - 1 < 63 ? left - 1 : 63;

		query[at++] = (uint8_t)label;
		memset(query + at, byte, label);
		at += label;
		left -= label + 1;
	}
	memcpy(query + at, "\0\0\1\0\1", 5);
	return at + 5;
}

/* The longest names are whole, one byte more is no name. */
static void test_longest_names(void **state)
{
	uint8_t query[512];
	struct enc_dns_question plain;
	struct enc_dns_question other;
	unsigned int rcode = 0;
	size_t length = write_name(query, 255, 'a');

	(void)state;
	assert_int_equal(enc_dns_parse(query, length, &plain, &rcode), 0);
	assert_int_equal(strlen(plain.name), 253);
	query[length - 6] = 'b'; /* the last byte of the last label */
	assert_int_equal(enc_dns_parse(query, length, &other, &rcode), 0);
	assert_string_not_equal(plain.name, other.name);
	assert_int_equal(other.name[252], 'b');

	length = write_name(query, 255, 0xff);
	assert_int_equal(enc_dns_parse(query, length, &plain, &rcode), 0);
	assert_int_equal(strlen(plain.name), 250 * 4 + 3);
	assert_int_equal(strlen(plain.name) + 1, ENC_DNS_NAME_BYTES);
	query[length - 6] = 0xfe;
	assert_int_equal(enc_dns_parse(query, length, &other, &rcode), 0);
	assert_string_equal(other.name + strlen(other.name) - 4, "\\254");

	length = write_name(query, 256, 'a');
	assert_int_equal(enc_dns_parse(query, length, &other, &rcode), -EPROTO);
	assert_int_equal(rcode, ENC_DNS_FORMERR);
}

/* What is malformed is refused, what is no query isn't answered. */
static void test_refusals(void **state)
{
	struct enc_dns_question question;
	unsigned int rcode = 99;

	(void)state;
	assert_int_equal(PARSE("\x12\x34\x81", &question, &rcode), -EBADMSG);
	assert_int_equal(PARSE("\x12\x34\x81\0\0\1\0\0\0\0\0\0\0\0\1\0\1",
			       &question, &rcode),
			 -EBADMSG);
	assert_int_equal(PARSE(HEADER "\xc0\x0c\0\1\0\1", &question, &rcode),
			 -EPROTO);
	assert_int_equal(rcode, ENC_DNS_FORMERR);
	assert_int_equal(PARSE(HEADER "\4evil", &question, &rcode), -EPROTO);
	assert_int_equal(PARSE(HEADER "\4evil\0\0\1\0", &question, &rcode),
			 -EPROTO);
	assert_int_equal(PARSE("\x12\x34\x29\0\0\1\0\0\0\0\0\0\0\0\1\0\1",
			       &question, &rcode),
			 -EPROTO);
	assert_int_equal(rcode, ENC_DNS_NOTIMP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_question_and_answer),
		cmocka_unit_test(test_hostile_name),
		cmocka_unit_test(test_longest_names),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
