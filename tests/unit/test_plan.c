#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"

/* at() - where the first step of that kind and target is, or -1 */
static int at(const struct enc_plan *plan, enum enc_step_kind kind,
	      const char *target)
{
	for (size_t i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].kind == kind &&
		    strcmp(plan->steps[i].target, target) == 0) {
			return (int)i;
		}
	}
	return -1;
}

/* No step is without a limit, and none leads out of the new root. */
static void test_every_step(void **state)
{
	struct enc_plan plan;

	(void)state;
	enc_plan_make(&plan, 64 << 20, "/facts");
	assert_true(plan.step_count > 25);
	for (size_t i = 0; i < plan.step_count; i++) {
		const struct enc_step *step = &plan.steps[i];

		assert_true(step->target[0] != '/');
		assert_null(strstr(step->target, ".."));
		assert_int_not_equal(step->kind, ENC_STEP_INVALID);
		if (step->kind == ENC_STEP_TMPFS) {
			assert_true(step->size_bytes > 0);
			assert_true(step->inodes > 0);
		}
	}
}

/* The order is what makes it safe. */
static void test_order(void **state)
{
	struct enc_plan plan;

	(void)state;
	enc_plan_make(&plan, 1 << 20, "/facts");
	assert_int_equal(plan.steps[0].size_bytes, 1 << 20);
	assert_true(at(&plan, ENC_STEP_DEVICE, "dev/null") <
		    at(&plan, ENC_STEP_SEAL, "dev"));
	assert_true(at(&plan, ENC_STEP_SEAL, "dev") <
		    at(&plan, ENC_STEP_BIND, "dev/shm"));
	assert_true(at(&plan, ENC_STEP_DIRECTORY, "tmp/work") <
		    at(&plan, ENC_STEP_BIND, "work"));
	/* /tmp itself comes last: it hides what the others came from. */
	assert_true(at(&plan, ENC_STEP_BIND, "dev/shm") <
		    at(&plan, ENC_STEP_BIND, "tmp"));
	assert_true(at(&plan, ENC_STEP_PROC, "proc") <
		    at(&plan, ENC_STEP_FACT, "proc/sys"));
	assert_true(at(&plan, ENC_STEP_PROC, "proc") <
		    at(&plan, ENC_STEP_MASK_REST, "proc"));
	assert_true(at(&plan, ENC_STEP_SEAL, "dev") <
		    at(&plan, ENC_STEP_MASK_REST, "proc"));
}

/* What has a fact is shown, and nothing is that isn't listed. */
static void test_names_below_proc(void **state)
{
	struct enc_plan plan;

	(void)state;
	enc_plan_make(&plan, 1 << 20, "/facts");
	assert_string_equal(plan.facts, "/facts");
	for (size_t i = 0; i < plan.step_count; i++) {
		const struct enc_step *step = &plan.steps[i];

		if (step->kind == ENC_STEP_FACT) {
			assert_true(enc_plan_shows(step->target +
						   strlen("proc/")));
		}
	}
	assert_true(enc_plan_shows("self"));
	assert_true(enc_plan_shows("uptime"));
	assert_false(enc_plan_shows("kcore"));
	assert_false(enc_plan_shows("sel"));
	assert_false(enc_plan_shows("selfish"));
	assert_false(enc_plan_shows(""));
}

/* Only /work belongs to the program; devices are six. */
static void test_owners_and_devices(void **state)
{
	struct enc_plan plan;
	unsigned int devices = 0;

	(void)state;
	enc_plan_make(&plan, 1 << 20, "/facts");
	for (size_t i = 0; i < plan.step_count; i++) {
		const struct enc_step *step = &plan.steps[i];

		if (step->owner == ENC_OWNER_PROGRAM) {
			assert_string_equal(step->target, "tmp/work");
		}
		devices += step->kind == ENC_STEP_DEVICE ? 1 : 0;
	}
	assert_int_equal(devices, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_step),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_names_below_proc),
		cmocka_unit_test(test_owners_and_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
