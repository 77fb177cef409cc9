#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "slots.h"

enum { ROUNDS = 2 * ENC_SLOTS_COUNT };

static char dir[] = "/tmp/enc-slots-XXXXXX";
static struct enc_slots slots;

static int open_slots(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL ? -1 : enc_slots_open(&slots, dir);
}

static int close_slots(void **state)
{
	char command[64];

	(void)state;
	enc_slots_close(&slots);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

/* Each slot once, in no order: a slot doesn't tell how many were taken. */
static void test_all_at_random(void **state)
{
	static bool seen[ENC_SLOTS_COUNT];
	unsigned int next = 0;
	int before = -2;

	(void)state;
	for (int i = 0; i < ENC_SLOTS_COUNT; i++) {
		int slot = enc_slots_take(&slots);

		assert_in_range(slot, 0, ENC_SLOTS_COUNT - 1);
		assert_false(seen[slot]);
		seen[slot] = true;
		next += slot == before + 1 ? 1 : 0;
		before = slot;
	}
	assert_int_equal(enc_slots_take(&slots), -EAGAIN);
	/* Of 8,191 at random one or two follow by chance. */
	assert_true(next < ENC_SLOTS_COUNT / 100);
	for (int i = 0; i < ENC_SLOTS_COUNT; i++) {
		enc_slots_give(&slots, i);
	}
}

/* An id that was given back isn't used until half of the others were. */
static void test_distance(void **state)
{
	static int last[ENC_SLOTS_COUNT];

	(void)state;
	for (int i = 1; i <= ROUNDS; i++) {
		int slot = enc_slots_take(&slots);

		assert_true(last[slot] == 0 ||
			    i - last[slot] > ENC_SLOTS_COUNT / 2);
		last[slot] = i;
		enc_slots_give(&slots, slot);
	}
}

/* No two roles and slots have an id in common. */
static void test_ids(void **state)
{
	uid_t first = enc_slots_init_uid(&slots, 0);

	(void)state;
	assert_int_equal(enc_slots_program_uid(&slots, 0), first + 1);
	assert_int_equal(enc_slots_gate_uid(&slots, 0), first + 2);
	assert_int_equal(enc_slots_sentry_uid(&slots, 0), first + 3);
	assert_int_equal(enc_slots_init_uid(&slots, 1), first + ENC_SLOTS_IDS);
}

/* The kernel's table is about what sandboxes have, and not about the server. */
static void test_uids_of_all_slots(void **state)
{
	uid_t least;
	uid_t most;

	(void)state;
	enc_slots_uids(&slots, &least, &most);
	assert_int_equal(least, enc_slots_init_uid(&slots, 0));
	assert_true(enc_slots_api_uid(&slots) < least);
	assert_true(enc_slots_vault_uid(&slots) < least);
	assert_int_not_equal(enc_slots_vault_uid(&slots),
			     enc_slots_api_uid(&slots));
	assert_int_equal(most, enc_slots_init_uid(&slots, ENC_SLOTS_COUNT - 1) +
				       ENC_SLOTS_IDS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_at_random),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_uids_of_all_slots),
	};

	return cmocka_run_group_tests(tests, open_slots, close_slots);
}
