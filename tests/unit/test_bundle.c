#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bundle.h"
#include "plan.h"
#include "way.h"

static json_t *load(const struct enc_bundle *bundle)
{
	ENC_AUTO(buf) text = ENC_BUF(ENC_WAY_TEXT_MAX_BYTES);
	json_t *value;

	assert_int_equal(enc_bundle_write(&text, bundle), 0);
	value = json_loadb((const char *)enc_buf_bytes(&text), text.length,
			   JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(value);
	return value;
}

static const struct enc_bundle usual = {
	.language = "python",
	.disk_bytes = 5 << 20,
	.tasks = 70,
	.nofile = 1024,
};

static void test_arguments_of_init(void **state)
{
	struct enc_bundle armed = usual;
	char *text;

	(void)state;
	for (int i = 0; i < 2; i++) {
		json_t *bundle = load(&armed);
		json_t *process = json_object_get(bundle, "process");

		text = json_dumps(json_object_get(process, "args"),
				  JSON_COMPACT);
		assert_string_equal(
			text, i == 0 ? "[\"/usr/lib/enclave/enclave-init\","
				       "\"python\",\"guest\"]"
				     : "[\"/usr/lib/enclave/enclave-init\","
				       "\"python\",\"guest\",\"--failpoint\","
				       "\"init-exit-after:2\"]");
		assert_int_equal(json_array_size(json_object_get(process,
								 "env")),
				 0);
		free(text);
		json_decref(bundle);
		armed.failpoint = "init-exit-after:2";
	}
}

static void test_the_root_is_read_only(void **state)
{
	json_t *bundle = load(&usual);
	json_t *root = json_object_get(bundle, "root");

	(void)state;
	assert_true(json_is_true(json_object_get(root, "readonly")));
	json_decref(bundle);
}

static void test_every_writable_place_has_a_size(void **state)
{
	json_t *bundle = load(&usual);
	json_t *mount;
	size_t sized = 0;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(bundle, "mounts"), i, mount)
	{
		const char *type =
			json_string_value(json_object_get(mount, "type"));
		char *options = json_dumps(json_object_get(mount, "options"),
					   JSON_COMPACT);

		if (strcmp(type, "tmpfs") == 0) {
			assert_non_null(strstr(options, "\"size="));
			assert_non_null(strstr(options, "\"nosuid\""));
			sized += strstr(options, "\"size=5242880\"") != NULL;
		} else {
			assert_string_equal(type, "proc");
		}
		free(options);
	}
	assert_int_equal(sized, 4);
	json_decref(bundle);
}

static void test_process(void **state)
{
	json_t *bundle = load(&usual);
	json_t *process = json_object_get(bundle, "process");
	json_t *args = json_object_get(process, "args");
	json_t *limits = json_object_get(process, "rlimits");
	json_t *address = NULL;
	json_t *limit;
	size_t i;

	(void)state;
	json_array_foreach(limits, i, limit)
	{
		if (strcmp(json_string_value(json_object_get(limit, "type")),
			   "RLIMIT_AS") == 0) {
			address = limit;
		}
	}
	assert_true(json_integer_value(json_object_get(address, "hard")) ==
		    (json_int_t)ENC_PLAN_ADDRESS_BYTES);
	assert_true(json_integer_value(json_object_get(address, "soft")) ==
		    (json_int_t)ENC_PLAN_ADDRESS_BYTES);
	assert_string_equal(json_string_value(json_array_get(args, 1)),
			    "python");
	assert_string_equal(json_string_value(json_array_get(args, 2)),
			    "guest");
	assert_true(json_is_true(json_object_get(process, "noNewPrivileges")));
	assert_int_equal(json_array_size(json_object_get(process, "env")), 0);
	json_decref(bundle);
}

/* count_rows() - of a system call in the filter */
static size_t count_rows(const json_t *filter, const char *name)
{
	size_t count = 0;
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(filter, "syscalls"), i, row)
	{
		const json_t *names = json_object_get(row, "names");
		const json_t *one;
		size_t j;

		assert_string_equal(
			json_string_value(json_object_get(row, "action")),
			"SCMP_ACT_ALLOW");
		/* Names without conditions are one list, which is quicker. */
		assert_int_equal(i == 0, json_object_get(row, "args") == NULL);
		json_array_foreach(names, j, one)
		{
			count += strcmp(json_string_value(one), name) == 0;
		}
	}
	return count;
}

static void test_the_filter_is_the_allow_list(void **state)
{
	json_t *bundle = load(&usual);
	const json_t *filter =
		json_object_get(json_object_get(bundle, "linux"), "seccomp");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(filter,
							      "defaultAction")),
			    "SCMP_ACT_ERRNO");
	assert_int_equal(count_rows(filter, "read"), 1);
	assert_int_equal(count_rows(filter, "socket"), 1);
	assert_int_equal(count_rows(filter, "mount"), 0);
	assert_int_equal(count_rows(filter, "io_uring_setup"), 0);
	assert_int_equal(count_rows(filter, "unshare"), 0);
	json_decref(bundle);
}

static void test_a_buffer_that_is_too_small(void **state)
{
	ENC_AUTO(buf) text = ENC_BUF(100);

	(void)state;
	assert_int_equal(enc_bundle_write(&text, &usual), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments_of_init),
		cmocka_unit_test(test_the_root_is_read_only),
		cmocka_unit_test(test_every_writable_place_has_a_size),
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_the_filter_is_the_allow_list),
		cmocka_unit_test(test_a_buffer_that_is_too_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
