#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dns_answer.h"
#include "seeds.h"

enum { ROOM = 1 << 16, ID = 0x1234 };

static const char host[] = "www.example.com";

/* read_answers() - in memory of the exact size: a read past it is found */
static int read_answers(const uint8_t *bytes, size_t length, uint16_t type,
			struct enc_dns_result *result)
{
	enc_autofree uint8_t *exact = enc_xalloc(length + 1);

	memcpy(exact + 1, bytes, length);
	return enc_dns_answers(exact + 1, length, ID, host, type, result);
}

/* check_address() - an address is among the answers */
static void check_address(const struct enc_dns_result *result,
			  const char *wanted)
{
	uint8_t address[16];
	size_t i = 0;

	assert_int_equal(inet_pton(AF_INET6, wanted, address), 1);
	while (i < result->count &&
	       memcmp(result->addresses[i], address, sizeof(address)) != 0) {
		i++;
	}
	assert_true(i < result->count);
}

/* ---- queries ---- */

static void test_query(void **state)
{
	uint8_t bytes[ENC_DNS_QUERY_BYTES];
	uint8_t wanted[512];
	size_t length =
		read_seed("dns_answer", "query", wanted, sizeof(wanted));
	struct enc_dns_question question;
	unsigned int rcode = 0;

	(void)state;
	assert_int_equal(enc_dns_query(ID, host, ENC_DNS_A, bytes), length);
	assert_memory_equal(bytes, wanted, length);
	assert_int_equal(enc_dns_query(0xfffe, "a", ENC_DNS_AAAA, bytes), 19);
	assert_int_equal(enc_dns_parse(bytes, 19, &question, &rcode), 0);
	assert_string_equal(question.name, "a");
	assert_int_equal(question.type, ENC_DNS_AAAA);
	assert_int_equal(question.class, 1);
	assert_memory_equal(bytes, "\xff\xfe\x01\0\0\1\0\0\0\0\0\0", 12);
}

static void test_names(void **state)
{
	static const char *const refused[] = {
		"",	   ".",	   "a.",       ".a",	  "a..b",
		"A",	   "a b",  "a\\046b",  "-a",	  "a-",
		"1.2.3.4", "a.1",  "0x7f",     "a.0x",	  "::1",
		"[::1]",   "a:80", "\xc3\xa4", "*.a.org", "a/b",
	};
	uint8_t bytes[ENC_DNS_QUERY_BYTES];
	char name[300];

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(refused); i++) {
		print_message("%s\n", refused[i]);
		assert_int_equal(enc_dns_query(ID, refused[i], ENC_DNS_A,
					       bytes),
				 -EINVAL);
	}
	assert_int_equal(enc_dns_query(ID, "a", 15, bytes), -EINVAL);
	assert_int_equal(enc_dns_query(ID, "1a.b-c.x_y.4a", ENC_DNS_A, bytes),
			 12 + 15 + 4);
	memset(name, 'a', sizeof(name));
	name[63] = name[127] = name[191] = '.';
	name[254] = '\0';
	assert_int_equal(enc_dns_query(ID, name, ENC_DNS_A, bytes), -EINVAL);
	name[253] = '\0';
	assert_int_equal(enc_dns_query(ID, name, ENC_DNS_A, bytes),
			 ENC_DNS_QUERY_BYTES);
	memset(name, 'a', sizeof(name));
	name[64] = '\0';
	assert_int_equal(enc_dns_query(ID, name, ENC_DNS_A, bytes), -EINVAL);
}

/* ---- answers of another writer (dnspython 2.9.2) ---- */

static const struct seed {
	const char *file;
	uint16_t type;
	int result;
	size_t count;
	const char *one;
	uint32_t ttl_s;
} seeds[] = {
	{ "v4", 1, 0, 2, "::ffff:93.184.216.34", 300 },
	{ "v6", 28, 0, 1, "2606:2800:220:1::1", 60 },
	{ "chain", 1, 0, 2, "::ffff:192.0.2.1", 20 },
	{ "chain-reversed", 1, 0, 2, "::ffff:192.0.2.1", 20 },
	{ "other-types", 1, 0, 1, "::ffff:93.184.216.34", 300 },
	{ "most", 1, 0, 64, "::ffff:192.0.2.0", 300 },
	{ "too-many", 1, -EPROTO, 0, NULL, 0 },
	{ "nxdomain", 1, -ENOENT, 0, NULL, 0 },
	{ "nodata", 1, -ENODATA, 0, NULL, 0 },
	{ "alias-only", 1, -ENODATA, 0, NULL, 0 },
	{ "loop", 1, -EPROTO, 0, NULL, 0 },
	{ "cut", 1, -EMSGSIZE, 0, NULL, 0 },
	{ "servfail", 1, -EREMOTEIO, 0, NULL, 0 },
	{ "query", 1, -EBADMSG, 0, NULL, 0 },
	{ "v4", 28, -EBADMSG, 0, NULL, 0 },
	{ "v4", 16, -EBADMSG, 0, NULL, 0 },
};

static void test_messages(void **state)
{
	static uint8_t bytes[ROOM];

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(seeds); i++) {
		struct enc_dns_result result;
		size_t length = read_seed("dns_answer", seeds[i].file, bytes,
					  sizeof(bytes));

		print_message("%s\n", seeds[i].file);
		assert_int_equal(read_answers(bytes, length, seeds[i].type,
					      &result),
				 seeds[i].result);
		if (seeds[i].result == 0) {
			assert_int_equal(result.count, seeds[i].count);
			assert_int_equal(result.ttl_s, seeds[i].ttl_s);
			check_address(&result, seeds[i].one);
		}
	}
}

/* A message that lacks bytes, or has one more, gives no addresses. */
static void test_truncated(void **state)
{
	static uint8_t bytes[ROOM];
	static const size_t question = 12 + sizeof(host) + 1 + 4;

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(seeds) && seeds[i].result == 0; i++) {
		struct enc_dns_result result;
		size_t length = read_seed("dns_answer", seeds[i].file, bytes,
					  sizeof(bytes));

		for (size_t j = 0; j < length; j++) {
			assert_int_equal(read_answers(bytes, j, seeds[i].type,
						      &result),
					 j < question ? -EBADMSG : -EPROTO);
		}
		bytes[length] = 0;
		assert_int_equal(read_answers(bytes, length + 1, seeds[i].type,
					      &result),
				 -EPROTO);
	}
}

/* Each bit of the header and the question, flipped. */
static void test_forged(void **state)
{
	uint8_t bytes[512];
	struct enc_dns_result result;
	size_t length = read_seed("dns_answer", "v4", bytes, sizeof(bytes));
	size_t question = 12 + sizeof(host) + 1 + 4;

	(void)state;
	for (size_t bit = 0; bit < question * 8; bit++) {
		size_t at = bit / 8;
		uint8_t mask = (uint8_t)(1U << bit % 8);
		bool letter =
			at > 12 && at < 12 + sizeof(host) && bytes[at] >= 'a';
		int wanted = -EBADMSG;
		int r;

		bytes[at] ^= mask;
		r = read_answers(bytes, length, ENC_DNS_A, &result);
		bytes[at] ^= mask;
		if (at == 2) {
			/* AA and RD don't count; TC does. */
			wanted = mask == 0x02 ? -EMSGSIZE : wanted;
			wanted = mask == 0x01 || mask == 0x04 ? 0 : wanted;
		} else if (at == 3) {
			wanted = mask >= 0x10 ? 0 : -EREMOTEIO;
		} else if (at >= 6 && at < 12) {
			wanted = -EPROTO;
		} else if (letter && mask == 0x20) {
			wanted = 0; /* the other case of a letter */
		}
		print_message("byte %zu, mask %02x\n", at, mask);
		assert_int_equal(r, wanted);
	}
}

/* ---- answers that are put together here ---- */

#define HEADER(answers) "\x12\x34\x81\x80\0\1\0" answers "\0\0\0\0"
/* www is at 12, example at 16, com at 24; the first record begins at 33. */
#define QUESTION "\3www\7example\3com\0\0\1\0\1"
#define IN(type) "\0" type "\0\1\0\0\0\x3c"
#define A(owner, last) owner IN("\1") "\0\4\xc0\0\2" last
#define CNAME(owner, length, target) owner IN("\5") "\0" length target
#define WWW "\xc0\x0c"

static const struct row {
	const char *bytes;
	size_t length;
	int result;
	size_t count;
} rows[] = {
#define ROW(answers, records, result, count)                                  \
	{                                                                     \
		HEADER(answers)                                               \
		QUESTION records,                                             \
			sizeof(HEADER(answers) QUESTION records) - 1, result, \
			count                                                 \
	}
	ROW("\1", A(WWW, "\1"), 0, 1),
	ROW("\2", A(WWW, "\1") A(WWW, "\1"), 0, 2),
	ROW("\1", A("\3WWW\xc0\x10", "\1"), 0, 1),
	ROW("\1", A("\3www\7eXample\3com\0", "\1"), 0, 1),
	/* Addresses of other names don't count. */
	ROW("\1", A("\xc0\x10", "\1"), -ENODATA, 0),
	ROW("\1", A("\0", "\1"), -ENODATA, 0),
	ROW("\2", CNAME(WWW, "\4", "\1b\xc0\x10") A(WWW, "\1"), -ENODATA, 0),
	ROW("\3",
	    A(WWW, "\1") CNAME(WWW, "\4", "\1b\xc0\x10") A("\1B\xc0\x10", "\2"),
	    0, 1),
	/* The class of another network. */
	ROW("\1", WWW "\0\1\0\3\0\0\0\x3c\0\4\1\2\3\4", -ENODATA, 0),
	ROW("\1", WWW "\0\1\0\3\0\0\0\x3c\0\1\1", -ENODATA, 0),
	/* Lengths of data. */
	ROW("\1", WWW IN("\1") "\0\3\1\2\3", -EPROTO, 0),
	ROW("\1", WWW IN("\1") "\0\5\1\2\3\4\5", -EPROTO, 0),
	ROW("\1", WWW IN("\1") "\0\0", -EPROTO, 0),
	ROW("\1", WWW IN("\1") "\xff\xff\1\2\3\4", -EPROTO, 0),
	ROW("\2", A(WWW, "\1") WWW IN("\x1c") "\0\4\1\2\3\4", -EPROTO, 0),
	ROW("\2", A(WWW, "\1") WWW IN("\x10") "\0\5\1\2\3\4", -EPROTO, 0),
	ROW("\1", CNAME(WWW, "\5", "\1b\xc0\x10\0"), -EPROTO, 0),
	ROW("\1", CNAME(WWW, "\3", "\1b\xc0\x10"), -EPROTO, 0),
	ROW("\1", CNAME(WWW, "\0", ""), -EPROTO, 0),
	/* Counts that lie. */
	ROW("\0", A(WWW, "\1"), -EPROTO, 0),
	ROW("\2", A(WWW, "\1"), -EPROTO, 0),
	ROW("\xff", A(WWW, "\1"), -EPROTO, 0),
	/* Two aliases of a name, an alias of itself, a loop of two. */
	ROW("\2", CNAME(WWW, "\3", "\1b\0") CNAME(WWW, "\3", "\1c\0"), -EPROTO,
	    0),
	ROW("\1", CNAME(WWW, "\2", WWW), -EPROTO, 0),
	ROW("\3",
	    CNAME(WWW, "\3", "\1b\0") CNAME("\1b\0", "\2", WWW)
		    A("\1b\0", "\1"),
	    -EPROTO, 0),
	/* A loop that the name doesn't lead to. */
	ROW("\2", CNAME("\1b\0", "\3", "\1b\0") A(WWW, "\1"), 0, 1),
	/* Pointers: to itself, forward, into the header, to no label. */
	ROW("\1", A("\xc0\x21", "\1"), -EPROTO, 0),
	ROW("\1", A("\xc0\x22", "\1"), -EPROTO, 0),
	ROW("\1", A("\xff\xff", "\1"), -EPROTO, 0),
	ROW("\1", A("\xc0\0", "\1"), -EPROTO, 0),
	ROW("\1", A("\xc0\x0b", "\1"), -EPROTO, 0),
	ROW("\1", A("\1a\xc0\x21", "\1"), -EPROTO, 0),
	ROW("\1", A("\1a\xc0\x23", "\1"), -EPROTO, 0),
	/* Kinds of labels that don't exist; a name that is cut. */
	ROW("\1", A("\x40", "\1"), -EPROTO, 0),
	ROW("\1", A("\x80\x0c", "\1"), -EPROTO, 0),
	ROW("\1", "\xc0", -EPROTO, 0),
	ROW("\1", "", -EPROTO, 0),
#undef ROW
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		struct enc_dns_result result = { .count = 99 };

		print_message("row %zu\n", i);
		assert_int_equal(read_answers((const uint8_t *)rows[i].bytes,
					      rows[i].length, ENC_DNS_A,
					      &result),
				 rows[i].result);
		assert_int_equal(result.count,
				 rows[i].result == 0 ? rows[i].count : 99);
	}
}

/* A time to live whose highest bit is set is 0 (RFC 2181, section 8). */
static void test_ttl(void **state)
{
	static const char longest[] = HEADER("\1") QUESTION WWW
		"\0\1\0\1\x7f\xff\xff\xff\0\4\1\2\3\4";
	static const char negative[] = HEADER("\2") QUESTION A(WWW, "\1") WWW
		"\0\1\0\1\x80\0\0\1\0\4\1\2\3\4";
	struct enc_dns_result result;

	(void)state;
	assert_int_equal(read_answers((const uint8_t *)longest,
				      sizeof(longest) - 1, ENC_DNS_A, &result),
			 0);
	assert_int_equal(result.ttl_s, 0x7fffffff);
	assert_int_equal(read_answers((const uint8_t *)negative,
				      sizeof(negative) - 1, ENC_DNS_A, &result),
			 0);
	assert_int_equal(result.ttl_s, 0);
}

/* put_chain() - an answer with @steps aliases and an address. Return: length */
static size_t put_chain(unsigned int steps, bool reversed, uint8_t *bytes)
{
	static const char head[] = HEADER("\0") QUESTION;
	size_t at = sizeof(head) - 1;

	memcpy(bytes, head, at);
	bytes[7] = (uint8_t)(steps + 1);
	for (unsigned int i = 0; i <= steps; i++) {
		unsigned int step = reversed ? steps - i : i;
		bool last = step == steps;

		/* Step 0 has the host as its owner, the others A, B ... */
		if (step == 0) {
			memcpy(bytes + at, WWW, 2);
		} else {
			bytes[at] = 1;
			bytes[at + 1] = (uint8_t)('A' + step - 1);
			bytes[at + 2] = 0;
		}
		at += step == 0 ? 2 : 3;
		if (last) {
			memcpy(bytes + at, IN("\1") "\0\4\1\2\3\4", 14);
			at += 14;
		} else {
			memcpy(bytes + at, IN("\5") "\0\3\1?\0", 13);
			bytes[at + 11] = (uint8_t)('a' + step);
			at += 13;
		}
	}
	return at;
}

static void test_chains(void **state)
{
	static uint8_t bytes[ROOM];

	(void)state;
	for (unsigned int steps = 0; steps <= ENC_DNS_ALIASES_MAX + 1;
	     steps++) {
		for (int reversed = 0; reversed <= 1; reversed++) {
			struct enc_dns_result result;
			size_t length = put_chain(steps, reversed == 1, bytes);
			bool good = steps <= ENC_DNS_ALIASES_MAX;

			assert_int_equal(read_answers(bytes, length, ENC_DNS_A,
						      &result),
					 good ? 0 : -EPROTO);
			if (good) {
				check_address(&result, "::ffff:1.2.3.4");
			}
		}
	}
}

/*
 * Pointers that lead to pointers end after a bounded number of steps. The data
 * of an unknown record holds them; @count of them lie before the owner's.
 */
static void test_pointers(void **state)
{
	static const char head[] = HEADER("\2") QUESTION "\0" IN("\x63");
	static uint8_t bytes[ROOM];

	(void)state;
	for (unsigned int count = 1; count < 200; count++) {
		struct enc_dns_result result;
		size_t at = sizeof(head) - 1;

		memcpy(bytes, head, at);
		bytes[at++] = (uint8_t)(count * 2 >> 8);
		bytes[at++] = (uint8_t)(count * 2);
		for (unsigned int i = 0; i < count; i++, at += 2) {
			size_t to = i == 0 ? 12 : at - 2;

			bytes[at] = (uint8_t)(0xc0 | to >> 8);
			bytes[at + 1] = (uint8_t)to;
		}
		bytes[at] = (uint8_t)(0xc0 | (at - 2) >> 8);
		bytes[at + 1] = (uint8_t)(at - 2);
		memcpy(bytes + at + 2, A("", "\1"), sizeof(A("", "\1")) - 1);
		at += 2 + sizeof(A("", "\1")) - 1;
		assert_int_equal(read_answers(bytes, at, ENC_DNS_A, &result),
				 count < 127 ? 0 : -EPROTO);
	}
}

/* A name of 255 bytes is the longest, also if pointers make it up. */
static void test_long_names(void **state)
{
	static uint8_t bytes[ROOM];
	static const char head[] = HEADER("\1") QUESTION;

	(void)state;
	for (size_t length = 237; length <= 239; length++) {
		struct enc_dns_result result;
		size_t at = sizeof(head) - 1;
		size_t end = at + length;

		/* Labels of @length bytes, and the 17 of the question. */
		memcpy(bytes, head, at);
		while (at < end) {
			size_t label = ENC_MIN(end - at - 1, (size_t)63);

			bytes[at] = (uint8_t)label;
			memset(bytes + at + 1, 'x', label);
			at += 1 + label;
		}
		memcpy(bytes + at, A(WWW, "\1"), sizeof(A(WWW, "\1")) - 1);
		at += sizeof(A(WWW, "\1")) - 1;
		assert_int_equal(read_answers(bytes, at, ENC_DNS_A, &result),
				 length <= 238 ? -ENODATA : -EPROTO);
	}
}

static void test_framed(void **state)
{
	static const uint8_t bytes[] = { 0, 3, 'a', 'b', 'c', 'd' };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(enc_dns_framed(bytes, i), -EAGAIN);
	}
	assert_int_equal(enc_dns_framed(bytes, 5), 3);
	assert_int_equal(enc_dns_framed(bytes, 6), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_ttl),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_framed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
