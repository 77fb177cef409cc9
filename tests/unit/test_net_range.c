#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net_range.h"

enum { ROOM = 16, ROUNDS = 20000 };

static void parse(const char *text, uint8_t ret_addr[ENC_ADDRESS_BYTES])
{
	uint8_t v4[4];

	if (inet_pton(AF_INET, text, v4) == 1) {
		enc_address_map(v4, ret_addr);
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, ret_addr), 1);
	}
}

struct network {
	const char *addr;
	unsigned int bits;
};

/* merge() - merge networks; an IPv4 network has its own number of bits */
static size_t merge(const struct network *networks, size_t count, bool v4,
		    struct enc_net_range ranges[ROOM])
{
	struct enc_network prefixes[ROOM];

	assert_true(count <= ROOM);
	for (size_t i = 0; i < count; i++) {
		parse(networks[i].addr, prefixes[i].addr);
		prefixes[i].bits = networks[i].bits +
				   (strchr(networks[i].addr, '.') ? 96 : 0);
	}
	return enc_net_ranges(prefixes, count, v4, ranges);
}

static void expect(const struct enc_net_range *range, const char *first,
		   const char *last)
{
	uint8_t addr[ENC_ADDRESS_BYTES];

	parse(first, addr);
	assert_memory_equal(range->first, addr, sizeof(addr));
	parse(last, addr);
	assert_memory_equal(range->last, addr, sizeof(addr));
}

static void test_one(void **state)
{
	static const struct network networks[] = { { "10.1.2.3", 8 } };
	struct enc_net_range ranges[ROOM];

	(void)state;
	assert_int_equal(merge(networks, 1, true, ranges), 1);
	expect(&ranges[0], "10.0.0.0", "10.255.255.255");
	assert_int_equal(merge(networks, 1, false, ranges), 0);
	assert_int_equal(merge(networks, 0, true, ranges), 0);
}

static void test_families(void **state)
{
	static const struct network networks[] = {
		{ "::ffff:192.0.2.1", 32 }, { "fd00::", 8 }, { "::", 3 },
		{ "::fffe:0:0", 95 },	    { "::", 0 },
	};
	struct enc_net_range ranges[ROOM];

	(void)state;
	assert_int_equal(merge(networks, 2, true, ranges), 1);
	expect(&ranges[0], "192.0.2.1", "192.0.2.1");
	assert_int_equal(merge(networks, 3, false, ranges), 2);
	expect(&ranges[0], "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	expect(&ranges[1], "fd00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	assert_int_equal(merge(networks + 3, 1, true, ranges), 0);
	assert_int_equal(merge(networks, 5, false, ranges), 1);
	assert_int_equal(merge(networks, 5, true, ranges), 1);
}

static void test_merged(void **state)
{
	static const struct network networks[] = {
		{ "192.168.0.0", 16 }, /* touches the next but one */
		{ "10.0.0.0", 8 },     { "192.169.0.0", 24 },
		{ "10.1.0.0", 16 },    { "10.0.0.0", 16 },
		{ "10.0.0.0", 8 },     { "10.255.255.255", 32 },
		{ "192.169.2.0", 24 },
	};
	struct enc_net_range ranges[ROOM];

	(void)state;
	assert_int_equal(merge(networks, ENC_COUNT(networks), true, ranges), 3);
	expect(&ranges[0], "10.0.0.0", "10.255.255.255");
	expect(&ranges[1], "192.168.0.0", "192.169.0.255");
	expect(&ranges[2], "192.169.2.0", "192.169.2.255");
}

/* A range that has the last address has no next one. */
static void test_ends(void **state)
{
	static const struct network networks[] = {
		{ "255.255.255.255", 32 }, { "240.0.0.0", 4 },
		{ "224.0.0.0", 4 },	   { "0.0.0.0", 0 },
		{ "8000::", 1 },	   { "4000::", 2 },
	};
	struct enc_net_range ranges[ROOM];
	uint8_t next[ENC_ADDRESS_BYTES];
	uint8_t addr[ENC_ADDRESS_BYTES];

	(void)state;
	assert_int_equal(merge(networks, 3, true, ranges), 1);
	expect(&ranges[0], "224.0.0.0", "255.255.255.255");
	assert_false(enc_net_range_next(&ranges[0], true, next));
	assert_int_equal(merge(networks, 4, true, ranges), 1);
	expect(&ranges[0], "0.0.0.0", "255.255.255.255");
	assert_int_equal(merge(networks, 6, false, ranges), 1);
	expect(&ranges[0], "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	assert_false(enc_net_range_next(&ranges[0], false, next));
	assert_int_equal(merge(networks + 2, 1, true, ranges), 1);
	assert_true(enc_net_range_next(&ranges[0], true, next));
	parse("240.0.0.0", addr);
	assert_memory_equal(next, addr, sizeof(addr));
}

static uint32_t random_state = 1;

static uint32_t next_random(void)
{
	random_state = random_state * 1664525U + 1013904223U;
	return random_state >> 8;
}

static bool has(const struct enc_network *prefix, const uint8_t *addr)
{
	for (unsigned int i = 0; i < prefix->bits; i++) {
		uint8_t bit = (uint8_t)(0x80U >> i % 8);

		if (((prefix->addr[i / 8] ^ addr[i / 8]) & bit) != 0) {
			return false;
		}
	}
	return true;
}

/* Ranges of random networks have the addresses of these, and no others. */
static void test_random(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct enc_network prefixes[ROOM] = { 0 };
		struct enc_net_range ranges[ROOM];
		uint8_t addr[ENC_ADDRESS_BYTES] = ENC_ADDRESS_V4(0, 0, 0, 0);
		bool in_prefix = false;
		bool in_range = false;
		size_t count;

		/* few different addresses, so that many networks meet */
		for (size_t i = 0; i < ROOM / 2; i++) {
			memcpy(prefixes[i].addr, addr, sizeof(addr));
			prefixes[i].addr[12] = (uint8_t)(next_random() % 32);
			prefixes[i].bits = 96 + 3 + next_random() % 6;
		}
		addr[12] = (uint8_t)(next_random() % 40);
		count = enc_net_ranges(prefixes, ROOM / 2, true, ranges);
		for (size_t i = 0; i < ROOM / 2; i++) {
			in_prefix |= has(&prefixes[i], addr);
		}
		for (size_t i = 0; i < count; i++) {
			in_range |= memcmp(ranges[i].first, addr, 16) <= 0 &&
				    memcmp(ranges[i].last, addr, 16) >= 0;
			assert_true(i == 0 || memcmp(ranges[i - 1].last,
						     ranges[i].first, 16) < 0);
		}
		assert_int_equal(in_range, in_prefix);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),    cmocka_unit_test(test_families),
		cmocka_unit_test(test_merged), cmocka_unit_test(test_ends),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
