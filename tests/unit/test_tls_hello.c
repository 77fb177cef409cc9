#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "seeds.h"
#include "tls_hello.h"

enum { ROOM = 1 << 17 };

/* parse() - in memory of the exact size, so that a read past it is found */
static int parse(const uint8_t *bytes, size_t length,
		 struct enc_tls_hello *hello)
{
	enc_autofree uint8_t *exact = enc_xalloc(length + 1);

	memcpy(exact + 1, bytes, length);
	return enc_tls_hello_parse(exact + 1, length, hello);
}

/*
 * parse_prefixes() - parse bytes whole, and check that no prefix gives another
 * result, except for the one that asks for more
 */
static int parse_prefixes(const uint8_t *bytes, size_t length,
			  struct enc_tls_hello *hello)
{
	int whole = parse(bytes, length, hello);
	bool settled = false;

	for (size_t i = 0; i <= length; i++) {
		struct enc_tls_hello part = { .name = "untouched" };
		int r = parse(bytes, i, &part);

		if (r == -EAGAIN && !settled) {
			assert_string_equal(part.name, "untouched");
			continue;
		}
		settled = true;
		assert_int_equal(r, whole);
		if (r == 0) {
			assert_true(i >= part.length);
			assert_string_equal(part.name, hello->name);
			assert_int_equal(part.encrypted, hello->encrypted);
			assert_int_equal(part.length, hello->length);
		}
	}
	return whole;
}

/* ---- hellos that are put together here ---- */

struct bytes {
	size_t length;
	uint8_t at[ROOM];
};

static void put(struct bytes *bytes, const void *more, size_t length)
{
	assert_true(length <= ROOM - bytes->length);
	memcpy(bytes->at + bytes->length, more, length);
	bytes->length += length;
}

static void put_number(struct bytes *bytes, size_t number, int width)
{
	while (width-- > 0) {
		uint8_t byte = (uint8_t)(number >> 8 * width);

		put(bytes, &byte, 1);
	}
}

/* put_records() - put a message into records of at most @piece bytes */
static void put_records(struct bytes *bytes, const struct bytes *message,
			size_t piece)
{
	for (size_t at = 0; at < message->length; at += piece) {
		size_t part = ENC_MIN(piece, message->length - at);

		put(bytes, "\x16\x03\x01", 3);
		put_number(bytes, part, 2);
		put(bytes, message->at + at, part);
	}
}

/* put_message() - put a ClientHello whose body goes on behind its versions */
static void put_message(struct bytes *message, const char *rest, size_t length)
{
	message->length = 0;
	put_number(message, 1, 1);
	put_number(message, 2 + 32 + length, 3);
	put(message, "\x03\x03", 2);
	put(message, "0123456789abcdef0123456789abcdef", 32);
	put(message, rest, length);
}

/* No session, one cipher, no compression. */
#define PLAIN "\0\0\2\x13\1\1\0"
/* A server_name with one host name of 1 and of 3 bytes. */
#define NAME_OF_1(c) "\0\0\0\6\0\4\0\0\1" c
#define NAME_OF_3(c) "\0\0\0\x8\0\6\0\0\3" c

struct row {
	const char *rest;
	size_t length;
	int result;
	const char *name;
	bool encrypted;
};

#define GOOD(rest, name, encrypted)                        \
	{                                                  \
		rest, sizeof(rest) - 1, 0, name, encrypted \
	}
#define BAD(rest)                                            \
	{                                                    \
		rest, sizeof(rest) - 1, -EPROTO, NULL, false \
	}

static const struct row rows[] = {
	GOOD(PLAIN, "", false),
	GOOD(PLAIN "\0\0", "", false),
	GOOD(PLAIN "\0\xa" NAME_OF_1("a"), "a", false),
	GOOD(PLAIN "\0\xc" NAME_OF_3("A.B"), "a.b", false),
	GOOD(PLAIN "\0\xc" NAME_OF_3("a_b"), "a_b", false),
	GOOD(PLAIN "\0\xe\xfe\x0d\0\0" NAME_OF_1("a"), "a", true),
	GOOD(PLAIN "\0\xe" NAME_OF_1("a") "\xff\xce\0\0", "a", true),
	GOOD(PLAIN "\0\5\xfe\x0d\0\1x", "", true),
	GOOD(PLAIN "\0\4\xfe\xce\0\0", "", false),
	GOOD("\4abcd\0\4\x13\1\x13\2\2\1\0\0\0", "", false),
	GOOD("\40aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb\0\2\x13\1\1\0", "", false),
	/* The fields before the extensions. */
	BAD(""),
	BAD("\0"),
	BAD("\41aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbc\0\2\x13\1\1\0"),
	BAD("\5abcd"),
	BAD("\0\0\0\1\0"),
	BAD("\0\0\3\x13\1\1\1\0"),
	BAD("\0\0\xff\x13\1\1\0"),
	BAD("\0\0\2\x13\1"),
	BAD("\0\0\2\x13\1\0"),
	BAD("\0\0\2\x13\1\2\0"),
	/* Lengths of extensions. */
	BAD(PLAIN "\0"),
	BAD(PLAIN "\0\1"),
	BAD(PLAIN "\0\0\0"),
	BAD(PLAIN "\0\x9" NAME_OF_1("a")),
	BAD(PLAIN "\0\xb" NAME_OF_1("a")),
	BAD(PLAIN "\0\xb" NAME_OF_1("a") "\0"),
	BAD(PLAIN "\0\xd" NAME_OF_1("a") "\0\1\0"),
	BAD(PLAIN "\0\xe" NAME_OF_1("a") "\0\1\0\1"),
	/* A type twice. */
	BAD(PLAIN "\0\x14" NAME_OF_1("a") NAME_OF_1("a")),
	BAD(PLAIN "\0\x8\0\1\0\0\0\1\0\0"),
	BAD(PLAIN "\0\xc\xff\xff\0\0\0\1\0\0\xff\xff\0\0"),
	BAD(PLAIN "\0\x8\xfe\x0d\0\0\xfe\x0d\0\0"),
	/* The list of names. */
	BAD(PLAIN "\0\4\0\0\0\0"),
	BAD(PLAIN "\0\6\0\0\0\2\0\0"),
	BAD(PLAIN "\0\7\0\0\0\3\0\1\0"),
	BAD(PLAIN "\0\x9\0\0\0\5\0\3\0\0\0"),
	BAD(PLAIN "\0\xa\0\0\0\6\0\3\0\0\1a"),
	BAD(PLAIN "\0\xa\0\0\0\6\0\5\0\0\1a"),
	BAD(PLAIN "\0\xa\0\0\0\6\0\4\0\0\2a"),
	BAD(PLAIN "\0\xb\0\0\0\7\0\4\0\0\1ab"),
	BAD(PLAIN "\0\xa\0\0\0\6\0\4\1\0\1a"),
	BAD(PLAIN "\0\xe\0\0\0\xa\0\x8\0\0\1a\0\0\1b"),
	BAD(PLAIN "\0\xe\0\0\0\xa\0\x8\0\0\1a\1\0\1b"),
	BAD(PLAIN "\0\xe\0\0\0\xa\0\x8\1\0\1b\0\0\1a"),
	/* The name. */
	BAD(PLAIN "\0\xa" NAME_OF_1("\0")),
	BAD(PLAIN "\0\xa" NAME_OF_1(".")),
	BAD(PLAIN "\0\xa" NAME_OF_1("-")),
	BAD(PLAIN "\0\xa" NAME_OF_1("1")),
	BAD(PLAIN "\0\xc" NAME_OF_3("a\0b")),
	BAD(PLAIN "\0\xc" NAME_OF_3("ab.")),
	BAD(PLAIN "\0\xc" NAME_OF_3(".ab")),
	BAD(PLAIN "\0\xc" NAME_OF_3("a b")),
	BAD(PLAIN "\0\xc" NAME_OF_3("a*b")),
	BAD(PLAIN "\0\xc" NAME_OF_3("a:1")),
	BAD(PLAIN "\0\xc" NAME_OF_3("::1")),
	BAD(PLAIN "\0\xc" NAME_OF_3("a.1")),
	BAD(PLAIN "\0\xc" NAME_OF_3("0xf")),
	BAD(PLAIN "\0\xc" NAME_OF_3("a\xc3\xa4")),
	BAD(PLAIN "\0\x10\0\0\0\xc\0\xa\0\0\0071.2.3.4"),
};

/* Each hello, in one record, in records of 1 byte and of 5. */
static void test_rows(void **state)
{
	static const size_t pieces[] = { 1 << 14, 1, 5 };
	static struct bytes message;
	static struct bytes bytes;

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		put_message(&message, rows[i].rest, rows[i].length);
		for (size_t j = 0; j < ENC_COUNT(pieces); j++) {
			struct enc_tls_hello hello;

			print_message("row %zu\n", i);
			bytes.length = 0;
			put_records(&bytes, &message, pieces[j]);
			assert_int_equal(parse_prefixes(bytes.at, bytes.length,
							&hello),
					 rows[i].result);
			if (rows[i].result < 0) {
				continue;
			}
			assert_string_equal(hello.name, rows[i].name);
			assert_int_equal(hello.encrypted, rows[i].encrypted);
			assert_int_equal(hello.length, bytes.length);
			/* What follows is no part of the hello. */
			put(&bytes, "\x14\x03\x03\0\1\1", 6);
			assert_int_equal(parse_prefixes(bytes.at, bytes.length,
							&hello),
					 0);
			assert_int_equal(hello.length, bytes.length - 6);
		}
	}
}

/* The longest name, and one byte more. */
static void test_longest_name(void **state)
{
	static struct bytes message;
	static struct bytes bytes;

	(void)state;
	for (size_t length = 253; length <= 254; length++) {
		struct bytes *rest = enc_xalloc(sizeof(*rest));
		struct enc_tls_hello hello;

		put(rest, PLAIN, sizeof(PLAIN) - 1);
		put_number(rest, length + 9, 2);
		put_number(rest, 0, 2);
		put_number(rest, length + 5, 2);
		put_number(rest, length + 3, 2);
		put_number(rest, 0, 1);
		put_number(rest, length, 2);
		for (size_t i = 0; i < length; i++) {
			put(rest, i % 64 == 63 ? "." : "x", 1);
		}
		put_message(&message, (const char *)rest->at, rest->length);
		free(rest);
		bytes.length = 0;
		put_records(&bytes, &message, 1 << 14);
		assert_int_equal(parse_prefixes(bytes.at, bytes.length, &hello),
				 length == 253 ? 0 : -EPROTO);
		if (length == 253) {
			assert_int_equal(strlen(hello.name), 253);
		}
	}
}

/* ---- records ---- */

static const struct raw {
	const char *bytes;
	size_t length;
	int result;
} raws[] = {
#define RAW(bytes, result)                       \
	{                                        \
		bytes, sizeof(bytes) - 1, result \
	}
	RAW("", -EAGAIN),
	RAW("\x16", -EAGAIN),
	RAW("\x16\3\1\0", -EAGAIN),
	RAW("\x16\3\1\0\4", -EAGAIN),
	RAW("\x16\3\1\0\4\1\0\0", -EAGAIN),
	RAW("G", -EPROTO),
	RAW("\x80", -EPROTO),
	RAW("\x15", -EPROTO),
	RAW("\x16\2", -EPROTO),
	RAW("\x16\xfe\xfd", -EPROTO),
	RAW("\x16\3\1\0\0", -EPROTO),
	RAW("\x16\3\1\x40\1", -EPROTO),
	RAW("\x16\3\1\0\4\2", -EPROTO),
	RAW("\x16\3\1\0\4\1\0\0\0", -EPROTO),
	/* A record of no bytes, an alert between two records. */
	RAW("\x16\3\1\0\1\1\x16\3\1\0\0", -EPROTO),
	RAW("\x16\3\1\0\1\1\x15\3\1\0\2\1\0", -EPROTO),
	/* The record is longer than its message. */
	RAW("\x16\3\1\0\6\1\0\0\1", -EPROTO),
	RAW("\x16\3\1\0\2\1\0\x16\3\1\0\4\0\1", -EPROTO),
	/* The message is too long. */
	RAW("\x16\3\1\0\4\1\1\0\0", -EMSGSIZE),
	RAW("\x16\3\1\0\4\1\0\x40\0", -EMSGSIZE),
#undef RAW
};

static void test_records(void **state)
{
	struct enc_tls_hello hello;

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(raws); i++) {
		print_message("raw %zu\n", i);
		assert_int_equal(parse_prefixes((const uint8_t *)raws[i].bytes,
						raws[i].length, &hello),
				 raws[i].result);
	}
}

/* The limit is for bytes of records: what fits in one needn't fit in many. */
static void test_limit(void **state)
{
	static struct bytes message;
	static struct bytes bytes;
	static const size_t extra = 4000;
	struct bytes *rest = enc_xalloc(sizeof(*rest));
	struct enc_tls_hello hello;

	(void)state;
	put(rest, PLAIN, sizeof(PLAIN) - 1);
	put_number(rest, extra + 4, 2);
	put_number(rest, 21, 2);
	put_number(rest, extra, 2);
	rest->length += extra; /* padding of zeros */
	put_message(&message, (const char *)rest->at, rest->length);
	free(rest);
	put_records(&bytes, &message, 1 << 14);
	assert_int_equal(parse_prefixes(bytes.at, bytes.length, &hello), 0);
	bytes.length = 0;
	put_records(&bytes, &message, 1);
	assert_true(bytes.length > ENC_TLS_HELLO_MAX_BYTES);
	assert_int_equal(parse(bytes.at, ENC_TLS_HELLO_MAX_BYTES - 1, &hello),
			 -EAGAIN);
	assert_int_equal(parse(bytes.at, ENC_TLS_HELLO_MAX_BYTES, &hello),
			 -EMSGSIZE);
	assert_int_equal(parse(bytes.at, bytes.length, &hello), -EMSGSIZE);
}

/* ---- hellos of real clients ---- */

static const struct seed {
	const char *file;
	int result;
	const char *name;
	bool encrypted;
} seeds[] = {
	{ "openssl", 0, "www.example.com", false },
	{ "openssl-no-name", 0, "", false },
	{ "openssl-tls12", 0, "www.example.com", false },
	{ "records", 0, "www.example.com", false },
	{ "go", 0, "www.example.com", false },
	{ "go-encrypted", 0, "public.example.com", true },
	{ "sslv2", -EPROTO, NULL, false },
};

static void test_clients(void **state)
{
	static uint8_t bytes[ROOM];

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(seeds); i++) {
		struct enc_tls_hello hello;
		size_t length = read_seed("tls_hello", seeds[i].file, bytes,
					  sizeof(bytes));

		print_message("%s\n", seeds[i].file);
		assert_int_equal(parse_prefixes(bytes, length, &hello),
				 seeds[i].result);
		if (seeds[i].result == 0) {
			assert_string_equal(hello.name, seeds[i].name);
			assert_int_equal(hello.encrypted, seeds[i].encrypted);
			assert_int_equal(hello.length, length);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
