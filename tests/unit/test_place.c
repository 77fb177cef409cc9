#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "place.h"

/* add() - one more place; what enc_places_add() says to it */
static int add(struct enc_places *places, const char *name,
	       enum enc_isolation isolation)
{
	struct enc_place place = { .isolation = isolation };

	(void)snprintf(place.name, sizeof(place.name), "%s", name);
	return enc_places_add(places, &place);
}

static void test_names(void **state)
{
	struct enc_places places = { 0 };
	char name[16];

	(void)state;
	assert_int_equal(add(&places, "", ENC_ISOLATION_GVISOR), -EINVAL);
	assert_int_equal(add(&places, "one", ENC_ISOLATION_GVISOR), 0);
	assert_int_equal(add(&places, "one", ENC_ISOLATION_HOST_KERNEL),
			 -EEXIST);
	assert_ptr_equal(enc_places_find(&places, "one"), &places.row[0]);
	assert_null(enc_places_find(&places, "On"));
	assert_null(enc_places_find(&places, ""));
	for (int i = 1; i < ENC_LAUNCH_PLACES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "p%d", i);
		assert_int_equal(add(&places, name, ENC_ISOLATION_GVISOR), 0);
	}
	assert_int_equal(add(&places, "more", ENC_ISOLATION_GVISOR), -ENOSPC);
}

/* Where a session runs, and what it is told where it can't. */
static void test_choice(void **state)
{
	static const struct row {
		size_t usual;
		const char *name;
		enum enc_isolation least;
		enum enc_code code;
		const char *found;
	} rows[] = {
		{ 0, NULL, ENC_ISOLATION_SIMULATED, ENC_OK, "native" },
		{ 2, NULL, ENC_ISOLATION_SIMULATED, ENC_OK, "gvisor" },
		{ 2, NULL, ENC_ISOLATION_HOST_KERNEL, ENC_OK, "gvisor" },
		{ 0, NULL, ENC_ISOLATION_HOST_KERNEL, ENC_OK, "native" },
		{ 1, NULL, ENC_ISOLATION_HOST_KERNEL, ENC_OK, "docker" },
		/* A stronger one, if the usual one is too weak. */
		{ 0, NULL, ENC_ISOLATION_GVISOR, ENC_OK, "gvisor" },
		{ 1, NULL, ENC_ISOLATION_GVISOR, ENC_OK, "gvisor" },
		/* Not in the place of one that was named. */
		{ 0, "docker", ENC_ISOLATION_SIMULATED, ENC_OK, "docker" },
		{ 0, "gvisor", ENC_ISOLATION_GVISOR, ENC_OK, "gvisor" },
		{ 2, "native", ENC_ISOLATION_GVISOR, ENC_NOT_AVAILABLE, NULL },
		{ 2, "docker", ENC_ISOLATION_GVISOR, ENC_NOT_AVAILABLE, NULL },
		{ 0, "kvm", ENC_ISOLATION_SIMULATED, ENC_BAD_REQUEST, NULL },
		{ 0, "", ENC_ISOLATION_SIMULATED, ENC_BAD_REQUEST, NULL },
	};
	struct enc_places places = { 0 };

	(void)state;
	assert_int_equal(add(&places, "native", ENC_ISOLATION_HOST_KERNEL), 0);
	assert_int_equal(add(&places, "docker", ENC_ISOLATION_HOST_KERNEL), 0);
	assert_int_equal(add(&places, "gvisor", ENC_ISOLATION_GVISOR), 0);
	assert_int_equal(add(&places, "other gvisor", ENC_ISOLATION_GVISOR), 0);
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		const struct enc_place *place = NULL;

		places.usual = rows[i].usual;
		assert_int_equal(enc_places_choose(&places, rows[i].name,
						   rows[i].least, &place, NULL),
				 rows[i].code);
		if (rows[i].found == NULL) {
			assert_null(place);
		} else {
			assert_string_equal(place->name, rows[i].found);
		}
	}
}

/* Nothing there is strong enough: the strongest is named. */
static void test_too_weak(void **state)
{
	struct enc_places places = { 0 };
	const struct enc_place *place = NULL;
	struct enc_error err = { 0 };

	(void)state;
	assert_int_equal(add(&places, "simulator", ENC_ISOLATION_SIMULATED), 0);
	assert_int_equal(add(&places, "native", ENC_ISOLATION_HOST_KERNEL), 0);
	assert_int_equal(enc_places_choose(&places, NULL, ENC_ISOLATION_GVISOR,
					   &place, &err),
			 ENC_NOT_AVAILABLE);
	assert_string_equal(err.message,
			    "minIsolation gvisor: this server offers "
			    "host-kernel");
}

/* What a machine can't give is refused, with what it can. */
static void test_most_of_a_place(void **state)
{
	const struct enc_place place = { .name = "native",
					 .open_files_most = 4096 };
	struct enc_limits limits = enc_limits_usual();
	struct enc_error err = { 0 };

	(void)state;
	limits.value[ENC_LIMIT_OPEN_FILES] = 4096;
	assert_int_equal(enc_place_check(&place, &limits, &err), ENC_OK);
	limits.value[ENC_LIMIT_OPEN_FILES]++;
	assert_int_equal(enc_place_check(&place, &limits, &err),
			 ENC_BAD_LIMITS);
	assert_string_equal(err.message,
			    "openFiles is 4097, backend native of this machine "
			    "can give 4096 at most");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_too_weak),
		cmocka_unit_test(test_most_of_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
