#ifndef ENC_TESTS_SEEDS_H
#define ENC_TESTS_SEEDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* read_seed() - read a seed of a fuzz target. Return: its length */
static inline size_t read_seed(const char *target, const char *name,
			       uint8_t *ret_bytes, size_t room)
{
	const char *tests = getenv("ENCLAVE_TESTS");
	char path[1024];
	size_t length;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/fuzz/seeds/%s/%s",
		       tests == NULL ? "tests" : tests, target, name);
	file = fopen(path, "rbe");
	assert_non_null(file);
	length = fread(ret_bytes, 1, room, file);
	assert_int_equal(fclose(file), 0);
	assert_true(length < room);
	return length;
}

#endif
